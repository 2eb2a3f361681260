#include "visualizer/tui_fields.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "io/list.h"
#include "io/page.h"
#include "visualizer/secret.h"
#include "visualizer/tui_bytes.h"
#include "visualizer/tui_keys.h"
#include "visualizer/tui_notes.h"
#include "visualizer/tui_stack.h"
#include "visualizer/tui_why.h"

#define SIDE_BY_SIDE_FROM 128
#define HEX_ROWS 8
#define NO_FIELD SIZE_MAX

enum { FIELDS_TOGGLE = ACTION_OPEN, FIELDS_ALL = TUI_OWN, FIELDS_WHY };

/* A line of the tree: a layer's head (field NO_FIELD) or one of its fields. */
struct line {
    size_t layer;
    size_t field;
};

struct fields_view {
    struct tui *tui;
    uint32_t packet;         /* that lines belong to */
    struct line *lines;
    size_t room;
    struct list list;
    bool open[PROTOCOL_COUNT];
};

static const struct key_row rows[] = {
    { FIELDS_TOGGLE, "Enter", "toggle", N_("Open/close"), N_("Open or close this layer.") },
    { FIELDS_ALL, "o", "open-all", N_("Open all"), N_("Open all layers; again: close all.") },
    { FIELDS_WHY, "w", "why", N_("Why"), N_("Why this layer: the whole explanation.") },
    { ACTION_CLOSE, "f", "close-fields", NULL, N_("Back to the list.") },
};

const struct key_table tui_fields_keys = { N_("Fields and bytes"), rows, sizeof rows / sizeof rows[0], &tui_step_keys };

static void add_line(struct fields_view *view, size_t layer, size_t field)
{
    if (view->list.count == view->room) {
        view->room = view->room > 0 ? view->room * 2 : 128;
        view->lines = mem_grow(view->lines, view->room, sizeof *view->lines);
    }
    view->lines[view->list.count++] = (struct line){ layer, field };
}

static void find_lines(struct fields_view *view, const struct packet *packet)
{
    view->list.count = 0;
    view->packet = packet != NULL ? packet->number : 0;
    for (size_t layer = 0; packet != NULL && layer < packet->layer_count; layer++) {
        add_line(view, layer, NO_FIELD);
        if (!view->open[packet->layers[layer].protocol])
            continue;
        for (size_t i = 0; i < packet->field_count; i++)
            if (packet->fields[i].layer == layer && field_row(&packet->fields[i])->depth != FIELD_HIDDEN)
                add_line(view, layer, i);
    }
}

/* To the head of the first open layer. */
static void select_open(struct fields_view *view, const struct packet *packet)
{
    for (size_t i = 0; i < view->list.count; i++)
        if (view->lines[i].field == NO_FIELD && view->open[packet->layers[view->lines[i].layer].protocol]) {
            list_select(&view->list, i);
            return;
        }
}

static const struct packet *refresh(struct fields_view *view)
{
    const struct packet *packet = tui_packet(view->tui);
    if (packet != NULL && view->packet != packet->number)
        find_lines(view, packet);
    return packet;
}

/* --- drawing ------------------------------------------------------------------------- */

static void draw_layer(const struct fields_view *view, const struct layer *layer, struct screen *screen,
                       struct area line, int column, unsigned selected)
{
    char hidden[256];
    unsigned tone = (unsigned)(TONE_LAYER + bytes_osi(layer)) | selected;
    const char *info = secret_info(layer, view->tui->reveal, hidden, sizeof hidden);
    column = screen_put(screen, line, 0, column, tone, view->open[layer->protocol] ? "\u25be " : "\u25b8 ");
    column = screen_printf(screen, line, 0, column, tone | PAINT_CHIP | PAINT_BOLD, "%d", bytes_osi(layer));
    column = screen_put(screen, line, 0, column + 1, tone | PAINT_BOLD, _(protocols[layer->protocol]->title));
    if (layer->error != NULL)
        column = screen_printf(screen, line, 0, column, TONE_BAD | PAINT_BOLD | selected, "  %s", _(layer->error));
    if (info != NULL)
        screen_put(screen, line, 0, column + 2, TONE_NONE | selected, info);
}

