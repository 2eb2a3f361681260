/*
 * mua_compose.c - a letter that is being written: its fields, its attachments,
 * its text, on a screen from which it is sent.
 *
 * The draft is a file from its first moment on (client/outbox.h): every change
 * is written there before it is seen, so a draft outlives the program.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "client/address_book.h"
#include "client/draft.h"
#include "client/mua_call.h"
#include "client/mua_keys.h"
#include "client/outbox.h"
#include "core/header.h"
#include "core/mem.h"
#include "io/dialog.h"
#include "io/durable.h"
#include "io/i18n.h"
#include "io/program.h"
#include "io/prompt.h"
#include "io/reader.h"
#include "io/writer.h"

enum { DRAFT_MAX = 16 << 20, VALUE_MAX = 4096 };

struct composing {
    struct mua *mua;
    char *folder, *id;      /* of the outbox */
    struct buf draft;
    char *answers;          /* the uid of the letter that this answers; NULL */
    struct page page;
};

static const struct key_row rows[] = {
    { MUA_SEND, "y", "send", N_("Send"), N_("Send this letter.") },
    { MUA_EDIT, "e", "edit", N_("Edit"), N_("Edit the text: in $VISUAL or $EDITOR, else in the built-in editor.") },
    { MUA_TO, "t", "to", N_("To"), N_("To whom it goes; Tab completes addresses.") },
    { MUA_CC, "c", "cc", N_("Cc"), N_("Who gets a copy.") },
    { MUA_BCC, "b", "bcc", NULL, N_("Who gets a copy without the others knowing.") },
    { MUA_SUBJECT, "s", "subject", N_("Subject"), N_("What it is about.") },
    { MUA_FROM, "f", "from", NULL, N_("Whom it comes from.") },
    { MUA_ATTACH, "a", "attach", N_("Attach"), N_("Attach a file.") },
    { MUA_DETACH, "D", "detach", NULL, N_("Take the last attachment away.") },
    { MUA_POSTPONE, "p", "postpone", N_("Postpone"), N_("Put it aside: R in the index goes on with it.") },
    { MUA_FORGET, "q", "forget", N_("Leave"), N_("Leave: put it aside, or throw it away.") },
};

static const struct key_table common = { N_("Looking at the protocol"), mua_common_rows, MUA_COMMON_ROWS,
        &reader_keys };
const struct key_table mua_compose_keys = { N_("Writing"), rows, sizeof rows / sizeof rows[0], &common };

static const struct { int action; const char *name; const char *label; } fields[] = {
    { MUA_FROM, "From", N_("From:") }, { MUA_TO, "To", N_("To:") }, { MUA_CC, "Cc", N_("Cc:") },
    { MUA_BCC, "Bcc", N_("Bcc:") }, { MUA_SUBJECT, "Subject", N_("Subject:") },
};

enum { FIELDS = sizeof fields / sizeof fields[0] };

/* --- the draft ---------------------------------------------------------------------------- */

static bool keep(struct composing *composing)
{
    struct buf error;
    buf_init(&error, 2000);
    int status = outbox_save_draft(composing->folder, &composing->id, buf_span(&composing->draft), &error);
    if (status != 0)
        views_say(composing->mua->views, TONE_BAD, _("The draft could not be written: %s"), buf_text(&error));
    buf_free(&error);
    return status == 0;
}

static void throw_away(struct composing *composing)
{
    struct buf error;
    buf_init(&error, 2000);
    if (outbox_remove(composing->folder, composing->id, &error) != 0)
        views_say(composing->mua->views, TONE_BAD, "%s", buf_text(&error));
    buf_free(&error);
}

static char *get_field(const struct composing *composing, const char *name)
{
    return draft_field(buf_span(&composing->draft), name);
}

static void set_field(struct composing *composing, const char *name, const char *value, bool also)
{
    draft_set_field(&composing->draft, name, value, also);
    keep(composing);
}

