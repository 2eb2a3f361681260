#include "io/casemap.h"

#include "../unit.h"

/* RFC 5051 §2: titlecase, then decomposed. */
static const struct {
    const char *text, *mapped;
} rows[] = {
    { "", "" },
    { "Rachida bonjour 77", "RACHIDA BONJOUR 77" },
    { "\xc3\xa9t\xc3\xa9", "E\xcc\x81TE\xcc\x81" },                 /* été */
    { "\xc3\x89T\xc3\x89", "E\xcc\x81TE\xcc\x81" },                 /* ÉTÉ */
    { "e\xcc\x81te\xcc\x81", "E\xcc\x81TE\xcc\x81" },               /* the same, decomposed */
    { "\xc7\x86", "Dz\xcc\x8c" },                                    /* the one letter dž, its titlecase Dž */
    { "\xef\xac\x81n", "fiN" },                                     /* the ligature fi: its own titlecase, then f i */
    { "\xd0\x96\xd0\xb6", "\xd0\x96\xd0\x96" },                     /* Жж */
    { "\xd8\xb1\xd8\xb4", "\xd8\xb1\xd8\xb4" },                     /* letters without case */
    { "a\xff" "b\xc3", "A\xff" "B\xc3" },                           /* not UTF-8 */
    { "\xea\xb0\x80", "\xe1\x84\x80\xe1\x85\xa1" },                 /* a Hangul syllable */
};

START_TEST(texts_are_mapped)
{
    struct buf text;
    buf_init(&text, 1000);
    buf_add_text(&text, rows[_i].text);
    casemap(&text);
    ck_assert_str_eq(buf_text(&text), rows[_i].mapped);
    buf_free(&text);
}
END_TEST

START_TEST(what_grows_too_large_stays)
{
    struct buf text;
    buf_init(&text, 4);
    buf_add_text(&text, "\xc3\xa9\xc3\xa9");
    casemap(&text);
    ck_assert_str_eq(buf_text(&text), "\xc3\xa9\xc3\xa9");
    buf_free(&text);
}
END_TEST

UNIT_SUITE(casemap, { texts_are_mapped, sizeof rows / sizeof rows[0] }, { what_grows_too_large_stays, 0 })
