/*
 * program.h - other programs, run for the user: an editor, a viewer, a command
 * that takes what is given to it. No shell sees anything that came from
 * outside: words are passed as words.
 */
#ifndef PLI_IO_PROGRAM_H
#define PLI_IO_PROGRAM_H

#include "core/buf.h"

/* Runs it, found in PATH or beside our own program,
        until it ends: its status; -1 when it was killed; 127: not there. */
int program_run(char *const *words);

/* The same for a command line that the user typed, read by a shell; argument (or NULL) becomes its last word. */
int program_shell(const char *command, const char *argument);

/* A command line of the user's gets bytes on its standard input. */
int program_feed(const char *command, struct span bytes);

#endif
