#include "content.h"

#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "mem.h"
#include "qp.h"

/* A parameter as it stands: "filename*1*" is base "filename", section 1, extended (RFC 2231 §3, §4). */
struct raw {
    char *base;
    int section;        /* -1: none */
    bool extended;
    char *value;
    size_t length;
};

struct raw_list {
    struct raw rows[CONTENT_MAX_PARAMETERS];
    size_t count;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0';
}

/* RFC 2045 §5.1: any character but space, controls and tspecials; bytes over 127 are let pass. */
static bool is_token(char c)
{
    return (unsigned char)c > ' ' && c != 127 && strchr("()<>@,;:\\\"/[]?=", c) == NULL;
}

/* White space and comments. */
static void skip(struct span text, size_t *at)
{
    size_t depth = 0;
    for (; *at < text.len; ++*at) {
        char c = text.at[*at];
        if (c == '(')
            depth++;
        else if (c == ')' && depth > 0)
            depth--;
        else if (c == '\\' && depth > 0 && *at + 1 < text.len)
            ++*at;
        else if (depth == 0 && !is_blank(c))
            return;
    }
}

static struct span take_token(struct span text, size_t *at)
{
    size_t begin = *at;
    while (*at < text.len && is_token(text.at[*at]))
        ++*at;
    return (struct span){ text.at + begin, *at - begin };
}

static char *lower_copy(struct span text)
{
    char *copy = span_copy(text);
    for (size_t i = 0; i < text.len; i++)
        if (copy[i] >= 'A' && copy[i] <= 'Z')
            copy[i] = (char)(copy[i] + 32);
    return copy;
}

/* Adds what is no line break and no NUL. */
static void add_clean(struct buf *out, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != '\r' && bytes[i] != '\n' && bytes[i] != '\0')
            buf_add(out, bytes + i, 1);
}

static void take_quoted(struct span text, size_t *at, struct buf *out, unsigned *flags)
{
    for (++*at; *at < text.len; ++*at) {
        char c = text.at[*at];
        if (c == '"') {
            ++*at;
            return;
        }
        if (c == '\\' && *at + 1 < text.len)
            ++*at;
        add_clean(out, text.at + *at, 1);
    }
    *flags |= CONTENT_BAD; /* it never ends */
}

/* A value without quotes. What ought to have been quoted is taken up to the next semicolon. */
static void take_bare(struct span text, size_t *at, struct buf *out, unsigned *flags)
{
    struct span token = take_token(text, at);
    size_t next = *at;
    skip(text, &next);
    if (next < text.len && text.at[next] != ';') {
        size_t begin = (size_t)(token.at - text.at);
        const char *end = memchr(text.at + next, ';', text.len - next);
        next = end != NULL ? (size_t)(end - text.at) : text.len;
        token.len = next - begin;
        while (token.len > 0 && is_blank(token.at[token.len - 1]))
            token.len--;
        *flags |= CONTENT_BAD;
    }
    if (token.len == 0)
        *flags |= CONTENT_BAD;
    *at = next;
    add_clean(out, token.at, token.len);
}

/* "filename*12*" into its three parts. */
static void split_name(struct span name, struct raw *raw)
{
    raw->section = -1;
    if (name.len > 1 && name.at[name.len - 1] == '*') {
        raw->extended = true;
        name.len--;
    }
    size_t digits = name.len;
    while (digits > 0 && name.at[digits - 1] >= '0' && name.at[digits - 1] <= '9')
        digits--;
    size_t count = name.len - digits;
    if (count > 0 && count <= 4 && digits > 1 && name.at[digits - 1] == '*') {
        raw->section = atoi(name.at + digits);
        name.len = digits - 1;
    }
    raw->base = lower_copy(name);
}

static void take_parameter(struct span text, size_t *at, struct raw_list *list, unsigned *flags)
{
    struct span name = take_token(text, at);
    skip(text, at);
    if (name.len == 0 || *at == text.len || text.at[*at] != '=') {
        const char *end = *at < text.len ? memchr(text.at + *at, ';', text.len - *at) : NULL;
        *at = end != NULL ? (size_t)(end - text.at) : text.len;
        *flags |= CONTENT_BAD;
        return;
    }
    ++*at;
    skip(text, at);
    struct buf value;
    buf_init(&value, CONTENT_MAX_VALUE);
    if (*at < text.len && text.at[*at] == '"')
        take_quoted(text, at, &value, flags);
    else
        take_bare(text, at, &value, flags);
    if (list->count == CONTENT_MAX_PARAMETERS) {
        *flags |= CONTENT_TOO_MANY;
        buf_free(&value);
        return;
    }
    struct raw *raw = &list->rows[list->count++];
    *raw = (struct raw){ .section = -1 };
    split_name(name, raw);
    raw->length = value.len;
    raw->value = mem_copy(value.data, value.len);
    buf_free(&value);
}

