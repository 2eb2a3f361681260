/* Sets of messages and names of mailboxes, by tables; and that vocabulary and states are complete. */
#include <string.h>

#include "core/imap_command.h"
#include "core/imap_name.h"
#include "core/imap_response.h"
#include "core/imap_set.h"
#include "core/imap_state.h"
#include "core/imap_words.h"
#include "tests/unit/unit.h"

static struct span at_edge(const char *text)
{
    return (struct span){ unit_at_edge(text, strlen(text)), strlen(text) };
}

static const struct { const char *text, *resolved;
} sets[] = {
    { "1", "1" },        { "1:3", "1:3" },         { "3:1", "1:3" },
    { "*", "10" },       { "*:4,5:7", "4:10" },    { "2,4:7,9,12:*", "2,4:7,9:12" },
    { "1,2,3", "1:3" },  { "5,1:2,4", "1:2,4:5" }, { "4294967295,1:4294967295", "1:4294967295" },
    { "20:*", "10:20" }, { "*:*", "10" },
};

START_TEST(sets_are_resolved)
{
    struct imap_set set = { .count = 0 };
    struct buf out;
    buf_init(&out, 1000);
    ck_assert_int_eq(imap_set_parse(at_edge(sets[_i].text), &set), 0);
    imap_set_resolve(&set, 10);
    imap_set_write(&set, &out);
    ck_assert_str_eq(buf_text(&out), sets[_i].resolved);
    buf_free(&out);
    imap_set_free(&set);
}
END_TEST

static const char *const bad_sets[] = { "",  "0",   "01",         "1:", ":1", "1,", ",1", "1:2:3",
                                        "a", "1:0", "4294967296", "-1", "$1", "1 ", "**" };

START_TEST(bad_sets_are_refused)
{
    struct imap_set set = { .count = 0 };
    ck_assert_int_eq(imap_set_parse(at_edge(bad_sets[_i]), &set), -1);
    imap_set_free(&set);
}
END_TEST

START_TEST(sets_answer)
{
    struct imap_set set = { .count = 0 };
    ck_assert(!imap_set_has(&set, 1));
    for (uint32_t i = 2; i < 100; i += i % 7 == 0 ? 2 : 1)
        imap_set_add(&set, i);
    for (uint32_t i = 0; i < 110; i++)
        ck_assert_int_eq(imap_set_has(&set, i), i >= 2 && i < 100 && (i == 1 || (i - 1) % 7 != 0));
    imap_set_free(&set);
    ck_assert_int_eq(imap_set_parse(span_of("$"), &set), 0);
    ck_assert(set.saved);
    imap_set_free(&set);
}
END_TEST

static const struct { const char *utf7, *utf8; } names[] = {
    { "INBOX", "INBOX" }, { "A&-B", "A&B" }, { "Entw&APw-rfe", "Entwürfe" },
    { "~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語" }, { "&2D3eAA-", "\xf0\x9f\x98\x80" },
    { "&AOkA6g-", "éê" }, { "", "" },
};

START_TEST(names_are_converted)
{
    struct buf out;
    buf_init(&out, 1000);
    ck_assert_int_eq(imap_name_to_utf8(at_edge(names[_i].utf7), &out), 0);
    ck_assert_str_eq(buf_text(&out), names[_i].utf8);
    buf_clear(&out);
    ck_assert_int_eq(imap_name_from_utf8(at_edge(names[_i].utf8), &out), 0);
    ck_assert_str_eq(buf_text(&out), names[_i].utf7);
    buf_free(&out);
}
END_TEST

static const char *const bad_names[] = {
    "&", "&Jjo!", "&APw", "&U,BTFw-&ZeVnLIqe-" /* a null shift */, "&AGE-" /* an "a" */, "\xc3\xbc", "a\x01", "&2D0-",
    "&3gA-", "&APx-" /* bits too many */, "&APwA-", "&,-",
    "&AAA-" /* a NUL */, "a&AAo-" /* a line feed */, "&AJs-" /* of the upper half */,
};

