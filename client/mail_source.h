/*
 * mail_source.h - where mail is read from: an IMAP account, a POP3 account or
 * a Maildir, behind one operations struct. The command line and the screens
 * know only this.
 *
 * Messages are numbered 1 to count, in the order of the mailbox; numbers stay
 * what they are until a call that says it lists anew (select, refresh, survey,
 * check, expunge, moving). All calls block (with the deadlines of io/net, and until
 * cancel_fd becomes readable) and answer 0, or -1 with a sentence for the user
 * in source->error. A connection that broke, or was cancelled, is opened anew
 * by the next call. Nothing that comes out has been made safe for a terminal:
 * io/text does that.
 *
 * A large folder is usable before all is known of it: source_survey gives the
 * rows, those that the cache knows with their texts, the others MAIL_BLANK;
 * source_fill reads more of these, the newest first.
 */
#ifndef PLI_CLIENT_MAIL_SOURCE_H
#define PLI_CLIENT_MAIL_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/watch.h"

enum mail_flag {
    MAIL_SEEN = 1,
    MAIL_ANSWERED = 2,
    MAIL_FLAGGED = 4,
    MAIL_DELETED = 8,
    MAIL_DRAFT = 16,
    MAIL_RECENT = 32,   /* read only */
    MAIL_ATTACHED = 64, /* read only: the letter is a multipart/mixed, so most likely something is attached */
    MAIL_BLANK = 128,   /* read only: its texts, size and date are not read yet */
    MAIL_KEPT = MAIL_SEEN | MAIL_ANSWERED | MAIL_FLAGGED | MAIL_DELETED | MAIL_DRAFT,
};

enum mail_ability {
    MAIL_CAN_FLAG = 1,     /* flags are kept (IMAP, Maildir); those of POP3 are kept in the cache only */
    MAIL_CAN_FOLDERS = 2,
    MAIL_CAN_APPEND = 4,
    MAIL_CAN_COPY = 8,
};

/* One message, as a list shows it. Texts are UTF-8, never NULL, owned by the source, valid until it lists anew. */
struct mail_envelope {
    unsigned number;           /* 1 to count */
    unsigned flags;            /* of enum mail_flag */
    uint64_t size;
    int64_t date;              /* seconds since 1970, of the Date field; else of arrival */
    const char *uid;           /* IMAP UID, POP3 UIDL, Maildir's unique name */
    const char *from;          /* display name, else the address */
    const char *from_address;
    const char *to;            /* the first one, likewise */
    const char *subject;
    uint64_t id;               /* conversation_id (core/conversation.h) of the Message-ID; 0: none */
    const uint64_t *references;/* of what it refers to, the oldest first */
    uint32_t reference_count;
};

enum mail_use {                /* RFC 6154 */
    MAIL_USE_NONE, MAIL_USE_INBOX, MAIL_USE_SENT, MAIL_USE_DRAFTS, MAIL_USE_TRASH, MAIL_USE_JUNK, MAIL_USE_ARCHIVE,
    MAIL_USE_ALL, MAIL_USE_FLAGGED,
};

struct mail_folder {
    const char *name;          /* UTF-8 */
    char separator;            /* between levels; 0: none */
    bool selectable, subscribed;
    enum mail_use use;
};

enum mail_folder_action { MAIL_FOLDER_CREATE, MAIL_FOLDER_DELETE, MAIL_FOLDER_RENAME, MAIL_FOLDER_SUBSCRIBE,
                          MAIL_FOLDER_UNSUBSCRIBE };

/* How many letters a folder holds, and how many of them were not read. */
struct mail_counts {
    unsigned total, unseen;
};

/* How the connection stands, for a status line. */
struct mail_status {
    char protocol[16];         /* "imap", "pop3", "maildir" */
    char security[160];        /* "TLSv1.3, certificate verified", "in the clear" */
    char state[64];            /* the machine's state, RFC words */
    char folder[256];
    char capabilities[1024];   /* as the server said them last */
    char capabilities_clear[1024]; /* what it said before STARTTLS; "" when there was none */
    const struct tls *tls;     /* core/tls.h: tls_describe, tls_verified; NULL: none */
    bool watching;             /* the server tells what is new by itself (IDLE) */
};

struct account;                /* client/account.h */
struct pattern;                /* client/pattern.h */
struct tls_info;

enum mail_step { MAIL_STEP_SEND, MAIL_STEP_DROP };

enum mail_consent {
    MAIL_CONSENT_CERTIFICATE,      /* that a certificate does not hold: info and problem say more */
    MAIL_CONSENT_CLEAR_PASSWORD,   /* that the password crosses the network in the clear */
};

/* Who looks on. Each function may be NULL. */
struct mail_watcher {
    /*
     * What passes on the wire, line by line, for a transcript or a protocol pane. event: what core/watch found in it,
     * valid during the call; text: what may be shown, its secrets masked. A connection in a thread calls from there.
     */
    void (*line)(void *context, const struct watch_event *event, struct span text);
    void *context;
    /*
     * Step mode: called before a command leaves (verb: "FETCH", "RETR"; SMTP: the first of those that leave
     * together), which is text with its line ends. It may wait, change the text, or have it dropped: then the
     * command fails. Commands that carry a password are not shown.
     */
    enum mail_step (*step)(void *context, const char *verb, struct buf *text);
    /*
     * Does the user agree? Asked instead of giving up; without this function nobody agrees. To trust a certificate
     * from now on, keep info->fingerprint (of core/tls.h) as the account's fingerprint.
     */
    bool (*consent)(void *context, enum mail_consent what, const char *host, const struct tls_info *info,
                    const char *problem);
    /* "Pretend" mode: words as servers list them ("IDLE UIDPLUS LITERAL+"), which we act as if we had not heard. */
    const char *hide;
};

