#include "visualizer/tui_bits.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "io/list.h"
#include "io/page.h"
#include "visualizer/live.h"
#include "visualizer/secret.h"
#include "visualizer/tui_bytes.h"
#include "visualizer/tui_keys.h"
#include "visualizer/tui_live.h"
#include "visualizer/tui_stack.h"

#define EXPLAIN_ROWS 5

enum { BITS_FLIP = ACTION_OPEN, BITS_NEXT = TUI_OWN, BITS_BACK, BITS_BIT, BITS_BIT_NEXT };

struct bits_view {
    struct tui *tui;
    uint32_t packet;
    uint32_t byte;
    int bit;                    /* 7 is the most significant, as the wire counts */
    int per_line;
};

static const struct key_row rows[] = {
    { BITS_FLIP, "Enter x", "flip", N_("Flip"), N_("Flip the bit: the packet stays held, as it is then.") },
    { BITS_NEXT, "Right n", "next-byte", N_("Byte"), N_("To the next byte.") },
    { BITS_BACK, "Left b", "byte-before", N_("Back"), N_("To the byte before.") },
    { BITS_BIT_NEXT, "Tab", "next-bit", N_("Bit"), N_("To the next bit of the byte.") },
    { BITS_BIT, "7 6 5 4 3 2 1 0", "bit", NULL, N_("Choose this bit; 7 is the most significant.") },
};

const struct key_table tui_bits_keys = { N_("A bit to flip"), rows, sizeof rows / sizeof rows[0], &list_keys };

/* --- which layer will notice? ------------------------------------------------------------------ */

/* Which checksum covers a byte, by the innermost of these layers that it lies in. */
static const struct notice {
    enum protocol_id protocol;
    bool payload;               /* what it carries, too */
    const char *text;
} notices[] = {
    { PROTOCOL_TCP, true,
      N_("TCP will notice: its checksum covers this byte. The receiver throws the segment away without a word, nobody "
         "acknowledges it, and the sender sends it again. The application sees nothing but a delay.") },
    { PROTOCOL_UDP, true,
      N_("UDP will notice: its checksum covers this byte, and the datagram is thrown away. UDP itself never sends "
         "again: whether anybody repairs it is up to the application.") },
    { PROTOCOL_ICMPV4, true,
      N_("ICMP will notice: its checksum covers this byte, and the message is thrown away.") },
    { PROTOCOL_ICMPV6, true,
      N_("ICMPv6 will notice: its checksum covers this byte, and the message is thrown away.") },
    { PROTOCOL_IPV4, false,
      N_("IPv4 will notice: its checksum covers the header, and the packet is thrown away. Then it is for the layer "
         "above to find out that something is missing.") },
    { PROTOCOL_IPV6, false,
      N_("IPv6 has no checksum of its own header. Addresses are covered by that of the layer above; the rest is "
         "believed.") },
    { PROTOCOL_ARP, true,
      N_("Nobody will notice: ARP has no checksum, and captures stand above that of the frame. A wrong address is "
         "believed, and frames go nowhere.") },
    { PROTOCOL_ETHERNET, false,
      N_("The card would notice by the frame's own checksum (FCS), but the wire makes a new one. A changed destination "
         "makes the other card look away; a changed type hands the packet to the wrong protocol.") },
};

static bool covers(const struct notice *notice, const struct layer *layer, uint32_t byte)
{
    uint32_t length = notice->payload ? layer->length : layer->header;
    return layer->protocol == notice->protocol && layer->buffer == 0 && byte >= layer->offset &&
           byte - layer->offset < length;
}

static const char *who_notices(const struct packet *packet, uint32_t byte)
{
    for (size_t i = 0; i < sizeof notices / sizeof notices[0]; i++)
        for (size_t layer = packet->layer_count; layer-- > 0;)
            if (covers(&notices[i], &packet->layers[layer], byte))
                return _(notices[i].text);
    return _("No layer that we know has a checksum over this byte.");
}

/* --- drawing ------------------------------------------------------------------------------------ */

static void head(void *context, struct buf *left, struct buf *right)
{
    const struct bits_view *view = context;
    (void)right;
    buf_printf(left, _("Packet %u: a bit to flip"), view->packet);
}

/* The shortest field over the byte says the most. */
static const struct field *field_at(const struct packet *packet, uint32_t byte)
{
    const struct field *best = NULL;
    for (size_t i = 0; i < packet->field_count; i++) {
        const struct field *field = &packet->fields[i];
        if (field->buffer == 0 && field->length > 0 && byte >= field->offset && byte - field->offset < field->length &&
            field_row(field)->depth != FIELD_HIDDEN && (best == NULL || field->length < best->length))
            best = field;
    }
    return best;
}

