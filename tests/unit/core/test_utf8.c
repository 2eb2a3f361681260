#include "core/utf8.h"

#include <string.h>

#include "../unit.h"

static const struct {
    const char *bytes;
    size_t size;
    size_t length;
    uint32_t code;
} rows[] = {
    { "a", 1, 1, 'a' },
    { "\0", 1, 1, 0 },
    { "\xc2\x80", 2, 2, 0x80 },
    { "\xdf\xbf", 2, 2, 0x7ff },
    { "\xe0\xa0\x80", 3, 3, 0x800 },
    { "\xed\x9f\xbf", 3, 3, 0xd7ff },
    { "\xef\xbf\xbf", 3, 3, 0xffff },
    { "\xf0\x90\x80\x80", 4, 4, 0x10000 },
    { "\xf4\x8f\xbf\xbf", 4, 4, 0x10ffff },
    { "", 0, 0, 0 },
    { "\x80", 1, 0, 0 },
    { "\xc0\x80", 2, 0, 0 },
    { "\xc1\xbf", 2, 0, 0 },
    { "\xe0\x9f\xbf", 3, 0, 0 },
    { "\xed\xa0\x80", 3, 0, 0 },
    { "\xf0\x8f\xbf\xbf", 4, 0, 0 },
    { "\xf4\x90\x80\x80", 4, 0, 0 },
    { "\xf5\x80\x80\x80", 4, 0, 0 },
    { "\xff", 1, 0, 0 },
    { "\xc3", 1, 0, 0 },
    { "\xe2\x82", 2, 0, 0 },
    { "\xe2\x82\x41", 3, 0, 0 },
    { "\xf0\x9f\x98", 3, 0, 0 },
};

START_TEST(strict_reading_and_writing_back)
{
    uint32_t code = 0;
    const char *bytes = unit_at_edge(rows[_i].bytes, rows[_i].size);
    ck_assert_uint_eq(utf8_read(bytes, rows[_i].size, &code), rows[_i].length);
    ck_assert_int_eq(utf8_valid(bytes, rows[_i].size), rows[_i].length > 0 || rows[_i].size == 0);
    if (rows[_i].length == 0)
        return;
    char out[4];
    ck_assert_uint_eq(code, rows[_i].code);
    ck_assert_uint_eq(utf8_write(code, out), rows[_i].length);
    ck_assert_mem_eq(out, rows[_i].bytes, rows[_i].length);
}
END_TEST

START_TEST(ascii_at_the_beginning)
{
    char text[24];
    for (size_t size = 0; size <= sizeof text; size++)
        for (size_t ascii = 0; ascii <= size; ascii++) {
            memset(text, 'a', size);
            memset(text + ascii, 0xe9, size - ascii);
            const char *bytes = unit_at_edge(text, size);
            ck_assert_uint_eq(utf8_ascii(bytes, size), ascii);
            ck_assert_int_eq(utf8_valid(bytes, size), ascii == size);
        }
}
END_TEST

START_TEST(no_such_character)
{
    char out[4];
    ck_assert_uint_eq(utf8_write(0xd800, out), 0);
    ck_assert_uint_eq(utf8_write(0x110000, out), 0);
}
END_TEST

UNIT_SUITE(utf8, { strict_reading_and_writing_back, (int)(sizeof rows / sizeof rows[0]) },
           { ascii_at_the_beginning, 0 }, { no_such_character, 0 })
