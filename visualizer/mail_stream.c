/*
 * mail_stream.c - feeds a connection's bytes to a watch and hangs what it says
 * on the packets.
 *
 * The watch tells for each event which raw bytes it is made of, counted from
 * the beginning of the dialogue. A line can begin in an earlier packet: those
 * bytes are kept (pending) and given to the packet that completes the line.
 *
 * Letters that go over (DATA, BDAT, RETR, FETCH, APPEND) are collected without
 * what transparency added, up to a maximum, and decoded as a message in the
 * packet where they are complete.
 *
 * When the capture lost bytes, the watch is fed as many filler bytes, so that
 * announced lengths and offsets stay right; what it says about them is thrown
 * away. After STARTTLS everything goes through a tls_reader, whose plaintext
 * comes back here.
 */
#include "visualizer/mail_stream.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "visualizer/mail_kind.h"
#include "visualizer/message.h"
#include "visualizer/tls.h"

enum {
    PENDING_MAX = 1 << 17,
    LETTER_MAX = 1 << 22,       /* of a letter that is decoded as a whole */
    GAP_FILLED_MAX = 1 << 20,   /* a larger gap begins a new watch */
    EVENTS_FIRST = 4,
};

struct letter {
    struct slice bytes;
    bool cut;
};

struct mail_side {
    struct buf pending;         /* bytes that made no event yet */
    uint64_t base;              /* the watch's offset of pending[0] */
    uint64_t fed;               /* bytes that the watch was fed */
    uint32_t first_packet;      /* where pending[0] came */
    struct watch_event *events; /* of the present call, in the packet's arena */
    size_t count, room;
    bool in_letter;             /* content is being collected */
    bool letter_cut;            /* it is longer than the maximum, or the capture lost a part */
    struct buf letter;
    struct letter *letters;     /* that became complete in the present call; owned */
    size_t letter_count, letter_room;
};

struct mail_stream {
    struct stream *stream;
    const struct mail_kind *kind;
    void *memory;
    struct watch *watch;
    struct tls_reader *tls;     /* since TLS was agreed on */
    bool tls_agreed, enciphered;
    bool server_heard;
    bool one_sided;             /* the client speaks, and the capture has nothing from the server */
    struct mail_side sides[2];
};

void *mail_open(struct stream *stream, const struct mail_kind *kind)
{
    struct mail_stream *mail = mem_alloc(sizeof *mail);
    mail->stream = stream;
    mail->kind = kind;
    mail->memory = kind->memory_size ? mem_alloc(kind->memory_size) : NULL;
    mail->watch = watch_new(kind->watch);
    if (!stream->opening_seen)
        watch_joined_late(mail->watch);
    for (int i = 0; i < 2; i++) {
        buf_init(&mail->sides[i].pending, PENDING_MAX);
        buf_init(&mail->sides[i].letter, LETTER_MAX);
    }
    return mail;
}

void mail_close(void *state)
{
    struct mail_stream *mail = state;
    for (int i = 0; i < 2; i++) {
        buf_free(&mail->sides[i].pending);
        buf_free(&mail->sides[i].letter);
        free(mail->sides[i].letters);
    }
    if (mail->kind->close)
        mail->kind->close(mail->memory);
    tls_reader_free(mail->tls);
    watch_free(mail->watch);
    free(mail->memory);
    free(mail);
}

/* --- places ------------------------------------------------------------------------- */

size_t mail_event_at(const struct mail_run *run, const struct watch_event *event)
{
    const uint64_t at = event->offset < run->base ? 0 : event->offset - run->base;
    return at < run->bytes.len ? (size_t)at : run->bytes.len;
}

size_t mail_event_size(const struct mail_run *run, const struct watch_event *event)
{
    const size_t at = mail_event_at(run, event), left = run->bytes.len - at;
    const uint64_t before = event->offset < run->base ? run->base - event->offset : 0; /* lies in earlier packets */
    const uint64_t size = event->length > before ? event->length - before : 0;
    return size < left ? (size_t)size : left;
}

size_t mail_span_at(const struct mail_run *run, const struct watch_event *event, struct span part)
{
    const size_t inside = part.len ? (size_t)(part.at - event->text.at) : 0;
    return mail_event_at(run, event) + inside;
}

