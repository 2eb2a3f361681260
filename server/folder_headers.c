#include "server/folder_headers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/durable.h"

enum {
    FIELDS_MAX = 16 * 1024,     /* of one letter */
    HEAD_MAX = 512,             /* the line before them */
    FILE_MAX = 256 << 20,
    WASTE_SPARE = 1 << 20,      /* more waste than records, and this, before the file begins anew */
    WINDOW = 128 * 1024,
};

static const char headers_name[] = "pli-headers";

bool headers_keep(struct span name)
{
    static const char *const kept[] = { "Date", "Subject", "From", "Sender", "Reply-To", "To", "Cc", "Bcc",
                                        "In-Reply-To", "Message-ID", "References" };
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        if (span_is_nocase(name, kept[i]))
            return true;
    return false;
}

/* ---- a record's first line ---- */

struct head {
    uint32_t uid, sum;
    size_t size;         /* of the line */
    size_t length;       /* of what follows it */
    struct span base;
};

/* FNV-1a: it is to find damage, not forgery. */
static uint32_t sum_of(struct span fields)
{
    uint32_t sum = 2166136261u;
    for (size_t i = 0; i < fields.len; i++)
        sum = (sum ^ (unsigned char)fields.at[i]) * 16777619u;
    return sum;
}

static bool read_number(const char **at, const char *end, char stop, uint32_t *number)
{
    uint64_t value = 0;
    const char *digit = *at;
    while (digit < end && *digit >= '0' && *digit <= '9' && value <= UINT32_MAX)
        value = value * 10 + (uint64_t)(*digit++ - '0');
    if (digit == *at || digit == end || *digit != stop || value > UINT32_MAX)
        return false;
    *number = (uint32_t)value;
    *at = digit + 1;
    return true;
}

static bool read_head(struct span bytes, struct head *head)
{
    const size_t most = bytes.len < HEAD_MAX ? bytes.len : HEAD_MAX;
    const char *end = most > 2 ? memchr(bytes.at, '\n', most) : NULL, *at = bytes.at + 2;
    uint32_t length;
    if (end == NULL || bytes.at[0] != '+' || bytes.at[1] != ' ' || !read_number(&at, end, ' ', &head->uid) ||
        !read_number(&at, end, ' ', &length) || !read_number(&at, end, ' ', &head->sum) || length > FIELDS_MAX)
        return false;
    head->length = length;
    head->base = (struct span){ at, (size_t)(end - at) };
    head->size = (size_t)(end - bytes.at) + 1;
    return true;
}

/* ---- the piece in memory ---- */

void headers_close(struct headers_window *window)
{
    if (window->file != 0)
        close(window->fd);
    free(window->bytes);
    *window = (struct headers_window){ 0 };
}

/*
 * The octets from a place on, as many as there are up to `size`. Who asks for what stands behind the piece is walking
 * through the file, and gets a large one.
 */
static struct span look_at(struct headers_window *window, off_t place, size_t size)
{
    const off_t end = window->at + (off_t)window->size;
    if (place < window->at || place + (off_t)size > end) {
        const bool walks = place >= window->at && place <= end;
        const size_t wanted = walks ? WINDOW : size;
        if (wanted > window->room) {
            window->bytes = mem_grow(window->bytes, wanted, 1);
            window->room = wanted;
        }
        const ssize_t got = pread(window->fd, window->bytes, wanted, place);
        window->at = place;
        window->size = got > 0 ? (size_t)got : 0;
    }
    const size_t offset = (size_t)(place - window->at), there = window->size - offset;
    return (struct span){ window->bytes + offset, there < size ? there : size };
}

/* ---- which letter's record is where ---- */

void headers_drop(struct folder *folder, struct entry *entry)
{
    folder->headers_live -= entry->header_size;
    entry->header_at = 0;
    entry->header_size = 0;
}

static void forget_all(struct folder *folder)
{
    for (size_t i = 0; i < folder->count; i++)
        headers_drop(folder, folder->entries[i]);
    folder->headers_file = 0;
    folder->headers_read = 0;
}

