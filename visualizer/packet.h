/*
 * packet.h - one packet: its bytes, the stack of layers in it, and its fields.
 *
 * A packet owns a few buffers: number 0 is the frame as it was on the wire
 * (it points into the capture), the others are what reassembly or deciphering
 * made: a whole IP packet from fragments, a PDU from several TCP segments, the
 * plaintext of a TLS record. A layer is a protocol found in one of them. The
 * layers are in the order in which they were found, outer to inner; an
 * application's several PDUs in one segment are several layers of equal rank.
 *
 * A decoder is a function over a slice, which is a range of one buffer. It
 * pushes its layer, adds its fields, and hands the rest to the next decoder.
 * All reads go through the getters below, which never leave the slice: past
 * its end they answer 0, so a decoder first asks packet_need(), which marks
 * the layer cut short (the capture's snap length) or malformed (the packet
 * itself is too short) and answers false.
 *
 * Everything hung on a packet (fields, texts, buffers, details) lives in its
 * arena and dies with it or when it is used for the next packet.
 */
#ifndef PLI_VISUALIZER_PACKET_H
#define PLI_VISUALIZER_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "visualizer/fields.h"
#include "visualizer/layers.h"

enum protocol_id {
    PROTOCOL_FRAME,     /* what the capture says: number, time, lengths */
    PROTOCOL_ETHERNET,
    PROTOCOL_VLAN,
    PROTOCOL_COOKED,    /* Linux cooked capture, version 1 or 2 */
    PROTOCOL_LOOPBACK,  /* BSD null/loop */
    PROTOCOL_LLC,       /* an 802.3 frame with a length: what LLC says */
    PROTOCOL_ARP,
    PROTOCOL_IPV4,
    PROTOCOL_IPV6,
    PROTOCOL_IPV6_HOP_BY_HOP,
    PROTOCOL_IPV6_ROUTING,
    PROTOCOL_IPV6_FRAGMENT,
    PROTOCOL_IPV6_DESTINATION,
    PROTOCOL_ICMPV4,
    PROTOCOL_ICMPV6,
    PROTOCOL_UDP,
    PROTOCOL_TCP,
    PROTOCOL_DNS,
    PROTOCOL_DHCP,
    PROTOCOL_DHCPV6,
    PROTOCOL_TLS,
    PROTOCOL_SMTP,
    PROTOCOL_POP,
    PROTOCOL_IMAP,
    PROTOCOL_MESSAGE,   /* RFC 5322 header and MIME: Wireshark's imf */
    PROTOCOL_HTTP,
    PROTOCOL_FTP,
    PROTOCOL_FTP_DATA,
    PROTOCOL_TELNET,
    PROTOCOL_DATA,      /* bytes nobody knows */
    PROTOCOL_COUNT
};

/* A range of one of the packet's buffers. */
struct slice {
    const uint8_t *at;
    uint32_t len;       /* bytes that were captured */
    uint32_t wire;      /* bytes that there were: more than len when the capture cut the packet */
    uint32_t offset;    /* of at[0] in its buffer */
    uint16_t buffer;    /* index into the packet's buffers */
};

struct protocol {
    const char *name;       /* "TCP": a name, not translated */
    const char *title;      /* N_("Transmission Control Protocol") */
    const char *filter;     /* "tcp": Wireshark's name, in frame.protocols too */
    int osi;                /* layer number it lives at, 1 to 7 */
    enum tcpip_layer tcpip;
    const struct field_row *rows;
    size_t row_count;
    void (*decode)(struct packet *packet, struct slice slice); /* NULL: only a stream decoder makes such layers */
};

/* The registry: one row for each protocol_id, in protocols.c. */
extern const struct protocol *const protocols[PROTOCOL_COUNT];

enum buffer_kind { BUFFER_FRAME, BUFFER_FRAGMENTS, BUFFER_STREAM, BUFFER_PLAINTEXT };

struct buffer {
    enum buffer_kind kind;
    const uint8_t *data;
    size_t len;
};

/* One protocol in one packet. */
struct layer {
    uint8_t protocol;       /* enum protocol_id */
    uint16_t buffer;
    uint32_t offset;        /* of its first byte in the buffer */
    uint32_t header;        /* bytes of its own */
    uint32_t length;        /* header and what it carries */
    uint32_t first_packet;  /* where its first byte came: an earlier packet for a PDU in several segments */
    struct stream *stream;  /* for TCP and what is in it; NULL elsewhere. Valid during the pass only. */
    const char *error;      /* N_(): why it is malformed; NULL when all is well */
    bool cut;               /* the capture kept only part of it */
    const char *info;       /* one line about it, if somebody wants infos; NULL */
    const void *detail;     /* what its decoder tells the exchange engine, a struct of the decoder's header; NULL */
};

