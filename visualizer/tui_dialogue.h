/*
 * tui_dialogue.h - what the two sides said to each other on the current
 * packet's connection, line by line, with the states it moved; deciphered
 * where there are keys.
 */
#ifndef PLI_VISUALIZER_TUI_DIALOGUE_H
#define PLI_VISUALIZER_TUI_DIALOGUE_H

#include "visualizer/tui_state.h"

void dialogue_push(struct tui *tui, struct views *views);

#endif
