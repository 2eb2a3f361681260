#include "visualizer/tui_ladder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "io/list.h"
#include "io/text.h"
#include "visualizer/tui_keys.h"
#include "visualizer/tui_notes.h"
#include "visualizer/tui_why.h"

#define NUMBER_COLUMNS 7
#define LAYER_COLUMNS 11
#define MARK_COLUMN 9         /* of these: behind the layers, where a bookmark and a note are told */
#define NAME_FROM 100
#define NAME_COLUMNS 24
#define STEP_MIN 16

enum { LADDER_WHY = TUI_OWN };

/*
 * A line is a step of an exchange of the filtered list. before[i] counts the
 * lines before exchange i, so that a line is found by halving.
 */
struct ladder {
    struct tui *tui;
    struct list list;
    size_t *before;
    size_t counted, room;
    const size_t *of;         /* the shown list that was counted: another filter, another count */
    char filter[TUI_FILTER_MAX];
    bool was_passing;
};

static const struct key_row rows[] = {
    { LADDER_WHY, "w", "why", N_("Why"), N_("Why this layer: the whole explanation.") },
    { ACTION_CLOSE, "a", "close-ladder", NULL, N_("Back to the list.") },
};

const struct key_table tui_ladder_keys = { N_("Ladder"), rows, sizeof rows / sizeof rows[0], &tui_step_keys };

/* --- lines ----------------------------------------------------------------------------- */

static const struct exchange *shown_exchange(const struct ladder *ladder, size_t place)
{
    return exchange_at(ladder->tui->list, ladder->tui->shown[place]);
}

/* Exchanges may grow while packets come: then all is counted again. */
static void count_lines(struct ladder *ladder)
{
    const struct tui *tui = ladder->tui;
    if (ladder->counted == tui->shown_count && !tui->passing && !ladder->was_passing && !tui->options.live &&
        strcmp(ladder->filter, tui->filter) == 0 && ladder->of == tui->shown)
        return;
    if (tui->shown_count > ladder->room) {
        ladder->room = tui->shown_count * 2;
        ladder->before = mem_grow(ladder->before, ladder->room, sizeof *ladder->before);
    }
    size_t lines = 0;
    for (size_t i = 0; i < tui->shown_count; i++) {
        ladder->before[i] = lines;
        lines += shown_exchange(ladder, i)->step_count;
    }
    ladder->counted = tui->shown_count;
    ladder->of = tui->shown;
    ladder->was_passing = tui->passing;
    memcpy(ladder->filter, tui->filter, sizeof ladder->filter);
    ladder->list.count = lines;
}

