#include "visualizer/dns.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "visualizer/flow.h"
#include "visualizer/protocols.h"
#include "visualizer/tcp.h"

enum { HEADER = 12, MULTICAST_PORT = 5353 };

/* Questions of a flow that may still be answered. */
enum { QUERIES_KEPT = 64 };

/* The same question later than this is a new one. */
static const int64_t PATIENCE = 5000000000;

struct query {
    uint32_t packet;
    uint16_t id;
    bool answered;
    int64_t time;
};

struct queries {
    struct query kept[QUERIES_KEPT];
    size_t count;
};

/* The message being read. */
struct work {
    struct packet *packet;
    struct slice message;
    size_t at;
    bool multicast;
    struct dns_detail *detail;
    struct dns_answer *answers;
};

const char *dns_type_name(struct packet *packet, uint16_t type)
{
    for (const struct field_label *label = dns_type_labels; label->text != NULL; label++)
        if (label->value == type)
            return label->text;
    return packet_text(packet, "TYPE%u", type);
}

static void flag_fields(struct packet *packet, struct slice message, uint16_t flags)
{
    bool response = flags >> 15;
    field_number(packet, DNS_FLAGS, message, 2, 2, flags);
    field_number(packet, DNS_RESPONSE, message, 2, 2, response);
    field_number(packet, DNS_OPCODE, message, 2, 2, flags >> 11 & 15);
    if (response)
        field_number(packet, DNS_AUTHORITATIVE, message, 2, 2, flags >> 10 & 1);
    field_number(packet, DNS_TRUNCATED, message, 2, 2, flags >> 9 & 1);
    field_number(packet, DNS_RECURSION_DESIRED, message, 2, 2, flags >> 8 & 1);
    if (response)
        field_number(packet, DNS_RECURSION_AVAILABLE, message, 2, 2, flags >> 7 & 1);
    field_number(packet, DNS_Z, message, 2, 2, flags >> 6 & 1);
    /* In a query it asks for the bit in the answer (RFC 6840 §5.7). */
    if (response || (flags >> 5 & 1))
        field_number(packet, DNS_AUTHENTICATED, message, 2, 2, flags >> 5 & 1);
    field_number(packet, DNS_CHECK_DISABLED, message, 2, 2, flags >> 4 & 1);
    if (response)
        field_number(packet, DNS_RCODE, message, 2, 2, flags & 15);
}

static bool question(struct work *work)
{
    struct packet *packet = work->packet;
    struct dns_name name;
    size_t start = work->at;
    size_t at = dns_name_field(packet, DNS_QUERY_NAME, work->message, start, &name);
    if (name.taken == 0 || !packet_need(packet, work->message, at + 4))
        return false;
    uint16_t type = get_u16(work->message, at), class = get_u16(work->message, at + 2);
    field_number(packet, DNS_QUERY_NAME_LENGTH, work->message, start, name.taken, name.text.len);
    field_number(packet, DNS_QUERY_LABELS, work->message, start, name.taken, name.labels);
    field_number(packet, DNS_QUERY_TYPE, work->message, at, 2, type);
    field_number(packet, DNS_QUERY_CLASS, work->message, at + 2, 2, work->multicast ? class & 0x7fff : class);
    if (work->multicast)
        field_number(packet, DNS_QUERY_UNICAST, work->message, at + 2, 2, class >> 15);
    packet_info_add(packet, " %s %.*s", dns_type_name(packet, type), (int)name.text.len, name.text.at);
    if (work->detail->name == NULL) {
        work->detail->name = name.text.at;
        work->detail->type = type;
    }
    work->at = at + 4;
    return true;
}

