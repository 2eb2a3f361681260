#include "visualizer/tui_tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "io/page.h"
#include "io/text.h"
#include "visualizer/nesting.h"
#include "visualizer/secret.h"
#include "visualizer/tls.h"
#include "visualizer/tui_bytes.h"
#include "visualizer/tui_keys.h"
#include "visualizer/tui_stack.h"

#define RECORD_BYTES_MAX 256

enum { TLS_NEXT = TUI_OWN, TLS_BACK };

struct tls_view {
    struct tui *tui;
    struct page wire, plain;
};

static const struct key_row rows[] = {
    { TLS_NEXT, "Down j ]", "next-record", N_("Next with TLS"), N_("To the next packet that carries TLS.") },
    { TLS_BACK, "Up k [", "record-back", N_("One back"), N_("To the packet with TLS before.") },
    { TUI_REVEAL, "r", "reveal", N_("Passwords"), N_("Show passwords, or hide them again.") },
    { ACTION_CLOSE, "t", "close-tls", NULL, N_("Back to the list.") },
};

const struct key_table tui_tls_keys = {
    N_("TLS before and after"), rows, sizeof rows / sizeof rows[0], &tui_step_keys };

/* --- one record, left and right ------------------------------------------------------ */

static void add_hex(struct page *page, const uint8_t *bytes, size_t size, int columns)
{
    char hex[4];
    size_t in_line = columns > 12 ? (size_t)(columns - 3) / 3 : 3;
    for (size_t i = 0; i < size && i < RECORD_BYTES_MAX; i++) {
        if (i % in_line == 0)
            page_add(page, TONE_NONE, "   ");
        snprintf(hex, sizeof hex, "%02x ", bytes[i]);
        page_add(page, i < 5 ? (TONE_LAYER + 6) | PAINT_BOLD : TONE_LAYER + 6, hex);
        if (i % in_line == in_line - 1 || i + 1 == size || i + 1 == RECORD_BYTES_MAX)
            page_end(page);
    }
    if (size > RECORD_BYTES_MAX) {
        page_printf(page, TONE_NONE, _("   \u2026 and %zu bytes more"), size - RECORD_BYTES_MAX);
        page_end(page);
    }
}

static void add_text(struct page *page, const struct packet *packet, const struct layer *layer, bool reveal)
{
    const struct buffer *buffer = &packet->buffers[layer->buffer];
    char hidden[256];
    if (secret_layer(layer) && !reveal) {
        page_printf(page, TONE_PLAIN, "   %s", secret_info(layer, false, hidden, sizeof hidden));
        page_add(page, TONE_NONE, _("  (r shows passwords)"));
        page_end(page);
        return;
    }
    if (layer->offset >= buffer->len)
        return;
    const char *at = (const char *)buffer->data + layer->offset;
    size_t left = buffer->len - layer->offset, size = layer->length < left ? layer->length : left;
    while (size > 0) {
        const char *end = memchr(at, '\n', size);
        size_t length = end != NULL ? (size_t)(end - at) + 1 : size;
        page_add(page, TONE_PLAIN, "   ");
        page_add_span(page, TONE_PLAIN, (struct span){ at, length < 1000 ? length : 1000 });
        page_end(page);
        at += length;
        size -= length;
    }
}

static void add_wire(struct tls_view *view, const struct packet *packet, const struct layer *layer, int columns)
{
    const struct buffer *buffer = &packet->buffers[layer->buffer];
    if (layer->offset >= buffer->len)
        return;
    size_t left = buffer->len - layer->offset, size = layer->length < left ? layer->length : left;
    page_add(&view->wire, (TONE_LAYER + 6) | PAINT_BOLD, " 6 ");
    page_printf(&view->wire, TONE_PLAIN | PAINT_BOLD, ngettext("record of %zu byte", "record of %zu bytes", size),
                size);
    page_end(&view->wire);
    add_hex(&view->wire, buffer->data + layer->offset, size, columns);
    page_end(&view->wire);
}

static void add_plain(struct tls_view *view, const struct packet *packet, const struct nesting *nesting, size_t index)
{
    const struct layer *record = &packet->layers[index];
    const struct tls_detail *detail = record->detail;
    bool inside = false;
    page_add(&view->plain, (TONE_LAYER + 6) | PAINT_BOLD, " 6 ");
    page_add(&view->plain, TONE_PLAIN | PAINT_BOLD, record->info != NULL ? record->info : "TLS");
    page_end(&view->plain);
    for (size_t i = index + 1; i < nesting->count; i++) {
        const struct layer *layer = &packet->layers[i];
        if (nesting->parent[i] != (int)index)
            continue;
        inside = true;
        page_printf(&view->plain, (TONE_LAYER + 7) | PAINT_BOLD, " %d %s", bytes_osi(layer),
                    protocols[layer->protocol]->name);
        page_end(&view->plain);
        add_text(&view->plain, packet, layer, view->tui->reveal);
    }
    if (!inside && detail != NULL && detail->enciphered && !detail->opened) {
        page_add(&view->plain, TONE_NONE, _("   There is no key for this record: its content stays hidden."));
        page_end(&view->plain);
    }
    page_end(&view->plain);
}

