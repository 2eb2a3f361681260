#include "wire_record.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "visualizer/capture.h"

enum {
    MAX_KEYS = 4 * 1024 * 1024, /* of one look at a key log, and of what is remembered against doubles */
    MAX_LINE = 1024,
};

struct key_log {
    const char *path;
    int fd;             /* -1: does not exist yet */
    struct buf part;    /* a line whose end is not there yet */
};

struct wire_record {
    struct pcapng_writer *writer;
    struct key_log *logs;
    unsigned log_count;
    unsigned ports;
    struct buf seen;    /* key lines that were written */
    void *context;
    void (*keys)(void *context, struct span lines);
    uint64_t frames;
};

struct wire_record *wire_record_start(const char *path, const char *const *ports, unsigned count,
                                      const struct wire_record_options *options, struct buf *error)
{
    struct pcapng_writer *writer = pcapng_write_open(path, "Pli " PLI_VERSION, error);
    if (writer == NULL)
        return NULL;
    for (unsigned i = 0; i < count; i++)
        pcapng_write_interface(writer, LINK_ETHERNET, ports[i], NULL);
    if (options->hosts != NULL && pcapng_write_hosts(writer, options->hosts) != 0) {
        buf_printf(error, _("The file with the names of the hosts, %s, cannot be read: %m."), options->hosts);
        pcapng_write_close(writer, error);
        return NULL;
    }
    struct wire_record *record = mem_alloc(sizeof *record);
    record->writer = writer;
    record->ports = count;
    record->context = options->context;
    record->keys = options->keys;
    record->log_count = options->keylog_count;
    record->logs = mem_alloc(options->keylog_count * sizeof *record->logs + 1);
    for (unsigned i = 0; i < record->log_count; i++) {
        record->logs[i].path = options->keylogs[i];
        record->logs[i].fd = -1;
        buf_init(&record->logs[i].part, MAX_LINE);
    }
    buf_init(&record->seen, MAX_KEYS);
    pcapng_write_flush(writer);
    return record;
}

/* Key lines start with a label; comments and empty lines have no place in the recording. */
static bool is_new_key(struct wire_record *record, struct span line)
{
    if (line.len < 2 || line.at[0] < 'A' || line.at[0] > 'Z')
        return false;
    return record->seen.len == 0 || memmem(record->seen.data, record->seen.len, line.at, line.len) == NULL;
}

static void add_key(struct wire_record *record, struct buf *keys, struct span line)
{
    if (!is_new_key(record, line))
        return;
    buf_add_span(keys, line);
    if (record->seen.len + line.len > record->seen.max)
        buf_clear(&record->seen);
    buf_add_span(&record->seen, line);
}

/* Cuts what was read into lines; the last one may be unfinished and waits for its end. */
static void take_lines(struct wire_record *record, struct key_log *log, struct span text, struct buf *keys)
{
    while (text.len > 0) {
        const char *end = memchr(text.at, '\n', text.len);
        size_t length = end == NULL ? text.len : (size_t)(end - text.at) + 1;
        if (buf_add(&log->part, text.at, length) != 0)
            buf_clear(&log->part);      /* no key line is that long */
        if (end != NULL) {
            add_key(record, keys, buf_span(&log->part));
            buf_clear(&log->part);
        }
        text.at += length;
        text.len -= length;
    }
}

static void look_at(struct wire_record *record, struct key_log *log, struct buf *keys)
{
    char text[16384];
    if (log->fd < 0)
        log->fd = open(log->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (log->fd < 0)
        return;
    ssize_t size;
    while ((size = read(log->fd, text, sizeof text)) > 0)
        take_lines(record, log, (struct span){ text, (size_t)size }, keys);
}

void wire_record_keys(struct wire_record *record)
{
    struct buf keys;
    buf_init(&keys, MAX_KEYS);
    for (unsigned i = 0; i < record->log_count; i++)
        look_at(record, &record->logs[i], &keys);
    if (keys.len > 0)
        pcapng_write_tls_keys(record->writer, buf_span(&keys));
    if (keys.len > 0 && record->keys != NULL)
        record->keys(record->context, buf_span(&keys));
    buf_free(&keys);
}

uint64_t wire_record_frame(struct wire_record *record, const struct pcapng_packet *packet)
{
    pcapng_write_packet(record->writer, packet);
    return ++record->frames;
}

void wire_record_note(struct wire_record *record, unsigned port, int64_t time, const char *text)
{
    pcapng_write_note(record->writer, port, time, text);
}

int wire_record_flush(struct wire_record *record)
{
    return pcapng_write_flush(record->writer);
}

int wire_record_end(struct wire_record *record, const struct wire_record_counts *counts, int64_t now,
                    struct buf *error)
{
    if (record == NULL)
        return 0;
    wire_record_keys(record);
    for (unsigned i = 0; counts != NULL && i < record->ports; i++)
        pcapng_write_counts(record->writer, i, now, counts[i].received, counts[i].lost);
    int result = pcapng_write_close(record->writer, error);
    for (unsigned i = 0; i < record->log_count; i++) {
        if (record->logs[i].fd >= 0)
            close(record->logs[i].fd);
        buf_free(&record->logs[i].part);
    }
    free(record->logs);
    buf_free(&record->seen);
    free(record);
    return result;
}