START_TEST(bad_names_are_refused)
{
    struct buf out;
    buf_init(&out, 1000);
    ck_assert_int_eq(imap_name_to_utf8(at_edge(bad_names[_i]), &out), -1);
    ck_assert_uint_eq(out.len, 0);
    ck_assert_int_eq(imap_name_from_utf8(at_edge("a\xff"), &out), -1);
    buf_free(&out);
}
END_TEST

static const struct { const char *pattern, *name; bool matches;
} patterns[] = {
    { "*", "", true },
    { "*", "a.b", true },
    { "%", "a", true },
    { "%", "a.b", false },
    { "a.%", "a.b", true },
    { "a.%", "a.b.c", false },
    { "a.*", "a.b.c", true },
    { "%.%", "a.b", true },
    { "", "", true },
    { "", "a", false },
    { "a", "ab", false },
    { "ab", "a", false },
    { "*b", "aab", true },
    { "%b%", "abc", true },
    { "a*c.%", "abc.d", true },
    { "**%%**", "a.b", true },
    { "*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaa", false },
};

START_TEST(patterns_match)
{
    ck_assert_int_eq(imap_name_matches(at_edge(patterns[_i].pattern), at_edge(patterns[_i].name), '.'),
                     patterns[_i].matches);
}
END_TEST

START_TEST(every_verb_and_reply_has_its_words)
{
    for (int verb = IMAP_VERB_CAPABILITY; verb < IMAP_VERB_COUNT; verb++) {
        const struct word *word = word_by_id(&imap_words, WORD_VERB, verb);
        ck_assert_ptr_nonnull(word);
        ck_assert_str_eq(word->name, imap_machine.verb_names[verb]);
        ck_assert_int_eq(imap_verb_of(span_of(word->name)), verb);
    }
    for (int reply = IMAP_REPLY_OK; reply < IMAP_REPLY_COUNT; reply++) {
        const struct word *word = word_by_id(&imap_words, WORD_REPLY, reply);
        ck_assert_ptr_nonnull(word);
        ck_assert_int_eq(imap_reply_of(span_of(word->name)), reply);
    }
    for (size_t i = 0; i < imap_words.count; i++) {
        const struct word *word = &imap_words.rows[i];
        ck_assert_ptr_eq(word_by_name(&imap_words, word->kind, span_of(word->name)), word);
        ck_assert_msg(strncmp(word->rfc, "RFC ", 4) == 0 && word->meaning[strlen(word->meaning) - 1] == '.', "%s",
                      word->name);
    }
}
END_TEST

/* RFC 9051 §3: each command in each state has its rows, or none; and no row is there twice. */
START_TEST(states_are_complete)
{
    struct machine machine;
    machine_init(&machine, &imap_machine);
    for (int state = IMAP_STATE_NOT_AUTHENTICATED; state <= IMAP_STATE_SELECTED; state++) {
        machine.state = state;
        for (int verb = IMAP_VERB_CAPABILITY; verb < IMAP_VERB_COUNT; verb++) {
            if (machine_allows(&machine, verb) == NULL)
                continue;
            struct machine probe = machine;
            ck_assert_ptr_nonnull(machine_step(&probe, verb, OUTCOME_OK));
            probe = machine;
            ck_assert_ptr_nonnull(machine_step(&probe, verb, OUTCOME_BAD));
        }
    }
    for (size_t i = 0; i < imap_machine.move_count; i++)
        for (size_t j = 0; j < i; j++) {
            const struct move *a = &imap_machine.moves[i], *b = &imap_machine.moves[j];
            ck_assert(a->state != b->state || a->verb != b->verb || a->outcome != b->outcome);
        }
}
END_TEST

UNIT_SUITE(imap_values, { sets_are_resolved, sizeof sets / sizeof sets[0] },
           { bad_sets_are_refused, sizeof bad_sets / sizeof bad_sets[0] }, { sets_answer, 0 },
           { names_are_converted, sizeof names / sizeof names[0] },
           { bad_names_are_refused, sizeof bad_names / sizeof bad_names[0] },
           { patterns_match, sizeof patterns / sizeof patterns[0] },
           { every_verb_and_reply_has_its_words, 0 }, { states_are_complete, 0 })
