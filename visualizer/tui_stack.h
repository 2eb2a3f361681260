/*
 * tui_stack.h - the current packet in both models: the seven layers of OSI
 * from top to bottom, each with the protocol that the packet has there, and
 * beside them the four of TCP/IP that cover them.
 *
 * A layer where nobody lives stays empty, and says so when the exchange does
 * its work: that is how layer 5 shows up in the Internet's stack.
 */
#ifndef PLI_VISUALIZER_TUI_STACK_H
#define PLI_VISUALIZER_TUI_STACK_H

#include "io/screen.h"
#include "visualizer/tui_state.h"

enum { STACK_ROWS = 8 }; /* a heading and seven layers */

void stack_draw(const struct tui *tui, struct screen *screen, struct area area);

/* "packet 9 of exchange 5   alice ──▸ mail   OUT 7→1      CONNECTED ──EHLO──▸ READY  RFC 5321 §4.1.1.1" */
void stack_heading(const struct tui *tui, struct screen *screen, struct area line);

/* The first layer of the packet at that OSI layer, and how many there are; NULL. The frame is layer 1's. */
const struct layer *stack_layer(const struct packet *packet, int osi, size_t *count);

#endif
