/*
 * source_maildir.h - letters in a Maildir on this machine: a file each in new/
 * and cur/, flags in the file's name, folders as ".Name" beside them
 * (Maildir++). Other programs may change it at any time.
 */
#ifndef PLI_CLIENT_SOURCE_MAILDIR_H
#define PLI_CLIENT_SOURCE_MAILDIR_H

#include "client/account.h"
#include "client/mail_source.h"

/* Fills source; 0, or -1 with a sentence in source->error. */
int source_maildir_open(struct mail_source *source, const struct account *account);

#endif
