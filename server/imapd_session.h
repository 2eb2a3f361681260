/*
 * imapd_session.h - what the files of the IMAP server share.
 *
 * imapd.c runs the dialogue: it takes events from the parser, looks whether
 * the state table allows the command, calls its function, reports news of the
 * mailbox, and says the tagged answer. A command's function is found by its
 * verb in imapd_table.c; it writes untagged responses to imapd->out and
 * answers how it went:
 *
 *     IMAPD_OK NO BAD   done; the text for the tagged line was set by imapd_ok() and its like
 *     IMAPD_MORE        call imapd->step again when out has been sent, so that big answers stay bounded
 *     IMAPD_LINE        a "+" was written; give the client's next line to imapd->line
 *
 * A command's arguments are valid until it is done. What it needs between
 * calls is in imapd->work, released by imapd->work_free.
 */
#ifndef PLI_SERVER_IMAPD_SESSION_H
#define PLI_SERVER_IMAPD_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "core/imap_parse.h"
#include "core/imap_set.h"
#include "core/imap_state.h"
#include "server/mailbox.h"
#include "server/session.h"
#include "server/users.h"

enum imapd_result {
    IMAPD_OK = OUTCOME_OK,
    IMAPD_NO = OUTCOME_NO,
    IMAPD_BAD = OUTCOME_BAD,
    IMAPD_MORE = 100,
    IMAPD_LINE,
};

enum imapd_enabled {
    IMAPD_CONDSTORE = 1, /* tell MODSEQ (RFC 7162 §3.1) */
    IMAPD_QRESYNC = 2,   /* tell VANISHED instead of EXPUNGE (RFC 7162 §3.2) */
    IMAPD_UTF8 = 4,      /* names and strings in UTF-8 (RFC 6855 §3, RFC 9051 §5.1) */
    IMAPD_REV2 = 8,      /* ESEARCH always, nothing \Recent (RFC 9051 appendix E) */
};

enum imapd_row_flag {
    IMAPD_QUIET = 1,      /* no news of the mailbox before the tagged answer */
    IMAPD_NO_EXPUNGE = 2, /* sequence numbers must hold while it runs (RFC 9051 §7.5.1) */
    IMAPD_NO_EXPUNGE_UID = 4, /* nor is an EXPUNGE allowed with its UID form */
};

struct imapd;

struct imapd_row {
    enum imap_verb verb;
    enum imapd_result (*run)(struct imapd *imapd, const struct imap_command *command);
    unsigned flags;
};

struct append_work;

struct imapd {
    struct session *session;
    struct imap_parse parse;
    struct machine machine;
    struct buf out;                     /* what is to be sent; given to the connection piece by piece */
    struct store *store;                /* of the user, after login */
    char user[USERS_NAME_MAX + 1];
    struct mailbox *mailbox;            /* the selected one, or NULL */
    unsigned enabled;                   /* of enum imapd_enabled */
    bool read_only;                     /* the selected mailbox was opened by EXAMINE */
    struct imap_set saved;              /* UIDs of the last search with SAVE: "$" */

    char *tag;                          /* of the command that runs, or NULL */
    const struct imapd_row *row;        /* its row; NULL for one that nobody knows */
    struct imap_command command;
    enum imapd_result (*step)(struct imapd *imapd);
    enum imapd_result (*line)(struct imapd *imapd, struct span line);
    void *work;
    void (*work_free)(void *work);
    char *text;                         /* of the tagged answer, after OK, NO or BAD */
    struct append_work *append;         /* letters on their way in */
    bool literal_refused;               /* the command's literal was skipped: text says why */
    enum imapd_result refusal;

    bool closing, start_tls, idling;
    unsigned mistakes;                  /* BAD answers in a row */
};

/* The commands: imapd_table.c. NULL for a verb that has none. */
const struct imapd_row *imapd_row(enum imap_verb verb);

/* ---- the tagged answer: text begins with its [CODE], if any ---- */

enum imapd_result imapd_ok(struct imapd *imapd, const char *format, ...) __attribute__((format(printf, 2, 3)));
enum imapd_result imapd_no(struct imapd *imapd, const char *format, ...) __attribute__((format(printf, 2, 3)));
enum imapd_result imapd_bad(struct imapd *imapd, const char *format, ...) __attribute__((format(printf, 2, 3)));
enum imapd_result imapd_failed(struct imapd *imapd, enum store_result result); /* NO, in the store's words */
enum imapd_result imapd_arguments(struct imapd *imapd, const char *form);      /* BAD: what was expected */

/* "* BYE ...", and the connection is closed. */
void imapd_bye(struct imapd *imapd, const char *text);

/* ---- writing (imapd_write.c) ---- */

