#include "client/mua_call.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "client/account.h"
#include "client/accounts.h"
#include "client/outbox.h"
#include "client/pattern.h"
#include "client/people.h"
#include "client/source_maildir.h"
#include "core/mem.h"
#include "io/dialog.h"
#include "io/i18n.h"
#include "io/text.h"
#include "io/work.h"

enum { COUNTED_MAX = 50 };

/* What a call is given and gives. */
struct call {
    struct mua *mua;
    const unsigned *numbers;
    size_t count;
    unsigned set, clear;
    const char *text;
    struct span message;
    struct buf *raw;
    unsigned char *hits;
    bool flag;
    size_t most;
    enum send_result result;
    struct buf error;
};

/* While the network is busy, what passes on it is seen; the source is the thread's. */
static void meanwhile(void *context, struct screen *screen)
{
    struct mua *mua = context;
    struct area area = screen_area(screen);
    if (!mua->wire_pane)
        return;
    area_top(&area, 1);
    area_bottom(&area, 2); /* the menu */
    mua_draw_wire(mua, screen, &area);
}

int mua_work(struct mua *mua, const char *label, int (*run)(void *context), void *context)
{
    char bytes[64];
    const struct work work = { .label = label, .run = run, .context = context, .cancel_fd = mua->cancel[1],
                               .meanwhile = meanwhile, .meanwhile_context = mua };
    mua->watch_fd = -1;
    int status = work_do(mua->views, &work);
    while (read(mua->cancel[0], bytes, sizeof bytes) > 0)
        ;
    struct mail_status now = { .protocol = "" };
    if (mua->source != NULL)
        source_status(mua->source, &now);
    memcpy(mua->folder, now.folder, sizeof mua->folder);
    return status;
}

/* One call of the source; its failure is said. */
static int ask(struct mua *mua, const char *label, int (*run)(void *context), struct call *call)
{
    call->mua = mua;
    if (mua->source == NULL) {
        views_say(mua->views, TONE_BAD, _("No account is open: A opens one."));
        return -1;
    }
    int status = mua_work(mua, label, run, call);
    if (status != 0)
        mua_complain(mua);
    return status;
}

/* Letters that are not where they were: what is known by number is found again by name. */
static int ask_and_relist(struct mua *mua, const char *label, int (*run)(void *context), struct call *call)
{
    struct mua_memory memory;
    mua_remember(mua, &memory);
    int status = ask(mua, label, run, call);
    mua_recall(mua, &memory);
    return status;
}

/* A Maildir of this machine, for the letters of accounts that keep none (POP3): "~/.local/share/pli/sent". */
static struct mail_source *open_local(struct account *place, struct buf *error)
{
    char *data = accounts_data_folder();
    *place = (struct account){ .protocol = ACCOUNT_MAILDIR, .folder = mem_printf("%s/sent", data) };
    free(data);
    return source_maildir_make(place->folder, error) == 0 ? source_open(place, NULL, -1, error) : NULL;
}

/* Where a copy is put; NULL with a sentence. free() it. */
static char *sent_folder(const struct mua *mua, struct mail_source *source)
{
    const char *wanted = mua->options.accounts[mua->account].sent;
    return source != mua->source ? mem_text("INBOX")
           : wanted != NULL      ? mem_text(wanted) : source_folder_for(source, MAIL_USE_SENT, true);
}

/* What a server took goes to the folder for sent letters, and out of the outbox. 0, or -1 with a sentence in error. */
static int file_sent(struct mua *mua, const char *folder, const char *id, struct buf *error)
{
    struct account place = { .protocol = ACCOUNT_MAILDIR };
    bool there = mua->source != NULL && (mua->source->abilities & MAIL_CAN_APPEND) != 0;
    struct mail_source *source = there ? mua->source : open_local(&place, error);
    struct buf letter;
    buf_init(&letter, MUA_LETTER_MAX);
    int status = source != NULL ? outbox_read_letter(folder, id, &letter, error) : -1;
    char *sent = status == 0 ? sent_folder(mua, source) : NULL;
    if (status == 0 && (sent == NULL || source_append(source, sent, buf_span(&letter), MAIL_SEEN) != 0)) {
        buf_printf(error, _("The letter was sent; it could not be filed: %s"), buf_text(&source->error));
        status = -1;
    }
    if (status == 0)
        status = outbox_remove(folder, id, error);
    if (source != mua->source)
        source_close(source);
    account_free(&place);
    free(sent);
    buf_free(&letter);
    return status;
}

