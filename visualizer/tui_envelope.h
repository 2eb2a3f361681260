/*
 * tui_envelope.h - encapsulation, drawn: envelopes in envelopes.
 *
 * On its way out (7 to 1) the letter is put into one envelope after another;
 * on its way in (1 to 7) they are opened again. The drawing can be stepped
 * through, and shows itself step by step when it is opened.
 */
#ifndef PLI_VISUALIZER_TUI_ENVELOPE_H
#define PLI_VISUALIZER_TUI_ENVELOPE_H

#include "io/screen.h"
#include "visualizer/tui_state.h"

/* step: how many envelopes are there already (out) or still closed (in); ENVELOPE_ALL: the finished drawing. */
enum { ENVELOPE_ALL = 1000 };
void envelope_draw(const struct tui *tui, struct screen *screen, struct area area, int step);

/* How many steps the drawing of the current packet has. */
int envelope_steps(const struct tui *tui);

void envelope_push(struct tui *tui, struct views *views);

#endif
