#include "visualizer/tui_dialogue.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "io/page.h"
#include "io/reader.h"
#include "io/text.h"
#include "visualizer/mail_stream.h"
#include "visualizer/secret.h"
#include "visualizer/tls.h"
#include "visualizer/tui_bytes.h"
#include "visualizer/tui_keys.h"

#define PACKETS_MAX 5000
#define LINES_OF_PACKET_MAX 2000

enum { DIALOGUE_REVEAL = TUI_OWN };

struct dialogue {
    struct tui *tui;
    uint32_t *packets;
    size_t packet_count;
    const struct exchange *exchange; /* whose connection it is */
};

static const struct key_row rows[] = {
    { DIALOGUE_REVEAL, "r", "reveal", N_("Passwords"), N_("Show passwords, or hide them again.") },
    { ACTION_CLOSE, "d", "close-dialogue", NULL, N_("Back to the list.") },
};

const struct key_table tui_dialogue_keys = { N_("Dialogue"), rows, sizeof rows / sizeof rows[0], &reader_keys };

/* A line while it is written: whose, in which packet. */
struct line {
    struct page *page;
    int columns;
    uint32_t packet;
    bool from_client;
    bool enciphered;
};

static void begin(const struct line *line, unsigned tone)
{
    page_printf(line->page, TONE_NONE, "%6u ", line->packet);
    page_add(line->page, (TONE_LAYER + 6) | PAINT_BOLD, line->enciphered ? "\u2503" : " ");
    page_add(line->page, tone | PAINT_BOLD, line->from_client ? " C: " : " S: ");
}

static bool moves(const struct watch_event *event)
{
    return event->state_before != NULL && event->state_after != NULL &&
           strcmp(event->state_before, event->state_after) != 0;
}

/* The move at the right end of the line that made it, or on a line of its own where there is no room. */
static void put_move(const struct line *line, const struct watch_event *event, size_t used)
{
    if (!moves(event))
        return;
    char *text = mem_printf("%s \u2500\u25b8 %s  %s", event->state_before, event->state_after,
                      event->move != NULL && event->move->rfc != NULL ? event->move->rfc : "");
    size_t width = text_width(text), columns = (size_t)line->columns;
    if (used + width + 3 > columns) {
        page_end(line->page);
        used = 0;
    }
    size_t spaces = columns > used + width + 1 ? columns - used - width - 1 : 0;
    page_printf(line->page, TONE_NONE, "%*s%s", (int)spaces, "", text);
    free(text);
}

static void put_error(const struct line *line, const struct watch_event *event)
{
    if (event->error == NULL)
        return;
    page_add(line->page, TONE_BAD | PAINT_BOLD, "          ! ");
    page_paragraph(line->page, TONE_BAD, line->columns, 12, span_of(_(event->error)));
}

static void put_event(const struct line *line, const struct watch_event *event, bool reveal)
{
    struct buf text;
    buf_init(&text, 1 << 16);
    if (event->secret && !reveal)
        secret_mask(event, &text);
    else
        text_safe(&text, event->text.at, event->text.len);
    begin(line, TONE_LAYER + 7);
    bool content = event->kind == WATCH_CONTENT;
    page_add(line->page, content ? TONE_NONE : line->from_client ? TONE_PLAIN | PAINT_BOLD : TONE_PLAIN,
             buf_text(&text));
    put_move(line, event, 12 + text_width(buf_text(&text)));
    page_end(line->page);
    put_error(line, event);
    buf_free(&text);
}

/* Any other application: its bytes, line by line. */
static void put_bytes(const struct line *line, const struct packet *packet, const struct layer *layer, unsigned paint)
{
    const struct buffer *buffer = &packet->buffers[layer->buffer];
    if (layer->offset >= buffer->len)
        return;
    const char *at = (const char *)buffer->data + layer->offset;
    size_t left = buffer->len - layer->offset, size = layer->length < left ? layer->length : left;
    for (int lines = 0; size > 0 && lines < LINES_OF_PACKET_MAX; lines++) {
        const char *end = memchr(at, '\n', size);
        size_t length = end != NULL ? (size_t)(end - at) + 1 : size;
        begin(line, (unsigned)(TONE_LAYER + bytes_osi(layer)));
        size_t shown = length >= 2 && at[length - 2] == '\r' && at[length - 1] == '\n' ? length - 2 : length;
        page_add_span(line->page, paint, (struct span){ at, shown < 1000 ? shown : 1000 });
        page_end(line->page);
        at += length;
        size -= length;
    }
}

static void put_tls(const struct line *line, const struct layer *layer)
{
    const struct tls_detail *detail = layer->detail;
    if (detail != NULL && detail->opened && detail->content == TLS_APPLICATION_DATA)
        return; /* what was inside is shown instead */
    begin(line, TONE_LAYER + 6);
    page_printf(line->page, TONE_LAYER + 6, "[TLS %s]", layer->info != NULL ? layer->info : "");
    page_end(line->page);
}

static bool is_mail(const struct layer *layer)
{
    return layer->protocol == PROTOCOL_SMTP || layer->protocol == PROTOCOL_POP || layer->protocol == PROTOCOL_IMAP;
}

