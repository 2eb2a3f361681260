/*
 * tls.c - cuts a stream into records, opens them if there are keys, and deals
 * with what they carry (RFC 8446 §5, RFC 5246 §6.2).
 *
 * A record that lies whole in the packet's bytes is shown there; one that came
 * in several segments is collected and given to the packet that completed it.
 * Handshake messages may be cut over records and records may hold several
 * messages; they are collected likewise, per direction.
 *
 * Bytes that are no records stop the direction, until after a gap something
 * that looks like a record begins a segment.
 */
#include "visualizer/tls.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "visualizer/application.h"
#include "visualizer/tls_fields.h"
#include "visualizer/tls_handshake.h"
#include "visualizer/tls_state.h"

enum {
    HEADER = 5,
    RECORD_MAX = 16384 + 2048,      /* RFC 5246 §6.2.3; TLS 1.3 allows less */
    MESSAGE_MAX = 1 << 18,          /* of a handshake message that is kept together */
};

struct side {
    struct tls_side keys;
    struct buf record;              /* the beginning of a record that is not complete */
    uint32_t record_packet;         /* where it began */
    struct buf handshake;           /* the beginning of a message that is not complete */
    uint64_t plain;                 /* bytes of application data so far */
    bool stopped;                   /* what comes is not TLS */
};

struct tls_reader {
    struct stream *stream;
    tls_plain *plain;
    void *context;
    struct tls_facts facts;
    struct side sides[2];
    bool opened, finished;          /* some plaintext was handed on; a handshake was completed */
};

struct tls_reader *tls_reader_new(struct stream *stream, tls_plain *plain, void *context)
{
    struct tls_reader *reader = mem_alloc(sizeof *reader);
    reader->stream = stream;
    reader->plain = plain;
    reader->context = context;
    for (int i = 0; i < 2; i++) {
        buf_init(&reader->sides[i].record, HEADER + RECORD_MAX);
        buf_init(&reader->sides[i].handshake, MESSAGE_MAX);
    }
    return reader;
}

void tls_reader_free(struct tls_reader *reader)
{
    if (!reader)
        return;
    for (int i = 0; i < 2; i++) {
        tls_side_free(&reader->sides[i].keys);
        buf_free(&reader->sides[i].record);
        buf_free(&reader->sides[i].handshake);
    }
    free(reader);
}

bool tls_reader_opened(const struct tls_reader *reader)
{
    return reader->opened;
}

/* --- what a record carries ----------------------------------------------------------- */

struct record {
    struct packet *packet;
    enum direction direction;
    struct slice whole;         /* header and payload */
    struct slice content;       /* what it carries, in the clear where it can be opened */
    struct tls_detail *detail;
    uint32_t packet_number;
};

static const char *arena_text(struct packet *packet, const char *text)
{
    return text[0] ? packet_text(packet, "%s", text) : NULL;
}

/* Fills what later faces want to know, once the record's own messages have been read. */
static void fill_detail(struct tls_reader *reader, const struct record *record)
{
    struct tls_facts *facts = &reader->facts;
    struct tls_detail *detail = record->detail;
    detail->version = facts->version;
    detail->suite = facts->version ? facts->suite : NULL;
    detail->retry = facts->retry;
    detail->resumed = facts->server_hello_seen &&
                      (facts->version == TLS_1_3 ? facts->psk_accepted : !facts->certificate_seen && reader->finished);
    detail->server_name = arena_text(record->packet, facts->server_name);
    detail->application = arena_text(record->packet, facts->application);
    detail->certificate = arena_text(record->packet, facts->certificate);
}

static void note_message(struct tls_reader *reader, const struct record *record, uint8_t type)
{
    struct tls_detail *detail = record->detail;
    if (detail->message_count < TLS_MESSAGES_NOTED)
        detail->messages[detail->message_count++] = type;
    if (reader->finished && (type == TLS_CLIENT_HELLO || type == TLS_HELLO_REQUEST))
        detail->renegotiation = true;
    const char *name = tls_handshake_name(type);
    packet_info_add(record->packet, "%s%s", detail->message_count > 1 ? ", " : "", name ? name : "Handshake");
}

/* One whole message, header included. */
static void take_message(struct tls_reader *reader, const struct record *record, struct slice message)
{
    const uint8_t type = get_u8(message, 0);
    note_message(reader, record, type);
    tls_handshake_decode(record->packet, message, record->direction, &reader->facts);
    tls_side_message(&reader->sides[record->direction].keys, type);
    if (type == TLS_SERVER_HELLO && reader->facts.version == TLS_1_3 && !reader->facts.retry)
        reader->sides[FROM_SERVER].keys.enciphered = reader->sides[FROM_CLIENT].keys.enciphered = true;
    if (type == TLS_FINISHED)
        reader->finished = true;
}

