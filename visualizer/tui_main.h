/*
 * tui_main.h - the first view: the exchanges, the current packet in both
 * models, and why.
 */
#ifndef PLI_VISUALIZER_TUI_MAIN_H
#define PLI_VISUALIZER_TUI_MAIN_H

#include "visualizer/tui_state.h"

void main_push(struct tui *tui, struct views *views); /* the view frees nothing of tui */

#endif