/* The pseudo record of the extensions (RFC 6891 §6.1.2). */
static void extension_fields(struct packet *packet, struct slice message, size_t at)
{
    uint16_t flags = get_u16(message, at + 6);
    field_number(packet, DNS_PAYLOAD_SIZE, message, at + 2, 2, get_u16(message, at + 2));
    field_number(packet, DNS_EXTENDED_RCODE, message, at + 4, 1, get_u8(message, at + 4));
    field_number(packet, DNS_EDNS_VERSION, message, at + 5, 1, get_u8(message, at + 5));
    field_number(packet, DNS_OPT_Z, message, at + 6, 2, flags);
    field_number(packet, DNS_OPT_DO, message, at + 6, 2, flags >> 15);
    field_number(packet, DNS_OPT_RESERVED, message, at + 6, 2, flags & 0x7fff);
    field_number(packet, DNS_DATA_LENGTH, message, at + 8, 2, get_u16(message, at + 8));
}

/* "_imap._tcp.example.org": the record's name tells what it is about (RFC 2782). */
static void service_fields(struct packet *packet, struct slice message, size_t at, const struct dns_name *name)
{
    const char *text = name->text.at, *end = text + name->text.len;
    const char *first = memchr(text, '.', name->text.len);
    if (text[0] != '_' || first == NULL || first + 1 == end || first[1] != '_')
        return;
    const char *second = memchr(first + 1, '.', (size_t)(end - first - 1));
    if (second == NULL)
        second = end;
    field_text(packet, DNS_SRV_SERVICE, message, at, name->taken, (struct span){ text, (size_t)(first - text) });
    field_text(packet, DNS_SRV_PROTOCOL, message, at, name->taken,
               (struct span){ first + 1, (size_t)(second - first - 1) });
    if (second < end)
        field_text(packet, DNS_SRV_NAME, message, at, name->taken,
                   (struct span){ second + 1, (size_t)(end - second - 1) });
}

static void record_fields(struct work *work, size_t at)
{
    struct packet *packet = work->packet;
    uint16_t class = get_u16(work->message, at + 2);
    field_number(packet, DNS_RESPONSE_CLASS, work->message, at + 2, 2, work->multicast ? class & 0x7fff : class);
    if (work->multicast)
        field_number(packet, DNS_CACHE_FLUSH, work->message, at + 2, 2, class >> 15);
    field_number(packet, DNS_TTL, work->message, at + 4, 4, get_u32(work->message, at + 4));
    field_number(packet, DNS_DATA_LENGTH, work->message, at + 8, 2, get_u16(work->message, at + 8));
}

static struct dns_answer *note_answer(struct work *work, uint16_t type, uint8_t section, const struct dns_name *name)
{
    if (work->detail->answer_count == DNS_ANSWERS_NOTED)
        return packet_memory(work->packet, sizeof(struct dns_answer));
    struct dns_answer *answer = &work->answers[work->detail->answer_count++];
    *answer = (struct dns_answer){ .type = type, .section = section, .name = name->text.at, .value = "" };
    return answer;
}

static bool resource_record(struct work *work, uint8_t section)
{
    struct packet *packet = work->packet;
    struct dns_name name = dns_read_name(packet, work->message, work->at);
    size_t at = work->at + name.taken;
    if (name.taken == 0 || !packet_need(packet, work->message, at + 10))
        return false;
    uint16_t type = get_u16(work->message, at);
    size_t length = get_u16(work->message, at + 8);
    if (type == DNS_SRV)
        service_fields(packet, work->message, work->at, &name);
    if (type != DNS_SRV)
        field_text(packet, DNS_RESPONSE_NAME, work->message, work->at, name.taken, name.text);
    field_number(packet, DNS_RESPONSE_TYPE, work->message, at, 2, type);
    if (type == DNS_OPT) {
        extension_fields(packet, work->message, at);
        if (packet_need(packet, work->message, at + 10 + length))
            dns_option_record(packet, slice_part(work->message, at + 10, length));
        work->at = at + 10 + length;
        return work->at <= work->message.len;
    }
    record_fields(work, at);
    if (!packet_need(packet, work->message, at + 10 + length))
        return false;
    struct dns_answer *answer = note_answer(work, type, section, &name);
    dns_record(packet, work->message, at + 10, length, type, answer);
    if (section == 1)
        packet_info_add(packet, " %s %s", dns_type_name(packet, type), answer->value);
    work->at = at + 10 + length;
    return true;
}

