/*
 * wire_screen.h - a wire that is started in a terminal opens the view by
 * itself, where it is held and stepped by keys.
 *
 * Two processes: one is the wire, as without a terminal, so that no redrawing
 * of the screen keeps a frame waiting; the other watches it (wire_watch.h).
 * The wire ends with the view, and with us, however we end.
 */
#ifndef PLI_VISUALIZER_WIRE_SCREEN_H
#define PLI_VISUALIZER_WIRE_SCREEN_H

#include <stdbool.h>

#include "core/buf.h"
#include "visualizer/wire_options.h"

bool wire_screen_wanted(void);  /* is there a terminal on both sides? */

/* join is the wire: until a signal ends it; 0, or -1 and one full sentence in error. Answers the same. */
int wire_screen(struct wire_options *options, int (*join)(const struct wire_options *, struct buf *),
                struct buf *error);

#endif
