/*
 * export_envelope.c - one packet as envelopes in envelopes, as a drawing: at
 * the left the two models with the layers that this packet has, down which the
 * sender wraps and up which the receiver opens; at the right the envelopes; at
 * the bottom whose share of the frame's bytes is how large.
 */
#include "visualizer/export.h"

#include <stdio.h>
#include <string.h>

#include "io/i18n.h"
#include "io/text.h"
#include "visualizer/nesting.h"
#include "visualizer/secret.h"
#include "visualizer/svg.h"
#include "visualizer/tui_bytes.h"

enum { WIDTH = 1180, TOP = 40, ROW = 52, OSI_LEFT = 34, OSI_WIDTH = 182, TCPIP_LEFT = 222, TCPIP_WIDTH = 126,
       UP = 368, LEFT = 400, INSET = 14, HEADER = 30, LINE = 18, CONTENT_LINES = 9, CONTENT_MAX = 2048, HEX_LINES = 3,
       BAR = 34, AIR_MAX = 18, PARTS_MAX = 4096 };

struct drawing {
    const struct packet *packet;
    struct nesting nesting;
    struct svg svg;
    bool reveal;
    int air;            /* pixels above and below what is in an envelope, so that they are as high as the models */
};

/* --- the models ------------------------------------------------------------------------- */

/* The protocols of this packet at an OSI layer; nothing when there are none. */
static void names_at(const struct packet *packet, int osi, struct buf *names)
{
    for (size_t i = 0; i < packet->layer_count; i++) {
        const struct layer *layer = &packet->layers[i];
        bool there = false;
        for (size_t j = 0; j < i; j++)
            there = there || packet->layers[j].protocol == layer->protocol;
        if (bytes_osi(layer) == osi && !there)
            buf_printf(names, "%s%s", names->len > 0 ? ", " : "",
                       layer->protocol == PROTOCOL_FRAME ? _("the wire") : protocols[layer->protocol]->name);
    }
}

static void draw_osi(struct drawing *drawing, int osi)
{
    struct svg *svg = &drawing->svg;
    const int y = TOP + (OSI_LAYERS - osi) * ROW;
    char classes[32], title[96];
    struct buf names;
    buf_init(&names, 1024);
    names_at(drawing->packet, osi, &names);
    snprintf(classes, sizeof classes, names.len > 0 ? "f%d" : "thin l0", osi);
    svg_box(svg, OSI_LEFT, y, OSI_WIDTH, ROW - 4, classes);
    snprintf(title, sizeof title, "%d %s", osi, _(layers_osi(osi)->name));
    svg_text(svg, OSI_LEFT + 12, y + 21, names.len > 0 ? "bold light" : "faint", title, 0);
    svg_text(svg, OSI_LEFT + 12, y + 41, names.len > 0 ? "small light" : "small faint",
             names.len > 0 ? buf_text(&names) : _("nothing here"), 26);
    buf_free(&names);
}

static void draw_tcpip(struct drawing *drawing, int number)
{
    int highest = 0, lowest = OSI_LAYERS + 1;
    for (int osi = 1; osi <= OSI_LAYERS; osi++)
        if (layers_tcpip_of_osi(osi) == number) {
            highest = osi;
            lowest = osi < lowest ? osi : lowest;
        }
    const int y = TOP + (OSI_LAYERS - highest) * ROW, height = (highest - lowest + 1) * ROW - 4;
    svg_box(&drawing->svg, TCPIP_LEFT, y, TCPIP_WIDTH, height, "l0");
    svg_paragraph(&drawing->svg, TCPIP_LEFT + 10, y + height / 2 - 2, "bold", _(layers_tcpip(number)->name), 12);
}

static void draw_models(struct drawing *drawing)
{
    char d[64];
    struct svg *svg = &drawing->svg;
    svg_text(svg, 0, 24, "bold", _("out 7→1"), 0);
    svg_text(svg, UP + 10, 24, "bold end", _("in 1→7"), 0);
    for (int osi = OSI_LAYERS; osi >= 1; osi--)
        draw_osi(drawing, osi);
    for (int number = TCPIP_LAYERS; number >= 1; number--)
        draw_tcpip(drawing, number);
    snprintf(d, sizeof d, "M14 %dV%d", TOP, TOP + OSI_LAYERS * ROW - 4);
    svg_arrow(svg, 0, "", d);
    snprintf(d, sizeof d, "M%d %dV%d", UP, TOP + OSI_LAYERS * ROW - 4, TOP);
    svg_arrow(svg, 0, "", d);
}

/* --- the envelopes ---------------------------------------------------------------------- */

