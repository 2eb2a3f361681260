#include "visualizer/tui_machine.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/watch.h"
#include "io/diagram.h"
#include "io/i18n.h"
#include "io/page.h"
#include "io/text.h"
#include "visualizer/tui_keys.h"
#include "visualizer/tui_stack.h"

struct machine_view {
    struct tui *tui;
    struct page page;
    char shown[96];     /* the state that the page was scrolled to */
    size_t lit_line;
    bool lit;
};

static const struct key_row rows[] = {
    { ACTION_CLOSE, "s", "close-states", NULL, N_("Back to the list.") },
};

const struct key_table tui_machine_keys = { N_("State machine"), rows, sizeof rows / sizeof rows[0], &tui_step_keys };

/* --- where we are ------------------------------------------------------------------- */

static const struct machine_table *table_of(const struct exchange *exchange)
{
    static const struct { const char *protocol; enum watch_protocol watch; } known[] = {
        { "SMTP", WATCH_SMTP }, { "POP3", WATCH_POP3 }, { "POP", WATCH_POP3 }, { "IMAP", WATCH_IMAP },
    };
    for (size_t i = 0; exchange != NULL && i < sizeof known / sizeof known[0]; i++)
        if (strcmp(exchange->protocol, known[i].protocol) == 0) {
            struct watch *watch = watch_new(known[i].watch);
            const struct machine_table *table = watch_machine(watch);
            watch_free(watch);
            return table;
        }
    return NULL;
}

static bool moved(const struct exchange_step *step)
{
    return step->state_before != NULL && step->state_after != NULL &&
           strcmp(step->state_before, step->state_after) != 0;
}

/* The state after the current packet: of the last step up to it that knows one; before any, the exchange's first. */
static const char *state_now(const struct tui *tui)
{
    const struct exchange *exchange = tui_exchange(tui);
    const char *state = exchange != NULL ? exchange->state_before : NULL;
    for (size_t i = 0; exchange != NULL && i < exchange->step_count && exchange->steps[i].packet <= tui->packet; i++)
        if (exchange->steps[i].state_after != NULL)
            state = exchange->steps[i].state_after;
    return state;
}

/* --- the drawing -------------------------------------------------------------------- */

static void build(struct machine_view *view, int columns)
{
    const struct exchange *exchange = tui_exchange(view->tui);
    const struct machine_table *table = table_of(exchange);
    page_clear(&view->page);
    view->lit = false;
    if (table == NULL) {
        page_paragraph(&view->page, TONE_PLAIN, columns - 2, 1, span_of(
            _("This exchange's protocol has no state machine of ours: SMTP, POP3 and IMAP have one. "
              "N goes to the next exchange.")));
        return;
    }
    const struct exchange_step *step = tui_packet_step(view->tui);
    const struct diagram diagram = { .table = table, .lit = state_now(view->tui),
                                     .from = step != NULL && moved(step) ? step->state_before : NULL,
                                     .to = step != NULL && moved(step) ? step->state_after : NULL };
    size_t line = diagram_build(&diagram, &view->page, columns);
    view->lit = line != SIZE_MAX;
    view->lit_line = view->lit ? line : view->lit_line;
}

static void head(void *context, struct buf *left, struct buf *right)
{
    struct machine_view *view = context;
    const struct exchange *exchange = tui_exchange(view->tui);
    (void)right;
    buf_printf(left, _("State machine of %s"), exchange != NULL ? exchange->protocol : "?");
}

/* When another state is lit, it comes into view. */
static void follow(struct machine_view *view)
{
    const char *state = state_now(view->tui);
    if (!view->lit || state == NULL || strcmp(view->shown, state) == 0)
        return;
    snprintf(view->shown, sizeof view->shown, "%s", state);
    size_t rows_in_view = view->page.area.rows > 0 ? (size_t)view->page.area.rows : 1;
    if (view->lit_line < view->page.top || view->lit_line + rows_in_view / 3 >= view->page.top + rows_in_view)
        view->page.top = view->lit_line > 2 ? view->lit_line - 2 : 0;
}

static void draw(void *context, struct screen *screen, struct area area)
{
    struct machine_view *view = context;
    stack_heading(view->tui, screen, area_top(&area, 1));
    screen_rule(screen, area_top(&area, 1), 0, TONE_NONE);
    build(view, area.columns);
    view->page.area = area;
    follow(view);
    page_draw(&view->page, screen, area);
}

static enum view_answer act(void *context, struct views *views, int action, const struct screen_event *event)
{
    struct machine_view *view = context;
    (void)event;
    if (!page_act(&view->page, action))
        tui_step(view->tui, views, action);
    return VIEW_STAYS;
}

static int patience(void *context)
{
    return tui_patience(((struct machine_view *)context)->tui);
}

static void close_view(void *context)
{
    struct machine_view *view = context;
    page_free(&view->page);
    free(view);
}

void machine_push(struct tui *tui, struct views *views)
{
    static const struct view_ops ops = {
        .keys = &tui_machine_keys, .rows = 12, .columns = 50, .head = head, .draw = draw, .act = act,
        .patience = patience,
        .close = close_view,
    };
    struct machine_view *view = mem_alloc(sizeof *view);
    view->tui = tui;
    page_init(&view->page);
    views_push(views, &ops, view);
}
