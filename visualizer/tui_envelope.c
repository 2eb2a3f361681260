#include "visualizer/tui_envelope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "io/list.h"
#include "io/text.h"
#include "visualizer/nesting.h"
#include "visualizer/secret.h"
#include "visualizer/tui_bytes.h"
#include "visualizer/tui_keys.h"
#include "visualizer/tui_stack.h"
#include "visualizer/tui_why.h"

#define STEP_MILLISECONDS 400
#define CONTENT_MAX 4096

/* What one drawing needs to know all the way down. */
struct drawing {
    const struct packet *packet;
    struct screen *screen;
    struct nesting nesting;
    bool reveal;       /* passwords are shown */
    int outermost;     /* depth of the outermost envelope that is drawn */
    int opened;        /* depth of the innermost one */
};

/* --- an envelope ------------------------------------------------------------------- */

static void frame_lines(struct screen *screen, struct area box, unsigned paint)
{
    struct area top = box, bottom = box;
    screen_rule(screen, area_top(&top, 1), 0, paint);
    screen_rule(screen, area_bottom(&bottom, 1), 0, paint);
    screen_column(screen, box, 0, paint);
    screen_column(screen, box, box.columns - 1, paint);
    screen_put(screen, box, 0, 0, paint, "\u250c");
    screen_put(screen, box, 0, box.columns - 1, paint, "\u2510");
    screen_put(screen, box, box.rows - 1, 0, paint, "\u2514");
    screen_put(screen, box, box.rows - 1, box.columns - 1, paint, "\u2518");
}

/* What is on the envelope: protocol, addresses, how many bytes it holds. */
static void address(const struct drawing *drawing, const struct layer *layer, struct area box, unsigned tone)
{
    char bytes[64], hidden[256];
    int osi = bytes_osi(layer);
    snprintf(bytes, sizeof bytes, ngettext(" %u byte ", " %u bytes ", layer->length), layer->length);
    struct area line = area_top(&box, 1);
    area_left(&line, 2);
    area_right(&line, 2);
    int room = line.columns;
    int width = (int)text_width(bytes);
    if (width < room / 2)
        screen_put(drawing->screen, area_right(&line, width), 0, 0, tone, bytes);
    line.columns--;
    int column = screen_printf(drawing->screen, line, 0, 0, tone | PAINT_CHIP | PAINT_BOLD, "%d", osi);
    column = screen_printf(drawing->screen, line, 0, column, tone | PAINT_BOLD, " %s ",
                           protocols[layer->protocol]->name);
    if (layer->buffer > 0)
        column = screen_printf(drawing->screen, line, 0, column, TONE_NONE, "(%s) ",
                               bytes_buffer_name(drawing->packet->buffers[layer->buffer].kind));
    const char *info = secret_info(layer, drawing->reveal, hidden, sizeof hidden);
    if (info != NULL && column + 4 < line.columns)
        screen_printf(drawing->screen, line, 0, column, TONE_PLAIN, "%s ", info);
}

/* The innermost: what is written in the letter. Text as text, anything else in hexadecimal. */
static bool is_text(const uint8_t *bytes, size_t size)
{
    size_t odd = 0;
    for (size_t i = 0; i < size; i++)
        odd += bytes[i] < 0x20 && bytes[i] != '\r' && bytes[i] != '\n' && bytes[i] != '\t';
    return odd * 20 < size;
}

static void draw_text(const struct drawing *drawing, const uint8_t *bytes, size_t size, struct area box)
{
    struct buf line;
    buf_init(&line, CONTENT_MAX * 8);
    while (size > 0 && box.rows > 0) {
        const uint8_t *end = memchr(bytes, '\n', size);
        size_t length = end != NULL ? (size_t)(end - bytes) + 1 : size;
        buf_clear(&line);
        text_safe(&line, bytes, length < CONTENT_MAX ? length : CONTENT_MAX);
        screen_put(drawing->screen, area_top(&box, 1), 0, 0, TONE_PLAIN, buf_text(&line));
        bytes += length;
        size -= length;
    }
    buf_free(&line);
}

