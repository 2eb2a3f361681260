/*
 * wire_switch.h - to which ports a frame goes: a learning switch.
 *
 * As IEEE 802.1D bridges do, it notes behind which port each source address
 * was last seen, sends a frame to the port where its destination is, and
 * floods frames to broadcast, multicast and unknown addresses to all other
 * ports. Ports are grouped in segments (one cable or switch each); a frame
 * never leaves its segment: that is a router's work.
 *
 * The table has a fixed size; when a chain is full the oldest entry makes
 * room, which costs flooding and nothing else.
 */
#ifndef PLI_VISUALIZER_WIRE_SWITCH_H
#define PLI_VISUALIZER_WIRE_SWITCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WIRE_MAX_PORTS = 256, WIRE_ADDRESSES = 4096 };

struct wire_address {
    uint8_t mac[6];
    uint16_t port;      /* number + 1; 0: the entry is empty */
    uint64_t used;
};

struct wire_switch {
    unsigned ports;
    uint16_t segment[WIRE_MAX_PORTS];
    uint64_t clock;     /* frames routed so far */
    struct wire_address table[WIRE_ADDRESSES];
};

/* A set of ports, as bits. */
struct wire_ports {
    uint64_t bits[WIRE_MAX_PORTS / 64];
};

struct wire_switch *wire_switch_new(void);      /* free() it */
unsigned wire_switch_add(struct wire_switch *table, unsigned segment); /* answers the port's number, from 0 */

/* Learns from the frame that arrived at port from, and answers where it goes: to none when it is too short. */
struct wire_ports wire_switch_route(struct wire_switch *table, unsigned from, const uint8_t *frame, size_t length);

/* The same without learning. */
struct wire_ports wire_switch_peek(struct wire_switch *table, unsigned from, const uint8_t *frame, size_t length);

bool wire_ports_has(const struct wire_ports *ports, unsigned port);

#endif
