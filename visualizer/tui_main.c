#include "visualizer/tui_main.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "io/list.h"
#include "io/prompt.h"
#include "visualizer/live.h"
#include "visualizer/tui_bytes.h"
#include "visualizer/tui_dialogue.h"
#include "visualizer/tui_envelope.h"
#include "visualizer/tui_fields.h"
#include "visualizer/tui_keys.h"
#include "visualizer/tui_ladder.h"
#include "visualizer/tui_lanes.h"
#include "visualizer/tui_letter.h"
#include "visualizer/tui_live.h"
#include "visualizer/tui_machine.h"
#include "visualizer/tui_notes.h"
#include "visualizer/tui_predict.h"
#include "visualizer/tui_stack.h"
#include "visualizer/tui_statistics.h"
#include "visualizer/tui_tls.h"
#include "visualizer/tui_why.h"

#define BYTES_FROM_ROWS 33      /* of the body: the bytes get a pane of their own */
#define BYTES_EXTRA_ROWS 14
#define ENVELOPE_FROM_COLUMNS 170
#define ENVELOPE_FROM_ROWS 40

enum {
    MAIN_FIELDS = ACTION_OPEN, MAIN_ENVELOPE = TUI_OWN, MAIN_LADDER, MAIN_DIALOGUE, MAIN_LETTER, MAIN_TLS, MAIN_MACHINE,
    MAIN_WHY, MAIN_PREDICT, MAIN_STATISTICS, MAIN_FILTER, MAIN_LIMIT,
};

struct main_view {
    struct tui *tui;
    struct list list;          /* of tui->shown */
    struct area stack;         /* where the seven layers were drawn */
};

static const struct key_row rows[] = {
    { MAIN_ENVELOPE, "e", "encapsulation", N_("Envelopes"), N_("The packet as envelopes in envelopes, step by step.") },
    { MAIN_FIELDS, "Enter f", "fields", N_("Fields"), N_("All fields of the packet, and its bytes by layer.") },
    { MAIN_DIALOGUE, "d", "dialogue", N_("Dialogue"), N_("What the two sides said on this connection, line by line.") },
    { MAIN_LETTER, "l", "letter", N_("Letter"), N_("The letters, each followed from hop to hop.") },
    { MAIN_LADDER, "a", "ladder", N_("Arrows"), N_("The ladder: each packet an arrow between the hosts.") },
    { MAIN_MACHINE, "s", "states", N_("States"),
      N_("The state machine of this protocol, with the current state lit.") },
    { MAIN_TLS, "t", "tls", N_("TLS"), N_("TLS before and after: ciphered on the wire, and deciphered.") },
    { MAIN_WHY, "w", "why", N_("Why"), N_("Why this layer: the whole explanation, with its sources.") },
    { MAIN_PREDICT, "p", "predict", N_("Predict"),
      N_("Predict what the next packets will say, and see whether it was right.") },
    { MAIN_STATISTICS, "S", "statistics", NULL,
      N_("Statistics: the bytes of each layer, what came when, round trips, exchanges of each protocol.") },
    { MAIN_FILTER, "/", "filter", N_("Filter"),
      N_("List only the exchanges in which these words occur: \"smtp alice\"; nothing lists all.") },
    { MAIN_LIMIT, "&", "display-filter", NULL,
      N_("Only packets that fit a display filter of Wireshark's, and their exchanges; nothing shows all.") },
};

const struct key_table tui_main_keys = { N_("Exchanges"), rows, sizeof rows / sizeof rows[0], &tui_step_keys };
const struct key_table tui_wire_keys = { N_("The wire"), live_rows, LIVE_ROWS, &tui_main_keys };

/* --- drawing ------------------------------------------------------------------------ */

