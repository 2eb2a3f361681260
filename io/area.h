/*
 * area.h - rectangles of the screen, and how a view cuts itself into panes:
 * arithmetic, no terminal needed.
 */
#ifndef PLI_IO_AREA_H
#define PLI_IO_AREA_H

#include <stdbool.h>

struct area {
    int row, column, rows, columns;
};

/* Each cuts a piece off an area and answers it; area is what remains. Never more than there is. */
struct area area_top(struct area *area, int rows);
struct area area_bottom(struct area *area, int rows);
struct area area_left(struct area *area, int columns);
struct area area_right(struct area *area, int columns);

bool area_has(struct area area, int row, int column); /* both counted on the whole screen */

#endif