static void take_parameters(struct span text, size_t at, struct raw_list *list, unsigned *flags)
{
    skip(text, &at);
    while (at < text.len) {
        if (text.at[at] != ';') { /* something stands where only a semicolon may */
            const char *end = memchr(text.at + at, ';', text.len - at);
            *flags |= CONTENT_BAD;
            if (end == NULL)
                return;
            at = (size_t)(end - text.at);
        }
        at++;
        skip(text, &at);
        if (at < text.len && text.at[at] != ';') /* a semicolon at the end is common */
            take_parameter(text, &at, list, flags);
        skip(text, &at);
    }
}

static int hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "%C3%A9" (RFC 2231 §4); what is no code stays as it is. */
static void add_percent(struct buf *out, struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        char byte = text.at[i];
        if (byte == '%' && i + 2 < text.len && hex_of(text.at[i + 1]) >= 0 && hex_of(text.at[i + 2]) >= 0) {
            byte = (char)(hex_of(text.at[i + 1]) << 4 | hex_of(text.at[i + 2]));
            i += 2;
        }
        if (byte != '\0')
            buf_add(out, &byte, 1);
    }
}

/* Takes charset'language' off the front of an extended value. */
static void take_charset(struct span *value, struct content_parameter *parameter)
{
    const char *first = value->len > 0 ? memchr(value->at, '\'', value->len) : NULL;
    const char *end = value->at + value->len;
    const char *second = first != NULL ? memchr(first + 1, '\'', (size_t)(end - first - 1)) : NULL;
    if (second == NULL)
        return;
    parameter->charset = span_copy((struct span){ value->at, (size_t)(first - value->at) });
    parameter->language = span_copy((struct span){ first + 1, (size_t)(second - first - 1) });
    *value = (struct span){ second + 1, (size_t)(end - second - 1) };
}

static void add_section(const struct raw *raw, bool first, struct content_parameter *parameter, struct buf *out)
{
    struct span value = { raw->value, raw->length };
    if (!raw->extended) {
        buf_add_span(out, value);
        return;
    }
    if (first)
        take_charset(&value, parameter);
    add_percent(out, value);
}

/* The row of that base name with that section; extended decides between two without a section. NULL: none. */
static const struct raw *find_raw(const struct raw_list *list, const char *base, int section, bool extended)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct raw *raw = &list->rows[i];
        if (raw->section == section && (section >= 0 || raw->extended == extended) && strcmp(raw->base, base) == 0)
            return raw;
    }
    return NULL;
}

/* One parameter out of its rows: "name*" counts more than "name*0, name*1 ...", and these more than "name". */
static void assemble(const struct raw_list *list, const char *base, struct content_parameter *parameter)
{
    struct buf value;
    buf_init(&value, CONTENT_MAX_VALUE);
    parameter->name = mem_text(base);
    const struct raw *raw = find_raw(list, base, -1, true);
    if (raw == NULL && find_raw(list, base, 0, false) == NULL)
        raw = find_raw(list, base, -1, false);
    if (raw != NULL)
        add_section(raw, true, parameter, &value);
    for (int section = 0; raw == NULL; section++) {
        const struct raw *next = find_raw(list, base, section, false);
        if (next == NULL)
            break;
        add_section(next, section == 0, parameter, &value);
    }
    parameter->length = value.len;
    parameter->value = mem_copy(value.data, value.len);
    buf_free(&value);
}

static bool seen_before(const struct raw_list *list, size_t row)
{
    for (size_t i = 0; i < row; i++)
        if (strcmp(list->rows[i].base, list->rows[row].base) == 0)
            return true;
    return false;
}

static bool is_twice(const struct raw_list *list, size_t row)
{
    const struct raw *raw = &list->rows[row];
    return find_raw(list, raw->base, raw->section, raw->extended) != raw;
}

static void finish(struct raw_list *list, struct content_field *field)
{
    field->parameters = mem_alloc((list->count + 1) * sizeof *field->parameters);
    for (size_t i = 0; i < list->count; i++) {
        if (is_twice(list, i))
            field->flags |= CONTENT_DUPLICATE;
        if (!seen_before(list, i))
            assemble(list, list->rows[i].base, &field->parameters[field->count++]);
    }
    for (size_t i = 0; i < list->count; i++) {
        free(list->rows[i].base);
        free(list->rows[i].value);
    }
}

