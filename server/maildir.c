#include "maildir.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/durable.h"

enum { PENDING = 32 * 1024 };

/* Letters of the file name, in the order of ASCII in which Maildir wants them. */
static const struct {
    char letter;
    enum mail_flag flag;
} flag_letters[] = {
    { 'D', MAIL_DRAFT },    { 'F', MAIL_FLAGGED }, { 'P', MAIL_FORWARDED },
    { 'R', MAIL_ANSWERED }, { 'S', MAIL_SEEN },    { 'T', MAIL_DELETED },
};

enum store_result maildir_result(int error)
{
    switch (error) {
    case 0:
        return STORE_OK;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return STORE_FULL;
    case ENOENT:
        return STORE_NOT_FOUND;
    case EEXIST:
    case ENOTEMPTY:
        return STORE_EXISTS;
    case ENAMETOOLONG:
        return STORE_BAD_NAME;
    case EROFS:
        return STORE_READ_ONLY;
    default:
        return STORE_FAILED;
    }
}

int maildir_make(const char *path)
{
    static const char *const parts[] = { "tmp", "new", "cur" };
    if (durable_make_directory(path) != 0)
        return -1;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        char *part = mem_printf("%s/%s", path, parts[i]);
        int status = mkdir(part, 0700) != 0 && errno != EEXIST ? -1 : 0;
        free(part);
        if (status != 0)
            return -1;
    }
    return durable_directory(path);
}

/* ---- names ---- */

/* The number after ",S=" or ",W=" within the base name; -1: there is none. */
static long long size_field(const char *name, size_t base, char letter)
{
    for (size_t i = 0; i + 3 < base; i++) {
        if (name[i] != ',' || name[i + 1] != letter || name[i + 2] != '=' || !isdigit((unsigned char)name[i + 3]))
            continue;
        long long value = 0;
        for (i += 3; i < base && isdigit((unsigned char)name[i]) && value < 1000000000000000LL; i++)
            value = value * 10 + (name[i] - '0');
        return i == base || name[i] == ',' ? value : -1;
    }
    return -1;
}

void maildir_parse(const char *name, struct maildir_name *parts)
{
    const char *colon = strchr(name, ':');
    *parts = (struct maildir_name){ .base = colon != NULL ? (size_t)(colon - name) : strlen(name) };
    parts->size = size_field(name, parts->base, 'S');
    parts->wire = size_field(name, parts->base, 'W');
    if (colon == NULL || strncmp(colon, ":2,", 3) != 0)
        return;
    for (const char *letter = colon + 3; *letter != '\0'; letter++) {
        if (*letter >= 'a' && *letter < 'a' + MAILDIR_KEYWORDS)
            parts->keywords |= 1u << (*letter - 'a');
        for (size_t i = 0; i < sizeof flag_letters / sizeof flag_letters[0]; i++)
            if (flag_letters[i].letter == *letter)
                parts->flags |= flag_letters[i].flag;
    }
}

void maildir_suffix(unsigned flags, uint32_t keywords, char *suffix)
{
    char *at = suffix + sprintf(suffix, ":2,");
    for (size_t i = 0; i < sizeof flag_letters / sizeof flag_letters[0]; i++)
        if (flags & flag_letters[i].flag)
            *at++ = flag_letters[i].letter;
    for (int i = 0; i < MAILDIR_KEYWORDS; i++)
        if (keywords & 1u << i)
            *at++ = (char)('a' + i);
    *at = '\0';
}

char *maildir_unique(void)
{
    static atomic_uint counter;
    char host[256] = "";
    struct timeval now;
    gettimeofday(&now, NULL);
    if (gethostname(host, sizeof host - 1) != 0 || host[0] == '\0')
        strcpy(host, "localhost");
    for (char *at = host; *at != '\0'; at++)
        if (!isalnum((unsigned char)*at) && strchr(".-_", *at) == NULL)
            *at = '_';
    host[64] = '\0';
    return mem_printf("%lld.M%06ldP%ldQ%u.%s", (long long)now.tv_sec, (long)now.tv_usec, (long)getpid(),
                      atomic_fetch_add(&counter, 1) + 1, host);
}

/* ---- writing ---- */

struct maildir_writer {
    int fd;
    char *folder;
    char *unique;
    char *name;          /* unique with its sizes; NULL before sync */
    char *path;          /* in tmp/; NULL when it is not there any more */
    size_t pending_size;
    bool cr;             /* a CR was taken and not yet written: an LF may follow */
    char last;           /* byte written last */
    uint64_t size;       /* on the disk */
    time_t date;         /* 0: now */
    uint64_t bare_lf;    /* LFs on the disk with no CR before: each is two octets on the wire */
    char pending[PENDING];
};

