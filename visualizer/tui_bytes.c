#include "visualizer/tui_bytes.h"

#include <stdio.h>
#include <string.h>

#include "io/i18n.h"
#include "visualizer/secret.h"

#define OFFSET_COLUMNS 6    /* "0040  " */
#define DIGITS_COLUMNS 4    /* "234 " */

uint32_t bytes_per_line(int columns)
{
    return columns >= OFFSET_COLUMNS + DIGITS_COLUMNS + 16 * 3 + 2 + 16 + 1 ? 16 : 8;
}

const char *bytes_buffer_name(enum buffer_kind kind)
{
    switch (kind) {
    case BUFFER_FRAGMENTS:
        return _("put together from fragments");
    case BUFFER_STREAM:
        return _("put together from segments");
    case BUFFER_PLAINTEXT:
        return _("deciphered");
    default:
        return _("frame");
    }
}

int bytes_osi(const struct layer *layer)
{
    return layer->protocol == PROTOCOL_FRAME ? 1 : protocols[layer->protocol]->osi;
}

/* The innermost layer that has this byte; NULL: none. */
static const struct layer *owner(const struct packet *packet, uint16_t buffer, uint32_t offset)
{
    const struct layer *inner = NULL;
    for (size_t i = 0; i < packet->layer_count; i++) {
        const struct layer *layer = &packet->layers[i];
        if (layer->protocol != PROTOCOL_FRAME && layer->buffer == buffer && offset >= layer->offset &&
            offset - layer->offset < layer->length)
            inner = layer;
    }
    return inner;
}

/* A line while it is drawn. */
struct row {
    struct screen *screen;
    struct area area;
    int y;
    int digits, hex, text;     /* columns */
    const struct layer *last;  /* owner of the byte before */
};

static void put_byte(struct row *row, const struct layer *layer, uint8_t byte, bool marked, bool hidden)
{
    char hex[8], text[8] = "\u00b7";
    if (hidden)
        memcpy(text, "\u2022", sizeof "\u2022");
    else if (byte >= 0x20 && byte < 0x7f)
        snprintf(text, sizeof text, "%c", byte);
    unsigned paint = layer != NULL ? (unsigned)(TONE_LAYER + bytes_osi(layer)) : TONE_NONE;
    if (marked)
        paint |= PAINT_CHIP;
    unsigned first = layer != row->last && layer != NULL ? PAINT_UNDERLINE : 0;
    if (first && row->digits < OFFSET_COLUMNS + DIGITS_COLUMNS - 1)
        row->digits = screen_printf(row->screen, row->area, row->y, row->digits, paint | PAINT_BOLD, "%d",
                                    bytes_osi(layer));
    snprintf(hex, sizeof hex, hidden ? "\u2022\u2022" : "%02x", byte);
    row->hex = screen_put(row->screen, row->area, row->y, row->hex, paint | first, hex) + 1;
    row->text = screen_put(row->screen, row->area, row->y, row->text, paint, text);
    row->last = layer;
}

static void draw_line(const struct packet *packet, const struct bytes_look *look, struct row *row, uint32_t offset,
                      uint32_t count)
{
    const struct buffer *bytes = &packet->buffers[look->buffer];
    screen_printf(row->screen, row->area, row->y, 1, TONE_NONE, "%04x", offset);
    row->digits = OFFSET_COLUMNS;
    row->hex = OFFSET_COLUMNS + DIGITS_COLUMNS;
    row->text = row->hex + (int)count * 3 + 2;
    row->last = offset > 0 ? owner(packet, look->buffer, offset - 1) : NULL;
    const struct layer *first = owner(packet, look->buffer, offset);
    if (first != NULL && first == row->last) /* the layer that goes on is named on each line; put_byte names new ones */
        row->digits = screen_printf(row->screen, row->area, row->y, row->digits,
                                    (unsigned)(TONE_LAYER + bytes_osi(first)), "%d", bytes_osi(first));
    for (uint32_t i = 0; i < count && offset + i < bytes->len; i++) {
        uint32_t at = offset + i;
        bool marked = at >= look->mark && at - look->mark < look->mark_length;
        bool hidden = !look->reveal && secret_bytes(packet, look->buffer, at, 1);
        put_byte(row, owner(packet, look->buffer, at), bytes->data[at], marked, hidden);
        if (i == 7 && count > 8)
            row->hex++;
    }
}

void bytes_draw(const struct packet *packet, const struct bytes_look *look, struct screen *screen, struct area area)
{
    uint32_t count = bytes_per_line(area.columns);
    if (packet == NULL || look->buffer >= packet->buffer_count)
        return;
    struct row row = { .screen = screen, .area = area };
    for (row.y = 0; row.y < area.rows; row.y++) {
        size_t offset = (look->top + (size_t)row.y) * count;
        if (offset >= packet->buffers[look->buffer].len)
            break;
        draw_line(packet, look, &row, (uint32_t)offset, count);
    }
}
