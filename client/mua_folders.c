/*
 * mua_folders.c - the folders of an account: beside the index, as a screen of
 * their own, and as what a question is completed with.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/mua_call.h"
#include "client/mua_keys.h"
#include "client/mua_state.h"
#include "core/mem.h"
#include "io/i18n.h"
#include "io/prompt.h"

enum { FOLDERS_MAX = 1000 };

static const struct key_row rows[] = {
    { MUA_READ, "Enter Right", "open", N_("Open"), N_("Go to this folder.") },
    { MUA_CREATE, "C", "create", N_("Make"), N_("Make a new folder.") },
    { MUA_RENAME, "r", "rename", N_("Rename"), N_("Give this folder another name.") },
    { MUA_REMOVE, "d Delete", "remove", N_("Remove"), N_("Remove this folder, with all that is in it.") },
    { MUA_SUBSCRIBE, "s", "subscribe", N_("Subscribe"), N_("Subscribe to this folder, or end that.") },
    { MUA_CHECK, ".", "check", N_("Look"), N_("Read the list anew.") },
};

static const struct key_table common = { N_("Looking at the protocol"), mua_common_rows, MUA_COMMON_ROWS, &list_keys };
const struct key_table mua_folders_keys = { N_("Folders"), rows, sizeof rows / sizeof rows[0], &common };

void folders_free(struct mua *mua)
{
    for (size_t i = 0; i < mua->folder_count; i++)
        free(mua->folders[i].name);
    free(mua->folders);
    mua->folders = NULL;
    mua->folder_count = mua->side.count = 0;
}

/* INBOX first, the others by name. */
static int compare(const void *a, const void *b)
{
    const struct mua_folder *one = a, *two = b;
    bool first = strcasecmp(one->name, "INBOX") == 0, second = strcasecmp(two->name, "INBOX") == 0;
    return first != second ? (first ? -1 : 1) : strcmp(one->name, two->name);
}

static void light_current(struct mua *mua)
{
    struct mail_status status = { .protocol = "" };
    source_status(mua->source, &status);
    for (size_t i = 0; i < mua->folder_count; i++)
        if (strcmp(mua->folders[i].name, status.folder) == 0)
            list_select(&mua->side, i);
}

int folders_read(struct mua *mua)
{
    folders_free(mua);
    if (mua_folders(mua, &mua->folders, &mua->folder_count) != 0)
        return -1;
    if (mua->folder_count > 0)
        qsort(mua->folders, mua->folder_count, sizeof *mua->folders, compare);
    mua->side.count = mua->folder_count;
    light_current(mua);
    return 0;
}

static void draw_line(void *context, struct screen *screen, struct area line, size_t index, unsigned selected)
{
    const struct mua *mua = context;
    const struct mua_folder *folder = &mua->folders[index];
    struct mail_status status = { .protocol = "" };
    if (mua->source != NULL)
        source_status(mua->source, &status);
    bool here = strcmp(folder->name, status.folder) == 0;
    size_t unseen = here ? 0 : folder->unseen;
    for (size_t i = 0; here && i < mua->source->count; i++)
        unseen += (mua->source->messages[i].flags & MAIL_SEEN) == 0;
    if (unseen > 0) {
        char number[24];
        snprintf(number, sizeof number, "%zu", unseen);
        screen_put_right(screen, area_right(&line, 6), 0, TONE_GOOD | PAINT_BOLD | selected, number);
    }
    unsigned paint = here ? TONE_PLAIN | PAINT_BOLD : folder->selectable ? TONE_PLAIN : TONE_NONE;
    screen_put(screen, line, 0, 0, (TONE_LAYER + 5) | PAINT_BOLD | selected, here ? "\u25b8" : " ");
    screen_put(screen, line, 0, 2, paint | selected, folder->name);
}

void folders_draw(struct mua *mua, struct screen *screen, struct area area)
{
    list_draw(&mua->side, screen, area, draw_line, mua);
}

static size_t complete(const void *context, const char *text, size_t cursor, size_t columns, struct buf *more,
                       struct buf *choices)
{
    const struct mua *mua = context;
    const char *names[FOLDERS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < mua->folder_count && count < FOLDERS_MAX; i++)
        if (mua->folders[i].selectable)
            names[count++] = mua->folders[i].name;
    return prompt_complete_word(names, count, (struct span){ text, cursor }, columns, more, choices);
}

int folders_ask(struct mua *mua, const char *label, char *name, size_t size)
{
    if (mua->source != NULL && (mua->source->abilities & MAIL_CAN_FOLDERS) == 0) {
        views_say(mua->views, TONE_PLAIN, _("This account has one folder only."));
        return -1;
    }
    if (mua->folder_count == 0 && folders_read(mua) != 0)
        return -1;
    const struct prompt prompt = { .label = label, .text = name, .size = size, .cursor = SIZE_MAX,
                                   .complete = complete, .context = mua,
                                   .hint = _("Tab completes the names of folders."), .tone = TONE_NONE };
    return prompt_ask(mua->views, &prompt) == 0 && name[0] != '\0' ? 0 : -1;
}

