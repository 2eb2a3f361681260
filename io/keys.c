#include "keys.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/buf.h"
#include "core/utf8.h"

static const struct { const char *name; int key; } names[] = {
    { "Enter", KEYS_ENTER }, { "Tab", KEYS_TAB }, { "Esc", KEYS_ESCAPE }, { "Backspace", KEYS_BACKSPACE },
    { "Space", ' ' }, { "Up", KEYS_UP }, { "Down", KEYS_DOWN }, { "Left", KEYS_LEFT }, { "Right", KEYS_RIGHT },
    { "Home", KEYS_HOME }, { "End", KEYS_END }, { "PageUp", KEYS_PAGE_UP }, { "PageDown", KEYS_PAGE_DOWN },
    { "Insert", KEYS_INSERT }, { "Delete", KEYS_DELETE }, { "Shift-Tab", KEYS_BACKTAB },
    { "F1", KEYS_F1 }, { "F2", KEYS_F2 }, { "F3", KEYS_F3 }, { "F4", KEYS_F4 }, { "F5", KEYS_F5 }, { "F6", KEYS_F6 },
    { "F7", KEYS_F7 }, { "F8", KEYS_F8 }, { "F9", KEYS_F9 }, { "F10", KEYS_F10 }, { "F11", KEYS_F11 },
    { "F12", KEYS_F12 }, { "Click", KEYS_CLICK }, { "Double-click", KEYS_DOUBLE_CLICK },
    { "Wheel-up", KEYS_WHEEL_UP }, { "Wheel-down", KEYS_WHEEL_DOWN },
};

#define NAME_COUNT (sizeof names / sizeof names[0])

static int key_of(struct span name)
{
    for (size_t i = 0; i < NAME_COUNT; i++)
        if (span_is(name, names[i].name))
            return names[i].key;
    if (name.len == 6 && memcmp(name.at, "Ctrl-", 5) == 0)
        return name.at[5] & 0x1f;
    uint32_t code;
    return name.len > 0 && utf8_read(name.at, name.len, &code) == name.len ? (int)code : KEYS_NONE;
}

int keys_next(const char **list)
{
    const char *at = *list + strspn(*list, " ");
    size_t length = strcspn(at, " ");
    *list = at + length;
    return key_of((struct span){ at, length });
}

static bool binds(const struct key_row *row, int key)
{
    const char *list = row->keys;
    while (*list != '\0')
        if (keys_next(&list) == key)
            return key != KEYS_NONE;
    return false;
}

/* The user's own: like the locale, one for the program. */
static struct { int key; char name[32]; } bound[KEYS_MOST_BOUND];
static size_t bound_count;

bool keys_bind(int key, const char *name)
{
    if (bound_count == KEYS_MOST_BOUND)
        return false;
    bound[bound_count].key = key;
    snprintf(bound[bound_count].name, sizeof bound[0].name, "%s", name != NULL ? name : "");
    bound_count++;
    return true;
}

const struct key_row *keys_find(const struct key_table *table, int key)
{
    for (size_t i = bound_count; i-- > 0;) {
        const struct key_row *row = bound[i].key == key ? keys_find_name(table, bound[i].name) : NULL;
        if (row != NULL || (bound[i].key == key && bound[i].name[0] == '\0'))
            return row;
    }
    for (; table != NULL; table = table->next)
        for (size_t i = 0; i < table->count; i++)
            if (binds(&table->rows[i], key))
                return &table->rows[i];
    return NULL;
}

const struct key_row *keys_find_name(const struct key_table *table, const char *name)
{
    for (; table != NULL; table = table->next)
        for (size_t i = 0; i < table->count; i++)
            if (strcmp(table->rows[i].name, name) == 0)
                return &table->rows[i];
    return NULL;
}

bool keys_reached(const struct key_table *table, const struct key_row *row, int key)
{
    return keys_find(table, key) == row;
}

static size_t add_key(const struct key_table *table, const struct key_row *row, int key, int *keys, size_t count,
                      size_t most)
{
    for (size_t i = 0; i < count; i++)
        if (keys[i] == key)
            return count;
    if (key == KEYS_NONE || count == most || !keys_reached(table, row, key))
        return count;
    keys[count] = key;
    return count + 1;
}

size_t keys_of_row(const struct key_table *table, const struct key_row *row, int *keys, size_t most)
{
    size_t count = 0;
    for (size_t i = bound_count; i-- > 0;)
        if (strcmp(bound[i].name, row->name) == 0)
            count = add_key(table, row, bound[i].key, keys, count, most);
    for (const char *list = row->keys; *list != '\0';)
        count = add_key(table, row, keys_next(&list), keys, count, most);
    return count;
}

const char *keys_name(int key, char *name)
{
    for (size_t i = 0; i < NAME_COUNT; i++)
        if (names[i].key == key) {
            snprintf(name, 16, "%s", names[i].name);
            return name;
        }
    if (key > 0 && key < 0x20)
        snprintf(name, 16, "Ctrl-%c", key | 0x40);
    else
        name[utf8_write((uint32_t)key, name)] = '\0';
    return name;
}
