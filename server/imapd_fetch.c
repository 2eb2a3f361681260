/*
 * FETCH: data of messages (RFC 9051 §6.4.5; CHANGEDSINCE and VANISHED:
 * RFC 7162 §3.1.4, §3.2.6).
 *
 * The command is read into a list of items once. Then message by message,
 * item by item, the answer is written; a literal of any size is copied from
 * the letter's mapped text piece by piece. Whenever there is enough to send,
 * the work stops and keeps its place (IMAPD_MORE), so the memory used does
 * not depend on the size of letters or on their number.
 */
#include "server/imapd_fetch.h"

#include <stdlib.h>
#include <string.h>

#include "core/date.h"
#include "core/header.h"
#include "core/mem.h"

enum { ITEMS_MAX = 200, PIECE = SESSION_OUT_HIGH, DECODED_MAX = 256 << 20 };

/* Of each letter: nothing, the header fields that the mailbox keeps, or its text. */
enum needs { NEEDS_NOTHING, NEEDS_FIELDS, NEEDS_LETTER };

struct fetch {
    bool uid;
    bool changed_since, vanished;
    uint64_t since;
    bool sets_seen;
    enum needs needs;           /* of all items the most */
    struct fetch_item items[ITEMS_MAX];
    size_t item_count;
    struct imapd_places places;
    /* the place where the work stands */
    size_t place, item;
    bool open;                  /* the parenthesis of the present message is open */
    struct fetch_letter letter;
    bool letter_open;
    struct buf scratch;
    struct span literal;        /* bytes of a literal that are still to be sent */
    bool gone, unknown_encoding;
    enum store_result failed;
};

static void fetch_free(void *work)
{
    struct fetch *fetch = work;
    fetch_letter_free(&fetch->letter);
    buf_free(&fetch->scratch);
    free(fetch->places.at);
    free(fetch);
}

/* ---- reading the items ---- */

static const struct {
    const char *name;
    struct fetch_item item;
} plain_items[] = {
    { "FLAGS", { .kind = FETCH_FLAGS } },
    { "UID", { .kind = FETCH_UID } },
    { "INTERNALDATE", { .kind = FETCH_INTERNALDATE } },
    { "RFC822.SIZE", { .kind = FETCH_SIZE } },
    { "MODSEQ", { .kind = FETCH_MODSEQ } },
    { "ENVELOPE", { .kind = FETCH_ENVELOPE } },
    { "BODY", { .kind = FETCH_STRUCTURE } },
    { "BODYSTRUCTURE", { .kind = FETCH_STRUCTURE, .extended = true } },
    { "RFC822", { .kind = FETCH_SECTION, .name = "RFC822" } },
    { "RFC822.HEADER", { .kind = FETCH_SECTION, .name = "RFC822.HEADER", .text = SECTION_HEADER, .peek = true } },
    { "RFC822.TEXT", { .kind = FETCH_SECTION, .name = "RFC822.TEXT", .text = SECTION_TEXT } },
};

static const struct {
    const char *name;
    struct fetch_item item;
} section_items[] = {
    { "BODY", { .kind = FETCH_SECTION, .name = "BODY" } },
    { "BODY.PEEK", { .kind = FETCH_SECTION, .name = "BODY", .peek = true } },
    { "BINARY", { .kind = FETCH_BINARY, .name = "BINARY" } },
    { "BINARY.PEEK", { .kind = FETCH_BINARY, .name = "BINARY", .peek = true } },
    { "BINARY.SIZE", { .kind = FETCH_BINARY_SIZE, .name = "BINARY.SIZE", .peek = true } },
};

static const struct {
    const char *name;
    const char *items[6];
} macros[] = {
    { "ALL", { "FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE" } },
    { "FAST", { "FLAGS", "INTERNALDATE", "RFC822.SIZE" } },
    { "FULL", { "FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY" } },
};

static bool add_item(struct fetch *fetch, const struct fetch_item *item)
{
    if (fetch->item_count == ITEMS_MAX)
        return false;
    fetch->items[fetch->item_count++] = *item;
    const bool text = item->kind == FETCH_SECTION || item->kind == FETCH_BINARY;
    fetch->sets_seen = fetch->sets_seen || (text && !item->peek);
    return true;
}

