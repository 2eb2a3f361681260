#include "io/charset.h"

#include <string.h>

#include "../unit.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof(table)[0]))

static const struct { const char *charset; const char *bytes; const char *text; } rows[] = {
    { "utf-8", "caf\xc3\xa9", "caf\xc3\xa9" },
    { "UTF8", "caf\xe9!", "caf\xef\xbf\xbd!" },
    { "iso-8859-1", "caf\xe9 \x80", "caf\xc3\xa9 \xe2\x82\xac" },
    { "ISO-8859-15", "\xa4", "\xe2\x82\xac" },
    { "koi8-r", "\xf0\xd2\xc9", "\xd0\x9f\xd1\x80\xd0\xb8" },
    { "iso-2022-jp", "\x1b$B$\"\x1b(B.", "\xe3\x81\x82." },
    { "iso-2022-jp", "\x1b$B$\"", "\xe3\x81\x82" },
    { "utf-16be", "\xd8\x3d\xdc\xec", "\xf0\x9f\x93\xac" },
    { "utf-16be", "\xd8\x3d", "\xef\xbf\xbd\xef\xbf\xbd" },
    { "utf-7", "+AOk-", "\xc3\xa9" },
    { "us-ascii", "caf\xc3\xa9", "caf\xc3\xa9" },
    { "us-ascii", "caf\xe9", "caf\xc3\xa9" },
    { "", "\x93x\x94", "\xe2\x80\x9cx\xe2\x80\x9d" },
    { "no-such-charset", "caf\xe9", "caf\xc3\xa9" },
    { "utf-8//IGNORE", "caf\xe9", "caf\xc3\xa9" },
    { "windows-1252", "a\x81z", "a\xef\xbf\xbdz" },
    { "a name with spaces, and longer than any charset's name can be, really", "x", "x" },
};

START_TEST(everything_becomes_utf8)
{
    struct buf out;
    size_t length = strlen(rows[_i].bytes);
    buf_init(&out, 1000);
    struct span bytes = { unit_at_edge(rows[_i].bytes, length), length };
    ck_assert_int_eq(charset_to_utf8(span_of(rows[_i].charset), bytes, &out), 0);
    ck_assert_str_eq(buf_text(&out), rows[_i].text);
    ck_assert(charset_is_utf8(buf_span(&out)));
    buf_free(&out);
}
END_TEST

START_TEST(any_bytes_in_any_charset)
{
    static const char *const names[] = { "utf-8", "utf-7", "utf-16", "utf-32", "iso-2022-jp", "gb18030", "big5",
                                         "euc-kr", "iso-2022-cn", "ebcdic-us", "cesu-8", "tscii", "" };
    char bytes[4096];
    unsigned seed = 1;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)((seed = seed * 1103515245 + 12345) >> 16);
    for (int i = 0; i < ROWS(names); i++) {
        struct buf out;
        buf_init(&out, 1 << 20);
        ck_assert_int_eq(charset_to_utf8(span_of(names[i]), (struct span){ bytes, sizeof bytes }, &out), 0);
        ck_assert(charset_is_utf8(buf_span(&out)));
        buf_free(&out);
    }
}
END_TEST

START_TEST(headers_are_decoded)
{
    struct buf out;
    buf_init(&out, 1000);
    struct span value = span_of("=?iso-8859-1?q?caf=E9?=\r\n =?utf-8?b?w6k=?= de\r\n F\xc3\xa8s");
    ck_assert_int_eq(charset_header(value, &out), 0);
    ck_assert_str_eq(buf_text(&out), "caf\xc3\xa9\xc3\xa9 de F\xc3\xa8s");
    buf_clear(&out);
    ck_assert_int_eq(charset_header(span_of(""), &out), 0);
    ck_assert_uint_eq(out.len, 0);
    buf_free(&out);
}
END_TEST

START_TEST(names_are_known_or_not)
{
    ck_assert(charset_known(span_of("UTF-8")));
    ck_assert(charset_known(span_of("KOI8-R")));
    ck_assert(charset_known(span_of("")));
    ck_assert(!charset_known(span_of("no-such-charset")));
    ck_assert(!charset_known(span_of("utf-8//TRANSLIT")));
}
END_TEST

UNIT_SUITE(charset, { everything_becomes_utf8, ROWS(rows) }, { any_bytes_in_any_charset, 0 },
           { headers_are_decoded, 0 }, { names_are_known_or_not, 0 })
