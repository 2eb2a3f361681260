#include "server/queue.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/durable.h"

enum { PIECE = 64 * 1024 };

char *queue_folder(const char *root)
{
    return mem_printf("%s/queue", root);
}

int queue_make(const char *folder)
{
    char *tmp = mem_printf("%s/tmp", folder);
    int status = durable_make_directory(tmp);
    int error = errno;
    free(tmp);
    errno = error;
    return status;
}

static char *path_of(const char *folder, const char *id, const char *kind)
{
    return mem_printf("%s/%s.%s", folder, id, kind);
}

/* ---- a new letter ---- */

struct queue_writer {
    char *folder;
    char id[QUEUE_ID_MAX + 1];
    char *letter_tmp, *letter, *envelope_tmp, *envelope;
    int fd;
    struct buf out;
    bool after_cr;
    bool eight_bit;
    uint64_t size;
};

static struct queue_writer *writer_of(const char *folder, const char *id)
{
    struct queue_writer *writer = mem_alloc(sizeof *writer);
    writer->folder = mem_text(folder);
    snprintf(writer->id, sizeof writer->id, "%s", id);
    writer->letter = path_of(folder, id, "letter");
    writer->envelope = path_of(folder, id, "envelope");
    writer->letter_tmp = mem_printf("%s/tmp/%s.letter", folder, id);
    writer->envelope_tmp = mem_printf("%s/tmp/%s.envelope", folder, id);
    buf_init(&writer->out, 2 * PIECE);
    return writer;
}

struct queue_writer *queue_write_new(const char *folder, const char *id)
{
    struct queue_writer *writer = writer_of(folder, id);
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    writer->fd = open(writer->letter_tmp, flags, 0600);
    if (writer->fd < 0 && errno == ENOENT && queue_make(folder) == 0)
        writer->fd = open(writer->letter_tmp, flags, 0600);
    if (writer->fd >= 0)
        return writer;
    int error = errno;
    free(writer->letter_tmp);
    writer->letter_tmp = NULL;  /* it may be somebody else's */
    queue_write_free(writer);
    errno = error;
    return NULL;
}

static int flush(struct queue_writer *writer)
{
    int status = writer->out.len > 0 ? durable_write(writer->fd, writer->out.data, writer->out.len) : 0;
    buf_clear(&writer->out);
    return status;
}

int queue_write(struct queue_writer *writer, const void *data, size_t size)
{
    const char *at = data;
    for (size_t i = 0; i < size; i++) {
        char c = at[i];
        if (writer->after_cr && c != '\n')
            buf_add(&writer->out, "\r", 1);
        writer->after_cr = c == '\r';
        writer->eight_bit |= (unsigned char)c > 127;
        writer->size++; /* sessions write CR LF: what comes in is what goes out */
        if (c != '\r')
            buf_add(&writer->out, &c, 1);
        if (writer->out.len >= PIECE && flush(writer) != 0)
            return -1;
    }
    return 0;
}

static int write_envelope(const char *path, const struct queue_envelope *envelope)
{
    struct buf text;
    buf_init(&text, QUEUE_ENVELOPE_MAX);
    int status = queue_envelope_write(envelope, &text);
    int error = EFBIG;
    if (status == 0) {
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
        status = fd >= 0 && durable_write(fd, text.data, text.len) == 0 && fsync(fd) == 0 ? 0 : -1;
        error = errno;
        if (fd >= 0)
            close(fd);
    }
    buf_free(&text);
    errno = error;
    return status;
}

int queue_write_commit(struct queue_writer *writer, struct queue_envelope *envelope)
{
    envelope->size = writer->size;
    envelope->eight_bit = writer->eight_bit;
    if (flush(writer) != 0 || fsync(writer->fd) != 0 || write_envelope(writer->envelope_tmp, envelope) != 0)
        return -1;
    if (rename(writer->letter_tmp, writer->letter) == 0 && rename(writer->envelope_tmp, writer->envelope) == 0 &&
        durable_directory(writer->folder) == 0)
        return 0;
    int error = errno;
    queue_write_undo(writer);
    errno = error;
    return -1;
}

void queue_write_undo(struct queue_writer *writer)
{
    unlink(writer->envelope);
    unlink(writer->letter);
    durable_directory(writer->folder);
}

void queue_write_free(struct queue_writer *writer)
{
    if (writer == NULL)
        return;
    if (writer->fd >= 0)
        close(writer->fd);
    if (writer->letter_tmp != NULL) {
        unlink(writer->letter_tmp);
        unlink(writer->envelope_tmp);
    }
    free(writer->folder);
    free(writer->letter_tmp);
    free(writer->letter);
    free(writer->envelope_tmp);
    free(writer->envelope);
    buf_free(&writer->out);
    free(writer);
}

/* ---- one letter ---- */

int queue_open_letter(const char *folder, const char *id)
{
    char *path = path_of(folder, id, "letter");
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    int error = errno;
    free(path);
    errno = error;
    return fd;
}

