#include "page.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "io/text.h"

#define WHEEL_LINES 3

void page_init(struct page *page)
{
    *page = (struct page){ .top = 0 };
    buf_init(&page->text, PAGE_TEXT_MAX);
}

void page_free(struct page *page)
{
    buf_free(&page->text);
    free(page->pieces);
    free(page->lines);
    page_init(page);
}

void page_clear(struct page *page)
{
    buf_clear(&page->text);
    page->piece_count = page->line_count = 0;
    page->line_open = false;
}

static void open_line(struct page *page)
{
    if (page->line_open)
        return;
    if (page->line_count == page->line_room) {
        page->line_room = page->line_room > 0 ? page->line_room * 2 : 64;
        page->lines = mem_grow(page->lines, page->line_room, sizeof *page->lines);
    }
    page->lines[page->line_count++] = page->piece_count;
    page->line_open = true;
}

/* What was added to text since offset becomes a piece. */
static void add_piece(struct page *page, unsigned paint, size_t offset)
{
    open_line(page);
    if (page->piece_count == page->piece_room) {
        page->piece_room = page->piece_room > 0 ? page->piece_room * 2 : 64;
        page->pieces = mem_grow(page->pieces, page->piece_room, sizeof *page->pieces);
    }
    page->pieces[page->piece_count++] = (struct page_piece){ offset, page->text.len - offset, paint };
}

void page_add_span(struct page *page, unsigned paint, struct span text)
{
    size_t offset = page->text.len;
    text_safe(&page->text, text.at, text.len);
    add_piece(page, paint, offset);
}

void page_add(struct page *page, unsigned paint, const char *text)
{
    page_add_span(page, paint, span_of(text));
}

void page_printf(struct page *page, unsigned paint, const char *format, ...)
{
    char text[4096];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    page_add(page, paint, text);
}

void page_end(struct page *page)
{
    open_line(page);
    page->line_open = false;
}

/* Columns of what is in the line that is being written. */
static size_t open_width(struct page *page)
{
    size_t piece = page->lines[page->line_count - 1];
    return piece < page->piece_count ? text_width(buf_text(&page->text) + page->pieces[piece].offset) : 0;
}

void page_paragraph(struct page *page, unsigned paint, int columns, int indent, struct span text)
{
    struct buf safe;
    int room = columns > indent + 1 ? columns - indent : 1;
    int first = page->line_open ? columns - (int)open_width(page) : room;
    buf_init(&safe, PAGE_TEXT_MAX);
    text_safe_lines(&safe, text.at, text.len);
    for (const char *at = buf_text(&safe); *at != '\0';) {
        size_t next, length = text_wrap(at, first > 1 ? (size_t)first : 1, &next), offset = page->text.len;
        first = room;
        for (int i = 0; i < indent && !page->line_open; i++)
            buf_add(&page->text, " ", 1);
        if (buf_add(&page->text, at, length) != 0)
            break;
        add_piece(page, paint, offset);
        page_end(page);
        at += next;
    }
    if (page->line_open)
        page_end(page);
    buf_free(&safe);
}

static size_t piece_end(const struct page *page, size_t line)
{
    return line + 1 < page->line_count ? page->lines[line + 1] : page->piece_count;
}

static void keep_in_view(struct page *page)
{
    size_t rows = page->area.rows > 0 ? (size_t)page->area.rows : 1;
    size_t last = page->line_count > rows ? page->line_count - rows : 0;
    if (page->top > last)
        page->top = last;
}

void page_draw(struct page *page, struct screen *screen, struct area area)
{
    page->area = area;
    keep_in_view(page);
    for (int row = 0; row < area.rows && page->top + (size_t)row < page->line_count; row++) {
        size_t line = page->top + (size_t)row;
        int column = 0;
        for (size_t i = page->lines[line]; i < piece_end(page, line); i++) {
            struct span text = { page->text.data + page->pieces[i].offset, page->pieces[i].length };
            column = screen_put_span(screen, area, row, column, page->pieces[i].paint, text);
        }
    }
}

bool page_act(struct page *page, int action)
{
    size_t rows = page->area.rows > 1 ? (size_t)page->area.rows - 1 : 1;
    size_t step = action == ACTION_UP || action == ACTION_DOWN ? 1
                : action == ACTION_WHEEL_UP || action == ACTION_WHEEL_DOWN ? WHEEL_LINES : rows;
    switch (action) {
    case ACTION_UP: case ACTION_PAGE_UP: case ACTION_WHEEL_UP:
        page->top = page->top > step ? page->top - step : 0;
        break;
    case ACTION_DOWN: case ACTION_PAGE_DOWN: case ACTION_WHEEL_DOWN:
        page->top += step;
        break;
    case ACTION_FIRST:
        page->top = 0;
        break;
    case ACTION_LAST:
        page->top = page->line_count;
        break;
    default:
        return false;
    }
    keep_in_view(page);
    return true;
}

static bool line_holds(const struct page *page, size_t line, const char *text)
{
    size_t first = page->lines[line], end = piece_end(page, line), size = strlen(text);
    if (first == end)
        return false;
    const char *at = page->text.data + page->pieces[first].offset;
    const char *stop = page->text.data + page->pieces[end - 1].offset + page->pieces[end - 1].length;
    for (; at + size <= stop; at++)
        if (strncasecmp(at, text, size) == 0)
            return true;
    return false;
}

size_t page_find(const struct page *page, const char *text, size_t from)
{
    for (size_t line = from; line < page->line_count; line++)
        if (line_holds(page, line, text))
            return line;
    return page->line_count;
}
