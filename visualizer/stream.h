/*
 * stream.h - TCP's promise kept: the bytes of each direction, once, in order.
 *
 * Segments come late, twice, overlapping, or never. The reassembly keeps early
 * ones until what is before them came, hands every byte on once, and tells a
 * stream decoder about bytes that the capture lost. Where a segment repeats
 * bytes with other content the first ones win, as most systems do, and the
 * packet is marked.
 *
 * A stream decoder is an operations struct with a state of its own for each
 * connection. It takes bytes as they come (cut anywhere), and when a PDU is
 * complete it pushes a layer onto the packet that completed it, as Wireshark
 * does. Bytes of a PDU that began in an earlier packet are kept by the decoder
 * and given to the packet with packet_buffer(..., BUFFER_STREAM, ...); a PDU
 * that lies whole in data->bytes is a slice_part() of that.
 *
 * Which decoder gets a connection is the application table's business
 * (application.h): by port, otherwise by the first bytes.
 */
#ifndef PLI_VISUALIZER_STREAM_H
#define PLI_VISUALIZER_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "visualizer/packet.h"

enum direction { FROM_CLIENT, FROM_SERVER };

struct tls_keys;

/* A connection as its decoder sees it. */
struct stream {
    uint32_t number;            /* tcp.stream: from 0 in order of appearance */
    struct net_address client, server; /* who opened it; without a SYN, the side with the known or lower port serves */
    uint16_t client_port, server_port;
    bool opening_seen;          /* the capture has the handshake */
    struct tls_keys *keys;      /* the capture's, shared by all streams; may be NULL */
    const struct application *application; /* who decodes it; NULL for nobody */
};

/* Bytes in order. Those that complete a hole come one range a call, each with the packet that brought it. */
struct stream_data {
    enum direction direction;
    struct slice bytes;         /* in the packet's buffers: its frame, or a buffer of what came early */
    uint64_t position; /* of the first byte in this direction: 0 is the byte after the SYN (or the first seen) */
    uint32_t packet;            /* the packet that brought them; earlier than the current one for what came early */
};

struct stream_ops {
    const char *name;           /* for people who debug */
    void *(*open)(struct stream *stream);
    void (*data)(void *state, struct packet *packet, const struct stream_data *data);
    /* length bytes never came (the capture lost them, or they are too far away); the next data goes on after them. */
    void (*gap)(void *state, struct packet *packet, enum direction direction, uint64_t length);
    /* The direction has ended with FIN or RST, all its bytes were handed on. May be NULL. */
    void (*end)(void *state, struct packet *packet, enum direction direction);
    void (*close)(void *state);
};

/*
 * The reassembly of one direction, for tcp.c and for tests.
 * bounded: what waits for a hole never exceeds STREAM_WAITING bytes; then the hole is declared a gap.
 */
enum { STREAM_WAITING = 1 << 20, STREAM_SEGMENTS = 1024 };

struct waiting_segment;

struct reassembly {
    bool started;
    uint32_t next;              /* sequence number that is awaited */
    uint64_t position;
    struct waiting_segment *waiting; /* sorted by sequence number; owned */
    uint32_t waiting_bytes, waiting_count;
    bool fin_seen, ended;
    uint32_t fin;               /* sequence number of the FIN */
    bool acknowledged_known;
    uint32_t acknowledged;      /* the other side says that it has all before this */
};

struct reassembly_sink {
    void *context;
    void (*data)(void *context, struct packet *packet, struct slice bytes, uint64_t position, uint32_t from_packet);
    void (*gap)(void *context, struct packet *packet, uint64_t length);
    void (*end)(void *context, struct packet *packet);
};

/* OLD: bytes that were handed on already. OVERLAP: bytes that wait already; CONFLICT: and they differ. */
enum reassembly_note { REASSEMBLY_OLD = 1, REASSEMBLY_OVERLAP = 2, REASSEMBLY_CONFLICT = 4 };

void reassembly_start(struct reassembly *reassembly, uint32_t next);
void reassembly_free(struct reassembly *reassembly);
/* A segment; answers enum reassembly_note bits. */
unsigned reassembly_segment(struct reassembly *reassembly, struct packet *packet, uint32_t sequence,
                            struct slice bytes, bool fin, const struct reassembly_sink *sink);
/* The other side acknowledged: a hole before that is a gap of the capture, not of the connection. */
void reassembly_acknowledged(struct reassembly *reassembly, struct packet *packet, uint32_t acknowledgement,
                             const struct reassembly_sink *sink);

#endif