static void take_handshake(struct tls_reader *reader, const struct record *record)
{
    struct side *side = &reader->sides[record->direction];
    struct slice content = record->content;
    const bool continued = side->handshake.len > 0;
    if (continued) { /* a message that began in an earlier record */
        if (buf_add(&side->handshake, content.at, content.len) != 0) {
            packet_malformed(record->packet, N_("A handshake message is longer than the kit keeps together."));
            buf_clear(&side->handshake);
            return;
        }
        content = packet_buffer(record->packet, BUFFER_STREAM, side->handshake.data, side->handshake.len, true);
        buf_clear(&side->handshake);
    }
    size_t at = 0;
    while (at + 4 <= content.len && at + 4 + get_u24(content, at + 1) <= content.len) {
        const size_t size = 4 + (size_t)get_u24(content, at + 1);
        take_message(reader, record, slice_part(content, at, size));
        at += size;
    }
    if (at < content.len)
        buf_add(&side->handshake, content.at + at, content.len - at);
}

static void take_alert(const struct record *record)
{
    const struct slice content = record->content;
    struct tls_detail *detail = record->detail;
    if (!packet_need(record->packet, content, 2))
        return;
    detail->alert_level = get_u8(content, 0);
    detail->alert_description = get_u8(content, 1);
    field_number(record->packet, TLS_FIELD_ALERT, content, 0, 2, 0);
    field_number(record->packet, TLS_FIELD_ALERT_LEVEL, content, 0, 1, detail->alert_level);
    field_number(record->packet, TLS_FIELD_ALERT_DESC, content, 1, 1, detail->alert_description);
    const char *name = tls_alert_name(detail->alert_description);
    packet_info(record->packet, "Alert: %s", name ? name : "?");
}

static void take_change(struct tls_reader *reader, const struct record *record)
{
    field_number(record->packet, TLS_FIELD_CHANGE_CIPHER_SPEC, record->whole, HEADER, 1, 0);
    packet_info(record->packet, "Change Cipher Spec");
    if (reader->facts.version != 0 && reader->facts.version < TLS_1_3)
        tls_side_change(&reader->sides[record->direction].keys, reader->stream->keys, &reader->facts,
                        record->direction == FROM_CLIENT);
}

static void take_application(struct tls_reader *reader, const struct record *record)
{
    packet_info(record->packet, "Application Data");
    if (record->detail->enciphered && !record->detail->opened)
        return;
    struct side *side = &reader->sides[record->direction];
    const struct stream_data data = { record->direction, record->content, side->plain, record->packet_number };
    side->plain += record->content.len;
    reader->opened = true;
    if (reader->plain)
        reader->plain(reader->context, record->packet, &data);
}

static void take_closed(const struct record *record)
{
    const char *name = tls_content_name(record->detail->content);
    packet_info(record->packet, record->detail->content == TLS_APPLICATION_DATA ? "%s" : "Encrypted %s",
                name ? name : "record");
}

static void take_content(struct tls_reader *reader, const struct record *record)
{
    const struct tls_detail *detail = record->detail;
    switch (detail->enciphered && !detail->opened ? 0 : detail->content) {
    case TLS_CHANGE_CIPHER_SPEC:
        take_change(reader, record);
        break;
    case TLS_HANDSHAKE:
        take_handshake(reader, record);
        break;
    case TLS_ALERT:
        take_alert(record);
        break;
    case TLS_APPLICATION_DATA: /* after the detail is complete: it makes layers of its own */
        break;
    case TLS_HEARTBEAT:
        packet_info(record->packet, "Heartbeat");
        break;
    case 0:
        take_closed(record);
        break;
    default:
        packet_malformed(record->packet, N_("A TLS record of an unknown type."));
    }
}

/* --- records ---------------------------------------------------------------------------- */

