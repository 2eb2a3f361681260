/*
 * source_maildir.h - mail in a Maildir on this machine, with the folders of
 * Maildir++ (".Sent" beside cur/).
 */
#ifndef PLI_CLIENT_SOURCE_MAILDIR_H
#define PLI_CLIENT_SOURCE_MAILDIR_H

#include "client/mail_source.h"

/* Opens source->account (its folder is the path). 0, or -1 with a sentence in source->error. */
int source_maildir_open(struct mail_source *source);

/* Makes a Maildir there and the directories above it, where they are missing. 0, or -1 with what failed in error. */
int source_maildir_make(const char *path, struct buf *error);

#endif