static void note_record(struct folder *folder, const struct head *head, off_t place)
{
    struct entry *entry = folder_find(folder, head->uid);
    if (entry == NULL || !span_is(head->base, entry->base))
        return;
    headers_drop(folder, entry);
    entry->header_at = place;
    entry->header_size = (uint32_t)(head->size + head->length);
    folder->headers_live += entry->header_size;
}

/* From where the reading ended the last time, up to what is no whole record. */
static void read_records(struct folder *folder, struct headers_window *window, off_t end)
{
    struct head head;
    char first[48];
    const int size = snprintf(first, sizeof first, "pli-headers 1 %u\n", folder->uidvalidity);
    if (folder->headers_read == 0) {
        const struct span line = look_at(window, 0, (size_t)size);
        if (line.len != (size_t)size || memcmp(line.at, first, line.len) != 0)
            return;
        folder->headers_read = size;
    }
    while (folder->headers_read < end && read_head(look_at(window, folder->headers_read, HEAD_MAX), &head)) {
        const off_t next = folder->headers_read + (off_t)(head.size + head.length);
        if (next > end)
            break;
        note_record(folder, &head, folder->headers_read);
        folder->headers_read = next;
    }
}

/* Opens the file there is now, and takes over what is new in it. Answers its size. */
static off_t open_file(struct folder *folder, struct headers_window *window)
{
    struct stat now;
    headers_close(window);
    window->looked = true;
    const int fd = openat(folder->directory, headers_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &now) != 0 || !S_ISREG(now.st_mode)) {
        if (fd >= 0)
            close(fd);
        if (folder->headers_file != 0)
            forget_all(folder);
        return 0;
    }
    window->fd = fd;
    window->file = now.st_ino;
    if (now.st_ino != folder->headers_file || now.st_size < folder->headers_read)
        forget_all(folder);
    folder->headers_file = now.st_ino;
    if (now.st_size > folder->headers_read)
        read_records(folder, window, now.st_size);
    return now.st_size;
}

bool headers_find(struct folder *folder, const struct entry *entry, struct headers_window *window,
                  struct span *fields)
{
    struct head head;
    if (!window->looked || window->file != folder->headers_file)
        open_file(folder, window);
    if (entry->header_at == 0 || window->file == 0)
        return false;
    const struct span record = look_at(window, entry->header_at, entry->header_size);
    if (!read_head(record, &head) || head.size + head.length != record.len || head.uid != entry->uid ||
        !span_is(head.base, entry->base))
        return false;
    *fields = (struct span){ record.at + head.size, head.length };
    return sum_of(*fields) == head.sum;
}

/* ---- writing ---- */

void headers_add(struct buf *records, const struct entry *entry, struct span fields)
{
    const size_t before = records->len;
    if (fields.len > FIELDS_MAX || strlen(entry->base) > HEAD_MAX / 2)
        return;
    if (buf_printf(records, "+ %u %zu %u %s\n", entry->uid, fields.len, sum_of(fields), entry->base) == 0 &&
        buf_add_span(records, fields) != 0)
        records->len = before;
}

static void append(struct folder *folder, off_t size, const struct buf *records)
{
    char first[48] = "";
    const int fd = openat(folder->directory, headers_name,
                          O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    if (size == 0)
        snprintf(first, sizeof first, "pli-headers 1 %u\n", folder->uidvalidity);
    if (durable_write(fd, first, strlen(first)) == 0)
        durable_write(fd, records->data, records->len);
    close(fd);
}

void headers_write(struct folder *folder, struct headers_window *window, const struct buf *records)
{
    off_t size = open_file(folder, window);
    const uint64_t waste = (uint64_t)size - folder->headers_live;
    if (size > folder->headers_read || waste > folder->headers_live + WASTE_SPARE) {
        unlinkat(folder->directory, headers_name, 0);
        forget_all(folder);
        size = 0;
    }
    if (size + (off_t)records->len > FILE_MAX)
        return;
    append(folder, size, records);
    open_file(folder, window);
}
