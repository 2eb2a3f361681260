/*
 * tui_ladder.h - the ladder: hosts as lifelines, each packet an arrow between
 * them with what it says, exchange after exchange.
 */
#ifndef PLI_VISUALIZER_TUI_LADDER_H
#define PLI_VISUALIZER_TUI_LADDER_H

#include "visualizer/tui_state.h"

void ladder_push(struct tui *tui, struct views *views);

#endif