/* false: the message is broken before its end. */
static bool read_sections(struct work *work)
{
    for (unsigned i = get_u16(work->message, 4); i > 0; i--)
        if (!question(work))
            return false;
    for (uint8_t section = 1; section <= 3; section++)
        for (unsigned i = get_u16(work->message, 4 + 2U * section); i > 0; i--)
            if (!resource_record(work, section))
                return false;
    return true;
}

/* --- which answer belongs to which question ------------------------------------------ */

static struct queries *queries_of(struct packet *packet)
{
    struct flow *flow = packet->flow;
    if (flow == NULL || packet->quoted > 0)
        return NULL;
    if (flow->memory == NULL) {
        flow->memory = mem_alloc(sizeof(struct queries));
        flow->release = free;
    }
    return flow->memory;
}

static struct query *find_query(struct queries *queries, uint16_t id)
{
    size_t kept = queries->count < QUERIES_KEPT ? queries->count : QUERIES_KEPT;
    for (size_t i = 0; i < kept; i++) {
        struct query *query = &queries->kept[(queries->count - 1 - i) % QUERIES_KEPT];
        if (query->id == id)
            return query;
    }
    return NULL;
}

static void match_query(struct packet *packet, struct slice message, struct queries *queries, uint16_t id)
{
    struct query *known = find_query(queries, id);
    if (known != NULL && !known->answered && packet->time - known->time < PATIENCE) {
        field_number(packet, DNS_RETRANSMISSION, message, 0, 0, 1);
        field_number(packet, DNS_RETRANSMITTED_IN, message, 0, 0, known->packet);
        return;
    }
    queries->kept[queries->count++ % QUERIES_KEPT] = (struct query){ packet->number, id, false, packet->time };
}

static void match(struct work *work)
{
    struct packet *packet = work->packet;
    struct queries *queries = queries_of(packet);
    if (queries == NULL || work->multicast)
        return;
    if (!work->detail->response) {
        match_query(packet, work->message, queries, work->detail->id);
        return;
    }
    struct query *query = find_query(queries, work->detail->id);
    if (query == NULL) {
        field_number(packet, DNS_UNSOLICITED, work->message, 0, 0, 1);
        return;
    }
    query->answered = true;
    work->detail->query = query->packet;
    work->detail->time = packet->time - query->time;
    field_number(packet, DNS_RESPONSE_TO, work->message, 0, 0, query->packet);
    field_time(packet, DNS_TIME, work->message, 0, 0, work->detail->time);
}

/* --- the message ----------------------------------------------------------------------- */

static void start_summary(struct packet *packet, uint16_t id, uint16_t flags)
{
    packet_info(packet, "%s 0x%04x", flags >> 15 ? "response" : "query", id);
    if (flags >> 15 && (flags & 15) != 0)
        for (const struct field_label *label = dns_code_labels; label->text != NULL; label++)
            if (label->value == (flags & 15U))
                packet_info_add(packet, " %s", label->text);
}

static void message(struct packet *packet, struct slice slice)
{
    struct work work = { packet, slice, HEADER,
        packet->from_port == MULTICAST_PORT || packet->to_port == MULTICAST_PORT,
                         packet_memory(packet, sizeof(struct dns_detail)), NULL };
    uint16_t id = get_u16(slice, 0), flags = get_u16(slice, 2);
    *work.detail = (struct dns_detail){ .response = flags >> 15, .id = id, .opcode = flags >> 11 & 15,
                                        .code = flags & 15, .truncated = flags >> 9 & 1 };
    work.answers = packet_memory(packet, DNS_ANSWERS_NOTED * sizeof *work.answers);
    work.detail->answers = work.answers;
    packet->layers[packet->current].detail = work.detail;
    start_summary(packet, id, flags);
    field_number(packet, DNS_ID, slice, 0, 2, id);
    flag_fields(packet, slice, flags);
    field_number(packet, DNS_COUNT_QUERIES, slice, 4, 2, get_u16(slice, 4));
    field_number(packet, DNS_COUNT_ANSWERS, slice, 6, 2, get_u16(slice, 6));
    field_number(packet, DNS_COUNT_AUTHORITIES, slice, 8, 2, get_u16(slice, 8));
    field_number(packet, DNS_COUNT_ADDITIONAL, slice, 10, 2, get_u16(slice, 10));
    if (read_sections(&work))
        match(&work);
}

