/*
 * export_svg.c - the ladder of print_ladder.c as a drawing: lines of time,
 * arrows in the hue of their layer, the exchanges' names at the side. It needs
 * no font but a monospaced one, and nothing from outside.
 */
#include "visualizer/export.h"

#include <stdlib.h>
#include <string.h>

#include "io/i18n.h"
#include "io/text.h"
#include "visualizer/print_exchange.h"
#include "visualizer/svg.h"

/* All in pixels, but for what is in columns. */
enum { LEFT = 140, RIGHT = 790, NAMES = RIGHT + 18, WIDTH = 1180, ROW = 27, HEAD = 52, TEXT_COLUMNS = 61,
       NAME_COLUMNS = 40, STATE_COLUMNS = (WIDTH - NAMES) / SVG_SMALL_LETTER };

struct drawing {
    struct svg svg;
    int y;
    int rail;                   /* where the present lines of time begin; 0: none yet */
    const char *hosts[2];       /* addresses of the present head, left and right */
};

static void put_text(struct drawing *drawing, int x, const char *classes, const char *text, int columns)
{
    svg_text(&drawing->svg, x, drawing->y - 7, classes, text, columns);
}

/* The two lines of time, from the last head down to here. */
static void end_rails(struct drawing *drawing)
{
    if (drawing->rail > 0)
        buf_printf(&drawing->svg.body, "<path class=\"line\" d=\"M%d %dV%dM%d %dV%d\"/>\n", LEFT, drawing->rail,
                   drawing->y + 8, RIGHT, drawing->rail, drawing->y + 8);
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
    put_text(drawing, LEFT, "bold middle", swapped ? exchange->to : exchange->from, 32);
    put_text(drawing, RIGHT, "bold middle", swapped ? exchange->from : exchange->to, 32);
    drawing->rail = drawing->y;
}

/* The state that the step makes of which; behind the exchange's name, if that is in the same line. */
static void put_states(struct drawing *drawing, const struct exchange *exchange, const struct ladder_step *step)
{
    char moves[160];
    const struct exchange_step *made = step->step;
    if (made->state_before == NULL || made->state_after == NULL || strcmp(made->state_before, made->state_after) == 0)
        return;
    const int behind = step->first ? ((int)text_width(_(exchange->name)) + 2) * SVG_LETTER : 0;
    snprintf(moves, sizeof moves, "%s → %s", made->state_before, made->state_after);
    if (behind / SVG_SMALL_LETTER + (int)text_width(moves) <= STATE_COLUMNS)
        put_text(drawing, NAMES + behind, "m small faint", moves, 0);
}

static void draw_step(struct drawing *drawing, const struct exchange *exchange, const struct ladder_step *step)
{
    char mark[64], serves[LAYERS_SERVES_SIZE], d[64], name[32];
    const struct layer_row *row = exchange->row;
    const unsigned others = row->serves & ~(1u << row->osi);
    const bool rightward = (strcmp(exchange->from_address, drawing->hosts[0]) == 0) != step->step->backward;
    drawing->y += ROW;
    if (step->first) {
        snprintf(mark, sizeof mark, "%u", exchange->number);
        put_text(drawing, 0, "faint", mark, 6);
        snprintf(name, sizeof name, "name bold t%d", row->osi);
        put_text(drawing, NAMES, name, _(exchange->name), NAME_COLUMNS);
    }
    snprintf(mark, sizeof mark, others ? "L%d ○%s" : "L%d", row->osi, others ? layers_serves(others, serves) : "");
    put_text(drawing, 42, "m small faint", mark, 11);
    snprintf(d, sizeof d, "M%d %dH%d", rightward ? LEFT + 2 : RIGHT - 2, drawing->y, rightward ? RIGHT - 2 : LEFT + 2);
    svg_arrow(&drawing->svg, row->osi, step->thin ? "thin" : "", d);
    put_text(drawing, LEFT + 18, step->thin ? "m small faint halo" : "m halo", step->text, TEXT_COLUMNS);
    put_states(drawing, exchange, step);
}

static void draw_remarks(struct drawing *drawing, const struct exchange *exchange)
{
    for (size_t i = 0; i < exchange->remark_count; i++) {
        drawing->y += ROW;
        put_text(drawing, LEFT + 18, exchange->remarks[i].kind == REMARK_NOTE ? "faint halo" : "bad halo",
                 _(exchange->remarks[i].text), 110);
    }
}

int export_svg(struct trace *trace, const struct export_options *options, const char *path, struct buf *error)
{
    const struct print_options print = { .reveal = options->reveal, .selection = options->selection };
    struct exchange_list *list = print_collect(trace, &print);
    struct drawing drawing = { .y = -14 };
    svg_begin(&drawing.svg, WIDTH);
    for (size_t i = 0; i < exchange_count(list); i++) {
        const struct exchange *exchange = exchange_at(list, i);
        struct ladder_step step;
        if (!exchange_in_range(&options->exchanges, exchange) || !selection_exchange(options->selection, exchange))
            continue;
        head(&drawing, exchange);
        for (size_t at = 0; ladder_next(exchange, &at, &step); free(step.text))
            draw_step(&drawing, exchange, &step);
        draw_remarks(&drawing, exchange);
    }
    end_rails(&drawing);
    const int status = svg_write(&drawing.svg, drawing.y > 0 ? drawing.y + ROW : ROW, path, error);
    exchange_list_free(list);
    return status;
}
