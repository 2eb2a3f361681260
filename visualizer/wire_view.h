/*
 * wire_view.h - as much of a frame as the wire has to understand.
 *
 * The wire forwards bytes and leaves explaining to the decoders. But to pick
 * the frame that a fault is meant for, and to see that a host repeats a frame
 * that is being held, it looks at the headers of Ethernet, ARP, IPv4, IPv6,
 * TCP and UDP, where a sender that repeats changes some fields and not others.
 */
#ifndef PLI_VISUALIZER_WIRE_VIEW_H
#define PLI_VISUALIZER_WIRE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WIRE_FIN = 1, WIRE_SYN = 2, WIRE_RST = 4, WIRE_ACK = 16 };

struct wire_view {
    const uint8_t *data;
    size_t length;
    uint16_t type;          /* EtherType, behind VLAN tags */
    uint8_t protocol;       /* of IP: 6 TCP, 17 UDP, 1 ICMP, 58 ICMPv6; 0 elsewhere */
    uint16_t arp;           /* operation: 1 asks, 2 answers; 0 elsewhere */
    uint16_t from_port, to_port;
    uint8_t flags;          /* of TCP */
    uint32_t sequence, acknowledgement; /* of TCP, as they stand there */
    const uint8_t *addresses;   /* IP: source and destination; NULL elsewhere */
    size_t addresses_length;
    const uint8_t *payload; /* of TCP or UDP; else what follows the last known header */
    size_t payload_length;
};

/* Never fails: of a short or strange frame only what is there is set. */
struct wire_view wire_view_of(const uint8_t *frame, size_t length);

/* Would the receiver take the second for the first sent again? */
bool wire_view_same(const struct wire_view *a, const struct wire_view *b);

bool wire_view_contains(const struct wire_view *view, const char *text, size_t length);

#endif
