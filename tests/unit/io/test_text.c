#include "io/text.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "../unit.h"

#define BYTES(text) text, sizeof(text) - 1

static void use_utf8(void)
{
    ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
}

static const struct {
    const char *input;
    size_t size;
    const char *shown;
} safe_rows[] = {
    { BYTES("EHLO alice"), "EHLO alice" },
    { BYTES("caf\u00e9 \u2192 \u4e2d"), "caf\u00e9 \u2192 \u4e2d" },
    { BYTES("a\r\n\0b"), "a␍␊␀b" },
    { BYTES("\033]0;owned\007"), "␛]0;owned␇" },
    { BYTES("\033[2J\x7f"), "␛[2J␡" },
    { BYTES("\xc2\x9b" "31m"), "<U+009B>31m" },       /* CSI as a C1 control in UTF-8 */
    { BYTES("\x9b" "31m"), "\\x9B31m" },              /* and as a lone byte */
    { BYTES("caf\xe9"), "caf\\xE9" },
    { BYTES("\xc0\xaf\xed\xa0\x80"), "\\xC0\\xAF\\xED\\xA0\\x80" }, /* overlong, surrogate */
    { BYTES("\xf0\x9f\x98"), "\\xF0\\x9F\\x98" },     /* cut */
    { BYTES("a\u202e.exe"), "a<U+202E>.exe" },
    { BYTES("\u2066x\u2069\u200b"), "<U+2066>x<U+2069><U+200B>" },
    { BYTES("e\u0301"), "e\u0301" },
    { BYTES("\u0301"), "\u25cc\u0301" },
    { BYTES("e\u0301\u0301\u0301\u0301\u0301"), "e\u0301\u0301\u0301\u0301<U+0301>" },
    { BYTES("\U000e0041"), "<U+E0041>" },
    { BYTES("a\tb"), "a␉b" },
    { BYTES(""), "" },
};

START_TEST(untrusted_bytes_become_visible)
{
    struct buf out;
    use_utf8();
    buf_init(&out, 4096);
    ck_assert_int_eq(text_safe(&out, unit_at_edge(safe_rows[_i].input, safe_rows[_i].size), safe_rows[_i].size), 0);
    ck_assert_str_eq(buf_text(&out), safe_rows[_i].shown);
    ck_assert_uint_le(out.len, 5 * safe_rows[_i].size);
    buf_free(&out);
}
END_TEST

/* C0, DEL, and C1 in UTF-8. */
static bool has_control(const char *shown)
{
    for (const unsigned char *at = (const unsigned char *)shown; *at != '\0'; at++)
        if (*at < 0x20 || *at == 0x7f || (at[0] == 0xc2 && at[1] < 0xa0))
            return true;
    return false;
}

START_TEST(no_byte_reaches_the_terminal_as_a_control)
{
    static const char *const locales[] = { "C.UTF-8", "C" };
    for (size_t l = 0; l < 2; l++) {
        ck_assert_ptr_nonnull(setlocale(LC_CTYPE, locales[l]));
        for (unsigned first = 0; first < 256; first++)
            for (unsigned second = 0; second < 256; second++) {
                char pair[2] = { (char)first, (char)second };
                char *shown = text_safe_copy((struct span){ pair, 2 });
                if (has_control(shown))
                    ck_abort_msg("a control from %02x %02x", first, second);
                free(shown);
            }
    }
}
END_TEST

START_TEST(lines_keep_their_ends)
{
    struct buf out;
    use_utf8();
    buf_init(&out, 4096);
    ck_assert_int_eq(text_safe_lines(&out, BYTES("one\r\n\tb\nc\rd\te")), 0);
    ck_assert_str_eq(buf_text(&out), "one\n        b\nc␍d     e");
    buf_free(&out);
}
END_TEST

START_TEST(full_buffer_is_told)
{
    struct buf out;
    use_utf8();
    buf_init(&out, 4);
    ck_assert_int_eq(text_safe(&out, BYTES("abc\033")), -1);
    ck_assert_str_eq(buf_text(&out), "abc");
    buf_free(&out);
}
END_TEST

