#include "visualizer/tui_notes.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "io/list.h"
#include "io/prompt.h"
#include "visualizer/notes.h"
#include "visualizer/tui_keys.h"
#include "visualizer/tui_lanes.h"

#define BOOKMARK "\u25c6"
#define NOTE "\u00b6"

enum { LIST_GO = ACTION_OPEN, LIST_REMOVE = TUI_OWN };

void tui_notes_open(struct tui *tui, struct views *views)
{
    struct buf problem;
    buf_init(&problem, 4096);
    int64_t first = trace_passed(tui->trace) > 0 ? capture_time(trace_capture(tui->trace), 1) : 0;
    tui->notes = notes_open(tui->options.notes, first, &problem);
    if (problem.len > 0)
        views_say(views, TONE_BAD, "%s", buf_text(&problem));
    buf_free(&problem);
}

/* --- marks ----------------------------------------------------------------------------- */

static bool has_step(const struct exchange *exchange, uint32_t packet)
{
    for (size_t i = 0; i < exchange->step_count; i++)
        if (exchange->steps[i].packet == packet)
            return true;
    return false;
}

static int put_marks(struct screen *screen, struct area line, int column, bool bookmark, bool note, unsigned selected)
{
    if (bookmark)
        column = screen_put(screen, line, 0, column, TONE_GOOD | PAINT_BOLD | selected, BOOKMARK);
    if (note)
        column = screen_put(screen, line, 0, column, TONE_GOOD | PAINT_BOLD | selected, NOTE);
    return bookmark || note ? column + 1 : column;
}

int tui_notes_mark(const struct tui *tui, struct screen *screen, struct area line, int column,
                   const struct exchange *exchange, unsigned selected)
{
    bool bookmark = false, note = notes_find(tui->notes, NOTE_ON_EXCHANGE, exchange->number) != NULL;
    for (size_t i = notes_from(tui->notes, NOTE_ON_PACKET, exchange->first); i < notes_count(tui->notes); i++) {
        const struct note *at = notes_at(tui->notes, i);
        if (at->place != NOTE_ON_PACKET || at->number > exchange->last || (bookmark && note))
            break;
        if (!has_step(exchange, at->number))
            continue;
        bookmark = bookmark || at->bookmark;
        note = note || at->text != NULL;
    }
    return put_marks(screen, line, column, bookmark, note, selected);
}

int tui_notes_mark_packet(const struct tui *tui, struct screen *screen, struct area line, int column, uint32_t packet,
                          unsigned selected)
{
    const struct note *note = notes_find(tui->notes, NOTE_ON_PACKET, packet);
    return note != NULL ? put_marks(screen, line, column, note->bookmark, note->text != NULL, selected) : column;
}

static const struct note *of_exchange(const struct tui *tui)
{
    const struct exchange *exchange = tui_exchange(tui);
    return exchange != NULL ? notes_find(tui->notes, NOTE_ON_EXCHANGE, exchange->number) : NULL;
}

bool tui_notes_here(const struct tui *tui)
{
    return notes_find(tui->notes, NOTE_ON_PACKET, tui->packet) != NULL || of_exchange(tui) != NULL;
}

void tui_notes_line(const struct tui *tui, struct screen *screen, struct area line, int column)
{
    const struct note *packet = notes_find(tui->notes, NOTE_ON_PACKET, tui->packet), *exchange = of_exchange(tui);
    if (packet != NULL && packet->bookmark)
        column = screen_put(screen, line, 0, column, TONE_GOOD | PAINT_BOLD, " " BOOKMARK " ");
    if (packet != NULL && packet->text != NULL)
        column = screen_printf(screen, line, 0, column, TONE_GOOD | PAINT_BOLD, " " NOTE " %s ", packet->text);
    if (exchange != NULL && exchange->text != NULL)
        screen_printf(screen, line, 0, column, TONE_GOOD | PAINT_BOLD, _(" %s exchange %u: %s "), NOTE,
                      exchange->number, exchange->text);
}

