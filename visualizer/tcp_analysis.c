#include "visualizer/tcp_analysis.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

/* Nobody acknowledges: then we stop counting, as Wireshark does. */
enum { MOST_WAITING = 10000 };

static const int64_t FAST = 20000000;       /* a fast retransmission comes within 20 ms of the duplicate */
static const int64_t REORDERED = 3000000;   /* 3 ms, when the round trip is not known */

/* Sequence numbers go round: RFC 1982 arithmetic. */
static bool after(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) > 0;
}

static bool until(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) <= 0;
}

static bool ends_or_begins(const struct tcp_segment *segment)
{
    return segment->flags & (TCP_SYN | TCP_FIN);
}

static bool special(const struct tcp_segment *segment)
{
    return segment->flags & (TCP_SYN | TCP_FIN | TCP_RST);
}

void tcp_side_start(struct tcp_side *side)
{
    *side = (struct tcp_side){ .scale = SCALE_UNKNOWN, .window = UINT32_MAX, .in_flight_valid = true };
}

void tcp_side_free(struct tcp_side *side)
{
    free(side->waiting);
}

void tcp_side_trim(struct tcp_side *side)
{
    if (side->waiting_count > 0)
        return;
    free(side->waiting);
    side->waiting = NULL;
    side->waiting_room = 0;
}

/* The number from which relative ones are counted: the SYN's, or one before the first that was seen. */
static void learn_bases(struct tcp_side *from, struct tcp_side *to, const struct tcp_segment *segment)
{
    if (!from->base_known) {
        from->base = segment->flags & TCP_SYN ? segment->sequence : segment->sequence - 1;
        from->base_known = true;
    }
    if (!to->base_known && (segment->flags & TCP_ACK)) {
        to->base = segment->acknowledgement - 1;
        to->base_known = true;
    }
    if (segment->flags & TCP_ACK)
        to->in_flight_valid = true;
}

/* The side said the same thing before: no data, same sequence and acknowledgement number. */
static bool repeats_itself(const struct tcp_side *from, const struct tcp_segment *segment)
{
    return segment->length == 0 && !special(segment) && from->next_known && segment->sequence == from->next &&
           segment->acknowledgement == from->acknowledged;
}

static uint32_t window_in_bytes(const struct tcp_side *side)
{
    return side->window << (side->window_of_syn || side->scale < 0 ? 0 : side->scale);
}

static void judge_window(struct tcp_side *from, const struct tcp_side *to, const struct tcp_segment *segment,
                         struct tcp_findings *findings)
{
    if (segment->window == 0 && !special(segment))
        findings->notes |= NOTE_ZERO_WINDOW;
    if (from->next_known && after(segment->sequence, from->next) && !(segment->flags & TCP_RST)) {
        findings->notes |= NOTE_LOST_SEGMENT;
        from->in_flight_valid = false;
    }
    if (segment->length <= 1 && from->next_known && segment->sequence == from->next - 1 && !special(segment))
        findings->notes |= NOTE_KEEP_ALIVE;
    if (repeats_itself(from, segment) && segment->window > 0 && segment->window != from->window)
        findings->notes |= NOTE_WINDOW_UPDATE;
    if (segment->length > 0 && to->scale != SCALE_UNKNOWN && !special(segment) &&
        segment->sequence + segment->length == to->acknowledged + window_in_bytes(to))
        findings->notes |= NOTE_WINDOW_FULL;
}

/* An exact repetition answers a probe, or asks for what is missing. */
static void judge_repetition(struct tcp_side *from, const struct tcp_side *to, const struct tcp_segment *segment,
                             struct tcp_findings *findings)
{
    if (!repeats_itself(from, segment) || segment->window != from->window)
        return;
    if (segment->window > 0 && (to->notes & NOTE_KEEP_ALIVE))
        findings->notes |= NOTE_KEEP_ALIVE_ACK;
    else if (segment->window == 0 && (to->notes & NOTE_ZERO_WINDOW_PROBE))
        findings->notes |= NOTE_ZERO_WINDOW_PROBE_ACK;
    else if (segment->window > 0) {
        from->duplicates = from->duplicates < 0 ? 1 : from->duplicates + 1;
        findings->notes |= NOTE_DUPLICATE_ACK;
        findings->duplicate_number = (uint32_t)from->duplicates;
        findings->duplicate_of = from->first_of_duplicates;
    }
}

static void judge_acknowledgement(struct tcp_side *from, struct tcp_side *to, const struct tcp_segment *segment,
                                  uint32_t packet, struct tcp_findings *findings)
{
    if (segment->acknowledgement != from->acknowledged) {
        from->first_of_duplicates = packet;
        from->duplicates = 0;
    }
    if (!to->contiguous_known || !after(segment->acknowledgement, to->contiguous) || !(segment->flags & TCP_ACK))
        return;
    findings->anything = true;
    /* Told once for each hole. */
    if (to->contiguous > to->next) {
        to->contiguous = to->next;
        findings->notes |= NOTE_ACK_LOST_SEGMENT;
    } else {
        if (to->duplicates == 0)
            findings->notes |= NOTE_ACK_LOST_SEGMENT;
        to->duplicates = -1;
    }
}

