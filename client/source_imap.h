/*
 * source_imap.h - letters in an IMAP account. They are named by their UIDs on
 * the wire, so that a change by somebody else never makes us mean another one.
 */
#ifndef PLI_CLIENT_SOURCE_IMAP_H
#define PLI_CLIENT_SOURCE_IMAP_H

#include "client/account.h"
#include "client/mail_source.h"

/* Fills source and selects the account's folder; 0, or -1 with a sentence in source->error. */
int source_imap_open(struct mail_source *source, const struct account *account, const struct mail_watcher *watcher,
                     int cancel_fd);

#endif
