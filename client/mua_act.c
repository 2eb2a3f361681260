/*
 * mua_act.c - what is done to letters, from the index and from the pager
 * alike; and the screens that can be opened from everywhere.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/address_book.h"
#include "client/mua_call.h"
#include "client/mua_keys.h"
#include "core/mem.h"
#include "io/dialog.h"
#include "io/i18n.h"
#include "io/program.h"
#include "io/prompt.h"
#include "io/text.h"

enum { NAMES_MAX = 2000 };

const struct key_row mua_common_rows[MUA_COMMON_ROWS] = {
    { MUA_WIRE, "w", "wire", N_("Wire"), N_("All that passed on the wire; Enter explains a line.") },
    { MUA_WIRE_PANE, "W", "wire-pane", NULL, N_("Show or hide the wire below.") },
    { MUA_STEP, "S", "step", N_("Step mode"), N_("Stop before commands leave: look, change, drop or delay them.") },
    { MUA_MACHINE, "M", "states", N_("States"), N_("The states of the protocol, the present one lit.") },
    { MUA_TLS, "i", "tls", N_("TLS"),
      N_("Version, cipher and certificates of the connection; what the server can do.") },
    { MUA_PROMPT, "X", "raw", NULL, N_("Say a command to the server yourself, on the same connection.") },
    { MUA_PRETEND, "P", "pretend", NULL,
      N_("Act as if the server could not do something: IDLE, UIDPLUS, LITERAL+ ...") },
    { MUA_COMPARE, "&", "pop-beside-imap", NULL, N_("What POP3 and IMAP say for the same wish, and who keeps what.") },
    { MUA_VISUALIZER, "V", "visualizer", NULL, N_("Show the recording of this dialogue in the visualizer.") },
};

const struct key_row mua_letter_rows[MUA_LETTER_ROWS] = {
    { MUA_WRITE, "m", "write", N_("Write"), N_("Write a new letter.") },
    { MUA_REPLY, "r", "reply", N_("Reply"), N_("Answer this letter.") },
    { MUA_REPLY_ALL, "g", "reply-all", N_("All"), N_("Answer the sender and all who got it.") },
    { MUA_FORWARD, "f", "forward", N_("Forward"), N_("Pass this letter on to somebody else, with a text of yours.") },
    { MUA_BOUNCE, "b", "bounce", NULL, N_("Hand this letter on as it is (resent).") },
    { MUA_ALIAS, "a", "alias", NULL, N_("Take the sender into the address book.") },
    { MUA_UNDELETE, "u", "undelete", NULL, N_("Take the mark back.") },
    { MUA_FLAG, "F", "flag", NULL, N_("Flag this letter as important, or take that back.") },
    { MUA_NEW, "N", "toggle-new", NULL, N_("Mark this letter as new, or as read.") },
    { MUA_COPY, "C", "copy", NULL, N_("Copy this letter to another folder.") },
    { MUA_MOVE, "s", "move", NULL, N_("Move this letter to another folder.") },
    { MUA_SAVE, "E", "save", NULL, N_("Write this letter to a file, as it came.") },
    { MUA_PIPE, "|", "pipe", NULL, N_("Give this letter to another program.") },
};

/* Another program has the terminal until it ends. -1: it could not run. */
static int run_program(struct mua *mua, char *const *words)
{
    screen_leave(views_screen(mua->views));
    int status = program_run(words);
    screen_return(views_screen(mua->views));
    return status;
}

static void show_recording(struct mua *mua)
{
    char *words[] = { mem_text("visualizer"), mem_text(mua->options.recording), NULL };
    if (words[1] == NULL)
        views_say(mua->views, TONE_PLAIN, _("No recording runs: in the lab network, set PLI_RECORDING to its file."));
    else if (run_program(mua, words) != 0)
        views_say(mua->views, TONE_BAD, _("The visualizer could not show %s."), words[1]);
    free(words[0]);
    free(words[1]);
}

