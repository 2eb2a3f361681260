/*
 * tui_letter.h - the letters of the capture, each followed from hop to hop:
 * what --print letter prints, on a page.
 */
#ifndef PLI_VISUALIZER_TUI_LETTER_H
#define PLI_VISUALIZER_TUI_LETTER_H

#include "visualizer/tui_state.h"

void letter_push(struct tui *tui, struct views *views);

#endif
