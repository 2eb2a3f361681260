#include "io/keys.h"

#include <locale.h>
#include <string.h>

#include "../unit.h"
#include "io/help.h"
#include "io/list.h"
#include "io/reader.h"
#include "io/view.h"

enum { NEXT = ACTION_OWN, BACK };

static const struct key_row inner_rows[] = {
    { 7, "n", "inner-next", NULL, "hidden by the outer table" },
    { 8, "x Up", "inner-x", NULL, "reached" },
};
static const struct key_table inner = { "Inner", inner_rows, 2, NULL };

static const struct key_row outer_rows[] = {
    { NEXT, "n Right Space", "next", "next", "Go on." },
    { BACK, "b Ctrl-P F1 \u00e9", "back", "back", "Go back." },
};
static const struct key_table outer = { "Outer", outer_rows, 2, &inner };

static const struct {
    int key;
    int action; /* 0: bound to nothing */
} find_rows[] = {
    { 'n', NEXT }, { KEYS_RIGHT, NEXT }, { ' ', NEXT }, { 'b', BACK }, { 'P' & 0x1f, BACK }, { KEYS_F1, BACK },
    { 0xe9, BACK }, { 'x', 8 }, { KEYS_UP, 8 }, { 'q', 0 }, { KEYS_NONE, 0 }, { KEYS_F2, 0 }, { 'N', 0 },
};

START_TEST(the_first_table_wins)
{
    const struct key_row *row = keys_find(&outer, find_rows[_i].key);
    ck_assert_int_eq(row != NULL ? row->action : 0, find_rows[_i].action);
}
END_TEST

static const struct {
    const char *name;
    int key;
} name_rows[] = {
    { "Enter", KEYS_ENTER }, { "Space", ' ' }, { "Ctrl-L", 'L' & 0x1f }, { "PageDown", KEYS_PAGE_DOWN },
    { "F12", KEYS_F12 }, { "?", '?' }, { "\u00e9", 0xe9 }, { "-", '-' }, { "Esc", KEYS_ESCAPE }, { "Tab", KEYS_TAB },
};

START_TEST(names_go_both_ways)
{
    char name[16];
    const char *list = name_rows[_i].name;
    ck_assert_int_eq(keys_next(&list), name_rows[_i].key);
    ck_assert_int_eq(*list, '\0');
    ck_assert_str_eq(keys_name(name_rows[_i].key, name), name_rows[_i].name);
}
END_TEST

START_TEST(no_name_is_no_key)
{
    const char *list = "Hyper-Q";
    ck_assert_int_eq(keys_next(&list), KEYS_NONE);
    list = "  ";
    ck_assert_int_eq(keys_next(&list), KEYS_NONE);
}
END_TEST

START_TEST(commands_have_names)
{
    ck_assert_int_eq(keys_find_name(&outer, "back")->action, BACK);
    ck_assert_int_eq(keys_find_name(&outer, "inner-x")->action, 8);
    ck_assert_ptr_null(keys_find_name(&outer, "backwards"));
}
END_TEST

/* What help says is what happens: every key it shows for a row requests that row's action. */
START_TEST(help_does_not_lie)
{
    struct page page;
    ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
    page_init(&page);
    help_build(&page, &outer, 60);
    ck_assert_uint_lt(page_find(&page, "n  Right  Space", 0), page.line_count);
    ck_assert_uint_lt(page_find(&page, "Go back.", 0), page.line_count);
    ck_assert_uint_lt(page_find(&page, "reached", 0), page.line_count);
    ck_assert_uint_eq(page_find(&page, "hidden by", 0), page.line_count);
    page_free(&page);
}
END_TEST

/* In our own tables every name is a key, and the first key of a labelled row is not taken away within its chain. */
START_TEST(shared_tables_are_sound)
{
    static const struct key_table *const tables[] = { &list_keys, &reader_keys };
    for (size_t t = 0; t < 2; t++)
        for (const struct key_table *table = tables[t]; table != NULL; table = table->next)
            for (size_t i = 0; i < table->count; i++) {
                const char *list = table->rows[i].keys;
                while (*list != '\0') {
                    int key = keys_next(&list);
                    ck_assert_msg(key != KEYS_NONE, "%s", table->rows[i].keys);
                    ck_assert_msg(keys_reached(tables[t], &table->rows[i], key), "%s", table->rows[i].name);
                }
            }
}
END_TEST

#define ROWS(table) (int)(sizeof table / sizeof table[0])

UNIT_SUITE(keys, { the_first_table_wins, ROWS(find_rows) }, { names_go_both_ways, ROWS(name_rows) },
           { no_name_is_no_key, 0 }, { commands_have_names, 0 }, { help_does_not_lie, 0 },
           { shared_tables_are_sound, 0 })