bool folders_make(struct mua *mua, const char *name)
{
    if (strcasecmp(name, "INBOX") == 0)
        return true;
    for (size_t i = 0; i < mua->folder_count; i++)
        if (strcmp(mua->folders[i].name, name) == 0)
            return true;
    char *question = mem_printf(_("There is no folder %s. Make it? (y)es, (n)o"), name);
    bool agreed = prompt_yes(mua->views, question);
    free(question);
    return agreed && mua_folder_change(mua, MAIL_FOLDER_CREATE, name, "") == 0 && folders_read(mua) == 0;
}

void folders_go(struct mua *mua, const char *name)
{
    char *copy = mem_text(name); /* it may be one of those that are read anew */
    if (mua_select(mua, copy) == 0 && mua->folder_count > 0)
        light_current(mua);
    free(copy);
}

/* --- the screen ------------------------------------------------------------------------- */

static void head(void *context, struct buf *left, struct buf *right)
{
    struct mua *mua = context;
    buf_printf(left, _("Folders of %s"), mua->options.accounts[mua->account].name);
    buf_printf(right, ngettext("%zu folder", "%zu folders", mua->folder_count), mua->folder_count);
}

/* The same with the numbers written out. */
static void draw_row(void *context, struct screen *screen, struct area line, size_t index, unsigned selected)
{
    const struct mua *mua = context;
    const struct mua_folder *folder = &mua->folders[index];
    struct area numbers = area_right(&line, line.columns >= 60 ? 34 : 0);
    if (folder->counted && numbers.columns > 0) {
        char *text = mem_printf(ngettext("%u letter", "%u letters", folder->total), folder->total);
        screen_put_right(screen, area_left(&numbers, 18), 0, TONE_NONE | selected, text);
        free(text);
    }
    screen_put(screen, numbers, 0, 2, TONE_NONE | selected, folder->subscribed ? _("subscribed") : "");
    draw_line(context, screen, line, index, selected);
}

static void draw(void *context, struct screen *screen, struct area area)
{
    struct mua *mua = context;
    mua_draw_wire(mua, screen, &area);
    list_draw(&mua->side, screen, area, draw_row, mua);
}

static void change(struct mua *mua, int action, const struct mua_folder *folder)
{
    char to[256] = "";
    const char *name = folder != NULL ? folder->name : "";
    enum mail_folder_action what = action == MUA_CREATE ? MAIL_FOLDER_CREATE
                                 : action == MUA_RENAME ? MAIL_FOLDER_RENAME
                                 : action == MUA_REMOVE ? MAIL_FOLDER_DELETE
                                 : folder->subscribed ? MAIL_FOLDER_UNSUBSCRIBE : MAIL_FOLDER_SUBSCRIBE;
    if (action == MUA_CREATE && (prompt_line(mua->views, _("Name of the new folder:"), to, sizeof to) != 0 || !to[0]))
        return;
    if (action == MUA_RENAME) {
        snprintf(to, sizeof to, "%s", name);
        if (prompt_line(mua->views, _("Its new name:"), to, sizeof to) != 0 || to[0] == '\0')
            return;
    }
    if (action == MUA_REMOVE) {
        char *question = mem_printf(_("Remove %s, with all letters in it? (y)es, (n)o"), name);
        bool agreed = prompt_yes(mua->views, question);
        free(question);
        if (!agreed)
            return;
    }
    if (mua_folder_change(mua, what, action == MUA_CREATE ? to : name, to) == 0)
        folders_read(mua);
}

static enum view_answer act(void *context, struct views *views, int action, const struct screen_event *event)
{
    struct mua *mua = context;
    (void)views;
    const char *name = mua->side.selected < mua->folder_count ? mua->folders[mua->side.selected].name : NULL;
    if (action == MUA_READ && name != NULL) {
        folders_go(mua, name);
        return VIEW_CLOSES;
    }
    if (action == MUA_CHECK)
        folders_read(mua);
    else if (action >= MUA_CREATE && action <= MUA_SUBSCRIBE && (name != NULL || action == MUA_CREATE))
        change(mua, action, name != NULL ? &mua->folders[mua->side.selected] : NULL);
    else if (!mua_common_act(mua, action))
        list_act(&mua->side, action, event);
    return VIEW_STAYS;
}

void folders_push(struct mua *mua)
{
    static const struct view_ops ops = { .keys = &mua_folders_keys, .rows = 8, .columns = 40, .head = head,
                                         .draw = draw, .act = act };
    if (mua->source == NULL || (mua->source->abilities & MAIL_CAN_FOLDERS) == 0)
        views_say(mua->views, TONE_PLAIN, _("This account has one folder only."));
    else if (mua->folder_count > 0 || folders_read(mua) == 0)
        views_push(mua->views, &ops, mua);
}
