/*
 * The index: a line for each letter, and below it what the wire says, so that
 * a key pressed is seen as the commands it becomes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/mua_keys.h"
#include "client/mua_state.h"
#include "core/mem.h"
#include "io/i18n.h"
#include "io/prompt.h"
#include "io/reader.h"
#include "io/text.h"

#define CHECK_MILLISECONDS 30000
#define WIRE_FROM_ROWS 16   /* of the body: below that the list needs all of it */

enum {
    INDEX_READ = ACTION_OPEN, INDEX_WRITE = ACTION_OWN, INDEX_REPLY, INDEX_DELETE, INDEX_UNDELETE, INDEX_EXPUNGE,
    INDEX_FOLDER, INDEX_LIMIT, INDEX_FLAG, INDEX_NEW, INDEX_CHECK, INDEX_WIRE, INDEX_LEAVE,
};

static const struct key_row rows[] = {
    { INDEX_READ, "Enter Right", "read", N_("Read"), N_("Read this letter.") },
    { INDEX_WRITE, "m", "write", N_("Write"), N_("Write a new letter in your editor ($VISUAL or $EDITOR).") },
    { INDEX_REPLY, "r", "reply", N_("Reply"), N_("Answer this letter.") },
    { INDEX_DELETE, "d", "delete", N_("Delete"), N_("Mark this letter as deleted: it is removed by $.") },
    { INDEX_UNDELETE, "u", "undelete", N_("Undelete"), N_("Take the mark back.") },
    { INDEX_EXPUNGE, "$", "expunge", N_("Expunge"), N_("Remove all letters that are marked as deleted.") },
    { INDEX_FOLDER, "c", "folder", N_("Folder"), N_("Go to another folder.") },
    { ACTION_SEARCH, "/", "search", N_("Search"), N_("To the next letter with a word in its sender or subject.") },
    { ACTION_SEARCH_AGAIN, "n", "search-again", NULL, N_("Search again.") },
    { INDEX_LIMIT, "l", "limit", N_("Limit"), N_("List only letters with a word; nothing lists all.") },
    { INDEX_FLAG, "F", "flag", NULL, N_("Flag this letter as important, or take that back.") },
    { INDEX_NEW, "N", "toggle-new", NULL, N_("Mark this letter as new, or as seen.") },
    { INDEX_CHECK, ".", "check", NULL, N_("Look for new letters now.") },
    { INDEX_WIRE, "W", "wire", N_("Wire"), N_("Show or hide what passes on the wire.") },
    { INDEX_LEAVE, "q", "leave", N_("Quit"), N_("Leave; letters marked as deleted can be removed first.") },
};

const struct key_table mua_index_keys = { N_("Letters"), rows, sizeof rows / sizeof rows[0], &list_keys };

/* --- drawing ------------------------------------------------------------------------- */

static void head(void *context, struct buf *left, struct buf *right)
{
    struct mua *mua = context;
    struct mail_status status = { .protocol = "" };
    size_t fresh = 0;
    source_status(mua->source, &status);
    for (size_t i = 0; i < mua->source->count; i++)
        fresh += (mua->source->messages[i].flags & MAIL_SEEN) == 0;
    buf_printf(left, "Pli mail \u00b7 %s", mua->options.account);
    if (status.security[0] != '\0')
        buf_printf(left, " \u00b7 %s", status.security);
    buf_printf(right, _("%s %zu new / %zu"), status.folder, fresh, mua->source->count);
}

static void draw_letter(void *context, struct screen *screen, struct area line, size_t index, unsigned selected)
{
    struct mua *mua = context;
    const struct mail_envelope *letter = mua_letter(mua, index);
    char date[32], size[32];
    if (letter == NULL)
        return;
    bool fresh = (letter->flags & MAIL_SEEN) == 0, gone = (letter->flags & MAIL_DELETED) != 0;
    unsigned paint = (gone ? TONE_NONE | PAINT_FAINT : fresh ? TONE_PLAIN | PAINT_BOLD : TONE_PLAIN) | selected;
    screen_put(screen, line, 0, 0, TONE_PLAIN | PAINT_BOLD | selected, selected ? "\u25b8" : " ");
    area_left(&line, 1);
    screen_printf(screen, area_left(&line, 5), 0, 0, TONE_NONE | selected, "%4u", letter->number);
    struct area flags = area_left(&line, 5);
    screen_put(screen, flags, 0, 0, TONE_GOOD | PAINT_BOLD | selected, fresh ? "N" : " ");
    screen_put(screen, flags, 0, 1, TONE_NONE | selected, letter->flags & MAIL_ANSWERED ? "r" : " ");
    screen_put(screen, flags, 0, 2, TONE_BAD | PAINT_BOLD | selected,
               gone ? "D" : letter->flags & MAIL_FLAGGED ? "!" : " ");
    screen_put(screen, area_left(&line, 14), 0, 0, TONE_NONE | selected, mua_date(letter->date, date));
    struct area from = area_left(&line, line.columns >= 90 ? 26 : line.columns >= 50 ? 19 : 14);
    screen_put(screen, area_left(&from, from.columns - 1), 0, 0, paint,
               letter->from != NULL && letter->from[0] != '\0' ? letter->from : letter->from_address);
    if (line.columns >= 40)
        screen_printf(screen, area_left(&line, 8), 0, 0, TONE_NONE | selected, "(%s)", mua_size(letter->size, size));
    screen_put(screen, line, 0, 0, paint, letter->subject != NULL && letter->subject[0] != '\0'
                                              ? letter->subject : _("(no subject)"));
}

