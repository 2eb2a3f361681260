/*
 * tui_statistics.h - the statistics as small plots: the bytes of each layer,
 * packets and bytes over time, round trips, exchanges of each protocol.
 */
#ifndef PLI_VISUALIZER_TUI_STATISTICS_H
#define PLI_VISUALIZER_TUI_STATISTICS_H

#include "visualizer/tui_state.h"

void statistics_push(struct tui *tui, struct views *views);

#endif