/* Is that the mailbox of the account that is open? */
static bool is_own(const struct mua *mua, const char *mailbox)
{
    struct people people = { .count = 0 };
    struct buf unheard;
    buf_init(&unheard, 1000);
    bool own = people_parse(mua->options.accounts[mua->account].address, "localhost", &people, &unheard) == 0 &&
               people.count > 0 && strcasecmp(people.rows[0].mailbox, mailbox) == 0;
    people_free(&people);
    buf_free(&unheard);
    return own;
}

/* When an account was opened: what a crash left is filed, or said. */
static void look_into_outbox(struct mua *mua, struct call *call)
{
    struct outbox_list list;
    char *folder = outbox_folder();
    outbox_list(folder, &list, &call->error);
    for (size_t i = 0; i < list.count; i++) {
        const struct outbox_item *item = &list.rows[i];
        if (item->state == OUTBOX_SENT && is_own(mua, item->sender))
            file_sent(mua, folder, item->id, &call->error);
        else
            call->most += item->state == OUTBOX_QUEUED || item->state == OUTBOX_UNCERTAIN;
    }
    outbox_list_free(&list);
    free(folder);
}

static int run_open(void *context)
{
    struct call *call = context;
    struct mua *mua = call->mua;
    mua->source = mua->options.open(mua->options.context, mua->account, mua->cancel[0], &call->error);
    if (mua->source == NULL || source_survey(mua->source) != 0)
        return -1;
    look_into_outbox(mua, call);
    return 0;
}

static int run_close(void *source)
{
    source_close(source);
    return 0;
}

void mua_close(struct mua *mua)
{
    struct mail_source *source = mua->source;
    mua->source = NULL; /* nothing that is drawn meanwhile looks at it */
    mua->list.count = 0;
    if (source != NULL)
        mua_work(mua, _("Leaving the account"), run_close, source);
}

int mua_open(struct mua *mua, size_t account)
{
    struct call call = { .mua = mua };
    buf_init(&call.error, 8000);
    mua_close(mua);
    mua->account = account;
    mua->limit[0] = '\0';
    folders_free(mua);
    int status = mua_work(mua, _("Opening the account"), run_open, &call);
    if (status != 0 && mua->source == NULL)
        views_say(mua->views, TONE_BAD, "%s", buf_text(&call.error));
    else if (status != 0)
        mua_complain(mua);
    else if (call.error.len > 0)
        views_say(mua->views, TONE_BAD, "%s", buf_text(&call.error));
    else if (call.most > 0)
        views_say(mua->views, TONE_BAD, "%s", _("In the outbox are letters that were not sent, or may have been: R."));
    mua_relist(mua);
    list_select(&mua->list, mua->list.count);
    if (status == 0 && mua->sidebar && (mua->source->abilities & MAIL_CAN_FOLDERS) != 0 &&
        screen_area(views_screen(mua->views)).columns >= MUA_SIDE_FROM_COLUMNS)
        folders_read(mua);
    buf_free(&call.error);
    return status;
}

static int run_select(void *context)
{
    struct call *call = context;
    int status = source_select(call->mua->source, call->text);
    return status == 0 ? source_survey(call->mua->source) : status;
}

int mua_select(struct mua *mua, const char *folder)
{
    struct call call = { .text = folder };
    int status = ask(mua, _("Opening the folder"), run_select, &call);
    mua->limit[0] = '\0';
    if (status == 0 && mua->marks != NULL)
        memset(mua->marks, 0, mua->room);
    mua_relist(mua);
    list_select(&mua->list, mua->list.count);
    return status;
}

static int run_check(void *context)
{
    struct call *call = context;
    int status = source_check(call->mua->source, &call->flag);
    return status == 0 && call->flag ? source_survey(call->mua->source) : status;
}

