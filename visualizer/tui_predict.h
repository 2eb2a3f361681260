/*
 * tui_predict.h - predict first, then look: the next packet is hidden, the
 * learner says what will be in it, and is shown.
 *
 * On a recording it goes on from where we are. On a wire the question is about
 * a packet that is held, before it is delivered; packets without a question are
 * delivered by themselves.
 */
#ifndef PLI_VISUALIZER_TUI_PREDICT_H
#define PLI_VISUALIZER_TUI_PREDICT_H

#include "visualizer/tui_state.h"

void predict_push(struct tui *tui, struct views *views);

#endif
