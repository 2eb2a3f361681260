/*
 * Base subjects and conversations (RFC 5256).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/imap_thread.h"
#include "core/mem.h"
#include "core/subject.h"
#include "tests/unit/unit.h"

/* §2.1 */
static const struct {
    const char *subject, *base;
    bool is_reply;
} subjects[] = {
    { "news", "news", false },
    { "Re: news", "news", true },
    { "RE : Re:\t news  (fwd) ", "news", true },
    { "Fwd: Fw:news", "news", true },
    { "Re[2]: news", "news", true },
    { "re [list]  : news", "news", true },
    { "[list] Re: [other] news", "news", true },
    { "[list] news", "news", false },
    { "[a] [b]", "[b]", false },
    { "[fwd: Re: [list] news]", "news", true },
    { "Re: [Fwd: [fwd: news (fwd)] ]", "news", true },
    { "remember", "remember", false },
    { "[open news", "[open news", false },
    { "one\r\n  two", "one two", false },
    { "Re:", "", true },
    { "(fwd)", "", true },
    { "", "", false },
};

START_TEST(subjects_are_reduced)
{
    struct buf out;
    bool is_reply;
    buf_init(&out, 1000);
    const struct span base = subject_base(span_of(subjects[_i].subject), &out, &is_reply);
    char *text = span_copy(base);
    ck_assert_str_eq(text, subjects[_i].base);
    ck_assert_int_eq(is_reply, subjects[_i].is_reply);
    free(text);
    buf_free(&out);
}
END_TEST

/* A million bytes of brackets cost no more than their number. */
START_TEST(subjects_of_brackets_are_quick)
{
    struct buf subject, out;
    bool is_reply;
    buf_init(&subject, 2 << 20);
    buf_init(&out, 2 << 20);
    for (int i = 0; i < 300000; i++)
        buf_add_text(&subject, "[a]");
    ck_assert_uint_eq(subject_base(buf_span(&subject), &out, &is_reply).len, 3);
    buf_free(&subject);
    buf_free(&out);
}
END_TEST

/* Ids: quotes do not count (§3), white space neither; what is not closed is none. */
START_TEST(ids_are_normalized)
{
    char **ids = NULL;
    size_t count = 0;
    thread_read_ids(span_of("<a@b> text <\"c\"@d>\r\n <e @f><\"g>\\\"\"@h> <> <i@j> <k@l"), &ids, &count, 5);
    ck_assert_uint_eq(count, 5);
    static const char *const expected[] = { "a@b", "c@d", "e@f", "g>\"@h", "i@j" };
    for (size_t i = 0; i < count; i++) {
        ck_assert_str_eq(ids[i], expected[i]);
        free(ids[i]);
    }
    free(ids);
}
END_TEST

/* Of more ids than wanted the last ones are kept: the very last is the parent. */
START_TEST(the_last_ids_are_kept)
{
    static const char *const expected[] = { "c", "d", "e" };
    char **ids = NULL;
    size_t count = 0;
    thread_read_last_ids(span_of("<a> <b> <> <c> <d> <e> <f"), &ids, &count, 3);
    ck_assert_uint_eq(count, 3);
    for (size_t i = 0; i < count; i++) {
        ck_assert_str_eq(ids[i], expected[i]);
        free(ids[i]);
    }
    free(ids);
}
END_TEST

enum { MESSAGES_MAX = 10, REFERENCES_MAX = 4 };

