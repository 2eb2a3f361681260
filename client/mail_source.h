/*
 * mail_source.h - where mail is read from: an IMAP account, a POP3 account or
 * a Maildir, behind one operations struct. The command line and the screens
 * (index, pager) know only this.
 *
 * Messages are numbered 1 to count, in the order of the mailbox; numbers stay
 * what they are until source_refresh or source_expunge, which say what
 * changed by a new list. All calls block (with the deadlines of io/net) and
 * answer 0, or -1 with a sentence for the user in source->error. Nothing that
 * comes out has been made safe for a terminal: io/text does that.
 */
#ifndef PLI_CLIENT_MAIL_SOURCE_H
#define PLI_CLIENT_MAIL_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/watch.h"

enum mail_flag {
    MAIL_SEEN = 1,
    MAIL_ANSWERED = 2,
    MAIL_FLAGGED = 4,
    MAIL_DELETED = 8,
    MAIL_DRAFT = 16,
    MAIL_RECENT = 32,   /* read only */
};

enum mail_ability {
    MAIL_CAN_FLAG = 1,     /* flags are kept (IMAP, Maildir); POP3 knows only DELETED, until QUIT */
    MAIL_CAN_FOLDERS = 2,
    MAIL_CAN_APPEND = 4,
};

/* One message, as a list shows it. Texts are UTF-8, owned by the source, valid until the next refresh. */
struct mail_envelope {
    unsigned number;       /* 1 to count */
    char *uid;             /* IMAP UID, POP3 UIDL, Maildir's unique name */
    unsigned flags;        /* of enum mail_flag */
    uint64_t size;
    int64_t date;          /* seconds since 1970, of the Date field; else of arrival */
    char *from;            /* display name, else the address */
    char *from_address;
    char *to;
    char *subject;
    char *message_id;      /* with its brackets; "" when none */
    char *in_reply_to;
    char *references;      /* for threads */
};

/* How the connection stands, for a status line. */
struct mail_status {
    char protocol[16];     /* "imap", "pop3", "maildir" */
    char security[160];     /* "TLSv1.3, certificate verified", "in the clear" */
    char state[64];        /* the machine's state, RFC words */
    char folder[256];
};

struct mail_source {
    const struct mail_source_ops *ops;
    void *data;                        /* the implementation's */
    unsigned abilities;
    struct mail_envelope *messages;    /* count of them; messages[i].number == i + 1 */
    size_t count;
    bool listed;                       /* messages is what refresh or survey found */
    struct buf error;                  /* the last failure: what, where, what to do */
};

struct mail_source_ops {
    const char *name;
    bool direct;                       /* fetch and flag can do with a number alone, before anything is listed */
    int (*select)(struct mail_source *source, const char *folder);   /* "INBOX" */
    int (*refresh)(struct mail_source *source);                      /* fills messages anew */
    int (*survey)(struct mail_source *source);                       /* the same without the texts: no header is read */
    int (*folders)(struct mail_source *source, void (*each)(void *context, const char *name, bool selectable),
                   void *context);
    int (*fetch)(struct mail_source *source, unsigned number, struct buf *raw); /* the whole message; sets no flag */
    int (*top)(struct mail_source *source, unsigned number, unsigned lines, struct buf *raw);
    int (*flag)(struct mail_source *source, unsigned number, unsigned set, unsigned clear);
    int (*expunge)(struct mail_source *source);                      /* removes what is DELETED */
    int (*append)(struct mail_source *source, const char *folder, struct span message, unsigned flags);
    int (*check)(struct mail_source *source, bool *changed);         /* anything new? NOOP */
    void (*status)(struct mail_source *source, struct mail_status *status);
    void (*close)(struct mail_source *source);                       /* orderly, and frees data */
};

struct account;                        /* client/account.h */

/*
 * What passes on the wire, line by line, for a transcript or a protocol pane. event: what core/watch found in it, valid
 * during the call; text: what may be shown, its secrets masked. A connection in a thread calls from there.
 */
struct mail_watcher {
    void (*line)(void *context, const struct watch_event *event, struct span text);
    void *context;
};

/*
 * Opens account (logs in, selects its folder, lists nothing yet). watcher may
 * be NULL; cancel_fd: readable to give up, or -1. NULL on failure, with a
 * sentence added to error.
 */
struct mail_source *source_open(const struct account *account, const struct mail_watcher *watcher, int cancel_fd,
                                struct buf *error);
void source_close(struct mail_source *source);

/*
 * The operations, with what an account cannot do answered in a sentence. To
 * fetch or flag a letter whose number is known, no list is needed before.
 */
int source_select(struct mail_source *source, const char *folder);
int source_refresh(struct mail_source *source);
int source_survey(struct mail_source *source);
int source_folders(struct mail_source *source, void (*each)(void *context, const char *name, bool selectable),
                   void *context);
int source_fetch(struct mail_source *source, unsigned number, struct buf *raw);
int source_top(struct mail_source *source, unsigned number, unsigned lines, struct buf *raw);
int source_flag(struct mail_source *source, unsigned number, unsigned set, unsigned clear);
int source_expunge(struct mail_source *source);
int source_append(struct mail_source *source, const char *folder, struct span message, unsigned flags);
int source_check(struct mail_source *source, bool *changed);
void source_status(struct mail_source *source, struct mail_status *status);

#endif
