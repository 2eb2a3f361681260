/*
 * tui_limit.h - a display filter on the screen: which packets are stepped over
 * and which exchanges are listed.
 *
 * The capture is read a second time for it, a slice at a time between keys.
 */
#ifndef PLI_VISUALIZER_TUI_LIMIT_H
#define PLI_VISUALIZER_TUI_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "io/view.h"

struct exchange;
struct limit;
struct tui;

/* NULL and one full sentence in message when the filter is wrong (column: where, in characters; 0 otherwise) or the
 * capture cannot be read again. */
struct limit *limit_new(const struct tui *tui, const char *filter, size_t *column, struct buf *message);
void limit_free(struct limit *limit);

/* Judges some packets more of those that the trace passed; true when anything became known. done: nothing is left. */
bool limit_pass(struct limit *limit, bool *done);

const char *limit_text(const struct limit *limit);
bool limit_packet(const struct limit *limit, uint32_t number);      /* limit may be NULL: true */
bool limit_exchange(const struct limit *limit, const struct exchange *exchange);

/* Asks for a filter, with completion, until it is right or given up; an empty one takes the limit away. */
void limit_ask(struct tui *tui, struct views *views);

#endif
