/*
 * command_fetch.h - fetch: the letters of a POP3 account into a Maildir, each
 * once, by what the server calls it (UIDL). They stay on the server, or go
 * from there when they are safe here.
 */
#ifndef PLI_CLIENT_COMMAND_FETCH_H
#define PLI_CLIENT_COMMAND_FETCH_H

#include "client/run.h"

int command_fetch(struct run *run);

#endif
