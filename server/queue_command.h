/*
 * queue_command.h - mailserver queue list|show ID|flush|remove ID.
 *
 * Works on the files of the queue (queue.h), so it needs no running server;
 * one that runs is told by the bell. What other servers said and what letters
 * contain is printed through io/text.h.
 */
#ifndef PLI_SERVER_QUEUE_COMMAND_H
#define PLI_SERVER_QUEUE_COMMAND_H

#include "server/arguments.h"

/* words[1] is the subcommand. The exit code: EXIT_BAD when something could not be done, EXIT_USAGE for wrong words. */
int queue_command(const struct arguments *arguments);

#endif
