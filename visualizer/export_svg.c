/*
 * export_svg.c - the ladder of print_ladder.c as a drawing: lines of time,
 * arrows in the hue of their layer, the exchanges' names at the side. It needs
 * no font but a monospaced one, and nothing from outside.
 */
#include "visualizer/export.h"

#include <stdlib.h>
#include <string.h>

#include "io/i18n.h"
#include "io/palette.h"
#include "io/text.h"
#include "visualizer/print_exchange.h"

/* All in pixels, but for TEXT_COLUMNS. */
enum { LEFT = 130, RIGHT = 640, WIDTH = 1060, ROW = 22, HEAD = 46, TEXT_COLUMNS = 58, NAME_COLUMNS = 52,
       SVG_MAX = 1 << 28, STEP_MAX = 1 << 16 };

struct drawing {
    struct buf body;
    int y;
    int rail;                   /* where the present lines of time begin; 0: none yet */
    const char *hosts[2];       /* addresses of the present head, left and right */
};

/* Texts of exchanges hold no control characters; XML wants its own three written otherwise. */
static void add_xml(struct buf *out, const char *text, int columns)
{
    size_t width = 0, size = text_cut(text, (size_t)columns, &width);
    const bool cut = size < strlen(text);
    if (cut)
        size = text_cut(text, (size_t)columns - 1, &width);
    for (size_t i = 0; i < size; i++)
        switch (text[i]) {
        case '<': buf_add_text(out, "&lt;"); break;
        case '>': buf_add_text(out, "&gt;"); break;
        case '&': buf_add_text(out, "&amp;"); break;
        default: buf_add(out, text + i, 1);
        }
    if (cut)
        buf_add_text(out, "…");
}

static void put_text(struct drawing *drawing, int x, const char *class, const char *text, int columns)
{
    buf_printf(&drawing->body, "<text x=\"%d\" y=\"%d\" class=\"%s\">", x, drawing->y - 6, class);
    add_xml(&drawing->body, text, columns);
    buf_add_text(&drawing->body, "</text>\n");
}

/* The two lines of time, from the last head down to here. */
static void end_rails(struct drawing *drawing)
{
    if (drawing->rail > 0)
        buf_printf(&drawing->body, "<path class=\"time\" d=\"M%d %dV%dM%d %dV%d\"/>\n", LEFT, drawing->rail,
                   drawing->y + 6, RIGHT, drawing->rail, drawing->y + 6);
}

static void head(struct drawing *drawing, const struct exchange *exchange)
{
    const bool swapped = exchange->backward_begin; /* the client stands at the left */
    const char *left = swapped ? exchange->to_address : exchange->from_address;
    const char *right = swapped ? exchange->from_address : exchange->to_address;
    if (drawing->hosts[0] != NULL &&
        ((strcmp(drawing->hosts[0], left) == 0 && strcmp(drawing->hosts[1], right) == 0) ||
         (strcmp(drawing->hosts[0], right) == 0 && strcmp(drawing->hosts[1], left) == 0)))
        return;
    end_rails(drawing);
    drawing->hosts[0] = left;
    drawing->hosts[1] = right;
    drawing->y += HEAD;
    put_text(drawing, LEFT, "host", swapped ? exchange->to : exchange->from, 32);
    put_text(drawing, RIGHT, "host", swapped ? exchange->from : exchange->to, 32);
    drawing->rail = drawing->y;
}

