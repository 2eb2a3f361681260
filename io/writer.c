#include "writer.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/utf8.h"
#include "io/i18n.h"
#include "io/text.h"

#define CTRL(letter) ((letter) & 0x1f)
enum { KEEP_MILLISECONDS = 1000 };

struct writer {
    struct views *views;
    struct buf text;
    size_t cursor;           /* byte offset */
    size_t top;              /* first visual line in view */
    int columns, rows;
    char *cut;               /* lines that Ctrl-K took */
    bool cutting, changed;
};

/* One line as it is seen: bytes of the text; next: where the following one begins (may be the end). */
struct line {
    size_t begin, length, next;
};

/* The line that begins at a byte offset which is a beginning. */
static struct line line_at(struct writer *writer, size_t begin)
{
    const char *text = buf_text(&writer->text) + begin;
    size_t length = strcspn(text, "\n"), next;
    char *copy = mem_copy(text, length);
    size_t shown = text_wrap(copy, (size_t)(writer->columns > 2 ? writer->columns - 1 : 1), &next);
    free(copy);
    if (next >= length) /* the last piece of its line */
        return (struct line){ begin, length, begin + length + (text[length] == '\n') };
    (void)shown;
    return (struct line){ begin, next, begin + next };
}

/* Is there a line behind this one? The text's end is one of its own after a final LF. */
static bool is_last(struct writer *writer, const struct line *line)
{
    return line->next >= writer->text.len &&
           (writer->text.len == 0 || line->next == line->begin + line->length);
}

/* The number of the visual line that the cursor is in, and that line. */
static size_t find_cursor(struct writer *writer, struct line *found)
{
    size_t number = 0;
    struct line line = line_at(writer, 0);
    while (!is_last(writer, &line) && writer->cursor >= line.next) {
        line = line_at(writer, line.next);
        number++;
    }
    *found = line;
    return number;
}

static struct line line_number(struct writer *writer, size_t number)
{
    struct line line = line_at(writer, 0);
    while (number-- > 0 && !is_last(writer, &line))
        line = line_at(writer, line.next);
    return line;
}

/* Columns from the beginning of the line to the cursor. */
static size_t column_of(struct writer *writer, const struct line *line)
{
    char *head = mem_copy(buf_text(&writer->text) + line->begin, writer->cursor - line->begin);
    size_t width = text_width(head);
    free(head);
    return width;
}

static void draw(struct writer *writer, const char *title)
{
    struct screen *screen = views_screen(writer->views);
    struct area area = screen_area(screen);
    struct line cursor;
    screen_clear(screen);
    struct area head = area_top(&area, 1), menu = area_bottom(&area, 2);
    screen_fill(screen, head, TONE_BAR);
    screen_put(screen, head, 0, 1, TONE_BAR | PAINT_BOLD, title);
    screen_put(screen, menu, 0, 1, TONE_NONE, _("Ctrl-X Done   Ctrl-K Cut line   Ctrl-U Paste   Ctrl-C Give up"));
    screen_put(screen, menu, 1, 1, TONE_NONE, _("Home End PageUp PageDown, arrows: move"));
    area_left(&area, 1);
    writer->columns = area.columns;
    writer->rows = area.rows;
    size_t number = find_cursor(writer, &cursor);
    if (number < writer->top)
        writer->top = number;
    if (number >= writer->top + (size_t)area.rows)
        writer->top = number - (size_t)area.rows + 1;
    struct line line = line_number(writer, writer->top);
    for (int row = 0; row < area.rows; row++) {
        bool quoted = writer->text.data != NULL && writer->text.data[line.begin] == '>' && line.length > 0;
        screen_put_span(screen, area, row, 0, quoted ? TONE_NONE : TONE_PLAIN,
                        (struct span){ buf_text(&writer->text) + line.begin, line.length });
        if (is_last(writer, &line))
            break;
        line = line_at(writer, line.next);
    }
    screen_cursor(screen, area, (int)(number - writer->top), (int)column_of(writer, &cursor));
    screen_show(screen);
}

/* --- changing ------------------------------------------------------------------------------ */

static void insert(struct writer *writer, const char *bytes, size_t length)
{
    if (buf_add(&writer->text, bytes, length) != 0)
        return;
    memmove(writer->text.data + writer->cursor + length, writer->text.data + writer->cursor,
            writer->text.len - length - writer->cursor);
    memcpy(writer->text.data + writer->cursor, bytes, length);
    writer->cursor += length;
    writer->changed = true;
}

static void erase(struct writer *writer, size_t from, size_t to)
{
    memmove(writer->text.data + from, writer->text.data + to, writer->text.len - to);
    writer->text.len -= to - from;
    writer->cursor = from;
    writer->changed = true;
}

