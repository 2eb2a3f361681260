#include "core/header.h"

#include <stdlib.h>
#include <string.h>

#include "../unit.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof(table)[0]))

/* Fields as "name|value|flags" lines, then the offset of the body. */
static const struct { const char *text; size_t size; const char *fields; size_t body; } rows[] = {
    { "", 0, "", 0 },
    { "\r\n", 2, "", 2 },
    { "\nbody", 5, "", 1 },
    { "A: b\r\n\r\nbody", 12, "A|b|0\n", 8 },
    { "A: b", 4, "A|b|0\n", 4 },
    { "A: b\r\n", 6, "A|b|0\n", 6 },
    { "Subject: one\r\n two\r\n\tthree \r\nTo:x\r\n\r\n", 37, "Subject|one\r\n two\r\n\tthree|0\nTo|x|0\n", 37 },
    { "Subject:\r\n one\r\n\r\n", 18, "Subject|one|0\n", 18 },
    { "A:\r\n \r\nB: c\r\n\r\n", 15, "A||0\nB|c|0\n", 15 },
    { "A : b\r\n\r\n", 9, "A|b|2\n", 9 },
    { "A:b\nB:c\n\n.", 10, "A|b|4\nB|c|4\n", 9 },
    { "From me Mon\r\nA: b\r\n\r\n", 21, "|From me Mon|1\nA|b|0\n", 21 },
    { " lost\r\nA: b\r\n\r\n", 15, "|lost|1\nA|b|0\n", 15 },
    { ":x\r\n\r\n", 6, "|:x|1\n", 6 },
    { "caf\xc3\xa9: x\r\nA: \xc3\xa9\r\n\r\n", 19, "|caf\xc3\xa9: x|33\nA|\xc3\xa9|32\n", 19 },
    { "A: b\rc\r\n\r\n", 10, "A|b\rc|8\n", 10 },
    { "A: b\r\n\rB: c\r\n\r\n", 15, "A|b|0\n|B: c|9\n", 15 },
    { "\r", 1, "||1\n", 1 },
};

static void note(struct buf *out, const struct header_field *field)
{
    buf_add_span(out, field->name);
    buf_add_text(out, "|");
    buf_add_span(out, field->value);
    buf_printf(out, "|%u\n", field->flags);
}

START_TEST(the_walk_finds_every_field)
{
    struct header_walk walk;
    struct header_field field;
    struct buf out;
    uint64_t offset = 0;
    buf_init(&out, 1000);
    header_start(&walk, (struct span){ unit_at_edge(rows[_i].text, rows[_i].size), rows[_i].size });
    while (header_next(&walk, &field)) {
        note(&out, &field);
        ck_assert_uint_eq(field.offset, offset);
        offset += field.length;
    }
    ck_assert_str_eq(buf_text(&out), rows[_i].fields);
    ck_assert_uint_eq(walk.at, rows[_i].body);
    ck_assert_uint_eq(header_length(walk.text), rows[_i].body);
    buf_free(&out);
}
END_TEST

START_TEST(the_reader_finds_the_same_one_byte_at_a_time)
{
    struct header_reader reader;
    struct header_field field;
    struct buf out;
    buf_init(&out, 1000);
    header_reader_init(&reader, 500);
    size_t at = 0;
    while (at < rows[_i].size && !reader.ended) {
        header_reader_feed(&reader, rows[_i].text + at++, 1);
        while (header_reader_next(&reader, &field))
            note(&out, &field);
    }
    header_reader_finish(&reader);
    while (header_reader_next(&reader, &field))
        note(&out, &field);
    ck_assert_str_eq(buf_text(&out), rows[_i].fields);
    ck_assert(reader.ended);
    ck_assert_uint_eq(at, rows[_i].body);
    ck_assert_uint_eq(reader.offset, rows[_i].body);
    header_reader_free(&reader);
    buf_free(&out);
}
END_TEST

START_TEST(the_reader_hands_back_the_body)
{
    struct header_reader reader;
    struct header_field field;
    header_reader_init(&reader, 500);
    header_reader_feed(&reader, "A: b\r\nC: d\r\n\r\nthe body", 22);
    ck_assert_int_eq(header_reader_next(&reader, &field), 1);
    ck_assert_int_eq(header_reader_next(&reader, &field), 1);
    ck_assert(span_is(field.name, "C"));
    ck_assert_int_eq(header_reader_next(&reader, &field), 0);
    ck_assert(reader.ended);
    ck_assert(span_is(header_reader_rest(&reader), "the body"));
    ck_assert_uint_eq(reader.offset, 14);
    header_reader_free(&reader);
}
END_TEST

START_TEST(an_endless_field_is_cut)
{
    struct header_reader reader;
    struct header_field field;
    header_reader_init(&reader, 100);
    header_reader_feed(&reader, "A: ", 3);
    for (int i = 0; i < 10000; i++) {
        header_reader_feed(&reader, "0123456789\xff\r\n ", 14);
        ck_assert_int_eq(header_reader_next(&reader, &field), 0);
        ck_assert_uint_lt(reader.in.len, 200);
    }
    header_reader_feed(&reader, "\r\nB: c\r\n\r\n", 10);
    ck_assert_int_eq(header_reader_next(&reader, &field), 1);
    ck_assert_uint_eq(field.length, 3 + 140000 + 2);
    ck_assert_uint_eq(field.flags & (HEADER_CUT | HEADER_8BIT), HEADER_CUT | HEADER_8BIT);
    ck_assert_int_eq(header_reader_next(&reader, &field), 1);
    ck_assert(span_is(field.value, "c"));
    ck_assert_uint_eq(field.offset, 140005);
    ck_assert_uint_eq(field.flags, 0);
    ck_assert_int_eq(header_reader_next(&reader, &field), 0);
    ck_assert(reader.ended);
    header_reader_free(&reader);
}
END_TEST

START_TEST(unfolding_and_finding)
{
    struct header_field field;
    struct buf out;
    buf_init(&out, 100);
    struct span text = span_of("A: b\r\nsubject: one\r\n  two\r\nSubject: second\r\n\r\nSubject: body\r\n");
    ck_assert(header_find(text, "Subject", &field));
    ck_assert_int_eq(header_unfold(field.value, &out), 0);
    ck_assert_str_eq(buf_text(&out), "one  two");
    ck_assert(!header_find(text, "Body", &field));
    ck_assert(header_find(span_of("A: b"), "a", &field));
    buf_free(&out);
}
END_TEST

START_TEST(long_lines_are_flagged)
{
    struct header_walk walk;
    struct header_field field;
    char text[1100];
    memset(text, 'x', sizeof text);
    memcpy(text, "A:", 2);
    memcpy(text + 998, "\r\nB:", 4);
    header_start(&walk, (struct span){ text, sizeof text });
    ck_assert_int_eq(header_next(&walk, &field), 1);
    ck_assert_uint_eq(field.flags, 0);
    memset(text + 998, 'x', 4);
    header_start(&walk, (struct span){ text, sizeof text });
    ck_assert_int_eq(header_next(&walk, &field), 1);
    ck_assert_uint_eq(field.flags, HEADER_LONG_LINE);
}
END_TEST

UNIT_SUITE(header, { the_walk_finds_every_field, ROWS(rows) },
           { the_reader_finds_the_same_one_byte_at_a_time, ROWS(rows) }, { the_reader_hands_back_the_body, 0 },
           { an_endless_field_is_cut, 0 }, { unfolding_and_finding, 0 }, { long_lines_are_flagged, 0 })
