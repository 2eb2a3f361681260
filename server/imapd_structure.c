/*
 * ENVELOPE and BODYSTRUCTURE: a letter's header and its tree of parts in
 * IMAP's parentheses (RFC 9051 §7.5.2). core/header, core/address and
 * core/mime do the reading; here is only the writing.
 */
#include <string.h>

#include "core/address.h"
#include "core/header.h"
#include "server/imapd_fetch.h"

enum { FIELD_MAX = 64 << 20 };

static void space(struct imapd *imapd)
{
    buf_add_text(&imapd->out, " ");
}

/* ---- ENVELOPE ---- */

/* A field's value, unfolded, or NIL. */
static void write_field(struct imapd *imapd, struct span header, const char *name)
{
    struct header_field field;
    struct buf value;
    if (!header_find(header, name, &field)) {
        buf_add_text(&imapd->out, "NIL");
        return;
    }
    buf_init(&value, FIELD_MAX);
    header_unfold(field.value, &value);
    imapd_write_string(imapd, (struct span){ buf_text(&value), value.len });
    buf_free(&value);
}

static struct span present(struct span text)
{
    return text.len > 0 ? text : (struct span){ NULL, 0 };
}

/* (name route mailbox host); groups are addresses without a host. */
static void write_address(struct imapd *imapd, const struct address *address)
{
    const bool mailbox = address->kind == ADDRESS_MAILBOX;
    const bool end = address->kind == ADDRESS_GROUP_END;
    const struct span nil = { NULL, 0 };
    buf_add_text(&imapd->out, "(");
    imapd_write_nstring(imapd, mailbox ? present(address->name) : nil);
    space(imapd);
    imapd_write_nstring(imapd, mailbox ? present(address->route) : nil);
    space(imapd);
    imapd_write_nstring(imapd,
                        mailbox ? (struct span){ address->local.len > 0 ? address->local.at : "", address->local.len }
                        : end   ? nil
                                : (struct span){ address->name.len > 0 ? address->name.at : "", address->name.len });
    space(imapd);
    imapd_write_nstring(
        imapd, mailbox ? (struct span){ address->domain.len > 0 ? address->domain.at : "", address->domain.len } : nil);
    buf_add_text(&imapd->out, ")");
}

static size_t write_one_list(struct imapd *imapd, struct span value, size_t count)
{
    struct buf text;
    struct address_walk walk;
    struct address address;
    buf_init(&text, FIELD_MAX);
    header_unfold(value, &text);
    address_start(&walk, buf_span(&text));
    while (address_next(&walk, &address)) {
        if (address.kind == ADDRESS_BAD)
            continue;
        if (count++ == 0)
            buf_add_text(&imapd->out, "(");
        write_address(imapd, &address);
    }
    address_finish(&walk);
    buf_free(&text);
    return count;
}

/* All fields of the name together, as some programs write more than one To. Answers how many addresses. */
static size_t write_addresses(struct imapd *imapd, struct span header, const char *name)
{
    struct header_walk walk;
    struct header_field field;
    size_t count = 0;
    header_start(&walk, header);
    while (header_next(&walk, &field))
        if (span_is_nocase(field.name, name))
            count = write_one_list(imapd, field.value, count);
    if (count > 0)
        buf_add_text(&imapd->out, ")");
    return count;
}

/* "If the Sender or Reply-To header fields are absent ... the same value as the from member" */
static void write_list(struct imapd *imapd, struct span header, const char *name, const char *otherwise)
{
    if (write_addresses(imapd, header, name) > 0)
        return;
    if (otherwise == NULL || write_addresses(imapd, header, otherwise) == 0)
        buf_add_text(&imapd->out, "NIL");
}

void fetch_write_envelope(struct imapd *imapd, struct span header)
{
    static const struct {
        const char *name, *otherwise;
        bool addresses;
    } fields[] = {
        { "Date", NULL, false },       { "Subject", NULL, false }, { "From", NULL, true }, { "Sender", "From", true },
        { "Reply-To", "From", true },  { "To", NULL, true },       { "Cc", NULL, true },   { "Bcc", NULL, true },
        { "In-Reply-To", NULL, false }, { "Message-ID", NULL, false },
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        buf_add_text(&imapd->out, i == 0 ? "(" : " ");
        if (fields[i].addresses)
            write_list(imapd, header, fields[i].name, fields[i].otherwise);
        else
            write_field(imapd, header, fields[i].name);
    }
    buf_add_text(&imapd->out, ")");
}

/* ---- BODYSTRUCTURE ---- */

static void write_text(struct imapd *imapd, const char *text)
{
    imapd_write_string(imapd, span_of(text));
}

