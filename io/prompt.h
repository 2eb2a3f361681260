/*
 * prompt.h - questions on the last line, above whatever view is there.
 */
#ifndef PLI_IO_PROMPT_H
#define PLI_IO_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "io/view.h"

/*
 * Edits text (what is in it to begin with is offered). 0 when Enter was
 * pressed, -1 when given up with Esc or Ctrl-C; text is UTF-8 without
 * control characters. Ctrl-A, E, U, K, W, D work as in a shell.
 */
int prompt_line(struct views *views, const char *label, char *text, size_t size);

/* One key of those in answers ("yn"); 0 when given up. */
int prompt_key(struct views *views, const char *question, const char *answers);

#endif
