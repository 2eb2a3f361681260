#include "core/encoded_word.h"

#include <string.h>

#include "../unit.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof(table)[0]))

/* Pieces as "charset:bytes|". */
static const struct { const char *text; const char *pieces; } rows[] = {
    { "", "" },
    { "plain text", ":plain text|" },
    /* RFC 2047 §8 */
    { "=?ISO-8859-1?Q?a?=", "ISO-8859-1:a|" },
    { "=?ISO-8859-1?Q?a?= b", "ISO-8859-1:a|: b|" },
    { "=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ISO-8859-1:ab|" },
    { "=?ISO-8859-1?Q?a?=  \r\n =?iso-8859-1?Q?b?=", "ISO-8859-1:ab|" },
    { "=?ISO-8859-1?Q?a_b?=", "ISO-8859-1:a b|" },
    { "=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "ISO-8859-1:a|ISO-8859-2: b|" },
    { "=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\r\n =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=",
      "ISO-8859-1:If you can read this yo|ISO-8859-2:u understand the example.|" },
    { "=?US-ASCII*EN?Q?Keith_Moore?= <moore>", "US-ASCII:Keith Moore|: <moore>|" },   /* RFC 2231 §5 */
    { "=?utf-8?b?w6k=?==?utf-8?q?=C3?==?utf-8?q?=A9?=x", "utf-8:\xc3\xa9\xc3\xa9|:x|" },
    { "x=?utf-8?q?y?=z", ":x|utf-8:y|:z|" },
    { "=?utf-8?q?a b?=", "utf-8:a b|" },
    { "=?utf-8?q?\?=", "utf-8:|" },
    { "a =?utf-8?x?y?= b", ":a =?utf-8?x?y?= b|" },
    { "=?utf-8?q?y", ":=?utf-8?q?y|" },
    { "=?utf-8?q?y?", ":=?utf-8?q?y?|" },
    { "=?\?q?y?=", ":=?\?q?y?=|" },
    { "=?=?utf-8?q?y?=", ":=?|utf-8:y|" },
    { "=?u?q?a?= \t ", "u:a|: \t |" },
    { "=", ":=|" }, { "=?", ":=?|" }, { "a==", ":a==|" },
};

START_TEST(words_become_pieces)
{
    struct encoded_walk walk;
    struct encoded_piece piece;
    struct buf out;
    size_t length = strlen(rows[_i].text);
    buf_init(&out, 1000);
    encoded_start(&walk, (struct span){ unit_at_edge(rows[_i].text, length), length });
    while (encoded_next(&walk, &piece)) {
        buf_add_span(&out, piece.charset);
        buf_add_text(&out, ":");
        buf_add_span(&out, piece.bytes);
        buf_add_text(&out, "|");
    }
    ck_assert_str_eq(buf_text(&out), rows[_i].pieces);
    encoded_finish(&walk);
    buf_free(&out);
}
END_TEST

START_TEST(a_megabyte_is_walked_in_linear_time)
{
    static const char *const patterns[] = { "=?", "=?a?q?", "=?a?q?x?= ", "=?a?b?", " ", "==", "=?a?q?x?=y" };
    for (int i = 0; i < ROWS(patterns); i++) {
        struct encoded_walk walk;
        struct encoded_piece piece;
        struct buf text;
        buf_init(&text, 2000000);
        while (text.len < 1000000)
            buf_add_text(&text, patterns[i]);
        encoded_start(&walk, buf_span(&text));
        while (encoded_next(&walk, &piece))
            continue;
        encoded_finish(&walk);
        buf_free(&text);
    }
}
END_TEST

static const struct { const char *text; size_t column; const char *coded; } written[] = {
    { "", 9, "" },
    { "test", 9, "test" },
    { "caf\xc3\xa9", 9, "=?UTF-8?Q?caf=C3=A9?=" },
    { "a =?b?= c", 9, "=?UTF-8?B?YSA9P2I/PSBj?=" },
    { "x\r\nBcc: y", 9, "x  Bcc: y" },
    { "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82", 9, "=?UTF-8?B?0J/RgNC40LLQtdGC?=" },
    { "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789", 9,
      "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789\r\n 0123456789" },
    { "0123456789 0123456789 0123456789 0123456789 0123456789 \xc3\xa9", 9,
      "=?UTF-8?Q?0123456789_0123456789_0123456789_0123456789_0123456789_?=\r\n =?UTF-8?Q?=C3=A9?=" },
    { "abc \xc3\xa9", 70, "\r\n =?UTF-8?Q?abc_=C3=A9?=" },
};

START_TEST(text_becomes_words_and_comes_back)
{
    struct buf out, back;
    size_t column = written[_i].column;
    buf_init(&out, 1000);
    buf_init(&back, 1000);
    ck_assert_int_eq(encoded_write(span_of(written[_i].text), &column, &out), 0);
    ck_assert_str_eq(buf_text(&out), written[_i].coded);
    struct encoded_walk walk;
    struct encoded_piece piece;
    encoded_start(&walk, buf_span(&out));
    while (encoded_next(&walk, &piece))
        buf_add_span(&back, piece.bytes);
    encoded_finish(&walk);
    if (strchr(written[_i].text, '\n') == NULL && strchr(written[_i].coded, '\n') == NULL)
        ck_assert_str_eq(buf_text(&back), written[_i].text);
    buf_free(&out);
    buf_free(&back);
}
END_TEST

START_TEST(no_character_is_cut_and_no_line_is_long)
{
    static const char *const patterns[] = { "\xe2\x82\xac", "a\xc3\xa9", "\xf0\x9f\x93\xac ", "word word \xc3\xa0 " };
    struct buf text, out;
    buf_init(&text, 4000);
    buf_init(&out, 20000);
    for (int i = 0; i < 200; i++)
        buf_add_text(&text, patterns[_i]);
    size_t column = 9;
    ck_assert_int_eq(encoded_write(buf_span(&text), &column, &out), 0);
    size_t width = 9;
    for (const char *line = buf_text(&out); line != NULL;) {
        const char *end = strstr(line, "\r\n");
        width += end != NULL ? (size_t)(end - line) : strlen(line);
        ck_assert_uint_le(width, 76);
        const char *word = strstr(line, "=?");
        struct encoded_walk walk;
        struct encoded_piece piece;
        encoded_start(&walk, (struct span){ word, end != NULL ? (size_t)(end - word) : strlen(word) });
        ck_assert_int_eq(encoded_next(&walk, &piece), 1);
        ck_assert_int_ne(((unsigned char)piece.bytes.at[0] & 0xc0), 0x80);
        encoded_finish(&walk);
        line = end != NULL ? end + 2 : NULL;
        width = 0;
    }
    buf_free(&text);
    buf_free(&out);
}
END_TEST

UNIT_SUITE(encoded_word, { words_become_pieces, ROWS(rows) }, { a_megabyte_is_walked_in_linear_time, 0 },
           { text_becomes_words_and_comes_back, ROWS(written) }, { no_character_is_cut_and_no_line_is_long, 4 })
