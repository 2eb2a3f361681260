/*
 * fragment.h - IP packets that were cut into pieces on the way, put together.
 *
 * RFC 791 §3.2 and RFC 8200 §4.5. Pieces may come in any order and twice; where
 * they overlap the first one wins, and it is noted. What is kept is bounded in
 * all directions: bytes in a datagram (64 KiB), pieces, datagrams and bytes at
 * once; the oldest unfinished ones are forgotten first.
 */
#ifndef PLI_VISUALIZER_FRAGMENT_H
#define PLI_VISUALIZER_FRAGMENT_H

#include "visualizer/packet.h"

struct fragment_key {
    uint8_t from[16], to[16];
    uint32_t id;
    uint8_t family, protocol;
    uint16_t zero;
};

/* One piece, as the fields tell of it. */
struct fragment {
    uint32_t packet;
    uint32_t offset, length;
    bool overlap;       /* repeats bytes of another */
    bool conflict;      /* with other content */
};

struct reassembled {
    struct slice whole;                 /* a buffer of the packet */
    const struct fragment *pieces;      /* by offset; in the packet's arena */
    size_t count;
};

struct fragment_table;

struct fragment_table *fragment_table_new(void);
void fragment_table_free(struct fragment_table *table);

/* Takes a piece. true: with it the datagram is complete. more: pieces follow it. */
bool fragment_add(struct packet *packet, const struct fragment_key *key, size_t offset, struct slice piece, bool more,
                  struct reassembled *result);

#endif
