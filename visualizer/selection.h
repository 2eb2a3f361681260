/*
 * selection.h - which packets and exchanges a filter lets through, for the
 * faces of --print and --export.
 *
 * A packet fits or does not. An exchange is shown when one of its packets
 * fits, seen as a part of this exchange: so exchange == "envelope" shows no
 * other that shares a packet with one. A filter that asks for exchanges needs
 * them complete, and those are known only when the capture was gone over once:
 * selection_learn() does that beforehand. The others are asked as packets come.
 *
 * NULL instead of a selection lets everything through.
 */
#ifndef PLI_VISUALIZER_SELECTION_H
#define PLI_VISUALIZER_SELECTION_H

#include "visualizer/exchange.h"
#include "visualizer/filter.h"
#include "visualizer/packet.h"

struct selection;

struct selection *selection_new(const struct filter *filter);   /* the filter must outlive it */
void selection_free(struct selection *selection);

/* Goes over the capture if need be. keylog may be NULL. 0, or -1 and one full sentence in error. */
int selection_learn(struct selection *selection, const char *file, const char *keylog, bool reveal, struct buf *error);

void selection_wants(const struct selection *selection, struct wants *wants);

/* Does the packet fit? Each packet that comes has to be asked about. */
bool selection_packet(struct selection *selection, const struct packet *packet);

/* The same for a capture whose exchanges are known already: what belongs to the packet in list is judged, too. */
void selection_judge(struct selection *selection, const struct packet *packet, const struct exchange_list *list);

/* After all packets: */
bool selection_has(const struct selection *selection, uint32_t number);
bool selection_exchange(const struct selection *selection, const struct exchange *exchange);

#endif
