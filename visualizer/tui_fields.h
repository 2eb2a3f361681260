/*
 * tui_fields.h - the fields of the current packet as a tree, layer by layer,
 * and its bytes; the selected field's bytes stand out and its meaning is told.
 */
#ifndef PLI_VISUALIZER_TUI_FIELDS_H
#define PLI_VISUALIZER_TUI_FIELDS_H

#include "visualizer/tui_state.h"

/* osi: open at this layer; 0 for the one at which the exchange lives. */
void fields_push(struct tui *tui, struct views *views, int osi);

#endif