/* Bytes that do not go on where the last ones ended: sent again, or overtaken? */
static void judge_order(const struct tcp_side *from, const struct tcp_side *to, const struct tcp_segment *segment,
                        int64_t time, int64_t first_round_trip, struct tcp_findings *findings)
{
    if ((segment->length == 0 && !ends_or_begins(segment)) || (findings->notes & NOTE_KEEP_ALIVE))
        return;
    uint32_t end = segment->sequence + segment->length;
    bool back = from->next_known && after(from->next, segment->sequence);
    /* What went before may have been a probe of one byte into a closed window. */
    if (segment->length > 1 && from->next_known && from->next - 1 == segment->sequence)
        back = false;
    if (segment->length > 0 && to->acknowledged != 0 && until(end, to->acknowledged)) {
        findings->notes |= NOTE_SPURIOUS_RETRANSMISSION;
        return;
    }
    if (!back)
        return;
    if (to->duplicates >= 2 && to->acknowledged == segment->sequence && time - to->acknowledged_time < FAST) {
        findings->notes |= NOTE_FAST_RETRANSMISSION;
        return;
    }
    if (time - from->next_time < (first_round_trip > 0 ? first_round_trip : REORDERED) &&
        from->next != end + (ends_or_begins(segment) ? 1 : 0)) {
        findings->notes |= NOTE_OUT_OF_ORDER;
        return;
    }
    findings->notes |= NOTE_RETRANSMISSION;
    bool oldest = from->waiting_count > 0;
    findings->repeats = oldest ? from->waiting[0].packet : from->next_packet;
    findings->repeat_time = time - (oldest ? from->waiting[0].time : from->next_time);
}

static uint32_t remember_segment(struct tcp_side *from, const struct tcp_segment *segment, uint32_t packet,
    int64_t time)
{
    uint32_t next = segment->sequence + segment->length;
    if ((segment->length == 0 && !ends_or_begins(segment)) || from->waiting_count >= MOST_WAITING)
        return next;
    if (ends_or_begins(segment))
        next++;
    if (from->waiting_count == from->waiting_room) {
        from->waiting_room = (uint16_t)(from->waiting_room * 2 + 4);
        from->waiting = mem_grow(from->waiting, from->waiting_room, sizeof *from->waiting);
    }
    from->waiting[from->waiting_count++] = (struct unacknowledged){ packet, segment->sequence, next, time };
    return next;
}

static void remember(struct tcp_side *from, const struct tcp_segment *segment, uint32_t packet, int64_t time,
                     uint32_t notes)
{
    uint32_t next = remember_segment(from, segment, packet, time);
    bool probe = notes & NOTE_ZERO_WINDOW_PROBE;
    if ((!from->next_known || after(next, from->next)) && !probe) {
        from->next = next;
        from->next_known = true;
        from->next_packet = packet;
        from->next_time = time;
    }
    if ((!from->contiguous_known || segment->sequence == from->contiguous) && !probe) {
        from->contiguous = from->next;
        from->contiguous_known = true;
    }
    from->window = segment->window;
    from->window_of_syn = segment->flags & TCP_SYN;
    from->acknowledged = segment->acknowledgement;
    from->acknowledged_time = time;
    from->notes = notes;
}

/* Forgets what is acknowledged now; the oldest segment that ends just there gives the round trip. */
static void acknowledge(struct tcp_side *to, uint32_t acknowledgement, int64_t time, struct tcp_findings *findings)
{
    uint16_t kept = 0;
    bool found = false;
    for (size_t i = 0; i < to->waiting_count; i++) {
        struct unacknowledged *segment = &to->waiting[i];
        if (acknowledgement == segment->next) {
            if (!found) {
                findings->acknowledges = segment->packet;
                findings->round_trip = time - segment->time;
                findings->anything = found = true;
            }
            continue;
        }
        if (!after(segment->next, acknowledgement))
            continue;
        if (after(acknowledgement, segment->sequence))
            segment->sequence = acknowledgement;
        to->waiting[kept++] = *segment;
    }
    to->waiting_count = kept;
}

static void count_in_flight(struct tcp_side *from, const struct tcp_side *to, const struct tcp_segment *segment,
                            struct tcp_findings *findings)
{
    if (segment->length == 0 || from->waiting_count == 0 || !from->in_flight_valid)
        return;
    uint32_t first = UINT32_MAX, last = 0;
    for (size_t i = 0; i < from->waiting_count; i++) {
        uint32_t start = from->waiting[i].sequence - from->base, end = from->waiting[i].next - from->base;
        first = start < first ? start : first;
        last = end > last ? end : last;
    }
    uint32_t bytes = last - first - to->sacked;
    if (bytes == 0 || bytes >= 2000000000)
        return;
    findings->in_flight = bytes - (ends_or_begins(segment) ? 1 : 0);
    bool push = segment->flags & TCP_PUSH;
    from->push_bytes = from->pushed ? segment->length : from->push_bytes + segment->length;
    from->pushed = push;
    findings->push_known = findings->anything = true;
    findings->push_bytes = from->push_bytes;
}

