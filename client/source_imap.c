#include "source_imap.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/source_imap_parts.h"
#include "client/summary.h"
#include "core/date.h"
#include "core/mem.h"
#include "io/i18n.h"

static const struct { const char *name; unsigned flag; } flag_names[] = {
    { "\\Seen", MAIL_SEEN }, { "\\Answered", MAIL_ANSWERED }, { "\\Flagged", MAIL_FLAGGED },
    { "\\Deleted", MAIL_DELETED }, { "\\Draft", MAIL_DRAFT }, { "\\Recent", MAIL_RECENT },
};

enum { FLAGS = sizeof flag_names / sizeof flag_names[0] };

/* ---- what responses say ---- */

static unsigned read_flags(const struct imap_node *list)
{
    unsigned flags = 0;
    for (const struct imap_node *node = list->child; node != NULL; node = node->next)
        for (size_t i = 0; i < FLAGS; i++)
            if (imap_is(node, flag_names[i].name))
                flags |= flag_names[i].flag;
    return flags;
}

void imap_source_write_flags(struct imap_source *imap, unsigned flags)
{
    const char *space = "";
    imap_text(&imap->dialogue, " (");
    for (size_t i = 0; i < FLAGS; i++) {
        if ((flags & flag_names[i].flag) == 0 || flag_names[i].flag == MAIL_RECENT)
            continue;
        imap_text(&imap->dialogue, "%s%s", space, flag_names[i].name);
        space = " ";
    }
    imap_text(&imap->dialogue, ")");
}

uint32_t imap_source_uid(const struct mail_envelope *envelope)
{
    return (uint32_t)strtoul(envelope->uid, NULL, 10);
}

/* UIDs ascend (RFC 9051 §2.3.1.1). */
static struct mail_envelope *row_of_uid(struct mail_source *source, uint64_t uid)
{
    size_t low = 0, high = source->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (imap_source_uid(&source->messages[middle]) < uid)
            low = middle + 1;
        else
            high = middle;
    }
    return low < source->count && imap_source_uid(&source->messages[low]) == uid ? &source->messages[low] : NULL;
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
    if (imap_is(name, "UID") && *envelope->uid == '\0' && imap_number(value, UINT32_MAX, &number)) {
        char text[24];
        snprintf(text, sizeof text, "%" PRIu64, number);
        envelope->uid = arena_text(&imap->source->texts, span_of(text));
    } else if (imap_is(name, "FLAGS") && imap_is_list(value)) {
        envelope->flags = (envelope->flags & (MAIL_BLANK | MAIL_ATTACHED)) | read_flags(value);
    } else if (imap_is(name, "RFC822.SIZE") && imap_number(value, INT64_MAX, &number)) {
        envelope->size = number;
    } else if (imap_is(name, "INTERNALDATE") && date_parse_imap(value->text, &date) == 0) {
        if (envelope->date == 0)
            envelope->date = date_to_unix(&date);
    } else if (name->type == IMAP_SECTION && imap->raw == NULL && !value->streamed) {
        summary_fill(imap->source, envelope, value->text);
    }
}

/* The row that a FETCH response is about: by its UID where it says one, else by its number. */
static struct mail_envelope *row_of(struct imap_source *imap, const struct imap_response *response)
{
    struct mail_source *source = imap->source;
    uint64_t uid = 0;
    for (const struct imap_node *name = response->arguments->child; name != NULL && name->next != NULL;
         name = name->next->next)
        if (imap_is(name, "UID"))
            imap_number(name->next, UINT32_MAX, &uid);
    struct mail_envelope *last = source->count > 0 ? &source->messages[source->count - 1] : NULL;
    /* Rows are made by what is fetched, in its order, not by what EXISTS claims: a number costs a server nothing. */
    if (imap->making && (last == NULL || (uid > imap_source_uid(last))) && source->count < SUMMARY_MAX_LETTERS)
        return summary_add(source, (struct span){ "", 0 });
    if (uid != 0)
        return row_of_uid(source, uid);
    return response->number >= 1 && response->number <= source->count ? &source->messages[response->number - 1] : NULL;
}

