/*
 * maildir.h - one Maildir folder as files: names, and letters made durable.
 *
 * A folder is a directory with tmp/, new/ and cur/. A letter is one file,
 * written in tmp/ and renamed into new/ or cur/ when it is whole, so nobody
 * ever sees half a letter. Its name is UNIQUE,S=SIZE,W=WIRE:2,FLAGS: the size
 * of the file and of the letter with CR LF line ends, as Dovecot writes them,
 * so that sizes need no reading; FLAGS are D F P R S T and, for keywords,
 * a to z (index into the file dovecot-keywords).
 *
 * On disk lines end in LF as Unix programs expect; sessions see CR LF.
 */
#ifndef PLI_SERVER_MAILDIR_H
#define PLI_SERVER_MAILDIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "core/buf.h"

enum mail_flag {
    MAIL_SEEN = 1,      /* S */
    MAIL_ANSWERED = 2,  /* R */
    MAIL_FLAGGED = 4,   /* F */
    MAIL_DELETED = 8,   /* T */
    MAIL_DRAFT = 16,    /* D */
    MAIL_FORWARDED = 32,/* P: "passed", $Forwarded in IMAP */
    MAIL_RECENT = 64,   /* not in the name: this session is the first to see it */
};

enum { MAILDIR_KEYWORDS = 26 };

enum store_result {
    STORE_OK,
    STORE_NOT_FOUND,    /* no such folder or letter */
    STORE_EXISTS,       /* the folder exists already */
    STORE_BAD_NAME,     /* not a name for a folder */
    STORE_FULL,         /* no space, no inodes: try again later */
    STORE_OVER_QUOTA,   /* the user's mailboxes hold as much as they may (quota.h) */
    STORE_IN_USE,       /* somebody else holds the lock */
    STORE_READ_ONLY,
    STORE_LIMIT,        /* too many keywords, folders, bytes */
    STORE_FAILED,       /* the disk or the file system said no; it is in the log */
};

/* Makes tmp/, new/ and cur/ (and the folder itself), for its owner only. 0 or -1 with errno. */
int maildir_make(const char *path);

/* Parts of a file name; unknown sizes are -1. */
struct maildir_name {
    size_t base;        /* length of what identifies the letter: up to the ':' */
    long long size;     /* S= */
    long long wire;     /* W= */
    unsigned flags;
    uint32_t keywords;  /* bit n: letter 'a' + n */
};

void maildir_parse(const char *name, struct maildir_name *parts);
/* ":2,FS" for the flags given; at least 40 bytes of room. */
void maildir_suffix(unsigned flags, uint32_t keywords, char *suffix);

/* A name that no other letter has, without sizes and flags; free() it. */
char *maildir_unique(void);

/* A letter being written into tmp/. */
struct maildir_writer;

/* folder: the path of a Maildir folder. NULL with errno when the file cannot be made. */
struct maildir_writer *maildir_write_new(const char *folder);
/* CR LF becomes LF. 0, or -1 with errno; after an error only free. */
int maildir_write(struct maildir_writer *writer, const void *data, size_t size);
/* The internal date, which is the file's time; before sync. */
void maildir_write_date(struct maildir_writer *writer, time_t date);
/* To stable storage, still in tmp/. */
int maildir_write_sync(struct maildir_writer *writer);
/* Its final name without flags, "UNIQUE,S=..,W=.."; after sync. */
const char *maildir_write_name(const struct maildir_writer *writer);
const char *maildir_write_path(const struct maildir_writer *writer); /* where it is now, in tmp/ */
uint64_t maildir_write_size(const struct maildir_writer *writer);    /* with CR LF line ends */
/* After sync: rename into new/ (suffix NULL) or cur/, not yet durable. */
int maildir_write_place(struct maildir_writer *writer, const char *suffix);
/* Sync, rename into new/ (suffix NULL) or cur/, and make the renaming durable. */
int maildir_write_commit(struct maildir_writer *writer, const char *suffix);
/* Removes what is left in tmp/. */
void maildir_write_free(struct maildir_writer *writer);

enum store_result maildir_result(int error); /* what an errno means */

#endif
