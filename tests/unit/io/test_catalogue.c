#include "io/catalogue.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../unit.h"

/*
 * A catalogue made by hand, in the form that the GNU gettext manual describes: head, two tables, texts.
 * Sorted: "" (the head of the .po file), "%u packet" with its plural, "The letter".
 */
static const struct { const char *text; uint32_t length; } texts[] = {
    { "", 0 }, { "%u packet\0%u packets", 20 }, { "The letter", 10 },
    { "Language: fr\n", 13 }, { "%u paquet\0%u paquets", 20 }, { "La lettre", 9 },
};
enum { TEXTS = 6, COUNT = 3, HEAD = 28 };

struct made {
    unsigned char bytes[512];
    size_t size;
};

static void put(struct made *made, size_t at, uint32_t number)
{
    memcpy(made->bytes + at, &number, sizeof number);
}

static struct made make(void)
{
    struct made made = { .size = HEAD + 8 * TEXTS };
    put(&made, 0, 0x950412de);
    put(&made, 8, COUNT);
    put(&made, 12, HEAD);
    put(&made, 16, HEAD + 8 * COUNT);
    for (size_t i = 0; i < TEXTS; i++) {
        put(&made, HEAD + 8 * i, texts[i].length);
        put(&made, HEAD + 8 * i + 4, (uint32_t)made.size);
        memcpy(made.bytes + made.size, texts[i].text, texts[i].length + 1);
        made.size += texts[i].length + 1;
    }
    return made;
}

static struct catalogue *opened(const struct made *made)
{
    char path[] = "/tmp/catalogue-XXXXXX";
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, made->bytes, made->size), (ssize_t)made->size);
    close(fd);
    struct catalogue *catalogue = catalogue_open(path);
    unlink(path);
    return catalogue;
}

static const struct {
    const char *text;
    size_t form;
    const char *found;
} find_rows[] = {
    { "The letter", 0, "La lettre" }, { "The letter", 1, NULL }, { "%u packet", 0, "%u paquet" },
    { "%u packet", 1, "%u paquets" }, { "%u packet", 2, NULL }, { "%u packets", 0, NULL }, { "The lette", 0, NULL },
    { "The letters", 0, NULL }, { "A", 0, NULL }, { "z", 0, NULL },
};

START_TEST(texts_are_found)
{
    const struct made made = make();
    struct catalogue *catalogue = opened(&made);
    ck_assert_ptr_nonnull(catalogue);
    const char *found = catalogue_find(catalogue, find_rows[_i].text, find_rows[_i].form);
    if (find_rows[_i].found == NULL)
        ck_assert_ptr_null(found);
    else
        ck_assert_str_eq(found, find_rows[_i].found);
    catalogue_free(catalogue);
}
END_TEST

/* Cut short anywhere, it is no catalogue. */
START_TEST(pieces_are_refused)
{
    struct made made = make();
    for (size_t size = made.size; size-- > 0;) {
        made.size = size;
        ck_assert_ptr_null(opened(&made));
    }
}
END_TEST

static const struct { size_t at; uint32_t number; } wrong_rows[] = {
    { 0, 0xde120495 }, { 8, 0xffffffff }, { 8, 100 }, { 12, 0xffffffff }, { 16, 510 }, { HEAD, 0xffffffff },
    { HEAD + 4, 0xfffffff0 }, { HEAD + 8, 19 }, { HEAD + 8 * COUNT + 4, 511 }, { HEAD + 8 * 5, 0x7fffffff },
};

START_TEST(wrong_numbers_are_refused)
{
    struct made made = make();
    put(&made, wrong_rows[_i].at, wrong_rows[_i].number);
    ck_assert_ptr_null(opened(&made));
}
END_TEST

START_TEST(no_file_is_no_catalogue)
{
    ck_assert_ptr_null(catalogue_open("/nowhere/pli.mo"));
    ck_assert_ptr_null(catalogue_open("/tmp"));
    catalogue_free(NULL);
}
END_TEST

#define ROWS(table) (int)(sizeof table / sizeof table[0])

UNIT_SUITE(catalogue, { texts_are_found, ROWS(find_rows) }, { pieces_are_refused, 0 },
           { wrong_numbers_are_refused, ROWS(wrong_rows) }, { no_file_is_no_catalogue, 0 })