static void decode(struct packet *packet, struct slice slice)
{
    packet_push(packet, PROTOCOL_DNS, slice, HEADER);
    packet_header(packet, slice.len);
    if (packet_need(packet, slice, HEADER))
        message(packet, slice);
}

/* --- over TCP ---------------------------------------------------------------------------- */

struct dns_stream {
    struct stream *stream;
    struct {
        struct buf bytes;       /* the beginning of a message that is not complete */
        uint32_t first_packet;
    } sides[2];
};

static void *open_stream(struct stream *stream)
{
    struct dns_stream *dns = mem_alloc(sizeof *dns);
    dns->stream = stream;
    for (int i = 0; i < 2; i++)
        buf_init(&dns->sides[i].bytes, 2 + UINT16_MAX);
    return dns;
}

static void close_stream(void *state)
{
    struct dns_stream *dns = state;
    for (int i = 0; i < 2; i++)
        buf_free(&dns->sides[i].bytes);
    free(dns);
}

static void stream_message(struct dns_stream *dns, struct packet *packet, struct slice slice, uint32_t first_packet)
{
    tcp_pdu(packet, slice);
    struct layer *layer = packet_push(packet, PROTOCOL_DNS, slice, slice.len);
    layer->stream = dns->stream;
    layer->first_packet = first_packet;
    field_number(packet, DNS_LENGTH, slice, 0, 2, get_u16(slice, 0));
    struct slice rest = slice_from(slice, 2);
    if (packet_need(packet, rest, HEADER))
        message(packet, rest);
}

/* A message that lies whole in the bytes is shown there; otherwise it is collected. */
static void stream_data(void *state, struct packet *packet, const struct stream_data *data)
{
    struct dns_stream *dns = state;
    struct buf *kept = &dns->sides[data->direction].bytes;
    struct slice bytes = data->bytes;
    while (bytes.len > 0) {
        if (kept->len == 0) {
            size_t size = 2 + (size_t)get_u16(bytes, 0);
            if (bytes.len >= 2 && bytes.len >= size) {
                stream_message(dns, packet, slice_part(bytes, 0, size), data->packet);
                bytes = slice_from(bytes, size);
                continue;
            }
            dns->sides[data->direction].first_packet = data->packet;
        }
        /* First the length, then what it says. */
        size_t size = 2;
        if (kept->len >= 2)
            size += (size_t)((uint8_t)kept->data[0] << 8 | (uint8_t)kept->data[1]);
        size_t take = size - kept->len < bytes.len ? size - kept->len : bytes.len;
        buf_add(kept, bytes.at, take);
        bytes = slice_from(bytes, take);
        if (kept->len == size && size > 2) {
            stream_message(dns, packet, packet_buffer(packet, BUFFER_STREAM, kept->data, kept->len, true),
                           dns->sides[data->direction].first_packet);
            buf_clear(kept);
        } else if (kept->len == 2 && kept->data[0] == 0 && kept->data[1] == 0)
            buf_clear(kept);
    }
}

static void stream_gap(void *state, struct packet *packet, enum direction direction, uint64_t length)
{
    struct dns_stream *dns = state;
    (void)packet;
    (void)length;
    buf_clear(&dns->sides[direction].bytes);
}

const struct stream_ops dns_stream_ops = {
    .name = "dns", .open = open_stream, .data = stream_data, .gap = stream_gap, .close = close_stream,
};

const struct protocol dns_protocol = {
    .name = "DNS", .title = N_("Domain Name System"), .filter = "dns", .osi = 7, .tcpip = TCPIP_APPLICATION,
    .rows = dns_rows, .row_count = DNS_FIELDS, .decode = decode,
};
