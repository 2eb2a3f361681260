/*
 * buf.h - a growing byte buffer with a maximum that is fixed at birth.
 *
 * Everything that comes from outside is collected in one of these, so no
 * peer can make a program grow without bound: adding past the maximum
 * fails and adds nothing. The bytes may be anything, NUL included;
 * buf_text() gives them a NUL at the end for functions that want one.
 */
#ifndef PLI_CORE_BUF_H
#define PLI_CORE_BUF_H

#include <stdbool.h>
#include <stddef.h>

/* A view of bytes that somebody else owns. */
struct span {
    const char *at;
    size_t len;
};

struct buf {
    char *data;  /* owned; NULL while nothing was added */
    size_t len;  /* bytes in use */
    size_t cap;  /* bytes allocated */
    size_t max;  /* len never exceeds this */
};

void buf_init(struct buf *buf, size_t max);
void buf_free(struct buf *buf);                 /* usable again afterwards, with the same maximum */

/* Each adds all of it and answers 0, or adds nothing and answers -1 (it would exceed max). */
int buf_add(struct buf *buf, const void *data, size_t size);
char *buf_room(struct buf *buf, size_t size);   /* behind what is there: fill it, then add to len; NULL: too much */
int buf_add_text(struct buf *buf, const char *text);
int buf_add_span(struct buf *buf, struct span span);
int buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

void buf_drop(struct buf *buf, size_t size);    /* forget the first size bytes (at most all) */
void buf_clear(struct buf *buf);                /* forget all, keep the memory */
const char *buf_text(struct buf *buf);          /* the bytes followed by a NUL; valid until the next change */
struct span buf_span(const struct buf *buf);

struct span span_of(const char *text);          /* text NULL gives an empty span */
bool span_is(struct span span, const char *text);         /* same bytes */
bool span_is_nocase(struct span span, const char *text);  /* ASCII letters in either case */
char *span_copy(struct span span);              /* NUL after it; free() it */

#endif
