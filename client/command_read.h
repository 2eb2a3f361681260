/*
 * command_read.h - the commands that read: list, read N, get N, delete N,
 * folders. What letters say is made safe before a terminal sees it.
 */
#ifndef PLI_CLIENT_COMMAND_READ_H
#define PLI_CLIENT_COMMAND_READ_H

#include "client/run.h"

int command_list(struct run *run);
int command_read(struct run *run);
int command_get(struct run *run);
int command_delete(struct run *run);
int command_folders(struct run *run);

#endif
