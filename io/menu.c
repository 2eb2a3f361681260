#include "menu.h"

#include "io/i18n.h"
#include "io/text.h"

#define GAP 2

/* All rows with a label whose first key still reaches them. */
static size_t collect(const struct key_table *keys, const struct key_row **rows)
{
    size_t count = 0;
    for (const struct key_table *table = keys; table != NULL; table = table->next)
        for (size_t i = 0; i < table->count && count < MENU_CELLS; i++) {
            const char *list = table->rows[i].keys;
            if (table->rows[i].label != NULL && keys_reached(keys, &table->rows[i], keys_next(&list)))
                rows[count++] = &table->rows[i];
        }
    return count;
}

static const char *first_key(const struct key_row *row, char *name)
{
    const char *list = row->keys;
    return keys_name(keys_next(&list), name);
}

static int cell_width(const struct key_row *row)
{
    char name[16];
    return (int)(text_width(first_key(row, name)) + 1 + text_width(_(row->label)));
}

/* Columns that the cells take when they stand in `lines` rows below each other, column by column. */
static int total_width(const struct key_row **rows, size_t count, size_t lines)
{
    int total = 0;
    for (size_t i = 0; i < count; i += lines) {
        int widest = 0;
        for (size_t j = i; j < i + lines && j < count; j++)
            widest = cell_width(rows[j]) > widest ? cell_width(rows[j]) : widest;
        total += widest + GAP;
    }
    return total;
}

static void draw_cell(struct menu *menu, struct screen *screen, struct area area, const struct key_row *row)
{
    char name[16];
    int column = screen_put(screen, area, 0, 0, TONE_PLAIN | PAINT_BOLD, first_key(row, name));
    column = screen_put(screen, area, 0, column + 1, TONE_NONE, _(row->label));
    menu->cells[menu->count].row = row;
    menu->cells[menu->count].area = area;
    menu->cells[menu->count++].area.columns = column;
}

void menu_draw(struct menu *menu, struct screen *screen, struct area area, const struct key_table *keys)
{
    const struct key_row *rows[MENU_CELLS];
    size_t count = collect(keys, rows), lines = area.rows > 0 ? (size_t)area.rows : 1;
    menu->count = 0;
    area_left(&area, 1);
    while (count > 2 && total_width(rows, count, lines) > area.columns + GAP) {
        rows[count - 3] = rows[count - 2];
        rows[count - 2] = rows[count - 1];
        count--;
    }
    for (size_t i = 0; i < count && area.rows > 0; i += lines) {
        size_t here = count - i < lines ? count - i : lines;
        struct area column = area_left(&area, total_width(rows + i, here, here));
        for (size_t j = 0; j < here; j++)
            draw_cell(menu, screen, area_top(&column, 1), rows[i + j]);
    }
}

const struct key_row *menu_at(const struct menu *menu, int row, int column)
{
    for (size_t i = 0; i < menu->count; i++)
        if (area_has(menu->cells[i].area, row, column))
            return menu->cells[i].row;
    return NULL;
}
