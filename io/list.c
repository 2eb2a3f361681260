#include "list.h"

#include "io/i18n.h"

#define WHEEL_LINES 3

static const struct key_row rows[] = {
    { ACTION_DOWN, "j Down", "down", NULL, N_("One line down.") },
    { ACTION_UP, "k Up", "up", NULL, N_("One line up.") },
    { ACTION_PAGE_DOWN, "PageDown Ctrl-F", "page-down", NULL, N_("One page down.") },
    { ACTION_PAGE_UP, "PageUp Ctrl-B", "page-up", NULL, N_("One page up.") },
    { ACTION_FIRST, "g Home", "first", NULL, N_("To the first line.") },
    { ACTION_LAST, "G End", "last", NULL, N_("To the last line.") },
    { ACTION_WHEEL_UP, "Wheel-up", "scroll-up", NULL, N_("A few lines up.") },
    { ACTION_WHEEL_DOWN, "Wheel-down", "scroll-down", NULL, N_("A few lines down.") },
};

const struct key_table list_keys = { N_("Moving about"), rows, sizeof rows / sizeof rows[0], &views_keys };

void list_select(struct list *list, size_t index)
{
    list->selected = list->count == 0 ? 0 : index < list->count ? index : list->count - 1;
}

static void move_by(struct list *list, size_t lines, bool down)
{
    if (down)
        list_select(list, lines < list->count ? list->selected + lines : list->count);
    else
        list_select(list, list->selected > lines ? list->selected - lines : 0);
}

/* The selected line in view, and no empty lines at the end while there are some above. */
static void keep_in_view(struct list *list)
{
    size_t rows_in_view = list->area.rows > 0 ? (size_t)list->area.rows : 1;
    list_select(list, list->selected);
    if (list->selected < list->top)
        list->top = list->selected;
    if (list->selected >= list->top + rows_in_view)
        list->top = list->selected - rows_in_view + 1;
    if (list->top + rows_in_view > list->count)
        list->top = list->count > rows_in_view ? list->count - rows_in_view : 0;
}

/* Where in the whole are we? A thumb on the right edge, when not all is in view. */
static void draw_thumb(const struct list *list, struct screen *screen, struct area edge)
{
    size_t height = (size_t)edge.rows;
    size_t size = height * height / list->count, top = 0;
    size = size > 0 ? size : 1;
    if (list->count > height)
        top = (size_t)((double)list->top / (double)(list->count - height) * (double)(height - size) + 0.5);
    for (size_t row = 0; row < height; row++) {
        bool thumb = row >= top && row < top + size;
        screen_put(screen, edge, (int)row, 0, TONE_NONE, thumb ? "\u2588" : "\u2502");
    }
}

void list_draw(struct list *list, struct screen *screen, struct area area, list_line *draw, void *context)
{
    list->area = area;
    keep_in_view(list);
    if (area.rows > 1 && list->count > (size_t)area.rows && area.columns > 10)
        draw_thumb(list, screen, area_right(&area, 1));
    for (size_t i = list->top; i < list->count && area.rows > 0; i++) {
        struct area line = area_top(&area, 1);
        unsigned selected = i == list->selected ? PAINT_SELECTED : 0;
        if (selected)
            screen_fill(screen, line, TONE_PLAIN | PAINT_SELECTED);
        draw(context, screen, line, i, selected);
    }
}

static bool point(struct list *list, const struct screen_event *event)
{
    if (!area_has(list->area, event->row, event->column))
        return false;
    size_t index = list->top + (size_t)(event->row - list->area.row);
    if (index >= list->count)
        return false;
    list->selected = index;
    return true;
}

bool list_act(struct list *list, int action, const struct screen_event *event)
{
    size_t page = list->area.rows > 1 ? (size_t)list->area.rows - 1 : 1;
    switch (action) {
    case ACTION_DOWN: case ACTION_UP:
        move_by(list, 1, action == ACTION_DOWN);
        return true;
    case ACTION_PAGE_DOWN: case ACTION_PAGE_UP:
        move_by(list, page, action == ACTION_PAGE_DOWN);
        return true;
    case ACTION_WHEEL_DOWN: case ACTION_WHEEL_UP:
        move_by(list, WHEEL_LINES, action == ACTION_WHEEL_DOWN);
        return true;
    case ACTION_FIRST:
        list_select(list, 0);
        return true;
    case ACTION_LAST:
        list_select(list, list->count);
        return true;
    case ACTION_POINT:
        return point(list, event);
    default:
        return false;
    }
}
