#include "imap_state.h"

#include "imap_command.h"
#include "imap_parse.h"

static const char *const state_names[] = {
    [IMAP_STATE_WAITING] = "WAITING",
    [IMAP_STATE_NOT_AUTHENTICATED] = "NOT AUTHENTICATED",
    [IMAP_STATE_TLS] = "TLS HANDSHAKE",
    [IMAP_STATE_AUTHENTICATED] = "AUTHENTICATED",
    [IMAP_STATE_SELECTED] = "SELECTED",
    [IMAP_STATE_LOGOUT] = "LOGOUT",
};

static const char *const verb_names[] = {
    [IMAP_VERB_UNKNOWN] = "(unknown)",
    [IMAP_VERB_GREETING] = "(greeting)",
    [IMAP_VERB_PREAUTH] = "PREAUTH",
    [IMAP_VERB_BYE] = "BYE",
    [IMAP_VERB_TLS_STARTED] = "(TLS started)",
    [IMAP_VERB_DISCONNECT] = "(disconnect)",
    [IMAP_VERB_DONE] = "DONE",
    [IMAP_VERB_CAPABILITY] = "CAPABILITY",
    [IMAP_VERB_NOOP] = "NOOP",
    [IMAP_VERB_LOGOUT] = "LOGOUT",
    [IMAP_VERB_ID] = "ID",
    [IMAP_VERB_STARTTLS] = "STARTTLS",
    [IMAP_VERB_AUTHENTICATE] = "AUTHENTICATE",
    [IMAP_VERB_LOGIN] = "LOGIN",
    [IMAP_VERB_ENABLE] = "ENABLE",
    [IMAP_VERB_SELECT] = "SELECT",
    [IMAP_VERB_EXAMINE] = "EXAMINE",
    [IMAP_VERB_CREATE] = "CREATE",
    [IMAP_VERB_DELETE] = "DELETE",
    [IMAP_VERB_RENAME] = "RENAME",
    [IMAP_VERB_SUBSCRIBE] = "SUBSCRIBE",
    [IMAP_VERB_UNSUBSCRIBE] = "UNSUBSCRIBE",
    [IMAP_VERB_LIST] = "LIST",
    [IMAP_VERB_LSUB] = "LSUB",
    [IMAP_VERB_NAMESPACE] = "NAMESPACE",
    [IMAP_VERB_STATUS] = "STATUS",
    [IMAP_VERB_APPEND] = "APPEND",
    [IMAP_VERB_IDLE] = "IDLE",
    [IMAP_VERB_GETQUOTA] = "GETQUOTA",
    [IMAP_VERB_GETQUOTAROOT] = "GETQUOTAROOT",
    [IMAP_VERB_SETQUOTA] = "SETQUOTA",
    [IMAP_VERB_CHECK] = "CHECK",
    [IMAP_VERB_CLOSE] = "CLOSE",
    [IMAP_VERB_UNSELECT] = "UNSELECT",
    [IMAP_VERB_EXPUNGE] = "EXPUNGE",
    [IMAP_VERB_SEARCH] = "SEARCH",
    [IMAP_VERB_SORT] = "SORT",
    [IMAP_VERB_THREAD] = "THREAD",
    [IMAP_VERB_FETCH] = "FETCH",
    [IMAP_VERB_STORE] = "STORE",
    [IMAP_VERB_COPY] = "COPY",
    [IMAP_VERB_MOVE] = "MOVE",
};

#define NOAUTH IMAP_STATE_NOT_AUTHENTICATED
#define AUTH IMAP_STATE_AUTHENTICATED
#define SELECTED IMAP_STATE_SELECTED
#define LOGOUT IMAP_STATE_LOGOUT

/* A command that is legal in a state and leaves it as it is, whatever the answer. */
#define REFUSED(state, verb, rfc)                          \
    { state, verb, OUTCOME_NO, state, 0, 0, rfc },         \
    { state, verb, OUTCOME_BAD, state, 0, 0, rfc }
#define STAYS(state, verb, rfc)                            \
    { state, verb, OUTCOME_OK, state, 0, 0, rfc },         \
    REFUSED(state, verb, rfc)
