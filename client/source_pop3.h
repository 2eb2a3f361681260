/*
 * source_pop3.h - letters in a POP3 account. There is one folder; the only
 * flag is DELETED, which is kept here until source_expunge says DELE, and
 * counts when the account is closed orderly (QUIT, RFC 1939 §6).
 */
#ifndef PLI_CLIENT_SOURCE_POP3_H
#define PLI_CLIENT_SOURCE_POP3_H

#include "client/account.h"
#include "client/mail_source.h"

/* Fills source; 0, or -1 with a sentence in source->error. */
int source_pop3_open(struct mail_source *source, const struct account *account, const struct mail_watcher *watcher,
                     int cancel_fd);

#endif
