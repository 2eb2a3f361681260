/*
 * Conversations: what refers to what, equal subjects, loops, and a hundred thousand letters in little time.
 */
#include "core/conversation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/mem.h"
#include "tests/unit/unit.h"

/* A letter: its id, what it refers to, its date, its subject; and the index that comes of them, depth by dots. */
static const struct row {
    const char *letters[8];
    bool newest_first;
    const char *index;
} rows[] = {
    { { "a||1|x", "b|<a>|2|Re: x", "c|<a> <b>|3|Re: x" }, false, "a .b ..c" },
    { { "c|<a> <b>|3|Re: x", "b|<a>|2|Re: x", "a||1|x" }, false, "a .b ..c" },
    { { "a||1|x", "b||2|y", "c|<a>|3|Re: x" }, false, "b a .c" },
    { { "a||1|x", "b||2|y", "c|<a>|3|Re: x" }, true, "a .c b" },
    { { "b|<gone>|2|Re: x", "c|<gone>|1|Re: x" }, false, "c .b" },              /* the oldest stands for what is gone */
    { { "c|<gone> <too>|1|Re: x", "b|<gone>|2|Re: x" }, false, "c .b" },
    { { "a|<b>|1|x", "b|<a>|2|x" }, false, "b .a" },                             /* a loop stays open */
    { { "a|<a>|1|x" }, false, "a" },
    { { "a|<b>|1|x", "b|<c>|2|x", "c|<a>|3|x" }, false, "c .b ..a" },
    { { "a||1|Cours 3", "b||2|RE: cours 3", "c||3|cours 3" }, false, "a .b c" }, /* by subject, replies only */
    { { "a||1|x", "a||2|x" }, false, "a a" },                                    /* an id twice */
    { { "|<a>|2|Re: x", "a||1|x" }, false, "a ." },
    { { "a||5|x", "b|<a>|3|", "c|<a>|2|" }, false, "a .c .b" },
};

static void read_letter(char *text, struct conversation_letter *letter)
{
    char *fields[4];
    for (int i = 0; i < 4; i++)
        fields[i] = strsep(&text, "|");
    uint64_t *ids = mem_grow(NULL, 8, sizeof *ids);
    size_t count = conversation_read_ids(span_of(fields[1]), ids, 8);
    *letter = (struct conversation_letter){ *fields[0] != '\0' ? conversation_id(span_of(fields[0])) : 0, ids, count,
                                            atoll(fields[2]), fields[3] };
}

START_TEST(indexes)
{
    const struct row *row = &rows[_i];
    struct conversation_letter letters[8];
    struct conversation_row index[8];
    char *texts[8], names[8][8], got[200] = "";
    size_t count = 0;
    for (; count < 8 && row->letters[count] != NULL; count++) {
        texts[count] = mem_text(row->letters[count]);
        snprintf(names[count], sizeof names[count], "%.*s", (int)strcspn(texts[count], "|"), texts[count]);
        read_letter(texts[count], &letters[count]);
    }
    conversation_sort(letters, count, true, row->newest_first, index);
    for (size_t i = 0; i < count; i++)
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s%.*s%s", i > 0 ? " " : "", index[i].depth, "........",
                 names[index[i].letter]);
    ck_assert_str_eq(got, row->index);
    for (size_t i = 0; i < count; i++) {
        free((void *)letters[i].references);
        free(texts[i]);
    }
}
END_TEST

/* Everybody refers to everybody: a chain of a hundred thousand, loops, one parent for all. */
START_TEST(much_is_quick)
{
    enum { MANY = 100000 };
    struct conversation_letter *letters = mem_alloc(MANY * sizeof *letters);
    struct conversation_row *index = mem_alloc(MANY * sizeof *index);
    uint64_t *ids = mem_alloc(MANY * 3 * sizeof *ids);
    char *seen = mem_alloc(MANY);
    for (size_t i = 0; i < MANY; i++) {
        ids[3 * i] = 1 + (_i == 0 ? i : i * 7919) % MANY;
        ids[3 * i + 1] = _i == 2 ? 5 : 1 + (i + 1) % MANY;
        ids[3 * i + 2] = _i == 1 ? 1 + (MANY - i) % MANY : i > 0 ? i : 1;
        letters[i] = (struct conversation_letter){ i + 1, ids + 3 * i, 3, (int64_t)(i % 1000), "Re: x" };
    }
    clock_t begun = clock();
    conversation_sort(letters, MANY, true, false, index);
    ck_assert_int_lt((clock() - begun) / CLOCKS_PER_SEC, 2);
    for (size_t i = 0; i < MANY; i++)
        seen[index[i].letter]++;
    for (size_t i = 0; i < MANY; i++)
        ck_assert_int_eq(seen[i], 1);
    free(letters);
    free(index);
    free(ids);
    free(seen);
}
END_TEST

START_TEST(ids_are_what_brackets_hold)
{
    uint64_t ids[2];
    ck_assert_uint_eq(conversation_read_ids(span_of("(x) <a@b>\r\n <c@d> rubbish <open"), ids, 2), 2);
    ck_assert_uint_eq(ids[0], conversation_id(span_of("a@b")));
    ck_assert_uint_eq(conversation_read_ids(span_of("<1> <2> <3>"), ids, 2), 2);
    ck_assert_uint_eq(ids[1], conversation_id(span_of("3")));
    ck_assert_uint_eq(conversation_read_ids(span_of(""), ids, 2), 0);
}
END_TEST

UNIT_SUITE(conversation, { indexes, sizeof rows / sizeof rows[0] }, { much_is_quick, 3 },
           { ids_are_what_brackets_hold, 0 })