static void draw_content(const struct drawing *drawing, const struct layer *layer, struct area box)
{
    const struct buffer *buffer = &drawing->packet->buffers[layer->buffer];
    if (layer->offset >= buffer->len || box.rows < 1)
        return;
    size_t left = buffer->len - layer->offset, size = layer->length < left ? layer->length : left;
    const uint8_t *bytes = buffer->data + layer->offset;
    if (size > CONTENT_MAX)
        size = CONTENT_MAX;
    if (secret_layer(layer) && !drawing->reveal) {
        screen_put(drawing->screen, box, 0, 0, TONE_PLAIN, SECRET_DOTS);
        screen_put(drawing->screen, box, 0, 10, TONE_NONE, _("(r shows passwords)"));
        return;
    }
    if (bytes_osi(layer) == 7 && is_text(bytes, size)) {
        draw_text(drawing, bytes, size, box);
        return;
    }
    char hex[3 * 64 + 1];
    for (size_t at = 0; at < size && box.rows > 0;) {
        size_t here = (size_t)box.columns / 3, used = 0;
        here = here > 64 ? 64 : here < 1 ? 1 : here;
        for (size_t i = 0; i < here && at < size; i++)
            used += (size_t)snprintf(hex + used, sizeof hex - used, "%02x ", bytes[at++]);
        screen_put(drawing->screen, area_top(&box, 1), 0, 0, TONE_NONE, hex);
    }
}

/* Rows that a layer wants with all that is inside it. */
static int wanted_rows(const struct drawing *drawing, size_t index)
{
    int inside = 0;
    for (size_t i = index + 1; i < drawing->nesting.count; i++)
        if (drawing->nesting.parent[i] == (int)index)
            inside += wanted_rows(drawing, i);
    if (inside > 0)
        return inside + 2;
    const struct layer *layer = &drawing->packet->layers[index];
    const struct buffer *buffer = &drawing->packet->buffers[layer->buffer];
    int lines = 0;
    if (bytes_osi(layer) < 7)
        return layer->length > layer->header ? 4 : 2;
    for (uint32_t i = 0; i < layer->length && layer->offset + i < buffer->len && i < CONTENT_MAX; i++)
        lines += buffer->data[layer->offset + i] == '\n';
    return (lines > 0 ? lines : 1) + 2;
}

static int drawing_rows(const struct drawing *drawing)
{
    int wanted = 0;
    for (size_t i = drawing->nesting.first; i < drawing->nesting.count; i++)
        if (drawing->nesting.parent[i] == NESTING_TOP)
            wanted += wanted_rows(drawing, i);
    return wanted;
}

static void draw_layer(const struct drawing *drawing, size_t index, struct area box);

/* The layers inside one, below each other; each gets what it wants while there is room. */
static bool draw_inside(const struct drawing *drawing, int parent, struct area box)
{
    bool any = false;
    for (size_t i = drawing->nesting.first; i < drawing->nesting.count; i++) {
        if (drawing->nesting.parent[i] != parent)
            continue;
        any = true;
        int wanted = wanted_rows(drawing, i);
        if (box.rows < 2) {
            screen_put(drawing->screen, box, 0, 0, TONE_NONE, _("\u2026 and more"));
            break;
        }
        draw_layer(drawing, i, area_top(&box, wanted));
    }
    return any;
}

static void draw_layer(const struct drawing *drawing, size_t index, struct area box)
{
    const struct layer *layer = &drawing->packet->layers[index];
    unsigned tone = (unsigned)(TONE_LAYER + bytes_osi(layer));
    int depth = drawing->nesting.depth[index];
    if (box.rows < 2 || box.columns < 12)
        return;
    bool drawn = depth >= drawing->outermost;
    if (drawn) {
        frame_lines(drawing->screen, box, tone);
        address(drawing, layer, box, tone);
    }
    box = (struct area){ box.row + 1, box.column + 2, box.rows - 2, box.columns - 4 };
    if (depth < drawing->opened) {
        if (!draw_inside(drawing, (int)index, box) && drawn)
            draw_content(drawing, layer, box);
    } else if (drawn && depth < drawing->nesting.deepest) {
        screen_put(drawing->screen, box, 0, 0, TONE_NONE, _("closed: this layer does not look inside"));
    } else if (drawn) {
        draw_content(drawing, layer, box);
    }
}

