#include "visualizer/stream.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

struct waiting_segment {
    struct waiting_segment *next;
    uint32_t sequence, length;
    uint32_t packet;
    uint8_t data[];
};

static bool before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

void reassembly_start(struct reassembly *reassembly, uint32_t next)
{
    reassembly->started = true;
    reassembly->next = next;
}

void reassembly_free(struct reassembly *reassembly)
{
    while (reassembly->waiting != NULL) {
        struct waiting_segment *segment = reassembly->waiting;
        reassembly->waiting = segment->next;
        free(segment);
    }
}

static void deliver(struct reassembly *reassembly, struct packet *packet, struct slice bytes, uint32_t from_packet,
                    const struct reassembly_sink *sink)
{
    uint64_t position = reassembly->position;
    reassembly->next += bytes.len;
    reassembly->position += bytes.len;
    sink->data(sink->context, packet, bytes, position, from_packet);
}

static void skip(struct reassembly *reassembly, struct packet *packet, uint32_t until,
                 const struct reassembly_sink *sink)
{
    uint32_t length = until - reassembly->next;
    reassembly->next = until;
    reassembly->position += length;
    sink->gap(sink->context, packet, length);
}

static struct waiting_segment *take_first(struct reassembly *reassembly)
{
    struct waiting_segment *segment = reassembly->waiting;
    reassembly->waiting = segment->next;
    reassembly->waiting_bytes -= segment->length;
    reassembly->waiting_count--;
    return segment;
}

/* Hands on what no longer waits for anything. */
static void flush(struct reassembly *reassembly, struct packet *packet, const struct reassembly_sink *sink)
{
    while (reassembly->waiting != NULL && !before(reassembly->next, reassembly->waiting->sequence)) {
        struct waiting_segment *segment = take_first(reassembly);
        uint32_t known = reassembly->next - segment->sequence;
        if (known < segment->length)
            deliver(reassembly, packet,
                    packet_buffer(packet, BUFFER_STREAM, segment->data + known, segment->length - known, true),
                    segment->packet, sink);
        free(segment);
    }
    if (reassembly->fin_seen && !reassembly->ended && !before(reassembly->next, reassembly->fin)) {
        reassembly->ended = true;
        sink->end(sink->context, packet);
    }
}

/* Notes where new bytes meet those that wait already. */
static unsigned compare(const struct waiting_segment *old, uint32_t sequence, struct slice bytes)
{
    uint32_t start = before(old->sequence, sequence) ? sequence : old->sequence;
    uint32_t old_end = old->sequence + old->length, end = sequence + bytes.len;
    if (before(old_end, end))
        end = old_end;
    if (!before(start, end))
        return 0;
    int difference = memcmp(old->data + (start - old->sequence), bytes.at + (start - sequence), end - start);
    return difference != 0 ? REASSEMBLY_OVERLAP | REASSEMBLY_CONFLICT : REASSEMBLY_OVERLAP;
}

static struct waiting_segment **insert(struct reassembly *reassembly, struct waiting_segment **place, uint32_t sequence,
                                       const uint8_t *bytes, uint32_t length, uint32_t packet)
{
    struct waiting_segment *segment = mem_grow(NULL, sizeof *segment + length, 1);
    segment->sequence = sequence;
    segment->length = length;
    segment->packet = packet;
    memcpy(segment->data, bytes, length);
    segment->next = *place;
    *place = segment;
    reassembly->waiting_bytes += length;
    reassembly->waiting_count++;
    return &segment->next;
}

/* Keeps the parts of an early segment that nobody brought before. */
static unsigned keep(struct reassembly *reassembly, uint32_t sequence, struct slice bytes, uint32_t packet)
{
    unsigned notes = 0;
    uint32_t at = sequence, end = sequence + bytes.len;
    struct waiting_segment **place = &reassembly->waiting;
    while (before(at, end)) {
        struct waiting_segment *old = *place;
        uint32_t hole_end = old != NULL && before(old->sequence, end) ? old->sequence : end;
        if (before(at, hole_end)) {
            place = insert(reassembly, place, at, bytes.at + (at - sequence), hole_end - at, packet);
            at = hole_end;
        }
        if (old == NULL || !before(old->sequence, end))
            break;
        notes |= compare(old, sequence, bytes);
        if (before(at, old->sequence + old->length))
            at = old->sequence + old->length;
        place = &old->next;
    }
    return notes;
}

/* Too much waits, or the other side has what is missing here: go on behind the hole. */
static void give_up_holes(struct reassembly *reassembly, struct packet *packet, const struct reassembly_sink *sink)
{
    while (reassembly->waiting != NULL) {
        bool too_much = reassembly->waiting_bytes > STREAM_WAITING || reassembly->waiting_count > STREAM_SEGMENTS;
        bool lost = reassembly->acknowledged_known && !before(reassembly->acknowledged, reassembly->waiting->sequence);
        if (!too_much && !lost)
            return;
        skip(reassembly, packet, reassembly->waiting->sequence, sink);
        flush(reassembly, packet, sink);
    }
}

unsigned reassembly_segment(struct reassembly *reassembly, struct packet *packet, uint32_t sequence, struct slice bytes,
                            bool fin, const struct reassembly_sink *sink)
{
    if (!reassembly->started)
        reassembly_start(reassembly, sequence);
    unsigned notes = 0;
    if (fin && !reassembly->fin_seen) {
        reassembly->fin_seen = true;
        reassembly->fin = sequence + bytes.wire;
    }
    if (before(sequence, reassembly->next) && bytes.len > 0) {
        uint32_t known = reassembly->next - sequence;
        notes |= REASSEMBLY_OLD;
        bytes = slice_from(bytes, known);
        sequence += known;
    }
    if (bytes.len > 0 && sequence == reassembly->next) {
        if (reassembly->waiting != NULL && before(reassembly->waiting->sequence, sequence + bytes.len)) {
            /* What came first wins: the new bytes only fill the hole. */
            notes |= compare(reassembly->waiting, sequence, bytes);
            notes |= keep(reassembly, sequence, bytes, packet->number);
        } else
            deliver(reassembly, packet, bytes, packet->number, sink);
        if (bytes.wire > bytes.len && reassembly->waiting == NULL)
            skip(reassembly, packet, reassembly->next + (bytes.wire - bytes.len), sink);
    } else if (bytes.len > 0)
        notes |= keep(reassembly, sequence, bytes, packet->number);
    flush(reassembly, packet, sink);
    if (reassembly->waiting != NULL)
        give_up_holes(reassembly, packet, sink);
    return notes;
}

void reassembly_acknowledged(struct reassembly *reassembly, struct packet *packet, uint32_t acknowledgement,
                             const struct reassembly_sink *sink)
{
    if (!reassembly->started || !before(reassembly->next, acknowledgement))
        return;
    reassembly->acknowledged_known = true;
    reassembly->acknowledged = acknowledgement;
    if (reassembly->waiting != NULL)
        give_up_holes(reassembly, packet, sink);
}