static bool is_text(const uint8_t *bytes, size_t size)
{
    size_t odd = 0;
    for (size_t i = 0; i < size; i++)
        odd += bytes[i] < 0x20 && bytes[i] != '\r' && bytes[i] != '\n' && bytes[i] != '\t';
    return odd * 20 < size;
}

/* Lines of the text, at most CONTENT_LINES. Answers the height. */
static int draw_text(struct drawing *drawing, const uint8_t *bytes, size_t size, int x, int y, int columns)
{
    int lines = 0;
    struct buf line;
    buf_init(&line, CONTENT_MAX * 8);
    for (; size > 0 && lines < CONTENT_LINES; lines++) {
        const uint8_t *end = memchr(bytes, '\n', size);
        const size_t length = end != NULL ? (size_t)(end - bytes) + 1 : size;
        buf_clear(&line);
        size_t shown = length;
        while (shown > 0 && (bytes[shown - 1] == '\n' || bytes[shown - 1] == '\r'))
            shown--;
        text_safe(&line, bytes, shown);
        buf_add_text(&line, shown < length ? " ↵" : "");
        const bool last = lines == CONTENT_LINES - 1 && size > length;
        svg_text(&drawing->svg, x, y + 14 + lines * LINE, "m small", last ? "…" : buf_text(&line), columns);
        bytes += length;
        size -= length;
    }
    buf_free(&line);
    return lines * LINE;
}

static int draw_hex(struct drawing *drawing, const uint8_t *bytes, size_t size, int x, int y, int columns)
{
    char hex[3 * 64 + 4];
    const size_t across = columns / 3 < 48 ? (size_t)columns / 3 : 48;
    int lines = 0;
    for (size_t at = 0; at < size && lines < HEX_LINES; lines++) {
        size_t used = 0;
        for (size_t i = 0; i < across && at < size; i++)
            used += (size_t)snprintf(hex + used, sizeof hex - used, "%02x ", bytes[at++]);
        if (lines == HEX_LINES - 1 && at < size)
            snprintf(hex + used - 3, 4, "…");
        svg_text(&drawing->svg, x, y + 14 + lines * LINE, "m small faint", hex, 0);
    }
    return lines * LINE;
}

/* What is in the innermost envelope. Answers the height. */
static int draw_content(struct drawing *drawing, const struct layer *layer, int x, int y, int width)
{
    const struct buffer *buffer = &drawing->packet->buffers[layer->buffer];
    const uint32_t skip = bytes_osi(layer) < 7 ? layer->header : 0; /* headers are on the envelope */
    if (layer->offset + skip >= buffer->len || skip >= layer->length)
        return 0;
    const size_t left = buffer->len - layer->offset - skip, inside = layer->length - skip;
    const size_t all = inside < left ? inside : left, size = all < CONTENT_MAX ? all : CONTENT_MAX;
    const uint8_t *bytes = buffer->data + layer->offset + skip;
    const int columns = width / SVG_SMALL_LETTER;
    if (secret_layer(layer) && !drawing->reveal) {
        svg_text(&drawing->svg, x, y + 14, "m small", SECRET_DOTS, 0);
        return LINE;
    }
    return bytes_osi(layer) == 7 && is_text(bytes, size) ? draw_text(drawing, bytes, size, x, y, columns)
                                                         : draw_hex(drawing, bytes, size, x, y, columns);
}

/* What stands on an envelope: the layer, the protocol, the addresses; how many bytes it is with all in it. */
static void draw_address(struct drawing *drawing, const struct layer *layer, int x, int y, int width)
{
    char classes[32], name[160], bytes[64], hidden[512];
    const int osi = bytes_osi(layer);
    snprintf(classes, sizeof classes, "f%d", osi);
    svg_box(&drawing->svg, x, y, width, HEADER - 4, classes);
    snprintf(name, sizeof name, "%d %s%s%s%s", osi, protocols[layer->protocol]->name, layer->buffer > 0 ? " (" : "",
             layer->buffer > 0 ? bytes_buffer_name(drawing->packet->buffers[layer->buffer].kind) : "",
             layer->buffer > 0 ? ")" : "");
    snprintf(bytes, sizeof bytes, ngettext("%u byte", "%u bytes", layer->length), layer->length);
    svg_text(&drawing->svg, x + 10, y + 19, "bold light", name, 0);
    svg_text(&drawing->svg, x + width - 10, y + 19, "light end", bytes, 0);
    const char *info = secret_info(layer, drawing->reveal, hidden, sizeof hidden);
    const int begin = 24 + (int)text_width(name) * SVG_LETTER;
    const int columns = (width - begin - 10 - (int)text_width(bytes) * SVG_LETTER) / SVG_SMALL_LETTER;
    if (info != NULL && columns > 6)
        svg_text(&drawing->svg, x + begin, y + 18, "m small light", info, columns);
}

