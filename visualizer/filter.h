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
 * values that are compared: no text makes it slow or large.
 */
#ifndef PLI_VISUALIZER_FILTER_H
#define PLI_VISUALIZER_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"

struct exchange_list;
struct filter;
struct packet;
struct wants;

enum { FILTER_LONGEST = 4096 };

/*
 * 0 and a filter, to be freed by filter_free(); or -1 and one full sentence
 * (translated, safe to show) that names the column. column (may be NULL): where the
 * mistake is, bytes of text counted from 1. An empty text fits every packet.
 */
int filter_compile(const char *text, struct filter **filter, size_t *column, struct buf *message);
void filter_free(struct filter *filter);

/* Adds the fields that the filter has to see in the packets. */
void filter_wants(const struct filter *filter, struct wants *wants);

/* Does it ask for exchanges? Then filter_matches needs their list, complete for the packet in question. */
bool filter_asks_exchanges(const struct filter *filter);

/* Does the packet fit? exchanges may be NULL: then the packet belongs to no exchange, and its layer (osi.layer,
 * tcpip.layer) is that of its innermost protocol. */
bool filter_matches(const struct filter *filter, const struct packet *packet, const struct exchange_list *exchanges);

#endif
