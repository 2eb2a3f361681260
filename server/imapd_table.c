/*
 * The commands of the IMAP server, each with its function and its manners.
 * Which states allow it is said by core/imap_state.c; nothing else decides.
 */
#include "server/imapd_session.h"

#include <stddef.h>

static const struct imapd_row rows[] = {
    /* RFC 9051 §6.1: any state. */
    { IMAP_VERB_CAPABILITY, imapd_capability, 0 },
    { IMAP_VERB_NOOP, imapd_noop, 0 },
    { IMAP_VERB_LOGOUT, imapd_logout, IMAPD_QUIET },
    { IMAP_VERB_ID, imapd_id, 0 },
    /* §6.2: not authenticated. */
    { IMAP_VERB_STARTTLS, imapd_starttls, 0 },
    { IMAP_VERB_AUTHENTICATE, imapd_authenticate, 0 },
    { IMAP_VERB_LOGIN, imapd_login, 0 },
    /* §6.3: authenticated or selected. */
    { IMAP_VERB_ENABLE, imapd_enable_command, 0 },
    { IMAP_VERB_SELECT, imapd_select, IMAPD_QUIET },
    { IMAP_VERB_EXAMINE, imapd_examine, IMAPD_QUIET },
    { IMAP_VERB_CREATE, imapd_create, 0 },
    { IMAP_VERB_DELETE, imapd_delete, 0 },
    { IMAP_VERB_RENAME, imapd_rename, 0 },
    { IMAP_VERB_SUBSCRIBE, imapd_subscribe, 0 },
    { IMAP_VERB_UNSUBSCRIBE, imapd_unsubscribe, 0 },
    { IMAP_VERB_LIST, imapd_list, 0 },
    { IMAP_VERB_LSUB, imapd_lsub, 0 },
    { IMAP_VERB_NAMESPACE, imapd_namespace, 0 },
    { IMAP_VERB_STATUS, imapd_status, 0 },
    { IMAP_VERB_APPEND, imapd_append, 0 },
    { IMAP_VERB_IDLE, imapd_idle, 0 },
    /* RFC 9208 §4.1 */
    { IMAP_VERB_GETQUOTA, imapd_getquota, 0 },
    { IMAP_VERB_GETQUOTAROOT, imapd_getquotaroot, 0 },
    { IMAP_VERB_SETQUOTA, imapd_setquota, 0 },
    /* §6.4: selected. CLOSE removes messages without telling (§6.4.1). */
    { IMAP_VERB_CHECK, imapd_noop, 0 },
    { IMAP_VERB_CLOSE, imapd_close, IMAPD_QUIET },
    { IMAP_VERB_UNSELECT, imapd_unselect_command, IMAPD_QUIET },
    { IMAP_VERB_EXPUNGE, imapd_expunge, 0 },
    /*
     * §7.5.1: an EXPUNGE response "MUST NOT be sent ... while responding to a
     * FETCH, STORE, or SEARCH command", but may be while responding to their
     * UID forms; but not "during a UID SEARCH command that contains message
     * numbers" (RFC 7162 §3.2.10.2).
     */
    { IMAP_VERB_SEARCH, imapd_search, IMAPD_NO_EXPUNGE | IMAPD_NO_EXPUNGE_UID },
    { IMAP_VERB_SORT, imapd_sort, IMAPD_NO_EXPUNGE | IMAPD_NO_EXPUNGE_UID },
    { IMAP_VERB_THREAD, imapd_thread, IMAPD_NO_EXPUNGE | IMAPD_NO_EXPUNGE_UID },
    { IMAP_VERB_FETCH, imapd_fetch, IMAPD_NO_EXPUNGE },
    { IMAP_VERB_STORE, imapd_store, IMAPD_NO_EXPUNGE },
    { IMAP_VERB_COPY, imapd_copy, 0 },
    { IMAP_VERB_MOVE, imapd_move, 0 },
};

const struct imapd_row *imapd_row(enum imap_verb verb)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].verb == verb)
            return &rows[i];
    return NULL;
}