/* --- around it ---------------------------------------------------------------------- */

/* All bytes of the frame in one line: whose is which share. */
static void draw_shares(const struct packet *packet, struct screen *screen, struct area line)
{
    size_t total = packet->buffers[0].len;
    area_left(&line, 1);
    area_right(&line, 1);
    if (total == 0 || line.columns < 8)
        return;
    for (int column = 0; column < line.columns; column++) {
        size_t offset = (size_t)column * total / (size_t)line.columns;
        int osi = 0;
        for (size_t i = 0; i < packet->layer_count; i++) {
            const struct layer *layer = &packet->layers[i];
            if (layer->protocol != PROTOCOL_FRAME && layer->buffer == 0 && offset >= layer->offset &&
                offset - layer->offset < layer->length)
                osi = bytes_osi(layer);
        }
        char digit[2] = { osi > 0 ? (char)('0' + osi) : '.', '\0' };
        screen_put(screen, line, 0, column, (unsigned)(osi > 0 ? TONE_LAYER + osi : TONE_NONE) | PAINT_CHIP, digit);
    }
}

/* Which share of the frame is not header of layers 1 to 4. */
static void draw_share_text(const struct packet *packet, struct screen *screen, struct area line)
{
    size_t headers = 0, total = packet->buffers[0].len;
    for (size_t i = 0; i < packet->layer_count; i++)
        if (packet->layers[i].buffer == 0 && packet->layers[i].protocol != PROTOCOL_FRAME &&
            protocols[packet->layers[i].protocol]->osi <= 4)
            headers += packet->layers[i].header;
    if (total == 0 || headers > total)
        return;
    screen_printf(screen, line, 0, 1, TONE_NONE,
                  _("%zu %% of the bytes on the wire are the application's; %zu bytes are envelopes."),
                  (total - headers) * 100 / total, headers);
}

static void find_drawing(const struct tui *tui, struct screen *screen, struct drawing *drawing, int step)
{
    *drawing = (struct drawing){ .packet = tui_packet(tui), .screen = screen, .reveal = tui->reveal };
    if (drawing->packet == NULL)
        return;
    nesting_find(drawing->packet, &drawing->nesting);
    int deepest = drawing->nesting.deepest;
    drawing->opened = deepest;
    if (step >= deepest)
        return;
    if (tui_outgoing(tui))
        drawing->outermost = deepest - step; /* the letter first, then envelope around envelope */
    else
        drawing->opened = step;              /* the frame first, then what is inside */
}

int envelope_steps(const struct tui *tui)
{
    struct drawing drawing;
    find_drawing(tui, NULL, &drawing, ENVELOPE_ALL);
    return drawing.nesting.deepest;
}

/* Rows of the finished drawing, with what stands below it. */
static int envelope_rows(const struct tui *tui)
{
    struct drawing drawing;
    find_drawing(tui, NULL, &drawing, ENVELOPE_ALL);
    return drawing.packet != NULL ? drawing_rows(&drawing) + 2 : 0;
}

void envelope_draw(const struct tui *tui, struct screen *screen, struct area area, int step)
{
    struct drawing drawing;
    find_drawing(tui, screen, &drawing, step);
    if (drawing.packet == NULL || area.rows < 4)
        return;
    if (area.rows > 8 && area.rows - 2 >= drawing_rows(&drawing)) {
        draw_share_text(drawing.packet, screen, area_bottom(&area, 1));
        draw_shares(drawing.packet, screen, area_bottom(&area, 1));
    }
    area_left(&area, 1);
    area_right(&area, 1);
    draw_inside(&drawing, NESTING_TOP, area);
}