struct field {
    uint8_t protocol;       /* enum protocol_id */
    uint16_t row;           /* index into the protocol's rows */
    uint16_t layer;         /* index into the packet's layers */
    uint16_t buffer;        /* where its bytes are */
    uint32_t offset;
    uint32_t length;        /* 0: computed, not in the bytes */
    uint32_t size;          /* of the value when it is bytes, an address or a text */
    union {
        uint64_t number;    /* unsigned, boolean, frame */
        int64_t time;       /* time, duration, signed */
        const uint8_t *bytes;
        const char *text;
    } value;
};

struct arena_block;

enum address_family { ADDRESS_NONE, ADDRESS_ETHER, ADDRESS_IPV4, ADDRESS_IPV6 };

struct net_address {
    enum address_family family;
    uint8_t bytes[16];
};

struct pass;
struct flow;

struct packet {
    uint32_t number;        /* from 1 */
    int64_t time;           /* nanoseconds since 1970 */
    int64_t first_time, previous_time; /* of the capture's first packet and of the one before this */
    struct capture *capture;
    const struct record *record; /* as the file has it; while the packet is decoded */
    struct pass *pass;      /* the state between packets: flows, streams, fragments; NULL for a packet alone */
    struct flow *flow;      /* the one it belongs to, while it is decoded; NULL */
    const struct wants *wants;

    struct buffer *buffers; /* [0] is the frame */
    size_t buffer_count;
    struct layer *layers;
    size_t layer_count;
    struct field *fields;
    size_t field_count;

    /* Of the innermost network and transport layer that is the packet's own (not one quoted by an ICMP error). */
    struct net_address from, to;
    uint16_t from_port, to_port; /* 0 without a transport layer */

    unsigned malformed;     /* layers with an error */
    bool cut;               /* the capture did not keep all of it */
    uint32_t passes_on;     /* it was seen before, on another cable of its way, as this packet; 0 */

    /* For the functions below only. */
    const uint8_t *want;    /* the rows of the current layer's protocol */
    uint16_t current;       /* index of the current layer */
    struct net_address quoted_from, quoted_to; /* of the packet that an ICMP error quotes */
    unsigned quoted;        /* inside what an ICMP error quotes: no flows, no reassembly */
    unsigned nesting;
    bool in_two_steps;      /* decoding stops before the bytes of a TCP stream are put together */
    void (*rest)(struct packet *packet, const void *what); /* what is left to do then; NULL for nothing */
    const void *what;       /* in the arena */
    bool on_path;           /* its outermost IP header was looked at */
    size_t buffer_room, layer_room, field_room;
    struct arena_block *arena;
};

/* --- layers ------------------------------------------------------------------ */

/* Adds a layer over the slice and makes it the current one. header: bytes of its own if known,
    else 0 (packet_header). */
