/*
 * tui_tls.h - TLS before and after: the records of the current packet as the
 * wire has them, and beside them what they hold once they are deciphered.
 */
#ifndef PLI_VISUALIZER_TUI_TLS_H
#define PLI_VISUALIZER_TUI_TLS_H

#include "visualizer/tui_state.h"

void tls_push(struct tui *tui, struct views *views);

#endif
