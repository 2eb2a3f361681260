/*
 * icmp.h - what the two versions of ICMP share, and what they tell the exchange
 * engine (struct layer's detail). The quoted packet of an error follows as
 * further layers; it does not count as a packet of its own.
 */
#ifndef PLI_VISUALIZER_ICMP_H
#define PLI_VISUALIZER_ICMP_H

#include "visualizer/packet.h"

struct icmp_detail {
    uint8_t type, code;
    struct net_address target;      /* of neighbour discovery; family ADDRESS_NONE elsewhere */
    struct net_address link;        /* the link-layer address that it tells; ADDRESS_NONE */
};

/* Echo requests of a flow that may still be answered. */
enum { ICMP_REQUESTS = 64 };

struct icmp_request {
    uint32_t packet;
    uint16_t sequence;
    int64_t time;
};

/* Remembers a request, or answers the packet of the request to this reply (0: unknown) and the time since. */
uint32_t icmp_match(struct packet *packet, uint8_t protocol, bool request, uint16_t ident, uint16_t sequence,
                    int64_t *time);

/* Decodes what an error quotes. */
void icmp_quoted(struct packet *packet, enum protocol_id protocol, struct slice quoted);

#endif
