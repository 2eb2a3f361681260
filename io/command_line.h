/*
 * command_line.h - options of a program from a table, which gives the help, too.
 */
#ifndef PLI_IO_COMMAND_LINE_H
#define PLI_IO_COMMAND_LINE_H

#include <stddef.h>
#include <stdio.h>

#include "core/buf.h"

struct command_option {
    const char *name;       /* without its dashes */
    int id;                 /* its letter, or a number beyond all letters */
    const char *argument;   /* N_(); NULL: none */
    const char *meaning;    /* N_() */
};

enum { COMMAND_LETTERS = 256, COMMAND_MAX_OPTIONS = 60 };

/* A line for each option; their meanings begin at the column. */
void command_help(FILE *out, const struct command_option *options, size_t count, int column);

/* What to do with an option and its value (NULL: it has none): 0, or -1 with a sentence in error. */
typedef int command_take(void *context, int id, const char *value, struct buf *error);

/* Gives all options to take: 0, and optind stands at the first word that is none; or -1 with a sentence in error. */
int command_parse(const char *program, int argc, char **argv, const struct command_option *options, size_t count,
                  command_take *take, void *context, struct buf *error);

/* The sentence about what getopt() answered with '?' or ':' and left behind; answers -1. */
int command_unknown(const char *program, int argc, char **argv, int found, struct buf *error);

#endif
