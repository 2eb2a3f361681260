#include "io/edit.h"

#include <locale.h>
#include <string.h>

#include "../unit.h"
#include "io/area.h"
#include "io/keys.h"
#include "io/page.h"

#define CTRL(letter) ((letter) & 0x1f)

static const struct {
    const char *before;
    int keys[8];       /* ends with 0 */
    const char *after;
    size_t cursor;
} rows[] = {
    { "", { 'a', 0xe9, 0x4e2d }, "a\u00e9\u4e2d", 6 },
    { "a\u00e9", { KEYS_BACKSPACE }, "a", 1 },
    { "a\u00e9", { KEYS_LEFT, 'x' }, "ax\u00e9", 2 },
    { "a\u00e9b", { KEYS_HOME, KEYS_DELETE, KEYS_DELETE }, "b", 0 },
    { "one two  ", { CTRL('W') }, "one ", 4 },
    { "one", { CTRL('W'), CTRL('W'), KEYS_BACKSPACE }, "", 0 },
    { "abc", { KEYS_LEFT, CTRL('U') }, "c", 0 },
    { "abc", { KEYS_LEFT, CTRL('K') }, "ab", 2 },
    { "abc", { CTRL('A'), KEYS_RIGHT, KEYS_RIGHT, KEYS_RIGHT, KEYS_RIGHT }, "abc", 3 },
    { "12345678901", { 'x', 'y' }, "12345678901", 11 },   /* full */
    { "1234567890", { 0xe9, 'y' }, "1234567890y", 11 },   /* never half a character */
    { "a", { KEYS_F1, 0x9b, CTRL('G'), KEYS_UP }, "a", 1 },
};

START_TEST(keys_edit_the_line)
{
    char text[12];
    struct edit edit;
    strcpy(text, rows[_i].before);
    edit_start(&edit, text, sizeof text);
    for (const int *key = rows[_i].keys; *key != 0; key++)
        edit_key(&edit, *key);
    ck_assert_str_eq(text, rows[_i].after);
    ck_assert_uint_eq(edit.cursor, rows[_i].cursor);
}
END_TEST

START_TEST(areas_are_cut)
{
    struct area area = { 2, 3, 10, 20 };
    struct area piece = area_top(&area, 4);
    ck_assert(piece.row == 2 && piece.rows == 4 && area.row == 6 && area.rows == 6);
    piece = area_bottom(&area, 50);
    ck_assert(piece.row == 6 && piece.rows == 6 && area.rows == 0);
    piece = area_left(&area, -1);
    ck_assert(piece.columns == 0 && area.columns == 20);
    piece = area_right(&area, 5);
    ck_assert(piece.column == 18 && piece.columns == 5 && area.columns == 15);
    ck_assert(area_has(piece, 6, 18) == false); /* no rows are left */
}
END_TEST

START_TEST(pages_wrap_and_are_searched)
{
    struct page page;
    ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
    page_init(&page);
    page_add(&page, 0, "key ");
    page_paragraph(&page, 0, 14, 4, span_of("one two three\n\n\033[2J"));
    ck_assert_uint_eq(page.line_count, 4);
    ck_assert_uint_eq(page_find(&page, "KEY ONE TWO", 0), 0);
    ck_assert_uint_eq(page_find(&page, "    three", 0), 1);
    ck_assert_uint_eq(page_find(&page, "\u241b[2J", 0), 3);
    ck_assert_uint_eq(page_find(&page, "three", 2), 4);
    page_free(&page);
}
END_TEST

UNIT_SUITE(edit, { keys_edit_the_line, (int)(sizeof rows / sizeof rows[0]) }, { areas_are_cut, 0 },
           { pages_wrap_and_are_searched, 0 })