/* --- asking ---------------------------------------------------------------------------------- */

/* A list of people, with those that aliases stand for in their place. */
static void set_people(struct composing *composing, const char *name, const char *list)
{
    struct address_book book;
    struct buf all;
    buf_init(&all, DRAFT_MAX);
    address_book_read(&book);
    if (address_book_expand(&book, list, &all) == 0)
        set_field(composing, name, buf_text(&all), false);
    address_book_free(&book);
    buf_free(&all);
}

static int ask_field(struct composing *composing, size_t index)
{
    char value[VALUE_MAX], *now = get_field(composing, fields[index].name);
    bool people = fields[index].action != MUA_SUBJECT, fits = strlen(now) < sizeof value;
    snprintf(value, sizeof value, "%s", now);
    free(now);
    if (!fits) {
        views_say(composing->mua->views, TONE_BAD, "%s",
                  _("This field is too long to be edited here: e opens all in an editor."));
        return -1;
    }
    const struct prompt prompt = { .label = _(fields[index].label), .text = value, .size = sizeof value,
                                   .cursor = SIZE_MAX, .complete = people ? mua_complete_people : NULL,
                                   .context = composing->mua };
    if (prompt_ask(composing->mua->views, &prompt) != 0)
        return -1;
    if (people)
        set_people(composing, fields[index].name, value);
    else
        set_field(composing, fields[index].name, value, false);
    return 0;
}

static void attach(struct composing *composing)
{
    char path[MUA_PATH_MAX] = "", real[4096];
    if (prompt_line(composing->mua->views, _("Attach the file:"), path, sizeof path) != 0 || path[0] == '\0')
        return;
    const char *home = getenv("HOME");
    char *full = path[0] == '~' && path[1] == '/' && home != NULL ? mem_printf("%s%s", home, path + 1) : mem_text(path);
    if (realpath(full, real) == NULL || access(real, R_OK) != 0)
        views_say(composing->mua->views, TONE_BAD, _("%s cannot be read: %s"), full, strerror(errno));
    else
        set_field(composing, "Attach", real, true);
    free(full);
}

/* --- the text ---------------------------------------------------------------------------------- */

static const char *editor(void)
{
    const char *visual = getenv("VISUAL"), *plain = getenv("EDITOR");
    return visual != NULL && *visual != '\0' ? visual : plain != NULL && *plain != '\0' ? plain : NULL;
}

static void edit_outside(struct composing *composing)
{
    struct mua *mua = composing->mua;
    struct buf error;
    int lock, status = -1;
    buf_init(&error, 2000);
    char *path = outbox_edit(composing->folder, composing->id, &lock, &error);
    if (path != NULL) {
        screen_leave(views_screen(mua->views));
        status = program_shell(editor(), path);
        screen_return(views_screen(mua->views));
        outbox_edited(composing->folder, composing->id, lock, status == 0, &composing->draft, &error);
    }
    if (error.len > 0)
        views_say(mua->views, TONE_BAD, _("The draft could not be written: %s"), buf_text(&error));
    else if (status != 0)
        views_say(mua->views, TONE_BAD, _("The editor \"%s\" ended with %d: set EDITOR to one that is installed."),
                  editor(), status);
    free(path);
    buf_free(&error);
}

/* The text alone: fields have questions of their own. */
static void put_text(void *context, struct span text)
{
    struct composing *composing = context;
    composing->draft.len = header_length(buf_span(&composing->draft));
    buf_add_span(&composing->draft, text);
    keep(composing);
}

static void edit(struct composing *composing)
{
    if (editor() != NULL) {
        edit_outside(composing);
        return;
    }
    struct buf text;
    size_t header = header_length(buf_span(&composing->draft));
    buf_init(&text, DRAFT_MAX);
    buf_add(&text, composing->draft.data + header, composing->draft.len - header);
    writer_edit(composing->mua->views, _("The text of the letter"), &text, put_text, composing);
    put_text(composing, buf_span(&text));
    buf_free(&text);
}

