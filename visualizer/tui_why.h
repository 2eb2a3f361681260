/*
 * tui_why.h - why this layer? The short answer in a pane, and all of it on a
 * page: where the exchange lives, whose work it does, what is disputed, by
 * which source; the states it went through; what was wrong with it.
 */
#ifndef PLI_VISUALIZER_TUI_WHY_H
#define PLI_VISUALIZER_TUI_WHY_H

#include "io/screen.h"
#include "visualizer/tui_state.h"

void why_draw(const struct tui *tui, struct screen *screen, struct area area);
void why_push(struct tui *tui, struct views *views);

#endif
