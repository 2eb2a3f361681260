/*
 * serve.h - mailserver run: from the settings to a server that listens, and
 * back to nothing.
 */
#ifndef PLI_SERVER_SERVE_H
#define PLI_SERVER_SERVE_H

#include "server/arguments.h"

/* Until it is told to stop. The exit code. */
int serve(const struct arguments *arguments);

#endif
