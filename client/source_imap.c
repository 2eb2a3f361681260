#include "source_imap.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/imap_dialogue.h"
#include "client/summary.h"
#include "core/date.h"
#include "core/imap_name.h"
#include "core/mem.h"
#include "io/i18n.h"

struct imap_source {
    struct imap_dialogue dialogue;
    struct mail_source *source;
    char *folder;
    uint32_t exists;           /* letters in the folder, as the server said last */
    bool changed;              /* since the list was read */
    bool selected_now;         /* nothing was asked since SELECT, which said how many there are */
    struct buf *raw;           /* where the body goes that is being fetched */
    bool found;                /* it came */
};

static const struct { const char *name; unsigned flag; } flag_names[] = {
    { "\\Seen", MAIL_SEEN }, { "\\Answered", MAIL_ANSWERED }, { "\\Flagged", MAIL_FLAGGED },
    { "\\Deleted", MAIL_DELETED }, { "\\Draft", MAIL_DRAFT }, { "\\Recent", MAIL_RECENT },
};

enum { FLAGS = sizeof flag_names / sizeof flag_names[0], MAX_LETTERS = 1000000 };

static unsigned read_flags(const struct imap_node *list)
{
    unsigned flags = 0;
    for (const struct imap_node *node = list->child; node != NULL; node = node->next)
        for (size_t i = 0; i < FLAGS; i++)
            if (imap_is(node, flag_names[i].name))
                flags |= flag_names[i].flag;
    return flags;
}

/* "(\Seen \Flagged)"; \Recent is the server's alone. */
static void write_flags(struct imap_dialogue *dialogue, unsigned flags)
{
    const char *space = "";
    imap_text(dialogue, " (");
    for (size_t i = 0; i < FLAGS; i++) {
        if ((flags & flag_names[i].flag) == 0 || flag_names[i].flag == MAIL_RECENT)
            continue;
        imap_text(dialogue, "%s%s", space, flag_names[i].name);
        space = " ";
    }
    imap_text(dialogue, ")");
}

/* The body of the letter that was asked for: a literal was streamed already, a quoted string was not. */
static void take_body(struct imap_source *imap, const struct imap_node *value)
{
    imap->found = true;
    if (!value->streamed && value->type == IMAP_QUOTED && buf_add_span(imap->raw, value->text) != 0)
        imap->dialogue.literal_full = true;
}

static void take_item(struct imap_source *imap, struct mail_envelope *envelope, const struct imap_node *name,
                      const struct imap_node *value)
{
    uint64_t number;
    struct date date;
    if (name->type == IMAP_SECTION && imap->raw != NULL)
        take_body(imap, value);
    if (envelope == NULL)
        return;
    if (imap_is(name, "UID") && imap_number(value, UINT32_MAX, &number)) {
        free(envelope->uid);
        envelope->uid = mem_printf("%" PRIu64, number);
    } else if (imap_is(name, "FLAGS") && imap_is_list(value)) {
        envelope->flags = read_flags(value);
    } else if (imap_is(name, "RFC822.SIZE") && imap_number(value, INT64_MAX, &number)) {
        envelope->size = number;
    } else if (imap_is(name, "INTERNALDATE") && date_parse_imap(value->text, &date) == 0) {
        if (envelope->date == 0)
            envelope->date = date_to_unix(&date);
    } else if (name->type == IMAP_SECTION && imap->raw == NULL && !value->streamed) {
        summary_fill(envelope, value->text);
    }
}

/*
 * Rows are made by what is fetched, not by what EXISTS claims: a number costs
 * a server nothing. Out of the order, only rows that are there are changed.
 */
static void take_fetch(struct imap_source *imap, const struct imap_response *response)
{
    struct mail_source *source = imap->source;
    struct mail_envelope *envelope = NULL;
    if (imap->raw == NULL && response->number == source->count + 1 && imap->dialogue.verb == IMAP_VERB_FETCH &&
        source->count < MAX_LETTERS)
        envelope = summary_add(source);
    else if (response->number >= 1 && response->number <= source->count)
        envelope = &source->messages[response->number - 1];
    if (!imap_is_list(response->arguments))
        return;
    for (const struct imap_node *name = response->arguments->child; name != NULL && name->next != NULL;
         name = name->next->next)
        take_item(imap, envelope, name, name->next);
}

static void take_expunge(struct imap_source *imap, uint32_t number)
{
    struct mail_source *source = imap->source;
    imap->exists -= imap->exists > 0;
    if (number < 1 || number > source->count)
        return;
    summary_clear(&source->messages[number - 1]);
    memmove(&source->messages[number - 1], &source->messages[number],
            (source->count - number) * sizeof *source->messages);
    source->count--;
}

