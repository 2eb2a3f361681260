#include "source_imap.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cache.h"
#include "client/source_imap_parts.h"
#include "client/summary.h"
#include "core/date.h"
#include "core/mem.h"
#include "io/i18n.h"

static const struct { const char *name, *search; unsigned flag; } flag_names[] = {
    { "\\Seen", "SEEN", MAIL_SEEN }, { "\\Answered", "ANSWERED", MAIL_ANSWERED },
    { "\\Flagged", "FLAGGED", MAIL_FLAGGED }, { "\\Deleted", "DELETED", MAIL_DELETED },
    { "\\Draft", "DRAFT", MAIL_DRAFT }, { "\\Recent", NULL, MAIL_RECENT },
};

enum {
    FLAGS = sizeof flag_names / sizeof flag_names[0],
    SMALL = 1000,              /* letters whose list is read as a whole */
    CHUNK = 2000,              /* letters of one FETCH of headers */
};

#define ITEMS "UID FLAGS RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER.FIELDS (" SUMMARY_FIELDS ")]"

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

static uint32_t uid_of(const struct mail_envelope *envelope)
{
    return (uint32_t)strtoul(envelope->uid, NULL, 10);
}

/* UIDs ascend (RFC 9051 §2.3.1.1). */
static struct mail_envelope *row_of_uid(struct mail_source *source, uint64_t uid)
{
    size_t low = 0, high = source->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (uid_of(&source->messages[middle]) < uid)
            low = middle + 1;
        else
            high = middle;
    }
    return low < source->count && uid_of(&source->messages[low]) == uid ? &source->messages[low] : NULL;
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
    if (imap->making && (last == NULL || (uid > uid_of(last))) && source->count < SUMMARY_MAX_LETTERS)
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

static int noop(struct imap_source *imap)
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
        bool found = imap_set_has(&imap->result, uid_of(row));
        if (hits != NULL) {
            hits[i] = found;
        } else if (found != ((row->flags & flag) != 0)) {
            row->flags ^= flag;
            imap->source->cache_stale = true;
        }
    }
}

/* ---- the list ---- */

/* All at once: flags, and of letters that are not known yet everything. */
static int read_small(struct imap_source *imap, const char *items)
{
    imap_source_begin(imap, IMAP_VERB_FETCH, false);
    imap_text(&imap->dialogue, " 1:* (%s)", items);
    imap->making = true;
    int status = imap_source_end(imap);
    imap->making = false;
    return status;
}

/* The rows become those of these UIDs: what was known of them stays known. */
static void make_rows(struct imap_source *imap)
{
    struct mail_source *source = imap->source;
    struct mail_envelope *old = source->messages;
    size_t old_count = source->count, at = 0, ranges = imap->result.count;
    source->messages = NULL;
    source->count = source->blank = 0;
    for (size_t i = 0; i < ranges; i++)
        for (uint64_t uid = imap->result.ranges[i].first; uid <= imap->result.ranges[i].last; uid++) {
            char text[24];
            if (source->count >= imap->exists || source->count >= SUMMARY_MAX_LETTERS)
                break;
            while (at < old_count && uid_of(&old[at]) < uid)
                at++;
            if (at < old_count && uid_of(&old[at]) == uid) {
                struct mail_envelope *row = summary_add(source, (struct span){ "", 0 });
                unsigned number = row->number;
                *row = old[at];
                row->number = number;
                continue;
            }
            snprintf(text, sizeof text, "%" PRIu64, uid);
            summary_add(source, span_of(text));
            source->cache_stale = true;
        }
    source->cache_stale |= source->count != old_count;
    free(old);
    summary_count(source);
}

/* Which letters there are, and what flags they have, in sets: a hundred thousand in a few hundred bytes. */
static int read_large(struct imap_source *imap)
{
    imap_source_search_begin(imap);
    imap_text(&imap->dialogue, " ALL");
    if (imap_source_search_end(imap) != 0)
        return -1;
    make_rows(imap);
    for (size_t i = 0; i < FLAGS && flag_names[i].search != NULL; i++) {
        imap_source_search_begin(imap);
        imap_text(&imap->dialogue, " %s", flag_names[i].search);
        if (imap_source_search_end(imap) != 0)
            return -1;
        imap_source_mark(imap, flag_names[i].flag, NULL);
    }
    return 0;
}