/* An envelope with all that is in it. Answers its height. */
static int draw_layer(struct drawing *drawing, size_t index, int x, int y, int width)
{
    const struct layer *layer = &drawing->packet->layers[index];
    char classes[32];
    int height = HEADER + drawing->air;
    bool inside = false;
    draw_address(drawing, layer, x, y, width);
    for (size_t i = index + 1; i < drawing->nesting.count; i++)
        if (drawing->nesting.parent[i] == (int)index) {
            height += draw_layer(drawing, i, x + INSET, y + height, width - 2 * INSET) + 6;
            inside = true;
        }
    if (!inside)
        height += draw_content(drawing, layer, x + INSET, y + height, width - 2 * INSET);
    height += 6 + drawing->air;
    snprintf(classes, sizeof classes, "l%d", bytes_osi(layer));
    svg_box(&drawing->svg, x, y, width, height, classes);
    return height;
}

static int draw_envelopes(struct drawing *drawing)
{
    int y = TOP;
    for (size_t i = drawing->nesting.first; i < drawing->nesting.count; i++)
        if (drawing->nesting.parent[i] == NESTING_TOP)
            y += draw_layer(drawing, i, LEFT, y, WIDTH - LEFT - 2) + 6;
    return y;
}

/* --- the bytes ---------------------------------------------------------------------------- */

static int owner(const struct packet *packet, size_t offset)
{
    int osi = 0;
    for (size_t i = 0; i < packet->layer_count; i++) {
        const struct layer *layer = &packet->layers[i];
        if (layer->protocol != PROTOCOL_FRAME && layer->buffer == 0 && offset >= layer->offset &&
            offset - layer->offset < layer->length)
            osi = bytes_osi(layer);
    }
    return osi;
}

static int draw_bar(struct drawing *drawing, int y)
{
    const struct packet *packet = drawing->packet;
    const size_t total = packet->buffers[0].len;
    size_t applications = 0, parts = 0;
    char text[256], classes[32];
    for (size_t at = 0, end; at < total && parts < PARTS_MAX; at = end, parts++) {
        const int osi = owner(packet, at);
        for (end = at + 1; end < total && owner(packet, end) == osi;)
            end++;
        applications += osi >= 5 ? end - at : 0;
        const int x = (int)(at * WIDTH / total), width = (int)(end * WIDTH / total) - x;
        snprintf(classes, sizeof classes, "f%d", osi);
        svg_box(&drawing->svg, x, y, width > 3 ? width - 2 : 1, BAR, classes);
        snprintf(text, sizeof text, width > 60 ? "%d: %zu" : "%d", osi, end - at);
        if (width > 24)
            svg_text(&drawing->svg, x + width / 2, y + 23, "middle light bold", text, 0);
    }
    snprintf(text, sizeof text, ngettext("%zu of the %zu byte on the wire is of layers 5 to 7",
                                         "%zu of the %zu bytes on the wire are of layers 5 to 7", total),
             applications, total);
    svg_text(&drawing->svg, 0, y + BAR + 24, "faint", text, 0);
    return y + BAR + 34;
}

int export_envelope(struct trace *trace, const struct export_options *options, const char *path, struct buf *error)
{
    while (trace_passed(trace) < options->packet && trace_pass(trace, 0))
        continue;
    struct drawing drawing = { .packet = trace_packet(trace, options->packet), .reveal = options->reveal };
    if (drawing.packet == NULL) {
        buf_printf(error, _("The capture has no packet %u; --packet N chooses one."), options->packet);
        return -1;
    }
    nesting_find(drawing.packet, &drawing.nesting);
    svg_begin(&drawing.svg, WIDTH);
    const int models = TOP + OSI_LAYERS * ROW;
    drawing.air = (models - draw_envelopes(&drawing)) / (2 * drawing.nesting.deepest + 3);
    drawing.air = drawing.air < 0 ? 0 : drawing.air > AIR_MAX ? AIR_MAX : drawing.air;
    buf_clear(&drawing.svg.body);   /* that was only to measure */
    draw_models(&drawing);
    const int envelopes = draw_envelopes(&drawing);
    const int height = draw_bar(&drawing, (envelopes > models ? envelopes : models) + 12);
    return svg_write(&drawing.svg, height, path, error);
}
