/*
 * filter.h - which packets? Wireshark's display-filter language over our fields.
 *
 *     tcp.port == 25 and smtp.req.command in {"MAIL", "RCPT"}
 *     not tcp.analysis.flags && frame.len > 100 || osi.layer == 6
 *
 * The language is the one of wireshark-filter(4): fields have as many values as
 * they occur, == and the other comparisons ask for any of them, != and === for
 * all, "any" and "all" before a comparison say which. A comparison with a field
 * that is not there is false. Ours are (filter_own.c): exchange,
 * exchange.number ..., osi.layer, osi.serves, osi.stack, tcpip.layer.
 *
 * A filter never changes after it was compiled: one may serve several threads.
 * Texts are bounded (FILTER_LONGEST), so are depth, regular expressions and the
 * comparisons made for a packet: no text makes it slow or large. What is beyond
 * these bounds does not fit.
 */
#ifndef PLI_VISUALIZER_FILTER_H
#define PLI_VISUALIZER_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"

struct exchange;
struct exchange_list;
struct filter;
struct packet;
struct wants;

enum { FILTER_LONGEST = 4096 };

/*
 * A filter, to be freed by filter_free(); or NULL and one full sentence
 * (translated, safe to show) that names the column. column (may be NULL): where
 * the mistake is, characters of text counted from 1. An empty text fits every packet.
 */
struct filter *filter_compile(const char *text, size_t *column, struct buf *message);
void filter_free(struct filter *filter);

/* Adds the fields that the filter has to see in the packets. */
void filter_wants(const struct filter *filter, struct wants *wants);

/* Does it ask for exchanges? Then filter_matches needs those of the packet in question. */
bool filter_asks_exchanges(const struct filter *filter);

/* Does the packet fit, seen as a part of these exchanges? Without exchanges its layer (osi.layer, tcpip.layer) is that
 * of its innermost protocol. */
bool filter_matches(const struct filter *filter, const struct packet *packet, const struct exchange *const *exchanges,
                    size_t count);
/* The same with all exchanges of the list that the packet belongs to; list may be NULL. */
bool filter_matches_in(const struct filter *filter, const struct packet *packet, const struct exchange_list *list);

/*
 * The bytes that a field has when its value is this literal, as it would stand behind "FIELD == ": numbers big-endian
 * in 8 bytes, texts without their quotation marks. 0, or -1 and a sentence in message; its column counts from behind
 * before characters.
 */
int filter_literal_bytes(const char *field, const char *literal, size_t before, struct buf *bytes,
                         struct buf *message);

/* The fields that are no protocol's; NULL after the last. */
struct field_row;
const struct field_row *filter_own_field(size_t index);

/*
 * Goes on with the name of a field that ends at byte cursor of the text: fills
 * more with what every field that begins so has next, and choices with names
 * that are possible (as many as fit in columns, separated by spaces). Answers how many
 * there are. Both are emptied first.
 */
size_t filter_complete(const char *text, size_t cursor, size_t columns, struct buf *more, struct buf *choices);

#endif
