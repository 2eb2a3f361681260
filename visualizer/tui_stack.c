#include "visualizer/tui_stack.h"

#include <stdio.h>
#include <string.h>

#include "io/i18n.h"
#include "io/text.h"
#include "visualizer/secret.h"
#include "visualizer/tui_lanes.h"

#define WIDE_FROM 96
#define LONG_HEADING_FROM 120
#define NAME_COLUMNS 17     /* "7 Presentation" and a gap; the French names are as long */
#define PROTOCOL_COLUMNS 10
#define BYTES_COLUMNS 13

/* --- heading --------------------------------------------------------------------- */

static int put_direction(const struct tui *tui, struct screen *screen, struct area line, int column)
{
    bool out = tui_outgoing(tui);
    char host[64];
    int room = line.columns < WIDE_FROM ? 9 : 40;
    column = screen_put(screen, line, 0, column, TONE_PLAIN, lanes_host(tui_sender(tui), room, host, sizeof host));
    column = screen_put(screen, line, 0, column, TONE_PLAIN, " \u2500\u2500\u25b8 ");
    column = screen_put(screen, line, 0, column, TONE_PLAIN, lanes_host(tui_receiver(tui), room, host, sizeof host));
    return screen_printf(screen, line, 0, column + 3, TONE_PLAIN | PAINT_BOLD, "%s %s", out ? _("OUT") : _("IN"),
                         out ? "7\u21921" : "1\u21927");
}

/* The state that the packet met, the verb that moved it, the state it made. */
static void put_states(const struct exchange_step *step, struct screen *screen, struct area line, int column)
{
    char text[256];
    if (step == NULL || step->state_before == NULL)
        return;
    bool moved = step->state_after != NULL && strcmp(step->state_before, step->state_after) != 0;
    if (moved)
        snprintf(text, sizeof text, "%s \u2500\u2500%s%s\u25b8 %s  %s ", step->state_before,
                 step->verb != NULL ? step->verb : "", step->verb != NULL ? "\u2500\u2500" : "", step->state_after,
                 step->rfc != NULL ? step->rfc : "");
    else
        snprintf(text, sizeof text, _("state %s  %s "), step->state_before, step->rfc != NULL ? step->rfc : "");
    area_left(&line, column);
    char *rfc = moved ? strstr(text, "  RFC ") : NULL;
    if (rfc != NULL && (int)text_width(text) > line.columns)
        strcpy(rfc, " "); /* the states matter more */
    if ((int)text_width(text) <= line.columns)
        screen_put_right(screen, line, 0, moved ? TONE_PLAIN | PAINT_BOLD : TONE_NONE, text);
    else
        screen_put(screen, line, 0, 0, moved ? TONE_PLAIN | PAINT_BOLD : TONE_NONE, text);
}

void stack_heading(const struct tui *tui, struct screen *screen, struct area line)
{
    const struct exchange *exchange = tui_exchange(tui);
    size_t count, place = tui_packet_place(tui, &count);
    int column = 1;
    if (exchange == NULL)
        return;
    if (place > 0 && line.columns < LONG_HEADING_FROM)
        column = screen_printf(screen, line, 0, column, TONE_PLAIN | PAINT_BOLD, _("packet %u (%zu/%zu of %u)"),
                               tui->packet, place, count, exchange->number);
    else if (place > 0)
        column = screen_printf(screen, line, 0, column, TONE_PLAIN | PAINT_BOLD,
                               _("packet %u (%zu of %zu in exchange %u)"), tui->packet, place, count,
                               exchange->number);
    else
        column = screen_printf(screen, line, 0, column, TONE_PLAIN | PAINT_BOLD, _("packet %u"), tui->packet);
    int gap = line.columns < WIDE_FROM ? 2 : 3;
    column = put_direction(tui, screen, line, column + gap);
    put_states(tui_packet_step(tui), screen, line, column + gap);
}

/* --- layers ---------------------------------------------------------------------- */

