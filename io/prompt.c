#include "prompt.h"

#include <stdint.h>
#include <string.h>

#include "io/edit.h"
#include "io/text.h"

enum { CHOICES_MAX = 4096 };

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

static void draw(struct views *views, const char *label, const struct edit *edit, const char *hint, enum tone tone)
{
    struct screen *screen = views_screen(views);
    views_draw(views);
    struct area line = views_last_line(views);
    if (hint != NULL && hint[0] != '\0' && line.row > 0) {
        struct area above = line;
        above.row--;
        screen_fill(screen, above, TONE_PLAIN);
        screen_put(screen, above, 0, 1, tone, hint);
    }
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

static void complete(struct views *views, const struct prompt *prompt, struct edit *edit, struct buf *choices)
{
    struct buf more;
    buf_init(&more, CHOICES_MAX);
    const int columns = views_last_line(views).columns;
    const size_t count = prompt->complete(edit->text, edit->cursor, columns > 2 ? (size_t)columns - 2 : 1, &more,
                                          choices);
    for (size_t i = 0; i < more.len; i++)
        edit_key(edit, (unsigned char)more.data[i]);
    if (count <= 1)
        buf_clear(choices);
    buf_free(&more);
}

int prompt_ask(struct views *views, const struct prompt *prompt)
{
    struct edit edit;
    struct buf choices;
    const char *hint = prompt->hint;
    enum tone tone = prompt->tone;
    int result = 1;
    buf_init(&choices, CHOICES_MAX);
    edit_start(&edit, prompt->text, prompt->size);
    if (prompt->cursor < edit.cursor)
        edit.cursor = prompt->cursor;
    while (result > 0) {
        draw(views, prompt->label, &edit, hint, tone);
        struct screen_event event = screen_wait(views_screen(views), -1, -1);
        buf_clear(&choices);
        if (event.key == KEYS_ENTER)
            result = 0;
        else if (event.key == KEYS_ESCAPE || event.key == 3 || event.key == 7 || event.key == KEYS_GONE)
            result = -1;
        else if (event.key == '\t' && prompt->complete != NULL)
            complete(views, prompt, &edit, &choices);
        else if (event.key == KEYS_NONE || !edit_key(&edit, event.key))
            continue;
        tone = TONE_NONE;
        hint = choices.len > 0 ? buf_text(&choices) : NULL;
    }
    buf_free(&choices);
    return result;
}

int prompt_line(struct views *views, const char *label, char *text, size_t size)
{
    return prompt_ask(views, &(struct prompt){ .label = label, .text = text, .size = size, .cursor = SIZE_MAX });
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
