#include "io/bind.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../unit.h"

static const struct key_row rows[] = {
    { 1, "d Delete", "delete", "Delete", "Deletes." },
    { 2, "u", "undelete", "Undelete", "Takes it back." },
};
static const struct key_table table = { "Test", rows, 2, NULL };
static const struct key_table *const tables[] = { &table };

static int read_lines(const char *text, struct buf *error)
{
    char path[] = "/tmp/pli-bind-XXXXXX";
    int fd = mkstemp(path);
    ck_assert_int_eq((int)write(fd, text, strlen(text)), (int)strlen(text));
    close(fd);
    int status = bind_read(path, tables, 1, error);
    unlink(path);
    return status;
}

START_TEST(keys_of_the_user_win)
{
    struct buf error;
    int keys[4];
    buf_init(&error, 1000);
    ck_assert_int_eq(read_lines("# mine\n\nbind x delete\nbind u delete # and this\nunbind d\n", &error), 0);
    ck_assert_ptr_eq(keys_find(&table, 'x'), &rows[0]);
    ck_assert_ptr_eq(keys_find(&table, 'u'), &rows[0]);
    ck_assert_ptr_null(keys_find(&table, 'd'));
    ck_assert_uint_eq(keys_of_row(&table, &rows[0], keys, 4), 3);
    ck_assert_int_eq(keys[0], 'u');
    ck_assert_int_eq(keys[2], KEYS_DELETE);
    ck_assert_uint_eq(keys_of_row(&table, &rows[1], keys, 4), 0);
    ck_assert_int_eq(bind_read("/nowhere/keys", tables, 1, &error), 0);
    buf_free(&error);
}
END_TEST

static const struct { const char *text, *said; } mistakes[] = {
    { "bind x delete\nbund x delete\n", ":2: \"bund\" is neither" },
    { "bind Kontrol-x delete\n", ":1: \"Kontrol-x\" is no key" },
    { "bind x erase\n", ":1: \"erase\" is no command" },
    { "bind x\n", "\"\" is no command" },
    { "bind\n", "\"\" is no key" },
    { "bind x delete now\n", "\"now\" is too much" },
    { "bind x \033[2J\n", "no command" },
};

START_TEST(mistakes_name_the_line)
{
    struct buf error;
    buf_init(&error, 1000);
    ck_assert_int_eq(read_lines(mistakes[_i].text, &error), -1);
    ck_assert_ptr_nonnull(strstr(buf_text(&error), mistakes[_i].said));
    ck_assert_ptr_null(strchr(buf_text(&error), '\033'));
    buf_free(&error);
}
END_TEST

UNIT_SUITE(bind, { keys_of_the_user_win, 1 }, { mistakes_name_the_line, sizeof mistakes / sizeof mistakes[0] })
