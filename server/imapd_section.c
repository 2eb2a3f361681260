/*
 * Sections of a letter: BODY[1.2.HEADER.FIELDS (DATE)]<0.100> and BINARY[1]
 * (RFC 9051 §6.4.5.1). Most are pieces of the text as it stands and cost
 * nothing; chosen header fields and decoded parts are made in a buffer.
 */
#include <string.h>

#include "core/header.h"
#include "server/imapd_fetch.h"

static const struct {
    const char *name;
    enum section_text text;
} texts[] = {
    { "HEADER", SECTION_HEADER }, { "HEADER.FIELDS", SECTION_FIELDS }, { "HEADER.FIELDS.NOT", SECTION_FIELDS_NOT },
    { "TEXT", SECTION_TEXT },     { "MIME", SECTION_MIME },
};

/* ---- reading ---- */

/* "1.2" of "1.2.HEADER", and what follows the dot behind it. False: a zero, or dots in the wrong place. */
static bool cut_part(struct span *rest, struct span *part)
{
    size_t at = 0;
    part->at = rest->at;
    while (at < rest->len && rest->at[at] >= '1' && rest->at[at] <= '9') {
        while (at < rest->len && rest->at[at] >= '0' && rest->at[at] <= '9')
            at++;
        part->len = at;
        if (at == rest->len)
            break;
        if (rest->at[at++] != '.' || at == rest->len)
            return false;
    }
    rest->at += at;
    rest->len -= at;
    return true;
}

static bool read_text(struct span name, const struct imap_node *after, struct fetch_item *item)
{
    size_t row = 0;
    while (row < sizeof texts / sizeof texts[0] && !span_is_nocase(name, texts[row].name))
        row++;
    if (row == sizeof texts / sizeof texts[0])
        return false;
    item->text = texts[row].text;
    const bool fields = item->text == SECTION_FIELDS || item->text == SECTION_FIELDS_NOT;
    if (!fields)
        return after == NULL && (item->text != SECTION_MIME || item->part.len > 0);
    if (!imap_is_list(after) || after->count == 0 || after->next != NULL)
        return false;
    item->fields = after->child;
    for (const struct imap_node *field = after->child; field != NULL; field = field->next)
        if (!imap_is_astring(field))
            return false;
    return true;
}

/* <0.100> */
static bool read_partial(struct span text, struct fetch_item *item)
{
    const char *dot = text.len == 0 ? NULL : memchr(text.at, '.', text.len);
    item->partial = true;
    if (dot == NULL)
        return false;
    const size_t before = (size_t)(dot - text.at);
    return imap_span_number((struct span){ text.at, before }, INT64_MAX, &item->offset) &&
           imap_span_number((struct span){ dot + 1, text.len - before - 1 }, INT64_MAX, &item->length) &&
           item->length > 0;
}

bool fetch_read_section(const struct imap_node *section, struct fetch_item *item)
{
    const struct imap_node *inside[3] = { NULL, NULL, NULL }; /* name, fields */
    size_t count = 0;
    item->brackets = true;
    for (const struct imap_node *node = section->child; node != NULL; node = node->next) {
        if (node->type == IMAP_PARTIAL) {
            if (!read_partial(node->text, item))
                return false;
        } else if (count < 2) {
            inside[count++] = node;
        } else {
            return false;
        }
    }
    if (inside[0] == NULL)
        return true;
    struct span rest = inside[0]->text;
    if (inside[0]->type != IMAP_WORD || !cut_part(&rest, &item->part))
        return false;
    if (rest.len > 0)
        return item->kind == FETCH_SECTION && read_text(rest, inside[1], item);
    return inside[1] == NULL;
}

void fetch_write_section_name(struct imapd *imapd, const struct fetch_item *item)
{
    struct buf *out = &imapd->out;
    buf_add_text(out, item->name);
    if (!item->brackets)
        return;
    buf_add_text(out, "[");
    buf_add_span(out, item->part);
    for (size_t row = 0; row < sizeof texts / sizeof texts[0]; row++)
        if (texts[row].text == item->text)
            buf_printf(out, "%s%s", item->part.len > 0 ? "." : "", texts[row].name);
    for (const struct imap_node *field = item->fields; field != NULL; field = field->next) {
        buf_add_text(out, field == item->fields ? " (" : " ");
        if (imap_is_atom(field))
            buf_add_span(out, field->text);
        else
            imapd_write_string(imapd, field->text);
    }
    buf_add_text(out, item->fields != NULL ? ")]" : "]");
    if (item->partial && item->kind != FETCH_BINARY_SIZE)
        buf_printf(out, "<%llu>", (unsigned long long)item->offset);
}

