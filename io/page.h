/*
 * page.h - a page of text to read: help, explanations, letters, dialogues.
 *
 * A page is lines of painted pieces, written once for a given width and drawn
 * from any line on: as a pane of a view, or as a view of its own (reader.h).
 */
#ifndef PLI_IO_PAGE_H
#define PLI_IO_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "io/view.h"

struct page_piece {
    size_t offset, length; /* in text */
    unsigned paint;
};

struct page {
    struct buf text;
    struct page_piece *pieces;
    size_t piece_count, piece_room;
    size_t *lines;         /* index of the first piece of each line */
    size_t line_count, line_room;
    bool line_open;
    size_t top;            /* first line in view */
    struct area area;      /* where it was drawn last */
};

enum { PAGE_TEXT_MAX = 64 << 20 };

void page_init(struct page *page);
void page_free(struct page *page);
void page_clear(struct page *page);   /* top stays */

/* Adds to the line that is being written; the text is made safe. */
void page_add(struct page *page, unsigned paint, const char *text);
void page_add_span(struct page *page, unsigned paint, struct span text);
void page_printf(struct page *page, unsigned paint, const char *format, ...) __attribute__((format(printf, 3, 4)));
void page_end(struct page *page);     /* ends the line, also an empty one */

/* A text over as many lines as it needs within columns, each indented; its first goes on after what is in the line,
 * and its last is ended. Bytes may be untrusted. */
void page_paragraph(struct page *page, unsigned paint, int columns, int indent, struct span text);

void page_draw(struct page *page, struct screen *screen, struct area area);
bool page_act(struct page *page, int action); /* scrolling; true: it was that */
/* The first line from `from` on that holds text (any case in ASCII); page->line_count when none. */
size_t page_find(const struct page *page, const char *text, size_t from);

#endif
