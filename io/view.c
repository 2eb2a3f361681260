#include "view.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/help.h"
#include "io/i18n.h"
#include "io/menu.h"
#include "io/prompt.h"
#include "io/text.h"

#define DEPTH_MAX 32
#define MENU_ROWS 2
#define HEAD_MAX 4096
#define COMMANDS_MAX 256

struct views {
    struct screen *screen;
    struct { const struct view_ops *ops; void *context; } stack[DEPTH_MAX];
    size_t count;
    struct menu menu;
    struct area body;
    bool small;             /* the terminal is too small for the top view */
    char message[1024];
    enum tone message_tone;
    char argument[1024];
    bool argument_given;
    struct working *working;
    void (*observe)(void *context, const char *name, bool begins);
    void *observe_context;
};

static const struct key_row rows[] = {
    { ACTION_COMMAND, ":", "command", NULL, N_("Do something by its name: the names stand on the help screen.") },
    { ACTION_LANGUAGE, "L", "language", NULL, N_("English or French, at once.") },
    { ACTION_REDRAW, "Ctrl-L", "redraw", NULL, N_("Draw the screen anew.") },
    { ACTION_HELP, "? F1", "help", N_("Help"), N_("All keys of this screen and what they do.") },
    { ACTION_CLOSE, "q Esc", "close", N_("Close"), N_("Leave this screen; on the first one, end the program.") },
    { ACTION_QUIT, "Q", "quit", NULL, N_("End the program from anywhere.") },
};

const struct key_table views_keys = { N_("Everywhere"), rows, sizeof rows / sizeof rows[0], NULL };

int views_open(struct views **out, struct buf *error)
{
    struct views *views = mem_alloc(sizeof *views);
    if (screen_open(&views->screen, error) != 0) {
        free(views);
        return -1;
    }
    *out = views;
    return 0;
}

static void pop(struct views *views)
{
    views->count--;
    if (views->stack[views->count].ops->close != NULL)
        views->stack[views->count].ops->close(views->stack[views->count].context);
}

void views_pop(struct views *views)
{
    if (views->count > 0)
        pop(views);
}

void views_quit(struct views *views)
{
    while (views->count > 0)
        pop(views);
}

void views_close(struct views *views)
{
    if (views == NULL)
        return;
    views_quit(views);
    screen_close(views->screen);
    free(views);
}

void views_push(struct views *views, const struct view_ops *ops, void *context)
{
    if (views->count == DEPTH_MAX) {
        if (ops->close != NULL)
            ops->close(context);
        views_say(views, TONE_BAD, _("Too many screens are open above each other: close some with q."));
        return;
    }
    views->stack[views->count].ops = ops;
    views->stack[views->count++].context = context;
}

struct screen *views_screen(struct views *views)
{
    return views->screen;
}

const struct view_ops *views_top(const struct views *views)
{
    return views->stack[views->count - 1].ops;
}

struct area views_last_line(const struct views *views)
{
    struct area all = screen_area(views->screen);
    return area_bottom(&all, 1);
}

void views_say(struct views *views, enum tone tone, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(views->message, sizeof views->message, format, arguments);
    va_end(arguments);
    views->message_tone = tone;
}

const char *views_argument(struct views *views)
{
    bool given = views->argument_given;
    views->argument_given = false;
    return given ? views->argument : NULL;
}

void views_observe(struct views *views, void (*each)(void *context, const char *name, bool begins), void *context)
{
    views->observe = each;
    views->observe_context = context;
}

struct working *views_working(const struct views *views)
{
    return views->working;
}

void views_set_working(struct views *views, struct working *working)
{
    views->working = working;
}

/* --- drawing ----------------------------------------------------------------- */

static void draw_small(struct views *views, const struct view_ops *top)
{
    char text[256];
    struct area all = screen_area(views->screen);
    snprintf(text, sizeof text, _("Pli needs %dx%d here; this terminal is %dx%d. Enlarge it (q quits)."),
             top->columns, top->rows, all.columns, all.rows);
    screen_paragraph(views->screen, all, TONE_PLAIN, text, 0);
}

static void draw_head(struct views *views, struct area line)
{
    struct buf left, right;
    buf_init(&left, HEAD_MAX);
    buf_init(&right, HEAD_MAX);
    views_top(views)->head(views->stack[views->count - 1].context, &left, &right);
    bool french = strcmp(i18n_language(), "fr") == 0;
    buf_printf(&right, "%sL %s  ? %s ", right.len > 0 ? "   " : "", french ? "FR \u25b8 EN" : "EN \u25b8 FR",
               _("help"));
    screen_fill(views->screen, line, TONE_BAR);
    int width = (int)text_width(buf_text(&right));
    if (width > line.columns - 12)
        width = 0;
    struct area tail = area_right(&line, width);
    if (width > 0)
        screen_put(views->screen, tail, 0, 0, TONE_BAR, buf_text(&right));
    area_right(&line, 1);
    screen_put(views->screen, line, 0, 1, TONE_BAR | PAINT_BOLD, buf_text(&left));
    buf_free(&left);
    buf_free(&right);
}

static void draw_message(struct views *views)
{
    struct area line = views_last_line(views);
    unsigned paint = (unsigned)views->message_tone | PAINT_BOLD;
    screen_fill(views->screen, line, TONE_PLAIN);
    screen_put(views->screen, line, 0, 1, paint, views->message);
}