int queue_lock(const char *folder, const char *id)
{
    int fd = queue_open_letter(folder, id);
    while (fd >= 0 && flock(fd, LOCK_EX) != 0)
        if (errno != EINTR) {
            int error = errno;
            close(fd);
            errno = error;
            return -1;
        }
    return fd;
}

struct queue_envelope *queue_load(const char *folder, const char *id, struct buf *error)
{
    struct buf text;
    struct queue_envelope *envelope = NULL;
    char *path = path_of(folder, id, "envelope");
    buf_init(&text, QUEUE_ENVELOPE_MAX);
    int status = durable_read(path, &text), problem = errno;
    if (status != 0)
        buf_add_text(error, strerror(problem));
    else if ((envelope = queue_envelope_read(buf_span(&text), error)) != NULL && strcmp(envelope->id, id) != 0) {
        buf_printf(error, "it has the id of another letter, %s", envelope->id);
        queue_envelope_free(envelope);
        envelope = NULL;
    }
    buf_free(&text);
    free(path);
    errno = status != 0 ? problem : EINVAL;
    return envelope;
}

int queue_save(const char *folder, const struct queue_envelope *envelope)
{
    struct buf text;
    char *path = path_of(folder, envelope->id, "envelope");
    buf_init(&text, QUEUE_ENVELOPE_MAX);
    errno = EFBIG;
    int status = queue_envelope_write(envelope, &text);
    if (status == 0)
        status = durable_replace(path, text.data, text.len, 0600);
    int error = errno;
    buf_free(&text);
    free(path);
    errno = error;
    return status;
}

int queue_remove(const char *folder, const char *id)
{
    char *envelope = path_of(folder, id, "envelope"), *letter = path_of(folder, id, "letter");
    int status = unlink(envelope) == 0 && durable_directory(folder) == 0 ? 0 : -1;
    int error = errno;
    if (status == 0)
        unlink(letter);
    free(envelope);
    free(letter);
    errno = error;
    return status;
}

/* ---- all of them ---- */

/* "ID.envelope" gives ID; false for other names. */
static bool id_of(const char *name, const char *kind, char id[QUEUE_ID_MAX + 1])
{
    const char *dot = strchr(name, '.');
    if (dot == NULL || strcmp(dot + 1, kind) != 0 || (size_t)(dot - name) > QUEUE_ID_MAX)
        return false;
    memcpy(id, name, (size_t)(dot - name));
    id[dot - name] = '\0';
    return queue_id_is_good(id);
}

int queue_each(const char *folder, void (*visit)(void *context, const char *id), void *context)
{
    struct dirent *entry;
    char id[QUEUE_ID_MAX + 1];
    DIR *directory = opendir(folder);
    if (directory == NULL)
        return -1;
    while ((entry = readdir(directory)) != NULL)
        if (id_of(entry->d_name, "envelope", id))
            visit(context, id);
    closedir(directory);
    return 0;
}

/* A name below folder that a crash left: an unfinished replacement of an envelope, or a letter without one. */
static bool is_left_over(const char *folder, const char *name)
{
    char id[QUEUE_ID_MAX + 1];
    size_t length = strlen(name);
    if (length > 4 && strcmp(name + length - 4, ".new") == 0)
        return true;
    if (!id_of(name, "letter", id))
        return false;
    char *envelope = path_of(folder, id, "envelope");
    bool alone = access(envelope, F_OK) != 0 && errno == ENOENT;
    free(envelope);
    return alone;
}

static void clean_folder(const char *folder, bool all)
{
    struct dirent *entry;
    DIR *directory = opendir(folder);
    if (directory == NULL)
        return;
    while ((entry = readdir(directory)) != NULL)
        if (all ? entry->d_name[0] != '.' : is_left_over(folder, entry->d_name))
            unlinkat(dirfd(directory), entry->d_name, 0);
    closedir(directory);
}

void queue_clean(const char *folder)
{
    char *tmp = mem_printf("%s/tmp", folder);
    clean_folder(tmp, true);
    clean_folder(folder, false);
    free(tmp);
}

/* ---- the server of the queue ---- */

int queue_claim(const char *folder)
{
    char *path = mem_printf("%s/server", folder);
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    free(path);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

int queue_bell(const char *folder)
{
    char *path = mem_printf("%s/bell", folder);
    int fd = mkfifo(path, 0600) == 0 || errno == EEXIST
                 ? open(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC) : -1;
    int error = errno;
    free(path);
    errno = error;
    return fd;
}

int queue_ring(const char *folder)
{
    char *path = mem_printf("%s/bell", folder);
    int fd = open(path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    int error = errno;
    free(path);
    if (fd < 0) {
        errno = error;
        return error == ENXIO || error == ENOENT ? 0 : -1;
    }
    ssize_t written = write(fd, "!", 1);
    error = errno;
    close(fd);
    errno = error;
    return written == 1 || error == EAGAIN ? 1 : -1; /* full: somebody rang already */
}
