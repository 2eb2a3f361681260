/*
 * screen.h - the terminal as a place to draw: areas, paint, text, keys.
 *
 * Only io/ knows ncurses; what is drawn is said here in areas (rectangles)
 * and paint (a tone, which is a role, and attributes). Every text goes
 * through text_safe() on its way, so bytes of the traffic can be drawn as
 * they are: a terminal cannot be reached past this file.
 *
 * Colours: 7 tones for the 7 layers (palette.h), with direct colour, 256 or
 * 8 colours; with NO_COLOR, TERM=vt100 and the like, bold, reverse and
 * underline only, so nothing may be said by colour alone.
 *
 * The terminal is given back by screen_close() and whenever a signal ends
 * the program (restore.h). view.h builds whole screens on this.
 */
#ifndef PLI_IO_SCREEN_H
#define PLI_IO_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"
#include "io/area.h"

struct screen;

/* What a text is, not how it looks. 1 to 7 are the OSI layers. */
enum tone {
    TONE_PLAIN,
    TONE_LAYER = 0,      /* TONE_LAYER + n: layer n */
    TONE_NONE = 8,       /* belongs to no layer: labels, things of less interest */
    TONE_GOOD,
    TONE_BAD,
    TONE_BAR,            /* the title line */
    TONE_COUNT
};

enum paint {
    PAINT_BOLD = 0x100,
    PAINT_FAINT = 0x200,
    PAINT_UNDERLINE = 0x400,
    PAINT_REVERSE = 0x800,
    PAINT_CHIP = 0x1000,     /* the tone as ground, the text in black or white on it */
    PAINT_SELECTED = 0x2000, /* on the ground of a selected line */
};

struct screen_event {
    int key;             /* of keys.h; KEYS_NONE when the time is over */
    int row, column;     /* of the mouse, on the whole screen */
};

/* 0, or -1 and one full sentence in error: no terminal, or one that cannot move its cursor. */
int screen_open(struct screen **screen, struct buf *error);
void screen_close(struct screen *screen);

/* Gives the terminal to another program (an editor) and takes it back. */
void screen_leave(struct screen *screen);
void screen_return(struct screen *screen);

struct area screen_area(const struct screen *screen); /* all of it; changes with KEYS_RESIZE */

/*
 * Draws text in one line of area from column on (both counted within it), cut
 * at its edge with "…". Answers the column after it. Outside of area nothing
 * happens. The formatted one makes up to 4 KiB.
 */
int screen_put(struct screen *screen, struct area area, int row, int column, unsigned paint, const char *text);
int screen_put_span(struct screen *screen, struct area area, int row, int column, unsigned paint, struct span text);
int screen_printf(struct screen *screen, struct area area, int row, int column, unsigned paint, const char *format,
                  ...) __attribute__((format(printf, 6, 7)));
/* So that the text ends before column + width, or begins at column when it does not fit. */
void screen_put_right(struct screen *screen, struct area area, int row, unsigned paint, const char *text);
void screen_fill(struct screen *screen, struct area area, unsigned paint);
void screen_rule(struct screen *screen, struct area area, int row, unsigned paint);      /* ──── */
void screen_column(struct screen *screen, struct area area, int column, unsigned paint); /* │ downwards */
/* A text over several lines, wrapped; from its line skip on. Answers how many lines it takes in all. */
int screen_paragraph(struct screen *screen, struct area area, unsigned paint, const char *text, int skip);
void screen_cursor(struct screen *screen, struct area area, int row, int column); /* show it there; hidden by default */

/* Nothing is seen before this. */
void screen_show(struct screen *screen);
void screen_clear(struct screen *screen);
void screen_redraw(struct screen *screen); /* all of it anew, after another program wrote on the terminal */

/* A key that was read and not used: the next screen_wait answers the oldest of these. */
void screen_keep(struct screen *screen, const struct screen_event *event);

/* Waits up to milliseconds (-1: for ever) for a key, the mouse, a new size, or watch_fd (-1: none) to be readable. */
struct screen_event screen_wait(struct screen *screen, int milliseconds, int watch_fd);

#endif