/* ---- cutting ---- */

const struct mime_tree *fetch_mime(struct fetch_letter *letter)
{
    if (letter->mime.count == 0)
        mime_parse(letter->text, &letter->mime);
    return &letter->mime;
}

void fetch_letter_free(struct fetch_letter *letter)
{
    if (letter->mime.count > 0)
        mime_free(&letter->mime);
    if (letter->letter.owner != NULL || letter->letter.text != NULL)
        letter_release(&letter->letter);
    *letter = (struct fetch_letter){ .text = { NULL, 0 } };
}

static bool is_named(const struct imap_node *fields, struct span name)
{
    for (; fields != NULL; fields = fields->next)
        if (fields->text.len == name.len && strncasecmp(fields->text.at, name.at, name.len) == 0)
            return true;
    return false;
}

/*
 * "Subsetting does not exclude the delimiting blank line": it ends the answer
 * unless the letter has none.
 */
static void add_fields(struct span header, const struct fetch_item *item, struct buf *out)
{
    struct header_walk walk;
    struct header_field field;
    header_start(&walk, header);
    while (header_next(&walk, &field))
        if (is_named(item->fields, field.name) == (item->text == SECTION_FIELDS))
            buf_add(out, header.at + field.offset, (size_t)field.length);
    if (walk.ended)
        buf_add_text(out, "\r\n");
}

/* Header and body that HEADER, TEXT and FIELDS speak of: the letter's, or those of a message inside it. */
static bool find_message(struct fetch_letter *letter, struct span part, struct span *header, struct span *body)
{
    if (part.len == 0) {
        const size_t len = header_length(letter->text);
        *header = (struct span){ letter->text.at, len };
        *body = (struct span){ letter->text.at + len, letter->text.len - len };
        return true;
    }
    const struct mime_tree *mime = fetch_mime(letter);
    const long found = mime_find(mime, part);
    if (found < 0 || !mime->parts[found].is_message || (size_t)found + 1 >= mime->count)
        return false;
    *header = mime_header(mime, (size_t)found + 1, letter->text);
    *body = mime_body(mime, (size_t)found + 1, letter->text);
    return true;
}

/* The part itself, or its MIME header. */
static bool find_part(struct fetch_letter *letter, const struct fetch_item *item, struct span *bytes)
{
    const struct mime_tree *mime = fetch_mime(letter);
    const long found = mime_find(mime, item->part);
    if (found < 0)
        return false;
    *bytes = item->text == SECTION_MIME ? mime_header(mime, (size_t)found, letter->text)
                                        : mime_body(mime, (size_t)found, letter->text);
    return true;
}

/* BINARY: "can only be requested for leaf body parts" (§6.4.5); BINARY[] is the letter as it is (RFC 3516 §4.2). */
static enum fetch_found decode(struct fetch_letter *letter, const struct fetch_item *item, struct buf *scratch,
                               struct span *bytes)
{
    const struct mime_tree *mime = fetch_mime(letter);
    const long found = mime_find(mime, item->part);
    if (found < 0 || mime->parts[found].is_multipart || mime->parts[found].is_message)
        return FETCH_NIL;
    const struct span body = mime_body(mime, (size_t)found, letter->text);
    if (mime->parts[found].encoding == CONTENT_UNKNOWN)
        return FETCH_UNKNOWN_ENCODING;
    if (mime->parts[found].encoding != CONTENT_BASE64 && mime->parts[found].encoding != CONTENT_QP) {
        *bytes = body;
        return FETCH_FOUND;
    }
    content_decode(mime->parts[found].encoding, body, scratch);
    *bytes = buf_span(scratch);
    return FETCH_FOUND;
}

enum fetch_found fetch_section(struct fetch_letter *letter, const struct fetch_item *item, struct buf *scratch,
                               struct span *bytes)
{
    struct span header, body;
    if (item->part.len == 0 && item->text == SECTION_ALL) {
        *bytes = letter->text;
        return FETCH_FOUND;
    }
    if (item->kind != FETCH_SECTION)
        return decode(letter, item, scratch, bytes);
    if (item->text == SECTION_ALL || item->text == SECTION_MIME)
        return find_part(letter, item, bytes) ? FETCH_FOUND : FETCH_NIL;
    if (!find_message(letter, item->part, &header, &body))
        return FETCH_NIL;
    *bytes = item->text == SECTION_TEXT ? body : header;
    if (item->text == SECTION_FIELDS || item->text == SECTION_FIELDS_NOT) {
        add_fields(header, item, scratch);
        *bytes = buf_span(scratch);
    }
    return FETCH_FOUND;
}
