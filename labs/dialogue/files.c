#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

int files_read(const char *path, struct buf *out)
{
    char piece[16384];
    struct stat status;
    ssize_t got = 0;
    /* Not blocking: a pipe of that name must not hold the dialogue up. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return -1;
    int problem = fstat(fd, &status) != 0 ? errno : S_ISDIR(status.st_mode) ? EISDIR
                                                  : S_ISREG(status.st_mode) ? 0 : EINVAL;
    while (problem == 0 && (got = read(fd, piece, sizeof piece)) > 0)
        if (buf_add(out, piece, (size_t)got) != 0)
            problem = EFBIG;
    if (got < 0)
        problem = errno;
    close(fd);
    errno = problem;
    return problem == 0 ? 0 : -1;
}

static int to_wire(struct span text, bool stuff, struct buf *out)
{
    int status = 0;
    char before = '\n';
    for (size_t i = 0; status == 0 && i < text.len; i++) {
        char c = text.at[i];
        if (c == '\n' && before != '\r')
            status = buf_add(out, "\r", 1);
        if (stuff && c == '.' && before == '\n')
            status |= buf_add(out, ".", 1);
        status |= buf_add(out, &c, 1);
        before = c;
    }
    if (stuff && before != '\n')
        status |= buf_add_text(out, "\r\n");
    return status;
}

int files_to_wire(struct span text, struct buf *out)
{
    return to_wire(text, false, out);
}

int files_to_smtp(struct span text, struct buf *out)
{
    return to_wire(text, true, out) | buf_add_text(out, ".\r\n");
}
