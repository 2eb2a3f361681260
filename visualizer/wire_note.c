#include "wire_note.h"

#include <inttypes.h>
#include <string.h>

static const char *const words[WIRE_DEED_COUNT] = {
    [WIRE_DEED_DROP] = "drop",           [WIRE_DEED_HOLD] = "hold",       [WIRE_DEED_DELAY] = "delay",
    [WIRE_DEED_DUPLICATE] = "duplicate", [WIRE_DEED_CORRUPT] = "corrupt", [WIRE_DEED_REORDER] = "reorder",
    [WIRE_DEED_LIMIT] = "limit",         [WIRE_DEED_REWRITE] = "rewrite", [WIRE_DEED_AGAIN] = "again",
    [WIRE_DEED_RELEASE] = "release",     [WIRE_DEED_CHANGE] = "change",
};

static const char opening[] = " {pli ";

const char *wire_deed_word(enum wire_deed deed)
{
    return words[deed];
}

static void put(struct buf *out, const char *name, uint64_t value)
{
    if (value != 0)
        buf_printf(out, " %s=%" PRIu64, name, value);
}

void wire_note_write(struct buf *out, const char *sentence, const struct wire_note *note)
{
    buf_add_text(out, sentence);
    buf_printf(out, "%s%s", opening, words[note->deed]);
    put(out, "fault", note->fault);
    put(out, "of", note->of);
    put(out, "count", note->count);
    put(out, "at", (uint64_t)note->at);
    put(out, "for", (uint64_t)note->duration);
    put(out, "byte", note->byte);
    put(out, "bit", note->bit);
    buf_add_text(out, "}");
}

static bool read_deed(struct span word, struct wire_note *note)
{
    for (int deed = 0; deed < WIRE_DEED_COUNT; deed++)
        if (span_is(word, words[deed])) {
            note->deed = (enum wire_deed)deed;
            return true;
        }
    return false;
}

static bool digits(struct span text, uint64_t *value)
{
    *value = 0;
    if (text.len == 0 || text.len > 19)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
        *value = *value * 10 + (uint64_t)(text.at[i] - '0');
    }
    return *value <= INT64_MAX;
}

/* Names that are not known are from a newer wire, and no harm. */
static bool read_number(struct span word, struct wire_note *note)
{
    const char *equal = memchr(word.at, '=', word.len);
    uint64_t value;
    if (equal == NULL)
        return false;
    const struct span name = { word.at, (size_t)(equal - word.at) };
    if (!digits((struct span){ equal + 1, word.len - name.len - 1 }, &value))
        return false;
    if (span_is(name, "fault"))
        note->fault = value;
    else if (span_is(name, "of"))
        note->of = value <= UINT32_MAX ? value : 0;
    else if (span_is(name, "count"))
        note->count = value;
    else if (span_is(name, "at"))
        note->at = (int64_t)value;
    else if (span_is(name, "for"))
        note->duration = (int64_t)value;
    else if (span_is(name, "byte"))
        note->byte = (uint32_t)value;
    else if (span_is(name, "bit"))
        note->bit = value & 7;
    return true;
}

static struct span next_word(struct span *rest)
{
    const char *blank = memchr(rest->at, ' ', rest->len);
    const struct span word = { rest->at, blank != NULL ? (size_t)(blank - rest->at) : rest->len };
    const size_t taken = word.len < rest->len ? word.len + 1 : word.len;
    rest->at += taken;
    rest->len -= taken;
    return word;
}

/* A fault's text may look like a note: the last one counts. */
static const char *last_opening(struct span comment)
{
    const size_t size = sizeof opening - 1;
    for (size_t at = comment.len; at >= size; at--)
        if (memcmp(comment.at + at - size, opening, size) == 0)
            return comment.at + at - size;
    return NULL;
}

/* Behind "The wire: ", in whatever language. */
static struct span author_text(struct span sentence)
{
    const char *colon = memmem(sentence.at, sentence.len, ": ", 2);
    if (colon == NULL)
        return sentence;
    const size_t skipped = (size_t)(colon - sentence.at) + 2;
    return (struct span){ sentence.at + skipped, sentence.len - skipped };
}

bool wire_note_read(struct span comment, struct wire_note *note)
{
    memset(note, 0, sizeof *note);
    if (comment.len < sizeof opening || comment.at[comment.len - 1] != '}')
        return false;
    const char *begin = last_opening(comment);
    if (begin == NULL)
        return false;
    const size_t before = (size_t)(begin - comment.at), skipped = before + sizeof opening - 1;
    struct span rest = { comment.at + skipped, comment.len - skipped - 1 };
    note->text = author_text((struct span){ comment.at, before });
    if (!read_deed(next_word(&rest), note))
        return false;
    while (rest.len > 0)
        if (!read_number(next_word(&rest), note))
            return false;
    return true;
}
