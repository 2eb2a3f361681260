/*
 * send.h - hands a letter to a mail server: drives core/smtp_client over a
 * link, and says who did not get it and why.
 */
#ifndef PLI_CLIENT_SEND_H
#define PLI_CLIENT_SEND_H

#include "client/account.h"
#include "client/compose.h"
#include "client/mail_source.h"
#include "core/buf.h"

/*
 * Sends message to the envelope's recipients by way of the account (smtp:,
 * smtps:, submission:), logging in when it names a user. 0: all of them got
 * it. -1: not all; error holds one sentence for each failure, each ended with
 * LF, made safe for a terminal. watcher may be NULL.
 */
int send_letter(const struct account *via, const struct envelope *envelope, struct span message,
                const struct mail_watcher *watcher, struct buf *error);

#endif