/* What may come with any command. */
static void take(void *context, const struct imap_response *response)
{
    struct imap_source *imap = context;
    if (response->reply == IMAP_REPLY_FETCH) {
        imap->changed |= imap->dialogue.verb == IMAP_VERB_NOOP;
        take_fetch(imap, response);
    } else if (response->reply == IMAP_REPLY_EXISTS) {
        imap->changed |= response->number != imap->exists;
        imap->exists = response->number;
    } else if (response->reply == IMAP_REPLY_EXPUNGE) {
        imap->changed = true;
        take_expunge(imap, response->number);
    }
}

static void renumber(struct mail_source *source)
{
    for (size_t i = 0; i < source->count; i++)
        source->messages[i].number = (unsigned)i + 1;
}

static int finish(struct imap_source *imap)
{
    imap->selected_now = false;
    int status = imap_end(&imap->dialogue, take, imap);
    renumber(imap->source);
    return status;
}

static int select_folder(struct mail_source *source, const char *folder)
{
    struct imap_source *imap = source->data;
    char *copy = mem_text(folder);
    summary_reset(source);
    imap->exists = 0;
    imap_begin(&imap->dialogue, IMAP_VERB_SELECT);
    imap_mailbox(&imap->dialogue, folder);
    if (finish(imap) != 0) {
        free(copy);
        return -1;
    }
    free(imap->folder);
    imap->folder = copy;
    imap->selected_now = true;
    return 0;
}

static int noop(struct imap_source *imap)
{
    imap_begin(&imap->dialogue, IMAP_VERB_NOOP);
    return finish(imap);
}

/* The list anew; items: what is to be known of each letter. */
static int read_list(struct mail_source *source, const char *items)
{
    struct imap_source *imap = source->data;
    if (!imap->selected_now && noop(imap) != 0)
        return -1;
    summary_reset(source);
    imap->changed = false;
    if (imap->exists == 0)
        return 0;
    imap_begin(&imap->dialogue, IMAP_VERB_FETCH);
    imap_text(&imap->dialogue, " 1:* (%s)", items);
    return finish(imap);
}

static int refresh(struct mail_source *source)
{
    return read_list(source, "UID FLAGS RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER.FIELDS (" SUMMARY_FIELDS ")]");
}

static int survey(struct mail_source *source)
{
    return read_list(source, "UID FLAGS");
}

/*
 * A command about one letter: by its UID when it is known, else by its number,
 * which holds as long as nothing but FETCH and STORE is said (RFC 9051 §7.5.1).
 */
static void begin_with_letter(struct imap_source *imap, enum imap_verb verb, unsigned number)
{
    if (imap->source->listed) {
        imap_begin_uid(&imap->dialogue, verb);
        imap_text(&imap->dialogue, " %s", imap->source->messages[number - 1].uid);
    } else {
        imap_begin(&imap->dialogue, verb);
        imap_text(&imap->dialogue, " %u", number);
    }
}

/* The bytes of a letter; item says which. */
static int fetch_body(struct mail_source *source, unsigned number, const char *item, struct buf *raw)
{
    struct imap_source *imap = source->data;
    if (number > imap->exists && !source->listed) {
        buf_printf(&source->error, _("letter %u is not there any more"), number);
        return -1;
    }
    imap->raw = imap->dialogue.literal = raw;
    imap->found = imap->dialogue.literal_full = false;
    begin_with_letter(imap, IMAP_VERB_FETCH, number);
    imap_text(&imap->dialogue, " (%s)", item);
    int status = finish(imap);
    imap->raw = imap->dialogue.literal = NULL;
    if (status == 0 && !imap->found)
        buf_printf(&source->error, _("letter %u is not there any more"), number);
    else if (status == 0 && imap->dialogue.literal_full)
        buf_printf(&source->error, _("letter %u is too large"), number);
    return status == 0 && imap->found && !imap->dialogue.literal_full ? 0 : -1;
}

static int fetch(struct mail_source *source, unsigned number, struct buf *raw)
{
    return fetch_body(source, number, "BODY.PEEK[]", raw);
}

/* The header, and about as many lines as are wanted. */
static int top(struct mail_source *source, unsigned number, unsigned lines, struct buf *raw)
{
    char item[60];
    int status = fetch_body(source, number, "BODY.PEEK[HEADER]", raw);
    if (status != 0 || lines == 0)
        return status;
    snprintf(item, sizeof item, "BODY.PEEK[TEXT]<0.%u>", lines < 100000 ? lines * 80 : 8000000);
    return fetch_body(source, number, item, raw);
}

