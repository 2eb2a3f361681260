/*
 * command_act.h - what the command line does with letters and folders, as the
 * screens do it: copy, move, flag, search; folder create, rename, delete; and
 * the outbox.
 */
#ifndef PLI_CLIENT_COMMAND_ACT_H
#define PLI_CLIENT_COMMAND_ACT_H

#include "client/run.h"

int command_copy(struct run *run);
int command_move(struct run *run);
int command_flag(struct run *run);
int command_search(struct run *run);
int command_folder(struct run *run);
int command_outbox(struct run *run);

#endif
