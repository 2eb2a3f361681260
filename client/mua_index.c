/*
 * mua_index.c - the index: folders beside it, a line for each letter, its
 * threads as a tree, and below it what the wire says.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/account.h"
#include "client/mua_call.h"
#include "client/mua_keys.h"
#include "client/mua_state.h"
#include "core/mem.h"
#include "core/tls.h"
#include "io/dialog.h"
#include "io/i18n.h"
#include "io/prompt.h"
#include "io/text.h"

#define TICK_MILLISECONDS 1000
#define CHECK_TICKS 30
#define WATCH_TICKS 3
#define WATCH_LONGEST 1500 /* RFC 2177: an IDLE is to be ended before 29 minutes */
#define FILL_AT_ONCE 4000
#define SIDE_COLUMNS 19
#define TREE_DEPTH 12

static const struct key_row rows[] = {
    { MUA_READ, "Enter Right", "read", N_("Read"), N_("Read this letter.") },
    { MUA_DELETE, "d", "delete", N_("Delete"), N_("Mark this letter as deleted: it is removed by $.") },
    { MUA_EXPUNGE, "$", "expunge", N_("Expunge"), N_("Remove all letters that are marked as deleted.") },
    { MUA_FOLDER, "c", "folder", N_("Folder"), N_("Go to another folder, by its name.") },
    { ACTION_SEARCH, "/", "search", N_("Search"), N_("To the next letter that a pattern fits.") },
    { MUA_LIMIT, "l", "limit", N_("Limit"), N_("List only letters that a pattern fits; nothing lists all.") },
    { MUA_TAG, "t", "tag", N_("Tag it"), N_("Tag this letter, or take that back.") },
    { MUA_RECALL, "R", "recall", NULL, N_("Go on with a letter that was postponed.") },
    { MUA_DELETE_THREAD, "D", "delete-thread", NULL, N_("Mark the whole thread as deleted.") },
    { MUA_FOLDERS, "y", "folders", NULL, N_("The list of folders: make, rename and remove them.") },
    { MUA_SIDEBAR, "B", "sidebar", NULL, N_("Show or hide the folders beside the list.") },
    { MUA_SIDE_DOWN, "Ctrl-N", "sidebar-down", NULL, N_("In the folders beside the list: one down.") },
    { MUA_SIDE_UP, "Ctrl-P", "sidebar-up", NULL, N_("In the folders beside the list: one up.") },
    { MUA_SIDE_OPEN, "Ctrl-O", "sidebar-open", NULL, N_("Go to the folder that is lit beside the list.") },
    { ACTION_SEARCH_AGAIN, "n", "search-again", NULL, N_("Search again.") },
    { MUA_NEXT_NEW, "Tab", "next-new", NULL, N_("To the next letter that was not read yet.") },
    { MUA_TAG_PATTERN, "T", "tag-pattern", NULL, N_("Tag all letters that a pattern fits.") },
    { MUA_UNTAG, "Ctrl-T", "untag", NULL, N_("No letter is tagged any more.") },
    { MUA_TAGGED, ";", "tagged", NULL, N_("The next command is about all letters that are tagged.") },
    { MUA_SORT, "o", "sort", N_("Sort"),
      N_("By thread, date, sender, recipient, subject, size, arrival or importance.") },
    { MUA_REVERSE, "O", "reverse", NULL, N_("The other way round.") },
    { MUA_FOLD, "z", "fold", NULL, N_("Fold this thread to its first letter, or unfold it.") },
    { MUA_FOLD_ALL, "Z", "fold-all", NULL, N_("Fold or unfold all threads.") },
    { MUA_CHECK, ".", "check", NULL, N_("Look for new letters now.") },
    { MUA_ACCOUNT, "A", "account", NULL, N_("Go to another account.") },
    { MUA_LEAVE, "q", "leave", N_("Quit"), N_("Leave; letters marked as deleted can be removed first.") },
    { ACTION_FIRST, "=", "first-letter", NULL, N_("To the first letter.") },
    { ACTION_LAST, "*", "last-letter", NULL, N_("To the last letter.") },
    { ACTION_CLOSE, "x", "exit", NULL, N_("Leave, and let letters that are marked stay.") },
    { ACTION_NONE, "Esc", "nothing", NULL, N_("Gives up what goes on.") },
};