static const struct {
    const char *what;
    struct {
        int64_t sent;
        const char *subject;
        bool is_reply;
        const char *id;
        const char *references[REFERENCES_MAX];
    } messages[MESSAGES_MAX];
    const char *by_references, *by_subject;
} boxes[] = {
    { "nothing", { { 0 } }, "", "" },
    { "a chain",
      { { 1, "A", false, "a", { NULL } }, { 2, "A", true, "b", { "a" } }, { 3, "A", true, "c", { "a", "b" } } },
      "(1 2 3)", "(1 (2)(3))" },
    { "a fork, sorted by date",
      { { 1, "A", false, "a", { NULL } }, { 9, "A", true, "b", { "a" } }, { 5, "A", true, "c", { "a" } } },
      "(1 (3)(2))", "(1 (3)(2))" },
    { "the parent is not there",
      { { 5, "A", true, "b", { "a" } }, { 3, "B", true, "c", { "a" } }, { 1, "C", false, "d", { NULL } } },
      "(3)((2)(1))", "(3)(2)(1)" },
    { "a single child takes the place of who is not there",
      { { 1, "A", true, "b", { "x", "y" } }, { 2, "B", false, "c", { "y2", "b" } } }, "(1 2)", "(1)(2)" },
    { "a ring is not closed", { { 1, "A", false, "a", { "b" } }, { 2, "A", false, "b", { "a" } } }, "(2 1)", "(1 2)" },
    { "itself", { { 1, "A", false, "a", { "a" } } }, "(1)", "(1)" },
    { "the same id twice", { { 1, "A", false, "a", { NULL } }, { 2, "B", false, "a", { NULL } },
                             { 3, "C", false, "c", { "a" } } }, "(1 3)(2)", "(1)(2)(3)" },
    { "a cut list of references: the own one counts",
      { { 1, "A", false, "a", { NULL } }, { 2, "A", true, "c", { "a", "b" } }, { 3, "A", true, "b", { "a" } },
        { 4, "A", true, "d", { "a", "c" } } },
      "(1 3 2 4)", "(1 (2)(3)(4))" },
    { "who refers to nothing has no parent",
      { { 1, "B", false, "n", { "x", "m" } }, { 2, "M", false, "m", { NULL } } }, "(2 1)", "(1)(2)" },
    { "replies join by subject", { { 1, "A", true, "a", { NULL } }, { 2, "A", false, "b", { NULL } } },
      "(2 1)", "(1 2)" },
    { "two that are no replies", { { 1, "A", false, "a", { NULL } }, { 2, "A", false, "b", { NULL } },
                                   { 3, "A", true, NULL, { NULL } } }, "((1)(2)(3))", "(1 (2)(3))" },
    { "two without a parent each, the same subject",
      { { 1, "A", true, "a", { "x" } }, { 2, "A", true, "b", { "x" } }, { 3, "A", true, "c", { "y" } },
        { 4, "A", true, "d", { "y" } } },
      "((1)(2)(3)(4))", "(1 (2)(3)(4))" },
    { "no subject is no subject", { { 1, "", false, "a", { NULL } }, { 2, "", false, "b", { NULL } } },
      "(1)(2)", "(1 2)" },
    { "equal dates: as in the mailbox", { { 7, "B", false, "a", { NULL } }, { 7, "A", false, "b", { NULL } } },
      "(1)(2)", "(1)(2)" },
};

START_TEST(conversations_are_found)
{
    struct thread_message messages[MESSAGES_MAX];
    size_t count = 0;
    struct buf out;
    buf_init(&out, 10000);
    for (; count < MESSAGES_MAX && boxes[_i].messages[count].subject != NULL; count++) {
        messages[count] = (struct thread_message){
            .number = (uint32_t)count + 1, .sent = boxes[_i].messages[count].sent,
            .subject = boxes[_i].messages[count].subject, .is_reply = boxes[_i].messages[count].is_reply,
            .id = boxes[_i].messages[count].id, .references = (char *const *)boxes[_i].messages[count].references,
        };
        while (messages[count].reference_count < REFERENCES_MAX &&
               boxes[_i].messages[count].references[messages[count].reference_count] != NULL)
            messages[count].reference_count++;
    }
    thread_by_references(messages, count, &out);
    ck_assert_msg(strcmp(buf_text(&out), boxes[_i].by_references) == 0, "%s: %s", boxes[_i].what, buf_text(&out));
    buf_clear(&out);
    thread_by_subject(messages, count, &out);
    ck_assert_msg(strcmp(buf_text(&out), boxes[_i].by_subject) == 0, "%s: %s", boxes[_i].what, buf_text(&out));
    buf_free(&out);
}
END_TEST

/* A thread as deep as the mailbox is long, told from its end; and every second one answered twice. */
START_TEST(deep_threads_are_quick)
{
    enum { DEPTH = 100000 };
    struct thread_message *messages = mem_alloc(DEPTH * sizeof *messages);
    char (*ids)[12] = mem_alloc((DEPTH + 1) * sizeof *ids);
    char **parents = mem_alloc(DEPTH * sizeof *parents);
    struct buf out;
    buf_init(&out, 1 << 24);
    for (size_t i = 0; i <= DEPTH; i++)
        snprintf(ids[i], sizeof ids[i], "%zu", i);
    for (size_t i = 0; i < DEPTH; i++) {
        const size_t to = i % 2 == 0 ? i + 2 : i + 1;
        parents[i] = ids[to < DEPTH ? to : DEPTH];
        messages[i] = (struct thread_message){
            .number = (uint32_t)i + 1, .sent = (int64_t)i, .subject = "A", .id = ids[i],
            .references = &parents[i], .reference_count = 1,
        };
    }
    thread_by_references(messages, DEPTH, &out);
    size_t opened = 0, closed = 0;
    for (size_t i = 0; i < out.len; i++) {
        opened += out.data[i] == '(';
        closed += out.data[i] == ')';
    }
    ck_assert_uint_eq(opened, closed);
    ck_assert_uint_gt(opened, DEPTH - 10);
    buf_free(&out);
    free(messages);
    free(ids);
    free(parents);
}
END_TEST

UNIT_SUITE(imap_thread, { subjects_are_reduced, sizeof subjects / sizeof subjects[0] },
           { subjects_of_brackets_are_quick, 0 }, { ids_are_normalized, 0 },
           { the_last_ids_are_kept, 0 },
           { conversations_are_found, sizeof boxes / sizeof boxes[0] }, { deep_threads_are_quick, 0 })