bool mua_common_act(struct mua *mua, int action)
{
    static const struct { int action; void (*open)(struct mua *mua); } screens[] = {
        { MUA_WRITE, compose_new }, { MUA_RECALL, compose_recall }, { MUA_WIRE, wire_push },
        { MUA_MACHINE, states_push }, { MUA_TLS, security_push }, { MUA_COMPARE, compare_push },
        { MUA_STEP, step_menu }, { MUA_PROMPT, step_prompt },{ MUA_PRETEND, step_pretend },
        { MUA_VISUALIZER, show_recording }, { MUA_FOLDERS, folders_push },
    };
    if (action == MUA_WIRE_PANE) {
        mua->wire_pane = !mua->wire_pane;
        return true;
    }
    for (size_t i = 0; i < sizeof screens / sizeof screens[0]; i++)
        if (screens[i].action == action) {
            screens[i].open(mua);
            return true;
        }
    return false;
}

/* --- letters ------------------------------------------------------------------------------ */

/* On when it is off for the first of them, else off. */
static void toggle(struct mua *mua, const unsigned *numbers, size_t count, unsigned flag)
{
    bool on = (mua->source->messages[numbers[0] - 1].flags & flag) == 0;
    mua_flag(mua, numbers, count, on ? flag : 0, on ? 0 : flag);
}

static void file_letters(struct mua *mua, const unsigned *numbers, size_t count, bool move)
{
    char folder[MUA_LIMIT_MAX];
    snprintf(folder, sizeof folder, "%s", mua->folder_to);
    if (folders_ask(mua, move ? _("Move to:") : _("Copy to:"), folder, sizeof folder) != 0)
        return;
    if (!folders_make(mua, folder) || mua_copy(mua, numbers, count, folder, move) != 0)
        return;
    snprintf(mua->folder_to, sizeof mua->folder_to, "%s", folder);
    char *text = mem_printf(move ? ngettext("%zu letter moved to %s.", "%zu letters moved to %s.", count)
                                 : ngettext("%zu letter copied to %s.", "%zu letters copied to %s.", count),
                            count, folder);
    views_say(mua->views, TONE_GOOD, "%s", text);
    free(text);
}

static void pipe_letter(struct mua *mua, unsigned number, bool save)
{
    struct buf raw;
    buf_init(&raw, MUA_LETTER_MAX);
    if (mua_fetch(mua, number, &raw) == 0) {
        if (save)
            parts_save(mua, buf_span(&raw), "letter.eml");
        else
            parts_pipe(mua, buf_span(&raw));
    }
    buf_free(&raw);
}

static void answer_letter(struct mua *mua, int action, unsigned number)
{
    struct buf raw;
    buf_init(&raw, MUA_LETTER_MAX);
    if (mua_fetch(mua, number, &raw) == 0) {
        if (action == MUA_BOUNCE)
            compose_bounce(mua, buf_span(&raw));
        else
            compose_from(mua, action, &mua->source->messages[number - 1], buf_span(&raw));
    }
    buf_free(&raw);
}

/* The letters of the thread that the selected one is in. */
static size_t thread_of(struct mua *mua, unsigned *numbers)
{
    size_t first = mua->list.selected, count = 0;
    while (first > 0 && mua->rows[first].depth > 0)
        first--;
    for (size_t i = first; i < mua->list.count && (i == first || mua->rows[i].depth > 0); i++)
        numbers[count++] = mua->rows[i].letter + 1;
    return count;
}

