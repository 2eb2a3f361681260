/*
 * Search keys (RFC 9051 §6.4.4; NEW, OLD, RECENT: RFC 3501; OLDER, YOUNGER:
 * RFC 5032; MODSEQ: RFC 7162 §3.1.5). A table says of each key what follows
 * it and what it asks.
 */
#include <stdlib.h>
#include <string.h>

#include "core/date.h"
#include "core/header.h"
#include "core/mem.h"
#include "server/imapd_search.h"

enum { KEY_DEPTH_MAX = 100 };

enum form { ALONE, STRING, DAY, NUMBER, KEYWORD, SET, FIELD, KEY, TWO_KEYS, CHANGE };

static const struct {
    const char *name;
    enum search_kind kind;
    enum form form;
    unsigned flags;
    const char *field;
} rows[] = {
    { "ALL", SEARCH_ALL, ALONE, 0, NULL },
    { "ANSWERED", SEARCH_HAS, ALONE, MAIL_ANSWERED, NULL },
    { "BCC", SEARCH_HEADER, STRING, 0, "Bcc" },
    { "BEFORE", SEARCH_BEFORE, DAY, 0, NULL },
    { "BODY", SEARCH_BODY, STRING, 0, NULL },
    { "CC", SEARCH_HEADER, STRING, 0, "Cc" },
    { "DELETED", SEARCH_HAS, ALONE, MAIL_DELETED, NULL },
    { "DRAFT", SEARCH_HAS, ALONE, MAIL_DRAFT, NULL },
    { "FLAGGED", SEARCH_HAS, ALONE, MAIL_FLAGGED, NULL },
    { "FROM", SEARCH_HEADER, STRING, 0, "From" },
    { "HEADER", SEARCH_HEADER, FIELD, 0, NULL },
    { "KEYWORD", SEARCH_KEYWORD, KEYWORD, 0, NULL },
    { "LARGER", SEARCH_LARGER, NUMBER, 0, NULL },
    { "MODSEQ", SEARCH_MODSEQ, CHANGE, 0, NULL },
    { "NEW", SEARCH_NEW, ALONE, 0, NULL },
    { "NOT", SEARCH_NOT, KEY, 0, NULL },
    { "OLD", SEARCH_LACKS, ALONE, MAIL_RECENT, NULL },
    { "OLDER", SEARCH_OLDER, NUMBER, 0, NULL },
    { "ON", SEARCH_ON, DAY, 0, NULL },
    { "OR", SEARCH_OR, TWO_KEYS, 0, NULL },
    { "RECENT", SEARCH_HAS, ALONE, MAIL_RECENT, NULL },
    { "SEEN", SEARCH_HAS, ALONE, MAIL_SEEN, NULL },
    { "SENTBEFORE", SEARCH_SENTBEFORE, DAY, 0, NULL },
    { "SENTON", SEARCH_SENTON, DAY, 0, NULL },
    { "SENTSINCE", SEARCH_SENTSINCE, DAY, 0, NULL },
    { "SINCE", SEARCH_SINCE, DAY, 0, NULL },
    { "SMALLER", SEARCH_SMALLER, NUMBER, 0, NULL },
    { "SUBJECT", SEARCH_HEADER, STRING, 0, "Subject" },
    { "TEXT", SEARCH_TEXT, STRING, 0, NULL },
    { "TO", SEARCH_HEADER, STRING, 0, "To" },
    { "UID", SEARCH_UID, SET, 0, NULL },
    { "UNANSWERED", SEARCH_LACKS, ALONE, MAIL_ANSWERED, NULL },
    { "UNDELETED", SEARCH_LACKS, ALONE, MAIL_DELETED, NULL },
    { "UNDRAFT", SEARCH_LACKS, ALONE, MAIL_DRAFT, NULL },
    { "UNFLAGGED", SEARCH_LACKS, ALONE, MAIL_FLAGGED, NULL },
    { "UNKEYWORD", SEARCH_UNKEYWORD, KEYWORD, 0, NULL },
    { "UNSEEN", SEARCH_LACKS, ALONE, MAIL_SEEN, NULL },
    { "YOUNGER", SEARCH_YOUNGER, NUMBER, 0, NULL },
};

struct reading {
    struct imapd *imapd;
    struct span charset;
    const struct imap_node *at; /* the next argument */
    unsigned depth;
};

void search_free(struct search_key *key)
{
    while (key != NULL) {
        struct search_key *next = key->next;
        search_free(key->child);
        imap_set_free(&key->set);
        free(key->name);
        free(key->needle);
        free(key);
        key = next;
    }
}

/* ---- reading ---- */

static struct search_key *read_key(struct reading *reading);
static struct search_key *read_all(struct reading *reading, const struct imap_node *first);

/* The next argument, which is taken. */
static const struct imap_node *take(struct reading *reading)
{
    const struct imap_node *node = reading->at;
    if (node != NULL)
        reading->at = node->next;
    return node;
}

