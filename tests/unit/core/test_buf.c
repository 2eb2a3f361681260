#include "core/buf.h"

#include <stdlib.h>

#include "../unit.h"

START_TEST(adding_past_the_maximum_adds_nothing)
{
    struct buf buf;
    buf_init(&buf, 5);
    ck_assert_int_eq(buf_add_text(&buf, "abc"), 0);
    ck_assert_int_eq(buf_add_text(&buf, "def"), -1);
    ck_assert_int_eq(buf_printf(&buf, "%03d", 7), -1);
    ck_assert_str_eq(buf_text(&buf), "abc");
    ck_assert_int_eq(buf_printf(&buf, "%02d", 7), 0);
    ck_assert_str_eq(buf_text(&buf), "abc07");
    buf_free(&buf);
}
END_TEST

START_TEST(dropping_keeps_the_rest)
{
    struct buf buf;
    buf_init(&buf, 1000);
    buf_add(&buf, "a\0b\0c", 5);
    buf_drop(&buf, 2);
    ck_assert_uint_eq(buf.len, 3);
    ck_assert_mem_eq(buf.data, "b\0c", 3);
    buf_drop(&buf, 99);
    ck_assert_uint_eq(buf.len, 0);
    ck_assert_str_eq(buf_text(&buf), "");
    buf_free(&buf);
}
END_TEST

START_TEST(an_empty_buffer_is_text_too)
{
    struct buf buf;
    buf_init(&buf, 0);
    ck_assert_str_eq(buf_text(&buf), "");
    ck_assert_int_eq(buf_add(&buf, NULL, 0), 0);
    ck_assert_int_eq(buf_add_text(&buf, "x"), -1);
    buf_free(&buf);
}
END_TEST

START_TEST(spans_compare)
{
    ck_assert(span_is(span_of("EHLO"), "EHLO"));
    ck_assert(!span_is(span_of("EHLO"), "ehlo"));
    ck_assert(span_is_nocase(span_of("EHLO"), "ehlo"));
    ck_assert(!span_is_nocase(span_of("EHLO"), "EHL"));
    ck_assert(span_is(span_of(NULL), ""));
    char *copy = span_copy((struct span){ "a\0b", 3 });
    ck_assert_mem_eq(copy, "a\0b", 4);
    free(copy);
}
END_TEST

UNIT_SUITE(buf, { adding_past_the_maximum_adds_nothing, 0 }, { dropping_keeps_the_rest, 0 },
           { an_empty_buffer_is_text_too, 0 }, { spans_compare, 0 })
