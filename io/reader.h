/*
 * reader.h - a page as a view of its own: scrolling and searching.
 */
#ifndef PLI_IO_READER_H
#define PLI_IO_READER_H

#include "io/page.h"

enum reader_change {
    READER_SAME,
    READER_STALE,   /* build again, and stay at this line */
    READER_NEW,     /* build again, and begin at the top: it is another text */
};

struct reader_source {
    void (*head)(void *context, struct buf *left, struct buf *right);
    /* Fills the page, which is empty, for this width. Asked again when width or language change, or act says so. */
    void (*build)(void *context, struct page *page, int columns);
    /* For keys of its own; may be NULL. *change is READER_SAME at first. */
    enum view_answer (*act)(void *context, struct views *views, int action, enum reader_change *change);
    void (*close)(void *context);  /* may be NULL */
    const struct key_table *keys;  /* ends with reader_keys; NULL for these alone */
};

extern const struct key_table reader_keys; /* its next is views_keys */

void reader_push(struct views *views, const struct reader_source *source, void *context);

#endif