static bool read_set(struct reading *reading, const struct imap_node *node, bool uid, struct search_key *key)
{
    struct imapd *imapd = reading->imapd;
    const size_t count = mailbox_count(imapd->mailbox);
    key->kind = uid ? SEARCH_UID : SEARCH_SET;
    if (node == NULL || node->type != IMAP_WORD || imap_set_parse(node->text, &key->set) != 0)
        return false;
    if (key->set.saved) { /* kept as UIDs */
        key->kind = SEARCH_UID;
        for (size_t i = 0; i < imapd->saved.count; i++)
            imap_set_add_range(&key->set, imapd->saved.ranges[i].first, imapd->saved.ranges[i].last);
    }
    const uint32_t last_uid = count == 0 ? 0 : mailbox_message(imapd->mailbox, count - 1)->uid;
    imap_set_resolve(&key->set, uid ? last_uid : (uint32_t)count);
    return true;
}

/* Days of SEARCH may be quoted or not (§9 date). */
static bool read_day(const struct imap_node *node, struct search_key *key)
{
    struct date date;
    if (node == NULL || (node->type != IMAP_WORD && node->type != IMAP_QUOTED) ||
        date_parse_imap_day(node->text, &date) != 0)
        return false;
    key->number = date_to_days(&date);
    return true;
}

static bool read_number(const struct imap_node *node, struct search_key *key)
{
    uint64_t number = 0;
    const bool good = imap_number(node, INT64_MAX, &number);
    key->number = (int64_t)number;
    return good;
}

static bool read_keyword(struct reading *reading, const struct imap_node *node, struct search_key *key)
{
    if (!imap_is_flag(node))
        return false;
    key->flags = imapd_system_flag(node->text); /* $Forwarded is one of these */
    const int number = mailbox_keyword_number(reading->imapd->mailbox, node->text, false);
    key->keywords = number >= 0 ? (uint32_t)1 << number : 0;
    return true;
}

/* MODSEQ [entry-name entry-type] number */
static bool read_change(struct reading *reading, const struct imap_node *node, struct search_key *key)
{
    reading->imapd->enabled |= IMAPD_CONDSTORE;
    if (imap_is_string(node)) {
        take(reading);
        node = take(reading);
    }
    return read_number(node, key);
}

static bool read_string(struct reading *reading, const struct imap_node *node, struct search_key *key)
{
    if (!imap_is_astring(node))
        return false;
    key->needle = search_fold(reading->charset, node->text);
    return true;
}

static bool read_field(struct reading *reading, const struct imap_node *node, struct search_key *key)
{
    if (!imap_is_astring(node))
        return false;
    free(key->name);
    key->name = span_copy(node->text);
    return read_string(reading, take(reading), key);
}

static bool read_children(struct reading *reading, struct search_key *key, unsigned count)
{
    for (struct search_key **child = &key->child; count > 0; child = &(*child)->next, count--)
        if ((*child = read_key(reading)) == NULL)
            return false;
    return true;
}

static bool read_argument(struct reading *reading, enum form form, struct search_key *key)
{
    switch (form) {
    case ALONE: return true;
    case STRING: return read_string(reading, take(reading), key);
    case DAY: return read_day(take(reading), key);
    case NUMBER: return read_number(take(reading), key);
    case KEYWORD: return read_keyword(reading, take(reading), key);
    case SET: return read_set(reading, take(reading), true, key);
    case FIELD: return read_field(reading, take(reading), key);
    case KEY: return read_children(reading, key, 1);
    case TWO_KEYS: return read_children(reading, key, 2);
    case CHANGE: return read_change(reading, take(reading), key);
    }
    return false;
}

static bool read_named(struct reading *reading, const struct imap_node *node, struct search_key *key)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (imap_is(node, rows[i].name)) {
            key->kind = rows[i].kind;
            key->flags = rows[i].flags;
            key->name = mem_text(rows[i].field);
            return read_argument(reading, rows[i].form, key);
        }
    return read_set(reading, node, false, key);
}

/* NULL when it is no key. */
static struct search_key *read_key(struct reading *reading)
{
    const struct imap_node *node = take(reading);
    if (node == NULL || reading->depth >= KEY_DEPTH_MAX)
        return NULL;
    reading->depth++;
    struct search_key *key;
    if (imap_is_list(node)) {
        struct reading inner = *reading;
        key = read_all(&inner, node->child);
    } else {
        key = mem_alloc(sizeof *key);
        if (!read_named(reading, node, key)) {
            search_free(key);
            key = NULL;
        }
    }
    reading->depth--;
    return key;
}

/* Cheap ones first. */
static void insert(struct search_key **list, struct search_key *key)
{
    while (*list != NULL && (*list)->kind <= key->kind)
        list = &(*list)->next;
    key->next = *list;
    *list = key;
}

static struct search_key *read_all(struct reading *reading, const struct imap_node *first)
{
    struct search_key *all = mem_alloc(sizeof *all);
    all->kind = SEARCH_AND;
    reading->at = first;
    while (reading->at != NULL) {
        struct search_key *key = read_key(reading);
        if (key == NULL) {
            search_free(all);
            return NULL;
        }
        insert(&all->child, key);
    }
    if (all->child != NULL)
        return all;
    search_free(all);
    return NULL;
}

