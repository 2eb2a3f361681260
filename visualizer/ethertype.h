/*
 * ethertype.h - what a frame carries: the numbers that Ethernet, VLAN tags and
 * Linux cooked headers share (IEEE 802 numbers, RFC 9542 §3).
 */
#ifndef PLI_VISUALIZER_ETHERTYPE_H
#define PLI_VISUALIZER_ETHERTYPE_H

#include "visualizer/packet.h"

enum {
    ETHERTYPE_IPV4 = 0x0800,
    ETHERTYPE_ARP = 0x0806,
    ETHERTYPE_RARP = 0x8035,
    ETHERTYPE_VLAN = 0x8100,
    ETHERTYPE_IPV6 = 0x86dd,
    ETHERTYPE_SERVICE_VLAN = 0x88a8,
    ETHERTYPE_OLD_SERVICE_VLAN = 0x9100,
};

extern const struct field_label ethertype_labels[];

/* Decodes what is in a frame of this type. */
void ethertype_decode(struct packet *packet, uint16_t type, struct slice slice);

/* Bytes of the slice that the layer after index (what ethertype_decode pushed first) did not take: padding. */
size_t ethertype_left_over(const struct packet *packet, size_t index, struct slice slice);

#endif