/* ("name" "value" ...) or NIL */
static void write_parameters(struct imapd *imapd, const struct content_field *field)
{
    for (size_t i = 0; i < field->count; i++) {
        buf_add_text(&imapd->out, i == 0 ? "(" : " ");
        write_text(imapd, field->parameters[i].name);
        space(imapd);
        imapd_write_string(imapd, (struct span){ field->parameters[i].value, field->parameters[i].length });
    }
    buf_add_text(&imapd->out, field->count > 0 ? ")" : "NIL");
}

static void write_disposition(struct imapd *imapd, const struct content_field *field)
{
    if (field->flags & CONTENT_MISSING || field->type == NULL) {
        buf_add_text(&imapd->out, "NIL");
        return;
    }
    buf_add_text(&imapd->out, "(");
    write_text(imapd, field->type);
    space(imapd);
    write_parameters(imapd, field);
    buf_add_text(&imapd->out, ")");
}

/* Disposition, language and location, which end both kinds of structure. */
static void write_extension(struct imapd *imapd, const struct mime_part *part, struct span header)
{
    space(imapd);
    write_disposition(imapd, &part->disposition);
    space(imapd);
    write_field(imapd, header, "Content-Language");
    space(imapd);
    write_field(imapd, header, "Content-Location");
}

/* Where the writing stands: no recursion, as deep as letters may be nested. */
struct walk {
    struct imapd *imapd;
    const struct mime_tree *mime;
    struct span text;
    bool extended;
};

static void write_upper(struct imapd *imapd, const char *text)
{
    buf_add_text(&imapd->out, "\"");
    for (; *text != '\0'; text++) {
        const char c = *text >= 'a' && *text <= 'z' ? (char)(*text - 'a' + 'A') : *text;
        if (c != '"' && c != '\\' && c >= ' ' && c <= '~')
            buf_add(&imapd->out, &c, 1);
    }
    buf_add_text(&imapd->out, "\"");
}

static void write_basic(const struct walk *walk, const struct mime_part *part, struct span header)
{
    struct imapd *imapd = walk->imapd;
    /* The grammar wants parts in a multipart and a letter in a message (§9 body): what has none is told as bytes. */
    const bool bare = part->is_multipart || content_is(&part->type, "message", "rfc822") ||
                      content_is(&part->type, "message", "global");
    const bool hollow = bare && part->children == 0;
    write_upper(imapd, hollow ? "application" : part->type.type);
    space(imapd);
    write_upper(imapd, hollow ? "octet-stream" : part->type.subtype);
    space(imapd);
    write_parameters(imapd, &part->type);
    space(imapd);
    write_field(imapd, header, "Content-ID");
    space(imapd);
    write_field(imapd, header, "Content-Description");
    space(imapd);
    if (part->encoding == CONTENT_UNKNOWN)
        write_field(imapd, header, "Content-Transfer-Encoding");
    else
        write_upper(imapd, content_encoding_name(part->encoding));
    buf_printf(&imapd->out, " %zu", part->body_length);
}

/* What opens a part, up to its children. */
static void open_part(const struct walk *walk, size_t index)
{
    const struct mime_part *part = &walk->mime->parts[index];
    const struct span header = mime_header(walk->mime, index, walk->text);
    buf_add_text(&walk->imapd->out, "(");
    if (part->is_multipart && part->children > 0)
        return;
    write_basic(walk, part, header);
    if (part->is_message && part->children > 0) {
        space(walk->imapd);
        fetch_write_envelope(walk->imapd, mime_header(walk->mime, index + 1, walk->text));
        space(walk->imapd);
    }
}

/* What closes it, behind its children. */
static void close_part(const struct walk *walk, size_t index)
{
    struct imapd *imapd = walk->imapd;
    const struct mime_part *part = &walk->mime->parts[index];
    const struct span header = mime_header(walk->mime, index, walk->text);
    const bool multipart = part->is_multipart && part->children > 0;
    if (multipart) {
        space(imapd);
        write_upper(imapd, part->type.subtype);
    } else if ((part->is_message && part->children > 0) || content_is(&part->type, "text", NULL)) {
        buf_printf(&imapd->out, " %zu", part->body_lines);
    }
    if (walk->extended) {
        space(imapd);
        if (multipart)
            write_parameters(imapd, &part->type);
        else
            write_field(imapd, header, "Content-MD5");
        write_extension(imapd, part, header);
    }
    buf_add_text(&imapd->out, ")");
}

void fetch_write_structure(struct imapd *imapd, struct fetch_letter *letter, bool extended)
{
    const struct walk walk = { imapd, fetch_mime(letter), letter->text, extended };
    size_t open[MIME_MAX_DEPTH + 2];
    size_t depth = 0;
    for (size_t i = 0; i < walk.mime->count; i++) {
        while (depth > 0 && i > 0 && open[depth - 1] != walk.mime->parts[i].parent)
            close_part(&walk, open[--depth]);
        open_part(&walk, i);
        open[depth++] = i;
    }
    while (depth > 0)
        close_part(&walk, open[--depth]);
}
