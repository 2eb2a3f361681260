#include "log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/buf.h"
#include "core/mem.h"
#include "io/durable.h"
#include "io/text.h"

enum { LINE_TEXT = 1024, LINE_MAX_BYTES = 8192 };

struct log {
    int fd;
};

struct log *log_new(int fd)
{
    struct log *log = mem_alloc(sizeof *log);
    log->fd = fd;
    return log;
}

void log_free(struct log *log)
{
    free(log);
}

void log_line_list(struct log *log, const char *subject, const char *format, va_list arguments)
{
    if (log == NULL || log->fd < 0)
        return;
    char text[LINE_TEXT];
    int length = vsnprintf(text, sizeof text, format, arguments);
    if (length < 0)
        return;

    char when[32];
    struct tm tm;
    time_t now = time(NULL);
    localtime_r(&now, &tm);
    strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S ", &tm);

    struct buf line;
    buf_init(&line, LINE_MAX_BYTES);
    buf_add_text(&line, when);
    if (subject != NULL) {
        text_safe(&line, subject, strlen(subject));
        buf_add_text(&line, ": ");
    }
    text_safe(&line, text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1);
    buf_add_text(&line, "\n");
    durable_write(log->fd, line.data, line.len);
    buf_free(&line);
}

void log_line(struct log *log, const char *subject, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    log_line_list(log, subject, format, arguments);
    va_end(arguments);
}