static void record_fields(struct packet *packet, const struct stream *stream, struct slice whole,
                          const struct tls_detail *detail, bool tls_1_3)
{
    const uint8_t outer = get_u8(whole, 0);
    const bool disguised = tls_1_3 && detail->enciphered && outer == TLS_APPLICATION_DATA;
    field_number(packet, TLS_FIELD_RECORD, whole, 0, whole.len, 0);
    field_number(packet, disguised ? TLS_FIELD_OPAQUE_TYPE : TLS_FIELD_CONTENT_TYPE, whole, 0, 1, outer);
    field_number(packet, TLS_FIELD_RECORD_VERSION, whole, 1, 2, get_u16(whole, 1));
    field_number(packet, TLS_FIELD_RECORD_LENGTH, whole, 3, 2, get_u16(whole, 3));
    if (disguised && detail->opened)
        field_number(packet, TLS_FIELD_CONTENT_TYPE, whole, 0, 0, detail->content);
    if (detail->enciphered && !detail->opened && (detail->content == TLS_HANDSHAKE || detail->content == TLS_ALERT))
        field_number(packet, detail->content == TLS_HANDSHAKE ? TLS_FIELD_HANDSHAKE : TLS_FIELD_ALERT, whole, HEADER,
                     whole.len - HEADER, 0);
    if (detail->content != TLS_APPLICATION_DATA)
        return;
    field_bytes(packet, TLS_FIELD_APP_DATA, whole, HEADER, whole.len - HEADER);
    const struct application *inside = stream->application;
    if (inside && inside->protocol != PROTOCOL_TLS)
        field_text(packet, TLS_FIELD_APP_DATA_PROTO, whole, 0, 0, span_of(protocols[inside->protocol]->title));
}

/* Is this record under protection? ChangeCipherSpec never is; in TLS 1.3 nothing but type 23 is. */
static bool is_enciphered(const struct tls_reader *reader, enum direction direction, uint8_t type)
{
    const struct tls_facts *facts = &reader->facts;
    if (type == TLS_CHANGE_CIPHER_SPEC)
        return false;
    if (facts->version == TLS_1_3 || (facts->version == 0 && facts->early_data))
        return type == TLS_APPLICATION_DATA;
    /* When the capture began in the middle of a connection, application data cannot be in the clear. */
    return reader->sides[direction].keys.enciphered || type == TLS_APPLICATION_DATA;
}

static void take_record(struct tls_reader *reader, struct packet *packet, const struct stream_data *data,
                        struct slice whole, uint32_t first_packet)
{
    struct side *side = &reader->sides[data->direction];
    struct tls_detail *detail = packet_memory(packet, sizeof *detail);
    struct record record = { packet, data->direction, whole, slice_from(whole, HEADER), detail, data->packet };
    detail->direction = data->direction;
    detail->content = get_u8(whole, 0);
    detail->enciphered = is_enciphered(reader, data->direction, detail->content);
    if (detail->enciphered && whole.wire == whole.len) {
        struct buf plain;
        buf_init(&plain, RECORD_MAX + 64);
        const struct span payload = { (const char *)record.content.at, record.content.len };
        detail->opened =
            tls_side_open(&side->keys, reader->stream->keys, &reader->facts, data->direction == FROM_CLIENT, whole.at,
                          payload, &plain, &detail->content) == 0;
        if (detail->opened)
            record.content = packet_buffer(packet, BUFFER_PLAINTEXT, plain.data, plain.len, true);
        buf_free(&plain);
    }
    const bool tls_1_3 = reader->facts.version == TLS_1_3 || (reader->facts.version == 0 && detail->enciphered);
    struct layer *layer = packet_push(packet, PROTOCOL_TLS, whole, HEADER);
    layer->first_packet = first_packet;
    layer->stream = reader->stream;
    layer->detail = detail;
    record_fields(packet, reader->stream, whole, detail, tls_1_3);
    take_content(reader, &record);
    fill_detail(reader, &record);
    if (detail->content == TLS_APPLICATION_DATA)
        take_application(reader, &record);
}

static bool is_record_header(const uint8_t *at, size_t size)
{
    return size >= 1 && at[0] >= TLS_CHANGE_CIPHER_SPEC && at[0] <= TLS_HEARTBEAT && (size < 2 || at[1] == 3) &&
           (size < 3 || at[2] <= 4) && (size < 5 || (at[3] << 8 | at[4]) <= RECORD_MAX);
}

bool tls_looks(enum direction direction, struct span first)
{
    (void)direction;
    const uint8_t *at = (const uint8_t *)first.at;
    return first.len >= HEADER + 1 && at[0] == TLS_HANDSHAKE && is_record_header(at, first.len) && at[5] <= 2;
}

static void stop(struct tls_reader *reader, struct packet *packet, const struct stream_data *data, struct slice bytes)
{
    struct side *side = &reader->sides[data->direction];
    side->stopped = true;
    buf_clear(&side->record);
    packet_push(packet, PROTOCOL_TLS, bytes, 0)->stream = reader->stream;
    packet_malformed(packet, N_("These bytes are no TLS record."));
}

