/*
 * tcp.c - the Transmission Control Protocol (RFC 9293): a stream of bytes
 * between two programs, complete and in order, over a network that promises
 * neither.
 *
 * The decoder reads the header, compares it with the connection's past
 * (tcp_analysis.c), and gives the bytes to the reassembly (stream.c), which
 * hands them on to the application's decoder (tcp_connection.c).
 */
#include "visualizer/tcp.h"

#include <stdio.h>
#include <string.h>

#include "visualizer/application.h"
#include "visualizer/checksum.h"
#include "visualizer/flow.h"
#include "visualizer/ip.h"
#include "visualizer/protocols.h"
#include "visualizer/tcp_connection.h"

/* The segment being decoded, and what is known of its connection. */
struct work {
    struct slice slice;
    struct slice options, payload;
    size_t header;
    struct tcp_segment segment;
    struct tcp_options said;
    struct flow *flow;
    struct tcp_connection *connection;  /* NULL for a packet without a past */
    int side;
    int64_t since_first, since_last;
    unsigned completeness;              /* before this packet */
    struct tcp_findings findings;
};

static uint32_t relative(const struct work *work, bool own, uint32_t number)
{
    if (work->connection == NULL)
        return number;
    const struct tcp_side *side = &work->connection->sides[own ? work->side : !work->side];
    return side->base_known ? number - side->base : number;
}

/* A SYN that does not continue the connection begins a new one with the same ports. */
static bool begins_anew(const struct work *work)
{
    const struct tcp_connection *connection = work->connection;
    const struct tcp_side *side = &connection->sides[work->side];
    if ((work->segment.flags & (TCP_SYN | TCP_ACK)) != TCP_SYN || !side->base_known)
        return false;
    return work->segment.sequence != side->base;
}

static void start_connection(struct packet *packet, struct work *work)
{
    work->flow->tcp = work->connection = tcp_connection_new(packet, work->flow);
    bool syn = work->segment.flags & TCP_SYN, ack = work->segment.flags & TCP_ACK;
    int client = work->side;
    if (syn)
        client = ack ? !work->side : work->side;
    else if (application_by_port(packet->from_port, false) != NULL)
        client = !work->side;
    else if (application_by_port(packet->to_port, false) == NULL && packet->from_port < packet->to_port)
        client = !work->side;
    tcp_connection_client(work->connection, packet, client);
    work->connection->stream.opening_seen = syn && !ack;
}

static void find_connection(struct packet *packet, struct work *work)
{
    bool backward;
    work->flow = flow_of(packet, IP_TCP, &backward);
    work->side = backward;
    work->connection = work->flow->tcp;
    if (work->connection != NULL && begins_anew(work)) {
        work->flow = flow_replace(packet, work->flow);
        work->connection = NULL;
    }
    if (work->connection == NULL)
        start_connection(packet, work);
    work->since_first = packet->time - work->flow->first_time;
    work->since_last = packet->time - work->flow->last_time;
    work->flow->last_time = packet->time;
}

static void learn_scale(struct work *work)
{
    struct tcp_side *from = &work->connection->sides[work->side], *to = &work->connection->sides[!work->side];
    if (!(work->segment.flags & TCP_SYN))
        return;
    if (work->said.scale >= 0)
        from->scale = (int8_t)(work->said.scale > 14 ? 14 : work->said.scale);
    /* Both must offer it, or nobody scales (RFC 7323 §2.2). */
    if (from->scale == SCALE_UNKNOWN)
        from->scale = to->scale = SCALE_NONE;
    else if ((work->segment.flags & TCP_ACK) && to->scale == SCALE_NONE)
        from->scale = SCALE_NONE;
}

static void note_round_trip(struct packet *packet, struct tcp_connection *connection, uint16_t flags)
{
    if ((flags & (TCP_SYN | TCP_ACK)) == TCP_SYN)
        connection->syn_time = packet->time;
    else if ((flags & (TCP_SYN | TCP_ACK)) == TCP_ACK && connection->first_round_trip == 0 &&
             connection->syn_time != 0)
        connection->first_round_trip = packet->time - connection->syn_time;
}

