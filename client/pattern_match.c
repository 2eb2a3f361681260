/*
 * A pattern tried on a letter: on its row, and on its bytes where the row does
 * not say enough.
 */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <wctype.h>

#include "client/letter.h"
#include "client/pattern.h"
#include "client/pattern_parts.h"
#include "core/header.h"
#include "core/utf8.h"

enum { LETTER_MAX = 64 << 20 };

/* One character of text, in lower case; how many bytes it took. */
static size_t lower(struct span text, uint32_t *code)
{
    size_t taken = utf8_read(text.at, text.len, code);
    if (taken == 0)
        *code = (unsigned char)*text.at;
    *code = *code < 128 ? (uint32_t)tolower((int)*code) : (uint32_t)towlower((wint_t)*code);
    return taken > 0 ? taken : 1;
}

static bool begins(struct span text, struct span needle)
{
    while (needle.len > 0) {
        uint32_t a, b;
        if (text.len == 0)
            return false;
        size_t x = lower(text, &a), y = lower(needle, &b);
        if (a != b)
            return false;
        text = (struct span){ text.at + x, text.len - x };
        needle = (struct span){ needle.at + y, needle.len - y };
    }
    return true;
}

bool pattern_holds(struct span text, struct span needle)
{
    uint32_t code;
    if (needle.len == 0)
        return true;
    lower(needle, &code);
    bool ascii = code < 128;
    for (size_t i = 0; i < text.len; i++) {
        if (ascii && tolower((unsigned char)text.at[i]) != (int)code)
            continue;
        if (begins((struct span){ text.at + i, text.len - i }, needle))
            return true;
    }
    return false;
}

static bool field_holds(struct span letter, const char *name, size_t length, struct span needle)
{
    struct buf value;
    char field[20];
    buf_init(&value, 1 << 20);
    snprintf(field, sizeof field, "%.*s", (int)length, name);
    bool found = letter_field(letter, field, &value) && pattern_holds(buf_span(&value), needle);
    buf_free(&value);
    return found;
}

static bool fields_hold(struct span letter, const char *names, struct span needle)
{
    for (size_t length; *names != '\0'; names += length + (names[length] == ' ')) {
        length = strcspn(names, " ");
        if (field_holds(letter, names, length, needle))
            return true;
    }
    return false;
}

static bool body_holds(struct span letter, struct span needle)
{
    struct buf text;
    buf_init(&text, LETTER_MAX);
    letter_text(letter, &text);
    bool found = pattern_holds(buf_span(&text), needle);
    buf_free(&text);
    return found;
}

static bool fits(const struct pattern_node *node, const struct mail_envelope *row, struct span letter)
{
    struct span needle = span_of(node->text), header = { letter.at, header_length(letter) };
    int64_t size = (int64_t)row->size;
    switch (node->kind) {
    case PATTERN_ALL: return true;
    case PATTERN_FLAG: return (row->flags & node->flag) != 0;
    case PATTERN_UNREAD: return (row->flags & MAIL_SEEN) == 0;
    case PATTERN_NEW: return (row->flags & (MAIL_SEEN | MAIL_RECENT)) == MAIL_RECENT;
    case PATTERN_OLD: return (row->flags & (MAIL_SEEN | MAIL_RECENT)) == 0;
    case PATTERN_SUBJECT: return pattern_holds(span_of(row->subject), needle);
    case PATTERN_FROM:
        return pattern_holds(span_of(row->from), needle) || pattern_holds(span_of(row->from_address), needle);
    case PATTERN_DATE: return row->date >= node->least && row->date <= node->most;
    case PATTERN_SIZE: return size >= node->least && size <= node->most;
    case PATTERN_HEADER: return pattern_holds(header, needle);
    case PATTERN_FIELD:
    case PATTERN_PEOPLE: return fields_hold(letter, node->field, needle);
    case PATTERN_BODY: return body_holds(letter, needle);
    case PATTERN_WHOLE: return pattern_holds(header, needle) || body_holds(letter, needle);
    default: return false;
    }
}

/* Answers for the node at *at, which moves behind all that belongs to it. */
static bool evaluate(const struct pattern *pattern, size_t *at, const struct mail_envelope *row, struct span letter)
{
    const struct pattern_node *node = &pattern->nodes[(*at)++];
    bool one, other;
    switch (node->kind) {
    case PATTERN_NOT: return !evaluate(pattern, at, row, letter);
    case PATTERN_AND:
    case PATTERN_OR:
        one = evaluate(pattern, at, row, letter);
        other = evaluate(pattern, at, row, letter);
        return node->kind == PATTERN_AND ? one && other : one || other;
    default: return fits(node, row, letter);
    }
}

bool pattern_matches(const struct pattern *pattern, const struct mail_envelope *row, struct span letter)
{
    size_t at = 0;
    return evaluate(pattern, &at, row, letter);
}

int pattern_match_all(const struct pattern *pattern, struct mail_source *source, unsigned char *hits)
{
    struct buf letter;
    bool letters = pattern_needs_letters(pattern);
    int status = 0;
    buf_init(&letter, LETTER_MAX);
    while (status == 0 && source->blank > 0)
        status = source_fill(source, SIZE_MAX);
    for (size_t i = 0; i < source->count && status == 0; i++) {
        buf_clear(&letter);
        if (letters)
            status = source_fetch(source, (unsigned)i + 1, &letter);
        hits[i] = status == 0 && pattern_matches(pattern, &source->messages[i], buf_span(&letter));
    }
    buf_free(&letter);
    return status;
}