static int store(struct imap_source *imap, unsigned number, char sign, unsigned flags)
{
    if ((flags & ~(unsigned)MAIL_RECENT) == 0)
        return 0;
    begin_with_letter(imap, IMAP_VERB_STORE, number);
    imap_text(&imap->dialogue, " %cFLAGS.SILENT", sign);
    write_flags(&imap->dialogue, flags);
    return finish(imap);
}

/* No letter moves up during STORE (RFC 9051 §7.5.1), so the number means the same one from begin to end. */
static int flag(struct mail_source *source, unsigned number, unsigned set, unsigned clear)
{
    struct imap_source *imap = source->data;
    int status = store(imap, number, '+', set);
    if (status == 0)
        status = store(imap, number, '-', clear);
    if (status == 0 && number <= source->count)
        source->messages[number - 1].flags = (source->messages[number - 1].flags | set) & ~clear;
    return status;
}

static int expunge(struct mail_source *source)
{
    struct imap_source *imap = source->data;
    imap_begin(&imap->dialogue, IMAP_VERB_EXPUNGE);
    return finish(imap);
}

struct folder_list {
    void (*each)(void *context, const char *name, bool selectable);
    void *context;
    struct imap_source *imap;
};

/* (\Noselect) "/" name */
static void take_folder(void *context, const struct imap_response *response)
{
    struct folder_list *list = context;
    bool selectable = true;
    struct buf name;
    take(list->imap, response);
    if (response->reply != IMAP_REPLY_LIST || response->count < 3 || !imap_is_list(response->arguments))
        return;
    for (const struct imap_node *node = response->arguments->child; node != NULL; node = node->next)
        selectable &= !imap_is(node, "\\Noselect") && !imap_is(node, "\\NonExistent");
    const struct imap_node *coded = response->arguments->next->next;
    buf_init(&name, 4000);
    if (imap_name_to_utf8(coded->text, &name) != 0) {
        buf_clear(&name);
        buf_add_span(&name, coded->text);
    }
    list->each(list->context, buf_text(&name), selectable);
    buf_free(&name);
}

static int folders(struct mail_source *source, void (*each)(void *context, const char *name, bool selectable),
                   void *context)
{
    struct imap_source *imap = source->data;
    struct folder_list list = { each, context, imap };
    imap_begin(&imap->dialogue, IMAP_VERB_LIST);
    imap_text(&imap->dialogue, " \"\" \"*\"");
    return imap_end(&imap->dialogue, take_folder, &list);
}

static int append(struct mail_source *source, const char *folder, struct span message, unsigned flags)
{
    struct imap_source *imap = source->data;
    imap_begin(&imap->dialogue, IMAP_VERB_APPEND);
    imap_mailbox(&imap->dialogue, folder);
    write_flags(&imap->dialogue, flags);
    imap_text(&imap->dialogue, " ");
    imap_literal(&imap->dialogue, message);
    return finish(imap);
}

static int check(struct mail_source *source, bool *changed)
{
    struct imap_source *imap = source->data;
    int status = noop(imap);
    *changed = imap->changed;
    return status;
}

static void status_of(struct mail_source *source, struct mail_status *status)
{
    const struct imap_source *imap = source->data;
    snprintf(status->protocol, sizeof status->protocol, "imap");
    snprintf(status->security, sizeof status->security, "%s", imap->dialogue.link.security);
    snprintf(status->state, sizeof status->state, "%s", machine_state_name(&imap->dialogue.machine));
    snprintf(status->folder, sizeof status->folder, "%s", imap->folder != NULL ? imap->folder : "");
}

static void close_imap(struct mail_source *source)
{
    struct imap_source *imap = source->data;
    imap_dialogue_close(&imap->dialogue);
    free(imap->folder);
    free(imap);
    source->data = NULL;
}

static const struct mail_source_ops ops = {
    .name = "IMAP", .direct = true, .select = select_folder, .refresh = refresh, .survey = survey, .folders = folders,
    .fetch = fetch, .top = top, .flag = flag, .expunge = expunge, .append = append,
    .check = check, .status = status_of, .close = close_imap,
};

int source_imap_open(struct mail_source *source, const struct account *account, const struct mail_watcher *watcher,
                     int cancel_fd)
{
    struct imap_source *imap = mem_alloc(sizeof *imap);
    imap->source = source;
    source->data = imap;
    source->ops = &ops;
    source->abilities = MAIL_CAN_FLAG | MAIL_CAN_FOLDERS | MAIL_CAN_APPEND;
    if (imap_dialogue_open(&imap->dialogue, account, watcher, cancel_fd, &source->error) != 0)
        return -1;
    return select_folder(source, account->folder);
}