/* --- sending ------------------------------------------------------------------------------------- */

static void mark_answered(struct composing *composing)
{
    struct mua *mua = composing->mua;
    for (size_t i = 0; composing->answers != NULL && mua->source != NULL && i < mua->source->count; i++)
        if (strcmp(mua->source->messages[i].uid, composing->answers) == 0 &&
            (mua->source->abilities & MAIL_CAN_FLAG) != 0) {
            mua_flag(mua, &mua->source->messages[i].number, 1, MAIL_ANSWERED, 0);
            return;
        }
}

/* Aliases that an editor left, before; the address book, afterwards. */
static void for_recipients(struct composing *composing, bool sent)
{
    struct address_book book;
    address_book_read(&book);
    for (size_t i = 0; i < FIELDS; i++) {
        if (fields[i].action != MUA_TO && fields[i].action != MUA_CC && fields[i].action != MUA_BCC)
            continue;
        char *list = get_field(composing, fields[i].name);
        if (sent)
            address_book_gather(&book, list);
        else if (list[0] != '\0')
            set_people(composing, fields[i].name, list);
        free(list);
    }
    address_book_free(&book);
}

static enum view_answer send(struct composing *composing)
{
    struct mua *mua = composing->mua;
    if (mua->options.send == NULL) {
        views_say(mua->views, TONE_BAD, _("There is no server to send through: start with --via smtp://HOST."));
        return VIEW_STAYS;
    }
    if (!draft_has_recipient(buf_span(&composing->draft))) {
        views_say(mua->views, TONE_BAD, _("The letter has no recipient: t names one."));
        return VIEW_STAYS;
    }
    for_recipients(composing, false);
    enum send_result result = mua_send(mua, composing->id);
    if (result != SEND_DONE && result != SEND_PARTLY)
        return VIEW_STAYS;
    for_recipients(composing, true);
    mark_answered(composing);
    return VIEW_CLOSES;
}

static enum view_answer leave(struct composing *composing)
{
    int answer = 'q';
    if (draft_has_text(buf_span(&composing->draft)) || draft_has_recipient(buf_span(&composing->draft)))
        answer = prompt_key(composing->mua->views, _("(p)ostpone it, (q) throw it away, Esc: go on"), "pq");
    if (answer == 0)
        return VIEW_STAYS;
    if (answer == 'q')
        throw_away(composing);
    else
        views_say(composing->mua->views, TONE_PLAIN, _("The letter waits: R goes on with it."));
    return VIEW_CLOSES;
}

/* --- the screen ------------------------------------------------------------------------------------ */

static void head(void *context, struct buf *left, struct buf *right)
{
    (void)context, (void)right;
    buf_add_text(left, _("Writing a letter"));
}

static void build(struct composing *composing, int columns)
{
    struct span draft = buf_span(&composing->draft);
    struct page *page = &composing->page;
    struct header_walk walk;
    struct header_field field;
    page_clear(page);
    page_end(page);
    for (size_t i = 0; i < FIELDS; i++) {
        char *value = get_field(composing, fields[i].name);
        page_printf(page, (TONE_LAYER + 7) | PAINT_BOLD, "  %10s ", _(fields[i].label));
        page_paragraph(page, value[0] != '\0' ? TONE_PLAIN | PAINT_BOLD : TONE_NONE, columns - 1, 13,
                       span_of(value[0] != '\0' ? value : "-"));
        free(value);
    }
    header_start(&walk, draft);
    while (header_next(&walk, &field) == 1) {
        if (!span_is_nocase(field.name, "Attach"))
            continue;
        page_add(page, (TONE_LAYER + 6) | PAINT_BOLD, "           \u25a0 ");
        page_add_span(page, TONE_PLAIN, field.value);
        page_end(page);
    }
    page_end(page);
    size_t header = header_length(draft);
    page_paragraph(page, TONE_PLAIN, columns - 1, 2, (struct span){ draft.at + header, draft.len - header });
}