void imapd_write_string(struct imapd *imapd, struct span text);      /* quoted, or a literal */
void imapd_write_nstring(struct imapd *imapd, struct span text);     /* NIL when text.at is NULL */
void imapd_write_name(struct imapd *imapd, const char *folder);      /* of a mailbox, as this client spells it */
void imapd_write_flags(struct imapd *imapd, const struct message *message); /* with parentheses */
void imapd_write_flag_list(struct imapd *imapd, bool permanent);     /* those that this mailbox can have */

/* ---- reading ---- */

/* A mailbox name as it is on disk: free() it. NULL when it is none in this client's spelling. */
char *imapd_name(const struct imapd *imapd, const struct imap_node *node);

/* Flags of a list, or of one node and all after it. IMAPD_OK or the answer. make: new keywords. */
struct imapd_flags {
    unsigned flags;
    uint32_t keywords;
};
enum imapd_result imapd_read_flags(struct imapd *imapd, const struct imap_node *node, bool make,
                                   struct imapd_flags *flags);
unsigned imapd_system_flag(struct span name); /* enum mail_flag, or 0 */

/* Places of the messages that a set names, ascending. IMAPD_OK or IMAPD_BAD. Free places.at with free(). */
struct imapd_places {
    size_t *at;
    size_t count;
};
enum imapd_result imapd_read_places(struct imapd *imapd, const struct imap_node *node, bool uid,
                                    struct imapd_places *places);

/* ---- the selected mailbox (imapd_news.c, imapd_select.c) ---- */

/* Tells what changed in it. */
void imapd_news(struct imapd *imapd, bool may_expunge);
/* "* 3 FETCH (FLAGS (...))", with UID and MODSEQ for clients that want them. */
void imapd_tell_flags(struct imapd *imapd, size_t place, bool uid);
/* "* FLAGS (...)" and PERMANENTFLAGS */
void imapd_tell_flag_list(struct imapd *imapd);
/* "* VANISHED (EARLIER) ...": those of the known UIDs (a resolved set) that went after the modification sequence
   `since`; when that is too long ago, all that are not there (RFC 7162 §3.2.10.1). */
void imapd_tell_vanished(struct imapd *imapd, const struct imap_set *known, uint64_t since);
/* "* LIST (...) "." name" of a mailbox that exists */
void imapd_tell_list(struct imapd *imapd, const char *folder);
void imapd_unselect(struct imapd *imapd);

/* ---- APPEND's literals (imapd_append.c) ---- */

/* What is to become of the literal that is announced: called by imapd.c for APPEND's messages only. */
enum imapd_result imapd_append_literal(struct imapd *imapd, const struct imap_event *event);
void imapd_append_data(struct imapd *imapd, struct span data);
bool imapd_append_takes(const struct imap_event *event); /* is this literal a message, not a name? */
void imapd_append_free(struct imapd *imapd);

/* ---- the commands ---- */

#define IMAPD_COMMAND(name) enum imapd_result imapd_##name(struct imapd *imapd, const struct imap_command *command)
IMAPD_COMMAND(capability); IMAPD_COMMAND(noop); IMAPD_COMMAND(logout); IMAPD_COMMAND(id);
IMAPD_COMMAND(starttls); IMAPD_COMMAND(authenticate); IMAPD_COMMAND(login); IMAPD_COMMAND(enable_command);
IMAPD_COMMAND(select); IMAPD_COMMAND(examine); IMAPD_COMMAND(create); IMAPD_COMMAND(delete);
IMAPD_COMMAND(rename); IMAPD_COMMAND(subscribe); IMAPD_COMMAND(unsubscribe); IMAPD_COMMAND(list);
IMAPD_COMMAND(lsub); IMAPD_COMMAND(namespace); IMAPD_COMMAND(status); IMAPD_COMMAND(append);
IMAPD_COMMAND(idle); IMAPD_COMMAND(close); IMAPD_COMMAND(unselect_command); IMAPD_COMMAND(expunge);
IMAPD_COMMAND(search); IMAPD_COMMAND(sort); IMAPD_COMMAND(thread); IMAPD_COMMAND(fetch);
IMAPD_COMMAND(store); IMAPD_COMMAND(copy); IMAPD_COMMAND(move);
IMAPD_COMMAND(getquota); IMAPD_COMMAND(getquotaroot); IMAPD_COMMAND(setquota);

/* What the server can do now, from "CAPABILITY" on. */
void imapd_write_capabilities(const struct imapd *imapd, struct buf *out);

/* "MESSAGES 3 UNSEEN 1", for STATUS and LIST RETURN (STATUS); items is a list. */
bool imapd_status_items_are_good(const struct imap_node *items);
enum store_result imapd_write_status(struct imapd *imapd, const char *folder, const struct imap_node *items);

#endif
