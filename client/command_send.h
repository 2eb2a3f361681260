/*
 * command_send.h - the commands that send: send, with the text on standard
 * input; sendmail, with a whole letter there; and the draft of the screen.
 */
#ifndef PLI_CLIENT_COMMAND_SEND_H
#define PLI_CLIENT_COMMAND_SEND_H

#include "client/run.h"
#include "client/send.h"

int command_send(struct run *run);

/* A whole letter from standard input, as RFC 6409 lets a program on the same machine submit it. An exit status. */
int command_sendmail(const struct options *options);

/* The account that letters are sent through: --via, $MAILCLIENT_VIA, or this machine's port 2525. 0, or -1; free it. */
int command_via(const struct options *options, struct account *via, struct buf *error);

/*
 * For the screens: what has this id in the outbox (client/outbox.h), or a letter handed on as it is (0, or -1). With
 * a sentence added to error unless all of them got it.
 */
enum send_result command_send_draft(const struct account *via, const struct mail_watcher *watcher, int cancel_fd,
                                    const char *id, struct buf *error);
int command_bounce(const struct account *via, const struct mail_watcher *watcher, int cancel_fd, const char *from,
                   struct span letter, const char *to, struct buf *error);

#endif