static const struct key_table common = { N_("Looking at the protocol"), mua_common_rows, MUA_COMMON_ROWS, &list_keys };
static const struct key_table letters = { N_("Letters"), mua_letter_rows, MUA_LETTER_ROWS, &common };
const struct key_table mua_index_keys = { N_("The list"), rows, sizeof rows / sizeof rows[0], &letters };

/* The letters that choose an order, as order.h numbers them. */
static const char order_keys[ORDER_COUNT + 1] = {
    [ORDER_THREADS] = 't', [ORDER_ARRIVAL] = 'a', [ORDER_DATE] = 'd', [ORDER_FROM] = 'f', [ORDER_TO] = 'r',
    [ORDER_SUBJECT] = 's', [ORDER_SIZE] = 'z', [ORDER_FLAGGED] = 'i',
};

/* --- drawing ------------------------------------------------------------------------- */

/* "✔ imap, TLSv1.3": who is there is certain, or not; who listens can read it, or not. The mark stands first: where
 * there is no room for all, it is what is left. */
static void add_security(const struct mail_status *status, const struct account *account, struct buf *out)
{
    if (strcmp(status->protocol, "maildir") == 0)
        return;
    if (status->tls == NULL) {
        buf_printf(out, " \u2718 %s, %s", status->protocol, _("in the clear"));
        return;
    }
    struct tls_info info;
    tls_describe(status->tls, &info);
    bool holds = tls_verified(status->tls) == NULL;
    bool trusted = account->fingerprint != NULL && strcasecmp(account->fingerprint, info.fingerprint) == 0;
    buf_printf(out, " %s %s, %s%s", holds || trusted ? "\u2714" : "\u2718", status->protocol, info.version,
               holds ? "" : trusted ? _(", trusted by you") : _(", unverified"));
}

static void head(void *context, struct buf *left, struct buf *right)
{
    struct mua *mua = context;
    struct mail_status status = { .protocol = "" };
    size_t fresh = 0, tagged = 0;
    buf_printf(left, "Pli mail \u00b7 %s", mua->options.accounts[mua->account].name);
    if (mua->source == NULL) {
        buf_add_text(right, _("not open"));
        return;
    }
    source_status(mua->source, &status);
    for (size_t i = 0; i < mua->source->count && i < mua->room; i++) {
        fresh += (mua->source->messages[i].flags & MAIL_SEEN) == 0;
        tagged += (mua->marks[i] & MUA_TAGGED_MARK) != 0;
    }
    add_security(&status, mua->source->account, left);
    if (tagged > 0)
        buf_printf(right, ngettext("%zu tagged \u00b7 ", "%zu tagged \u00b7 ", tagged), tagged);
    if (mua->order != ORDER_THREADS || mua->reverse)
        buf_printf(right, "%s%s \u00b7 ", mua->reverse ? "\u2191" : "", order_name(mua->order));
    buf_printf(right, _("%s %zu new / %zu"), status.folder, fresh, mua->source->count);
}

/* "│ ├─▸": how deep in its thread, and whether others follow. */
static const char *tree(const struct mua_row *row, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    unsigned depth = row->depth < TREE_DEPTH ? row->depth : TREE_DEPTH;
    for (unsigned level = 1; level < depth && used < size; level++)
        used += (size_t)snprintf(out + used, size - used, "%s ", row->bars >> level & 1 ? "\u2502" : " ");
    if (depth > 0 && used < size)
        snprintf(out + used, size - used, "%s\u2500\u25b8 ", row->bars >> depth & 1 ? "\u251c" : "\u2514");
    return out;
}