void mail_info(const struct mail_run *run, const struct watch_event *event)
{
    struct packet *packet = run->packet;
    if (!packet->wants->info)
        return;
    const char *before = event == run->events ? (run->direction == FROM_CLIENT ? "C: " : "S: ") : " | ";
    const int size = (int)(event->text.len < 200 ? event->text.len : 200);
    if (event->kind == WATCH_CONTENT || event->kind == WATCH_CONTENT_END)
        packet_info_add(packet, "%s%s", before, event->kind == WATCH_CONTENT ? "(content)" : "(end of content)");
    else if (event->secret && event->argument.len)
        packet_info_add(packet, "%s%.*s********", before, (int)(event->argument.at - event->text.at), event->text.at);
    else if (event->secret)
        packet_info_add(packet, "%s********", before);
    else
        packet_info_add(packet, "%s%.*s", before, size, event->text.at);
}

/* --- events ------------------------------------------------------------------------- */

static struct watch_event *add_event(struct mail_side *side, struct packet *packet)
{
    if (side->count == side->room) {
        side->room = side->room ? side->room * 2 : EVENTS_FIRST;
        struct watch_event *events = packet_memory(packet, side->room * sizeof *events);
        if (side->count > 0)
            memcpy(events, side->events, side->count * sizeof *events);
        side->events = events;
    }
    return &side->events[side->count++];
}

static bool is_line_content(const struct mail_stream *mail, const struct watch_event *event)
{
    if (mail->kind->watch != WATCH_SMTP)
        return mail->kind->watch == WATCH_POP3;
    return event->command && span_is(span_of(event->command->name), "DATA");
}

static void collect(struct mail_stream *mail, struct mail_side *side, const struct watch_event *event)
{
    if (!side->in_letter) {
        side->in_letter = mail->kind->begins_letter(event, mail->memory);
        if (!side->in_letter)
            return;
        buf_clear(&side->letter);
        side->letter_cut = false;
    }
    if (side->letter_cut)
        return;
    if (buf_add_span(&side->letter, event->argument) != 0)
        side->letter_cut = true;
    else if (is_line_content(mail, event) && !event->unfinished && buf_add(&side->letter, "\r\n", 2) != 0)
        side->letter_cut = true;
}

/* Lines of a letter become one event: nobody wants to see each. */
static bool join(struct mail_side *side, const struct watch_event *event)
{
    struct watch_event *last = side->count ? &side->events[side->count - 1] : NULL;
    if (!last || last->kind != WATCH_CONTENT || event->kind != WATCH_CONTENT || last->error || event->error ||
        last->number != event->number || last->offset + last->length != event->offset)
        return false;
    last->length += event->length;
    return true;
}

static struct span keep_span(struct packet *packet, struct span text, size_t max)
{
    const size_t size = text.len < max ? text.len : max;
    char *copy = packet_memory(packet, size + 1);
    if (size > 0)
        memcpy(copy, text.at, size);
    return (struct span){ copy, size };
}

/* part lies in the old text, or elsewhere in the watch. */
static struct span move_span(struct packet *packet, struct span part, struct span old, struct span text)
{
    if (part.len == 0)
        return (struct span){ text.at, 0 };
    if (part.at < old.at || part.at + part.len > old.at + old.len)
        return keep_span(packet, part, MAIL_TEXT_MAX);
    const size_t inside = (size_t)(part.at - old.at);
    if (inside >= text.len)
        return (struct span){ text.at, 0 };
    return (struct span){ text.at + inside, part.len < text.len - inside ? part.len : text.len - inside };
}

/* The event's texts point into the watch, which forgets them: they are found again in the packet's bytes, or copied. */
static void keep_texts(const struct mail_run *run, struct watch_event *event)
{
    const struct span old = event->text;
    const uint64_t at = event->offset - run->base;
    if (event->offset >= run->base && at + old.len <= run->bytes.len)
        event->text.at = (const char *)run->bytes.at + at;
    else
        event->text = keep_span(run->packet, old, MAIL_TEXT_MAX);
    event->argument = move_span(run->packet, event->argument, old, event->text);
    event->tag = move_span(run->packet, event->tag, old, event->text);
}

static void complete(struct mail_side *side, struct packet *packet)
{
    if (side->letter_count == side->letter_room) {
        side->letter_room = side->letter_room ? side->letter_room * 2 : 2;
        side->letters = mem_grow(side->letters, side->letter_room, sizeof *side->letters);
    }
    const struct slice bytes = packet_buffer(packet, BUFFER_STREAM, side->letter.data, side->letter.len, true);
    side->letters[side->letter_count++] = (struct letter){ bytes, side->letter_cut };
    buf_clear(&side->letter);
    side->in_letter = side->letter_cut = false;
}