static bool add_named(struct fetch *fetch, struct span name)
{
    for (size_t i = 0; i < sizeof plain_items / sizeof plain_items[0]; i++)
        if (span_is_nocase(name, plain_items[i].name))
            return add_item(fetch, &plain_items[i].item);
    return false;
}

static bool add_section(struct fetch *fetch, const struct imap_node *node)
{
    for (size_t i = 0; i < sizeof section_items / sizeof section_items[0]; i++)
        if (span_is_nocase(node->text, section_items[i].name)) {
            struct fetch_item item = section_items[i].item;
            return fetch_read_section(node, &item) && add_item(fetch, &item);
        }
    return false;
}

static bool read_item(struct fetch *fetch, const struct imap_node *node)
{
    return node->type == IMAP_SECTION ? add_section(fetch, node)
                                      : node->type == IMAP_WORD && add_named(fetch, node->text);
}

/* "A macro must be used by itself" */
static bool read_items(struct fetch *fetch, const struct imap_node *node)
{
    for (size_t i = 0; i < sizeof macros / sizeof macros[0]; i++)
        if (imap_is(node, macros[i].name)) {
            for (const char *const *name = macros[i].items; *name != NULL; name++)
                add_named(fetch, span_of(*name));
            return true;
        }
    if (!imap_is_list(node))
        return read_item(fetch, node);
    for (const struct imap_node *one = node->child; one != NULL; one = one->next)
        if (!read_item(fetch, one))
            return false;
    return node->count > 0;
}

/* (CHANGEDSINCE n [VANISHED]) */
static bool read_modifiers(struct fetch *fetch, const struct imap_node *list)
{
    if (list == NULL)
        return true;
    if (!imap_is_list(list) || list->next != NULL)
        return false;
    for (const struct imap_node *node = list->child; node != NULL; node = node->next) {
        if (imap_is(node, "VANISHED"))
            fetch->vanished = true;
        else if (imap_is(node, "CHANGEDSINCE") && imap_number(node->next, INT64_MAX, &fetch->since))
            fetch->changed_since = (node = node->next) != NULL;
        else
            return false;
    }
    return !fetch->vanished || (fetch->changed_since && fetch->uid);
}

static bool has_item(const struct fetch *fetch, enum fetch_kind kind)
{
    for (size_t i = 0; i < fetch->item_count; i++)
        if (fetch->items[i].kind == kind)
            return true;
    return false;
}

/* What is answered though it was not asked for. */
static void add_implied(struct imapd *imapd, struct fetch *fetch)
{
    static const struct fetch_item uid = { .kind = FETCH_UID }, modseq = { .kind = FETCH_MODSEQ };
    if (fetch->uid && !has_item(fetch, FETCH_UID)) /* RFC 9051 §6.4.9 */
        add_item(fetch, &uid);
    if (fetch->changed_since && !has_item(fetch, FETCH_MODSEQ)) /* RFC 7162 §3.1.4.1 */
        add_item(fetch, &modseq);
    if (has_item(fetch, FETCH_MODSEQ))
        imapd->enabled |= IMAPD_CONDSTORE;
}

/* ---- writing ---- */

static void write_date(struct imapd *imapd, time_t when)
{
    struct date date;
    date_from_unix(when, 0, &date);
    buf_add_text(&imapd->out, "\"");
    date_write_imap(&date, &imapd->out);
    buf_add_text(&imapd->out, "\"");
}

static bool open_letter(struct imapd *imapd, struct fetch *fetch)
{
    if (fetch->letter_open)
        return true;
    const size_t place = fetch->places.at[fetch->place];
    struct fetch_letter *letter = &fetch->letter;
    const bool whole = fetch->needs == NEEDS_LETTER;
    const enum store_result result = whole ? mailbox_read(imapd->mailbox, place, &letter->letter)
                                           : mailbox_header(imapd->mailbox, place, &letter->text);
    if (result == STORE_OK) {
        if (whole)
            letter->text = (struct span){ letter->letter.text, letter->letter.size };
        fetch->letter_open = true;
    } else if (result == STORE_NOT_FOUND) {
        fetch->gone = true;
    } else {
        fetch->failed = result;
    }
    return fetch->letter_open;
}

