/*
 * ip.h - what IPv4 and IPv6 share: the numbers of what they carry, and the
 * fields that tell how a datagram was put together from fragments.
 */
#ifndef PLI_VISUALIZER_IP_H
#define PLI_VISUALIZER_IP_H

#include "visualizer/fragment.h"
#include "visualizer/packet.h"

enum ip_protocol {
    IP_HOP_BY_HOP = 0,
    IP_ICMP = 1,
    IP_IPIP = 4,
    IP_TCP = 6,
    IP_UDP = 17,
    IP_IPV6 = 41,
    IP_ROUTING = 43,
    IP_FRAGMENT = 44,
    IP_ICMPV6 = 58,
    IP_NOTHING = 59,
    IP_DESTINATION = 60,
};

extern const struct field_label ip_protocol_labels[];
extern const struct field_label dscp_labels[];
extern const struct field_label ecn_labels[];

/* Decodes what an IP packet carries. */
void ip_payload(struct packet *packet, uint8_t protocol, struct slice slice);

/* The rows of a reassembly, in this order in both decoders' tables. */
enum { REASSEMBLED_FRAGMENTS, REASSEMBLED_FRAGMENT, REASSEMBLED_OVERLAP, REASSEMBLED_CONFLICT, REASSEMBLED_COUNT,
       REASSEMBLED_LENGTH, REASSEMBLED_DATA };
void ip_reassembled_fields(struct packet *packet, unsigned first_row, const struct reassembled *result);

#endif
