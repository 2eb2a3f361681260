#include "client/mua.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client/mua_call.h"
#include "client/mua_keys.h"
#include "client/mua_state.h"
#include "client/mua_step.h"
#include "core/mem.h"
#include "io/bind.h"
#include "io/dialog.h"
#include "io/i18n.h"
#include "io/text.h"

#define YEAR_SECONDS (300 * 24 * 3600)
#define PANE_FROM_ROWS 16   /* of the body: below that the list needs all of it */
#define PANE_SMALL 6
#define PANE_LARGE 9
#define TELL_COLUMNS 54     /* what just happened, beside the wire */

const struct key_table *const mua_key_tables[] = {
    &mua_index_keys, &mua_pager_keys, &mua_parts_keys, &mua_folders_keys, &mua_compose_keys, &mua_wire_keys,
};
const size_t mua_key_table_count = sizeof mua_key_tables / sizeof mua_key_tables[0];

struct mua *mua_new(const struct mua_options *options)
{
    struct mua *mua = mem_alloc(sizeof *mua);
    mua->options = *options;
    mua->wire = wire_new();
    mua->step = mem_alloc(sizeof *mua->step);
    pthread_mutex_init(&mua->step->lock, NULL);
    mua->wire_pane = mua->sidebar = true;
    mua->watch_fd = -1;
    if (pipe2(mua->cancel, O_CLOEXEC | O_NONBLOCK) != 0)
        mua->cancel[0] = mua->cancel[1] = -1;
    return mua;
}

void mua_free(struct mua *mua)
{
    if (mua == NULL)
        return;
    folders_free(mua);
    wire_free(mua->wire);
    pthread_mutex_destroy(&mua->step->lock);
    free(mua->step);
    for (int i = 0; i < 2; i++)
        if (mua->cancel[i] >= 0)
            close(mua->cancel[i]);
    free(mua->rows);
    free(mua->marks);
    free(mua);
}

static void see_line(void *context, const struct watch_event *event, struct span text)
{
    wire_see(((struct mua *)context)->wire, event, text);
}

static enum mail_step before(void *context, const char *verb, struct buf *text)
{
    return step_before(context, verb, text);
}

struct mail_watcher mua_watcher(struct mua *mua)
{
    return (struct mail_watcher){ .line = see_line, .step = before, .consent = mua_consent, .context = mua };
}

void mua_complain(struct mua *mua)
{
    bool told = mua->source != NULL && mua->source->error.len > 0;
    views_say(mua->views, TONE_BAD, "%s", told ? buf_text(&mua->source->error)
                                               : _("The mailbox did not do it, and gave no reason."));
}

/* --- the pane below ----------------------------------------------------------------------- */

/* States that are only passed through, or that something went wrong to come to,
        are shown when they are the present one. */
static bool is_aside(const char *state)
{
    static const char *const aside[] = { "TLS HANDSHAKE", "NAMED", "REFUSED", "BDAT", "FAILED", "CLOSED" };
    for (size_t i = 0; i < sizeof aside / sizeof aside[0]; i++)
        if (strcmp(state, aside[i]) == 0)
            return true;
    return strstr(state, "TLS") != NULL;
}

/* NOT AUTHENTICATED > AUTHENTICATED > [SELECTED INBOX]: the states of the protocol, the present one lit. */
static void draw_states(struct mua *mua, struct screen *screen, struct area line)
{
    const char *state;
    const struct machine_table *machine = wire_machine(mua->wire, &state);
    bool all = line.columns >= 70, first = true;
    if (machine == NULL)
        return;
    int column = screen_printf(screen, line, 0, 2, TONE_NONE, " %s ", machine->protocol);
    for (size_t i = 1; i < machine->state_count; i++) {
        const char *name = machine->state_names[i];
        bool lit = strcmp(name, state) == 0, selected = lit && strcmp(name, "SELECTED") == 0;
        if (!lit && (!all || is_aside(name)))
            continue;
        column = screen_put(screen, line, 0, column, TONE_NONE, first ? "" : "\u2500\u25b8 ");
        column = screen_printf(screen, line, 0, column, lit ? (TONE_LAYER + 5) | PAINT_CHIP | PAINT_BOLD : TONE_NONE,
                               lit ? "[%s%s%s]" : "%s", name, selected ? " " : "", selected ? mua->folder : "");
        column = screen_put(screen, line, 0, column, TONE_NONE, " ");
        first = false;
    }
}