/* --- the list of all --------------------------------------------------------------------- */

struct notes_view {
    struct tui *tui;
    struct list list;
};

static const struct key_row rows[] = {
    { LIST_GO, "Enter", "go", N_("Go there"), N_("To that packet or exchange, and back to where you were.") },
    { LIST_REMOVE, "x", "remove-note", N_("Remove"), N_("Take the bookmark or note away.") },
    { ACTION_CLOSE, "M", "close-bookmarks", NULL, N_("Back to where you were.") },
};

const struct key_table tui_notes_keys = { N_("Bookmarks and notes"), rows, sizeof rows / sizeof rows[0], &list_keys };

static void head(void *context, struct buf *left, struct buf *right)
{
    const struct tui *tui = ((struct notes_view *)context)->tui;
    (void)right;
    buf_printf(left, "%s \u00b7 %s", _("Bookmarks and notes"), tui->options.title);
}

/* The exchange that a note is on, or that its packet belongs to; NULL. */
static const struct exchange *exchange_of(const struct tui *tui, const struct note *note)
{
    const struct exchange *found = NULL;
    if (note->place == NOTE_ON_PACKET)
        exchange_of_packet(tui->list, note->number, &found, 1);
    else if (note->number <= exchange_count(tui->list))
        found = exchange_at(tui->list, note->number - 1);
    return found;
}

static void draw_line(void *context, struct screen *screen, struct area line, size_t index, unsigned selected)
{
    const struct tui *tui = ((struct notes_view *)context)->tui;
    const struct note *note = notes_at(tui->notes, index);
    const struct exchange *exchange = exchange_of(tui, note);
    screen_put(screen, line, 0, 0, TONE_PLAIN | PAINT_BOLD | selected, selected ? "\u25b8" : " ");
    put_marks(screen, line, 2, note->bookmark, note->text != NULL, selected);
    struct area place = line, what = line;
    area_left(&place, 5);
    screen_printf(screen, area_left(&place, 15), 0, 0, TONE_PLAIN | selected,
                  note->place == NOTE_ON_PACKET ? _("packet %u") : _("exchange %u"), note->number);
    area_left(&what, 20);
    int column = exchange != NULL ? screen_printf(screen, what, 0, 0, (unsigned)(TONE_LAYER + exchange->row->osi) |
                                                  PAINT_BOLD | selected, "%s: %s", exchange->protocol,
                                                  _(exchange->name))
                                  : screen_put(screen, what, 0, 0, TONE_NONE | selected, _("not in this recording"));
    if (note->text != NULL)
        screen_put(screen, what, 0, column + 2, TONE_PLAIN | selected, note->text);
}

static void draw(void *context, struct screen *screen, struct area area)
{
    struct notes_view *view = context;
    view->list.count = notes_count(view->tui->notes);
    list_draw(&view->list, screen, area, draw_line, view);
    if (view->list.count == 0)
        screen_put(screen, area, 0, 2, TONE_NONE,
                   _("Nothing is marked: m sets a bookmark, i writes a note on a packet, I on an exchange."));
}

static void go(struct tui *tui, const struct note *note)
{
    if (note->place == NOTE_ON_PACKET)
        tui_go_packet(tui, note->number);
    else
        tui_go_exchange(tui, note->number - 1);
}

static void tell(struct views *views, int status, struct buf *problem, const char *done)
{
    if (status != 0)
        views_say(views, TONE_BAD, "%s", buf_text(problem));
    else
        views_say(views, TONE_PLAIN, "%s", done);
    buf_free(problem);
}

static void remove_note(struct tui *tui, struct views *views, size_t index)
{
    struct buf problem;
    const struct note note = *notes_at(tui->notes, index);
    buf_init(&problem, 4096);
    int status = notes_write(tui->notes, note.place, note.number, "", &problem);
    if (note.bookmark) {
        buf_clear(&problem);
        status = notes_bookmark(tui->notes, note.number, false, &problem);
    }
    tell(views, status, &problem, _("It is taken away."));
}

