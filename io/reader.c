#include "reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "io/prompt.h"

struct reader {
    struct view_ops ops;          /* the same for all but the keys */
    const struct reader_source *source;
    void *context;
    struct page page;
    int columns;                  /* that the page was built for; 0: not built */
    char language[8];
    char search[256];
};

static const struct key_row rows[] = {
    { ACTION_PAGE_DOWN, "Space PageDown Ctrl-F", "page-down", N_("Page down"), N_("One page down.") },
    { ACTION_PAGE_UP, "- PageUp Ctrl-B", "page-up", N_("Page up"), N_("One page up.") },
    { ACTION_DOWN, "j Down Enter", "down", NULL, N_("One line down.") },
    { ACTION_UP, "k Up", "up", NULL, N_("One line up.") },
    { ACTION_FIRST, "g Home", "first", NULL, N_("To the beginning.") },
    { ACTION_LAST, "G End", "last", NULL, N_("To the end.") },
    { ACTION_WHEEL_UP, "Wheel-up", "scroll-up", NULL, N_("A few lines up.") },
    { ACTION_WHEEL_DOWN, "Wheel-down", "scroll-down", NULL, N_("A few lines down.") },
    { ACTION_SEARCH, "/", "search", N_("Search"), N_("Find a text below this line.") },
    { ACTION_SEARCH_AGAIN, "n", "search-again", NULL, N_("Find it again, further down.") },
};

const struct key_table reader_keys = { N_("Reading"), rows, sizeof rows / sizeof rows[0], &views_keys };

static void head(void *context, struct buf *left, struct buf *right)
{
    struct reader *reader = context;
    reader->source->head(reader->context, left, right);
}

static void draw(void *context, struct screen *screen, struct area area)
{
    struct reader *reader = context;
    if (reader->columns != area.columns || strcmp(reader->language, i18n_language()) != 0) {
        page_clear(&reader->page);
        reader->source->build(reader->context, &reader->page, area.columns);
        reader->columns = area.columns;
        snprintf(reader->language, sizeof reader->language, "%s", i18n_language());
    }
    page_draw(&reader->page, screen, area);
    size_t rows_in_view = (size_t)area.rows, below = reader->page.line_count - reader->page.top;
    if (below > rows_in_view) {
        struct area last = area_bottom(&area, 1);
        screen_put_right(screen, last, 0, TONE_NONE | PAINT_REVERSE, _(" more below "));
    }
}

static void search(struct reader *reader, struct views *views, bool again)
{
    if (!again && prompt_line(views, _("Search:"), reader->search, sizeof reader->search) != 0)
        return;
    if (reader->search[0] == '\0')
        return;
    size_t line = page_find(&reader->page, reader->search, reader->page.top + 1);
    if (line < reader->page.line_count)
        reader->page.top = line;
    else
        views_say(views, TONE_PLAIN, _("\"%s\" does not occur below."), reader->search);
}

static enum view_answer act(void *context, struct views *views, int action, const struct screen_event *event)
{
    struct reader *reader = context;
    enum reader_change change = READER_SAME;
    enum view_answer answer = VIEW_STAYS;
    (void)event;
    if (action == ACTION_SEARCH || action == ACTION_SEARCH_AGAIN)
        search(reader, views, action == ACTION_SEARCH_AGAIN);
    else if (!page_act(&reader->page, action) && reader->source->act != NULL)
        answer = reader->source->act(reader->context, views, action, &change);
    if (change != READER_SAME)
        reader->columns = 0;
    if (change == READER_NEW)
        reader->page.top = 0;
    return answer;
}

static void close_reader(void *context)
{
    struct reader *reader = context;
    if (reader->source->close != NULL)
        reader->source->close(reader->context);
    page_free(&reader->page);
    free(reader);
}

void reader_push(struct views *views, const struct reader_source *source, void *context)
{
    struct reader *reader = mem_alloc(sizeof *reader);
    reader->source = source;
    reader->context = context;
    page_init(&reader->page);
    reader->ops = (struct view_ops){
        .keys = source->keys != NULL ? source->keys : &reader_keys,
        .rows = 8, .columns = 40,
        .head = head, .draw = draw, .act = act, .close = close_reader,
    };
    views_push(views, &reader->ops, reader);
}
