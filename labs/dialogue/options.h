/*
 * options.h - the command line of dialogue. One table gives the options and
 * the help.
 */
#ifndef PLI_LABS_DIALOGUE_OPTIONS_H
#define PLI_LABS_DIALOGUE_OPTIONS_H

#include <stdio.h>

#include "settings.h"

/* 0, or -1 with a sentence in error. settings is to be freed in both cases; it points into argv. */
int options_parse(int argc, char **argv, struct settings *settings, struct buf *error);
void options_help(FILE *out);
void options_help_language(FILE *out);    /* the words of the language, from their tables */

#endif