static void draw_flags(struct screen *screen, struct area area, const struct mail_envelope *letter, bool tagged,
                       unsigned selected)
{
    bool gone = (letter->flags & MAIL_DELETED) != 0;
    screen_put(screen, area, 0, 0, TONE_GOOD | PAINT_BOLD | selected, letter->flags & MAIL_SEEN ? " " : "N");
    screen_put(screen, area, 0, 1, TONE_NONE | selected, letter->flags & MAIL_ANSWERED ? "r" : " ");
    screen_put(screen, area, 0, 2, TONE_BAD | PAINT_BOLD | selected,
               gone ? "D" : letter->flags & MAIL_FLAGGED ? "!" : " ");
    screen_put(screen, area, 0, 3, (TONE_LAYER + 5) | PAINT_BOLD | selected, tagged ? "*" : " ");
}

static void draw_subject(struct screen *screen, struct area line, const struct mua_row *row,
                         const struct mail_envelope *letter, unsigned paint, unsigned selected)
{
    char branches[TREE_DEPTH * 8 + 32];
    int column = 0;
    if (letter->flags & MAIL_ATTACHED)
        screen_put(screen, area_right(&line, 2), 0, 1, (TONE_LAYER + 6) | PAINT_BOLD | selected, "@");
    if (row->folded > 0) {
        char *count = mem_printf("[+%u]", row->folded);
        struct area right = area_right(&line, (int)text_width(count) + 1);
        screen_put(screen, right, 0, 1, (TONE_LAYER + 5) | PAINT_BOLD | selected, count);
        free(count);
    }
    column = screen_put(screen, line, 0, column, (TONE_LAYER + 3) | selected, tree(row, branches, sizeof branches));
    screen_put(screen, line, 0, column, paint, letter->flags & MAIL_BLANK ? "\u2026"
               : letter->subject != NULL && letter->subject[0] != '\0' ? letter->subject : _("(no subject)"));
}

static void draw_letter(void *context, struct screen *screen, struct area line, size_t index, unsigned selected)
{
    struct mua *mua = context;
    const struct mail_envelope *letter = mua_letter(mua, index);
    char date[32], size[32];
    if (letter == NULL)
        return;
    const struct mua_row *row = &mua->rows[index];
    int digits = mua->source->count > 9999 ? 6 : 4;
    bool fresh = (letter->flags & MAIL_SEEN) == 0, gone = (letter->flags & MAIL_DELETED) != 0;
    bool tagged = (mua->marks[row->letter] & MUA_TAGGED_MARK) != 0;
    unsigned paint = (gone ? TONE_NONE | PAINT_FAINT : fresh ? TONE_PLAIN | PAINT_BOLD : TONE_PLAIN) | selected;
    screen_put(screen, line, 0, 0, TONE_PLAIN | PAINT_BOLD | selected, selected ? "\u25b8" : " ");
    area_left(&line, 1);
    if (line.columns >= 66)
        screen_printf(screen, area_left(&line, digits + 1), 0, 0, TONE_NONE | selected, "%*u", digits, letter->number);
    draw_flags(screen, area_left(&line, 6), letter, tagged, selected);
    if (line.columns >= 50)
        screen_put(screen, area_left(&line, 14), 0, 0, TONE_NONE | selected, mua_date(letter->date, date));
    struct area from = area_left(&line, line.columns >= 90 ? 26 : line.columns >= 50 ? 19 : 14);
    screen_put(screen, area_left(&from, from.columns - 1), 0, 0, paint,
               letter->from != NULL && letter->from[0] != '\0' ? letter->from : letter->from_address);
    if (line.columns >= 40)
        screen_printf(screen, area_left(&line, 8), 0, 0, TONE_NONE | selected, "(%s)", mua_size(letter->size, size));
    draw_subject(screen, line, row, letter, paint, selected);
}

