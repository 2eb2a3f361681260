#include "core/line.h"

#include <string.h>

#include "../unit.h"

#define LINE_LIMIT 8

static const struct {
    const char *input;
    size_t size;
    const char *text;
    size_t len;
    unsigned flags;
    uint64_t raw;
} rows[] = {
    { "NOOP\r\n", 6, "NOOP", 4, 0, 6 },
    { "\r\n", 2, "", 0, 0, 2 },
    { "NOOP\n", 5, "NOOP", 4, LINE_BARE_LF, 5 },
    { "NO\rOP\r\n", 7, "NO\rOP", 5, LINE_BARE_CR, 7 },
    { "NO\0P\r\n", 6, "NO\0P", 4, LINE_NUL, 6 },
    { "caf\xc3\xa9\r\n", 7, "caf\xc3\xa9", 5, LINE_8BIT, 7 },
    { "12345678\r\n", 10, "12345678", 8, 0, 10 },
    { "123456789\r\n", 11, "12345678", 8, LINE_TOO_LONG, 11 },
    { "1234567890abcdefghij\r\n", 22, "12345678", 8, LINE_TOO_LONG, 22 },
    { "1234567890abc\0efghij\n", 21, "12345678", 8, LINE_TOO_LONG | LINE_NUL | LINE_BARE_LF, 21 },
    { "A\r\r\n", 4, "A\r", 2, LINE_BARE_CR, 4 },
};

static void expect(int row, const struct line *line)
{
    ck_assert_uint_eq(line->text.len, rows[row].len);
    ck_assert_mem_eq(line->text.at, rows[row].text, rows[row].len);
    ck_assert_uint_eq(line->flags, rows[row].flags);
    ck_assert_uint_eq(line->raw_length, rows[row].raw);
}

START_TEST(all_at_once)
{
    struct line_splitter splitter;
    struct line line;
    line_init(&splitter, LINE_LIMIT);
    line_feed(&splitter, unit_at_edge(rows[_i].input, rows[_i].size), rows[_i].size);
    ck_assert_int_eq(line_next(&splitter, &line), 1);
    expect(_i, &line);
    ck_assert_int_eq(line_next(&splitter, &line), 0);
    ck_assert_uint_eq(splitter.offset, rows[_i].size);
    line_free(&splitter);
}
END_TEST

START_TEST(one_byte_at_a_time)
{
    struct line_splitter splitter;
    struct line line;
    line_init(&splitter, LINE_LIMIT);
    for (size_t i = 0; i + 1 < rows[_i].size; i++) {
        line_feed(&splitter, rows[_i].input + i, 1);
        ck_assert_int_eq(line_next(&splitter, &line), 0);
    }
    line_feed(&splitter, rows[_i].input + rows[_i].size - 1, 1);
    ck_assert_int_eq(line_next(&splitter, &line), 1);
    expect(_i, &line);
    line_free(&splitter);
}
END_TEST

START_TEST(memory_stays_bounded_and_the_next_line_is_found)
{
    struct line_splitter splitter;
    struct line line;
    line_init(&splitter, LINE_LIMIT);
    for (int i = 0; i < 100000; i++) {
        line_feed(&splitter, "0123456789", 10);
        ck_assert_int_eq(line_next(&splitter, &line), 0);
        ck_assert_uint_lt(splitter.in.len, 64);
    }
    line_feed(&splitter, "\r\nQUIT\r\n", 8);
    ck_assert_int_eq(line_next(&splitter, &line), 1);
    ck_assert_uint_eq(line.raw_length, 1000002);
    ck_assert(line.flags == LINE_TOO_LONG);
    ck_assert_int_eq(line_next(&splitter, &line), 1);
    ck_assert(span_is(line.text, "QUIT"));
    ck_assert_uint_eq(line.offset, 1000002);
    line_free(&splitter);
}
END_TEST

START_TEST(a_literal_is_taken_between_lines)
{
    struct line_splitter splitter;
    struct line line;
    line_init(&splitter, LINE_LIMIT);
    line_feed(&splitter, "a {3}\r\nx\nyb\r\nrest", 17);
    ck_assert_int_eq(line_next(&splitter, &line), 1);
    ck_assert(span_is(line_take(&splitter, 3), "x\ny"));
    ck_assert_int_eq(line_next(&splitter, &line), 1);
    ck_assert(span_is(line.text, "b"));
    ck_assert_uint_eq(line_drop(&splitter), 4);
    ck_assert_uint_eq(splitter.offset, 17);
    line_free(&splitter);
}
END_TEST

#define ROWS ((int)(sizeof rows / sizeof rows[0]))
UNIT_SUITE(line, { all_at_once, ROWS }, { one_byte_at_a_time, ROWS },
           { memory_stays_bounded_and_the_next_line_is_found, 0 }, { a_literal_is_taken_between_lines, 0 })
