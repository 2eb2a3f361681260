/*
 * scratch.h - a folder for one test, and a session as the store and the rules
 * see it.
 */
#ifndef PLI_TESTS_SCRATCH_H
#define PLI_TESTS_SCRATCH_H

#include "server/session.h"

/* A new folder; its path. It is removed when the test's process ends. */
const char *scratch_folder(void);

/* Writes a file below the folder: the name may have levels, which are made. Answers its path (free it). */
char *scratch_file(const char *name, const char *text);

/* How many files are in a folder below it. */
int scratch_count(const char *name);

/* A server in the folder with these settings ("name=value", NULL after the last), and a session from that peer. */
struct session *scratch_session(const char *peer, const char *const *settings);

#endif