static void draw(void *context, struct screen *screen, struct area area)
{
    struct mua *mua = context;
    mua_draw_wire(mua, screen, &area);
    if (mua->sidebar && area.columns >= MUA_SIDE_FROM_COLUMNS && mua->folder_count > 0) {
        folders_draw(mua, screen, area_left(&area, SIDE_COLUMNS));
        screen_column(screen, area_left(&area, 1), 0, TONE_NONE);
    }
    if (mua->limit[0] != '\0')
        screen_printf(screen, area_top(&area, 1), 0, 1, TONE_PLAIN | PAINT_BOLD, _("only letters with: %s"),
                      mua->limit);
    list_draw(&mua->list, screen, area, draw_letter, mua);
    if (mua->list.count == 0)
        screen_put(screen, area, 0, 2, TONE_NONE,
                   mua->source == NULL ? _("No account is open: A opens one.")
                   : mua->limit[0] != '\0' ? _("No letter is like that.") : _("There are no letters in this folder."));
}

/* --- acting --------------------------------------------------------------------------- */

static size_t count_deleted(const struct mua *mua)
{
    size_t count = 0;
    for (size_t i = 0; mua->source != NULL && i < mua->source->count; i++)
        count += (mua->source->messages[i].flags & MAIL_DELETED) != 0;
    return count;
}

/* Before something is left: true, go. */
static bool settle_deleted(struct mua *mua)
{
    size_t deleted = count_deleted(mua);
    if (deleted == 0)
        return true;
    char *question = mem_printf(ngettext("Remove the %zu letter marked as deleted? (y)es, (n)o, Esc: stay",
                                         "Remove the %zu letters marked as deleted? (y)es, (n)o, Esc: stay", deleted),
                                deleted);
    int answer = prompt_key(mua->views, question, "yYnNoO");
    free(question);
    return answer != 0 && (strchr("yYoO", answer) == NULL || mua_expunge(mua) == 0);
}

static void check(struct mua *mua, bool asked)
{
    bool changed = false;
    if (mua_check(mua, &changed) == 0 && (asked || changed))
        views_say(mua->views, TONE_PLAIN, "%s", changed ? _("The folder has changed.") : _("Nothing new."));
}

/* Nobody presses a key: rows are filled, the server is asked to tell what is new, or looked at now and then. */
static void tick(struct mua *mua, bool news)
{
    if (mua->source == NULL)
        return;
    if (mua->source->blank > 0) {
        mua_fill(mua, FILL_AT_ONCE);
        return;
    }
    mua->idle++;
    if (news || mua->idle % (mua->watch_fd >= 0 ? WATCH_LONGEST : CHECK_TICKS) == 0)
        check(mua, false);
    else if (mua->idle == WATCH_TICKS && mua->watch_fd < 0)
        mua_watch(mua);
}

static void search(struct mua *mua, bool again)
{
    if (mua->source == NULL || (!again && prompt_line(mua->views, _("Search:"), mua->search, sizeof mua->search) != 0))
        return;
    unsigned char *hits = mem_alloc(mua->source->count + 1);
    bool found = false;
    if (mua->search[0] != '\0' && mua_find(mua, mua->search, hits) == 0) {
        for (size_t i = 1; i <= mua->list.count && !found; i++) {
            size_t place = (mua->list.selected + i) % mua->list.count;
            found = hits[mua->rows[place].letter] != 0;
            if (found)
                list_select(&mua->list, place);
        }
        if (!found)
            views_say(mua->views, TONE_PLAIN, _("No letter is like \"%s\"."), mua->search);
    }
    free(hits);
}

static void next_new(struct mua *mua)
{
    for (size_t i = 1; i <= mua->list.count; i++) {
        size_t place = (mua->list.selected + i) % mua->list.count;
        if ((mua_letter(mua, place)->flags & (MAIL_SEEN | MAIL_DELETED)) == 0) {
            list_select(&mua->list, place);
            return;
        }
    }
    views_say(mua->views, TONE_PLAIN, _("All letters here were read."));
}