const struct layer *stack_layer(const struct packet *packet, int osi, size_t *count)
{
    const struct layer *first = NULL;
    *count = 0;
    for (size_t i = 0; packet != NULL && i < packet->layer_count; i++) {
        const struct layer *layer = &packet->layers[i];
        int lives = layer->protocol == PROTOCOL_FRAME ? 1 : protocols[layer->protocol]->osi;
        if (lives != osi)
            continue;
        if (first == NULL)
            first = layer;
        (*count)++;
    }
    return first;
}

static const char *bytes_text(uint64_t bytes, char *out, size_t size)
{
    snprintf(out, size, ngettext("%llu byte", "%llu bytes", (unsigned long)bytes), (unsigned long long)bytes);
    return out;
}

/* What the capture knows of the wire: where, and how long. */
static void put_wire(const struct tui *tui, struct screen *screen, struct area row)
{
    struct record record;
    char bytes[32];
    struct capture *capture = trace_capture(tui->trace);
    if (!capture_record(capture, tui->packet, &record))
        return;
    const struct interface *interface = capture_interface(capture, record.interface);
    struct area right = area_right(&row, BYTES_COLUMNS);
    screen_put(screen, row, 0, 0, TONE_LAYER + 1, _("wire"));
    if (interface != NULL && interface->name != NULL)
        screen_printf(screen, row, 0, PROTOCOL_COLUMNS, TONE_PLAIN, _("interface %s"), interface->name);
    else
        screen_put(screen, row, 0, PROTOCOL_COLUMNS, TONE_NONE,
                   _("the capture starts above it: length and time are all it tells"));
    screen_put_right(screen, right, 0, TONE_PLAIN, bytes_text(record.length, bytes, sizeof bytes));
}

/* What stands before the summary when there are several: "in Ethernet", "3 of them". */
static int put_others(const struct packet *packet, const struct layer *shown, int osi, size_t count,
                      struct screen *screen, struct area row, int column)
{
    size_t same = 0;
    const struct layer *outer = NULL;
    for (size_t i = 0; i < packet->layer_count; i++) {
        const struct layer *layer = &packet->layers[i];
        same += layer->protocol == shown->protocol;
        if (outer == NULL && layer->protocol != shown->protocol && layer->protocol != PROTOCOL_FRAME &&
            protocols[layer->protocol]->osi == osi)
            outer = layer;
    }
    if (count > 1 && same > 1)
        column = screen_printf(screen, row, 0, column, TONE_NONE, _("%zu of them: "), same);
    if (outer != NULL)
        column = screen_printf(screen, row, 0, column, TONE_NONE, _("in %s: "), protocols[outer->protocol]->name);
    return column;
}

/* The innermost protocol names the layer; of several PDUs side by side, the first one's summary is shown. */
static void put_layer(const struct packet *packet, int osi, bool reveal, struct screen *screen, struct area row)
{
    char bytes[32], hidden[256];
    size_t count;
    uint64_t total = 0;
    const struct layer *shown = stack_layer(packet, osi, &count);
    for (size_t i = 0; i < packet->layer_count; i++) {
        const struct layer *layer = &packet->layers[i];
        if (protocols[layer->protocol]->osi != osi || layer->protocol == PROTOCOL_FRAME)
            continue;
        total += layer->header;
        if (layer->protocol != shown->protocol)
            shown = layer;
    }
    struct area right = area_right(&row, BYTES_COLUMNS);
    int column = screen_put(screen, row, 0, 0, (unsigned)(TONE_LAYER + osi) | PAINT_BOLD,
                            protocols[shown->protocol]->name);
    column = column < PROTOCOL_COLUMNS ? PROTOCOL_COLUMNS : column + 1;
    column = put_others(packet, shown, osi, count, screen, row, column);
    if (shown->error != NULL)
        column = screen_printf(screen, row, 0, column, TONE_BAD | PAINT_BOLD, _("malformed: %s "), _(shown->error));
    const char *info = secret_info(shown, reveal, hidden, sizeof hidden);
    if (info != NULL)
        screen_put(screen, row, 0, column, TONE_PLAIN, info);
    screen_put_right(screen, right, 0, TONE_PLAIN, bytes_text(total, bytes, sizeof bytes));
}

