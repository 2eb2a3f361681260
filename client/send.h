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

/* Told of the moments that count. */
struct send_notice {
    int (*before_end)(void *context);   /* until now nobody can have taken the letter; -1: its end is not to leave */
    void (*taken)(void *context);       /* the server has it */
    void *context;
};

enum send_result {
    SEND_DONE,        /* all of them got it */
    SEND_PARTLY,      /* the server took it, but not for everybody */
    SEND_FAILED,      /* nobody got it */
    SEND_UNCERTAIN,   /* the connection broke after the end of the letter: it may have been taken (RFC 1047) */
};

/*
 * Sends message to the envelope's recipients by way of the account (smtp:,
 * smtps:, submission:), logging in when it names a user.
 * Unless all of them got it, error holds one sentence for each failure, each
 * ended with LF, made safe for a terminal. watcher and notice may be NULL;
 * cancel_fd: readable to give up, or -1.
 */
enum send_result send_letter(const struct account *via, const struct envelope *envelope, struct span message,
                             const struct mail_watcher *watcher, int cancel_fd, const struct send_notice *notice,
                             struct buf *error);

#endif
