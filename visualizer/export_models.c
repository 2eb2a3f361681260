/*
 * export_models.c - the two models beside each other as a drawing, with what
 * each layer is for and the protocols of the registry that live there.
 */
#include "visualizer/export.h"

#include <stdio.h>
#include <string.h>

#include "io/i18n.h"
#include "io/text.h"
#include "visualizer/layers.h"
#include "visualizer/protocols.h"
#include "visualizer/svg.h"

enum { WIDTH = 1180, TOP = 44, ROW = 74, GAP = 4, OSI_WIDTH = 266, TCPIP_LEFT = 932, TCPIP_WIDTH = 246,
       MIDDLE = 284, MIDDLE_COLUMNS = 76, CHIP_WIDTH = 42 };

/* No names that people learn: what only carries or fills. */
static bool unknown_to_people(int id)
{
    switch (id) {
    case PROTOCOL_FRAME: case PROTOCOL_COOKED: case PROTOCOL_LOOPBACK: case PROTOCOL_FTP_DATA:
    case PROTOCOL_IPV6_HOP_BY_HOP: case PROTOCOL_IPV6_ROUTING: case PROTOCOL_IPV6_FRAGMENT:
    case PROTOCOL_IPV6_DESTINATION:
        return true;
    default:
        return false;
    }
}

static void protocols_of(int osi, struct buf *names)
{
    for (int id = 0; id < PROTOCOL_COUNT; id++)
        if (protocols[id]->osi == osi && protocols[id] != &data_protocol && !unknown_to_people(id))
            buf_printf(names, "%s%s", names->len > 0 ? ", " : "", protocols[id]->name);
}

static int top_of(int osi)
{
    return TOP + (OSI_LAYERS - osi) * ROW;
}

static void draw_osi(struct svg *svg, int osi)
{
    const struct model_layer *layer = layers_osi(osi);
    const int y = top_of(osi);
    char classes[32], digit[2] = { layer->letter, '\0' };
    struct buf names;
    buf_init(&names, 4096);
    snprintf(classes, sizeof classes, "f%d", osi);
    svg_box(svg, 0, y, CHIP_WIDTH, ROW - GAP, classes);
    svg_text(svg, CHIP_WIDTH / 2, y + 43, "big bold middle light", digit, 0);
    snprintf(classes, sizeof classes, "l%d", osi);
    svg_box(svg, 0, y, OSI_WIDTH, ROW - GAP, classes);
    svg_text(svg, CHIP_WIDTH + 12, y + 32, "big bold", _(layer->name), 0);
    svg_text(svg, CHIP_WIDTH + 12, y + 56, "faint", _(layer->unit), 0);
    protocols_of(osi, &names);
    const int lines = svg_paragraph(svg, MIDDLE, y + 18, "", _(layer->does), MIDDLE_COLUMNS);
    snprintf(classes, sizeof classes, "bold t%d", osi);
    svg_text(svg, MIDDLE, y + 18 + 22 * lines, classes, names.len > 0 ? buf_text(&names) : "—", 0);
    buf_free(&names);
}

static void draw_tcpip(struct svg *svg, int number)
{
    const struct model_layer *layer = layers_tcpip(number);
    int highest = 0, lowest = OSI_LAYERS + 1;
    for (int osi = 1; osi <= OSI_LAYERS; osi++)
        if (layers_tcpip_of_osi(osi) == number) {
            highest = osi;
            lowest = osi < lowest ? osi : lowest;
        }
    const int y = top_of(highest), height = (highest - lowest + 1) * ROW - GAP;
    char letter[2] = { layer->letter, '\0' };
    svg_box(svg, TCPIP_LEFT, y, TCPIP_WIDTH, height, "");
    svg_text(svg, TCPIP_LEFT + 16, y + height / 2 - 2, "big bold", letter, 0);
    svg_text(svg, TCPIP_LEFT + 46, y + height / 2 - 2, "big bold", _(layer->name), 0);
    svg_text(svg, TCPIP_LEFT + 46, y + height / 2 + 22, "faint", _(layer->unit), 0);
}

int export_models(struct trace *trace, const struct export_options *options, const char *path, struct buf *error)
{
    (void)trace;
    (void)options;
    struct svg svg;
    svg_begin(&svg, WIDTH);
    svg_text(&svg, 0, 26, "bold big", _("OSI: seven layers"), 0);
    svg_text(&svg, TCPIP_LEFT, 26, "bold big", _("TCP/IP: four layers"), 0);
    for (int osi = OSI_LAYERS; osi >= 1; osi--)
        draw_osi(&svg, osi);
    for (int number = TCPIP_LAYERS; number >= 1; number--)
        draw_tcpip(&svg, number);
    return svg_write(&svg, TOP + OSI_LAYERS * ROW, path, error);
}