/* Goes on with a record that an earlier segment began; answers how many bytes of the new ones it took. */
static size_t continue_record(struct tls_reader *reader, struct packet *packet, const struct stream_data *data)
{
    struct side *side = &reader->sides[data->direction];
    const struct slice bytes = data->bytes;
    size_t taken = 0;
    while (taken < bytes.len) {
        const uint8_t *head = (const uint8_t *)side->record.data;
        const size_t have = side->record.len;
        const size_t want = have < HEADER ? HEADER : HEADER + ((size_t)head[3] << 8 | head[4]);
        const size_t step = want - have < bytes.len - taken ? want - have : bytes.len - taken;
        buf_add(&side->record, bytes.at + taken, step);
        taken += step;
        head = (const uint8_t *)side->record.data;
        if (!is_record_header(head, side->record.len)) {
            stop(reader, packet, data, bytes);
            return bytes.len;
        }
        if (side->record.len >= HEADER && side->record.len == HEADER + ((size_t)head[3] << 8 | head[4])) {
            const struct slice whole = packet_buffer(packet, BUFFER_STREAM, head, side->record.len, true);
            buf_clear(&side->record);
            take_record(reader, packet, data, whole, side->record_packet);
            break;
        }
    }
    return taken;
}

void tls_reader_data(struct tls_reader *reader, struct packet *packet, const struct stream_data *data)
{
    struct side *side = &reader->sides[data->direction];
    const struct slice bytes = data->bytes;
    size_t at = side->record.len > 0 && !side->stopped ? continue_record(reader, packet, data) : 0;
    while (at < bytes.len && !side->stopped) {
        const struct slice rest = slice_from(bytes, at);
        if (!is_record_header(rest.at, rest.len)) {
            stop(reader, packet, data, rest);
            return;
        }
        const size_t size = HEADER + (size_t)get_u16(rest, 3);
        if (rest.len < HEADER || rest.len < size) {
            side->record_packet = data->packet;
            buf_add(&side->record, rest.at, rest.len);
            return;
        }
        take_record(reader, packet, data, slice_part(rest, 0, size), data->packet);
        at += size;
    }
}

void tls_reader_gap(struct tls_reader *reader, struct packet *packet, enum direction direction, uint64_t length)
{
    struct side *side = &reader->sides[direction];
    (void)packet;
    side->keys.lost += length + side->record.len;
    side->keys.failures = 0;
    buf_clear(&side->record);
    buf_clear(&side->handshake);
    side->stopped = false;
}

/* --- a connection that begins with TLS ------------------------------------------------------ */

struct implicit {
    struct stream *stream;
    struct tls_reader *reader;
    const struct stream_ops *inside;    /* NULL: not known (yet) */
    void *state;
};

static void inner_data(void *context, struct packet *packet, const struct stream_data *data)
{
    struct implicit *implicit = context;
    if (!implicit->inside) {
        const struct span first = { (const char *)data->bytes.at, data->bytes.len };
        const struct application *application = application_by_bytes(data->direction, first);
        if (application && application->ops && application->ops != &tls_stream_ops) {
            implicit->inside = application->ops;
            implicit->state = implicit->inside->open(implicit->stream);
        }
    }
    if (implicit->inside)
        implicit->inside->data(implicit->state, packet, data);
    else
        packet_decode(packet, PROTOCOL_DATA, data->bytes);
}

static void *implicit_open(struct stream *stream)
{
    struct implicit *implicit = mem_alloc(sizeof *implicit);
    implicit->stream = stream;
    implicit->reader = tls_reader_new(stream, inner_data, implicit);
    if (stream->application && stream->application->inside) {
        implicit->inside = stream->application->inside;
        implicit->state = implicit->inside->open(stream);
    }
    return implicit;
}

static void implicit_data(void *state, struct packet *packet, const struct stream_data *data)
{
    tls_reader_data(((struct implicit *)state)->reader, packet, data);
}

static void implicit_gap(void *state, struct packet *packet, enum direction direction, uint64_t length)
{
    struct implicit *implicit = state;
    tls_reader_gap(implicit->reader, packet, direction, length);
    if (implicit->inside && tls_reader_opened(implicit->reader))
        implicit->inside->gap(implicit->state, packet, direction, length);
}

static void implicit_end(void *state, struct packet *packet, enum direction direction)
{
    struct implicit *implicit = state;
    if (implicit->inside && implicit->inside->end && tls_reader_opened(implicit->reader))
        implicit->inside->end(implicit->state, packet, direction);
}

static void implicit_close(void *state)
{
    struct implicit *implicit = state;
    if (implicit->inside)
        implicit->inside->close(implicit->state);
    tls_reader_free(implicit->reader);
    free(implicit);
}

const struct stream_ops tls_stream_ops = {
    .name = "TLS",
    .open = implicit_open,
    .data = implicit_data,
    .gap = implicit_gap,
    .end = implicit_end,
    .close = implicit_close,
};