static void choose_folder(struct mua *mua)
{
    char folder[256] = "";
    if (folders_ask(mua, _("Folder:"), folder, sizeof folder) == 0)
        folders_go(mua, folder);
}

static void ask_limit(struct mua *mua)
{
    char limit[MUA_LIMIT_MAX];
    memcpy(limit, mua->limit, sizeof limit);
    if (prompt_line(mua->views, _("Only letters with:"), limit, sizeof limit) != 0)
        return;
    memcpy(mua->limit, limit, sizeof limit);
    if (mua_apply_limit(mua) != 0) {
        mua->limit[0] = '\0';
        mua_relist(mua);
    }
}

static void tag_pattern(struct mua *mua)
{
    char pattern[MUA_LIMIT_MAX] = "";
    size_t count = 0;
    if (mua->source == NULL || prompt_line(mua->views, _("Tag letters with:"), pattern, sizeof pattern) != 0)
        return;
    unsigned char *hits = mem_alloc(mua->source->count + 1);
    if (mua_find(mua, pattern, hits) == 0) {
        for (size_t i = 0; i < mua->list.count; i++)
            if (hits[mua->rows[i].letter]) {
                mua->marks[mua->rows[i].letter] |= MUA_TAGGED_MARK;
                count++;
            }
        char *text = mem_printf(ngettext("%zu letter tagged.", "%zu letters tagged.", count), count);
        views_say(mua->views, TONE_PLAIN, "%s", text);
        free(text);
    }
    free(hits);
}

static void ask_order(struct mua *mua)
{
    int answer = prompt_key(mua->views, _(
        "(t)hread (d)ate (f)rom (r)ecipient (s)ubject si(z)e (a)rrival (i)mportant"), order_keys);
    if (answer != 0)
        mua->order = (enum order_key)(strchr(order_keys, answer) - order_keys);
    mua_relist(mua);
}

static void choose_account(struct mua *mua)
{
    char *names[64];
    size_t count = mua->options.account_count < 64 ? mua->options.account_count : 64;
    for (size_t i = 0; i < count; i++)
        names[i] = mua->options.accounts[i].name;
    const char *given = views_argument(mua->views);
    long chosen = -1;
    for (size_t i = 0; i < count && given != NULL && chosen < 0; i++)
        if (strstr(names[i], given) != NULL)
            chosen = (long)i;
    if (given == NULL)
        chosen = dialog_choose(mua->views, _("Accounts"), names, count, mua->account);
    if (chosen >= 0 && settle_deleted(mua))
        mua_open(mua, (size_t)chosen);
}

/* The head of a thread folds; with all, every head as this one. */
static void fold(struct mua *mua, bool all)
{
    size_t place = mua->list.selected;
    if (mua->list.count == 0)
        return;
    while (place > 0 && mua->rows[place].depth > 0)
        place--;
    bool on = (mua->marks[mua->rows[place].letter] & MUA_FOLDED) == 0;
    for (size_t i = all ? 0 : place; i < (all ? mua->list.count : place + 1); i++)
        if (mua->rows[i].depth == 0)
            mua->marks[mua->rows[i].letter] = (unsigned char)((mua->marks[mua->rows[i].letter] &
                                                               ~(unsigned)MUA_FOLDED) | (on ? MUA_FOLDED : 0u));
    list_select(&mua->list, place);
    mua_relist(mua);
}

static void tag(struct mua *mua)
{
    if (mua->list.count == 0)
        return;
    mua->marks[mua->rows[mua->list.selected].letter] ^= MUA_TAGGED_MARK;
    list_select(&mua->list, mua->list.selected + 1);
}

