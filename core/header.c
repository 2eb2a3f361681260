#include "header.h"

#include <string.h>
#include <strings.h>

enum { LINE_LIMIT = 998 }; /* RFC 5322 §2.1.1 */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Where the search for a field's end stands. */
struct search {
    size_t at;
    bool line_start;
};

enum found { FOUND_NOTHING, FOUND_FIELD, FOUND_EMPTY_LINE };

/*
 * Goes on from search->at until the first line that is no continuation. On
 * FIELD and EMPTY_LINE, search->at is how long it is. final: the text will not
 * grow, so its end is an end.
 */
static enum found search_end(struct span text, bool final, struct search *search)
{
    while (search->at < text.len) {
        const char *here = text.at + search->at;
        if (search->line_start && search->at > 0 && !is_blank(*here))
            return FOUND_FIELD;
        if (search->line_start && search->at == 0) {
            if (*here == '\r' && text.len == 1 && !final)
                return FOUND_NOTHING;
            size_t end = *here == '\n' ? 1 : text.len > 1 && here[0] == '\r' && here[1] == '\n' ? 2 : 0;
            if (end > 0) {
                search->at = end;
                return FOUND_EMPTY_LINE;
            }
        }
        const char *lf = memchr(here, '\n', text.len - search->at);
        search->line_start = lf != NULL;
        search->at = lf != NULL ? (size_t)(lf - text.at) + 1 : text.len;
    }
    return final && text.len > 0 ? FOUND_FIELD : FOUND_NOTHING;
}

static unsigned flags_of(struct span text)
{
    unsigned flags = 0;
    size_t line = 0; /* bytes of the present one */
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        line++;
        if (c > 127) {
            flags |= HEADER_8BIT;
        } else if (c == '\0') {
            flags |= HEADER_NUL;
        } else if (c == '\r' && i + 1 < text.len && text.at[i + 1] != '\n') {
            flags |= HEADER_BARE_CR;
        } else if (c == '\n') {
            bool crlf = i > 0 && text.at[i - 1] == '\r';
            flags |= crlf ? 0 : HEADER_BARE_LF;
            flags |= line - (crlf ? 2 : 1) > LINE_LIMIT ? HEADER_LONG_LINE : 0;
            line = 0;
        }
    }
    return line > LINE_LIMIT ? flags | HEADER_LONG_LINE : flags;
}

static struct span trim(struct span text)
{
    while (text.len > 0 && (is_blank(*text.at) || *text.at == '\r' || *text.at == '\n')) {
        text.at++;
        text.len--;
    }
    while (text.len > 0) {
        char last = text.at[text.len - 1];
        if (!is_blank(last) && last != '\r' && last != '\n')
            break;
        text.len--;
    }
    return text;
}

/* RFC 5322 §3.6.8: a name is printable ASCII without the colon. Answers its length; 0: there is no field. */
static size_t name_length(struct span text, size_t *colon)
{
    size_t length = 0;
    while (length < text.len && text.at[length] > ' ' && text.at[length] < 127 && text.at[length] != ':')
        length++;
    *colon = length;
    while (*colon < text.len && is_blank(text.at[*colon]))
        ++*colon;
    return *colon < text.len && text.at[*colon] == ':' ? length : 0;
}

static void read_field(struct span text, uint64_t offset, struct header_field *field)
{
    size_t colon = 0;
    size_t length = name_length(text, &colon);
    field->offset = offset;
    field->length = text.len;
    field->flags = flags_of(text);
    field->name = (struct span){ text.at, length };
    if (length == 0) {
        field->flags |= HEADER_NO_FIELD;
        field->value = trim(text);
        return;
    }
    if (colon > length)
        field->flags |= HEADER_OBSOLETE_SPACE;
    field->value = trim((struct span){ text.at + colon + 1, text.len - colon - 1 });
}

void header_start(struct header_walk *walk, struct span message)
{
    *walk = (struct header_walk){ .text = message };
}

