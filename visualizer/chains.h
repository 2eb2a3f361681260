/*
 * chains.h - which packets belong to which flow: 8 bytes a packet. The packets
 * of a flow are a chain, from each to the next one of it.
 */
#ifndef PLI_VISUALIZER_CHAINS_H
#define PLI_VISUALIZER_CHAINS_H

#include <stddef.h>
#include <stdint.h>

struct chain {
    uint32_t first, last;   /* packets; 0: none */
};

/* Zeroed when new. */
struct chains {
    uint32_t *flow;         /* of each packet: flow[number - 1] */
    uint32_t *next;         /* the next packet in the same flow; 0 */
    size_t room;
    struct chain *chains;   /* by flow id */
    size_t count, chain_room;
};

void chains_free(struct chains *chains);
/* Packets come in order, from 1; flow: its id or FLOW_NONE. expected: how many packets there will be at least. */
void chains_add(struct chains *chains, uint32_t number, uint32_t flow, size_t expected);

#endif