void content_type_parse(struct span value, struct content_field *field)
{
    struct raw_list list = { .count = 0 };
    size_t at = 0;
    *field = (struct content_field){ .flags = 0 };
    skip(value, &at);
    struct span type = take_token(value, &at);
    skip(value, &at);
    bool slash = at < value.len && value.at[at] == '/';
    at += slash;
    skip(value, &at);
    struct span subtype = slash ? take_token(value, &at) : (struct span){ "", 0 };
    if (type.len > 0 && subtype.len > 0) {
        field->type = lower_copy(type);
        field->subtype = lower_copy(subtype);
    } else {
        field->flags |= CONTENT_BAD; /* RFC 2045 §5.2: then it is text/plain */
        field->type = mem_text("text");
        field->subtype = mem_text("plain");
    }
    take_parameters(value, at, &list, &field->flags);
    finish(&list, field);
}

void content_disposition_parse(struct span value, struct content_field *field)
{
    struct raw_list list = { .count = 0 };
    size_t at = 0;
    *field = (struct content_field){ .flags = 0 };
    skip(value, &at);
    struct span type = take_token(value, &at);
    if (type.len == 0)
        field->flags |= CONTENT_BAD;
    /* RFC 2183 §2.8: an unknown disposition is treated as an attachment. */
    field->type = type.len > 0 ? lower_copy(type) : mem_text("attachment");
    take_parameters(value, at, &list, &field->flags);
    finish(&list, field);
}

void content_free(struct content_field *field)
{
    for (size_t i = 0; i < field->count; i++) {
        free(field->parameters[i].name);
        free(field->parameters[i].value);
        free(field->parameters[i].charset);
        free(field->parameters[i].language);
    }
    free(field->parameters);
    free(field->type);
    free(field->subtype);
    *field = (struct content_field){ .flags = 0 };
}

const struct content_parameter *content_parameter(const struct content_field *field, const char *name)
{
    for (size_t i = 0; i < field->count; i++)
        if (strcmp(field->parameters[i].name, name) == 0)
            return &field->parameters[i];
    return NULL;
}

bool content_is(const struct content_field *field, const char *type, const char *subtype)
{
    return field->type != NULL && strcmp(field->type, type) == 0 &&
           (subtype == NULL || (field->subtype != NULL && strcmp(field->subtype, subtype) == 0));
}

static const char *const encoding_names[] = { "7bit", "8bit", "binary", "quoted-printable", "base64", "unknown" };

enum content_encoding content_encoding_parse(struct span value)
{
    size_t at = 0;
    skip(value, &at);
    struct span name = take_token(value, &at);
    for (int i = CONTENT_7BIT; i < CONTENT_UNKNOWN; i++)
        if (span_is_nocase(name, encoding_names[i]))
            return (enum content_encoding)i;
    return CONTENT_UNKNOWN;
}

const char *content_encoding_name(enum content_encoding encoding)
{
    return encoding_names[encoding];
}

int content_decode(enum content_encoding encoding, struct span body, struct buf *out)
{
    if (encoding == CONTENT_BASE64) {
        struct base64_decoder decoder;
        base64_decoder_start(&decoder);
        return base64_decoder_feed(&decoder, body, out) | base64_decoder_finish(&decoder, out);
    }
    if (encoding == CONTENT_QP) {
        struct qp_decoder decoder;
        qp_decoder_start(&decoder);
        return qp_decoder_feed(&decoder, body, out) | qp_decoder_finish(&decoder, out);
    }
    return buf_add_span(out, body);
}

enum { PIECE_MAX = 56 }; /* of a value, so that a line stays under 78 */

/* In pieces of RFC 2231: name*0*=UTF-8''...; name*1*=... */
static int write_extended(const char *name, struct span value, struct buf *out)
{
    size_t at = 0;
    int status = 0;
    for (int section = 0; section == 0 || at < value.len; section++) {
        status |= buf_printf(out, ";\r\n %s*%d*=%s", name, section, section == 0 ? "UTF-8''" : "");
        for (size_t used = 0; at < value.len && used < PIECE_MAX; at++) {
            unsigned char c = (unsigned char)value.at[at];
            bool plain = c > ' ' && c < 127 && strchr("()<>@,;:\\\"/[]?=*'%", c) == NULL;
            status |= plain ? buf_add(out, &c, 1) : buf_printf(out, "%%%02X", c);
            used += plain ? 1 : 3;
        }
    }
    return status;
}

int content_write_parameter(const char *name, struct span value, struct buf *out)
{
    bool token = value.len > 0, printable = true;
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.at[i];
        token = token && is_token((char)c) && c < 127;
        printable = printable && c >= ' ' && c < 127;
    }
    if (!printable || value.len > PIECE_MAX)
        return write_extended(name, value, out);
    int status = buf_printf(out, ";\r\n %s=", name);
    if (token)
        return status | buf_add_span(out, value);
    status |= buf_add_text(out, "\"");
    for (size_t i = 0; i < value.len; i++) {
        if (value.at[i] == '"' || value.at[i] == '\\')
            status |= buf_add_text(out, "\\");
        status |= buf_add(out, value.at + i, 1);
    }
    return status | buf_add_text(out, "\"");
}