static bool has_content(const struct mail_detail *detail)
{
    for (size_t i = 0; i < detail->event_count; i++)
        if (detail->events[i].kind == WATCH_CONTENT)
            return true;
    return false;
}

/* An event has only the beginning of a content: then all lines come from the bytes, and events tell their moves. */
static void put_mail(const struct dialogue *dialogue, struct line *line, const struct packet *packet,
                     const struct layer *layer)
{
    const struct mail_detail *detail = layer->detail;
    bool content = has_content(detail);
    for (size_t i = 0; i < detail->event_count; i++) {
        const struct watch_event *event = &detail->events[i];
        line->from_client = event->from_client;
        if (content && i == 0)
            put_bytes(line, packet, layer, TONE_NONE);
        if (!content) {
            put_event(line, event, dialogue->tui->reveal);
            continue;
        }
        if (moves(event)) {
            put_move(line, event, 0);
            page_end(line->page);
        }
        put_error(line, event);
    }
}

static void put_packet(struct dialogue *dialogue, struct line *line, const struct packet *packet)
{
    line->packet = packet->number;
    line->enciphered = false;
    for (size_t i = 0; i < packet->layer_count; i++) {
        const struct layer *layer = &packet->layers[i];
        const struct mail_detail *detail = is_mail(layer) ? layer->detail : NULL;
        line->enciphered = packet->buffers[layer->buffer].kind == BUFFER_PLAINTEXT;
        if (layer->protocol == PROTOCOL_TLS)
            put_tls(line, layer);
        else if (layer->protocol == PROTOCOL_MESSAGE || bytes_osi(layer) < 7)
            continue; /* the letter's lines are content of the dialogue */
        else if (detail == NULL)
            put_bytes(line, packet, layer, TONE_PLAIN);
        else
            put_mail(dialogue, line, packet, layer);
    }
}

static void build(void *context, struct page *page, int columns)
{
    struct dialogue *dialogue = context;
    struct line line = { .page = page, .columns = columns };
    struct net_address client = { .family = ADDRESS_NONE };
    uint16_t port = 0;
    for (size_t i = 0; i < dialogue->packet_count; i++) {
        const struct packet *packet = trace_packet(dialogue->tui->trace, dialogue->packets[i]);
        if (packet == NULL)
            continue;
        if (client.family == ADDRESS_NONE) { /* whoever sent the first packet */
            client = packet->from;
            port = packet->from_port;
        }
        line.from_client = net_address_equal(&packet->from, &client) && packet->from_port == port;
        put_packet(dialogue, &line, packet);
    }
    if (page->line_count == 0)
        page_paragraph(page, TONE_PLAIN, columns - 2, 1, span_of(
            _("On this connection nothing was said above the transport layer.")));
    if (dialogue->packet_count == PACKETS_MAX)
        page_paragraph(page, TONE_NONE, columns - 2, 1, span_of(_("The rest of this long connection is not shown.")));
}

static void head(void *context, struct buf *left, struct buf *right)
{
    const struct dialogue *dialogue = context;
    const struct exchange *exchange = dialogue->exchange;
    buf_printf(left, _("Dialogue of %s (C) and %s (S)"), exchange->from, exchange->to);
    buf_printf(right, ngettext("%zu packet", "%zu packets", dialogue->packet_count), dialogue->packet_count);
}

static enum view_answer act(void *context, struct views *views, int action, enum reader_change *change)
{
    struct dialogue *dialogue = context;
    if (action == DIALOGUE_REVEAL) {
        tui_step(dialogue->tui, views, TUI_REVEAL);
        *change = READER_STALE;
    }
    return VIEW_STAYS;
}

static void close_dialogue(void *context)
{
    struct dialogue *dialogue = context;
    free(dialogue->packets);
    free(dialogue);
}

/* The exchange that began the connection tells who is the client. */
static const struct exchange *opening(const struct tui *tui, const struct exchange *exchange)
{
    for (size_t i = tui->exchange; exchange->connection != 0 && i-- > 0;) {
        const struct exchange *earlier = exchange_at(tui->list, i);
        if (earlier->connection == exchange->connection && earlier->row->osi == 4)
            return earlier;
    }
    return exchange;
}

void dialogue_push(struct tui *tui, struct views *views)
{
    static const struct reader_source source = {
        .head = head, .build = build, .act = act, .close = close_dialogue, .keys = &tui_dialogue_keys,
    };
    const struct exchange *exchange = tui_exchange(tui);
    struct dialogue *dialogue = mem_alloc(sizeof *dialogue);
    dialogue->tui = tui;
    dialogue->packets = mem_grow(NULL, PACKETS_MAX, sizeof *dialogue->packets);
    dialogue->packet_count = trace_flow(tui->trace, tui->packet, dialogue->packets, PACKETS_MAX);
    if (dialogue->packet_count > PACKETS_MAX)
        dialogue->packet_count = PACKETS_MAX;
    if (exchange == NULL || dialogue->packet_count == 0) {
        views_say(views, TONE_PLAIN, _("This packet belongs to no connection: go to one that does, then press d."));
        close_dialogue(dialogue);
        return;
    }
    dialogue->exchange = opening(tui, exchange);
    reader_push(views, &source, dialogue);
}
