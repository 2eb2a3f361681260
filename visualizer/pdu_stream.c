#include "visualizer/pdu_stream.h"

#include <stdlib.h>

#include "core/mem.h"

struct pdu_side {
    struct buf kept;            /* the beginning of a unit that is not complete */
    uint32_t first_packet;      /* where kept[0] came */
    uint64_t passed_over;       /* octets of a unit that was too long, still to come */
};

struct pdu_stream {
    struct stream *stream;
    const struct pdu_kind *kind;
    void *memory;
    bool foreign;
    struct pdu_side sides[2];
};

void *pdu_open(struct stream *stream, const struct pdu_kind *kind)
{
    struct pdu_stream *pdu = mem_alloc(sizeof *pdu);
    pdu->stream = stream;
    pdu->kind = kind;
    pdu->memory = kind->memory > 0 ? mem_alloc(kind->memory) : NULL;
    for (int i = 0; i < 2; i++)
        buf_init(&pdu->sides[i].kept, PDU_MAX);
    return pdu;
}

void pdu_close(void *state)
{
    struct pdu_stream *pdu = state;
    for (int i = 0; i < 2; i++)
        buf_free(&pdu->sides[i].kept);
    free(pdu->memory);
    free(pdu);
}

static void show(struct pdu_stream *pdu, struct packet *packet, enum direction direction, struct slice bytes,
                 uint32_t first_packet, bool cut)
{
    struct layer *layer = packet_push(packet, pdu->kind->protocol, bytes, bytes.len);
    layer->stream = pdu->stream;
    layer->first_packet = first_packet;
    pdu->kind->fields(pdu->memory, packet, direction, bytes, cut);
}

static void show_kept(struct pdu_stream *pdu, struct packet *packet, enum direction direction, bool cut)
{
    struct pdu_side *side = &pdu->sides[direction];
    struct slice bytes = packet_buffer(packet, BUFFER_STREAM, side->kept.data, side->kept.len, true);
    buf_clear(&side->kept);
    show(pdu, packet, direction, bytes, side->first_packet, cut);
}

/* What is not explained any more is data. */
static void not_ours(struct pdu_stream *pdu, struct packet *packet, struct slice bytes)
{
    pdu->foreign = true;
    for (int i = 0; i < 2; i++)
        buf_clear(&pdu->sides[i].kept);
    packet_decode(packet, PROTOCOL_DATA, bytes);
}

/* Collects up to a unit of size octets (PDU_UNKNOWN: all); answers how many of the bytes were taken. */
static size_t collect(struct pdu_stream *pdu, struct packet *packet, enum direction direction, struct slice bytes,
                      uint64_t size)
{
    struct pdu_side *side = &pdu->sides[direction];
    uint64_t missing = size == PDU_UNKNOWN || size == PDU_ENDLESS ? UINT64_MAX : size - side->kept.len;
    size_t room = PDU_MAX - side->kept.len;
    size_t take = bytes.len < missing ? bytes.len : (size_t)missing;
    if (take > room) { /* too long: its beginning is shown, the rest passed over */
        buf_add(&side->kept, bytes.at, room);
        side->passed_over = size == PDU_UNKNOWN ? PDU_ENDLESS : size == PDU_ENDLESS ? size : size - PDU_MAX;
        show_kept(pdu, packet, direction, true);
        return room;
    }
    buf_add(&side->kept, bytes.at, take);
    if (take == missing)
        show_kept(pdu, packet, direction, false);
    return take;
}

/* One step: a unit, or a part of one; answers how many bytes were used, all when nothing can be done with them yet. */
static size_t step(struct pdu_stream *pdu, struct packet *packet, const struct stream_data *data, struct slice bytes)
{
    struct pdu_side *side = &pdu->sides[data->direction];
    if (side->passed_over > 0) {
        size_t take = bytes.len < side->passed_over ? bytes.len : (size_t)side->passed_over;
        side->passed_over -= side->passed_over == PDU_ENDLESS ? 0 : take;
        return take;
    }
    if (side->kept.len == 0) {
        uint64_t size = pdu->kind->size(pdu->memory, data->direction, bytes);
        if (size == PDU_FOREIGN) {
            not_ours(pdu, packet, bytes);
            return bytes.len;
        }
        if (size != PDU_UNKNOWN && size <= bytes.len) {
            show(pdu, packet, data->direction, slice_part(bytes, 0, (size_t)size), data->packet, false);
            return (size_t)size;
        }
        side->first_packet = data->packet;
        return collect(pdu, packet, data->direction, bytes, size);
    }
    /* As much as is needed to know more; then the kept bytes say how long the unit is. */
    size_t before = side->kept.len, take = bytes.len < PDU_MAX - before ? bytes.len : PDU_MAX - before;
    buf_add(&side->kept, bytes.at, take);
    struct slice all = { .at = (const uint8_t *)side->kept.data, .len = (uint32_t)side->kept.len,
                         .wire = (uint32_t)side->kept.len };
    uint64_t size = pdu->kind->size(pdu->memory, data->direction, all);
    side->kept.len = before;
    if (size == PDU_FOREIGN) {
        not_ours(pdu, packet, bytes);
        return bytes.len;
    }
    if (size != PDU_UNKNOWN && size < before) /* cannot be: it was longer a moment ago */
        size = before;
    return collect(pdu, packet, data->direction, bytes, size);
}

void pdu_data(void *state, struct packet *packet, const struct stream_data *data)
{
    struct pdu_stream *pdu = state;
    struct slice bytes = data->bytes;
    while (bytes.len > 0 && !pdu->foreign)
        bytes = slice_from(bytes, step(pdu, packet, data, bytes));
    if (bytes.len > 0)
        packet_decode(packet, PROTOCOL_DATA, bytes);
}

void pdu_gap(void *state, struct packet *packet, enum direction direction, uint64_t length)
{
    struct pdu_stream *pdu = state;
    struct pdu_side *side = &pdu->sides[direction];
    (void)packet;
    buf_clear(&side->kept);
    if (side->passed_over != PDU_ENDLESS)
        side->passed_over -= length < side->passed_over ? length : side->passed_over;
}

void pdu_end(void *state, struct packet *packet, enum direction direction)
{
    struct pdu_stream *pdu = state;
    if (pdu->sides[direction].kept.len > 0 && !pdu->foreign)
        show_kept(pdu, packet, direction, false);
}