/* What the last key did, in words. */
static void draw_told(struct mua *mua, struct screen *screen, struct area area)
{
    struct wire_account last = wire_last(mua->wire);
    struct buf text;
    buf_init(&text, 1000);
    wire_say(&last, &text);
    screen_fill(screen, area, TONE_PLAIN);
    screen_column(screen, area, 0, TONE_NONE);
    area_left(&area, 2);
    screen_printf(screen, area_top(&area, 1), 0, 0, TONE_PLAIN | PAINT_BOLD, "%s \u00b7 %s", _("what just happened"),
                  last.name);
    screen_put(screen, area_top(&area, 1), 0, 0, TONE_PLAIN, buf_text(&text));
    if (last.word != NULL) {
        struct area words = area;
        int lines = screen_paragraph(screen, area_top(&area, area.rows - 1), TONE_NONE, _(last.word->meaning), 0);
        area_top(&words, lines < words.rows ? lines : words.rows - 1);
        screen_printf(screen, words, 0, 0, TONE_LAYER + 3, "%s  \u00a7 %s", last.word->name, last.word->rfc);
    }
    buf_free(&text);
}

void mua_draw_wire(struct mua *mua, struct screen *screen, struct area *area)
{
    size_t count = wire_count(mua->wire);
    if (!mua->wire_pane || count == 0 || area->rows < PANE_FROM_ROWS)
        return;
    struct area pane = area_bottom(area, area->rows >= 30 ? PANE_LARGE : PANE_SMALL), line = area_top(&pane, 1);
    screen_rule(screen, line, 0, TONE_NONE);
    draw_states(mua, screen, line);
    if (pane.columns >= 100) {
        draw_told(mua, screen, area_right(&pane, TELL_COLUMNS));
    } else {
        struct wire_account last = wire_last(mua->wire);
        struct buf text;
        buf_init(&text, 1000);
        buf_printf(&text, "%s \u00b7 ", last.name);
        wire_say(&last, &text);
        screen_fill(screen, pane, TONE_PLAIN);
        screen_put(screen, area_bottom(&pane, 1), 0, 1, TONE_NONE, buf_text(&text));
        buf_free(&text);
    }
    wire_draw(mua->wire, screen, pane, count);
}

/* --- how things are written ----------------------------------------------------------- */

const char *mua_date(int64_t seconds, char *out)
{
    static const char *const months[] = { N_("Jan"), N_("Feb"), N_("Mar"), N_("Apr"), N_("May"), N_("Jun"),
                                          N_("Jul"), N_("Aug"), N_("Sep"), N_("Oct"), N_("Nov"), N_("Dec") };
    time_t then = (time_t)seconds, now = time(NULL);
    struct tm tm;
    if (localtime_r(&then, &tm) == NULL || tm.tm_mon < 0 || tm.tm_mon > 11)
        snprintf(out, 32, "?");
    else if (then > now - YEAR_SECONDS && then < now + YEAR_SECONDS)
        snprintf(out, 32, "%2d %s %02d:%02d", tm.tm_mday, _(months[tm.tm_mon]), tm.tm_hour, tm.tm_min);
    else
        snprintf(out, 32, "%2d %s  %d", tm.tm_mday, _(months[tm.tm_mon]), tm.tm_year + 1900);
    return out;
}

const char *mua_size(uint64_t bytes, char *out)
{
    static const char units[] = " KMGT";
    double size = (double)bytes;
    int unit = 0;
    while (size >= 999.5 && units[unit + 1] != '\0') {
        size /= 1024;
        unit++;
    }
    if (unit == 0)
        snprintf(out, 32, "%4.0f", size);
    else
        snprintf(out, 32, size < 9.95 ? "%3.1f%c" : "%3.0f%c", size, units[unit]);
    return out;
}

/* --- a run -------------------------------------------------------------------------------- */

static void observe(void *context, const char *name, bool begins)
{
    struct mua *mua = context;
    if (begins)
        mua->idle = 0;
    if (strcmp(name, "command") != 0) /* ":" itself is none; the command behind it is told of */
        wire_observe(mua->wire, name, begins);
}

int mua_run(struct mua *mua, struct buf *error)
{
    struct buf problem;
    if (views_open(&mua->views, error) != 0)
        return -1;
    buf_init(&problem, 2000);
    views_observe(mua->views, observe, mua);
    bool bound = mua->options.keys_file == NULL ||
                 bind_read(mua->options.keys_file, mua_key_tables, mua_key_table_count, &problem) == 0;
    bool some = mua->options.account_count > 0 ||
                (mua->options.first != NULL && mua->options.first(mua->options.context, mua->views) == 0);
    if (!some) {
        views_close(mua->views);
        buf_free(&problem);
        return 0;
    }
    index_push(mua);
    wire_observe(mua->wire, _("opening"), true);
    mua_open(mua, 0);
    wire_observe(mua->wire, "", false);
    if (mua->options.link != NULL)
        compose_mailto(mua, mua->options.link);
    if (!bound)
        views_say(mua->views, TONE_BAD, "%s", buf_text(&problem));
    views_run(mua->views);
    mua_close(mua);
    views_close(mua->views);
    buf_free(&problem);
    return 0;
}
