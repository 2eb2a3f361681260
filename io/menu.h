/*
 * menu.h - the two lines of keys at the bottom of a view, as alpine has them.
 * Part of view.c: drawn from the key table; a key that an earlier table of the
 * chain took away is not shown. What does not fit is left out, but the last
 * two (help and close) always stay.
 */
#ifndef PLI_IO_MENU_H
#define PLI_IO_MENU_H

#include "io/keys.h"
#include "io/screen.h"

enum { MENU_CELLS = 64 };

struct menu {
    struct { const struct key_row *row; struct area area; } cells[MENU_CELLS];
    size_t count;
};

void menu_draw(struct menu *menu, struct screen *screen, struct area area, const struct key_table *keys);

/* The row that was drawn there; NULL. */
const struct key_row *menu_at(const struct menu *menu, int row, int column);

#endif
