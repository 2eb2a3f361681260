#include "dialog.h"

#include <stdint.h>
#include <string.h>

#include "io/i18n.h"
#include "io/list.h"
#include "io/text.h"

#define COLUMNS_MAX 92

/* A framed, empty box; answers what is within. */
static struct area box(struct screen *screen, int rows, int columns, const char *title)
{
    struct area all = screen_area(screen), within;
    bool pretty = text_unicode();
    rows = rows + 2 < all.rows ? rows + 2 : all.rows;
    columns = columns + 4 < all.columns ? columns + 4 : all.columns;
    area_top(&all, (all.rows - rows) / 2);
    area_left(&all, (all.columns - columns) / 2);
    all.rows = rows;
    all.columns = columns;
    screen_fill(screen, all, TONE_PLAIN);
    screen_rule(screen, all, 0, TONE_NONE);
    screen_rule(screen, all, rows - 1, TONE_NONE);
    screen_column(screen, all, 0, TONE_NONE);
    screen_column(screen, all, columns - 1, TONE_NONE);
    static const char *const corners[2][4] = { { "+", "+", "+", "+" }, { "\u250c", "\u2510", "\u2514", "\u2518" } };
    for (int i = 0; i < 4; i++)
        screen_put(screen, all, i < 2 ? 0 : rows - 1, i % 2 == 0 ? 0 : columns - 1, TONE_NONE, corners[pretty][i]);
    within = all;
    screen_printf(screen, within, 0, 2, (TONE_LAYER + 7) | PAINT_BOLD, " %s ", title);
    area_top(&within, 1);
    area_bottom(&within, 1);
    area_left(&within, 2);
    area_right(&within, 2);
    return within;
}

int dialog_ask(struct views *views, const char *title, const char *text, const char *question, const char *answers)
{
    struct screen *screen = views_screen(views);
    for (;;) {
        struct area all = screen_area(screen);
        struct area measure = { 0, 0, 0, all.columns - 4 < COLUMNS_MAX ? all.columns - 4 : COLUMNS_MAX };
        views_draw(views);
        int lines = screen_paragraph(screen, measure, TONE_PLAIN, text, 0);
        int asked = screen_paragraph(screen, measure, TONE_PLAIN, question, 0);
        struct area within = box(screen, lines + asked + 1, measure.columns, title);
        struct area below = area_bottom(&within, asked);
        screen_paragraph(screen, within, TONE_PLAIN, text, 0);
        screen_paragraph(screen, below, TONE_PLAIN | PAINT_BOLD, question, 0);
        screen_cursor(screen, below, asked - 1, measure.columns - 1);
        screen_show(screen);
        struct screen_event event = screen_wait(screen, -1, -1);
        if (event.key > ' ' && event.key < 0x7f && strchr(answers, event.key) != NULL)
            return event.key;
        if (event.key == KEYS_ESCAPE || event.key == KEYS_GONE || event.key == 7 || event.key == 3)
            return 0;
    }
}

static void draw_choice(void *context, struct screen *screen, struct area line, size_t index, unsigned selected)
{
    char *const *texts = context;
    screen_put(screen, line, 0, 0, TONE_PLAIN | PAINT_BOLD | selected, selected ? "\u25b8" : " ");
    screen_put(screen, line, 0, 2, TONE_PLAIN | selected, texts[index]);
}

long dialog_choose(struct views *views, const char *title, char *const *texts, size_t count, size_t selected)
{
    struct screen *screen = views_screen(views);
    struct list list = { .count = count, .selected = selected };
    size_t widest = text_width(title) + 4;
    for (size_t i = 0; i < count; i++)
        widest = text_width(texts[i]) + 4 > widest ? text_width(texts[i]) + 4 : widest;
    while (count > 0) {
        views_draw(views);
        struct area all = screen_area(screen);
        struct area within = box(screen, (int)count < all.rows - 6 ? (int)count : all.rows - 6, (int)widest, title);
        list_draw(&list, screen, within, draw_choice, (void *)(uintptr_t)texts);
        screen_show(screen);
        struct screen_event event = screen_wait(screen, -1, -1);
        const struct key_row *row = keys_find(&list_keys, event.key);
        if (event.key == KEYS_CLICK || event.key == KEYS_DOUBLE_CLICK)
            list_act(&list, ACTION_POINT, &event);
        if (event.key == KEYS_ENTER || event.key == KEYS_DOUBLE_CLICK || event.key == KEYS_RIGHT)
            return (long)list.selected;
        if (event.key == KEYS_ESCAPE || event.key == KEYS_GONE || event.key == 7 || event.key == 'q')
            return -1;
        if (row != NULL)
            list_act(&list, row->action, &event);
    }
    return -1;
}