/* What the connection has seen; of its first packet only a SYN counts. */
static void note_progress(struct work *work)
{
    struct tcp_connection *connection = work->connection;
    uint16_t flags = work->segment.flags;
    bool first = work->flow->packets == 1, syn = (flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
    work->completeness = connection->completeness;
    if (first && !syn)
        return;
    if (flags & TCP_SYN)
        connection->completeness |= syn ? COMPLETE_SYN : COMPLETE_SYN_ACK;
    else if ((flags & TCP_ACK) && work->segment.length == 0)
        connection->completeness |= COMPLETE_ACK;
    if (work->segment.length > 0)
        connection->completeness |= COMPLETE_DATA;
    if (flags & TCP_FIN)
        connection->completeness |= COMPLETE_FIN;
    if (flags & TCP_RST)
        connection->completeness |= COMPLETE_RST;
    if (first && work->flow->reused)
        work->completeness = connection->completeness;
}

static void analyse(struct packet *packet, struct work *work)
{
    struct tcp_connection *connection = work->connection;
    struct tcp_side *from = &connection->sides[work->side], *to = &connection->sides[!work->side];
    bool reused = work->flow->packets == 1 && work->flow->reused;
    note_round_trip(packet, connection, work->segment.flags);
    note_progress(work);
    /* The answer to a SYN that looked like a repetition begins elsewhere: it was a new connection after all. */
    if ((work->segment.flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK) && from->base_known &&
        from->base != work->segment.sequence) {
        from->base = work->segment.sequence;
        reused = true;
    }
    tcp_analyse(from, to, &work->segment, packet->number, packet->time, connection->first_round_trip,
                &work->findings);
    if (reused) {
        work->findings.notes |= NOTE_REUSED_PORTS;
        work->findings.anything = true;
    }
    from->sacked = 0;
    for (unsigned i = 0; i < work->said.sack_count; i++)
        from->sacked += work->said.sack_right[i] - work->said.sack_left[i];
    connection->said_end[work->side] |= (work->segment.flags & (TCP_FIN | TCP_RST)) != 0;
    if (connection->said_end[0] && connection->said_end[1]) {
        tcp_side_trim(from);
        tcp_side_trim(to);
    }
    learn_scale(work);
}

/* --- fields ------------------------------------------------------------------------- */

static const struct {
    uint16_t flag;
    unsigned row;
    char letter;
} flag_rows[] = {
    { TCP_AE, TCP_FLAG_AE, 'N' },    { TCP_CWR, TCP_FLAG_CWR, 'C' },     { TCP_ECE, TCP_FLAG_ECE, 'E' },
    { TCP_URG, TCP_FLAG_URG, 'U' },  { TCP_ACK, TCP_FLAG_ACK, 'A' },     { TCP_PUSH, TCP_FLAG_PUSH, 'P' },
    { TCP_RST, TCP_FLAG_RESET, 'R' }, { TCP_SYN, TCP_FLAG_SYN, 'S' },    { TCP_FIN, TCP_FLAG_FIN, 'F' },
};

static void flag_fields(struct packet *packet, struct slice slice, uint16_t flags)
{
    struct buf text;
    buf_init(&text, 64);
    field_number(packet, TCP_FLAGS, slice, 12, 2, flags);
    field_number(packet, TCP_FLAG_RESERVED, slice, 12, 1, (flags & 0xe00) != 0);
    for (int bit = 0; bit < 3; bit++)
        buf_add_text(&text, flags & (0x800 >> bit) ? "R" : "·");
    for (size_t i = 0; i < sizeof flag_rows / sizeof flag_rows[0]; i++) {
        field_number(packet, flag_rows[i].row, slice, flag_rows[i].flag > 0xff ? 12 : 13, 1,
                     (flags & flag_rows[i].flag) != 0);
        if (flags & flag_rows[i].flag)
            buf_add(&text, &flag_rows[i].letter, 1);
        else
            buf_add_text(&text, "·");
    }
    field_text(packet, TCP_FLAG_TEXT, slice, 12, 2, buf_span(&text));
    buf_free(&text);
}

static bool flags_wanted(const struct packet *packet)
{
    for (unsigned row = TCP_FLAGS; row <= TCP_FLAG_TEXT; row++)
        if (field_wanted(packet, row))
            return true;
    return false;
}

static void window_fields(struct packet *packet, const struct work *work)
{
    struct slice slice = work->slice;
    const struct tcp_segment *segment = &work->segment;
    int scale = work->connection != NULL ? work->connection->sides[work->side].scale : SCALE_UNKNOWN;
    bool scaled = scale >= 0 && !(segment->flags & TCP_SYN);
    field_number(packet, TCP_WINDOW, slice, 14, 2, segment->window);
    field_number(packet, TCP_WINDOW_SIZE, slice, 14, 2, (uint32_t)segment->window << (scaled ? scale : 0));
    if (!(segment->flags & TCP_SYN) && work->connection != NULL)
        field_time(packet, TCP_WINDOW_SCALE, slice, 14, 2, scale >= 0 ? 1 << scale : scale);
}

static void port_fields(struct packet *packet, struct slice slice)
{
    field_number(packet, TCP_SRCPORT, slice, 0, 2, get_u16(slice, 0));
    field_number(packet, TCP_DSTPORT, slice, 2, 2, get_u16(slice, 2));
    field_number(packet, TCP_PORT, slice, 0, 2, get_u16(slice, 0));
    field_number(packet, TCP_PORT, slice, 2, 2, get_u16(slice, 2));
}

static void number_fields(struct packet *packet, const struct work *work)
{
    struct slice slice = work->slice;
    const struct tcp_segment *segment = &work->segment;
    uint32_t sequence = relative(work, true, segment->sequence);
    uint32_t acknowledgement = segment->flags & TCP_ACK ? relative(work, false, segment->acknowledgement)
                                                        : segment->acknowledgement;
    if (work->connection != NULL) {
        field_number(packet, TCP_STREAM, slice, 0, 0, work->flow->number);
        field_number(packet, TCP_COMPLETENESS, slice, 0, 0, work->completeness);
    }
    field_number(packet, TCP_LENGTH, slice, 12, 1, segment->length);
    field_number(packet, TCP_SEQUENCE, slice, 4, 4, sequence);
    field_number(packet, TCP_SEQUENCE_RAW, slice, 4, 4, segment->sequence);
    uint32_t ends = (segment->flags & (TCP_SYN | TCP_FIN)) != 0;
    field_number(packet, TCP_NEXT, slice, 0, 0, sequence + segment->length + ends);
    field_number(packet, TCP_ACKNOWLEDGEMENT, slice, 8, 4, acknowledgement);
    field_number(packet, TCP_ACKNOWLEDGEMENT_RAW, slice, 8, 4, segment->acknowledgement);
    field_number(packet, TCP_HEADER_LENGTH, slice, 12, 1, work->header);
}

static void connection_fields(struct packet *packet, const struct work *work)
{
    struct slice slice = work->slice;
    uint16_t flags = work->segment.flags;
    if (flags & TCP_SYN)
        field_number(packet, flags & TCP_ACK ? TCP_CONNECTION_SYNACK : TCP_CONNECTION_SYN, slice, 0, 0, 1);
    if (flags & TCP_FIN) {
        field_number(packet, TCP_CONNECTION_FIN, slice, 0, 0, 1);
        bool second = work->completeness & COMPLETE_FIN;
        field_number(packet, second ? TCP_CONNECTION_FIN_PASSIVE : TCP_CONNECTION_FIN_ACTIVE, slice, 0, 0, 1);
    }
    if (flags & TCP_RST)
        field_number(packet, TCP_CONNECTION_RST, slice, 0, 0, 1);
    if (work->connection == NULL)
        return;
    field_time(packet, TCP_TIME_RELATIVE, slice, 0, 0, work->since_first);
    field_time(packet, TCP_TIME_DELTA, slice, 0, 0, work->since_last);
    tcp_analysis_fields(packet, slice, &work->findings, work->connection->first_round_trip);
}

/* Their fields are wanted, or whether they are well formed. */
static bool options_matter(const struct packet *packet)
{
    const struct wants *wants = packet->wants;
    return !wants->values_only || wants->stack ||
           memchr(packet->want + TCP_OPTIONS, 1, TCP_OPTION_UNKNOWN + 1 - TCP_OPTIONS) != NULL;
}

static void header_fields(struct packet *packet, const struct work *work)
{
    struct slice slice = work->slice;
    port_fields(packet, slice);
    number_fields(packet, work);
    if (flags_wanted(packet))
        flag_fields(packet, slice, work->segment.flags);
    window_fields(packet, work);
    field_number(packet, TCP_CHECKSUM, slice, 16, 2, get_u16(slice, 16));
    if (field_wanted(packet, TCP_CHECKSUM_STATUS))
        field_number(packet, TCP_CHECKSUM_STATUS, slice, 16, 2,
                     checksum_with_addresses(packet, IP_TCP, slice));
    field_number(packet, TCP_URGENT, slice, 18, 2, get_u16(slice, 18));
    if (work->options.len > 0 && options_matter(packet)) {
        uint32_t base = work->connection != NULL ? work->connection->sides[!work->side].base : 0;
        tcp_options_fields(packet, work->options, work->segment.flags, work->segment.acknowledgement, base);
    }
    connection_fields(packet, work);
    if (work->payload.len > 0)
        field_bytes(packet, TCP_PAYLOAD, work->payload, 0, work->payload.len);
}

static void flags_summary(struct packet *packet, uint16_t flags)
{
    static const struct {
        uint16_t flag;
        const char *name;
    } names[] = {
        { TCP_FIN, "FIN" }, { TCP_SYN, "SYN" }, { TCP_RST, "RST" }, { TCP_PUSH, "PSH" }, { TCP_ACK, "ACK" },
        { TCP_URG, "URG" }, { TCP_ECE, "ECE" }, { TCP_CWR, "CWR" },
    };
    const char *between = "";
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (flags & names[i].flag) {
            packet_info_add(packet, "%s%s", between, names[i].name);
            between = ", ";
        }
}

static const struct {
    uint32_t note;
    const char *text;
} note_texts[] = {
    { NOTE_RETRANSMISSION, "[retransmission] " }, { NOTE_FAST_RETRANSMISSION, "[fast retransmission] " },
    { NOTE_SPURIOUS_RETRANSMISSION, "[spurious retransmission] " }, { NOTE_OUT_OF_ORDER, "[out of order] " },
    { NOTE_REUSED_PORTS, "[ports used again] " }, { NOTE_LOST_SEGMENT, "[previous segment missing] " },
    { NOTE_ACK_LOST_SEGMENT, "[acknowledges the unseen] " }, { NOTE_WINDOW_UPDATE, "[window update] " },
    { NOTE_WINDOW_FULL, "[window full] " }, { NOTE_KEEP_ALIVE, "[keep-alive] " },
    { NOTE_KEEP_ALIVE_ACK, "[keep-alive answer] " }, { NOTE_DUPLICATE_ACK, "[duplicate acknowledgement] " },
    { NOTE_ZERO_WINDOW_PROBE, "[zero window probe] " }, { NOTE_ZERO_WINDOW, "[zero window] " },
    { NOTE_ZERO_WINDOW_PROBE_ACK, "[zero window probe answer] " },
};

static void summary(struct packet *packet, const struct work *work)
{
    const struct tcp_segment *segment = &work->segment;
    packet_info(packet, "%s", "");
    for (size_t i = 0; i < sizeof note_texts / sizeof note_texts[0]; i++)
        if (work->findings.notes & note_texts[i].note)
            packet_info_add(packet, "%s", note_texts[i].text);
    packet_info_add(packet, "%u → %u [", get_u16(work->slice, 0), get_u16(work->slice, 2));
    flags_summary(packet, segment->flags);
    packet_info_add(packet, "] Seq=%u", relative(work, true, segment->sequence));
    if (segment->flags & TCP_ACK)
        packet_info_add(packet, " Ack=%u", relative(work, false, segment->acknowledgement));
    packet_info_add(packet, " Win=%u Len=%u", segment->window, segment->length);
}

void tcp_pdu(struct packet *packet, struct slice slice)
{
    const struct layer *layer = packet_layer(packet, PROTOCOL_TCP);
    if (layer == NULL)
        return;
    size_t current = packet->current;
    packet_select(packet, (size_t)(layer - packet->layers));
    field_number(packet, TCP_PDU_SIZE, slice, 0, slice.len, slice.len);
    packet_select(packet, current);
}

/* --- the segment -------------------------------------------------------------------- */

static void tell_engine(struct packet *packet, const struct work *work)
{
    const struct tcp_segment *segment = &work->segment;
    struct tcp_detail *detail = packet_memory(packet, sizeof *detail);
    *detail = (struct tcp_detail){
        .stream = work->flow->number, .flags = segment->flags, .window = segment->window,
        .sequence = relative(work, true, segment->sequence),
        .acknowledgement = segment->flags & TCP_ACK ? relative(work, false, segment->acknowledgement) : 0,
        .length = segment->length, .notes = work->findings.notes, .acknowledges = work->findings.acknowledges,
        .direction = work->side == work->connection->client ? FROM_CLIENT : FROM_SERVER,
        .opening = work->flow->packets == 1,
    };
    struct layer *layer = &packet->layers[packet->current];
    layer->detail = detail;
    layer->stream = &work->connection->stream;
}

/* What a segment brings to its connection's stream. */
struct contribution {
    struct tcp_connection *connection;
    struct tcp_segment segment;
    struct slice payload;
    uint32_t notes;
    uint16_t layer;         /* TCP's in the packet */
    uint8_t side, nesting;
};

static void hand_on(struct packet *packet, const void *what)
{
    static const uint32_t repeated = NOTE_RETRANSMISSION | NOTE_SPURIOUS_RETRANSMISSION | NOTE_OUT_OF_ORDER;
    const struct contribution *brought = what;
    const struct tcp_segment *segment = &brought->segment;
    struct tcp_connection *connection = brought->connection;
    struct reassembly *reassembly = &connection->reassembly[brought->side];
    packet_select(packet, brought->layer);
    packet->nesting = brought->nesting;
    if (!reassembly->started && (segment->flags & TCP_SYN))
        reassembly_start(reassembly, segment->sequence + 1);
    if (segment->flags & TCP_ACK)
        tcp_connection_acknowledged(connection, packet, !brought->side, segment->acknowledgement);
    bool end = segment->flags & (TCP_FIN | TCP_RST);
    if (segment->length == 0 && !end)
        return;
    /* A reset's bytes are a reason for people, not part of the stream (RFC 9293 §3.10.7.3). */
    struct slice bytes = brought->payload;
    if (segment->flags & TCP_RST)
        bytes.len = bytes.wire = 0;
    uint32_t sequence = segment->sequence + (segment->flags & TCP_SYN ? 1 : 0);
    unsigned notes = tcp_connection_data(connection, packet, brought->side, sequence, bytes, end);
    if (connection->stream.application == NULL && bytes.len > 0 && !(brought->notes & repeated))
        packet_decode(packet, PROTOCOL_DATA, bytes);
    if (!(notes & REASSEMBLY_OVERLAP))
        return;
    packet_select(packet, brought->layer);
    field_number(packet, TCP_OVERLAP, bytes, 0, 0, 1);
    if (notes & REASSEMBLY_CONFLICT)
        field_number(packet, TCP_OVERLAP_CONFLICT, bytes, 0, 0, 1);
}

/* At once, or in the second step. */
static void contribute(struct packet *packet, const struct work *work)
{
    const struct contribution brought = {
        .connection = work->connection, .segment = work->segment, .payload = work->payload,
        .notes = work->findings.notes, .layer = packet->current, .side = (uint8_t)work->side,
        .nesting = (uint8_t)packet->nesting,
    };
    if (packet->in_two_steps) {
        packet->rest = hand_on;
        packet->what = memcpy(packet_memory(packet, sizeof brought), &brought, sizeof brought);
    } else
        hand_on(packet, &brought);
}

static bool read_header(struct packet *packet, struct slice slice, struct work *work)
{
    work->slice = slice;
    work->header = (size_t)(get_u8(slice, 12) >> 4) * 4;
    if (work->header < 20 || work->header > slice.wire) {
        packet_malformed(packet, work->header < 20 ? N_("The TCP header claims less than 20 bytes.")
                                                   : N_("The TCP header claims more bytes than there are."));
        return false;
    }
    work->payload = slice_from(slice, work->header);
    work->options = slice_part(slice, 20, work->header - 20);
    work->segment = (struct tcp_segment){
        .sequence = get_u32(slice, 4), .acknowledgement = get_u32(slice, 8), .length = work->payload.wire,
        .flags = get_u16(slice, 12) & 0xfff, .window = get_u16(slice, 14),
    };
    tcp_options_read(work->options, &work->said);
    packet_header(packet, work->header);
    return true;
}

static void decode(struct packet *packet, struct slice slice)
{
    struct work work = { .flow = NULL };
    packet_push(packet, PROTOCOL_TCP, slice, 20);
    /* What an ICMP error quotes is often no more than the ports. */
    if (packet->quoted > 0 && slice.len >= 8 && slice.len < 20) {
        port_fields(packet, slice);
        field_number(packet, TCP_SEQUENCE, slice, 4, 4, get_u32(slice, 4));
    }
    if (!packet_need(packet, slice, 20) || !read_header(packet, slice, &work))
        return;
    if (packet->quoted == 0) {
        packet->from_port = get_u16(slice, 0);
        packet->to_port = get_u16(slice, 2);
    }
    if (packet->pass != NULL && packet->quoted == 0) {
        find_connection(packet, &work);
        if (packet->passes_on == 0)
            analyse(packet, &work);
        else
            work.completeness = work.connection->completeness;
        tell_engine(packet, &work);
    }
    if (!packet->wants->layers_only)
        header_fields(packet, &work);
    if (packet->wants->info)
        summary(packet, &work);
    if (work.connection != NULL && packet->passes_on == 0)
        contribute(packet, &work);
    else if (work.connection == NULL)
        packet_decode(packet, PROTOCOL_DATA, work.payload);
}

const struct protocol tcp_protocol = {
    .name = "TCP", .title = N_("Transmission Control Protocol"), .filter = "tcp", .osi = 4,
    .tcpip = TCPIP_TRANSPORT, .rows = tcp_rows, .row_count = TCP_FIELDS, .decode = decode,
};
