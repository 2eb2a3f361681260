#include "prompt.h"

#include <string.h>

#include "io/edit.h"
#include "io/text.h"

/* How much of the text is left out at its beginning so that the cursor is in view. */
static const char *from_where(const struct edit *edit, int room)
{
    const char *at = edit->text;
    char head[1024];
    size_t length = edit->cursor < sizeof head - 1 ? edit->cursor : sizeof head - 1;
    memcpy(head, edit->text + edit->cursor - length, length);
    head[length] = '\0';
    at = edit->text + edit->cursor - length;
    size_t skip = 0;
    while (head[skip] != '\0' && (int)text_width(head + skip) >= room)
        do
            skip++;
        while (((unsigned char)head[skip] & 0xc0) == 0x80);
    return at + skip;
}

static void draw(struct views *views, const char *label, const struct edit *edit)
{
    struct screen *screen = views_screen(views);
    views_draw(views);
    struct area line = views_last_line(views);
    screen_fill(screen, line, TONE_PLAIN);
    int column = screen_put(screen, line, 0, 1, TONE_PLAIN | PAINT_BOLD, label) + 1;
    const char *shown = from_where(edit, line.columns - column - 1);
    char head[1024] = "";
    size_t length = (size_t)(edit->text + edit->cursor - shown);
    memcpy(head, shown, length < sizeof head ? length : sizeof head - 1);
    screen_put(screen, line, 0, column, TONE_PLAIN, shown);
    screen_cursor(screen, line, 0, column + (int)text_width(head));
    screen_show(screen);
}

int prompt_line(struct views *views, const char *label, char *text, size_t size)
{
    struct edit edit;
    edit_start(&edit, text, size);
    for (;;) {
        draw(views, label, &edit);
        struct screen_event event = screen_wait(views_screen(views), -1, -1);
        if (event.key == KEYS_ENTER)
            return 0;
        if (event.key == KEYS_ESCAPE || event.key == 3 || event.key == 7 || event.key == KEYS_GONE)
            return -1;
        edit_key(&edit, event.key);
    }
}

int prompt_key(struct views *views, const char *question, const char *answers)
{
    struct screen *screen = views_screen(views);
    for (;;) {
        views_draw(views);
        struct area line = views_last_line(views);
        screen_fill(screen, line, TONE_PLAIN);
        int column = screen_put(screen, line, 0, 1, TONE_PLAIN | PAINT_BOLD, question) + 1;
        screen_cursor(screen, line, 0, column);
        screen_show(screen);
        struct screen_event event = screen_wait(screen, -1, -1);
        if (event.key > ' ' && event.key < 0x7f && strchr(answers, event.key) != NULL)
            return event.key;
        if (event.key == KEYS_ESCAPE || event.key == KEYS_GONE || event.key == 7)
            return 0;
    }
}