int header_next(struct header_walk *walk, struct header_field *field)
{
    if (walk->ended || walk->at == walk->text.len)
        return 0;
    struct span rest = { walk->text.at + walk->at, walk->text.len - walk->at };
    struct search search = { 0, true };
    enum found found = search_end(rest, true, &search);
    size_t begin = walk->at;
    walk->at += search.at;
    if (found != FOUND_FIELD) {
        walk->ended = true;
        return 0;
    }
    read_field((struct span){ rest.at, search.at }, begin, field);
    return 1;
}

bool header_find(struct span message, const char *name, struct header_field *field)
{
    struct header_walk walk;
    header_start(&walk, message);
    while (header_next(&walk, field))
        if (span_is_nocase(field->name, name))
            return true;
    return false;
}

size_t header_length(struct span message)
{
    for (size_t at = 0; at < message.len;) {
        size_t left = message.len - at;
        if (message.at[at] == '\n')
            return at + 1;
        if (left > 1 && message.at[at] == '\r' && message.at[at + 1] == '\n')
            return at + 2;
        const char *lf = memchr(message.at + at, '\n', left);
        if (lf == NULL)
            break;
        at = (size_t)(lf - message.at) + 1;
    }
    return message.len;
}

int header_unfold(struct span value, struct buf *out)
{
    size_t begin = 0;
    for (size_t i = 0; i <= value.len; i++) {
        if (i < value.len && value.at[i] != '\r' && value.at[i] != '\n' && value.at[i] != '\0')
            continue;
        if (i > begin && buf_add(out, value.at + begin, i - begin) != 0)
            return -1;
        begin = i + 1;
    }
    return 0;
}

void header_reader_init(struct header_reader *reader, size_t max_field)
{
    *reader = (struct header_reader){ .max = max_field > 0 ? max_field : 1, .line_start = true };
    /* What is kept never exceeds one field and one feed. */
    buf_init(&reader->in, SIZE_MAX / 2);
}

void header_reader_free(struct header_reader *reader)
{
    buf_free(&reader->in);
}

void header_reader_feed(struct header_reader *reader, const void *data, size_t size)
{
    buf_drop(&reader->in, reader->used);
    reader->used = 0;
    buf_add(&reader->in, data, size);
}

void header_reader_finish(struct header_reader *reader)
{
    reader->finished = true;
}

/* The field goes on, and is longer than what is kept: its middle is let go, its flags are remembered. */
static void skip_excess(struct header_reader *reader)
{
    size_t have = reader->in.len - reader->used;
    if (have <= reader->max)
        return;
    struct span excess = { reader->in.data + reader->used + reader->max, have - reader->max };
    reader->skip_flags |= HEADER_CUT;
    /* The bytes around a cut are judged apart, so only what needs no neighbour is taken from these. */
    reader->skip_flags |= flags_of(excess) & (HEADER_8BIT | HEADER_NUL);
    reader->skipped += excess.len;
    reader->in.len -= excess.len;
    reader->seen = reader->max;
}

int header_reader_next(struct header_reader *reader, struct header_field *field)
{
    if (reader->ended || reader->in.len == reader->used) {
        reader->ended |= reader->finished;
        return 0;
    }
    struct span text = { reader->in.data + reader->used, reader->in.len - reader->used };
    struct search search = { reader->seen, reader->line_start };
    enum found found = search_end(text, reader->finished, &search);
    reader->seen = search.at;
    reader->line_start = search.line_start;
    if (found == FOUND_NOTHING) {
        skip_excess(reader);
        return 0;
    }
    size_t length = search.at;
    if (found == FOUND_EMPTY_LINE)
        reader->ended = true;
    else
        read_field((struct span){ text.at, length < reader->max ? length : reader->max }, reader->offset, field);
    if (found == FOUND_FIELD) {
        field->length = length + reader->skipped;
        field->flags |= reader->skip_flags | (length > reader->max ? HEADER_CUT : 0);
    }
    reader->used += length;
    reader->offset += length + reader->skipped;
    reader->seen = 0;
    reader->skipped = 0;
    reader->skip_flags = 0;
    reader->line_start = true;
    return found == FOUND_FIELD;
}

struct span header_reader_rest(const struct header_reader *reader)
{
    if (!reader->ended || reader->in.len == reader->used)
        return (struct span){ "", 0 };
    return (struct span){ reader->in.data + reader->used, reader->in.len - reader->used };
}