static void draw_wire_line(const struct wire_line *line, struct screen *screen, struct area area)
{
    bool moved = line->state_before != NULL && line->state_after != NULL &&
                 strcmp(line->state_before, line->state_after) != 0;
    if (moved) {
        char *states = mem_printf(" %s \u2500\u25b8 %s ", line->state_before, line->state_after);
        int width = (int)text_width(states);
        if (width < area.columns / 2)
            screen_put(screen, area_right(&area, width), 0, 0, (TONE_LAYER + 5) | PAINT_BOLD, states);
        free(states);
    }
    int column = screen_put(screen, area, 0, 1, (TONE_LAYER + 7) | PAINT_BOLD, line->from_client ? "C: " : "S: ");
    if (line->left_out > 0) {
        screen_printf(screen, area, 0, column, TONE_NONE, ngettext("(%u line)", "(%u lines)", line->left_out),
                      line->left_out);
        return;
    }
    screen_put(screen, area, 0, column, line->from_client ? TONE_PLAIN | PAINT_BOLD : TONE_PLAIN, line->text);
}

static void draw_wire(const struct mua *mua, struct screen *screen, struct area area)
{
    struct mail_status status = { .protocol = "" };
    struct area rule = area_top(&area, 1);
    source_status(mua->source, &status);
    screen_rule(screen, rule, 0, TONE_NONE);
    screen_printf(screen, rule, 0, 2, TONE_NONE, _(" the wire: %s, state %s "), status.protocol, status.state);
    size_t kept = mua->wire_count < MUA_WIRE_LINES ? mua->wire_count : MUA_WIRE_LINES;
    size_t lines = kept < (size_t)area.rows ? kept : (size_t)area.rows;
    for (size_t i = 0; i < lines; i++) {
        size_t number = mua->wire_count - lines + i;
        draw_wire_line(&mua->wire[number % MUA_WIRE_LINES], screen, area_top(&area, 1));
    }
}

static void draw(void *context, struct screen *screen, struct area area)
{
    struct mua *mua = context;
    if (mua->wire_pane && mua->wire_count > 0 && area.rows >= WIRE_FROM_ROWS)
        draw_wire(mua, screen, area_bottom(&area, area.rows >= 30 ? 10 : 6));
    if (mua->limit[0] != '\0')
        screen_printf(screen, area_top(&area, 1), 0, 1, TONE_PLAIN | PAINT_BOLD, _("only letters with: %s"),
                      mua->limit);
    list_draw(&mua->list, screen, area, draw_letter, mua);
    if (mua->list.count == 0)
        screen_put(screen, area, 0, 2, TONE_NONE, mua->limit[0] != '\0' ? _("No letter has this word.")
                                                                      : _("There are no letters in this folder."));
}

/* --- acting --------------------------------------------------------------------------- */

static void reply(struct mua *mua, struct views *views, struct mail_envelope *letter)
{
    struct buf raw;
    buf_init(&raw, MUA_LETTER_MAX);
    if (source_fetch(mua->source, letter->number, &raw) != 0)
        mua_complain(mua, views);
    else
        compose_reply(mua, views, letter, buf_span(&raw));
    buf_free(&raw);
}

static void expunge(struct mua *mua, struct views *views)
{
    if (source_expunge(mua->source) != 0 || source_refresh(mua->source) != 0)
        mua_complain(mua, views);
    mua_relist(mua);
}

static size_t count_deleted(const struct mua *mua)
{
    size_t count = 0;
    for (size_t i = 0; i < mua->source->count; i++)
        count += (mua->source->messages[i].flags & MAIL_DELETED) != 0;
    return count;
}

static enum view_answer leave(struct mua *mua, struct views *views)
{
    size_t deleted = count_deleted(mua);
    if (deleted == 0)
        return VIEW_CLOSES;
    char *question = mem_printf(ngettext("Remove the %zu letter marked as deleted? (y)es, (n)o, Esc: stay",
                                         "Remove the %zu letters marked as deleted? (y)es, (n)o, Esc: stay", deleted),
                                deleted);
    int answer = prompt_key(views, question, "yYnNoO");
    free(question);
    if (answer == 0)
        return VIEW_STAYS;
    if (strchr("yYoO", answer) != NULL && source_expunge(mua->source) != 0) {
        mua_complain(mua, views);
        return VIEW_STAYS;
    }
    return VIEW_CLOSES;
}