static void draw_byte(const struct bits_view *view, const struct packet *packet, struct screen *screen,
                      struct area line)
{
    uint8_t byte = packet->buffers[0].data[view->byte];
    bool hidden = !view->tui->reveal && secret_bytes(packet, 0, view->byte, 1);
    int column = screen_printf(screen, line, 0, 1, TONE_PLAIN | PAINT_BOLD, _("byte %u = "), view->byte);
    column = screen_printf(screen, line, 0, column, TONE_PLAIN | PAINT_BOLD, hidden ? "\u2022\u2022 = " : "0x%02x = ",
                           byte);
    for (int bit = 7; bit >= 0; bit--) {
        unsigned paint = bit == view->bit ? TONE_BAD | PAINT_CHIP | PAINT_BOLD : TONE_PLAIN;
        const char *value = hidden ? "\u2022" : byte >> bit & 1 ? "1" : "0";
        column = screen_printf(screen, line, 0, column, paint, bit == view->bit ? "[%s]" : " %s ", value);
    }
    column = screen_printf(screen, line, 0, column + 1, TONE_PLAIN, _("bit %d"), view->bit);
    const struct field *field = field_at(packet, view->byte);
    if (field != NULL)
        screen_printf(screen, line, 0, column + 2,
                      (unsigned)(TONE_LAYER + bytes_osi(&packet->layers[field->layer])) | PAINT_BOLD, "%s: %s",
                      protocols[field->protocol]->name, _(field_row(field)->title));
}

static void draw(void *context, struct screen *screen, struct area area)
{
    struct bits_view *view = context;
    const struct packet *packet = trace_packet(view->tui->trace, view->packet);
    struct page page;
    if (packet == NULL || packet->buffers[0].len == 0)
        return;
    if (view->byte >= packet->buffers[0].len)
        view->byte = (uint32_t)packet->buffers[0].len - 1;
    stack_heading(view->tui, screen, area_top(&area, 1));
    struct area explain = area_bottom(&area, EXPLAIN_ROWS), line = area_bottom(&area, 1);
    screen_rule(screen, area_bottom(&area, 1), 0, TONE_NONE);
    view->per_line = (int)bytes_per_line(area.columns);
    size_t row = view->byte / (uint32_t)view->per_line, in_view = (size_t)(area.rows > 0 ? area.rows : 1);
    struct bytes_look look = { 0, row >= in_view ? row - in_view + 1 : 0, view->byte, 1, view->tui->reveal };
    bytes_draw(packet, &look, screen, area);
    draw_byte(view, packet, screen, line);
    page_init(&page);
    page_add(&page, TONE_PLAIN, " ");
    page_paragraph(&page, TONE_PLAIN, explain.columns - 1, 1, span_of(who_notices(packet, view->byte)));
    page_draw(&page, screen, explain);
    page_free(&page);
}

/* --- acting ------------------------------------------------------------------------------------- */

static void move(struct bits_view *view, long by)
{
    const struct packet *packet = trace_packet(view->tui->trace, view->packet);
    long to = (long)view->byte + by;
    if (packet != NULL && to >= 0 && to < (long)packet->buffers[0].len)
        view->byte = (uint32_t)to;
}

static enum view_answer flip(struct bits_view *view, struct views *views)
{
    char before[64];
    if (tui_live_held(view->tui, view->packet) == NULL) {
        views_say(views, TONE_BAD, _("Packet %u is held no more."), view->packet);
        return VIEW_STAYS;
    }
    snprintf(before, sizeof before, "corrupt bit %d of byte %u of", view->bit, view->byte);
    tui_live_fault(view->tui, views, before, view->packet, "");
    return VIEW_CLOSES;
}

static enum view_answer act(void *context, struct views *views, int action, const struct screen_event *event)
{
    struct bits_view *view = context;
    switch (action) {
    case BITS_FLIP:
        return flip(view, views);
    case BITS_NEXT: case BITS_BACK:
        move(view, action == BITS_NEXT ? 1 : -1);
        break;
    case ACTION_DOWN: case ACTION_UP:
        move(view, action == ACTION_DOWN ? view->per_line : -view->per_line);
        break;
    case BITS_BIT_NEXT:
        view->bit = (view->bit + 7) % 8;
        break;
    case BITS_BIT:
        if (event != NULL && event->key >= '0' && event->key <= '7')
            view->bit = event->key - '0';
        break;
    default:
        tui_step(view->tui, views, action == ACTION_TICK ? action : ACTION_NONE);
    }
    return VIEW_STAYS;
}

static int patience(void *context)
{
    return tui_patience(((struct bits_view *)context)->tui);
}

/* Where people want to begin: at what the exchange is about. */
static uint32_t first_byte(const struct tui *tui)
{
    const struct packet *packet = tui_packet(tui);
    const struct exchange *exchange = tui_exchange(tui);
    for (size_t i = packet != NULL && exchange != NULL ? packet->layer_count : 0; i-- > 0;)
        if (packet->layers[i].buffer == 0 && bytes_osi(&packet->layers[i]) == exchange->row->osi)
            return packet->layers[i].offset;
    return 0;
}

void bits_push(struct tui *tui, struct views *views)
{
    static const struct view_ops ops = {
        .keys = &tui_bits_keys, .rows = 16, .columns = 60, .head = head, .draw = draw, .act = act, .patience = patience,
        .close = free,
    };
    struct bits_view *view = mem_alloc(sizeof *view);
    *view = (struct bits_view){ .tui = tui, .packet = tui->packet, .byte = first_byte(tui), .per_line = 16 };
    tui->follow = false;
    views_push(views, &ops, view);
}