/* Where the capture has only the client's side, the replies are assumed with which the dialogue goes on as it does. */
static void assume_reply(struct mail_stream *mail, const struct watch_event *event)
{
    static const struct {
        const char *verb, *reply;
    } replies[] = {
        { "DATA", "354 \r\n" }, { "STARTTLS", "220 \r\n" }, { "QUIT", "221 \r\n" }, { "AUTH", "334 \r\n" }
    };
    const bool command = event->kind == WATCH_COMMAND;
    const char *reply = event->kind == WATCH_AUTH_DATA ? "235 \r\n" : "250 \r\n";
    if (mail->kind->watch != WATCH_SMTP ||
        (!command && event->kind != WATCH_AUTH_DATA && event->kind != WATCH_CONTENT_END))
        return;
    for (size_t i = 0; command && event->word && i < sizeof replies / sizeof replies[0]; i++)
        if (span_is(span_of(event->word->name), replies[i].verb))
            reply = replies[i].reply;
    watch_feed(mail->watch, false, reply, strlen(reply));
    mail->sides[FROM_SERVER].fed += strlen(reply);
}

static void take_events(struct mail_stream *mail, struct mail_run runs[2])
{
    const bool letters = wants_layer(runs[0].packet->wants, PROTOCOL_MESSAGE);
    struct watch_event event;
    while (watch_next(mail->watch, &event) == 1) {
        const enum direction direction = event.from_client ? FROM_CLIENT : FROM_SERVER;
        struct mail_side *side = &mail->sides[direction];
        if (event.kind == WATCH_TLS)
            mail->tls_agreed = true;
        if (mail->one_sided && !event.from_client)
            continue;
        if (mail->kind->observe)
            mail->kind->observe(&event, mail->memory);
        if (event.kind == WATCH_CONTENT && letters)
            collect(mail, side, &event);
        if (event.kind == WATCH_CONTENT_END && side->in_letter && mail->kind->ends_letter(&event, mail->memory))
            complete(side, runs[direction].packet);
        keep_texts(&runs[direction], &event);
        if (mail->one_sided)
            assume_reply(mail, &event);
        if (!join(side, &event))
            *add_event(side, runs[direction].packet) = event;
    }
}

/* --- layers ------------------------------------------------------------------------- */

static void add_layer(struct mail_stream *mail, enum direction direction, struct mail_run *run)
{
    struct mail_side *side = &mail->sides[direction];
    const struct watch_event *first = &side->events[0], *last = &side->events[side->count - 1];
    struct packet *packet = run->packet;
    struct mail_detail *detail = packet_memory(packet, sizeof *detail);
    const struct watch_event *events = side->events;
    *detail = (struct mail_detail){ mail->kind->watch, direction, mail->enciphered, false, events, side->count };
    run->events = events;
    run->count = side->count;
    run->direction = direction;
    run->memory = mail->memory;

    const size_t from = mail_event_at(run, first);
    const size_t to = mail_event_at(run, last) + mail_event_size(run, last);
    struct layer *layer = packet_push(packet, mail->kind->protocol, slice_part(run->bytes, from, to - from), to - from);
    layer->first_packet = side->pending.len ? side->first_packet : packet->number;
    layer->stream = mail->stream;
    layer->detail = detail;
    for (size_t i = 0; i < side->count; i++) {
        mail_info(run, &events[i]);
        if (events[i].kind == WATCH_ERROR && mail->tls_agreed)
            detail->injected = true;
    }
    if (!packet->wants->layers_only)
        mail->kind->fields(run);
    for (size_t i = 0; i < side->letter_count; i++)
        message_decode(packet, side->letters[i].bytes, side->letters[i].cut, mail->stream);
    side->letter_count = 0;
}

/* Keeps what made no event for the next packet. */
static void keep_rest(struct mail_side *side, const struct mail_run *run, uint32_t packet_number)
{
    uint64_t end = run->base;
    if (side->count > 0)
        end = side->events[side->count - 1].offset + side->events[side->count - 1].length;
    const size_t used = end > run->base ? (size_t)(end - run->base) : 0;
    if (side->pending.len == 0 || side->count > 0)
        side->first_packet = packet_number;
    if (side->pending.len > 0) {
        buf_drop(&side->pending, used);
    } else if (used < run->bytes.len) {
        buf_add(&side->pending, run->bytes.at + used, run->bytes.len - used);
    }
    side->base = side->fed - side->pending.len;
    side->events = NULL;
    side->count = side->room = 0;
}

