/*
 * restore.h - gives the terminal back as it was, also when the program dies.
 *
 * A program that leaves a terminal in raw mode, on the alternate screen and
 * with the mouse on has taken it away from its user. So before the screen
 * starts, the terminal's settings and the sequences that undo everything are
 * noted; a handler for every signal that ends a program writes them, using
 * nothing but write() and tcsetattr(), which are allowed there, and passes
 * the signal on to whoever had it before (the sanitizers' report included).
 */
#ifndef PLI_IO_RESTORE_H
#define PLI_IO_RESTORE_H

/* Notes the settings of terminal fd, and catches signals. sequence: what to write; copied. One terminal at a time. */
void restore_arm(int fd, const char *sequence);

/* The screen was ended in good order. */
void restore_disarm(void);

#endif