void views_draw(struct views *views)
{
    const struct view_ops *top = views_top(views);
    struct area area = screen_area(views->screen);
    screen_clear(views->screen);
    views->small = area.rows < top->rows || area.columns < top->columns;
    views->menu.count = 0;
    if (views->small) {
        draw_small(views, top);
        return;
    }
    draw_head(views, area_top(&area, 1));
    menu_draw(&views->menu, views->screen, area_bottom(&area, MENU_ROWS), top->keys);
    views->body = area;
    top->draw(views->stack[views->count - 1].context, views->screen, area);
    if (views->message[0] != '\0')
        draw_message(views);
}

void views_announce(struct views *views, const char *text)
{
    views_say(views, TONE_PLAIN, "%s", text);
    if (views->count > 0) {
        views_draw(views);
        screen_show(views->screen);
    }
    views->message[0] = '\0';
}

/* --- acting ------------------------------------------------------------------ */

static void act(struct views *views, int action, const struct screen_event *event);

/* A row that was asked for, by whatever way. */
static void obey(struct views *views, const struct key_row *row, const struct screen_event *event)
{
    if (views->observe != NULL)
        views->observe(views->observe_context, row->name, true);
    act(views, row->action, event);
    views->argument_given = false;
    if (views->observe != NULL)
        views->observe(views->observe_context, row->name, false);
}

/* Commands of the top view by the beginning of their names. */
static size_t complete_command(const void *context, const char *text, size_t cursor, size_t columns, struct buf *more,
                               struct buf *choices)
{
    const char *names[COMMANDS_MAX];
    size_t count = 0;
    if (memchr(text, ' ', cursor) != NULL)
        return 0;
    for (const struct key_table *table = context; table != NULL; table = table->next)
        for (size_t i = 0; i < table->count && count < COMMANDS_MAX; i++)
            if (keys_find_name(context, table->rows[i].name) == &table->rows[i])
                names[count++] = table->rows[i].name;
    return prompt_complete_word(names, count, (struct span){ text, cursor }, columns, more, choices);
}

/* "limit photos": the name of a command, and an answer to the question it may ask. */
static void command(struct views *views)
{
    char line[sizeof views->argument] = "";
    const struct prompt prompt = { .label = ":", .text = line, .size = sizeof line, .cursor = SIZE_MAX,
                                   .complete = complete_command, .context = views_top(views)->keys };
    if (prompt_ask(views, &prompt) != 0 || line[0] == '\0')
        return;
    char *space = strchr(line, ' ');
    if (space != NULL)
        *space = '\0';
    const struct key_row *row = keys_find_name(views_top(views)->keys, line);
    if (row == NULL) {
        views_say(views, TONE_BAD, _("There is no command \"%s\" here; ? shows them all."), line);
        return;
    }
    views->argument_given = space != NULL && space[1] != '\0';
    snprintf(views->argument, sizeof views->argument, "%s", space != NULL ? space + 1 : "");
    obey(views, row, &(struct screen_event){ .key = KEYS_NONE });
}

static void other_language(struct views *views)
{
    i18n_choose(strcmp(i18n_language(), "fr") == 0 ? "en" : "fr");
    views_say(views, TONE_PLAIN, "%s", _("The language is English now."));
}

static void act(struct views *views, int action, const struct screen_event *event)
{
    size_t index = views->count - 1;
    switch (action) {
    case ACTION_NONE:
        break;
    case ACTION_HELP:
        help_push(views, views_top(views)->keys);
        break;
    case ACTION_LANGUAGE:
        other_language(views);
        break;
    case ACTION_REDRAW:
        screen_redraw(views->screen);
        break;
    case ACTION_COMMAND:
        command(views);
        break;
    case ACTION_CLOSE:
        pop(views);
        break;
    case ACTION_QUIT:
        views_quit(views);
        break;
    default: {
        const struct view_ops *ops = views->stack[index].ops;
        void *context = views->stack[index].context;
        /* A view may have pushed another one or closed all: only itself, still on top, is closed for it. */
        if (ops->act(context, views, action, event) == VIEW_CLOSES && views->count == index + 1)
            pop(views);
    }
    }
}

static void mouse(struct views *views, const struct screen_event *event)
{
    const struct key_row *row = menu_at(&views->menu, event->row, event->column);
    if (row != NULL)
        obey(views, row, event);
    else if (event->key == KEYS_CLICK)
        act(views, ACTION_POINT, event);
    else
        act(views, ACTION_OPEN, event);
}

static void key(struct views *views, const struct screen_event *event)
{
    char name[16];
    const struct key_row *row = keys_find(views_top(views)->keys, event->key);
    if (row != NULL)
        obey(views, row, event);
    else
        views_say(views, TONE_PLAIN, _("The key %s does nothing here; ? shows the keys that do."),
                  keys_name(event->key, name));
}

static void handle(struct views *views, const struct screen_event *event)
{
    switch (event->key) {
    case KEYS_NONE:
        act(views, ACTION_TICK, event);
        return;
    case KEYS_READY:
        act(views, ACTION_READY, event);
        return;
    case KEYS_GONE:
        views_quit(views);
        return;
    case KEYS_RESIZE:
        return;
    default:
        break;
    }
    views->message[0] = '\0';
    if (views->small) {
        if (event->key == 'q' || event->key == 'Q' || event->key == KEYS_ESCAPE)
            views_quit(views);
    } else if (event->key == KEYS_CLICK || event->key == KEYS_DOUBLE_CLICK) {
        mouse(views, event);
    } else {
        key(views, event);
    }
}

void views_run(struct views *views)
{
    while (views->count > 0) {
        const struct view_ops *top = views_top(views);
        void *context = views->stack[views->count - 1].context;
        views_draw(views);
        screen_show(views->screen);
        int patience = top->patience != NULL ? top->patience(context) : -1;
        int watch = top->watch != NULL ? top->watch(context) : -1;
        struct screen_event event = screen_wait(views->screen, patience, watch);
        handle(views, &event);
    }
}
