/*
 * tui_live.h - a wire in the visualizer's own view: what it holds, and the
 * keys that let it go, drop it, double it, delay it or bend it.
 *
 * Everything is said to the wire as a command in words (wire_control.h), and
 * one key passes any command on: so what the wire learns can be used here.
 */
#ifndef PLI_VISUALIZER_TUI_LIVE_H
#define PLI_VISUALIZER_TUI_LIVE_H

#include "io/screen.h"
#include "visualizer/tui_state.h"

enum live_action {
    LIVE_STEP = TUI_OWN + 50, LIVE_OVER, LIVE_HOLD, LIVE_DROP, LIVE_DUPLICATE, LIVE_DELAY, LIVE_CORRUPT, LIVE_SAY,
};

enum { LIVE_ROWS = 8 };
extern const struct key_row live_rows[LIVE_ROWS];

bool tui_live_is_wire(const struct tui *tui);

/* Makes the wire hold, if it does not; nothing without a wire. */
void tui_live_hold(struct tui *tui);

/* true: it was an action of these. views may be NULL for LIVE_STEP. */
bool tui_live_act(struct tui *tui, struct views *views, int action);

/* With each tick, after the pass: goes on with what takes several steps. */
void tui_live_tick(struct tui *tui);

/* The packet to look at when we follow what happens: the oldest that is held, else the newest. */
uint32_t tui_live_front(const struct tui *tui);

/* Is this packet held, or one of this exchange? */
const struct live_held *tui_live_held(const struct tui *tui, uint32_t packet); /* NULL */
bool tui_live_in(const struct tui *tui, const struct exchange *exchange);

/* Says a fault for a held packet: "%s packet 14%s". */
void tui_live_fault(struct tui *tui, struct views *views, const char *before, uint32_t packet, const char *after);

/* One line: what is held, since when, and what its sender does about it. */
void tui_live_banner(const struct tui *tui, struct screen *screen, struct area line);

#endif