static void head(void *context, struct buf *left, struct buf *right)
{
    const struct tui *tui = ((struct main_view *)context)->tui;
    size_t packets = trace_passed(tui->trace);
    buf_printf(left, "Pli \u00b7 %s", tui->options.title);
    if (tui->passing)
        buf_printf(right, _("reading \u2026 %zu packets"), packets);
    else if (packets > 0) {
        struct capture *capture = trace_capture(tui->trace);
        int64_t took = capture_time(capture, (uint32_t)packets) - capture_time(capture, 1);
        buf_printf(right, ngettext("%zu packet", "%zu packets", packets), packets);
        buf_printf(right, " \u00b7 ");
        buf_printf(right, ngettext("%zu exchange", "%zu exchanges", exchange_count(tui->list)),
                   exchange_count(tui->list));
        buf_printf(right, _(" \u00b7 %.1f s"), (double)took / 1e9);
    }
    if (tui->options.live == NULL && capture_error(trace_capture(tui->trace)) != NULL)
        buf_printf(right, " \u00b7 %s", _("damaged"));
    if (tui->playing)
        buf_printf(right, " \u00b7 %s", _("playing"));
}

/* The list's line, and how lines are arranged. */
struct lines {
    const struct tui *tui;
    struct lanes lanes;
};

static void draw_line(void *context, struct screen *screen, struct area line, size_t index, unsigned selected)
{
    struct lines *lines = context;
    const struct tui *tui = lines->tui;
    lanes_line(&lines->lanes, tui, screen, line, exchange_at(tui->list, tui->shown[index]), selected);
}

static void draw_list(struct main_view *view, struct screen *screen, struct area area)
{
    struct lines lines = { .tui = view->tui };
    struct area title = area_top(&area, 1);
    size_t place = tui_shown_place(view->tui);
    lanes_arrange(&lines.lanes, view->tui, title.columns);
    lanes_head(&lines.lanes, view->tui, screen, title);
    view->list.count = view->tui->shown_count;
    if (place != SIZE_MAX)
        list_select(&view->list, place);
    list_draw(&view->list, screen, area, draw_line, &lines);
    if (view->tui->shown_count == 0 && !view->tui->passing)
        screen_put(screen, area, 0, 2, TONE_NONE,
                   view->tui->limit != NULL ? _("No packet fits; & and an empty line show all.")
                   : view->tui->filter[0] != '\0' ? _("No exchange has these words; / and Enter lists all.")
                   : view->tui->options.live != NULL ? _("No packet has come yet.")
                                                : _("There are no packets in this capture."));
}

static void draw_rule(const struct tui *tui, struct screen *screen, struct area line)
{
    int column = 2;
    screen_rule(screen, line, 0, TONE_NONE);
    tui_live_banner(tui, screen, line);
    if (tui->options.live != NULL)
        area_left(&line, line.columns * 2 / 3);
    if (tui->filter[0] != '\0')
        column = screen_printf(screen, line, 0, column, TONE_PLAIN | PAINT_BOLD, _(" filter: %s "), tui->filter) + 1;
    if (tui->limit != NULL)
        column = screen_printf(screen, line, 0, column, TONE_PLAIN | PAINT_BOLD, _(" display filter: %s "),
                               limit_text(tui->limit)) + 1;
    tui_notes_line(tui, screen, line, column);
}

/* The panes below the list, from the bottom up as far as they fit. */
static void draw_packet(struct main_view *view, struct screen *screen, struct area area)
{
    const struct packet *packet = tui_packet(view->tui);
    view->stack = area_top(&area, STACK_ROWS);
    stack_draw(view->tui, screen, view->stack);
    if (area.rows > 3)
        screen_rule(screen, area_top(&area, 1), 0, TONE_NONE);
    why_draw(view->tui, screen, area_top(&area, area.rows > 10 ? 4 : area.rows < 4 ? area.rows : 4));
    if (area.rows < 3)
        return;
    screen_rule(screen, area_top(&area, 1), 0, TONE_NONE);
    bytes_draw(packet, &(struct bytes_look){ .reveal = view->tui->reveal }, screen, area);
}

/* Rows for the packet's panes. */
static int packet_rows(const struct tui *tui, struct area area)
{
    int why = area.rows >= 26 ? 5 : area.rows >= 21 ? 4 : area.rows >= 18 ? 2 : 1;
    int rows_wanted = STACK_ROWS + why;
    if (area.rows < BYTES_FROM_ROWS || tui->packet == 0)
        return rows_wanted;
    /* The same for all packets, so that the panes do not jump; what a short list does not need goes to the bytes. */
    rows_wanted += 1 + (area.rows / 6 > 6 ? area.rows / 6 : 6);
    int spare = area.rows - rows_wanted - 3 - (int)(tui->shown_count < 1000 ? tui->shown_count : 1000);
    return rows_wanted + (tui->passing || spare < 0 ? 0 : spare > BYTES_EXTRA_ROWS ? BYTES_EXTRA_ROWS : spare);
}