static void draw_field(const struct fields_view *view, const struct packet *packet, const struct field *field,
                       struct screen *screen, struct area line, unsigned selected)
{
    struct buf value;
    const struct field_row *row = field_row(field);
    const struct layer *layer = &packet->layers[field->layer];
    bool secret = (row->type == FIELD_TEXT || row->type == FIELD_BYTES) && !view->tui->reveal &&
                  (secret_layer(layer) || secret_bytes(packet, field->buffer, field->offset, field->length));
    buf_init(&value, 1 << 16);
    if (secret)
        buf_add_text(&value, SECRET_DOTS);
    else
        field_describe(field, &value);
    int column = screen_put(screen, line, 0, 3 + 2 * row->depth, (unsigned)(TONE_LAYER + bytes_osi(layer)) | selected,
                            _(row->title));
    if (value.len > 0)
        screen_printf(screen, line, 0, column, TONE_PLAIN | selected, ": %s", buf_text(&value));
    buf_free(&value);
}

static void draw_line(void *context, struct screen *screen, struct area line, size_t index, unsigned selected)
{
    struct fields_view *view = context;
    const struct packet *packet = tui_packet(view->tui);
    const struct line *at = &view->lines[index];
    int column = screen_put(screen, line, 0, 0, TONE_PLAIN | PAINT_BOLD | selected, selected ? "\u25b8" : " ");
    if (at->field == NO_FIELD)
        draw_layer(view, &packet->layers[at->layer], screen, line, column, selected);
    else
        draw_field(view, packet, &packet->fields[at->field], screen, line, selected);
}

static void draw_meaning(const struct fields_view *view, const struct packet *packet, struct screen *screen,
                         struct area area)
{
    struct page page;
    if (view->list.count == 0)
        return;
    const struct line *at = &view->lines[view->list.selected];
    const struct layer *layer = &packet->layers[at->layer];
    unsigned tone = (unsigned)(TONE_LAYER + bytes_osi(layer));
    page_init(&page);
    if (at->field == NO_FIELD) {
        const struct model_layer *model = layers_osi(bytes_osi(layer));
        page_printf(&page, tone | PAINT_BOLD, " %s %d, %s: ", _("Layer"), model->number, _(model->name));
        page_paragraph(&page, TONE_PLAIN, area.columns - 1, 1, span_of(_(model->does)));
    } else {
        const struct field_row *row = field_row(&packet->fields[at->field]);
        page_printf(&page, tone | PAINT_BOLD, " %s: ", row->name);
        page_paragraph(&page, TONE_PLAIN, area.columns - 1, 1, span_of(_(row->meaning)));
    }
    page_draw(&page, screen, area);
    page_free(&page);
}

static void draw_hex(const struct fields_view *view, const struct packet *packet, struct screen *screen,
                     struct area area)
{
    uint16_t buffer = 0;
    uint32_t offset = 0, length = 0;
    if (view->list.count > 0) {
        const struct line *at = &view->lines[view->list.selected];
        const struct layer *layer = &packet->layers[at->layer];
        const struct field *field = at->field == NO_FIELD ? NULL : &packet->fields[at->field];
        buffer = field != NULL ? field->buffer : layer->buffer;
        offset = field != NULL ? field->offset : layer->offset;
        length = field != NULL ? field->length : layer->header;
    }
    screen_rule(screen, area_top(&area, 1), 0, TONE_NONE);
    area.row--;
    screen_printf(screen, area, 0, 2, TONE_NONE, _(" bytes: %s, %zu "),
                  bytes_buffer_name(packet->buffers[buffer].kind), packet->buffers[buffer].len);
    area.row++;
    /* The marked bytes in view, with what is before them as far as there is room. */
    size_t line = offset / bytes_per_line(area.columns), rows_there = (size_t)(area.rows > 0 ? area.rows : 1);
    size_t top = line >= rows_there - rows_there / 3 ? line - rows_there / 3 : 0;
    struct bytes_look look = { buffer, top, offset, length, view->tui->reveal };
    bytes_draw(packet, &look, screen, area);
}