static void draw(void *context, struct screen *screen, struct area area)
{
    struct composing *composing = context;
    mua_draw_wire(composing->mua, screen, &area);
    build(composing, area.columns < 100 ? area.columns : 100);
    page_draw(&composing->page, screen, area);
}

static enum view_answer act(void *context, struct views *views, int action, const struct screen_event *event)
{
    struct composing *composing = context;
    (void)event;
    for (size_t i = 0; i < FIELDS; i++)
        if (fields[i].action == action)
            ask_field(composing, i);
    switch (action) {
    case MUA_SEND: return send(composing);
    case MUA_FORGET: return leave(composing);
    case MUA_EDIT: edit(composing); break;
    case MUA_ATTACH: attach(composing); break;
    case MUA_DETACH: draft_drop_last(&composing->draft, "Attach"); keep(composing); break;
    case MUA_POSTPONE:
        views_say(views, TONE_PLAIN, _("The letter waits: R goes on with it."));
        return VIEW_CLOSES;
    default:
        if (!page_act(&composing->page, action))
            mua_common_act(composing->mua, action);
    }
    return VIEW_STAYS;
}

static void close_composing(void *context)
{
    struct composing *composing = context;
    page_free(&composing->page);
    buf_free(&composing->draft);
    free(composing->folder);
    free(composing->id);
    free(composing->answers);
    free(composing);
}

/* A new draft, or (NULL) the one that id names. */
static struct composing *push(struct mua *mua, const char *id, const struct buf *draft, const char *answers)
{
    static const struct view_ops ops = { .keys = &mua_compose_keys, .rows = 10, .columns = 40, .head = head,
                                         .draw = draw, .act = act, .close = close_composing };
    struct composing *composing = mem_alloc(sizeof *composing);
    struct buf error;
    *composing = (struct composing){ .mua = mua, .folder = outbox_folder(), .id = mem_text(id),
                                     .answers = mem_text(answers) };
    page_init(&composing->page);
    buf_init(&composing->draft, DRAFT_MAX);
    buf_init(&error, 2000);
    bool good = draft != NULL ? buf_add_span(&composing->draft, buf_span(draft)) == 0 && keep(composing)
                              : outbox_read(composing->folder, id, &composing->draft, &error) == 0;
    if (error.len > 0)
        views_say(mua->views, TONE_BAD, "%s", buf_text(&error));
    buf_free(&error);
    if (!good) {
        close_composing(composing);
        return NULL;
    }
    views_push(mua->views, &ops, composing);
    return composing;
}

void compose_new(struct mua *mua)
{
    struct buf draft;
    buf_init(&draft, DRAFT_MAX);
    draft_new(mua->options.accounts[mua->account].address, NULL, NULL, &draft);
    draft_sign(&draft, mua->options.accounts[mua->account].signature);
    struct composing *composing = push(mua, NULL, &draft, NULL);
    buf_free(&draft);
    if (composing != NULL && ask_field(composing, 1) == 0 && ask_field(composing, 4) == 0)
        edit(composing);
}

void compose_from(struct mua *mua, int action, const struct mail_envelope *letter, struct span raw)
{
    const char *from = mua->options.accounts[mua->account].address;
    struct buf draft;
    buf_init(&draft, DRAFT_MAX);
    if (action == MUA_FORWARD)
        draft_forward(from, raw, &draft);
    else
        draft_reply(from, raw, action == MUA_REPLY_ALL, &draft);
    draft_sign(&draft, mua->options.accounts[mua->account].signature);
    struct composing *composing = push(mua, NULL, &draft, action == MUA_FORWARD ? NULL : letter->uid);
    buf_free(&draft);
    if (composing != NULL && (action != MUA_FORWARD || ask_field(composing, 1) == 0))
        edit(composing);
}

