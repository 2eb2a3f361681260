#include "client/mua.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "client/mua_state.h"
#include "core/mem.h"
#include "io/i18n.h"

#define WIRE_RUN_MAX 5
#define YEAR_SECONDS (300 * 24 * 3600)

struct mua *mua_new(const struct mua_options *options)
{
    struct mua *mua = mem_alloc(sizeof *mua);
    mua->options = *options;
    mua->wire_pane = true;
    return mua;
}

static void forget_line(struct wire_line *line)
{
    free(line->text);
    free(line->state_before);
    free(line->state_after);
    *line = (struct wire_line){ .text = NULL };
}

void mua_free(struct mua *mua)
{
    if (mua == NULL)
        return;
    for (size_t i = 0; i < MUA_WIRE_LINES; i++)
        forget_line(&mua->wire[i]);
    free(mua->shown);
    free(mua);
}

static struct wire_line *line_before(struct mua *mua, size_t back)
{
    return &mua->wire[(mua->wire_count - back) % MUA_WIRE_LINES];
}

/* Of a long answer, a letter for example, the first lines and the last one are kept: the commands stay in view. */
static struct wire_line *place_for(struct mua *mua, bool from_client)
{
    mua->wire_run = from_client ? 0 : mua->wire_run + 1;
    if (mua->wire_run > WIRE_RUN_MAX) {
        struct wire_line *middle = line_before(mua, 2);
        free(middle->text);
        middle->text = NULL;
        middle->left_out++;
        return line_before(mua, 1);
    }
    return &mua->wire[mua->wire_count++ % MUA_WIRE_LINES];
}

static void see_line(void *context, const struct watch_event *event, struct span text)
{
    struct wire_line *line = place_for(context, event->from_client);
    forget_line(line);
    line->from_client = event->from_client;
    line->text = span_copy(text);
    line->state_before = mem_text(event->state_before);
    line->state_after = mem_text(event->state_after);
}

struct mail_watcher mua_watcher(struct mua *mua)
{
    return (struct mail_watcher){ .line = see_line, .context = mua };
}

/* --- the list ------------------------------------------------------------------------ */

static bool holds(const char *text, const char *word)
{
    size_t length = strlen(word);
    for (; text != NULL && *text != '\0'; text++)
        if (strncasecmp(text, word, length) == 0)
            return true;
    return false;
}

static bool fits(const struct mail_envelope *letter, const char *limit)
{
    return limit[0] == '\0' || holds(letter->subject, limit) || holds(letter->from, limit) ||
           holds(letter->from_address, limit) || holds(letter->to, limit);
}

struct mail_envelope *mua_letter(const struct mua *mua, size_t place)
{
    if (place >= mua->list.count || mua->shown[place] > mua->source->count)
        return NULL;
    return &mua->source->messages[mua->shown[place] - 1];
}

struct mail_envelope *mua_selected(const struct mua *mua)
{
    return mua_letter(mua, mua->list.selected);
}

void mua_relist(struct mua *mua)
{
    unsigned number = mua->list.selected < mua->list.count ? mua->shown[mua->list.selected] : 0;
    if (mua->source->count > mua->shown_room) {
        mua->shown_room = mua->source->count * 2;
        mua->shown = mem_grow(mua->shown, mua->shown_room, sizeof *mua->shown);
    }
    size_t place = 0;
    mua->list.count = 0;
    for (size_t i = 0; i < mua->source->count; i++) {
        if (!fits(&mua->source->messages[i], mua->limit))
            continue;
        if (mua->source->messages[i].number <= number)
            place = mua->list.count;
        mua->shown[mua->list.count++] = mua->source->messages[i].number;
    }
    list_select(&mua->list, place);
}

void mua_complain(struct mua *mua, struct views *views)
{
    views_say(views, TONE_BAD, "%s", mua->source->error.len > 0 ? buf_text(&mua->source->error)
                                                                 : _("The mailbox did not do it, and gave no reason."));
}

int mua_flag(struct mua *mua, struct views *views, struct mail_envelope *letter, unsigned set, unsigned clear)
{
    if ((letter->flags & set) == set && (letter->flags & clear) == 0)
        return 0;
    if (source_flag(mua->source, letter->number, set, clear) == 0)
        return 0;
    mua_complain(mua, views);
    return -1;
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

int mua_run(struct mua *mua, struct mail_source *source, struct buf *error)
{
    struct views *views;
    mua->source = source;
    if (views_open(&views, error) != 0)
        return -1;
    if (source_refresh(source) != 0)
        mua_complain(mua, views);
    mua_relist(mua);
    list_select(&mua->list, mua->list.count); /* the newest is last */
    index_push(mua, views);
    views_run(views);
    views_close(views);
    return 0;
}
