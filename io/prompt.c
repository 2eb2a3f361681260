#include "prompt.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/utf8.h"
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

static void draw(struct views *views, const struct prompt *prompt, const struct edit *real, const char *hint,
                 enum tone tone)
{
    char stars[256];
    struct edit hidden = *real;
    const struct edit *edit = real;
    struct screen *screen = views_screen(views);
    if (prompt->hidden) { /* a star for a byte: its length is all that is shown */
        size_t length = strlen(real->text) < sizeof stars ? strlen(real->text) : sizeof stars - 1;
        memset(stars, '*', length);
        stars[length] = '\0';
        hidden = (struct edit){ .text = stars, .size = sizeof stars,
                                .cursor = real->cursor < length ? real->cursor : length };
        edit = &hidden;
    }
    views_draw(views);
    struct area line = views_last_line(views);
    if (hint != NULL && hint[0] != '\0' && line.row > 0) {
        struct area above = line;
        above.row--;
        screen_fill(screen, above, TONE_PLAIN);
        screen_put(screen, above, 0, 1, tone, hint);
    }
    screen_fill(screen, line, TONE_PLAIN);
    int column = screen_put(screen, line, 0, 1, TONE_PLAIN | PAINT_BOLD, prompt->label) + 1;
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
    const size_t count = prompt->complete(prompt->context, edit->text, edit->cursor,
                                          columns > 2 ? (size_t)columns - 2 : 1, &more, choices);
    for (size_t i = 0; i < more.len;) {
        uint32_t code;
        const size_t length = utf8_read(more.data + i, more.len - i, &code);
        if (length > 0)
            edit_key(edit, (int)code);
        i += length > 0 ? length : 1;
    }
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
    const char *given = views_argument(views);
    if (given != NULL) {
        snprintf(prompt->text, prompt->size, "%s", given);
        return 0;
    }
    buf_init(&choices, CHOICES_MAX);
    edit_start(&edit, prompt->text, prompt->size);
    if (prompt->cursor < edit.cursor)
        edit.cursor = prompt->cursor;
    while (result > 0) {
        draw(views, prompt, &edit, hint, tone);
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

size_t prompt_complete_word(const char *const *texts, size_t count, struct span word, size_t columns, struct buf *more,
                            struct buf *choices)
{
    const char *common = NULL;
    size_t length = 0, found = 0;
    for (size_t i = 0; i < count; i++) {
        if (strncasecmp(texts[i], word.at, word.len) != 0)
            continue;
        found++;
        size_t same = 0;
        while (common != NULL && same < length && common[same] == texts[i][same])
            same++;
        length = common != NULL ? same : strlen(texts[i]);
        common = common != NULL ? common : texts[i];
        if (text_width(buf_text(choices)) + text_width(texts[i]) + 4 < columns)
            buf_printf(choices, "%s%s", choices->len > 0 ? "  " : "", texts[i]);
        else if (choices->len > 0 && choices->data[choices->len - 1] != '.')
            buf_add_text(choices, " ...");
    }
    while (length > word.len && ((unsigned char)common[length] & 0xc0) == 0x80)
        length--; /* no half of a letter */
    if (common != NULL && length > word.len)
        buf_add(more, common + word.len, length - word.len);
    return found;
}

int prompt_line(struct views *views, const char *label, char *text, size_t size)
{
    return prompt_ask(views, &(struct prompt){ .label = label, .text = text, .size = size, .cursor = SIZE_MAX });
}

int prompt_key(struct views *views, const char *question, const char *answers)
{
    struct screen *screen = views_screen(views);
    const char *given = views_argument(views);
    if (given != NULL && given[0] != '\0' && strchr(answers, given[0]) != NULL)
        return given[0];
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

bool prompt_yes(struct views *views, const char *question)
{
    int answer = prompt_key(views, question, "yYoOnN");
    return answer != 0 && strchr("nN", answer) == NULL;
}
