/*
 * terminfo.h - what the terminal's description says, asked before ncurses
 * takes over. <term.h> defines everyday words as macros, so it is included in
 * terminfo.c and nowhere else.
 */
#ifndef PLI_IO_TERMINFO_H
#define PLI_IO_TERMINFO_H

#include <stdbool.h>

#include "core/buf.h"

/* Can a screen be drawn on standard output? 0, or -1 and one full sentence in error. */
int terminfo_check(struct buf *error);

/* What undoes all that ncurses does to this terminal, after terminfo_check: for restore.h. */
void terminfo_undo(struct buf *sequence);

/* Are its colour numbers red, green and blue, 8 bits each? After newterm(). */
bool terminfo_direct_colour(void);

/* newterm() reads the description again: what terminfo_check read is released. */
void terminfo_forget(void);

#endif
