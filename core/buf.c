#include "buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mem.h"

void buf_init(struct buf *buf, size_t max)
{
    *buf = (struct buf){ .max = max };
}

void buf_free(struct buf *buf)
{
    free(buf->data);
    buf_init(buf, buf->max);
}

/* Room for extra more bytes and a NUL. */
static int reserve(struct buf *buf, size_t extra)
{
    if (extra > buf->max - buf->len)
        return -1;
    size_t need = buf->len + extra + 1;
    if (need <= buf->cap)
        return 0;
    size_t cap = buf->cap > 0 ? buf->cap : 64;
    while (cap < need)
        cap *= 2;
    buf->data = mem_grow(buf->data, cap, 1);
    buf->cap = cap;
    return 0;
}

int buf_add(struct buf *buf, const void *data, size_t size)
{
    if (reserve(buf, size) != 0)
        return -1;
    if (size > 0)
        memcpy(buf->data + buf->len, data, size);
    buf->len += size;
    return 0;
}

char *buf_room(struct buf *buf, size_t size)
{
    return reserve(buf, size) == 0 ? buf->data + buf->len : NULL;
}

int buf_add_text(struct buf *buf, const char *text)
{
    return buf_add(buf, text, strlen(text));
}

int buf_add_span(struct buf *buf, struct span span)
{
    return buf_add(buf, span.at, span.len);
}

int buf_printf(struct buf *buf, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0 || reserve(buf, (size_t)length) != 0)
        return -1;
    va_start(arguments, format);
    vsnprintf(buf->data + buf->len, (size_t)length + 1, format, arguments);
    va_end(arguments);
    buf->len += (size_t)length;
    return 0;
}

void buf_drop(struct buf *buf, size_t size)
{
    if (size >= buf->len) {
        buf->len = 0;
        return;
    }
    memmove(buf->data, buf->data + size, buf->len - size);
    buf->len -= size;
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
}

const char *buf_text(struct buf *buf)
{
    if (buf->data == NULL)
        return "";
    buf->data[buf->len] = '\0';
    return buf->data;
}

struct span buf_span(const struct buf *buf)
{
    return (struct span){ buf->data, buf->len };
}

struct span span_of(const char *text)
{
    return (struct span){ text, text != NULL ? strlen(text) : 0 };
}

bool span_is(struct span span, const char *text)
{
    return span.len == strlen(text) && (span.len == 0 || memcmp(span.at, text, span.len) == 0);
}

bool span_is_nocase(struct span span, const char *text)
{
    /* Most comparisons end at the first letter: upper and lower case differ in one bit. */
    if (span.len == 0 || ((span.at[0] ^ text[0]) & ~0x20) != 0)
        return span.len == 0 && text[0] == '\0';
    return span.len == strlen(text) && strncasecmp(span.at, text, span.len) == 0;
}

char *span_copy(struct span span)
{
    return mem_copy(span.at, span.len);
}
