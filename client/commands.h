/*
 * commands.h - what mailclient can be told to do: send, list, read, get,
 * delete, folders; and the screen when no command is named.
 */
#ifndef PLI_CLIENT_COMMANDS_H
#define PLI_CLIENT_COMMANDS_H

#include "client/options.h"

/* The command that options->words names; answers the exit status. What went wrong is said on standard error. */
int commands_run(const struct options *options);

#endif