static void build(struct tls_view *view, const struct packet *packet, int columns)
{
    struct nesting nesting;
    bool any = false;
    page_clear(&view->wire);
    page_clear(&view->plain);
    nesting_find(packet, &nesting);
    for (size_t i = nesting.first; i < nesting.count; i++) {
        if (packet->layers[i].protocol != PROTOCOL_TLS)
            continue;
        any = true;
        add_wire(view, packet, &packet->layers[i], columns);
        add_plain(view, packet, &nesting, i);
    }
    if (!any) {
        page_paragraph(&view->wire, TONE_NONE, columns, 1, span_of(_("This packet carries no TLS.")));
        page_paragraph(&view->plain, TONE_NONE, columns, 1, span_of(
            _("What it says can be read by whoever is on the way. \"]\" goes to the next packet with TLS.")));
    }
}

/* --- the view -------------------------------------------------------------------------- */

static const struct tls_detail *last_detail(const struct packet *packet)
{
    const struct layer *layer = packet != NULL ? packet_layer(packet, PROTOCOL_TLS) : NULL;
    return layer != NULL ? layer->detail : NULL;
}

/* What somebody without the keys knows all the same. */
static void draw_eavesdropper(const struct packet *packet, struct screen *screen, struct area area)
{
    const struct tls_detail *detail = last_detail(packet);
    struct page page;
    page_init(&page);
    page_add(&page, (TONE_LAYER + 6) | PAINT_BOLD, _(" What an eavesdropper knows: "));
    page_paragraph(&page, TONE_PLAIN, area.columns - 1, 1, span_of(
        _("who talks to whom, when, and how many bytes; not what.")));
    if (detail != NULL && detail->server_name != NULL) {
        page_printf(&page, TONE_PLAIN, _(" The name of the server, which the client asked for in the clear: %s"),
                    detail->server_name);
        page_end(&page);
    }
    if (detail != NULL && detail->suite != NULL) {
        page_printf(&page, TONE_PLAIN, _(" How it is ciphered: %s"), detail->suite->name);
        page_end(&page);
    }
    page_draw(&page, screen, area);
    page_free(&page);
}

static void head(void *context, struct buf *left, struct buf *right)
{
    struct tls_view *view = context;
    (void)right;
    buf_printf(left, _("TLS before and after: packet %u"), view->tui->packet);
}

static void draw(void *context, struct screen *screen, struct area area)
{
    struct tls_view *view = context;
    const struct packet *packet = tui_packet(view->tui);
    if (packet == NULL)
        return;
    stack_heading(view->tui, screen, area_top(&area, 1));
    if (area.rows > 12)
        draw_eavesdropper(packet, screen, area_bottom(&area, 3));
    screen_rule(screen, area_bottom(&area, 1), 0, TONE_NONE);
    struct area left = area_left(&area, (area.columns - 1) / 2), rule = area_left(&area, 1);
    screen_column(screen, rule, 0, TONE_NONE);
    screen_put(screen, area_top(&left, 1), 0, 1, TONE_PLAIN | PAINT_BOLD | PAINT_UNDERLINE, _("on the wire"));
    screen_put(screen, area_top(&area, 1), 0, 1, TONE_PLAIN | PAINT_BOLD | PAINT_UNDERLINE, _("after deciphering"));
    build(view, packet, left.columns);
    page_draw(&view->wire, screen, left);
    page_draw(&view->plain, screen, area);
}

/* The exchanges know where TLS is: no packet has to be decoded to find the next one. */
static bool nearer(uint32_t packet, uint32_t from, uint32_t best, bool forward)
{
    return forward ? packet > from && (best == 0 || packet < best) : packet < from && packet > best;
}

static void seek(struct tui *tui, struct views *views, bool forward)
{
    uint32_t best = 0;
    for (size_t i = 0; i < exchange_count(tui->list); i++) {
        const struct exchange *exchange = exchange_at(tui->list, i);
        if (forward && best != 0 && exchange->first > best)
            break;
        for (size_t s = 0; s < exchange->step_count; s++) {
            const struct exchange_step *step = &exchange->steps[s];
            bool tls = step->enciphered || exchange->row->osi == 6;
            if (tls && step->kind != STEP_ACK && nearer(step->packet, tui->packet, best, forward))
                best = step->packet;
        }
    }
    if (best != 0)
        tui_go_packet(tui, best);
    else
        views_say(views, TONE_PLAIN, forward ? _("No later packet carries TLS.") : _("No earlier packet carries TLS."));
}

static enum view_answer act(void *context, struct views *views, int action, const struct screen_event *event)
{
    struct tls_view *view = context;
    (void)event;
    if (action == TLS_NEXT || action == TLS_BACK) {
        seek(view->tui, views, action == TLS_NEXT);
    } else if (!page_act(&view->plain, action)) {
        tui_step(view->tui, views, action);
    }
    view->wire.top = view->plain.top;
    return VIEW_STAYS;
}

static int patience(void *context)
{
    return tui_patience(((struct tls_view *)context)->tui);
}

static void close_view(void *context)
{
    struct tls_view *view = context;
    page_free(&view->wire);
    page_free(&view->plain);
    free(view);
}

void tls_push(struct tui *tui, struct views *views)
{
    static const struct view_ops ops = {
        .keys = &tui_tls_keys, .rows = 14, .columns = 60, .head = head, .draw = draw, .act = act,
        .patience = patience,
        .close = close_view,
    };
    struct tls_view *view = mem_alloc(sizeof *view);
    view->tui = tui;
    page_init(&view->wire);
    page_init(&view->plain);
    const struct packet *packet = tui_packet(tui);
    if (packet != NULL && packet_layer(packet, PROTOCOL_TLS) == NULL)
        seek(tui, views, true);
    views_push(views, &ops, view);
}
