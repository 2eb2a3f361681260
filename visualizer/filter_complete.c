/*
 * filter_complete.c - the names of fields, for the Tab key.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "visualizer/filter_parts.h"

struct names {
    const char **all;
    size_t count, room;
};

static void add(struct names *names, const char *name, const char *prefix, size_t length)
{
    if (strncmp(name, prefix, length) != 0)
        return;
    if (names->count == names->room) {
        names->room = names->room * 2 + 64;
        names->all = mem_grow(names->all, names->room, sizeof *names->all);
    }
    names->all[names->count++] = name;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void collect(struct names *names, const char *prefix, size_t length)
{
    const struct field_row *own;
    for (size_t i = 0; (own = own_row(i)) != NULL; i++)
        add(names, own->name, prefix, length);
    for (size_t i = 0; i < PROTOCOL_COUNT; i++) {
        add(names, protocols[i]->filter, prefix, length);
        for (size_t row = 0; row < protocols[i]->row_count; row++)
            add(names, protocols[i]->rows[row].name, prefix, length);
    }
    if (names->count == 0)
        return;
    qsort(names->all, names->count, sizeof *names->all, by_name);
    size_t kept = 1;
    for (size_t i = 1; i < names->count; i++)
        if (strcmp(names->all[i], names->all[kept - 1]) != 0)
            names->all[kept++] = names->all[i];
    names->count = kept;
}

size_t filter_complete(const char *text, size_t cursor, size_t columns, struct buf *more, struct buf *choices)
{
    size_t start = cursor;
    while (start > 0 && (isalnum((unsigned char)text[start - 1]) || strchr("._-", text[start - 1]) != NULL))
        start--;
    start += text[start] == '.' && start < cursor;
    const size_t length = cursor - start;
    struct names names = { .count = 0 };
    buf_clear(more);
    buf_clear(choices);
    collect(&names, text + start, length);
    size_t common = names.count > 0 ? strlen(names.all[0]) : 0;
    for (size_t i = 1; i < names.count; i++)
        while (strncmp(names.all[0], names.all[i], common) != 0)
            common--;
    if (common > length)
        buf_add(more, names.all[0] + length, common - length);
    for (size_t i = 0; i < names.count; i++) {
        if (choices->len + strlen(names.all[i]) + 3 > columns) {
            buf_add_text(choices, " …");
            break;
        }
        buf_printf(choices, "%s%s", i > 0 ? " " : "", names.all[i]);
    }
    const size_t count = names.count;
    free(names.all);
    return count;
}
