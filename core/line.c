#include "line.h"

#include <string.h>

void line_init(struct line_splitter *splitter, size_t max)
{
    *splitter = (struct line_splitter){ .max = max };
    /* What is kept never exceeds one line and one feed: the splitter itself bounds it. */
    buf_init(&splitter->in, SIZE_MAX / 2);
}

void line_free(struct line_splitter *splitter)
{
    buf_free(&splitter->in);
}

void line_feed(struct line_splitter *splitter, const void *data, size_t size)
{
    buf_drop(&splitter->in, splitter->used);
    splitter->used = 0;
    buf_add(&splitter->in, data, size);
}

/* Eight bytes with nothing to tell of, most of the time: all are above CR and below 128. */
static bool plain(const char *text)
{
    uint64_t word;
    memcpy(&word, text, sizeof word);
    return (((word - 0x0e0e0e0e0e0e0e0eU) | word) & 0x8080808080808080U) == 0;
}

static unsigned flags_of(const char *text, size_t len)
{
    unsigned flags = 0;
    for (size_t i = 0; i < len; i++) {
        while (len - i > sizeof(uint64_t) && plain(text + i))
            i += sizeof(uint64_t);
        unsigned char c = (unsigned char)text[i];
        if (c == '\r')
            flags |= LINE_BARE_CR;
        else if (c == '\0')
            flags |= LINE_NUL;
        else if (c > 127)
            flags |= LINE_8BIT;
    }
    return flags;
}

/*
 * No LF in sight: when the beginning alone is longer than a line may be, all
 * of it but the maximum and a possible CR is let go.
 */
static void skip_excess(struct line_splitter *splitter)
{
    size_t have = splitter->in.len - splitter->used;
    if (have <= splitter->max + 1)
        return;
    char *begin = splitter->in.data + splitter->used;
    size_t excess = have - splitter->max - 1;
    splitter->skip_flags |= flags_of(begin + splitter->max, excess);
    memmove(begin + splitter->max, begin + splitter->max + excess, 1);
    splitter->in.len -= excess;
    splitter->skipped += excess;
    splitter->seen = splitter->in.len - splitter->used;
}

/* The first max bytes of a line that is longer. */
static int piece(struct line_splitter *splitter, struct line *line)
{
    char *begin = splitter->in.data + splitter->used;
    *line = (struct line){ .text = { begin, splitter->max }, .offset = splitter->offset,
                           .raw_length = splitter->max };
    line->flags = LINE_UNFINISHED | flags_of(begin, splitter->max);
    splitter->used += splitter->max;
    splitter->offset += splitter->max;
    splitter->seen = 0;
    return 1;
}

int line_next(struct line_splitter *splitter, struct line *line)
{
    size_t have = splitter->in.len - splitter->used;
    if (have == 0)
        return 0;
    char *begin = splitter->in.data + splitter->used;
    char *end = have > splitter->seen ? memchr(begin + splitter->seen, '\n', have - splitter->seen) : NULL;
    if (end == NULL) {
        splitter->seen = have;
        if (splitter->in_pieces && splitter->skipped == 0 && have > splitter->max + 1)
            return piece(splitter, line);
        skip_excess(splitter);
        return 0;
    }
    size_t raw = (size_t)(end - begin) + 1;
    size_t len = raw - 1;
    *line = (struct line){ .offset = splitter->offset, .raw_length = raw + splitter->skipped };
    if (len > 0 && begin[len - 1] == '\r')
        len--;
    else
        line->flags |= LINE_BARE_LF;
    if (splitter->in_pieces && splitter->skipped == 0 && len > splitter->max)
        return piece(splitter, line);
    line->flags |= flags_of(begin, len) | splitter->skip_flags;
    if (splitter->skipped > 0 || len > splitter->max) {
        line->flags |= LINE_TOO_LONG;
        len = len < splitter->max ? len : splitter->max;
    }
    line->text = (struct span){ begin, len };
    splitter->used += raw;
    splitter->offset += line->raw_length;
    splitter->seen = 0;
    splitter->skipped = 0;
    splitter->skip_flags = 0;
    return 1;
}

struct span line_take(struct line_splitter *splitter, size_t size)
{
    size_t have = splitter->in.len - splitter->used;
    if (have == 0)
        return (struct span){ NULL, 0 };
    struct span taken = { splitter->in.data + splitter->used, size < have ? size : have };
    splitter->used += taken.len;
    splitter->offset += taken.len;
    splitter->seen = 0;
    return taken;
}

uint64_t line_waiting(const struct line_splitter *splitter)
{
    return splitter->in.len - splitter->used + splitter->skipped;
}

void line_rest(struct line_splitter *splitter)
{
    if (splitter->in.len > splitter->used)
        return;
    buf_free(&splitter->in);
    splitter->used = 0;
}

size_t line_drop(struct line_splitter *splitter)
{
    size_t dropped = splitter->in.len - splitter->used;
    splitter->offset += dropped + splitter->skipped;
    splitter->used = splitter->in.len;
    splitter->seen = 0;
    splitter->skipped = 0;
    splitter->skip_flags = 0;
    return dropped;
}