/* "Valid only in authenticated or selected state" (RFC 9051 §6.3). */
#define AFTER_LOGIN(verb, rfc) STAYS(AUTH, verb, rfc), STAYS(SELECTED, verb, rfc)
#define ALWAYS(verb, rfc) STAYS(NOAUTH, verb, rfc), AFTER_LOGIN(verb, rfc)
/* After "+" only DONE may come, and the tagged answer after it. */
#define IDLES(state)                                                                                  \
    { state, IMAP_VERB_IDLE, OUTCOME_MORE, state, IMAP_MODE_IDLE, 0, "RFC 9051 §6.3.13" },            \
    STAYS(state, IMAP_VERB_IDLE, "RFC 9051 §6.3.13"),                                                 \
    { state, IMAP_VERB_DONE, OUTCOME_OK, state, 0, 0, "RFC 9051 §6.3.13" }
/*
 * SELECT and EXAMINE leave the mailbox that is selected before they try the
 * other: after NO none is selected. BAD means that nothing was tried.
 */
#define SELECTS(verb, rfc)                                                                            \
    { AUTH, verb, OUTCOME_OK, SELECTED, 0, IMAP_MOVE_SELECTED, rfc },                                 \
    REFUSED(AUTH, verb, rfc),                                                                         \
    { SELECTED, verb, OUTCOME_OK, SELECTED, 0, IMAP_MOVE_SELECTED, rfc },                             \
    { SELECTED, verb, OUTCOME_NO, AUTH, 0, IMAP_MOVE_SELECTED, rfc },                                 \
    { SELECTED, verb, OUTCOME_BAD, SELECTED, 0, 0, rfc }
#define LEAVES(verb, rfc)                                                                             \
    { SELECTED, verb, OUTCOME_OK, AUTH, 0, IMAP_MOVE_SELECTED, rfc },                                 \
    REFUSED(SELECTED, verb, rfc)
/* LOGOUT: the untagged BYE moves, the tagged OK that follows finds the state already there. */
#define ENDS(state)                                                                                   \
    { state, IMAP_VERB_BYE, OUTCOME_BYE, LOGOUT, 0, 0, "RFC 9051 §7.1.5" },                           \
    { state, IMAP_VERB_LOGOUT, OUTCOME_OK, LOGOUT, 0, 0, "RFC 9051 §6.1.3" },                         \
    { state, IMAP_VERB_LOGOUT, OUTCOME_BAD, state, 0, 0, "RFC 9051 §6.1.3" }

/* "Unilateral action on the part of either the client or the server", or the network's. */
#define CUT(state) { state, IMAP_VERB_DISCONNECT, OUTCOME_OK, LOGOUT, 0, 0, "RFC 9051 §3.4" }