START_TEST(ascii_where_there_is_no_utf8)
{
    struct buf out;
    ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C"));
    buf_init(&out, 4096);
    ck_assert_int_eq(text_safe(&out, BYTES("\u00e9t\u00e9\033\x9b \u4e2d")), 0);
    ck_assert_str_eq(buf_text(&out), "ete^[\\x9B <U+4E2D>");
    buf_clear(&out);
    ck_assert_int_eq(text_ascii(&out, "\u250c\u2500\u2510 \u25cf \u25cb \u25b8 \u2026 \u00e0 \u4e2d"), 0);
    ck_assert_str_eq(buf_text(&out), "+-+ @ o > ~ a ?");
    buf_free(&out);
}
END_TEST

static const struct {
    const char *text;
    size_t columns;
    const char *padded;
    const char *padded_left;
} pad_rows[] = {
    { "abc", 5, "abc  ", "  abc" },
    { "abc", 3, "abc", "abc" },
    { "abcd", 3, "ab\u2026", "ab\u2026" },
    { "e\u0301a", 2, "e\u0301a", "e\u0301a" },
    { "xe\u0301", 2, "xe\u0301", "xe\u0301" },
    { "\u4e2d\u6587", 4, "\u4e2d\u6587", "\u4e2d\u6587" },
    { "\u4e2d\u6587", 3, "\u4e2d\u2026", "\u4e2d\u2026" },
    { "\u4e2d\u6587x", 4, "\u4e2d \u2026", "\u4e2d \u2026" },
    { "abc", 1, "\u2026", "\u2026" },
    { "abc", 0, "", "" },
    { "", 2, "  ", "  " },
};

START_TEST(columns_are_exact)
{
    struct buf out;
    use_utf8();
    buf_init(&out, 256);
    ck_assert_int_eq(text_pad(&out, pad_rows[_i].text, pad_rows[_i].columns), 0);
    ck_assert_str_eq(buf_text(&out), pad_rows[_i].padded);
    ck_assert_uint_eq(text_width(buf_text(&out)), pad_rows[_i].columns);
    buf_clear(&out);
    ck_assert_int_eq(text_pad_left(&out, pad_rows[_i].text, pad_rows[_i].columns), 0);
    ck_assert_str_eq(buf_text(&out), pad_rows[_i].padded_left);
    buf_free(&out);
}
END_TEST

static const struct {
    const char *text;
    size_t columns;
    const char *lines; /* joined with | */
} wrap_rows[] = {
    { "SMTP is the application itself", 12, "SMTP is the|application|itself" },
    { "one\n\ntwo", 10, "one||two" },
    { "a verylongword here", 6, "a|verylo|ngword|here" },
    { "\u4e2d\u6587", 1, "\u4e2d|\u6587" },
    { "", 5, "" },
    { "ab cd", 5, "ab cd" },
    { "ab cd", 0, "a|b|c|d" },
};

START_TEST(paragraphs_wrap)
{
    struct buf out;
    use_utf8();
    buf_init(&out, 256);
    const char *at = wrap_rows[_i].text;
    while (*at != '\0') {
        size_t next, length = text_wrap(at, wrap_rows[_i].columns, &next);
        ck_assert_uint_gt(next, 0);
        if (at != wrap_rows[_i].text)
            buf_add_text(&out, "|");
        buf_add(&out, at, length);
        at += next;
    }
    ck_assert_str_eq(buf_text(&out), wrap_rows[_i].lines);
    buf_free(&out);
}
END_TEST

#define ROWS(table) (int)(sizeof table / sizeof table[0])

UNIT_SUITE(text, { untrusted_bytes_become_visible, ROWS(safe_rows) }, { no_byte_reaches_the_terminal_as_a_control, 0 },
           { lines_keep_their_ends, 0 }, { full_buffer_is_told, 0 }, { ascii_where_there_is_no_utf8, 0 },
           { columns_are_exact, ROWS(pad_rows) }, { paragraphs_wrap, ROWS(wrap_rows) })