static void draw_step(struct drawing *drawing, const struct exchange *exchange, const struct ladder_step *step)
{
    char mark[64], serves[LAYERS_SERVES_SIZE];
    const struct layer_row *row = exchange->row;
    const unsigned others = row->serves & ~(1u << row->osi);
    const bool rightward = (strcmp(exchange->from_address, drawing->hosts[0]) == 0) != step->step->backward;
    drawing->y += ROW;
    if (step->first) {
        snprintf(mark, sizeof mark, "%u", exchange->number);
        put_text(drawing, 8, "mark", mark, 6);
        put_text(drawing, RIGHT + 16, "name", _(exchange->name), NAME_COLUMNS);
    }
    snprintf(mark, sizeof mark, others ? "L%d ○%s" : "L%d", row->osi, others ? layers_serves(others, serves) : "");
    put_text(drawing, 52, "mark", mark, 10);
    buf_printf(&drawing->body, "<path class=\"l%d%s\" marker-end=\"url(#a%d)\" d=\"M%d %dH%d\"/>\n", row->osi,
               step->thin ? " thin" : "", row->osi, rightward ? LEFT + 2 : RIGHT - 2, drawing->y,
               rightward ? RIGHT - 9 : LEFT + 9);
    put_text(drawing, LEFT + 16, "says", step->text, TEXT_COLUMNS);
}

static void draw_remarks(struct drawing *drawing, const struct exchange *exchange)
{
    for (size_t i = 0; i < exchange->remark_count; i++) {
        drawing->y += ROW;
        put_text(drawing, LEFT + 16, exchange->remarks[i].kind == REMARK_NOTE ? "note" : "bad",
                 _(exchange->remarks[i].text), 100);
    }
}

static void add_style(struct buf *out)
{
    buf_add_text(out, "<style>\ntext{font:13px ui-monospace,monospace;fill:#111;white-space:pre}\n"
                      ".host{font-weight:bold;text-anchor:middle}.says{paint-order:stroke;stroke:#fff;stroke-width:4px}\n"
                      ".mark,.note{fill:#555}.bad{fill:#a00}path{fill:none;stroke-width:1.6}.thin{stroke-dasharray:4 4}\n"
                      ".time{stroke:#999}\n");
    for (int osi = 1; osi <= OSI_LAYERS; osi++)
        buf_printf(out, ".l%d{stroke:#%06x}#a%d path{fill:#%06x;stroke:none}\n", osi, palette_layer(osi)->rgb_light,
                   osi, palette_layer(osi)->rgb_light);
    buf_add_text(out, "</style>\n<defs>\n");
    for (int osi = 1; osi <= OSI_LAYERS; osi++)
        buf_printf(out, "<marker id=\"a%d\" orient=\"auto\" refX=\"1\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" "
                        "markerUnits=\"userSpaceOnUse\"><path d=\"M0 0L8 4L0 8z\"/></marker>\n", osi);
    buf_add_text(out, "</defs>\n");
}

int export_svg(struct trace *trace, const struct export_options *options, const char *path, struct buf *error)
{
    const struct print_options print = { .reveal = options->reveal };
    struct exchange_list *list = print_collect(trace, &print);
    struct drawing drawing = { .y = 0 };
    struct buf out;
    buf_init(&drawing.body, SVG_MAX);
    for (size_t i = 0; i < exchange_count(list); i++) {
        const struct exchange *exchange = exchange_at(list, i);
        struct ladder_step step;
        head(&drawing, exchange);
        for (size_t at = 0; ladder_next(exchange, &at, &step); free(step.text))
            draw_step(&drawing, exchange, &step);
        draw_remarks(&drawing, exchange);
    }
    const bool full = drawing.body.len > SVG_MAX - STEP_MAX; /* something may be missing at its end */
    end_rails(&drawing);
    buf_init(&out, SVG_MAX + STEP_MAX);
    buf_printf(&out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\">\n",
               WIDTH, drawing.y + ROW, WIDTH, drawing.y + ROW);
    add_style(&out);
    buf_printf(&out, "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n", WIDTH, drawing.y + ROW);
    buf_add(&out, drawing.body.data, drawing.body.len);
    buf_add_text(&out, "</svg>\n");
    int status = full ? -1 : export_text(path, &out, error);
    if (full)
        buf_add_text(error, _("The capture has too many exchanges for one drawing."));
    buf_free(&out);
    buf_free(&drawing.body);
    exchange_list_free(list);
    return status;
}