/* The exchange that a line belongs to. */
static size_t place_of(const struct ladder *ladder, size_t line)
{
    size_t low = 0, high = ladder->counted;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (ladder->before[middle] <= line)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* The line of the current packet in the current exchange. */
static void follow(struct ladder *ladder)
{
    size_t place = tui_shown_place(ladder->tui);
    if (place == SIZE_MAX || place >= ladder->counted)
        return;
    const struct exchange *exchange = shown_exchange(ladder, place);
    size_t line = ladder->list.selected;
    if (line >= ladder->before[place] && line - ladder->before[place] < exchange->step_count &&
        exchange->steps[line - ladder->before[place]].packet == ladder->tui->packet)
        return;
    for (size_t i = 0; i < exchange->step_count; i++)
        if (exchange->steps[i].packet == ladder->tui->packet) {
            list_select(&ladder->list, ladder->before[place] + i);
            return;
        }
}

/* --- drawing ------------------------------------------------------------------------------ */

/* The column of a host's lifeline; -1 where there is no room for lifelines. */
static int lifeline(const struct ladder *ladder, long host, int columns)
{
    const struct tui *tui = ladder->tui;
    int hosts = (int)tui->host_count;
    if (hosts < 2 || tui->many_hosts || host < 0)
        return -1;
    int first = (int)text_width(tui->hosts[0]) / 2, last = (int)text_width(tui->hosts[hosts - 1]) / 2 + 1;
    int step = (columns - first - last - 1) / (hosts - 1);
    return step >= STEP_MIN ? first + (int)host * step : -1;
}

static long host_index(const struct tui *tui, const char *name)
{
    for (size_t i = 0; i < tui->host_count; i++)
        if (strcmp(tui->hosts[i], name) == 0)
            return (long)i;
    return -1;
}

/* "L7 ○5" */
static void put_layers(const struct exchange *exchange, struct screen *screen, struct area area, unsigned selected)
{
    const struct layer_row *row = exchange->row;
    unsigned tone = (unsigned)(TONE_LAYER + row->osi);
    int column = screen_printf(screen, area, 0, 0, tone | PAINT_BOLD | selected, "L%d ", row->osi);
    for (int layer = OSI_LAYERS; layer >= 1; layer--)
        if (layer != row->osi && (row->serves & 1u << layer) != 0)
            column = screen_printf(screen, area, 0, column, (unsigned)(TONE_LAYER + layer) | selected, "\u25cb%d",
                                   layer);
}

static const char *step_text(const struct exchange_step *step, char *out, size_t size)
{
    if (step->text != NULL)
        return step->text;
    if (step->kind == STEP_ACK)
        return "ACK";
    snprintf(out, size, ngettext("%u byte", "%u bytes", step->bytes), step->bytes);
    return out;
}

static void put_arrow(struct screen *screen, struct area area, int from, int to, unsigned paint, const char *text)
{
    int left = from < to ? from : to, right = from < to ? to : from;
    struct area span = { area.row, area.column + left + 1, 1, right - left - 1 };
    screen_rule(screen, span, 0, paint);
    screen_put(screen, span, 0, from < to ? span.columns - 1 : 0, paint, from < to ? "\u25b8" : "\u25c2");
    area_left(&span, 3);
    area_right(&span, 3);
    int width = (int)text_width(text) + 2, start = width < span.columns ? (span.columns - width) / 2 : 0;
    area_left(&span, start);
    area_right(&span, span.columns - width);
    char *padded = mem_printf(" %s ", text);
    screen_put(screen, span, 0, 0, (paint & ~0xffu) | TONE_PLAIN, padded);
    free(padded);
}

static void put_step(const struct ladder *ladder, const struct exchange *exchange, const struct exchange_step *step,
                     struct screen *screen, struct area area, unsigned selected)
{
    char bytes[32];
    const char *text = step_text(step, bytes, sizeof bytes);
    const char *sender = step->backward ? exchange->to : exchange->from;
    const char *receiver = step->backward ? exchange->from : exchange->to;
    long from = host_index(ladder->tui, sender), to = host_index(ladder->tui, receiver);
    int start = lifeline(ladder, from, area.columns), end = lifeline(ladder, to, area.columns);
    unsigned paint = (unsigned)(TONE_LAYER + exchange->row->osi) | selected;
    if (start < 0 || end < 0 || from == to) {
        int column = screen_printf(screen, area, 0, 0, TONE_NONE | selected, "%s \u2500\u25b8 %s  ", sender, receiver);
        screen_put(screen, area, 0, column, TONE_PLAIN | selected, text);
        return;
    }
    for (size_t i = 0; i < ladder->tui->host_count; i++)
        screen_put(screen, area, 0, lifeline(ladder, (long)i, area.columns), TONE_NONE | selected, "\u2502");
    put_arrow(screen, area, start, end, paint, text);
}

static void draw_line(void *context, struct screen *screen, struct area line, size_t index, unsigned selected)
{
    struct ladder *ladder = context;
    size_t place = place_of(ladder, index), number = index - ladder->before[place];
    const struct exchange *exchange = shown_exchange(ladder, place);
    if (number >= exchange->step_count)
        return;
    const struct exchange_step *step = &exchange->steps[number];
    struct area packet = area_left(&line, NUMBER_COLUMNS), layers = area_left(&line, LAYER_COLUMNS);
    screen_put(screen, packet, 0, 0, TONE_PLAIN | PAINT_BOLD | selected, selected ? "\u25b8" : " ");
    screen_printf(screen, packet, 0, 1, TONE_NONE | selected, "%5u", step->packet);
    put_layers(exchange, screen, layers, selected);
    tui_notes_mark_packet(ladder->tui, screen, layers, MARK_COLUMN, step->packet, selected);
    if (line.columns >= NAME_FROM - NUMBER_COLUMNS - LAYER_COLUMNS) {
        struct area name = area_right(&line, NAME_COLUMNS);
        if (number == 0)
            screen_put(screen, name, 0, 1, (unsigned)(TONE_LAYER + exchange->row->osi) | PAINT_BOLD | selected,
                       _(exchange->name));
    }
    put_step(ladder, exchange, step, screen, line, selected);
}

static void draw_hosts(const struct ladder *ladder, struct screen *screen, struct area line)
{
    if (ladder->list.count > (size_t)ladder->list.area.rows)
        area_right(&line, 1); /* where the list has its thumb */
    area_left(&line, NUMBER_COLUMNS + LAYER_COLUMNS);
    if (line.columns >= NAME_FROM - NUMBER_COLUMNS - LAYER_COLUMNS)
        area_right(&line, NAME_COLUMNS);
    for (size_t i = 0; lifeline(ladder, 0, line.columns) >= 0 && i < ladder->tui->host_count; i++) {
        int middle = lifeline(ladder, (long)i, line.columns), half = (int)text_width(ladder->tui->hosts[i]) / 2;
        screen_put(screen, line, 0, middle > half ? middle - half : 0, TONE_PLAIN | PAINT_BOLD, ladder->tui->hosts[i]);
    }
}

static void head(void *context, struct buf *left, struct buf *right)
{
    struct ladder *ladder = context;
    buf_printf(left, _("Ladder \u00b7 %s"), ladder->tui->options.title);
    buf_printf(right, ngettext("%zu packet", "%zu packets", trace_passed(ladder->tui->trace)),
               trace_passed(ladder->tui->trace));
}

static void draw(void *context, struct screen *screen, struct area area)
{
    struct ladder *ladder = context;
    struct area hosts = area_top(&area, 1);
    if (area.rows > 12) {
        struct area why = area_bottom(&area, 3);
        why_draw(ladder->tui, screen, why);
        screen_rule(screen, area_bottom(&area, 1), 0, TONE_NONE);
    }
    count_lines(ladder);
    follow(ladder);
    ladder->list.area = area;
    draw_hosts(ladder, screen, hosts);
    list_draw(&ladder->list, screen, area, draw_line, ladder);
}

/* --- acting ------------------------------------------------------------------------------- */

/* The selected line becomes the current packet. */
static void go(struct ladder *ladder)
{
    if (ladder->list.count == 0)
        return;
    size_t place = place_of(ladder, ladder->list.selected);
    const struct exchange *exchange = shown_exchange(ladder, place);
    size_t number = ladder->list.selected - ladder->before[place];
    tui_go_exchange(ladder->tui, ladder->tui->shown[place]);
    if (number < exchange->step_count)
        tui_go_packet(ladder->tui, exchange->steps[number].packet);
}

static enum view_answer act(void *context, struct views *views, int action, const struct screen_event *event)
{
    struct ladder *ladder = context;
    if (action == LADDER_WHY)
        why_push(ladder->tui, views);
    else if (list_act(&ladder->list, action, event))
        go(ladder);
    else
        tui_step(ladder->tui, views, action);
    return VIEW_STAYS;
}

static int patience(void *context)
{
    return tui_patience(((struct ladder *)context)->tui);
}

static void close_view(void *context)
{
    struct ladder *ladder = context;
    free(ladder->before);
    free(ladder);
}

void ladder_push(struct tui *tui, struct views *views)
{
    static const struct view_ops ops = {
        .keys = &tui_ladder_keys, .rows = 12, .columns = 50, .head = head, .draw = draw, .act = act,
        .patience = patience,
        .close = close_view,
    };
    struct ladder *ladder = mem_alloc(sizeof *ladder);
    ladder->tui = tui;
    ladder->counted = SIZE_MAX;
    views_push(views, &ops, ladder);
}