static void take_fetch(struct imap_source *imap, const struct imap_response *response)
{
    if (!imap_is_list(response->arguments))
        return;
    struct mail_envelope *envelope = row_of(imap, response);
    unsigned before = envelope != NULL ? envelope->flags : 0;
    for (const struct imap_node *name = response->arguments->child; name != NULL && name->next != NULL;
         name = name->next->next)
        take_item(imap, envelope, name, name->next);
    imap->source->cache_stale |= envelope != NULL && envelope->flags != before;
}

static void take_expunge(struct imap_source *imap, uint32_t number)
{
    struct mail_source *source = imap->source;
    imap->exists -= imap->exists > 0;
    if (number < 1 || number > source->count)
        return;
    memmove(&source->messages[number - 1], &source->messages[number],
            (source->count - number) * sizeof *source->messages);
    source->count--;
    source->cache_stale = true;
}

/* "(TAG "A5") UID ALL 1:7": the set after ALL. */
static void take_esearch(struct imap_source *imap, const struct imap_response *response)
{
    for (const struct imap_node *node = response->arguments; node != NULL && node->next != NULL; node = node->next)
        if (imap_is(node, "ALL")) {
            imap_set_free(&imap->result);
            if (imap_set_parse(node->next->text, &imap->result) != 0)
                imap_set_free(&imap->result);
        }
}

static void take_search(struct imap_source *imap, const struct imap_response *response)
{
    uint64_t number;
    for (const struct imap_node *node = response->arguments; node != NULL; node = node->next)
        if (imap_number(node, UINT32_MAX, &number))
            imap_set_add(&imap->result, (uint32_t)number);
}

static void take_code(struct imap_source *imap, const struct imap_response *response)
{
    uint64_t number;
    if (response->code_arguments == NULL || !imap_number(response->code_arguments, INT64_MAX, &number))
        return;
    if (span_is_nocase(response->code, "UIDVALIDITY"))
        imap->source->validity = (uint32_t)number;
    else if (span_is_nocase(response->code, "UIDNEXT"))
        imap->source->next_uid = (uint32_t)number;
    else if (span_is_nocase(response->code, "HIGHESTMODSEQ"))
        imap->modseq = number;
}

void imap_source_take(void *context, const struct imap_response *response)
{
    struct imap_source *imap = context;
    bool asked = imap->dialogue.verb != IMAP_VERB_NOOP && imap->dialogue.verb != IMAP_VERB_IDLE;
    switch (response->reply) {
    case IMAP_REPLY_FETCH:
        imap->changed |= !asked;
        take_fetch(imap, response);
        break;
    case IMAP_REPLY_EXISTS:
        imap->changed |= response->number != imap->exists;
        imap->exists = response->number;
        break;
    case IMAP_REPLY_EXPUNGE:
        imap->changed = true;
        take_expunge(imap, response->number);
        break;
    case IMAP_REPLY_ESEARCH: take_esearch(imap, response); break;
    case IMAP_REPLY_SEARCH: take_search(imap, response); break;
    case IMAP_REPLY_OK: take_code(imap, response); break;
    default: break;
    }
}

/* ---- commands ---- */

void imap_source_begin(struct imap_source *imap, enum imap_verb verb, bool uid)
{
    if (imap->dialogue.idling)
        imap_idle_end(&imap->dialogue, imap_source_take, imap);
    imap->selected_now = false;
    if (uid)
        imap_begin_uid(&imap->dialogue, verb);
    else
        imap_begin(&imap->dialogue, verb);
}

int imap_source_end(struct imap_source *imap)
{
    int status = imap_end(&imap->dialogue, imap_source_take, imap);
    imap->source->broken = imap->dialogue.broken;
    summary_count(imap->source);
    return status;
}

static int select_folder(struct mail_source *source, const char *folder)
{
    struct imap_source *imap = source->data;
    imap->exists = 0;
    imap->modseq = 0;
    imap->cache_read = false;
    imap_source_begin(imap, IMAP_VERB_SELECT, false);
    imap_mailbox(&imap->dialogue, folder);
    if (imap_source_end(imap) != 0)
        return -1;
    imap->selected_now = true;
    return 0;
}

int imap_source_noop(struct imap_source *imap)
{
    imap_source_begin(imap, IMAP_VERB_NOOP, false);
    return imap_source_end(imap);
}

