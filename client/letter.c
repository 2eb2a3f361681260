#include "client/letter.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/header.h"
#include "core/mem.h"
#include "core/mime.h"
#include "core/utf8.h"
#include "io/charset.h"

bool letter_field(struct span raw, const char *name, struct buf *out)
{
    struct header_field field;
    return header_find(raw, name, &field) && charset_header(field.value, out) == 0;
}

/* --- HTML ------------------------------------------------------------------------------ */

static const struct { const char *name; const char *text; } entities[] = {
    { "amp;", "&" }, { "lt;", "<" }, { "gt;", ">" }, { "quot;", "\"" }, { "apos;", "'" }, { "nbsp;", " " },
    { "eacute;", "\u00e9" }, { "egrave;", "\u00e8" }, { "agrave;", "\u00e0" }, { "ccedil;", "\u00e7" },
    { "rsquo;", "\u2019" }, { "hellip;", "\u2026" }, { "euro;", "\u20ac" }, { "ndash;", "\u2013" },
};

static bool begins(struct span text, const char *word)
{
    size_t length = strlen(word);
    return text.len >= length && strncasecmp(text.at, word, length) == 0;
}

static struct span after(struct span text, size_t bytes)
{
    bytes = bytes < text.len ? bytes : text.len;
    return (struct span){ text.at + bytes, text.len - bytes };
}

/* "&amp;", "&#233;", "&#xE9;": answers the bytes taken; 0 when it is none. */
static size_t entity(struct span at, struct buf *out)
{
    char number[12] = "", bytes[4];
    for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++)
        if (begins(after(at, 1), entities[i].name)) {
            buf_add_text(out, entities[i].text);
            return 1 + strlen(entities[i].name);
        }
    if (at.len < 4 || at.at[1] != '#')
        return 0;
    memcpy(number, at.at + 2, at.len - 2 < sizeof number - 1 ? at.len - 2 : sizeof number - 1);
    bool hex = number[0] == 'x' || number[0] == 'X';
    char *end;
    unsigned long code = strtoul(number + hex, &end, hex ? 16 : 10);
    if (*end != ';' || code > 0x10ffff)
        return 0;
    buf_add(out, bytes, utf8_write((uint32_t)code, bytes));
    return (size_t)(end - number) + 3;
}

/* A tag: what it does to the text, and how many bytes it takes. */
static size_t tag(struct span at, struct buf *out)
{
    static const char *const breaks[] = { "<br", "<p", "</p", "<div", "<tr", "<li", "<h1", "<h2", "<h3", "<table" };
    static const char *const silent[] = { "<style", "<script", "<head", "<title" };
    for (size_t i = 0; i < sizeof silent / sizeof silent[0]; i++)
        if (begins(at, silent[i])) {
            char *close = mem_printf("</%s", silent[i] + 1);
            size_t skip = 1;
            while (skip < at.len && !begins(after(at, skip), close))
                skip++;
            free(close);
            return skip < at.len ? skip : at.len;
        }
    for (size_t i = 0; i < sizeof breaks / sizeof breaks[0]; i++)
        if (begins(at, breaks[i]) && out->len > 0 && out->data[out->len - 1] != '\n') {
            buf_add_text(out, "\n");
            break;
        }
    const char *end = memchr(at.at, '>', at.len);
    return end != NULL ? (size_t)(end - at.at) + 1 : at.len;
}

void letter_html_words(struct span html, struct buf *out)
{
    while (html.len > 0) {
        size_t taken = 0;
        char c = *html.at;
        if (c == '<')
            taken = tag(html, out);
        else if (c == '&')
            taken = entity(html, out);
        if (taken == 0) {
            bool blank = c == ' ' || c == '\n' || c == '\r' || c == '\t';
            bool after_blank = out->len == 0 || strchr(" \n", out->data[out->len - 1]) != NULL;
            if (!blank)
                buf_add(out, &c, 1);
            else if (!after_blank)
                buf_add(out, " ", 1);
            taken = 1;
        }
        html = after(html, taken);
    }
}

/* --- parts ------------------------------------------------------------------------------- */

static void part_text(const struct mime_part *part, struct span body, struct buf *out)
{
    struct buf decoded, text;
    const struct content_parameter *charset = content_parameter(&part->type, "charset");
    buf_init(&decoded, out->max);
    buf_init(&text, out->max);
    content_decode(part->encoding, body, &decoded);
    charset_to_utf8(span_of(charset != NULL ? charset->value : NULL), buf_span(&decoded), &text);
    if (content_is(&part->type, "text", "html"))
        letter_html_words(buf_span(&text), out);
    else
        buf_add_span(out, buf_span(&text));
    buf_free(&decoded);
    buf_free(&text);
}

bool letter_text(struct span raw, struct buf *out)
{
    struct mime_tree tree;
    mime_parse(raw, &tree);
    long readable = mime_readable(&tree);
    if (readable >= 0)
        part_text(&tree.parts[readable], mime_body(&tree, (size_t)readable, raw), out);
    mime_free(&tree);
    return readable >= 0;
}

void letter_others(struct span raw, void (*each)(void *context, const char *name, const char *type, size_t size),
                   void *context)
{
    struct mime_tree tree;
    mime_parse(raw, &tree);
    long readable = mime_readable(&tree);
    for (size_t i = 0; i < tree.count; i++) {
        const struct mime_part *part = &tree.parts[i];
        if (part->is_multipart || (long)i == readable || (part->is_message && part->children > 0))
            continue;
        const struct content_parameter *name = mime_filename(part);
        char *type = mem_printf("%s/%s", part->type.type, part->type.subtype != NULL ? part->type.subtype : "");
        each(context, name != NULL ? name->value : "", type, part->body_length);
        free(type);
    }
    mime_free(&tree);
}
