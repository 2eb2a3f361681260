#include "core/base64.h"

#include <string.h>

#include "../unit.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof(table)[0]))

static const struct { const char *plain; size_t size; const char *coded; } valid[] = {
    { "", 0, "" },               /* RFC 4648 §10 */
    { "f", 1, "Zg==" },
    { "fo", 2, "Zm8=" },
    { "foo", 3, "Zm9v" },
    { "foob", 4, "Zm9vYg==" },
    { "fooba", 5, "Zm9vYmE=" },
    { "foobar", 6, "Zm9vYmFy" },
    { "\0tim\0tanstaaftanstaaf", 21, "AHRpbQB0YW5zdGFhZnRhbnN0YWFm" }, /* RFC 4616 §4, as it travels */
    { "\xff\xfe\xfd", 3, "//79" },
    { "\xfb\xef\xbe", 3, "++++" },
};

START_TEST(one_value_has_one_spelling)
{
    struct buf out;
    buf_init(&out, 100);
    ck_assert_int_eq(base64_encode((struct span){ valid[_i].plain, valid[_i].size }, &out), 0);
    ck_assert_str_eq(buf_text(&out), valid[_i].coded);
    buf_clear(&out);
    size_t length = strlen(valid[_i].coded);
    ck_assert_int_eq(base64_decode((struct span){ unit_at_edge(valid[_i].coded, length), length }, &out), 0);
    ck_assert_uint_eq(out.len, valid[_i].size);
    ck_assert(valid[_i].size == 0 || memcmp(out.data, valid[_i].plain, out.len) == 0);
    buf_free(&out);
}
END_TEST

static const char *const invalid[] = {
    "Zg", "Zg=", "Zg===", "Z", "=", "====", "Zg==Zg==", "Zm9v\r\n", "Zm 9v", "Zm9v=", "Z===", "Zh==", "Zm9=",
    "Zm9-", "Zm9_", "Zm\x80v", "Z=g=", "=Zg=", "Zm8=Zm8=",
};

START_TEST(strict_means_strict)
{
    struct buf out;
    buf_init(&out, 100);
    buf_add_text(&out, "kept");
    size_t length = strlen(invalid[_i]);
    ck_assert_int_eq(base64_decode((struct span){ unit_at_edge(invalid[_i], length), length }, &out), -1);
    ck_assert_str_eq(buf_text(&out), "kept");
    buf_free(&out);
}
END_TEST

static const struct { const char *coded; const char *plain; unsigned flags; } lenient[] = {
    { "Zm9v\r\nYmFy\r\n", "foobar", 0 },
    { " Z\tm9v ", "foo", 0 },
    { "Zm9vYg==", "foob", 0 },
    { "Zm9vYg", "foob", BASE64_CUT },
    { "Zm9vYmE", "fooba", BASE64_CUT },
    { "Zm9vY", "foo", BASE64_CUT },
    { "Zm9v!Ym\xe9" "Fy", "foobar", BASE64_STRAY },
    { "Zg==Zm9v", "ffoo", BASE64_AFTER_PADDING },
    { "Zg=\r\n=", "f", 0 },
    { "Zg=Zm9v", "ffoo", BASE64_CUT | BASE64_AFTER_PADDING },
    { "Zm9v====", "foo", BASE64_STRAY },
    { "Zh==", "f", BASE64_LOOSE_BITS },
    { "", "", 0 },
};

static void decode_in_pieces(const char *text, size_t piece, struct buf *out, unsigned *flags)
{
    struct base64_decoder decoder;
    base64_decoder_start(&decoder);
    size_t length = strlen(text);
    for (size_t at = 0; at < length; at += piece) {
        size_t size = length - at < piece ? length - at : piece;
        ck_assert_int_eq(base64_decoder_feed(&decoder, (struct span){ unit_at_edge(text + at, size), size }, out), 0);
    }
    ck_assert_int_eq(base64_decoder_finish(&decoder, out), 0);
    *flags = decoder.flags;
}

START_TEST(mime_forgives_and_says_so)
{
    for (size_t piece = 1; piece < 20; piece += 6) {
        struct buf out;
        unsigned flags;
        buf_init(&out, 100);
        decode_in_pieces(lenient[_i].coded, piece, &out, &flags);
        ck_assert_str_eq(buf_text(&out), lenient[_i].plain);
        ck_assert_uint_eq(flags, lenient[_i].flags);
        buf_free(&out);
    }
}
END_TEST

START_TEST(lines_are_76_letters)
{
    struct base64_encoder encoder;
    struct buf out;
    char data[58];
    memset(data, 0, sizeof data);
    buf_init(&out, 200);
    base64_encoder_start(&encoder);
    for (size_t i = 0; i < sizeof data; i++)
        ck_assert_int_eq(base64_encoder_feed(&encoder, (struct span){ data + i, 1 }, &out), 0);
    ck_assert_int_eq(base64_encoder_finish(&encoder, &out), 0);
    ck_assert_uint_eq(out.len, 78 + 6);
    ck_assert_str_eq(buf_text(&out) + 76, "\r\nAA==\r\n");
    buf_free(&out);
}
END_TEST

START_TEST(a_full_buffer_is_an_error)
{
    struct buf out;
    buf_init(&out, 7);
    ck_assert_int_eq(base64_encode(span_of("foobar"), &out), -1);
    ck_assert_uint_eq(out.len, 0);
    buf_free(&out);
    buf_init(&out, 5);
    ck_assert_int_eq(base64_decode(span_of("Zm9vYmFy"), &out), -1);
    ck_assert_uint_eq(out.len, 0);
    buf_free(&out);
}
END_TEST

UNIT_SUITE(base64, { one_value_has_one_spelling, ROWS(valid) }, { strict_means_strict, ROWS(invalid) },
           { mime_forgives_and_says_so, ROWS(lenient) }, { lines_are_76_letters, 0 }, { a_full_buffer_is_an_error, 0 })