static void put_empty(const struct exchange *exchange, int osi, struct screen *screen, struct area row)
{
    if (exchange != NULL && exchange->row->osi != osi && (exchange->row->serves & 1u << osi) != 0) {
        int column = screen_put(screen, row, 0, 0, (unsigned)(TONE_LAYER + osi) | PAINT_BOLD, "\u25cb ");
        screen_printf(screen, row, 0, column, TONE_LAYER + (unsigned)osi, _("its work is done at layer %d: %s"),
                      exchange->row->osi, _(exchange->row->title));
    } else {
        screen_put(screen, row, 0, 0, TONE_NONE | PAINT_FAINT, "\u00b7");
    }
}

static void draw_osi(const struct tui *tui, const struct packet *packet, int osi, struct screen *screen,
                     struct area row)
{
    size_t count;
    const struct exchange *exchange = tui_exchange(tui);
    const struct layer *layer = stack_layer(packet, osi, &count);
    unsigned tone = (unsigned)(TONE_LAYER + osi);
    struct area name = area_left(&row, NAME_COLUMNS);
    bool lives = exchange != NULL && exchange->row->osi == osi;
    screen_printf(screen, name, 0, 1, tone | PAINT_CHIP | PAINT_BOLD, "%d", osi);
    screen_put(screen, name, 0, 3, layer == NULL ? TONE_NONE : lives ? tone | PAINT_BOLD : tone,
               _(layers_osi(osi)->name));
    int column = screen_put(screen, row, 0, 0, tone | PAINT_BOLD, layer != NULL ? "\u2503 " : "\u2502 ");
    area_left(&row, column);
    if (layer == NULL)
        put_empty(exchange, osi, screen, row);
    else if (layer->protocol == PROTOCOL_FRAME)
        put_wire(tui, screen, row);
    else
        put_layer(packet, osi, tui->reveal, screen, row);
}

/* --- the other model ---------------------------------------------------------------- */

/* The bracket that shows which OSI layers one layer of TCP/IP covers. */
static const char *bracket(int osi)
{
    int here = layers_tcpip_of_osi(osi);
    bool above = osi < OSI_LAYERS && layers_tcpip_of_osi(osi + 1) == here;
    bool below = osi > 1 && layers_tcpip_of_osi(osi - 1) == here;
    return above && below ? "\u2502" : below ? "\u2510" : above ? "\u2518" : "\u2500";
}

static void draw_tcpip(const struct tui *tui, const struct packet *packet, int osi, struct screen *screen,
                       struct area row)
{
    const struct exchange *exchange = tui_exchange(tui);
    int number = layers_tcpip_of_osi(osi);
    const struct model_layer *layer = layers_tcpip(number);
    size_t count;
    bool filled = stack_layer(packet, osi, &count) != NULL;
    bool lives = exchange != NULL && exchange->row->tcpip == number;
    bool top = osi == OSI_LAYERS || layers_tcpip_of_osi(osi + 1) != number;
    screen_put(screen, row, 0, 1, filled ? (unsigned)(TONE_LAYER + osi) : TONE_NONE, bracket(osi));
    if (!top)
        return;
    char letter[2] = { layer->letter, '\0' };
    unsigned paint = lives ? (unsigned)(TONE_LAYER + exchange->row->osi) | PAINT_BOLD : TONE_PLAIN;
    screen_put(screen, row, 0, 3, paint | (lives ? PAINT_CHIP : 0), letter);
    if (row.columns > 8)
        screen_put(screen, row, 0, 5, paint, _(layer->name));
}

void stack_draw(const struct tui *tui, struct screen *screen, struct area area)
{
    const struct packet *packet = tui_packet(tui);
    stack_heading(tui, screen, area_top(&area, 1));
    struct area tcpip = area_right(&area, area.columns >= WIDE_FROM ? 23 : 5);
    for (int osi = OSI_LAYERS; osi >= 1; osi--) {
        draw_osi(tui, packet, osi, screen, area_top(&area, 1));
        draw_tcpip(tui, packet, osi, screen, area_top(&tcpip, 1));
    }
}