/* What is about the list. */
static bool act_on_list(struct mua *mua, int action)
{
    switch (action) {
    case MUA_TAG: tag(mua); return true;
    case MUA_TAG_PATTERN: tag_pattern(mua); return true;
    case MUA_UNTAG:
        for (size_t i = 0; i < mua->room; i++)
            mua->marks[i] = (unsigned char)(mua->marks[i] & ~(unsigned)MUA_TAGGED_MARK);
        return true;
    case MUA_TAGGED:
        mua->tagged_next = true;
        views_say(mua->views, TONE_PLAIN, _("Tagged letters: which command?"));
        return true;
    case MUA_SORT: ask_order(mua); return true;
    case MUA_REVERSE: mua->reverse = !mua->reverse; mua_relist(mua); return true;
    case MUA_FOLD: case MUA_FOLD_ALL: fold(mua, action == MUA_FOLD_ALL); return true;
    case MUA_LIMIT: ask_limit(mua); return true;
    case ACTION_SEARCH: case ACTION_SEARCH_AGAIN: search(mua, action == ACTION_SEARCH_AGAIN); return true;
    case MUA_NEXT_NEW: next_new(mua); return true;
    default: return false;
    }
}

/* What is about folders and accounts. */
static bool act_on_folders(struct mua *mua, int action)
{
    switch (action) {
    case MUA_FOLDER: choose_folder(mua); return true;
    case MUA_SIDEBAR: mua->sidebar = !mua->sidebar; return true;
    case MUA_SIDE_DOWN: case MUA_SIDE_UP:
        list_act(&mua->side, action == MUA_SIDE_DOWN ? ACTION_DOWN : ACTION_UP, NULL);
        return true;
    case MUA_SIDE_OPEN:
        if (mua->side.selected < mua->folder_count)
            folders_go(mua, mua->folders[mua->side.selected].name);
        return true;
    case MUA_ACCOUNT: choose_account(mua); return true;
    case MUA_CHECK: check(mua, true); return true;
    case MUA_EXPUNGE: mua_expunge(mua); return true;
    default: return false;
    }
}

/* The mouse in the folders goes there. */
static bool point(struct mua *mua, int action, const struct screen_event *event)
{
    if ((action != ACTION_POINT && action != ACTION_OPEN) || event == NULL || event->key == KEYS_ENTER ||
        !area_has(mua->side.area, event->row, event->column) || mua->folder_count == 0)
        return false;
    if (list_act(&mua->side, ACTION_POINT, event))
        folders_go(mua, mua->folders[mua->side.selected].name);
    return true;
}

static enum view_answer act(void *context, struct views *views, int action, const struct screen_event *event)
{
    struct mua *mua = context;
    (void)views;
    bool moves_on = (action == MUA_DELETE || action == MUA_UNDELETE) && !mua->tagged_next;
    if (action == ACTION_TICK || action == ACTION_READY)
        tick(mua, action == ACTION_READY);
    else if (action == MUA_LEAVE)
        return settle_deleted(mua) ? VIEW_CLOSES : VIEW_STAYS;
    else if (point(mua, action, event) || act_on_list(mua, action) || act_on_folders(mua, action) ||
             mua_common_act(mua, action))
        return VIEW_STAYS;
    else if (action == MUA_READ && mua_selected(mua) != NULL)
        pager_push(mua);
    else if (mua_letters_act(mua, action) && moves_on)
        list_select(&mua->list, mua->list.selected + 1);
    else
        list_act(&mua->list, action, event);
    return VIEW_STAYS;
}

static int patience(void *context)
{
    const struct mua *mua = context;
    return mua->source != NULL && mua->source->blank > 0 ? 0 : TICK_MILLISECONDS;
}

static int watch(void *context)
{
    return ((struct mua *)context)->watch_fd;
}

void index_push(struct mua *mua)
{
    static const struct view_ops ops = {
        .keys = &mua_index_keys, .rows = 8, .columns = 50, .head = head, .draw = draw, .act = act,
        .patience = patience, .watch = watch,
    };
    views_push(mua->views, &ops, mua);
}
