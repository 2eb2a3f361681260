/*
 * SORT: a search whose result is given in a chosen order (RFC 5256 §3). What
 * the order asks of a message is taken from its letter once, when the search
 * finds it; then the letter is closed, and only these values are compared.
 */
#include "server/imapd_sort.h"

#include <stdlib.h>
#include <string.h>

#include "core/address.h"
#include "core/header.h"
#include "core/mem.h"
#include "core/subject.h"
#include "io/casemap.h"
#include "io/charset.h"

enum { CRITERIA_MAX = 16, TEXT_MAX = 1 << 20 };

enum sort_kind { SORT_ARRIVAL, SORT_SENT, SORT_SIZE, SORT_SUBJECT, SORT_ADDRESS };

struct criterion {
    const char *name;
    enum sort_kind kind;
    const char *field;
    bool reverse;
};

/* A message found, with a value for each criterion. */
struct row {
    uint32_t number;
    struct value {
        int64_t number;
        char *text; /* NULL: the number counts */
    } values[];
};

struct sort {
    struct criterion criteria[CRITERIA_MAX];
    size_t criterion_count;
    struct span charset;
    struct row **rows;
    size_t count;
};

/* ---- reading ---- */

static const struct criterion *find_criterion(const struct imap_node *node)
{
    static const struct criterion known[] = {
        { "ARRIVAL", SORT_ARRIVAL, NULL, false }, { "CC", SORT_ADDRESS, "Cc", false },
        { "DATE", SORT_SENT, NULL, false },       { "FROM", SORT_ADDRESS, "From", false },
        { "SIZE", SORT_SIZE, NULL, false },       { "SUBJECT", SORT_SUBJECT, NULL, false },
        { "TO", SORT_ADDRESS, "To", false },
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (imap_is(node, known[i].name))
            return &known[i];
    return NULL;
}

/* ([REVERSE] key ...) */
static bool read_criteria(const struct imap_node *list, struct sort *sort)
{
    if (!imap_is_list(list))
        return false;
    for (const struct imap_node *node = list->child; node != NULL; node = node->next) {
        const bool reverse = imap_is(node, "REVERSE");
        const struct criterion *found = find_criterion(reverse ? node = node->next : node);
        if (found == NULL || sort->criterion_count == CRITERIA_MAX)
            return false;
        sort->criteria[sort->criterion_count] = *found;
        sort->criteria[sort->criterion_count++].reverse = reverse;
    }
    return sort->criterion_count > 0;
}

/* ---- values ---- */

int64_t sort_sent(struct search_message *message)
{
    struct date date;
    return search_sent(message, &date) ? date_to_unix(&date)
                                       : mailbox_message(message->imapd->mailbox, message->place)->date;
}

char *sort_subject(struct search_message *message, bool *is_reply)
{
    struct header_field field;
    struct buf decoded, base;
    *is_reply = false;
    if (!header_find(search_fields(message, span_of("Subject")), "Subject", &field))
        return mem_text("");
    buf_init(&decoded, TEXT_MAX);
    buf_init(&base, TEXT_MAX);
    charset_header(field.value, &decoded);
    casemap(&decoded);
    char *text = span_copy(subject_base(buf_span(&decoded), &base, is_reply));
    buf_free(&decoded);
    buf_free(&base);
    return text;
}

/* "The first address's mailbox": what stands before its @, or the name of a group, as ENVELOPE gives it. */
static char *first_mailbox(struct search_message *message, const char *name)
{
    struct header_field field;
    struct address_walk walk;
    struct address address;
    struct buf text;
    buf_init(&text, TEXT_MAX);
    if (header_find(search_fields(message, span_of(name)), name, &field)) {
        address_start(&walk, field.value);
        while (address_next(&walk, &address) == 1 && text.len == 0)
            if (address.kind == ADDRESS_MAILBOX || address.kind == ADDRESS_GROUP)
                buf_add_span(&text, address.kind == ADDRESS_MAILBOX ? address.local : address.name);
        address_finish(&walk);
    }
    casemap(&text);
    char *mailbox = span_copy(buf_span(&text));
    buf_free(&text);
    return mailbox;
}

static struct value value_of(struct search_message *message, const struct criterion *criterion)
{
    struct mailbox *mailbox = message->imapd->mailbox;
    bool is_reply;
    switch (criterion->kind) {
    case SORT_ARRIVAL: return (struct value){ mailbox_message(mailbox, message->place)->date, NULL };
    case SORT_SENT: return (struct value){ sort_sent(message), NULL };
    case SORT_SIZE: return (struct value){ (int64_t)mailbox_size(mailbox, message->place), NULL };
    case SORT_SUBJECT: return (struct value){ 0, sort_subject(message, &is_reply) };
    case SORT_ADDRESS: break;
    }
    return (struct value){ 0, first_mailbox(message, criterion->field) };
}

/* ---- sorting ---- */

static void add_row(struct sort *sort, struct search_message *message, bool uid)
{
    struct row *row = mem_alloc(sizeof *row + sort->criterion_count * sizeof row->values[0]);
    row->number = uid ? mailbox_message(message->imapd->mailbox, message->place)->uid : (uint32_t)message->place + 1;
    for (size_t i = 0; i < sort->criterion_count; i++)
        row->values[i] = value_of(message, &sort->criteria[i]);
    if ((sort->count & (sort->count + 1)) == 0)
        sort->rows = mem_grow(sort->rows, sort->count * 2 + 2, sizeof *sort->rows);
    sort->rows[sort->count++] = row;
}

static int compare_values(const struct value *a, const struct value *b)
{
    if (a->text != NULL)
        return strcmp(a->text, b->text);
    return a->number < b->number ? -1 : a->number > b->number;
}

/* What matches in all is "sorted according to the order in which they appear in the mailbox". */
static int compare(const void *a, const void *b, void *context)
{
    const struct row *one = *(struct row *const *)a, *other = *(struct row *const *)b;
    const struct sort *sort = context;
    for (size_t i = 0; i < sort->criterion_count; i++) {
        const int order = compare_values(&one->values[i], &other->values[i]);
        if (order != 0)
            return sort->criteria[i].reverse ? -order : order;
    }
    return one->number < other->number ? -1 : 1;
}

static void sort_free(struct sort *sort)
{
    for (size_t i = 0; i < sort->count; i++) {
        for (size_t j = 0; j < sort->criterion_count; j++)
            free(sort->rows[i]->values[j].text);
        free(sort->rows[i]);
    }
    free(sort->rows);
}

IMAPD_COMMAND(sort)
{
    struct sort sort = { .criterion_count = 0 };
    const struct imap_node *node = command->arguments;
    if (command->count < 3 || !read_criteria(node, &sort))
        return imapd_arguments(imapd, "SORT ([REVERSE] DATE|SUBJECT|FROM|TO|CC|SIZE|ARRIVAL ...) charset keys");
    enum imapd_result result = search_read_charset(imapd, node->next, &sort.charset);
    if (result != IMAPD_OK)
        return result;
    struct search_key *key = search_read(imapd, node->next->next, sort.charset, &result);
    if (key == NULL)
        return result;
    struct search_message message = { .imapd = imapd, .place = SIZE_MAX, .now = time(NULL) };
    while (search_next(&message, key))
        add_row(&sort, &message, command->uid);
    search_free(key);
    if (sort.count > 0)
        qsort_r(sort.rows, sort.count, sizeof *sort.rows, compare, &sort);
    buf_add_text(&imapd->out, "* SORT");
    for (size_t i = 0; i < sort.count; i++)
        buf_printf(&imapd->out, " %u", sort.rows[i]->number);
    buf_add_text(&imapd->out, "\r\n");
    sort_free(&sort);
    return imapd_ok(imapd, "That is the order");
}