static void draw(void *context, struct screen *screen, struct area area)
{
    struct fields_view *view = context;
    const struct packet *packet = refresh(view);
    stack_heading(view->tui, screen, area_top(&area, 1));
    if (tui_notes_here(view->tui))
        tui_notes_line(view->tui, screen, area_top(&area, 1), 0);
    if (packet == NULL)
        return;
    struct area meaning = area_bottom(&area, 2), rule = area_bottom(&area, 1), hex;
    screen_rule(screen, rule, 0, TONE_NONE);
    if (area.columns >= SIDE_BY_SIDE_FROM) {
        hex = area_right(&area, 77);
        area_right(&area, 1);
    } else {
        hex = area_bottom(&area, area.rows > 24 ? area.rows / 3 : area.rows > 14 ? HEX_ROWS : area.rows / 2);
    }
    list_draw(&view->list, screen, area, draw_line, view);
    draw_hex(view, packet, screen, hex);
    draw_meaning(view, packet, screen, meaning);
}

static void head(void *context, struct buf *left, struct buf *right)
{
    struct fields_view *view = context;
    (void)right;
    buf_printf(left, _("Packet %u: fields and bytes"), view->tui->packet);
}

/* --- acting --------------------------------------------------------------------------- */

static void toggle(struct fields_view *view, const struct packet *packet)
{
    if (view->list.count == 0 || packet == NULL)
        return;
    struct line at = view->lines[view->list.selected];
    uint8_t protocol = packet->layers[at.layer].protocol;
    view->open[protocol] = !view->open[protocol];
    find_lines(view, packet);
    for (size_t i = 0; i < view->list.count; i++)
        if (view->lines[i].layer == at.layer && view->lines[i].field == NO_FIELD)
            list_select(&view->list, i);
}

static void toggle_all(struct fields_view *view, const struct packet *packet)
{
    bool all = true;
    for (size_t i = 0; packet != NULL && i < packet->layer_count; i++)
        all = all && view->open[packet->layers[i].protocol];
    for (size_t i = 0; i < PROTOCOL_COUNT; i++)
        view->open[i] = !all;
    find_lines(view, packet);
}

static enum view_answer act(void *context, struct views *views, int action, const struct screen_event *event)
{
    struct fields_view *view = context;
    const struct packet *packet = refresh(view);
    if (action == FIELDS_TOGGLE)
        toggle(view, packet);
    else if (action == FIELDS_ALL)
        toggle_all(view, packet);
    else if (action == FIELDS_WHY)
        why_push(view->tui, views);
    else if (!list_act(&view->list, action, event))
        tui_step(view->tui, views, action);
    return VIEW_STAYS;
}

static int patience(void *context)
{
    return tui_patience(((struct fields_view *)context)->tui);
}

static void close_view(void *context)
{
    struct fields_view *view = context;
    free(view->lines);
    free(view);
}

void fields_push(struct tui *tui, struct views *views, int osi)
{
    static const struct view_ops ops = {
        .keys = &tui_fields_keys, .rows = 14, .columns = 50, .head = head, .draw = draw, .act = act,
        .patience = patience,
        .close = close_view,
    };
    const struct exchange *exchange = tui_exchange(tui);
    const struct packet *packet = tui_packet(tui);
    struct fields_view *view = mem_alloc(sizeof *view);
    view->tui = tui;
    if (osi == 0)
        osi = exchange != NULL ? exchange->row->osi : 3;
    for (size_t i = 0; i < PROTOCOL_COUNT; i++)
        view->open[i] = protocols[i] != NULL && i != PROTOCOL_FRAME && protocols[i]->osi == osi;
    view->open[PROTOCOL_FRAME] = osi == 1;
    find_lines(view, packet);
    if (packet != NULL)
        select_open(view, packet);
    views_push(views, &ops, view);
}