int mua_check(struct mua *mua, bool *changed)
{
    struct call call = { .flag = false };
    int status = ask_and_relist(mua, _("Looking for new letters"), run_check, &call);
    *changed = call.flag;
    return status;
}

static int run_fetch(void *context)
{
    struct call *call = context;
    return source_fetch(call->mua->source, call->numbers[0], call->raw);
}

int mua_fetch(struct mua *mua, unsigned number, struct buf *raw)
{
    struct call call = { .numbers = &number, .count = 1, .raw = raw };
    return ask(mua, _("Fetching the letter"), run_fetch, &call);
}

static int run_flag(void *context)
{
    struct call *call = context;
    return source_flag_all(call->mua->source, call->numbers, call->count, call->set, call->clear);
}

int mua_flag(struct mua *mua, const unsigned *numbers, size_t count, unsigned set, unsigned clear)
{
    struct call call = { .numbers = numbers, .count = count, .set = set, .clear = clear };
    return ask(mua, _("Marking"), run_flag, &call);
}

static int run_copy(void *context)
{
    struct call *call = context;
    struct mail_source *source = call->mua->source;
    return call->flag ? source_move(source, call->numbers, call->count, call->text)
                      : source_copy(source, call->numbers, call->count, call->text);
}

int mua_copy(struct mua *mua, const unsigned *numbers, size_t count, const char *folder, bool move)
{
    struct call call = { .numbers = numbers, .count = count, .text = folder, .flag = move };
    return ask_and_relist(mua, move ? _("Moving") : _("Copying"), run_copy, &call);
}

static int run_expunge(void *context)
{
    struct call *call = context;
    return source_expunge(call->mua->source);
}

int mua_expunge(struct mua *mua)
{
    struct call call = { .flag = false };
    return ask_and_relist(mua, _("Removing what is marked as deleted"), run_expunge, &call);
}

static int run_append(void *context)
{
    struct call *call = context;
    return source_append(call->mua->source, call->text, call->message, call->set);
}

int mua_append(struct mua *mua, const char *folder, struct span message, unsigned flags)
{
    struct call call = { .text = folder, .message = message, .set = flags };
    return ask(mua, _("Filing the letter"), run_append, &call);
}

static int run_send(void *context)
{
    struct call *call = context;
    struct mua *mua = call->mua;
    char *folder = outbox_folder();
    call->result = mua->options.send(mua->options.context, call->text, mua->cancel[0], &call->error);
    if (call->result == SEND_DONE || call->result == SEND_PARTLY)
        file_sent(mua, folder, call->text, &call->error);
    free(folder);
    return 0;
}

/* Sentences that do not fit on the last line, or are several, in a box. */
static void tell_problem(struct mua *mua, const char *title, struct buf *error)
{
    const char *text = buf_text(error);
    bool short_enough = strchr(text, '\n') == NULL &&
                        (int)text_width(text) < screen_area(views_screen(mua->views)).columns - 2;
    if (short_enough)
        views_say(mua->views, TONE_BAD, "%s", text);
    else
        dialog_ask(mua->views, title, text, _("(o)k"), "o\r ");
}

enum send_result mua_send(struct mua *mua, const char *id)
{
    struct call call = { .mua = mua, .text = id, .result = SEND_FAILED };
    buf_init(&call.error, 8000);
    mua_work(mua, _("Sending"), run_send, &call);
    static const char *const titles[] = {
        [SEND_DONE] = N_("Sent"), [SEND_PARTLY] = N_("Not sent to all"), [SEND_FAILED] = N_("Not sent"),
        [SEND_UNCERTAIN] = N_("Perhaps sent"),
    };
    if (call.error.len > 0)
        tell_problem(mua, _(titles[call.result]), &call.error);
    else
        views_say(mua->views, TONE_GOOD, _("The letter was sent."));
    buf_free(&call.error);
    return call.result;
}

static int run_bounce(void *context)
{
    struct call *call = context;
    return call->mua->options.bounce(call->mua->options.context, call->message, call->text, call->mua->cancel[0],
                                       &call->error);
}