static struct span cut_partial(const struct fetch_item *item, struct span bytes)
{
    if (!item->partial)
        return bytes;
    const size_t skip = item->offset < bytes.len ? (size_t)item->offset : bytes.len;
    const size_t rest = bytes.len - skip;
    return (struct span){ bytes.at + skip, item->length < rest ? (size_t)item->length : rest };
}

/* The announcement; the bytes follow from send_literal(). */
static void write_section(struct imapd *imapd, struct fetch *fetch, const struct fetch_item *item)
{
    struct span bytes = { "", 0 };
    buf_clear(&fetch->scratch);
    const enum fetch_found found = fetch_section(&fetch->letter, item, &fetch->scratch, &bytes);
    fetch->unknown_encoding = fetch->unknown_encoding || found == FETCH_UNKNOWN_ENCODING;
    fetch_write_section_name(imapd, item);
    if (item->kind == FETCH_BINARY_SIZE) {
        buf_printf(&imapd->out, " %zu", found == FETCH_FOUND ? bytes.len : 0);
        return;
    }
    if (found != FETCH_FOUND) {
        buf_add_text(&imapd->out, " NIL");
        return;
    }
    fetch->literal = cut_partial(item, bytes);
    const bool nul = item->kind == FETCH_BINARY && fetch->literal.len > 0 &&
                     memchr(fetch->literal.at, '\0', fetch->literal.len) != NULL;
    buf_printf(&imapd->out, " %s{%zu}\r\n", nul ? "~" : "", fetch->literal.len);
}

static void write_item(struct imapd *imapd, struct fetch *fetch, const struct fetch_item *item)
{
    const size_t place = fetch->places.at[fetch->place];
    const struct message *message = mailbox_message(imapd->mailbox, place);
    struct buf *out = &imapd->out;
    buf_add_text(out, fetch->item == 0 ? "" : " ");
    switch (item->kind) {
    case FETCH_FLAGS:
        buf_add_text(out, "FLAGS ");
        imapd_write_flags(imapd, message);
        break;
    case FETCH_UID:
        buf_printf(out, "UID %u", message->uid);
        break;
    case FETCH_INTERNALDATE:
        buf_add_text(out, "INTERNALDATE ");
        write_date(imapd, message->date);
        break;
    case FETCH_SIZE:
        buf_printf(out, "RFC822.SIZE %llu", (unsigned long long)mailbox_size(imapd->mailbox, place));
        break;
    case FETCH_MODSEQ:
        buf_printf(out, "MODSEQ (%llu)", (unsigned long long)message->modseq);
        break;
    case FETCH_ENVELOPE:
        buf_add_text(out, "ENVELOPE ");
        fetch_write_envelope(imapd, (struct span){ fetch->letter.text.at, header_length(fetch->letter.text) });
        break;
    case FETCH_STRUCTURE:
        buf_add_text(out, item->extended ? "BODYSTRUCTURE " : "BODY ");
        fetch_write_structure(imapd, &fetch->letter, item->extended);
        break;
    case FETCH_SECTION:
    case FETCH_BINARY:
    case FETCH_BINARY_SIZE:
        write_section(imapd, fetch, item);
        break;
    }
}

/* ---- walking ---- */

/* What an item is made from. */
static enum needs needs(const struct fetch_item *item)
{
    if (item->kind <= FETCH_ENVELOPE)
        return item->kind == FETCH_ENVELOPE ? NEEDS_FIELDS : NEEDS_NOTHING;
    if (item->kind != FETCH_SECTION || item->text != SECTION_FIELDS || item->part.len > 0)
        return NEEDS_LETTER;
    for (const struct imap_node *field = item->fields; field != NULL; field = field->next)
        if (!mailbox_keeps_field(field->text))
            return NEEDS_LETTER;
    return NEEDS_FIELDS;
}

/* "The \Seen flag is implicitly set; if this causes the flags to change, they SHOULD be included" (§6.4.5). */
static void set_seen(struct imapd *imapd, struct fetch *fetch, size_t place)
{
    const struct message *message = mailbox_message(imapd->mailbox, place);
    if (!fetch->sets_seen || imapd->read_only || message->flags & MAIL_SEEN)
        return;
    if (mailbox_store(imapd->mailbox, place, STORE_ADD, MAIL_SEEN, 0) == STORE_OK && !has_item(fetch, FETCH_FLAGS)) {
        buf_add_text(&imapd->out, "FLAGS ");
        imapd_write_flags(imapd, mailbox_message(imapd->mailbox, place));
        buf_add_text(&imapd->out, " ");
    }
}

