#include "durable.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"

int durable_write(int fd, const void *data, size_t size)
{
    const char *at = data;
    while (size > 0) {
        ssize_t written = write(fd, at, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            errno = written == 0 ? ENOSPC : errno;
            return -1;
        }
        at += written;
        size -= (size_t)written;
    }
    return 0;
}

int durable_directory(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int status = fsync(fd);
    int error = errno;
    close(fd);
    errno = error;
    return status;
}

/* Writes and syncs a new file; it is gone again when that fails. */
static int write_new(const char *path, const void *data, size_t size, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0)
        return -1;
    int status = durable_write(fd, data, size) == 0 && fsync(fd) == 0 ? 0 : -1;
    int error = errno;
    if (close(fd) != 0 && status == 0) {
        status = -1;
        error = errno;
    }
    if (status != 0)
        unlink(path);
    errno = error;
    return status;
}

/* The directory that a path's last part is in; free() it. */
static char *directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return mem_text(".");
    return mem_copy(path, slash == path ? 1 : (size_t)(slash - path));
}

int durable_replace(const char *path, const void *data, size_t size, mode_t mode)
{
    static atomic_uint counter;
    char *fresh = mem_printf("%s.%ld-%u.new", path, (long)getpid(), atomic_fetch_add(&counter, 1));
    char *directory = directory_of(path);
    int status = write_new(fresh, data, size, mode);
    if (status == 0 && rename(fresh, path) != 0) {
        int error = errno;
        unlink(fresh);
        errno = error;
        status = -1;
    }
    if (status == 0)
        status = durable_directory(directory);
    int error = errno;
    free(fresh);
    free(directory);
    errno = error;
    return status;
}

int durable_read(const char *path, struct buf *out)
{
    char piece[16384];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int error = 0;
    for (;;) {
        ssize_t got = read(fd, piece, sizeof piece);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            error = errno;
        else if (got > 0 && buf_add(out, piece, (size_t)got) != 0)
            error = EFBIG;
        if (got <= 0 || error != 0)
            break;
    }
    close(fd);
    errno = error;
    return error == 0 ? 0 : -1;
}

int durable_make_directory(const char *path)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST) {
        struct stat status;
        if (stat(path, &status) != 0)
            return -1;
        errno = ENOTDIR;
        return S_ISDIR(status.st_mode) ? 0 : -1;
    }
    if (errno != ENOENT || strchr(path, '/') == NULL)
        return -1;
    char *above = directory_of(path);
    int made = strcmp(above, path) != 0 ? durable_make_directory(above) : -1;
    free(above);
    return made == 0 ? mkdir(path, 0700) : -1;
}
