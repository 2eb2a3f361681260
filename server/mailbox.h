/*
 * mailbox.h - a user's letters, as POP3 and IMAP see them.
 *
 * A store is one user's Maildir++: INBOX is the Maildir itself, the folder
 * "Work.2026" is its subdirectory ".Work.2026". Folder names are bytes as on
 * disk: levels separated by '.', letters beyond ASCII in IMAP's modified
 * UTF-7 (RFC 3501 §5.1.3), which is also what Dovecot puts there; converting
 * is the session's work. "INBOX" is meant in any case of its letters.
 *
 * A mailbox is one session's view of a folder. The view changes only in
 * mailbox_sync() and by the session's own calls, so sequence numbers
 * stay what the peer was told. Beneath it the folder is shared by all sessions
 * of the server, and other programs may change the files at any time. Views
 * that are the same are one in memory.
 *
 * UIDs, UIDVALIDITY and modification sequences are kept in the folder's file
 * `pli-index`, plain text. It can be deleted: the next open makes a new one,
 * with a greater UIDVALIDITY (RFC 9051 §2.3.1.1).
 *
 * Thread rules: a store or mailbox belongs to one session and is used by one
 * thread at a time. What is shared beneath has its own locks.
 */
#ifndef PLI_SERVER_MAILBOX_H
#define PLI_SERVER_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "core/buf.h"
#include "server/maildir.h"

struct mailbox;
struct server;
struct session;
struct store;

/* ---- the store ---- */

/* The store of a user of the server; made, with the folders of store_role.h, when it is not there. NULL: see log. */
struct store *store_open(const struct session *session, const char *user);
struct store *store_open_path(const char *maildir); /* the same for a path; NULL with errno */
void store_close(struct store *store);

struct store_folder {
    char *name;
    bool exists;       /* false: only a level above others, or only subscribed to */
    bool subscribed;
    bool has_children;
    const char *role;  /* its special use, "\\Sent" (store_role.h), or NULL */
};

/* All folders and all subscribed names, INBOX first, then sorted. free with store_list_free. */
enum store_result store_list(struct store *store, struct store_folder **folders, size_t *count);
void store_list_free(struct store_folder *folders, size_t count);

enum store_result store_create(struct store *store, const char *name);
enum store_result store_create_for(struct store *store, const char *name, const char *role); /* see store_role.h */
enum store_result store_delete(struct store *store, const char *name); /* not INBOX */
/* With its children; of INBOX: moves its letters into a new folder (RFC 9051 §6.3.6). */
enum store_result store_rename(struct store *store, const char *from, const char *to);
enum store_result store_subscribe(struct store *store, const char *name, bool yes);
bool store_name_is_good(const char *name);

/* ---- a mailbox ---- */

#define MESSAGE_SIZE_UNKNOWN UINT64_MAX

struct message {
    uint32_t uid;
    unsigned flags;        /* of enum mail_flag, as this session last saw them */
    uint32_t keywords;     /* bit n: mailbox_keyword(mailbox, n) */
    bool gone;             /* removed by somebody; still counted until a sync that may expunge */
    uint64_t modseq;       /* RFC 7162 */
    uint64_t size;         /* in octets as on the wire, or MESSAGE_SIZE_UNKNOWN: ask mailbox_size() */
    time_t date;           /* internal date */
};

enum mailbox_mode {
    MAILBOX_READ_ONLY = 1, /* EXAMINE: no flags are changed, new letters stay recent */
    MAILBOX_EXCLUSIVE = 2, /* POP3: only one at a time, STORE_IN_USE otherwise (RFC 1939 §4) */
    MAILBOX_KEEP_NEW = 4,  /* letters are not moved from new/ to cur/ by looking (POP3) */
};

enum store_result mailbox_open(struct store *store, const char *name, unsigned mode, struct mailbox **mailbox);
void mailbox_close(struct mailbox *mailbox);

/* The view: message i has sequence number i + 1; ascending UIDs. */
size_t mailbox_count(const struct mailbox *mailbox);
const struct message *mailbox_message(const struct mailbox *mailbox, size_t i); /* until the next sync or store */
/* The number of the first message with this UID or a greater one: mailbox_count() if none. */
size_t mailbox_find_uid(const struct mailbox *mailbox, uint32_t uid);
/* The size of message i with CR LF line ends; reads the file when nothing tells it. 0 when it is gone. */
uint64_t mailbox_size(struct mailbox *mailbox, size_t i);

uint32_t mailbox_uidvalidity(const struct mailbox *mailbox);
uint32_t mailbox_uidnext(const struct mailbox *mailbox);
uint64_t mailbox_modseq(const struct mailbox *mailbox);   /* the highest, HIGHESTMODSEQ */
bool mailbox_is_read_only(const struct mailbox *mailbox);
const char *mailbox_name(const struct mailbox *mailbox);
const char *mailbox_path(const struct mailbox *mailbox);  /* of the folder's directory */
bool mailbox_is_alive(const struct mailbox *mailbox);     /* false: the folder was deleted meanwhile */

