#include "menu.h"

#include "io/i18n.h"
#include "io/text.h"

#define GAP 2

struct cell {
    const struct key_row *row;
    char key[16];
};

/* Is only another than the table's first key left to the row? */
static bool is_second(const struct key_row *row, int key)
{
    const char *list = row->keys;
    int first = keys_next(&list);
    while (*list != '\0')
        if (keys_next(&list) == key)
            return key != first;
    return false;
}

/* All rows with a label that a key reaches: the user's own key, or the first of the table. */
static size_t collect(const struct key_table *keys, struct cell *cells)
{
    size_t count = 0;
    for (const struct key_table *table = keys; table != NULL; table = table->next)
        for (size_t i = 0; i < table->count && count < MENU_CELLS; i++) {
            int key;
            if (table->rows[i].label == NULL || keys_of_row(keys, &table->rows[i], &key, 1) == 0 ||
                is_second(&table->rows[i], key))
                continue;
            cells[count].row = &table->rows[i];
            keys_name(key, cells[count++].key);
        }
    return count;
}

static int cell_width(const struct cell *cell)
{
    return (int)(text_width(cell->key) + 1 + text_width(_(cell->row->label)));
}

/* Columns that the cells take when they stand in `lines` rows below each other, column by column. */
static int total_width(const struct cell *cells, size_t count, size_t lines)
{
    int total = 0;
    for (size_t i = 0; i < count; i += lines) {
        int widest = 0;
        for (size_t j = i; j < i + lines && j < count; j++)
            widest = cell_width(&cells[j]) > widest ? cell_width(&cells[j]) : widest;
        total += widest + GAP;
    }
    return total;
}

static void draw_cell(struct menu *menu, struct screen *screen, struct area area, const struct cell *cell)
{
    int column = screen_put(screen, area, 0, 0, TONE_PLAIN | PAINT_BOLD, cell->key);
    column = screen_put(screen, area, 0, column + 1, TONE_NONE, _(cell->row->label));
    menu->cells[menu->count].row = cell->row;
    menu->cells[menu->count].area = area;
    menu->cells[menu->count++].area.columns = column;
}

void menu_draw(struct menu *menu, struct screen *screen, struct area area, const struct key_table *keys)
{
    struct cell cells[MENU_CELLS];
    size_t count = collect(keys, cells), lines = area.rows > 0 ? (size_t)area.rows : 1;
    menu->count = 0;
    area_left(&area, 1);
    while (count > 2 && total_width(cells, count, lines) > area.columns + GAP) {
        cells[count - 3] = cells[count - 2];
        cells[count - 2] = cells[count - 1];
        count--;
    }
    for (size_t i = 0; i < count && area.rows > 0; i += lines) {
        size_t here = count - i < lines ? count - i : lines;
        struct area column = area_left(&area, total_width(cells + i, here, here));
        for (size_t j = 0; j < here; j++)
            draw_cell(menu, screen, area_top(&column, 1), &cells[i + j]);
    }
}

const struct key_row *menu_at(const struct menu *menu, int row, int column)
{
    for (size_t i = 0; i < menu->count; i++)
        if (area_has(menu->cells[i].area, row, column))
            return menu->cells[i].row;
    return NULL;
}