/* Aliases, who was written to, and who wrote the letters that are listed. */
size_t mua_complete_people(const void *context, const char *text, size_t cursor, size_t columns, struct buf *more,
                           struct buf *choices)
{
    const struct mua *mua = context;
    const char *names[NAMES_MAX];
    struct address_book book;
    size_t count = 0, begin = cursor;
    while (begin > 0 && text[begin - 1] != ',')
        begin--;
    begin += strspn(text + begin, " ");
    if (begin >= cursor)
        return 0;
    address_book_read(&book);
    for (size_t i = 0; i < book.count && count < NAMES_MAX / 2; i++)
        names[count++] = book.rows[i].alias[0] != '\0' ? book.rows[i].alias : book.rows[i].text;
    for (size_t i = 0; mua->source != NULL && i < mua->source->count && count < NAMES_MAX; i++) {
        const char *address = mua->source->messages[i].from_address;
        bool there = address == NULL || address[0] == '\0';
        for (size_t j = 0; j < count && !there; j++)
            there = strcmp(names[j], address) == 0;
        if (!there)
            names[count++] = address;
    }
    size_t found = prompt_complete_word(names, count, (struct span){ text + begin, cursor - begin }, columns, more,
                                        choices);
    address_book_free(&book);
    return found;
}

/* "alias fati Fatima <fatima@example.org>": what stands before the @ is proposed. */
static void take_alias(struct mua *mua, const struct mail_envelope *letter)
{
    char alias[64];
    char *safe = text_safe_copy(span_of(letter->from_address)), *name = text_safe_copy(span_of(letter->from));
    bool named = name[0] != '\0' && strcmp(name, safe) != 0;
    for (char *c = name; (c = strpbrk(c, "\"\\")) != NULL;)
        *c = '\'';
    char *who = named ? mem_printf("\"%s\" <%s>", name, safe) : mem_text(safe);
    char *label = mem_printf(_("A short name for %s:"), safe);
    struct address_book book;
    struct buf error;
    buf_init(&error, 2000);
    address_book_read(&book);
    snprintf(alias, sizeof alias, "%.*s", (int)strcspn(safe, "@"), safe);
    if (prompt_line(mua->views, label, alias, sizeof alias) == 0 && alias[0] != '\0') {
        if (address_book_add(&book, alias, who, &error) == 0)
            views_say(mua->views, TONE_GOOD, _("%s is in the address book: Tab completes it."), alias);
        else
            views_say(mua->views, TONE_BAD, "%s", buf_text(&error));
    }
    address_book_free(&book);
    buf_free(&error);
    free(label);
    free(who);
    free(name);
    free(safe);
}

static void act_on(struct mua *mua, int action, unsigned *numbers, size_t count)
{
    switch (action) {
    case MUA_DELETE_THREAD:
        count = thread_of(mua, numbers);
        mua_flag(mua, numbers, count, MAIL_DELETED, 0);
        break;
    case MUA_DELETE:
        mua_flag(mua, numbers, count, MAIL_DELETED, 0);
        break;
    case MUA_UNDELETE:
        mua_flag(mua, numbers, count, 0, MAIL_DELETED);
        break;
    case MUA_FLAG: case MUA_NEW:
        toggle(mua, numbers, count, action == MUA_FLAG ? MAIL_FLAGGED : MAIL_SEEN);
        break;
    case MUA_COPY: case MUA_MOVE:
        file_letters(mua, numbers, count, action == MUA_MOVE);
        break;
    case MUA_ALIAS:
        take_alias(mua, &mua->source->messages[numbers[0] - 1]);
        break;
    case MUA_SAVE: case MUA_PIPE:
        pipe_letter(mua, numbers[0], action == MUA_SAVE);
        break;
    default:
        answer_letter(mua, action, numbers[0]);
    }
}

bool mua_letters_act(struct mua *mua, int action)
{
    static const int known[] = { MUA_DELETE, MUA_UNDELETE, MUA_DELETE_THREAD, MUA_FLAG, MUA_NEW, MUA_COPY, MUA_MOVE,
                                 MUA_SAVE, MUA_PIPE, MUA_REPLY, MUA_REPLY_ALL, MUA_FORWARD, MUA_BOUNCE, MUA_ALIAS };
    unsigned *numbers;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i] != action)
            continue;
        size_t count = mua_targets(mua, &numbers);
        if (count > 0)
            act_on(mua, action, numbers, count);
        free(numbers);
        return true;
    }
    return false;
}