struct search_key *search_read(struct imapd *imapd, const struct imap_node *node, struct span charset,
                               enum imapd_result *result)
{
    struct reading reading = { .imapd = imapd, .charset = charset };
    struct search_key *key = read_all(&reading, node);
    *result = key == NULL ? imapd_arguments(imapd, "search keys, such as UNSEEN FROM name SINCE 1-Jan-2026") : IMAPD_OK;
    return key;
}

bool search_uses(const struct search_key *key, enum search_kind kind)
{
    for (; key != NULL; key = key->next)
        if (key->kind == kind || search_uses(key->child, kind))
            return true;
    return false;
}

/* ---- asking ---- */

struct fetch_letter *search_letter(struct search_message *message)
{
    if (!message->opened) {
        message->opened = true;
        message->letter.text = (struct span){ "", 0 };
        if (mailbox_read(message->imapd->mailbox, message->place, &message->letter.letter) == STORE_OK)
            message->letter.text = (struct span){ message->letter.letter.text, message->letter.letter.size };
    }
    return &message->letter;
}

struct span search_letter_header(struct search_message *message)
{
    const struct fetch_letter *letter = search_letter(message);
    return (struct span){ letter->text.at, header_length(letter->text) };
}

struct span search_fields(struct search_message *message, struct span name)
{
    if (message->opened || !mailbox_keeps_field(name))
        return search_letter_header(message);
    if (!message->has_fields &&
        mailbox_header(message->imapd->mailbox, message->place, &message->fields) != STORE_OK)
        message->fields = (struct span){ "", 0 };
    message->has_fields = true;
    return message->fields;
}

bool search_sent(struct search_message *message, struct date *date)
{
    struct header_field field;
    return header_find(search_fields(message, span_of("Date")), "Date", &field) && date_parse(field.value, date) == 0;
}

static bool matches_size(struct search_message *message, const struct search_key *key)
{
    const int64_t size = (int64_t)mailbox_size(message->imapd->mailbox, message->place);
    return key->kind == SEARCH_LARGER ? size > key->number : size < key->number;
}

static bool matches_all(struct search_message *message, const struct search_key *key)
{
    for (; key != NULL; key = key->next)
        if (!search_matches(message, key))
            return false;
    return true;
}

static bool matches_sent(struct search_message *message, const struct search_key *key)
{
    struct date date;
    if (!search_sent(message, &date))
        return false; /* sent on no day */
    const int64_t day = date_to_days(&date); /* "disregarding time and timezone" */
    return key->kind == SEARCH_SENTBEFORE ? day < key->number
           : key->kind == SEARCH_SENTON   ? day == key->number
                                          : day >= key->number;
}

static bool has_keyword(const struct message *data, const struct search_key *key)
{
    return (data->keywords & key->keywords) != 0 || (data->flags & key->flags) != 0;
}

bool search_matches(struct search_message *message, const struct search_key *key)
{
    const struct message *data = mailbox_message(message->imapd->mailbox, message->place);
    const int64_t day = data->date / 86400, age = message->now - data->date;
    switch (key->kind) {
    case SEARCH_ALL: return true;
    case SEARCH_SET: return imap_set_has(&key->set, (uint32_t)message->place + 1);
    case SEARCH_UID: return imap_set_has(&key->set, data->uid);
    case SEARCH_HAS: return (data->flags & key->flags) != 0;
    case SEARCH_LACKS: return (data->flags & key->flags) == 0;
    case SEARCH_KEYWORD: return has_keyword(data, key);
    case SEARCH_UNKEYWORD: return !has_keyword(data, key);
    case SEARCH_NEW: return data->flags & MAIL_RECENT && !(data->flags & MAIL_SEEN);
    case SEARCH_MODSEQ: return (int64_t)data->modseq >= key->number;
    case SEARCH_BEFORE: return day < key->number;
    case SEARCH_ON: return day == key->number;
    case SEARCH_SINCE: return day >= key->number;
    case SEARCH_OLDER: return age >= key->number;
    case SEARCH_YOUNGER: return age <= key->number;
    case SEARCH_LARGER:
    case SEARCH_SMALLER: return matches_size(message, key);
    case SEARCH_NOT: return !search_matches(message, key->child);
    case SEARCH_OR: return search_matches(message, key->child) || search_matches(message, key->child->next);
    case SEARCH_AND: return matches_all(message, key->child);
    case SEARCH_SENTBEFORE:
    case SEARCH_SENTON:
    case SEARCH_SENTSINCE: return matches_sent(message, key);
    case SEARCH_HEADER: return search_header(search_fields(message, span_of(key->name)), key->name, key->needle);
    case SEARCH_BODY: return search_body(search_letter(message), key->needle);
    case SEARCH_TEXT: return search_everything(search_letter(message), key->needle);
    }
    return false;
}

bool search_next(struct search_message *message, const struct search_key *key)
{
    do {
        fetch_letter_free(&message->letter);
        message->opened = message->has_fields = false;
        if (++message->place >= mailbox_count(message->imapd->mailbox))
            return false;
    } while (!search_matches(message, key));
    return true;
}
