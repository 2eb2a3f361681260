/*
 * paint.h - from roles to what a terminal can do. Part of the screen toolkit:
 * nobody but screen.c includes it.
 *
 * Four kinds of terminals: direct colour, 256 colours, 8 colours, none (also
 * when NO_COLOR asks for it). A tone on one of three grounds (the terminal's,
 * a selected line's, the tone itself as ground) is one ncurses colour pair.
 */
#ifndef PLI_IO_PAINT_H
#define PLI_IO_PAINT_H

#include <curses.h>
#include <stdbool.h>

enum painter_depth { PAINTER_MONO, PAINTER_8, PAINTER_256, PAINTER_DIRECT };

struct painter {
    enum painter_depth depth;
    bool light;         /* the terminal's ground is light, as far as COLORFGBG tells */
};

void painter_start(struct painter *painter); /* after newterm */
void painter_set(const struct painter *painter, unsigned paint); /* for what is drawn from now on */
chtype painter_chtype(const struct painter *painter, unsigned paint);

#endif