static size_t before(const struct writer *writer)
{
    size_t at = writer->cursor;
    while (at > 0 && ((unsigned char)writer->text.data[--at] & 0xc0) == 0x80)
        ;
    return at;
}

static size_t after(const struct writer *writer)
{
    size_t at = writer->cursor;
    if (at < writer->text.len)
        at++;
    while (at < writer->text.len && ((unsigned char)writer->text.data[at] & 0xc0) == 0x80)
        at++;
    return at;
}

/* Lines cut one after the other are pasted together. */
static void cut_line(struct writer *writer)
{
    const char *text = buf_text(&writer->text);
    size_t begin = writer->cursor, end;
    while (begin > 0 && text[begin - 1] != '\n')
        begin--;
    end = begin + strcspn(text + begin, "\n");
    end += end < writer->text.len;
    char *taken = mem_copy(text + begin, end - begin);
    char *all = mem_printf("%s%s", writer->cutting && writer->cut != NULL ? writer->cut : "", taken);
    free(taken);
    free(writer->cut);
    writer->cut = all;
    erase(writer, begin, end);
}

/* So many lines as they are seen, in the same column. */
static void move_lines(struct writer *writer, long lines)
{
    struct line line;
    size_t number = find_cursor(writer, &line), column = column_of(writer, &line);
    number = lines < 0 && (size_t)-lines > number ? 0 : (size_t)((long)number + lines);
    line = line_number(writer, number);
    char *copy = mem_copy(buf_text(&writer->text) + line.begin, line.length);
    size_t bytes = text_cut(copy, column, NULL);
    bool whole = bytes == line.length && line.next == line.begin + line.length && !is_last(writer, &line);
    free(copy);
    writer->cursor = line.begin + bytes;
    if (whole) /* behind a wrapped piece is the next one already */
        writer->cursor = before(writer);
}

static void type_key(struct writer *writer, int key)
{
    char bytes[4];
    struct line line;
    switch (key) {
    case KEYS_UP: case KEYS_DOWN: move_lines(writer, key == KEYS_UP ? -1 : 1); break;
    case KEYS_PAGE_UP: case KEYS_PAGE_DOWN:
        move_lines(writer, key == KEYS_PAGE_UP ? -writer->rows : writer->rows);
        break;
    case KEYS_LEFT: writer->cursor = before(writer); break;
    case KEYS_RIGHT: writer->cursor = after(writer); break;
    case KEYS_HOME: case CTRL('A'):
        find_cursor(writer, &line);
        writer->cursor = line.begin;
        break;
    case KEYS_END: case CTRL('E'):
        find_cursor(writer, &line);
        writer->cursor = line.begin + line.length;
        break;
    case KEYS_BACKSPACE: erase(writer, before(writer), writer->cursor); break;
    case KEYS_DELETE: case CTRL('D'): erase(writer, writer->cursor, after(writer)); break;
    case KEYS_ENTER: insert(writer, "\n", 1); break;
    case KEYS_TAB: insert(writer, "    ", 4); break;
    case CTRL('K'): cut_line(writer); break;
    case CTRL('U'):
        if (writer->cut != NULL)
            insert(writer, writer->cut, strlen(writer->cut));
        break;
    default:
        if (key >= ' ' && key < KEYS_UP && !(key >= 0x7f && key < 0xa0))
            insert(writer, bytes, utf8_write((uint32_t)key, bytes));
    }
    writer->cutting = key == CTRL('K');
}

int writer_edit(struct views *views, const char *title, struct buf *text, void (*keep)(void *context, struct span text),
                void *context)
{
    struct writer writer = { .views = views };
    int result = 1;
    buf_init(&writer.text, text->max);
    buf_add_span(&writer.text, buf_span(text));
    if (writer.text.len == 0)
        buf_text(&writer.text);
    while (result > 0) {
        draw(&writer, title);
        struct screen_event event = screen_wait(views_screen(views), writer.changed ? KEEP_MILLISECONDS : -1, -1);
        if (event.key == KEYS_NONE && writer.changed && keep != NULL)
            keep(context, buf_span(&writer.text));
        if (event.key == KEYS_NONE)
            writer.changed = false;
        else if (event.key == CTRL('X') || event.key == KEYS_ESCAPE || event.key == KEYS_GONE)
            result = 0;
        else if (event.key == CTRL('C'))
            result = -1;
        else
            type_key(&writer, event.key);
    }
    if (result == 0) {
        buf_clear(text);
        buf_add_span(text, buf_span(&writer.text));
    }
    buf_free(&writer.text);
    free(writer.cut);
    return result;
}