/* The rows that are there already keep their texts; FETCH says which there are, in order. */
static int read_anew(struct imap_source *imap)
{
    struct mail_source *source = imap->source;
    struct mail_envelope *old = source->messages;
    size_t old_count = source->count, at = 0;
    source->messages = NULL;
    source->count = source->blank = 0;
    int status = read_small(imap, old_count == 0 && imap->exists <= SMALL ? ITEMS : "UID FLAGS");
    for (size_t i = 0; i < source->count; i++) {
        struct mail_envelope *row = &source->messages[i];
        while (at < old_count && uid_of(&old[at]) < uid_of(row))
            at++;
        if (at < old_count && uid_of(&old[at]) == uid_of(row))
            summary_take(source, row, &old[at]);
    }
    source->cache_stale |= source->count != old_count;
    free(old);
    summary_count(source);
    return status;
}

/*
 * What SELECT said: with the same HIGHESTMODSEQ nothing was marked (RFC 7162 §3.1.2.1), with as many letters and the
 * same UIDNEXT nothing came or went. 0: that was some time ago, or the server does not say.
 */
static void read_marks(struct imap_source *imap, uint64_t marks[2])
{
    bool known = imap->selected_now && imap_can(&imap->dialogue, "CONDSTORE");
    marks[0] = known ? imap->modseq : 0;
    marks[1] = (uint64_t)imap->exists << 32 | imap->source->next_uid;
}

/* Is it all in the cache? */
static bool is_as_it_was(struct mail_source *source, const uint64_t marks[2])
{
    struct imap_source *imap = source->data;
    bool loaded = !imap->cache_read && source->count == 0 && cache_load(source, source->validity) == 0;
    imap->cache_read = true;
    return loaded && marks[0] != 0 && memcmp(marks, source->marks, sizeof source->marks) == 0 &&
           source->count == imap->exists;
}

static int read_list(struct mail_source *source)
{
    struct imap_source *imap = source->data;
    if (imap->exists == 0) {
        summary_reset(source);
        return 0;
    }
    bool sets = imap_can(&imap->dialogue, "ESEARCH");
    return sets && imap->exists > SMALL ? read_large(imap) : read_anew(imap);
}

static int list(struct mail_source *source)
{
    struct imap_source *imap = source->data;
    uint64_t marks[2];
    if (!imap->selected_now && noop(imap) != 0)
        return -1;
    read_marks(imap, marks);
    imap->changed = false;
    if (is_as_it_was(source, marks))
        return 0;
    int status = read_list(source);
    bool sure = status == 0 && marks[0] != 0 && source->count == imap->exists;
    source->cache_stale |= sure && memcmp(marks, source->marks, sizeof marks) != 0;
    memcpy(source->marks, sure ? marks : (uint64_t[2]){ 0 }, sizeof marks);
    return status;
}

static int fill(struct mail_source *source, size_t most)
{
    struct imap_source *imap = source->data;
    struct imap_set set = { .count = 0 };
    if (most > CHUNK)
        most = CHUNK;
    for (size_t i = source->count; i > 0 && most > 0; i--) {
        struct mail_envelope *row = &source->messages[i - 1];
        if ((row->flags & MAIL_BLANK) == 0)
            continue;
        row->flags &= ~(unsigned)MAIL_BLANK; /* also if the server says nothing about it: it is asked once */
        imap_set_add(&set, uid_of(row));
        most--;
    }
    imap_set_resolve(&set, UINT32_MAX);
    imap_source_begin(imap, IMAP_VERB_FETCH, true);
    imap_set(&imap->dialogue, &set);
    imap_text(&imap->dialogue, " (" ITEMS ")");
    imap_set_free(&set);
    source->cache_stale = true;
    return imap_source_end(imap);
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
        status = noop(imap);
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
    .name = "IMAP", .direct = true, .remote = true, .select = select_folder, .list = list, .fill = fill,
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
