/*
 * tui_machine.h - the state machine of the current exchange's protocol, drawn
 * from the very table that the server runs on; the current state is lit, and
 * so is the move that the current packet made.
 */
#ifndef PLI_VISUALIZER_TUI_MACHINE_H
#define PLI_VISUALIZER_TUI_MACHINE_H

#include "visualizer/tui_state.h"

void machine_push(struct tui *tui, struct views *views);

#endif
