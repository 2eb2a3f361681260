/*
 * path.h - one packet on its way over several cables.
 *
 * A recording made at several places has the same packet several times: on the
 * cable before a router and on the one behind it, where nothing has changed but
 * the hop count (and the checksum that covers it). That is one packet passing
 * on, not a packet sent again. So the pass remembers for a while which packets
 * went by: what a router leaves as it is (addresses, identification, and the
 * beginning of what is carried, with the transport's checksum) is the key.
 *
 * A packet passes on when it has the key of an earlier one and either fewer
 * hops left (RFC 791 §3.2, RFC 8200 §3: each router takes one), or as many on
 * an interface where it was not seen yet (a switch). Anything else is the
 * sender's doing: sent again, it starts with all its hops at the first cable.
 *
 * What the wire of the lab writes down a second time, because it flipped a bit
 * while it held the packet, passes on too: its comment says of which packet.
 */
#ifndef PLI_VISUALIZER_PATH_H
#define PLI_VISUALIZER_PATH_H

#include "visualizer/packet.h"

struct path_table;

struct path_table *path_table_new(void);
void path_table_free(struct path_table *table);

/*
 * Sets packet->passes_on. slice: the packet from its IP header on; hops: offset of the hop count in it; sum: offset of
 * the header's checksum, 0 without. Only the packet's outermost IP header counts.
 */
void path_look(struct packet *packet, struct slice slice, size_t hops, size_t sum);

#endif