/* Keywords (user flags): the name of number n, or NULL; the number of a name, made if `make`, -1: unknown, no room. */
const char *mailbox_keyword(const struct mailbox *mailbox, unsigned n);
int mailbox_keyword_number(struct mailbox *mailbox, struct span name, bool make);

/* What a sync found, in the order in which IMAP wants to tell it. The memory is the mailbox's, until the next sync. */
struct mailbox_changes {
    const struct mailbox_gone {
        uint32_t sequence;       /* highest first, so that each is right when it is told */
        uint32_t uid;
    } *gone;
    size_t gone_count;
    const uint32_t *changed;     /* places i (after removal) of messages whose flags or keywords changed */
    size_t changed_count;
    size_t count_before;         /* messages before new ones were added, after removal */
    size_t count;                /* messages now: different from count_before: tell EXISTS */
    size_t recent;
    bool keywords_changed;       /* there are new keyword names: tell FLAGS */
};

/* Looks at the folder and brings the view up to date. Without may_expunge, removed messages stay, marked gone. */
enum store_result mailbox_sync(struct mailbox *mailbox, bool may_expunge, struct mailbox_changes *changes);

/*
 * UIDs of letters removed after the modification sequence `since` (RFC 7162 §3.2.5.1 VANISHED). complete: false when
 * older removals are forgotten, so that all UIDs not in the view count as removed. uids: valid until the next call.
 */
size_t mailbox_vanished(struct mailbox *mailbox, uint64_t since, const uint32_t **uids, bool *complete);

/* A letter's text with CR LF line ends. STORE_NOT_FOUND when it is gone. Release it soon: big ones are mapped. */
struct letter {
    const char *text;
    size_t size;
    void *owner;
};
enum store_result mailbox_read(struct mailbox *mailbox, size_t i, struct letter *letter);
void letter_release(struct letter *letter);

/*
 * Of message i's header, the fields that lists, searches, orders and threads ask for (those that mailbox_keeps_field()
 * names), as they stand in the letter, with the empty line if it has one. They are kept in the folder's file
 * `pli-headers`, so that letters need not be opened for them. Valid until the next call; at the end of a command,
 * mailbox_rest() writes what was new and gives back the memory.
 */
enum store_result mailbox_header(struct mailbox *mailbox, size_t i, struct span *header);
bool mailbox_keeps_field(struct span name);
void mailbox_rest(struct mailbox *mailbox);

enum store_change { STORE_REPLACE, STORE_ADD, STORE_REMOVE };

/* Flags of message i; the view follows at once and sync does not tell them again. */
enum store_result mailbox_store(struct mailbox *mailbox, size_t i, enum store_change change, unsigned flags,
                                uint32_t keywords);

/* Removes message i from the disk; the view follows at the next sync that may expunge. */
enum store_result mailbox_remove(struct mailbox *mailbox, size_t i);

/*
 * Copies or moves the messages at places which[0..count-1] into a folder of the same store: all or none, and durable
 * when it answers STORE_OK. uids: room for count, filled with the UIDs they got there. Copies keep flags, keywords
 * and internal date. What was moved is gone from the view at the next sync that may expunge.
 */
enum store_result mailbox_copy(struct mailbox *mailbox, const size_t *which, size_t count, const char *folder,
                               uint32_t *uidvalidity, uint32_t *uids);
enum store_result mailbox_move(struct mailbox *mailbox, const size_t *which, size_t count, const char *folder,
                               uint32_t *uidvalidity, uint32_t *uids);

/* ---- adding letters (APPEND): all or none ---- */

struct append;
enum store_result append_new(struct store *store, const char *folder, struct append **append);
/* The next letter begins; date 0: now. Then write its text, CR LF line ends, in pieces. */
enum store_result append_message(struct append *append, unsigned flags, const struct span *keywords,
                                 size_t keyword_count, time_t date);
enum store_result append_write(struct append *append, const void *data, size_t size);
/* On stable storage when it answers STORE_OK. uids: as many as there were letters, belongs to the append. */
enum store_result append_commit(struct append *append, uint32_t *uidvalidity, const uint32_t **uids, size_t *count);
void append_free(struct append *append); /* without commit: nothing was added */

/* ---- a look from outside (STATUS) ---- */

struct mailbox_status {
    size_t messages;
    size_t recent;
    size_t unseen;
    size_t deleted;
    uint64_t size;
    uint64_t deleted_octets; /* of the files that EXPUNGE would remove */
    uint32_t uidnext;
    uint32_t uidvalidity;
    uint64_t modseq;
};
enum store_result store_status(struct store *store, const char *name, struct mailbox_status *status);

/* The octets of the letters' files, as they are on disk, and how many letters there are: for quotas (quota.h). */
enum store_result store_holds(struct store *store, const char *name, uint64_t *octets, size_t *messages);

#endif
