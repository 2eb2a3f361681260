/*
 * folder.h - one Maildir folder as all sessions of the server share it:
 * which letter has which UID.
 *
 * There is one struct folder for each directory, however many sessions look
 * at it (mailbox.c: their views). It knows every letter: UID, flags as in the
 * file name, sizes, date. Other programs change the files underneath, so
 * before it answers it compares the times of new/ and cur/ with what it saw
 * (folder_refresh) and reads the directories again when they differ.
 *
 * What must survive is in the file `pli-index` (folder_index.c); what saves
 * the opening of letters is in `pli-headers` (folder_headers.c). A thread
 * holds the folder's lock for whatever it does; who changes files or the
 * index also holds the lock between processes, which is on the directory
 * itself (flock), so nothing is left behind.
 *
 * A change that we make ourselves in cur/ also changes its time. So that each
 * does not cost a reading, the new time is noted as seen; somebody else may
 * have made a change in the same instant, so after a second cur/ is read once
 * more. new/ is small where letters are read, and simply read again.
 */
#ifndef PLI_SERVER_FOLDER_H
#define PLI_SERVER_FOLDER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>
#include <uthash.h>

#include "core/buf.h"
#include "server/maildir.h"

/* A letter. */
struct entry {
    uint32_t uid;
    unsigned flags;       /* enum mail_flag without MAIL_RECENT */
    uint32_t keywords;
    uint64_t modseq;
    long long size;       /* of the file */
    long long wire;       /* with CR LF line ends; -1: not known yet */
    time_t date;
    bool in_new;          /* the file is in new/, else in cur/ */
    bool seen;            /* by the reading of directories that is going on */
    uint32_t header_size; /* of its record in the file of headers (folder_headers.h) */
    off_t header_at;      /* where it stands; 0: there is none */
    char *base;           /* file name up to the ':' */
    char *suffix;         /* from the ':' on; "" when there is none */
    UT_hash_handle hh;    /* by base */
};

/* A letter that was removed: for clients that come back (RFC 7162 §3.2). */
struct removed {
    uint32_t uid;
    uint64_t modseq;
};

struct folder {
    pthread_mutex_t lock;
    char *path;
    int directory;                /* open descriptor */
    size_t users;                 /* sessions; under the registry's lock */
    bool dead;                    /* the folder was deleted */

    struct entry **entries;       /* ascending UIDs */
    size_t count;
    struct entry *by_base;
    struct removed *removed;
    size_t removed_count;
    uint64_t removed_since;       /* what was removed up to this modseq is not known any more */
    uint32_t uidvalidity;
    uint32_t uidnext;
    uint32_t reserved;            /* UIDs below are promised on the disk: see folder_index.c */
    uint64_t modseq;              /* the highest */
    uint64_t version;             /* counts changes: a view with the same number is up to date */
    struct shared_view *view;     /* what sessions see that see the same, or NULL: mailbox_share.c */
    char *keywords[MAILDIR_KEYWORDS];
    uint64_t keywords_version;

    struct timespec seen_new, seen_cur; /* times of the directories when they were read; 0: never */
    struct timespec own_cur;      /* of cur/, after the last change of ours */
    bool racy_new, racy_cur;      /* it changed while or just before it was read: read again */
    int64_t check_at;             /* milliseconds: read cur/ again then; 0: no need */
    struct stat seen_keywords;

    struct buf journal;           /* lines to be added to the index */
    struct stat seen_index;
    off_t index_read;             /* bytes of it that were taken over */
    size_t index_lines;
    bool index_rewrite;           /* it is to be written anew */
    bool index_sync;              /* and to be brought to the disk */

    ino_t headers_file;           /* the file of headers that the entries speak of; 0: none */
    off_t headers_read;           /* bytes of it that are known */
    uint64_t headers_live;        /* of these, in records of letters that are there */
};

/* The folder at this path, which exists. NULL with errno. Close it as often as it was opened. */
struct folder *folder_open(const char *path);
void folder_close(struct folder *folder);

/* Frees those that nobody has open. */
void folder_forget_idle(void);

/* Everybody who has it open finds it dead, and a later open makes a new one. For DELETE and RENAME. */
void folder_kill(const char *path);

void folder_lock(struct folder *folder);
void folder_unlock(struct folder *folder);

/* ---- with the lock held ---- */

/* Up to date with the disk; force: read the directories in any case. */
enum store_result folder_refresh(struct folder *folder, bool force);

/* Around every change of ours: the lock between processes, and the index. */
enum store_result folder_begin(struct folder *folder);
void folder_end(struct folder *folder);

struct entry *folder_find(const struct folder *folder, uint32_t uid);
size_t folder_place(const struct folder *folder, uint32_t uid); /* of the first with this UID or a greater one */

/* Between begin and end: the name in cur/ that belongs to these flags, by renaming. */
enum store_result folder_set_flags(struct folder *folder, struct entry *entry, unsigned flags, uint32_t keywords);
enum store_result folder_remove(struct folder *folder, struct entry *entry);

/* A file that is in cur/ (or new/) now gets a UID. Takes over base and suffix. */
struct entry *folder_add(struct folder *folder, char *base, char *suffix, bool in_new, const struct stat *file);

/* Number of a keyword; make: give it one if there is room. -1. Between begin and end if make. */
int folder_keyword(struct folder *folder, struct span name, bool make);

void folder_set_wire(struct folder *folder, struct entry *entry, long long wire);

char *folder_file(const struct folder *folder, const struct entry *entry); /* the path; free() it */

/* ---- inside the store ---- */

/* A letter was found, changed or removed: memory and journal. */
struct entry *folder_insert(struct folder *folder, uint32_t uid, char *base);
void folder_drop(struct folder *folder, struct entry *entry, uint64_t modseq);
void folder_forget(struct folder *folder);

#endif
