/*
 * tui_bits.h - the bytes of a held packet, one of whose bits is to be flipped:
 * which field that is, and which layer will notice.
 */
#ifndef PLI_VISUALIZER_TUI_BITS_H
#define PLI_VISUALIZER_TUI_BITS_H

#include "visualizer/tui_state.h"

void bits_push(struct tui *tui, struct views *views);

#endif