static void feed(struct mail_stream *mail, struct packet *packet, const struct stream_data *data)
{
    struct mail_run runs[2] = { { .packet = packet }, { .packet = packet } };
    for (int i = 0; i < 2; i++) {
        struct mail_side *side = &mail->sides[i];
        const bool grows = i == (int)data->direction;
        runs[i].base = side->fed;
        if (side->pending.len > 0) {
            if (grows && buf_add(&side->pending, data->bytes.at, data->bytes.len) != 0) { /* no line is so long */
                buf_clear(&side->pending);
                runs[i].bytes = data->bytes;
                continue;
            }
            runs[i].base = side->base;
            runs[i].bytes = packet_buffer(packet, BUFFER_STREAM, side->pending.data, side->pending.len, true);
        } else if (grows) {
            runs[i].bytes = data->bytes;
        }
    }
    if (data->direction == FROM_SERVER) {
        mail->one_sided = false;
        mail->server_heard = true;
    } else if (!mail->server_heard && !mail->one_sided) {
        mail->one_sided = true; /* servers of these protocols speak first */
        watch_joined_late(mail->watch);
    }
    mail->sides[data->direction].fed += data->bytes.len;
    watch_feed(mail->watch, data->direction == FROM_CLIENT, data->bytes.at, data->bytes.len);
    take_events(mail, runs);
    for (int i = 0; i < 2; i++) {
        const enum direction direction = i == 0 ? data->direction : (enum direction)!data->direction;
        if (mail->sides[direction].count > 0)
            add_layer(mail, direction, &runs[direction]);
        keep_rest(&mail->sides[direction], &runs[direction], data->packet);
    }
}

static void deciphered(void *context, struct packet *packet, const struct stream_data *data)
{
    struct mail_stream *mail = context;
    if (!mail->enciphered) {
        watch_tls_started(mail->watch);
        mail->enciphered = true;
        for (int i = 0; i < 2; i++)
            buf_clear(&mail->sides[i].pending);
    }
    feed(mail, packet, data);
}

void mail_data(void *state, struct packet *packet, const struct stream_data *data)
{
    struct mail_stream *mail = state;
    if (mail->tls) {
        tls_reader_data(mail->tls, packet, data);
        return;
    }
    /* Plaintext of a connection that began with TLS: the layer before says so. */
    if (packet->buffers[data->bytes.buffer].kind == BUFFER_PLAINTEXT)
        mail->enciphered = true;
    feed(mail, packet, data);
    if (mail->tls_agreed)
        mail->tls = tls_reader_new(mail->stream, deciphered, mail);
}

/* --- gaps ---------------------------------------------------------------------------- */

static void start_anew(struct mail_stream *mail)
{
    watch_free(mail->watch);
    mail->watch = watch_new(mail->kind->watch);
    watch_joined_late(mail->watch);
    for (int i = 0; i < 2; i++) {
        struct mail_side *side = &mail->sides[i];
        buf_clear(&side->pending);
        buf_clear(&side->letter);
        side->fed = side->base = 0;
        side->in_letter = side->letter_cut = false;
    }
}

static void drain(struct mail_stream *mail)
{
    struct watch_event event;
    while (watch_next(mail->watch, &event) == 1)
        if (event.kind == WATCH_TLS)
            mail->tls_agreed = true;
}

void mail_gap(void *state, struct packet *packet, enum direction direction, uint64_t length)
{
    static const char filler[4096] = { 0 };
    struct mail_stream *mail = state;
    struct mail_side *side = &mail->sides[direction];
    if (mail->tls) {
        tls_reader_gap(mail->tls, packet, direction, length);
        if (!mail->enciphered)
            return;
    }
    if (mail->tls || length > GAP_FILLED_MAX) { /* how much plaintext is missing, nobody knows */
        start_anew(mail);
        return;
    }
    side->letter_cut = side->in_letter;
    buf_clear(&side->pending);
    side->fed += length;
    side->base = side->fed;
    while (length > 0) {
        const size_t step = length < sizeof filler ? (size_t)length : sizeof filler;
        watch_feed(mail->watch, direction == FROM_CLIENT, filler, step);
        drain(mail);
        length -= step;
    }
}
