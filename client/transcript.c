#include "transcript.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/text.h"

static const char stars[] = "********";

struct transcript {
    struct watch *watch;
    struct mail_watcher watcher;
    struct buf line;
};

struct transcript *transcript_new(enum watch_protocol protocol, const struct mail_watcher *watcher)
{
    struct transcript *transcript = mem_alloc(sizeof *transcript);
    transcript->watch = watch_new(protocol);
    transcript->watcher = *watcher;
    buf_init(&transcript->line, 1 << 20);
    return transcript;
}

void transcript_free(struct transcript *transcript)
{
    if (transcript == NULL)
        return;
    watch_free(transcript->watch);
    buf_free(&transcript->line);
    free(transcript);
}

static void tell(struct transcript *transcript, const struct watch_event *event, struct span line)
{
    transcript->watcher.line(transcript->watcher.context, event, line);
}

/* A literal holds many lines at once. */
static void tell_lines(struct transcript *transcript, const struct watch_event *event)
{
    struct span rest = event->text;
    while (rest.len > 0) {
        const char *lf = memchr(rest.at, '\n', rest.len);
        size_t length = lf != NULL ? (size_t)(lf - rest.at) : rest.len;
        size_t used = lf != NULL ? length + 1 : length;
        if (length > 0 && rest.at[length - 1] == '\r')
            length--;
        tell(transcript, event, (struct span){ rest.at, length });
        rest = (struct span){ rest.at + used, rest.len - used };
    }
}

static void tell_event(struct transcript *transcript, const struct watch_event *event)
{
    if (event->kind == WATCH_CONTENT && event->text.len > 0 && memchr(event->text.at, '\n', event->text.len) != NULL) {
        tell_lines(transcript, event);
        return;
    }
    if (event->kind == WATCH_CONTENT_END && event->text.len == 0)
        return;
    if (!event->secret) {
        tell(transcript, event, event->text);
        return;
    }
    /* The secret part, or all of it when it is not said which part. */
    struct span masked = event->masked.len > 0 ? event->masked : event->text;
    size_t before = (size_t)(masked.at - event->text.at);
    buf_clear(&transcript->line);
    buf_add(&transcript->line, event->text.at, before);
    buf_add_text(&transcript->line, stars);
    buf_add(&transcript->line, masked.at + masked.len, event->text.len - before - masked.len);
    tell(transcript, event, buf_span(&transcript->line));
}

void transcript_saw(void *context, bool sent, struct span bytes)
{
    struct transcript *transcript = context;
    struct watch_event event;
    watch_feed(transcript->watch, sent, bytes.at, bytes.len);
    while (watch_next(transcript->watch, &event) != 0)
        tell_event(transcript, &event);
}

void transcript_tls_started(struct transcript *transcript)
{
    watch_tls_started(transcript->watch);
}

static void write_line(void *file, const struct watch_event *event, struct span text)
{
    struct buf line;
    buf_init(&line, 1 << 20);
    buf_add_text(&line, event->from_client ? "C: " : "S: ");
    text_safe(&line, text.at, text.len);
    buf_add_text(&line, "\n");
    fwrite(line.data, 1, line.len, file);
    fflush(file);
    buf_free(&line);
}

struct mail_watcher transcript_to_file(void *file)
{
    return (struct mail_watcher){ .line = write_line, .context = file };
}