/* Opens the answer for the present message; false when there is none for it. */
static bool begin_message(struct imapd *imapd, struct fetch *fetch)
{
    const size_t place = fetch->places.at[fetch->place];
    const struct message *message = mailbox_message(imapd->mailbox, place);
    if (fetch->changed_since && message->modseq <= fetch->since)
        return false;
    if (fetch->needs != NEEDS_NOTHING && !open_letter(imapd, fetch))
        return false;
    buf_printf(&imapd->out, "* %zu FETCH (", place + 1);
    set_seen(imapd, fetch, place);
    fetch->open = true;
    fetch->item = 0;
    return true;
}

static void end_message(struct imapd *imapd, struct fetch *fetch)
{
    if (fetch->open)
        buf_add_text(&imapd->out, ")\r\n");
    fetch->open = false;
    fetch_letter_free(&fetch->letter);
    fetch->letter_open = false;
    if (fetch->scratch.cap > PIECE)
        buf_free(&fetch->scratch);
    fetch->place++;
}

static void send_literal(struct imapd *imapd, struct fetch *fetch)
{
    const size_t size = fetch->literal.len < PIECE ? fetch->literal.len : PIECE;
    buf_add(&imapd->out, fetch->literal.at, size);
    fetch->literal.at += size;
    fetch->literal.len -= size;
}

static enum imapd_result answer(struct imapd *imapd, const struct fetch *fetch)
{
    if (fetch->failed != STORE_OK)
        return imapd_failed(imapd, fetch->failed);
    if (fetch->unknown_encoding)
        return imapd_no(imapd, "[UNKNOWN-CTE] A part has a transfer encoding that nobody knows");
    if (fetch->gone)
        return imapd_no(imapd, "[EXPUNGEISSUED] Some of these messages are gone");
    return imapd_ok(imapd, "That is all");
}

static enum imapd_result step(struct imapd *imapd)
{
    struct fetch *fetch = imapd->work;
    while (fetch->place < fetch->places.count) {
        if (imapd->out.len >= PIECE)
            return IMAPD_MORE;
        if (fetch->literal.len > 0)
            send_literal(imapd, fetch);
        else if (!fetch->open && !begin_message(imapd, fetch))
            end_message(imapd, fetch);
        else if (fetch->item == fetch->item_count)
            end_message(imapd, fetch);
        else {
            write_item(imapd, fetch, &fetch->items[fetch->item]);
            fetch->item++;
        }
    }
    return answer(imapd, fetch);
}

static void tell_vanished(struct imapd *imapd, const struct imap_node *node, uint64_t since)
{
    struct imap_set known = { .count = 0 };
    if (imap_set_parse(node->text, &known) == 0) {
        imap_set_resolve(&known, UINT32_MAX);
        imapd_tell_vanished(imapd, &known, since);
    }
    imap_set_free(&known);
}

IMAPD_COMMAND(fetch)
{
    struct fetch *fetch = mem_alloc(sizeof *fetch);
    imapd->work = fetch;
    imapd->work_free = fetch_free;
    buf_init(&fetch->scratch, DECODED_MAX);
    fetch->uid = command->uid;
    const struct imap_node *items = command->arguments == NULL ? NULL : command->arguments->next;
    if (items == NULL || !read_items(fetch, items) || !read_modifiers(fetch, items->next))
        return imapd_arguments(imapd, "FETCH set (items) [(CHANGEDSINCE n)]");
    if (fetch->vanished && !(imapd->enabled & IMAPD_QRESYNC))
        return imapd_bad(imapd, "ENABLE QRESYNC must come before"); /* RFC 7162 §3.2.6 */
    const enum imapd_result result = imapd_read_places(imapd, command->arguments, command->uid, &fetch->places);
    if (result != IMAPD_OK)
        return result;
    add_implied(imapd, fetch);
    for (size_t i = 0; i < fetch->item_count; i++)
        if (needs(&fetch->items[i]) > fetch->needs)
            fetch->needs = needs(&fetch->items[i]);
    if (fetch->vanished)
        tell_vanished(imapd, command->arguments, fetch->since);
    imapd->step = step;
    return IMAPD_MORE;
}