struct maildir_writer *maildir_write_new(const char *folder)
{
    struct maildir_writer *writer = mem_alloc(sizeof *writer);
    writer->folder = mem_text(folder);
    writer->unique = maildir_unique();
    writer->path = mem_printf("%s/tmp/%s", folder, writer->unique);
    writer->fd = open(writer->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (writer->fd >= 0)
        return writer;
    int error = errno;
    free(writer->path);
    writer->path = NULL;
    maildir_write_free(writer);
    errno = error;
    return NULL;
}

static int flush_pending(struct maildir_writer *writer)
{
    if (durable_write(writer->fd, writer->pending, writer->pending_size) != 0)
        return -1;
    writer->size += writer->pending_size;
    writer->pending_size = 0;
    return 0;
}

static int add(struct maildir_writer *writer, const char *data, size_t size)
{
    while (size > 0) {
        size_t room = PENDING - writer->pending_size;
        size_t part = size < room ? size : room;
        memcpy(writer->pending + writer->pending_size, data, part);
        writer->pending_size += part;
        writer->last = data[part - 1];
        data += part;
        size -= part;
        if (writer->pending_size == PENDING && flush_pending(writer) != 0)
            return -1;
    }
    return 0;
}

static int add_lf(struct maildir_writer *writer)
{
    if (writer->last != '\r')
        writer->bare_lf++;
    return add(writer, "\n", 1);
}

/* Text up to the next CR or LF as it is; CR LF as LF; a CR that no LF follows stays. */
int maildir_write(struct maildir_writer *writer, const void *data, size_t size)
{
    const char *at = data, *end = at + size;
    while (at < end) {
        if (writer->cr) {
            writer->cr = false;
            if (*at != '\n' && add(writer, "\r", 1) != 0)
                return -1;
        }
        const char *stop = at;
        while (stop < end && *stop != '\r' && *stop != '\n')
            stop++;
        if (stop > at && add(writer, at, (size_t)(stop - at)) != 0)
            return -1;
        if (stop < end && *stop == '\r')
            writer->cr = true;
        else if (stop < end && add_lf(writer) != 0)
            return -1;
        at = stop < end ? stop + 1 : end;
    }
    return 0;
}

uint64_t maildir_write_size(const struct maildir_writer *writer)
{
    return writer->size + writer->pending_size + writer->bare_lf + writer->cr;
}

void maildir_write_date(struct maildir_writer *writer, time_t date)
{
    writer->date = date;
}

int maildir_write_sync(struct maildir_writer *writer)
{
    struct timespec times[2] = { { .tv_sec = writer->date }, { .tv_sec = writer->date } };
    if (writer->cr && add(writer, "\r", 1) != 0)
        return -1;
    writer->cr = false;
    if (flush_pending(writer) != 0)
        return -1;
    free(writer->name);
    writer->name = mem_printf("%s,S=%llu,W=%llu", writer->unique, (unsigned long long)writer->size,
                              (unsigned long long)(writer->size + writer->bare_lf));
    if (writer->date == 0)
        return fdatasync(writer->fd);
    return futimens(writer->fd, times) == 0 ? fsync(writer->fd) : -1;
}

const char *maildir_write_name(const struct maildir_writer *writer)
{
    return writer->name;
}

const char *maildir_write_path(const struct maildir_writer *writer)
{
    return writer->path;
}

int maildir_write_place(struct maildir_writer *writer, const char *suffix)
{
    char *target = mem_printf("%s/%s/%s%s", writer->folder, suffix != NULL ? "cur" : "new", writer->name,
                              suffix != NULL ? suffix : "");
    int status = rename(writer->path, target);
    int error = errno;
    free(target);
    errno = error;
    if (status != 0)
        return -1;
    free(writer->path);
    writer->path = NULL;
    return 0;
}

int maildir_write_commit(struct maildir_writer *writer, const char *suffix)
{
    if (maildir_write_sync(writer) != 0 || maildir_write_place(writer, suffix) != 0)
        return -1;
    char *directory = mem_printf("%s/%s", writer->folder, suffix != NULL ? "cur" : "new");
    int status = durable_directory(directory);
    int error = errno;
    free(directory);
    errno = error;
    return status;
}

void maildir_write_free(struct maildir_writer *writer)
{
    if (writer == NULL)
        return;
    if (writer->path != NULL)
        unlink(writer->path);
    if (writer->fd >= 0)
        close(writer->fd);
    free(writer->path);
    free(writer->name);
    free(writer->unique);
    free(writer->folder);
    free(writer);
}