void compose_mailto(struct mua *mua, const char *link)
{
    struct buf draft;
    buf_init(&draft, DRAFT_MAX);
    if (draft_mailto(mua->options.accounts[mua->account].address, link, &draft) == 0) {
        struct composing *composing = push(mua, NULL, &draft, NULL);
        if (composing != NULL)
            edit(composing);
    } else {
        views_say(mua->views, TONE_BAD, _("This link names nobody to write to: %s"), link);
    }
    buf_free(&draft);
}

/* A letter without a draft, like one that was handed on, can only go as it is. */
static void recall_letter(struct mua *mua, const char *folder, const struct outbox_item *item)
{
    struct buf error;
    char *question = mem_printf(_("This letter: %s. (s)end it as it is, (d)elete it, Esc: leave it"),
                                outbox_state_name(item->state));
    int answer = prompt_key(mua->views, question, "sd");
    buf_init(&error, 2000);
    if (answer == 's')
        mua_send(mua, item->id);
    else if (answer == 'd' && outbox_remove(folder, item->id, &error) != 0)
        views_say(mua->views, TONE_BAD, "%s", buf_text(&error));
    buf_free(&error);
    free(question);
}

static void recall(struct mua *mua, const char *folder, const struct outbox_item *item)
{
    if (!outbox_has_draft(folder, item->id))
        recall_letter(mua, folder, item);
    else if (push(mua, item->id, NULL, NULL) != NULL && item->state == OUTBOX_UNCERTAIN)
        views_say(mua->views, TONE_BAD, "%s", _("This letter may have been sent already: y sends it again."));
}

/* The newest first, those that are more than drafts with their state. */
void compose_recall(struct mua *mua)
{
    struct outbox_list list;
    struct buf error;
    char *folder = outbox_folder();
    buf_init(&error, 2000);
    if (outbox_list(folder, &list, &error) != 0)
        views_say(mua->views, TONE_BAD, "%s", buf_text(&error));
    else if (list.count == 0)
        views_say(mua->views, TONE_PLAIN, _("No letter was postponed."));
    char **titles = mem_grow(NULL, list.count + 1, sizeof *titles);
    for (size_t i = 0; i < list.count; i++) {
        const struct outbox_item *item = &list.rows[list.count - 1 - i];
        bool draft = item->state == OUTBOX_DRAFT;
        titles[i] = mem_printf("%s%s%s  \u00b7  %s", draft ? "" : outbox_state_name(item->state),
                               draft ? "" : "  \u00b7  ", item->to[0] != '\0' ? item->to : _("(nobody yet)"),
                               item->subject);
    }
    long chosen = list.count == 1 && list.rows[0].state == OUTBOX_DRAFT
                      ? 0 : list.count > 0 ? dialog_choose(mua->views, _("Go on with"), titles, list.count, 0) : -1;
    if (chosen >= 0)
        recall(mua, folder, &list.rows[list.count - 1 - (size_t)chosen]);
    for (size_t i = 0; i < list.count; i++)
        free(titles[i]);
    free(titles);
    outbox_list_free(&list);
    buf_free(&error);
    free(folder);
}

void compose_bounce(struct mua *mua, struct span raw)
{
    char to[VALUE_MAX] = "";
    const struct prompt prompt = { .label = _("Hand it on to:"), .text = to, .size = sizeof to, .cursor = SIZE_MAX,
                                   .complete = mua_complete_people, .context = mua };
    struct address_book book;
    struct buf all;
    if (prompt_ask(mua->views, &prompt) != 0 || to[0] == '\0')
        return;
    buf_init(&all, DRAFT_MAX);
    address_book_read(&book);
    address_book_expand(&book, to, &all);
    if (mua_bounce(mua, raw, buf_text(&all)) == 0)
        views_say(mua->views, TONE_GOOD, _("The letter was handed on."));
    address_book_free(&book);
    buf_free(&all);
}