struct layer *packet_push(struct packet *packet, enum protocol_id protocol, struct slice slice, size_t header);
/* Makes an earlier layer the current one again: fields go to the current layer. */
void packet_select(struct packet *packet, size_t layer);
void packet_header(struct packet *packet, size_t header);
/* The current layer's summary, if wanted: the second adds to what is there. */
void packet_info(struct packet *packet, const char *format, ...) __attribute__((format(printf, 2, 3)));
void packet_info_add(struct packet *packet, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Marks the current layer malformed; reason N_(). The first reason stays. */
void packet_malformed(struct packet *packet, const char *reason);
/* Are there so many bytes in the slice? If not, the current layer is marked: cut short, or malformed. */
bool packet_need(struct packet *packet, struct slice slice, size_t size);
/* Hands the slice to the decoder of a protocol; nesting is bounded. */
void packet_decode(struct packet *packet, enum protocol_id protocol, struct slice slice);

/* --- bytes ------------------------------------------------------------------- */

/* Adds a buffer; copy: into the arena, otherwise the caller's bytes must live as long as the packet's contents.
 * Answers a slice over all of it. */
struct slice packet_buffer(struct packet *packet, enum buffer_kind kind, const void *data, size_t len, bool copy);
void *packet_memory(struct packet *packet, size_t size); /* zeroed, from the arena */
char *packet_text(struct packet *packet, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A part of a slice, cut to fit into it; the second is all from offset on. */
static inline struct slice slice_part(struct slice slice, size_t offset, size_t length)
{
    uint32_t skip = offset < slice.wire ? (uint32_t)offset : slice.wire;
    uint32_t skipped = skip < slice.len ? skip : slice.len;
    slice.at += skipped;
    slice.offset += skipped;
    slice.len -= skipped;
    slice.wire -= skip;
    if (length < slice.wire)
        slice.wire = (uint32_t)length;
    if (length < slice.len)
        slice.len = (uint32_t)length;
    return slice;
}

static inline struct slice slice_from(struct slice slice, size_t offset)
{
    return slice_part(slice, offset, SIZE_MAX);
}

static inline uint8_t get_u8(struct slice s, size_t offset)
{
    return offset < s.len ? s.at[offset] : 0;
}

static inline uint16_t get_u16(struct slice s, size_t offset)
{
    if (s.len < 2 || offset > s.len - 2)
        return 0;
    return (uint16_t)(s.at[offset] << 8 | s.at[offset + 1]);
}

static inline uint32_t get_u32(struct slice s, size_t offset)
{
    if (s.len < 4 || offset > s.len - 4)
        return 0;
    return (uint32_t)s.at[offset] << 24 | (uint32_t)s.at[offset + 1] << 16 | (uint32_t)s.at[offset + 2] << 8 |
           s.at[offset + 3];
}

static inline uint32_t get_u24(struct slice s, size_t offset)
{
    return (uint32_t)get_u8(s, offset) << 16 | get_u16(s, offset + 1);
}

static inline uint64_t get_u64(struct slice s, size_t offset)
{
    return (uint64_t)get_u32(s, offset) << 32 | get_u32(s, offset + 4);
}

/* --- fields: each adds to the current layer, if the row is wanted -------------- */

struct field *packet_add_field(struct packet *packet, unsigned row, struct slice slice, size_t offset, size_t length);
void packet_add_bytes(struct packet *packet, unsigned row, struct slice slice, size_t offset, size_t length);
void packet_add_text(struct packet *packet, unsigned row, struct slice slice, size_t offset, size_t length,
                     struct span text);

static inline bool field_wanted(const struct packet *packet, unsigned row)
{
    return packet->want[row] != 0;
}

/* length 0 for a value that was computed and is not in the bytes. */
static inline void field_number(struct packet *packet, unsigned row, struct slice slice, size_t offset, size_t length,
                                uint64_t value)
{
    if (packet->want[row] != 0)
        packet_add_field(packet, row, slice, offset, length)->value.number = value;
}

static inline void field_time(struct packet *packet, unsigned row, struct slice slice, size_t offset, size_t length,
                              int64_t value)
{
    if (packet->want[row] != 0)
        packet_add_field(packet, row, slice, offset, length)->value.time = value;
}

/* The bytes themselves are the value: addresses, bytes, and text as it stands in the packet. */
static inline void field_bytes(struct packet *packet, unsigned row, struct slice slice, size_t offset, size_t length)
{
    if (packet->want[row] != 0)
        packet_add_bytes(packet, row, slice, offset, length);
}

/* A text that was made from the bytes; it is copied. */
static inline void field_text(struct packet *packet, unsigned row, struct slice slice, size_t offset, size_t length,
                              struct span text)
{
    if (packet->want[row] != 0)
        packet_add_text(packet, row, slice, offset, length, text);
}

/* --- the packet itself ---------------------------------------------------------- */

struct packet *packet_new(void);
void packet_free(struct packet *packet);
void packet_reset(struct packet *packet); /* for the next one; keeps its memory */
/*
 * Decodes the whole of a record. The packet was reset, and number, times, capture, record, pass and wants are set.
 *
 * With in_two_steps packet_begin does what depends on all packets before (frames, addresses, fragments, flows, the
 * analysis of TCP), packet_finish what depends on this connection only (its stream, its application). The second may
 * run in another thread, over the packets in their order, while the first goes on with later ones: the reassembly
 * and the decoder of a connection are touched by the second only, the rest of the pass by the first.
 */
void packet_begin(struct packet *packet);
void packet_finish(struct packet *packet);
/* For the frame's decoder: the fields that need all layers. */
void frame_finish(struct packet *packet);

/* The last layer of this protocol; NULL. */
const struct layer *packet_layer(const struct packet *packet, enum protocol_id protocol);
/* The innermost layer: the protocol a one-line view names. */
const struct layer *packet_top(const struct packet *packet);

bool net_address_equal(const struct net_address *a, const struct net_address *b);
int net_address_write(const struct net_address *address, struct buf *out); /* "10.0.0.1", "fe80::1", "02:00:..." */

#endif
