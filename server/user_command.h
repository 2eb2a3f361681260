/*
 * user_command.h - mailserver user add|passwd|list|remove NAME.
 */
#ifndef PLI_SERVER_USER_COMMAND_H
#define PLI_SERVER_USER_COMMAND_H

#include "server/arguments.h"

/* words[1] is the subcommand. The exit code. */
int user_command(const struct arguments *arguments);

#endif
