#include "order.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "core/subject.h"

static const char *const names[] = {
    [ORDER_THREADS] = "threads", [ORDER_ARRIVAL] = "arrival", [ORDER_DATE] = "date", [ORDER_FROM] = "from",
    [ORDER_TO] = "to", [ORDER_SUBJECT] = "subject", [ORDER_SIZE] = "size", [ORDER_FLAGGED] = "flagged",
};

const char *order_name(enum order_key key)
{
    return names[key];
}

int order_of_name(const char *name)
{
    for (int i = 0; i < ORDER_COUNT; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

struct sorted {
    int64_t number;
    const char *text;
    uint32_t letter;
};

static int compare(const void *a, const void *b)
{
    const struct sorted *one = a, *other = b;
    int order = one->text != NULL ? strcasecmp(one->text, other->text) : 0;
    if (order == 0 && one->number != other->number)
        order = one->number < other->number ? -1 : 1;
    return order != 0 ? order : one->letter < other->letter ? -1 : one->letter > other->letter;
}

/* The base subject begins somewhere in the subject itself (RFC 5256 §2.1), but for white space: "Re: x" is "x". */
static const char *base(const char *subject)
{
    struct buf room;
    bool reply;
    buf_init(&room, 100000);
    struct span found = subject_base(span_of(subject), &room, &reply);
    const char *place = subject;
    size_t length = strlen(subject);
    for (size_t i = 0; found.len > 0 && i + found.len <= length; i++)
        if (memcmp(subject + i, found.at, found.len) == 0)
            place = subject + i;
    buf_free(&room);
    return place;
}

static struct sorted sorted_by(const struct mail_envelope *letter, enum order_key key, uint32_t at)
{
    switch (key) {
    case ORDER_DATE: return (struct sorted){ letter->date, NULL, at };
    case ORDER_FROM: return (struct sorted){ letter->date, letter->from, at };
    case ORDER_TO: return (struct sorted){ letter->date, letter->to, at };
    case ORDER_SUBJECT: return (struct sorted){ letter->date, base(letter->subject), at };
    case ORDER_SIZE: return (struct sorted){ (int64_t)letter->size, NULL, at };
    case ORDER_FLAGGED: return (struct sorted){ (letter->flags & MAIL_FLAGGED) == 0, NULL, at };
    default: return (struct sorted){ at, NULL, at };
    }
}

static void sort(const struct mail_source *source, enum order_key key, bool reverse, struct conversation_row *rows,
                 size_t count)
{
    struct sorted *all = mem_grow(NULL, count + 1, sizeof *all);
    for (size_t i = 0; i < count; i++)
        all[i] = sorted_by(&source->messages[rows[i].letter], key, rows[i].letter);
    if (key != ORDER_ARRIVAL)
        qsort(all, count, sizeof *all, compare);
    for (size_t i = 0; i < count; i++)
        rows[i].letter = all[reverse ? count - 1 - i : i].letter;
    free(all);
}

static void thread(const struct mail_source *source, bool reverse, struct conversation_row *rows, size_t count)
{
    struct conversation_letter *letters = mem_grow(NULL, count + 1, sizeof *letters);
    uint32_t *places = mem_grow(NULL, count + 1, sizeof *places);
    for (size_t i = 0; i < count; i++) {
        const struct mail_envelope *letter = &source->messages[rows[i].letter];
        places[i] = rows[i].letter;
        letters[i] = (struct conversation_letter){ letter->id, letter->references, letter->reference_count,
                                                   letter->date, letter->subject };
    }
    conversation_sort(letters, count, true, reverse, rows);
    for (size_t i = 0; i < count; i++)
        rows[i].letter = places[rows[i].letter];
    free(letters);
    free(places);
}

size_t order_rows(const struct mail_source *source, enum order_key key, bool reverse, const unsigned char *hits,
                  struct conversation_row *rows)
{
    size_t count = 0;
    for (size_t i = 0; i < source->count; i++)
        if (hits == NULL || hits[i] != 0)
            rows[count++] = (struct conversation_row){ .letter = (uint32_t)i };
    if (key == ORDER_THREADS)
        thread(source, reverse, rows, count);
    else
        sort(source, key, reverse, rows, count);
    return count;
}
