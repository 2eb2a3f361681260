/*
 * source_maildir_parts.h - what the files of source_maildir.h share:
 * source_maildir.c keeps the list and the flags, source_maildir_folders.c
 * works on folders and puts letters into them.
 */
#ifndef PLI_CLIENT_SOURCE_MAILDIR_PARTS_H
#define PLI_CLIENT_SOURCE_MAILDIR_PARTS_H

#include <time.h>

#include "client/mail_source.h"

/*
 * The uid of a row is the unique name of a file. What stands behind its NUL is the rest of that name, ":2,S" or "";
 * MAIL_RECENT says that it lies in new/.
 */
struct maildir {
    char *root;
    char *path;                  /* of the folder */
    struct timespec changed[2];  /* of new and cur, when they were read */
    bool cache_read;
};

/* errno about a path; answers -1. */
int maildir_fail(struct mail_source *source, const char *path);

bool maildir_is(const char *path);

/* The path of a folder that is there; NULL with a sentence. free() it. */
char *maildir_folder(struct mail_source *source, const char *folder);

/* The rest of a letter's name, and its path (free() it). */
const char *maildir_info(const struct mail_envelope *letter);
char *maildir_path(const struct maildir *maildir, const struct mail_envelope *letter);

/* What ":2,S" says, and how to say it; flags that we do not know stay as they are in info. */
unsigned maildir_read_flags(const char *info);
void maildir_write_flags(const char *info, unsigned flags, char *out, size_t size);

int maildir_folders(struct mail_source *source, void (*each)(void *context, const struct mail_folder *folder),
                    void *context);
int maildir_folder_action(struct mail_source *source, enum mail_folder_action action, const char *name,
                          const char *to);
int maildir_counts(struct mail_source *source, const char *folder, struct mail_counts *out);
int maildir_append(struct mail_source *source, const char *folder, struct span message, unsigned flags);
int maildir_copy(struct mail_source *source, const unsigned *numbers, size_t count, const char *folder, bool move);

#endif