static const struct move moves[] = {
    { IMAP_STATE_WAITING, IMAP_VERB_GREETING, OUTCOME_OK, NOAUTH, 0, 0, "RFC 9051 §7.1.1" },
    { IMAP_STATE_WAITING, IMAP_VERB_PREAUTH, OUTCOME_OK, AUTH, 0, 0, "RFC 9051 §7.1.4" },
    { IMAP_STATE_WAITING, IMAP_VERB_BYE, OUTCOME_BYE, LOGOUT, 0, 0, "RFC 9051 §7.1.5" },

    ALWAYS(IMAP_VERB_CAPABILITY, "RFC 9051 §6.1.1"),
    ALWAYS(IMAP_VERB_NOOP, "RFC 9051 §6.1.2"),
    ALWAYS(IMAP_VERB_ID, "RFC 2971 §3.1"),
    ENDS(NOAUTH), ENDS(AUTH), ENDS(SELECTED),
    { LOGOUT, IMAP_VERB_LOGOUT, OUTCOME_OK, LOGOUT, 0, 0, "RFC 9051 §6.1.3" },
    /* Commands sent before the client saw BYE are still answered by some servers. */
    { LOGOUT, IMAP_VERB_BYE, OUTCOME_BYE, LOGOUT, 0, 0, "RFC 9051 §7.1.5" },
    CUT(IMAP_STATE_WAITING), CUT(NOAUTH), CUT(IMAP_STATE_TLS), CUT(AUTH), CUT(SELECTED),

    { NOAUTH, IMAP_VERB_STARTTLS, OUTCOME_OK, IMAP_STATE_TLS, 0, IMAP_MOVE_TLS, "RFC 9051 §6.2.1" },
    { IMAP_STATE_TLS, IMAP_VERB_TLS_STARTED, OUTCOME_OK, NOAUTH, 0, 0, "RFC 9051 §6.2.1" },
    REFUSED(NOAUTH, IMAP_VERB_STARTTLS, "RFC 9051 §6.2.1"),
    { NOAUTH, IMAP_VERB_AUTHENTICATE, OUTCOME_MORE, NOAUTH, IMAP_MODE_AUTHENTICATE, 0, "RFC 9051 §6.2.2" },
    { NOAUTH, IMAP_VERB_AUTHENTICATE, OUTCOME_OK, AUTH, 0, 0, "RFC 9051 §6.2.2" },
    REFUSED(NOAUTH, IMAP_VERB_AUTHENTICATE, "RFC 9051 §6.2.2"),
    { NOAUTH, IMAP_VERB_LOGIN, OUTCOME_OK, AUTH, 0, 0, "RFC 9051 §6.2.3" },
    REFUSED(NOAUTH, IMAP_VERB_LOGIN, "RFC 9051 §6.2.3"),

    /* §6.3.1: "only valid in the authenticated state, before any mailbox is selected". */
    STAYS(AUTH, IMAP_VERB_ENABLE, "RFC 9051 §6.3.1"),
    SELECTS(IMAP_VERB_SELECT, "RFC 9051 §6.3.2"),
    SELECTS(IMAP_VERB_EXAMINE, "RFC 9051 §6.3.3"),
    AFTER_LOGIN(IMAP_VERB_CREATE, "RFC 9051 §6.3.4"),
    AFTER_LOGIN(IMAP_VERB_DELETE, "RFC 9051 §6.3.5"),
    AFTER_LOGIN(IMAP_VERB_RENAME, "RFC 9051 §6.3.6"),
    AFTER_LOGIN(IMAP_VERB_SUBSCRIBE, "RFC 9051 §6.3.7"),
    AFTER_LOGIN(IMAP_VERB_UNSUBSCRIBE, "RFC 9051 §6.3.8"),
    AFTER_LOGIN(IMAP_VERB_LIST, "RFC 9051 §6.3.9"),
    AFTER_LOGIN(IMAP_VERB_LSUB, "RFC 3501 §6.3.9"),
    AFTER_LOGIN(IMAP_VERB_NAMESPACE, "RFC 9051 §6.3.10"),
    AFTER_LOGIN(IMAP_VERB_STATUS, "RFC 9051 §6.3.11"),
    AFTER_LOGIN(IMAP_VERB_APPEND, "RFC 9051 §6.3.12"),
    IDLES(AUTH), IDLES(SELECTED),
    AFTER_LOGIN(IMAP_VERB_GETQUOTA, "RFC 9208 §4.1.1"),
    AFTER_LOGIN(IMAP_VERB_GETQUOTAROOT, "RFC 9208 §4.1.2"),
    AFTER_LOGIN(IMAP_VERB_SETQUOTA, "RFC 9208 §4.1.3"),

    STAYS(SELECTED, IMAP_VERB_CHECK, "RFC 3501 §6.4.1"),
    LEAVES(IMAP_VERB_CLOSE, "RFC 9051 §6.4.1"),
    LEAVES(IMAP_VERB_UNSELECT, "RFC 9051 §6.4.2"),
    STAYS(SELECTED, IMAP_VERB_EXPUNGE, "RFC 9051 §6.4.3"),
    STAYS(SELECTED, IMAP_VERB_SEARCH, "RFC 9051 §6.4.4"),
    STAYS(SELECTED, IMAP_VERB_SORT, "RFC 5256 §3"),
    STAYS(SELECTED, IMAP_VERB_THREAD, "RFC 5256 §3"),
    STAYS(SELECTED, IMAP_VERB_FETCH, "RFC 9051 §6.4.5"),
    STAYS(SELECTED, IMAP_VERB_STORE, "RFC 9051 §6.4.6"),
    STAYS(SELECTED, IMAP_VERB_COPY, "RFC 9051 §6.4.7"),
    STAYS(SELECTED, IMAP_VERB_MOVE, "RFC 9051 §6.4.8"),
};

const struct machine_table imap_machine = {
    .protocol = "IMAP",
    .state_names = state_names,
    .state_count = IMAP_STATE_COUNT,
    .verb_names = verb_names,
    .verb_count = IMAP_VERB_COUNT,
    .moves = moves,
    .move_count = sizeof moves / sizeof moves[0],
};