static enum view_answer act(void *context, struct views *views, int action, const struct screen_event *event)
{
    struct notes_view *view = context;
    const bool any = notes_count(view->tui->notes) > 0;
    if (action == ACTION_TICK)
        tui_step(view->tui, views, action);
    else if (action == LIST_GO && any) {
        go(view->tui, notes_at(view->tui->notes, view->list.selected));
        return VIEW_CLOSES;
    } else if (action == LIST_REMOVE && any)
        remove_note(view->tui, views, view->list.selected);
    else
        list_act(&view->list, action, event);
    return VIEW_STAYS;
}

static int patience(void *context)
{
    return tui_patience(((struct notes_view *)context)->tui);
}

static void push(struct tui *tui, struct views *views)
{
    static const struct view_ops ops = {
        .keys = &tui_notes_keys, .rows = 8, .columns = 50, .head = head, .draw = draw, .act = act,
        .patience = patience, .close = free,
    };
    struct notes_view *view = mem_alloc(sizeof *view);
    view->tui = tui;
    views_push(views, &ops, view);
}

/* --- the keys of every view ------------------------------------------------------------------ */

static void set_bookmark(struct tui *tui, struct views *views)
{
    struct buf problem;
    const struct note *note = notes_find(tui->notes, NOTE_ON_PACKET, tui->packet);
    const bool on = note == NULL || !note->bookmark;
    if (tui->packet == 0)
        return;
    buf_init(&problem, 4096);
    int status = notes_bookmark(tui->notes, tui->packet, on, &problem);
    tell(views, status, &problem, on ? _("A bookmark is set; ' goes from one to the next.")
                                     : _("The bookmark is taken away."));
}

/* To the next bookmark behind the current packet; from the last to the first. */
static void next_bookmark(struct tui *tui, struct views *views)
{
    const size_t end = notes_from(tui->notes, NOTE_ON_EXCHANGE, 0);
    const size_t start = notes_from(tui->notes, NOTE_ON_PACKET, tui->packet + 1);
    for (size_t i = 0; i < end; i++) {
        const struct note *note = notes_at(tui->notes, (start + i) % end);
        if (!note->bookmark || note->number > trace_passed(tui->trace))
            continue;
        tui_go_packet(tui, note->number);
        return;
    }
    views_say(views, TONE_PLAIN, "%s", _("There is no bookmark: m sets one."));
}

static void ask_note(struct tui *tui, struct views *views, enum note_place place, uint32_t number)
{
    struct buf problem;
    char text[NOTE_TEXT_MAX + 1] = "";
    const struct note *note = notes_find(tui->notes, place, number);
    if (number == 0)
        return;
    if (note != NULL && note->text != NULL)
        memcpy(text, note->text, strlen(note->text) + 1);
    if (prompt_line(views, place == NOTE_ON_PACKET ? _("Note on this packet:") : _("Note on this exchange:"), text,
                    sizeof text) != 0)
        return;
    buf_init(&problem, 4096);
    int status = notes_write(tui->notes, place, number, text, &problem);
    tell(views, status, &problem, text[0] != '\0' ? _("The note is kept.") : _("There is no note any more."));
}

bool tui_notes_act(struct tui *tui, struct views *views, int action)
{
    const struct exchange *exchange = tui_exchange(tui);
    switch (action) {
    case TUI_BOOKMARK:
        set_bookmark(tui, views);
        return true;
    case TUI_NEXT_BOOKMARK:
        next_bookmark(tui, views);
        return true;
    case TUI_BOOKMARKS:
        push(tui, views);
        return true;
    case TUI_NOTE:
        ask_note(tui, views, NOTE_ON_PACKET, tui->packet);
        return true;
    case TUI_NOTE_EXCHANGE:
        ask_note(tui, views, NOTE_ON_EXCHANGE, exchange != NULL ? exchange->number : 0);
        return true;
    default:
        return false;
    }
}