struct mail_source {
    const struct mail_source_ops *ops;
    void *data;                        /* the implementation's */
    unsigned abilities;
    struct mail_envelope *messages;    /* count of them; messages[i].number == i + 1 */
    size_t count;
    size_t blank;                      /* how many of them are MAIL_BLANK */
    bool listed;                       /* messages is what refresh or survey found */
    bool broken;                       /* the connection is gone: the next call opens it anew */
    struct arena texts;                /* of messages */
    struct arena_table *known;         /* of texts: people, who write again; NULL: none yet */
    struct buf error;                  /* the last failure: what, where, what to do */
    const struct account *account;
    struct mail_watcher watcher;
    int cancel_fd;
    char *folder;                      /* selected, as select was given it */
    uint32_t validity, next_uid;       /* of that folder: UIDVALIDITY and UIDNEXT; 0: not known */
    uint64_t marks[2];                 /* how the folder was when it was listed: while these are the same, nothing
                                          changed (the cache keeps them); 0: not known */
    bool cache_stale;                  /* what the cache holds differs */
};

struct mail_source_ops {
    const char *name;
    bool direct;                       /* fetch and flag can do with a number alone, before anything is listed */
    bool remote;                       /* letters are worth keeping in the cache */
    int (*select)(struct mail_source *source, const char *folder);   /* "INBOX" */
    int (*list)(struct mail_source *source);                         /* rows; blank where nothing is known */
    int (*fill)(struct mail_source *source, size_t most);            /* so many blank rows, the newest first */
    int (*folders)(struct mail_source *source, void (*each)(void *context, const struct mail_folder *folder),
                   void *context);
    int (*folder)(struct mail_source *source, enum mail_folder_action action, const char *name, const char *to);
    int (*counts)(struct mail_source *source, const char *folder, struct mail_counts *counts);
    int (*fetch)(struct mail_source *source, unsigned number, struct buf *raw);
    int (*top)(struct mail_source *source, unsigned number, unsigned lines, struct buf *raw);
    int (*flag)(struct mail_source *source, const unsigned *numbers, size_t count, unsigned set, unsigned clear);
    int (*copy)(struct mail_source *source, const unsigned *numbers, size_t count, const char *folder, bool move);
    int (*expunge)(struct mail_source *source);
    int (*append)(struct mail_source *source, const char *folder, struct span message, unsigned flags);
    int (*check)(struct mail_source *source, bool *changed);
    int (*watch)(struct mail_source *source);
    int (*search)(struct mail_source *source, const struct pattern *pattern, unsigned char *hits);
    void (*status)(struct mail_source *source, struct mail_status *status);
    void (*close)(struct mail_source *source);                       /* orderly, and frees data */
};

/*
 * Opens account (logs in, selects its folder, lists nothing yet). The account must outlive the source; watcher may
 * be NULL; cancel_fd: readable to give up, or -1. NULL on failure, with a sentence added to error.
 */
struct mail_source *source_open(const struct account *account, const struct mail_watcher *watcher, int cancel_fd,
                                struct buf *error);
void source_close(struct mail_source *source);   /* the cache is written first */

/* From now on these capabilities are (not) acted upon; NULL: all of them. */
void source_hide(struct mail_source *source, const char *words);

/* The operations, with what an account cannot do answered in a sentence. */
int source_select(struct mail_source *source, const char *folder);
int source_refresh(struct mail_source *source);                   /* lists, and fills all */
int source_survey(struct mail_source *source);                    /* lists; what the cache does not know is blank */
int source_fill(struct mail_source *source, size_t most);         /* until source->blank is 0 */
int source_folders(struct mail_source *source, void (*each)(void *context, const struct mail_folder *folder),
                   void *context);
int source_folder(struct mail_source *source, enum mail_folder_action action, const char *name, const char *to);
int source_counts(struct mail_source *source, const char *folder, struct mail_counts *counts);

/*
 * The folder that serves for something: the one that the server or the account says, else one with a usual name; made
 * when create is set and there is none. free() it; NULL with a sentence in error.
 */
char *source_folder_for(struct mail_source *source, enum mail_use use, bool create);

/* The whole letter, from the cache if it is there; sets no flag. To fetch or flag a letter no list is needed. */
int source_fetch(struct mail_source *source, unsigned number, struct buf *raw);
int source_top(struct mail_source *source, unsigned number, unsigned lines, struct buf *raw);
int source_flag(struct mail_source *source, unsigned number, unsigned set, unsigned clear);
int source_flag_all(struct mail_source *source, const unsigned *numbers, size_t count, unsigned set, unsigned clear);

/* Into another folder of the account. After moving, the list has changed. */
int source_copy(struct mail_source *source, const unsigned *numbers, size_t count, const char *folder);
int source_move(struct mail_source *source, const unsigned *numbers, size_t count, const char *folder);

int source_expunge(struct mail_source *source);                   /* removes what is DELETED */
int source_append(struct mail_source *source, const char *folder, struct span message, unsigned flags);

/* Anything new? (NOOP, or the end of IDLE.) *changed: list anew (source_survey). */
int source_check(struct mail_source *source, bool *changed);

/*
 * Has the server tell by itself what is new (IDLE): a descriptor that becomes readable then, upon which source_check is
 * to be called, and after 25 minutes at the latest; any other call ends it as well. -1: it cannot; check now and then.
 */
int source_watch(struct mail_source *source);

/*
 * hits[i] becomes 1 for each messages[i] that the pattern fits, else 0 (count bytes): the server searches
 * where it can, else we do. A pattern that looks into bodies fetches them then.
 */
int source_search(struct mail_source *source, const struct pattern *pattern, unsigned char *hits);

void source_status(struct mail_source *source, struct mail_status *status);

#endif