int mua_bounce(struct mua *mua, struct span letter, const char *to)
{
    struct call call = { .mua = mua, .message = letter, .text = to };
    buf_init(&call.error, 8000);
    int status = mua_work(mua, _("Handing on"), run_bounce, &call);
    if (status != 0)
        tell_problem(mua, _("Not sent"), &call.error);
    buf_free(&call.error);
    return status;
}

static int run_find(void *context)
{
    struct call *call = context;
    struct pattern *pattern = pattern_parse(call->text, time(NULL), &call->error);
    if (pattern == NULL)
        return -1;
    int status = source_search(call->mua->source, pattern, call->hits);
    if (status != 0)
        buf_add_span(&call->error, buf_span(&call->mua->source->error));
    pattern_free(pattern);
    return status;
}

int mua_find(struct mua *mua, const char *pattern, unsigned char *hits)
{
    struct call call = { .mua = mua, .text = pattern, .hits = hits };
    buf_init(&call.error, 8000);
    int status = mua_work(mua, _("Searching"), run_find, &call);
    if (status != 0)
        views_say(mua->views, TONE_BAD, "%s", buf_text(&call.error));
    buf_free(&call.error);
    return status;
}

static int run_fill(void *context)
{
    struct call *call = context;
    return source_fill(call->mua->source, call->most);
}

int mua_fill(struct mua *mua, size_t most)
{
    struct call call = { .most = most };
    return ask_and_relist(mua, _("Reading the list"), run_fill, &call);
}

static int run_watch(void *context)
{
    struct call *call = context;
    call->set = (unsigned)(source_watch(call->mua->source) + 1);
    return 0;
}

void mua_watch(struct mua *mua)
{
    struct call call = { .set = 0 };
    if (mua->source == NULL || ask(mua, _("Asking to be told what is new"), run_watch, &call) != 0)
        return;
    mua->watch_fd = (int)call.set - 1;
}

static int run_hide(void *context)
{
    struct call *call = context;
    source_hide(call->mua->source, call->text);
    return 0;
}

void mua_hide(struct mua *mua, const char *words)
{
    struct call call = { .text = words };
    ask(mua, _("Forgetting"), run_hide, &call);
}

struct folder_list {
    struct mua *mua;
    struct mua_folder *rows;
    size_t count;
};

static void add_folder(void *context, const struct mail_folder *folder)
{
    struct folder_list *list = context;
    list->rows = mem_grow(list->rows, list->count + 1, sizeof *list->rows);
    list->rows[list->count++] = (struct mua_folder){ .name = mem_text(folder->name), .selectable = folder->selectable,
                                                   .subscribed = folder->subscribed };
}

/* The list, and of each folder that can be opened how many letters it holds. */
static int run_folders(void *context)
{
    struct folder_list *list = context;
    int status = source_folders(list->mua->source, add_folder, list);
    for (size_t i = 0; status == 0 && i < list->count && i < COUNTED_MAX; i++) {
        struct mail_counts counts;
        struct mua_folder *row = &list->rows[i];
        if (!row->selectable || source_counts(list->mua->source, row->name, &counts) != 0)
            continue;
        row->counted = true;
        row->total = counts.total;
        row->unseen = counts.unseen;
    }
    return status;
}

int mua_folders(struct mua *mua, struct mua_folder **rows, size_t *count)
{
    struct folder_list list = { .mua = mua };
    int status = mua->source == NULL ? -1 : mua_work(mua, _("Reading the folders"), run_folders, &list);
    if (status != 0)
        mua_complain(mua);
    *rows = list.rows;
    *count = list.count;
    return status;
}

struct folder_change {
    struct mua *mua;
    enum mail_folder_action action;
    const char *name, *to;
};

static int run_folder_change(void *context)
{
    struct folder_change *change = context;
    return source_folder(change->mua->source, change->action, change->name, change->to);
}

int mua_folder_change(struct mua *mua, enum mail_folder_action action, const char *name, const char *to)
{
    struct folder_change change = { mua, action, name, to };
    int status = mua_work(mua, _("Changing the folders"), run_folder_change, &change);
    if (status != 0)
        mua_complain(mua);
    return status;
}
