/*
 * tui_notes.h - bookmarks and notes on the screens: keys that every view has,
 * marks in the list, the note of what is current, and the list of all.
 */
#ifndef PLI_VISUALIZER_TUI_NOTES_H
#define PLI_VISUALIZER_TUI_NOTES_H

#include "visualizer/tui_state.h"

/* Once the first packet is known. */
void tui_notes_open(struct tui *tui, struct views *views);

/* An action of tui_step_keys that concerns bookmarks or notes: true when it was that. */
bool tui_notes_act(struct tui *tui, struct views *views, int action);

/* Bookmarks and notes of an exchange and its packets, as marks from column on; answers the column behind them. */
int tui_notes_mark(const struct tui *tui, struct screen *screen, struct area line, int column,
                   const struct exchange *exchange, unsigned selected);

/* A packet's own, likewise. */
int tui_notes_mark_packet(const struct tui *tui, struct screen *screen, struct area line, int column, uint32_t packet,
                          unsigned selected);

/* Is there something to say of the current packet and exchange? Then a line says it. */
bool tui_notes_here(const struct tui *tui);
void tui_notes_line(const struct tui *tui, struct screen *screen, struct area line, int column);

#endif