static void check(struct mua *mua, struct views *views, bool asked)
{
    bool changed = false;
    if (source_check(mua->source, &changed) != 0 || (changed && source_refresh(mua->source) != 0)) {
        mua_complain(mua, views);
        return;
    }
    if (changed)
        mua_relist(mua);
    if (asked)
        views_say(views, TONE_PLAIN, "%s", changed ? _("The folder has changed.") : _("Nothing new."));
}

static void search(struct mua *mua, struct views *views, bool again)
{
    if (!again && prompt_line(views, _("Search:"), mua->search, sizeof mua->search) != 0)
        return;
    for (size_t i = 1; i <= mua->list.count && mua->search[0] != '\0'; i++) {
        size_t place = (mua->list.selected + i) % mua->list.count;
        const struct mail_envelope *letter = mua_letter(mua, place);
        if (letter != NULL && ((letter->subject != NULL && strcasestr(letter->subject, mua->search) != NULL) ||
                               (letter->from != NULL && strcasestr(letter->from, mua->search) != NULL))) {
            list_select(&mua->list, place);
            return;
        }
    }
    views_say(views, TONE_PLAIN, _("No letter has \"%s\" in its sender or subject."), mua->search);
}

/* The names of the folders, for the prompt. */
static void add_folder(void *context, const struct mail_folder *folder)
{
    struct buf *names = context;
    if (folder->selectable)
        buf_printf(names, "%s%s", names->len > 0 ? ", " : "", folder->name);
}

static void choose_folder(struct mua *mua, struct views *views)
{
    char folder[256] = "";
    struct buf names;
    if ((mua->source->abilities & MAIL_CAN_FOLDERS) == 0) {
        views_say(views, TONE_PLAIN, _("This account has one folder only."));
        return;
    }
    buf_init(&names, 512);
    if (source_folders(mua->source, add_folder, &names) != 0)
        mua_complain(mua, views);
    else
        views_say(views, TONE_PLAIN, "%s", buf_text(&names));
    char *label = mem_printf(_("Folder (%s):"), buf_text(&names));
    if (prompt_line(views, label, folder, sizeof folder) == 0 && folder[0] != '\0') {
        if (source_select(mua->source, folder) != 0 || source_refresh(mua->source) != 0)
            mua_complain(mua, views);
        mua->limit[0] = '\0';
        mua_relist(mua);
        list_select(&mua->list, mua->list.count);
    }
    free(label);
    buf_free(&names);
}

static void ask_limit(struct mua *mua, struct views *views)
{
    char limit[MUA_LIMIT_MAX];
    memcpy(limit, mua->limit, sizeof limit);
    if (prompt_line(views, _("Only letters with:"), limit, sizeof limit) != 0)
        return;
    memcpy(mua->limit, limit, sizeof limit);
    mua_relist(mua);
}

/* What needs a letter. */
static void act_on(struct mua *mua, struct views *views, int action, struct mail_envelope *letter)
{
    unsigned flag = action == INDEX_FLAG ? MAIL_FLAGGED : MAIL_SEEN;
    switch (action) {
    case INDEX_READ:
        pager_push(mua, views);
        break;
    case INDEX_REPLY:
        reply(mua, views, letter);
        break;
    case INDEX_DELETE: case INDEX_UNDELETE:
        if (mua_flag(mua, views, letter, action == INDEX_DELETE ? MAIL_DELETED : 0,
                     action == INDEX_DELETE ? 0 : MAIL_DELETED) == 0)
            list_select(&mua->list, mua->list.selected + 1);
        break;
    default:
        mua_flag(mua, views, letter, letter->flags & flag ? 0 : flag, letter->flags & flag ? flag : 0);
    }
}

static enum view_answer act(void *context, struct views *views, int action, const struct screen_event *event)
{
    struct mua *mua = context;
    switch (action) {
    case ACTION_TICK: case INDEX_CHECK:
        check(mua, views, action == INDEX_CHECK);
        break;
    case INDEX_WRITE:
        compose_new(mua, views);
        break;
    case INDEX_EXPUNGE:
        expunge(mua, views);
        break;
    case INDEX_FOLDER:
        choose_folder(mua, views);
        break;
    case ACTION_SEARCH: case ACTION_SEARCH_AGAIN:
        search(mua, views, action == ACTION_SEARCH_AGAIN);
        break;
    case INDEX_LIMIT:
        ask_limit(mua, views);
        break;
    case INDEX_WIRE:
        mua->wire_pane = !mua->wire_pane;
        break;
    case INDEX_LEAVE:
        return leave(mua, views);
    default:
        if (!list_act(&mua->list, action, event) && action >= ACTION_OPEN && mua_selected(mua) != NULL)
            act_on(mua, views, action, mua_selected(mua));
    }
    return VIEW_STAYS;
}

static int patience(void *context)
{
    (void)context;
    return CHECK_MILLISECONDS;
}

void index_push(struct mua *mua, struct views *views)
{
    static const struct view_ops ops = {
        .keys = &mua_index_keys, .rows = 8, .columns = 50, .head = head, .draw = draw, .act = act, .patience = patience,
    };
    views_push(views, &ops, mua);
}