static void draw(void *context, struct screen *screen, struct area area)
{
    struct main_view *view = context;
    struct area packet = area_bottom(&area, packet_rows(view->tui, area));
    draw_rule(view->tui, screen, area_bottom(&area, 1));
    draw_list(view, screen, area);
    if (packet.columns >= ENVELOPE_FROM_COLUMNS && area.rows + packet.rows >= ENVELOPE_FROM_ROWS) {
        struct area envelope = area_right(&packet, packet.columns - 108);
        screen_column(screen, envelope, 0, TONE_NONE);
        area_left(&envelope, 1);
        envelope_draw(view->tui, screen, envelope, ENVELOPE_ALL);
    }
    draw_packet(view, screen, packet);
}

/* --- acting ------------------------------------------------------------------------- */

static void ask_filter(struct tui *tui, struct views *views)
{
    char filter[TUI_FILTER_MAX];
    memcpy(filter, tui->filter, sizeof filter);
    if (prompt_line(views, _("Only exchanges with:"), filter, sizeof filter) == 0)
        tui_set_filter(tui, filter);
}

/* In the list: that exchange; on a layer: its fields. */
static void point(struct main_view *view, struct views *views, const struct screen_event *event)
{
    if (list_act(&view->list, ACTION_POINT, event))
        tui_go_exchange(view->tui, view->tui->shown[view->list.selected]);
    else if (area_has(view->stack, event->row, event->column) && event->row > view->stack.row)
        fields_push(view->tui, views, OSI_LAYERS + 1 - (event->row - view->stack.row));
}

static enum view_answer act(void *context, struct views *views, int action, const struct screen_event *event)
{
    struct main_view *view = context;
    struct tui *tui = view->tui;
    switch (action) {
    case ACTION_POINT:
        point(view, views, event);
        break;
    case MAIN_FIELDS:
        fields_push(tui, views, 0);
        break;
    case MAIN_ENVELOPE:
        envelope_push(tui, views);
        break;
    case MAIN_LADDER:
        ladder_push(tui, views);
        break;
    case MAIN_DIALOGUE:
        dialogue_push(tui, views);
        break;
    case MAIN_LETTER:
        letter_push(tui, views);
        break;
    case MAIN_TLS:
        tls_push(tui, views);
        break;
    case MAIN_MACHINE:
        machine_push(tui, views);
        break;
    case MAIN_WHY:
        why_push(tui, views);
        break;
    case MAIN_PREDICT:
        predict_push(tui, views);
        break;
    case MAIN_STATISTICS:
        statistics_push(tui, views);
        break;
    case MAIN_FILTER:
        ask_filter(tui, views);
        break;
    case MAIN_LIMIT:
        limit_ask(tui, views);
        break;
    default:
        if (!tui_live_act(tui, views, action) && !tui_step(tui, views, action) &&
            list_act(&view->list, action, event) && tui->shown_count > 0)
            tui_go_exchange(tui, tui->shown[view->list.selected]);
    }
    return VIEW_STAYS;
}

static int patience(void *context)
{
    return tui_patience(((struct main_view *)context)->tui);
}

void main_push(struct tui *tui, struct views *views)
{
    static const struct view_ops ops = {
        .keys = &tui_main_keys, .rows = 16, .columns = 60, .head = head, .draw = draw, .act = act,
        .patience = patience,
        .close = free,
    }, wire_ops = {
        .keys = &tui_wire_keys, .rows = 16, .columns = 60, .head = head, .draw = draw, .act = act, .patience = patience,
        .close = free,
    };
    struct main_view *view = mem_alloc(sizeof *view);
    view->tui = tui;
    views_push(views, tui_live_is_wire(tui) ? &wire_ops : &ops, view);
}
