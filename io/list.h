/*
 * list.h - a list of any length, of which only the lines in view are drawn.
 *
 * The list knows how many lines there are and which one is selected; what a
 * line looks like is asked when it is needed. A million lines cost nothing.
 */
#ifndef PLI_IO_LIST_H
#define PLI_IO_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "io/view.h"

struct list {
    size_t count;
    size_t selected;     /* meaningless when count is 0 */
    size_t top;          /* first line in view */
    struct area area;    /* where it was drawn last */
};

extern const struct key_table list_keys; /* moving about; its next is views_keys */

/* Draws line index; when selected, with PAINT_SELECTED in every paint (the ground is already there). */
typedef void list_line(void *context, struct screen *screen, struct area line, size_t index, unsigned selected);

void list_draw(struct list *list, struct screen *screen, struct area area, list_line *draw, void *context);

/* Actions of list_keys, and pointing at a line. true: it was one of these. */
bool list_act(struct list *list, int action, const struct screen_event *event);

void list_select(struct list *list, size_t index); /* cut to what there is */

#endif
