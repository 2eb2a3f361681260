/*
 * command_send.h - the commands that send: send, with the text on standard
 * input; sendmail, with a whole letter there; and the draft of the screen.
 */
#ifndef PLI_CLIENT_COMMAND_SEND_H
#define PLI_CLIENT_COMMAND_SEND_H

#include "client/run.h"

int command_send(struct run *run);

/* A whole letter from standard input, as RFC 6409 lets a program on the same machine submit it. An exit status. */
int command_sendmail(const struct options *options);

/* For mua.h; context: the options. 0, or -1 with a sentence added to error. */
int command_send_draft(void *context, struct span draft, struct buf *error);

#endif