/* --- the view ------------------------------------------------------------------------ */

enum { ENVELOPE_STEP = TUI_OWN, ENVELOPE_STEP_BACK, ENVELOPE_AGAIN, ENVELOPE_WHY };

struct envelope_view {
    struct tui *tui;
    uint32_t packet;   /* that step belongs to */
    int step;
    bool moving;
};

static const struct key_row rows[] = {
    { ENVELOPE_STEP, "Down j", "next-envelope", N_("Next envelope"),
      N_("Put it into the next envelope, or open the next one.") },
    { ENVELOPE_STEP_BACK, "Up k", "envelope-back", N_("One back"), N_("Take that back.") },
    { ENVELOPE_AGAIN, "Enter a", "again", N_("Again"), N_("Show it again, from the beginning.") },
    { ENVELOPE_WHY, "w", "why", N_("Why"), N_("Why this layer: the whole explanation.") },
    { ACTION_CLOSE, "e", "close-envelope", NULL, N_("Back to the list.") },
};

const struct key_table tui_envelope_keys = { N_("Encapsulation"), rows, sizeof rows / sizeof rows[0], &tui_step_keys };

static void head(void *context, struct buf *left, struct buf *right)
{
    struct envelope_view *view = context;
    (void)right;
    if (tui_outgoing(view->tui))
        buf_printf(left, _("Envelope in envelope: %s wraps, from layer 7 down to 1"), tui_sender(view->tui));
    else
        buf_printf(left, _("Envelope after envelope: %s opens, from layer 1 up to 7"), tui_receiver(view->tui));
}

static void restart(struct envelope_view *view)
{
    view->packet = view->tui->packet;
    view->step = 0;
    view->moving = envelope_steps(view->tui) > 0;
}

static void draw(void *context, struct screen *screen, struct area area)
{
    struct envelope_view *view = context;
    if (view->packet != view->tui->packet) {
        view->packet = view->tui->packet; /* stepping from packet to packet: the finished drawing */
        view->step = ENVELOPE_ALL;
        view->moving = false;
    }
    stack_heading(view->tui, screen, area_top(&area, 1));
    if (area.rows - 3 >= envelope_rows(view->tui))
        why_draw(view->tui, screen, area_bottom(&area, 3));
    envelope_draw(view->tui, screen, area, view->step);
}

static void step_by(struct envelope_view *view, int by)
{
    int steps = envelope_steps(view->tui);
    view->step = view->step > steps ? steps : view->step;
    view->step += by;
    view->step = view->step < 0 ? 0 : view->step > steps ? steps : view->step;
    view->moving = false;
}

static enum view_answer act(void *context, struct views *views, int action, const struct screen_event *event)
{
    struct envelope_view *view = context;
    (void)event;
    if (action == ACTION_TICK && view->moving && !view->tui->passing) {
        step_by(view, 1);
        view->moving = view->step < envelope_steps(view->tui);
    } else if (action == ENVELOPE_STEP || action == ENVELOPE_STEP_BACK) {
        step_by(view, action == ENVELOPE_STEP ? 1 : -1);
    } else if (action == ENVELOPE_AGAIN) {
        restart(view);
    } else if (action == ENVELOPE_WHY) {
        why_push(view->tui, views);
    } else {
        tui_step(view->tui, views, action);
    }
    return VIEW_STAYS;
}

static int patience(void *context)
{
    struct envelope_view *view = context;
    return view->moving && !view->tui->passing ? STEP_MILLISECONDS : tui_patience(view->tui);
}

void envelope_push(struct tui *tui, struct views *views)
{
    static const struct view_ops ops = {
        .keys = &tui_envelope_keys, .rows = 14, .columns = 50, .head = head, .draw = draw, .act = act,
        .patience = patience,
        .close = free,
    };
    struct envelope_view *view = mem_alloc(sizeof *view);
    view->tui = tui;
    restart(view);
    views_push(views, &ops, view);
}
