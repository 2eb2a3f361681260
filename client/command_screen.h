/*
 * command_screen.h - mailclient without a command: the mail program on the
 * screen (mua.h), on the account that is named.
 */
#ifndef PLI_CLIENT_COMMAND_SCREEN_H
#define PLI_CLIENT_COMMAND_SCREEN_H

#include "client/run.h"

int command_screen(struct run *run);

#endif
