#include "visualizer/svg.h"

#include <string.h>

#include "io/i18n.h"
#include "io/palette.h"
#include "io/text.h"
#include "visualizer/export.h"
#include "visualizer/layers.h"

enum { DRAWING_MAX = 1 << 28, HEAD_MAX = 1 << 14, LINE = 22, MARGIN = 3 };

void svg_begin(struct svg *svg, int width)
{
    *svg = (struct svg){ .width = width };
    buf_init(&svg->body, DRAWING_MAX);
}

void svg_escape(struct buf *out, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        switch (text[i]) {
        case '<': buf_add_text(out, "&lt;"); break;
        case '>': buf_add_text(out, "&gt;"); break;
        case '&': buf_add_text(out, "&amp;"); break;
        case '"': buf_add_text(out, "&quot;"); break;
        default: buf_add(out, text + i, 1);
        }
}

void svg_text(struct svg *svg, int x, int y, const char *classes, const char *text, int columns)
{
    size_t width = 0, size = columns > 0 ? text_cut(text, (size_t)columns, &width) : strlen(text);
    const bool cut = size < strlen(text);
    if (cut)
        size = text_cut(text, (size_t)columns - 1, &width);
    buf_printf(&svg->body, "<text x=\"%d\" y=\"%d\" class=\"%s\">", x, y, classes);
    svg_escape(&svg->body, text, size);
    buf_add_text(&svg->body, cut ? "…</text>\n" : "</text>\n");
}

void svg_box(struct svg *svg, int x, int y, int width, int height, const char *classes)
{
    buf_printf(&svg->body, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\" class=\"%s\"/>\n", x, y, width,
               height, classes);
}

void svg_arrow(struct svg *svg, int osi, const char *classes, const char *d)
{
    buf_printf(&svg->body, "<path class=\"line l%d %s\" marker-end=\"url(#a%d)\" d=\"%s\"/>\n", osi, classes, osi, d);
}

int svg_paragraph(struct svg *svg, int x, int y, const char *classes, const char *text, int columns)
{
    int lines = 0;
    while (*text) {
        size_t next;
        const size_t size = text_wrap(text, (size_t)columns, &next);
        buf_printf(&svg->body, "<text x=\"%d\" y=\"%d\" class=\"%s\">", x, y + lines * LINE, classes);
        svg_escape(&svg->body, text, size);
        buf_add_text(&svg->body, "</text>\n");
        text += next;
        lines++;
    }
    return lines;
}

static void add_style(struct buf *out)
{
    buf_add_text(out, "<style>\ntext{font:17px \"Liberation Sans\",\"DejaVu Sans\",Arial,sans-serif;fill:#161616;"
                      "white-space:pre}\n.m{font-family:\"DejaVu Sans Mono\",\"Liberation Mono\",monospace;"
                      "font-size:16px}\n.small{font-size:13px}.mid{font-size:15px}.big{font-size:21px}.bold{font-weight:700}"
                      ".middle{text-anchor:middle}.end{text-anchor:end}.faint{fill:#5c5c5c}.bad{fill:#a00}\n"
                      ".halo{paint-order:stroke;stroke:#fff;stroke-width:5px;stroke-linejoin:round}\n"
                      "rect,path{fill:none}rect{stroke:#6c6c6c;stroke-width:2}.line{stroke:#888;stroke-width:2}"
                      ".thin{stroke-dasharray:5 4}.ground{fill:#fff;stroke:none}\n");
    for (int osi = 0; osi <= OSI_LAYERS; osi++) {
        const unsigned rgb = palette_layer(osi)->rgb_light;
        buf_printf(out, ".l%d{stroke:#%06x}.f%d{fill:#%06x;stroke:#%06x}.t%d{fill:#%06x}#a%d path{fill:#%06x}\n", osi,
                   rgb, osi, rgb, rgb, osi, rgb, osi, rgb);
    }
    buf_add_text(out, "text.light{fill:#fff}\n</style>\n<defs>\n");
    for (int osi = 0; osi <= OSI_LAYERS; osi++)
        buf_printf(out, "<marker id=\"a%d\" orient=\"auto\" refX=\"9\" refY=\"5\" markerWidth=\"10\" "
                        "markerHeight=\"10\" markerUnits=\"userSpaceOnUse\"><path d=\"M0 0L10 5L0 10z\"/></marker>\n",
                   osi);
    buf_add_text(out, "</defs>\n");
}

int svg_write(struct svg *svg, int height, const char *path, struct buf *error)
{
    struct buf out;
    buf_init(&out, DRAWING_MAX + HEAD_MAX);
    buf_printf(&out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"%d 0 %d %d\" width=\"%d\" height=\"%d\">\n",
               -MARGIN, svg->width + 2 * MARGIN, height, svg->width + 2 * MARGIN, height);
    add_style(&out);
    buf_printf(&out, "<rect x=\"%d\" width=\"%d\" height=\"%d\" class=\"ground\"/>\n", -MARGIN,
               svg->width + 2 * MARGIN, height);
    const bool full = svg->body.len > DRAWING_MAX - HEAD_MAX; /* something may be missing at its end */
    buf_add(&out, svg->body.data, svg->body.len);
    buf_add_text(&out, "</svg>\n");
    if (full)
        buf_add_text(error, _("The capture has too many exchanges for one drawing."));
    const int status = full ? -1 : export_text(path, &out, error);
    buf_free(&out);
    buf_free(&svg->body);
    return status;
}
