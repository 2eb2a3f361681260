/*
 * Looking for texts in letters. Both sides are brought to UTF-8 without
 * the difference of case: encoded words of headers, transfer encodings and charsets of bodies
 * are taken off first (RFC 9051 §6.4.4: "MUST be decoded before comparing").
 * Parts that are neither text nor messages are left out, as it allows.
 */
#include <stdlib.h>
#include <string.h>

#include "core/header.h"
#include "io/casemap.h"
#include "io/charset.h"
#include "server/imapd_search.h"

enum { TEXT_MAX = 256 << 20 };

char *search_fold(struct span charset, struct span bytes)
{
    struct buf text;
    buf_init(&text, TEXT_MAX);
    charset_to_utf8(charset, bytes, &text);
    casemap(&text);
    char *folded = span_copy((struct span){ buf_text(&text), strlen(buf_text(&text)) });
    buf_free(&text);
    return folded;
}

static bool contains(struct buf *text, const char *needle)
{
    casemap(text);
    return memmem(buf_text(text), text->len, needle, strlen(needle)) != NULL;
}

static bool value_contains(struct span value, const char *needle)
{
    struct buf text;
    buf_init(&text, TEXT_MAX);
    charset_header(value, &text);
    const bool found = contains(&text, needle);
    buf_free(&text);
    return found;
}

/* name NULL: any field, its name included. */
bool search_header(struct span header, const char *name, const char *needle)
{
    struct header_walk walk;
    struct header_field field;
    header_start(&walk, header);
    while (header_next(&walk, &field)) {
        if (name != NULL && !span_is_nocase(field.name, name))
            continue;
        const struct span whole = { header.at + field.offset, (size_t)field.length };
        if (value_contains(name == NULL ? whole : field.value, needle))
            return true;
    }
    return false;
}

static bool part_contains(const struct mime_part *part, struct span body, const char *needle)
{
    struct buf bytes, text;
    const struct content_parameter *charset = content_parameter(&part->type, "charset");
    buf_init(&bytes, TEXT_MAX);
    buf_init(&text, TEXT_MAX);
    if (part->encoding == CONTENT_BASE64 || part->encoding == CONTENT_QP) {
        content_decode(part->encoding, body, &bytes);
        body = buf_span(&bytes);
    }
    charset_to_utf8(charset == NULL ? (struct span){ "", 0 } : (struct span){ charset->value, charset->length },
                    body, &text);
    const bool found = contains(&text, needle);
    buf_free(&bytes);
    buf_free(&text);
    return found;
}

bool search_body(struct fetch_letter *letter, const char *needle)
{
    const struct mime_tree *mime = fetch_mime(letter);
    for (size_t i = 0; i < mime->count; i++) {
        const struct mime_part *part = &mime->parts[i];
        /* The header of a letter in the letter belongs to the body of the outer one. */
        if (i > 0 && search_header(mime_header(mime, i, letter->text), NULL, needle))
            return true;
        if (content_is(&part->type, "text", NULL) && part_contains(part, mime_body(mime, i, letter->text), needle))
            return true;
    }
    return false;
}

bool search_everything(struct fetch_letter *letter, const char *needle)
{
    const struct span header = { letter->text.at, header_length(letter->text) };
    return search_header(header, NULL, needle) || search_body(letter, needle);
}