void tcp_analyse(struct tcp_side *from, struct tcp_side *to, const struct tcp_segment *segment, uint32_t packet,
                 int64_t time, int64_t first_round_trip, struct tcp_findings *findings)
{
    *findings = (struct tcp_findings){ .notes = 0 };
    learn_bases(from, to, segment);
    if (segment->length == 1 && from->next_known && segment->sequence == from->next && to->window == 0)
        findings->notes |= NOTE_ZERO_WINDOW_PROBE;
    else {
        judge_window(from, to, segment, findings);
        judge_repetition(from, to, segment, findings);
    }
    judge_acknowledgement(from, to, segment, packet, findings);
    judge_order(from, to, segment, time, first_round_trip, findings);
    remember(from, segment, packet, time, findings->notes);
    if (to->waiting_count > 0)
        acknowledge(to, segment->acknowledgement, time, findings);
    count_in_flight(from, to, segment, findings);
    findings->anything |= findings->notes != 0;
}

/* --- fields ------------------------------------------------------------------------ */

static const struct {
    uint32_t note;
    unsigned row;
} note_rows[] = {
    { NOTE_REUSED_PORTS, TCP_REUSED_PORTS },
    { NOTE_RETRANSMISSION, TCP_RETRANSMISSION },
    { NOTE_FAST_RETRANSMISSION, TCP_FAST_RETRANSMISSION },
    { NOTE_FAST_RETRANSMISSION, TCP_RETRANSMISSION },
    { NOTE_SPURIOUS_RETRANSMISSION, TCP_SPURIOUS_RETRANSMISSION },
    { NOTE_SPURIOUS_RETRANSMISSION, TCP_RETRANSMISSION },
    { NOTE_OUT_OF_ORDER, TCP_OUT_OF_ORDER },
    { NOTE_LOST_SEGMENT, TCP_LOST_SEGMENT },
    { NOTE_ACK_LOST_SEGMENT, TCP_ACK_LOST_SEGMENT },
    { NOTE_WINDOW_UPDATE, TCP_WINDOW_UPDATE },
    { NOTE_WINDOW_FULL, TCP_WINDOW_FULL },
    { NOTE_KEEP_ALIVE, TCP_KEEP_ALIVE },
    { NOTE_KEEP_ALIVE_ACK, TCP_KEEP_ALIVE_ACK },
    { NOTE_DUPLICATE_ACK, TCP_DUPLICATE_ACK },
    { NOTE_ZERO_WINDOW_PROBE, TCP_ZERO_WINDOW_PROBE },
    { NOTE_ZERO_WINDOW, TCP_ZERO_WINDOW },
    { NOTE_ZERO_WINDOW_PROBE_ACK, TCP_ZERO_WINDOW_PROBE_ACK },
};

static void note_fields(struct packet *packet, struct slice slice, const struct tcp_findings *findings)
{
    if (findings->notes == 0)
        return;
    field_number(packet, TCP_ANALYSIS_FLAGS, slice, 0, 0, 1);
    for (size_t i = 0; i < sizeof note_rows / sizeof note_rows[0]; i++) {
        if (!(findings->notes & note_rows[i].note))
            continue;
        field_number(packet, note_rows[i].row, slice, 0, 0, 1);
        if (note_rows[i].note == NOTE_RETRANSMISSION && findings->repeats != 0) {
            field_time(packet, TCP_RTO, slice, 0, 0, findings->repeat_time);
            field_number(packet, TCP_RTO_FRAME, slice, 0, 0, findings->repeats);
        }
    }
}

void tcp_analysis_fields(struct packet *packet, struct slice slice, const struct tcp_findings *findings,
                         int64_t first_round_trip)
{
    if (!findings->anything)
        return;
    field_number(packet, TCP_ANALYSIS, slice, 0, 0, 1);
    if (findings->acknowledges != 0) {
        field_number(packet, TCP_ACKS_FRAME, slice, 0, 0, findings->acknowledges);
        field_time(packet, TCP_ACK_RTT, slice, 0, 0, findings->round_trip);
    }
    if (first_round_trip != 0)
        field_time(packet, TCP_INITIAL_RTT, slice, 0, 0, first_round_trip);
    if (findings->in_flight > 0)
        field_number(packet, TCP_IN_FLIGHT, slice, 0, 0, findings->in_flight);
    if (findings->push_known)
        field_number(packet, TCP_PUSH_BYTES, slice, 0, 0, findings->push_bytes);
    note_fields(packet, slice, findings);
    if (findings->duplicate_number > 0) {
        field_number(packet, TCP_DUPLICATE_ACK_NUMBER, slice, 0, 0, findings->duplicate_number);
        field_number(packet, TCP_DUPLICATE_ACK_FRAME, slice, 0, 0, findings->duplicate_of);
        /* Wireshark has it twice: as a field, and as an expert's remark of the same name. */
        field_number(packet, TCP_DUPLICATE_ACK, slice, 0, 0, 1);
    }
}
