/*
 * arguments.h - how mailserver was called.
 */
#ifndef PLI_SERVER_ARGUMENTS_H
#define PLI_SERVER_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "server/config.h"

enum { EXIT_GOOD = 0, EXIT_BAD = 1, EXIT_USAGE = 2 };

struct arguments {
    const char *root;
    const char **files;        /* --config, in order */
    size_t file_count;
    const char **assignments;  /* -o */
    size_t assignment_count;
    const char *ready_file;
    bool narrate;
    bool all;                  /* check-config --all */
    char **words;              /* the command and what follows it */
    int word_count;
};

/* The settings that the arguments ask for; NULL with lines in errors. */
struct config *arguments_config(const struct arguments *arguments, struct buf *errors);

/* Prints text on standard error after the program's name. Answers EXIT_BAD. */
int complain(const char *text);

#endif