void imap_source_search_begin(struct imap_source *imap)
{
    imap_set_free(&imap->result);
    imap_source_begin(imap, IMAP_VERB_SEARCH, true);
    if (imap_can(&imap->dialogue, "ESEARCH"))
        imap_text(&imap->dialogue, " RETURN (ALL)");
}

int imap_source_search_end(struct imap_source *imap)
{
    int status = imap_source_end(imap);
    imap_set_resolve(&imap->result, UINT32_MAX);
    return status;
}

void imap_source_mark(struct imap_source *imap, unsigned flag, unsigned char *hits)
{
    for (size_t i = 0; i < imap->source->count; i++) {
        struct mail_envelope *row = &imap->source->messages[i];
        bool found = imap_set_has(&imap->result, imap_source_uid(row));
        if (hits != NULL) {
            hits[i] = found;
        } else if (found != ((row->flags & flag) != 0)) {
            row->flags ^= flag;
            imap->source->cache_stale = true;
        }
    }
}

static int check(struct mail_source *source, bool *changed)
{
    struct imap_source *imap = source->data;
    int status;
    if (imap->dialogue.idling) {
        status = imap_idle_end(&imap->dialogue, imap_source_take, imap);
        source->broken = imap->dialogue.broken;
        summary_count(source);
    } else {
        status = imap_source_noop(imap);
    }
    *changed = imap->changed;
    return status;
}

static int watch(struct mail_source *source)
{
    struct imap_source *imap = source->data;
    if (!imap_can(&imap->dialogue, "IDLE"))
        return -1;
    if (!imap->dialogue.idling && imap_idle(&imap->dialogue, imap_source_take, imap) != 0) {
        source->broken = imap->dialogue.broken;
        return -1;
    }
    imap->selected_now = false;
    return channel_fd(imap->dialogue.link.channel);
}

static void status_of(struct mail_source *source, struct mail_status *status)
{
    const struct imap_source *imap = source->data;
    const struct imap_dialogue *dialogue = &imap->dialogue;
    snprintf(status->protocol, sizeof status->protocol, "imap");
    snprintf(status->security, sizeof status->security, "%s", dialogue->link.security);
    snprintf(status->state, sizeof status->state, "%s", machine_state_name(&dialogue->machine));
    snprintf(status->capabilities, sizeof status->capabilities, "%s", dialogue->capabilities);
    snprintf(status->capabilities_clear, sizeof status->capabilities_clear, "%s", dialogue->capabilities_clear);
    status->tls = dialogue->link.channel != NULL ? channel_tls(dialogue->link.channel) : NULL;
    status->watching = dialogue->idling;
}

static void close_imap(struct mail_source *source)
{
    struct imap_source *imap = source->data;
    if (imap->dialogue.idling && !imap->dialogue.broken)
        imap_idle_end(&imap->dialogue, NULL, NULL);
    imap_dialogue_close(&imap->dialogue);
    imap_set_free(&imap->result);
    free(imap);
    source->data = NULL;
}

static const struct mail_source_ops ops = {
    .name = "IMAP", .direct = true, .remote = true, .select = select_folder, .list = imap_source_list,
    .fill = imap_source_fill,
    .folders = imap_source_folders, .folder = imap_source_folder, .counts = imap_source_counts,
    .fetch = imap_source_fetch, .top = imap_source_top, .flag = imap_source_flag, .copy = imap_source_copy,
    .expunge = imap_source_expunge, .append = imap_source_append, .check = check, .watch = watch,
    .search = imap_source_search, .status = status_of, .close = close_imap,
};

int source_imap_open(struct mail_source *source)
{
    struct imap_source *imap = mem_alloc(sizeof *imap);
    imap->source = source;
    source->data = imap;
    source->ops = &ops;
    source->abilities = MAIL_CAN_FLAG | MAIL_CAN_FOLDERS | MAIL_CAN_APPEND | MAIL_CAN_COPY;
    if (imap_dialogue_open(&imap->dialogue, source->account, &source->watcher, source->cancel_fd,
                           &source->error) != 0)
        return -1;
    return select_folder(source, source->folder);
}
