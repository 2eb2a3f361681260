/*
 * reader.h - a page as a view of its own: scrolling and searching.
 */
#ifndef PLI_IO_READER_H
#define PLI_IO_READER_H

#include "io/page.h"

struct reader_source {
    void (*head)(void *context, struct buf *left, struct buf *right);
    /* Fills the page, which is empty, for this width. Asked again when width or language change, or on reader_stale. */
    void (*build)(void *context, struct page *page, int columns);
    /* For keys of its own; may be NULL. *stale: build again. */
    enum view_answer (*act)(void *context, struct views *views, int action, bool *stale);
    void (*close)(void *context);  /* may be NULL */
    const struct key_table *keys;  /* ends with reader_keys; NULL for these alone */
};

extern const struct key_table reader_keys; /* its next is views_keys */

void reader_push(struct views *views, const struct reader_source *source, void *context);

#endif
