#include "core/qp.h"

#include <string.h>

#include "../unit.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof(table)[0]))

static const struct { const char *plain; enum qp_kind kind; const char *coded; } encoded[] = {
    { "", QP_TEXT, "" },
    { "caf\xc3\xa9\r\n", QP_TEXT, "caf=C3=A9\r\n" },
    { "a=b", QP_TEXT, "a=3Db" },
    { "blank \r\ntab\t\r\nend ", QP_TEXT, "blank=20\r\ntab=09\r\nend=20" },
    { "in side\t.", QP_TEXT, "in side\t." },
    { "a\r\nb", QP_BINARY, "a=0D=0Ab" },
    { "a\nb\rc", QP_TEXT, "a=0Ab=0Dc" },
    { "\x7f\x01", QP_TEXT, "=7F=01" },
    { ".\r\n.x\r\na.", QP_TEXT, "=2E\r\n=2Ex\r\na." },
    { "From me\r\nFromage\r\n From", QP_TEXT, "=46rom me\r\nFromage\r\n From" },
    { "0123456789012345678901234567890123456789012345678901234567890123456789012345", QP_TEXT,
      "012345678901234567890123456789012345678901234567890123456789012345678901234=\r\n5" },
    { "01234567890123456789012345678901234567890123456789012345678901234567890123\xe9", QP_TEXT,
      "01234567890123456789012345678901234567890123456789012345678901234567890123=\r\n=E9" },
};

static void decode(const char *text, size_t piece, struct buf *out, unsigned *flags)
{
    struct qp_decoder decoder;
    size_t length = strlen(text);
    qp_decoder_start(&decoder);
    for (size_t at = 0; at < length; at += piece) {
        size_t size = length - at < piece ? length - at : piece;
        ck_assert_int_eq(qp_decoder_feed(&decoder, (struct span){ unit_at_edge(text + at, size), size }, out), 0);
    }
    ck_assert_int_eq(qp_decoder_finish(&decoder, out), 0);
    *flags = decoder.flags;
}

START_TEST(what_is_coded_comes_back)
{
    struct buf out, back;
    unsigned flags;
    buf_init(&out, 1000);
    buf_init(&back, 1000);
    size_t length = strlen(encoded[_i].plain);
    struct span plain = { unit_at_edge(encoded[_i].plain, length), length };
    ck_assert_int_eq(qp_encode(plain, encoded[_i].kind, &out), 0);
    ck_assert_str_eq(buf_text(&out), encoded[_i].coded);
    decode(buf_text(&out), 1, &back, &flags);
    ck_assert_str_eq(buf_text(&back), encoded[_i].plain);
    ck_assert_uint_eq(flags, 0);
    buf_free(&out);
    buf_free(&back);
}
END_TEST

static const struct { const char *coded; const char *plain; unsigned flags; } decoded[] = {
    /* RFC 2045 §6.7, the example of soft line breaks */
    { "Now's the time =\r\nfor all folk to come=\r\n to the aid of their country.",
      "Now's the time for all folk to come to the aid of their country.", 0 },
    { "=C3=A9=0D=0A", "\xc3\xa9\r\n", 0 },
    { "=c3=a9", "\xc3\xa9", QP_LOWER_CASE },
    { "x  \t\r\ny", "x\r\ny", QP_END_BLANKS },
    { "x ", "x", QP_END_BLANKS },
    { "x= \t\r\ny", "xy", QP_END_BLANKS },
    { "x=\ny", "xy", QP_BARE_EOL },
    { "x\ny\rz", "x\ny\rz", QP_BARE_EOL | 0 },
    { "x \ny", "x\ny", QP_BARE_EOL | QP_END_BLANKS },
    { "x \ry", "x \ry", QP_BARE_EOL },
    { "a=XYb", "a=XYb", QP_BAD_CODE },
    { "a=4Yb", "a=4Yb", QP_BAD_CODE },
    { "a==41", "a=A", QP_BAD_CODE },
    { "a=4=41", "a=4A", QP_BAD_CODE },
    { "a= b", "a= b", QP_BAD_CODE },
    { "a=\rb", "a=\rb", QP_BAD_CODE | QP_BARE_EOL },
    { "a=", "a", QP_BAD_CODE },
    { "a=4", "a=4", QP_BAD_CODE },
    { "a= ", "a", QP_BAD_CODE | QP_END_BLANKS },
    { "a\r", "a\r", QP_BARE_EOL },
    { "caf\xc3\xa9", "caf\xc3\xa9", QP_RAW_BYTE },
    { "1234567890123456789012345678901234567890123456789012345678901234567890123456\r\n",
      "1234567890123456789012345678901234567890123456789012345678901234567890123456\r\n", 0 },
    { "12345678901234567890123456789012345678901234567890123456789012345678901234567\r\n",
      "12345678901234567890123456789012345678901234567890123456789012345678901234567\r\n", QP_LONG_LINE },
};

START_TEST(decoding_repairs_and_says_so)
{
    for (size_t piece = 1; piece < 80; piece += 13) {
        struct buf out;
        unsigned flags;
        buf_init(&out, 1000);
        decode(decoded[_i].coded, piece, &out, &flags);
        ck_assert_str_eq(buf_text(&out), decoded[_i].plain);
        ck_assert_uint_eq(flags, decoded[_i].flags);
        buf_free(&out);
    }
}
END_TEST

START_TEST(a_megabyte_of_blanks_is_kept_in_order)
{
    struct qp_decoder decoder;
    struct buf out;
    buf_init(&out, 2000000);
    qp_decoder_start(&decoder);
    for (int i = 0; i < 100000; i++)
        ck_assert_int_eq(qp_decoder_feed(&decoder, span_of(" \t \t \t \t "), &out), 0);
    ck_assert_int_eq(qp_decoder_feed(&decoder, span_of("x"), &out), 0);
    ck_assert_int_eq(qp_decoder_finish(&decoder, &out), 0);
    ck_assert_uint_eq(out.len, 900001);
    ck_assert_uint_eq(decoder.flags, QP_LONG_LINE);
    buf_free(&out);
}
END_TEST

START_TEST(words_have_underscores)
{
    struct buf out;
    unsigned flags = 0;
    buf_init(&out, 100);
    ck_assert_int_eq(qp_decode_word(span_of("a_b=5F=e9"), &out, &flags), 0);
    ck_assert_str_eq(buf_text(&out), "a b_\xe9");
    ck_assert_uint_eq(flags, 0);
    ck_assert_int_eq(qp_decode_word((struct span){ unit_at_edge("=4", 2), 2 }, &out, &flags), 0);
    ck_assert_uint_eq(flags, QP_BAD_CODE);
    buf_free(&out);
}
END_TEST

UNIT_SUITE(qp, { what_is_coded_comes_back, ROWS(encoded) }, { decoding_repairs_and_says_so, ROWS(decoded) },
           { a_megabyte_of_blanks_is_kept_in_order, 0 }, { words_have_underscores, 0 })
