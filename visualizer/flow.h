/*
 * flow.h - which packets belong together: same two addresses, same two ports.
 *
 * The pass has one table of flows. A key is direction-free: the two ends are
 * ordered, and flow_of() tells in which direction the packet goes. A TCP
 * connection that begins anew with the same ports gets a new flow with a new
 * number and takes the old one's place in the table; the old one stays
 * allocated, because views refer to it by number.
 *
 * The pass also keeps what else lives between packets: fragments (fragment.h)
 * and the counters.
 */
#ifndef PLI_VISUALIZER_FLOW_H
#define PLI_VISUALIZER_FLOW_H

#include <stdbool.h>
#include <stdint.h>
#include <uthash.h>

#include "visualizer/packet.h"
#include "visualizer/stream.h"

enum { FLOW_NONE = UINT32_MAX };

/* Compared as a whole, so there are no holes in it. */
struct flow_key {
    uint64_t salt;          /* of the table: nobody outside can aim at one chain of it */
    uint8_t ends[2][16];    /* the two addresses, the smaller first */
    uint16_t ports[2];      /* theirs; for an ICMP echo its identifier, twice */
    uint8_t family;         /* enum address_family */
    uint8_t protocol;       /* IP protocol number */
    uint16_t zero;
};

struct tcp_connection;

struct flow {
    struct flow_key key;
    uint32_t id;            /* of all flows of the pass, from 0 */
    uint32_t number;        /* among those of its protocol: tcp.stream, udp.stream */
    uint32_t first_packet;
    bool reused;                    /* it took the place of an older flow with the same key */
    int64_t first_time, last_time;
    uint64_t packets;
    struct tcp_connection *tcp;     /* TCP only; owned */
    void *memory;                   /* of the application over UDP, or of ICMP; owned by release */
    void (*release)(void *memory);
    UT_hash_handle hh;
};

struct flow_table;
struct fragment_table;
struct path_table;

/* The state between packets. */
struct pass {
    struct flow_table *flows;
    struct fragment_table *fragments;
    struct path_table *path;        /* packets that may pass on over other cables */
    struct tls_keys *keys;          /* the capture's; may be NULL */
    uint32_t packet_flow;           /* of the packet that was decoded last: its flow's id, or FLOW_NONE */
    const uint32_t *fragments_of;   /* packets whose fragments the last packet completed, itself included */
    size_t fragment_count;
    const struct flow *replay;      /* going over this one flow of another pass again: its id and number hold */
};

struct pass *pass_new(struct tls_keys *keys);
void pass_free(struct pass *pass);

/*
 * The flow of the packet, whose addresses and ports are set; made if there is
 * none. backward: it goes from the second end of the key to the first.
 */
struct flow *flow_of(struct packet *packet, uint8_t protocol, bool *backward);
/* The flow that a quoted packet belonged to: the packet counts as one of it. from_port, to_port: of the quoted one. */
struct flow *flow_of_quoted(struct packet *packet, uint8_t protocol, uint16_t from_port, uint16_t to_port);
/* A new flow with the same key in its place. */
struct flow *flow_replace(struct packet *packet, struct flow *flow);
/* By id; NULL. */
struct flow *flow_at(const struct pass *pass, uint32_t id);

#endif
