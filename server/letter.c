/*
 * letter.c - reading a letter (mailbox.h): a file with LF line ends becomes
 * the text with CR LF that goes over the wire.
 *
 * Files are read, never mapped: another program may cut a file short at any
 * time, and touching the missing part of a mapping would kill the server. A
 * big letter's text is put into an unlinked file of our own and that is
 * mapped, so that a thousand slow readers of big letters cost disk and not
 * memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/header.h"
#include "core/mem.h"
#include "io/durable.h"
#include "server/mailbox_view.h"

enum {
    PIECE = 64 * 1024,
    IN_MEMORY = 512 * 1024,           /* the text of a larger file goes into a file */
    LARGEST = 1024 * 1024 * 1024,
};

/* ---- the file ---- */

/* Opens message i's file. If it has another name meanwhile, the directories are read again. */
static int open_letter(struct mailbox *mailbox, size_t i, struct stat *status)
{
    struct folder *folder = mailbox->folder;
    int fd = -1;
    for (int attempt = 0; attempt < 2 && fd < 0; attempt++) {
        folder_lock(folder);
        if (attempt > 0)
            folder_refresh(folder, true);
        const struct entry *entry = folder_find(folder, mailbox->messages[i].uid);
        char *file = entry != NULL ? folder_file(folder, entry) : NULL;
        folder_unlock(folder);
        if (file == NULL)
            break;
        fd = open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        int error = errno;
        free(file);
        errno = error;
        if (fd < 0 && error != ENOENT)
            return -1;
    }
    if (fd < 0) {
        errno = ENOENT;
        return -1;
    }
    if (fstat(fd, status) == 0 && S_ISREG(status->st_mode) && status->st_size <= LARGEST)
        return fd;
    close(fd);
    errno = EIO;
    return -1;
}

/* ---- the text ---- */

struct conversion {
    char *text;         /* in memory, room for all of it; or NULL: */
    int fd;             /* to this file */
    uint64_t size;
    bool count_only;
    char last;
};

/* Answers 0, or -1 with errno. out: room for twice the piece. */
static int convert(struct conversion *conversion, const char *piece, size_t size, char *out)
{
    size_t made = 0;
    char *to = conversion->text != NULL ? conversion->text + conversion->size : out;
    const char *end = piece + size;
    while (piece < end) {
        const char *lf = memchr(piece, '\n', (size_t)(end - piece));
        size_t plain = (size_t)((lf != NULL ? lf : end) - piece);
        if (!conversion->count_only)
            memcpy(to + made, piece, plain);
        made += plain;
        char before = plain > 0 ? piece[plain - 1] : conversion->last;
        piece += plain;
        conversion->last = before;
        if (lf == NULL)
            break;
        if (before != '\r') {
            if (!conversion->count_only)
                to[made] = '\r';
            made++;
        }
        if (!conversion->count_only)
            to[made] = '\n';
        made++;
        conversion->last = '\n';
        piece++;
    }
    conversion->size += made;
    if (conversion->count_only || conversion->text != NULL)
        return 0;
    return durable_write(conversion->fd, out, made);
}

/* The whole file through convert. most: bytes of it that are used, should it grow under our hands. */
static int convert_file(int fd, off_t most, struct conversion *conversion)
{
    char *piece = mem_grow(NULL, 3, PIECE);
    int status = 0;
    while (status == 0 && most > 0) {
        ssize_t got = read(fd, piece, most < PIECE ? (size_t)most : PIECE);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            status = -1;
        if (got <= 0)
            break;
        most -= got;
        status = convert(conversion, piece, (size_t)got, piece + PIECE);
    }
    int error = errno;
    free(piece);
    errno = error;
    return status;
}

static int count_wire(int fd, off_t size, uint64_t *wire)
{
    struct conversion conversion = { .count_only = true };
    if (convert_file(fd, size, &conversion) != 0 || lseek(fd, 0, SEEK_SET) != 0)
        return -1;
    *wire = conversion.size;
    return 0;
}

/* ---- sizes ---- */

/* What the folder knows of the size; MESSAGE_SIZE_UNKNOWN when nobody has counted yet. */
static uint64_t known_size(struct mailbox *mailbox, size_t i)
{
    struct folder *folder = mailbox->folder;
    folder_lock(folder);
    const struct entry *entry = folder_find(folder, mailbox->messages[i].uid);
    uint64_t size = entry != NULL && entry->wire >= 0 ? (uint64_t)entry->wire : MESSAGE_SIZE_UNKNOWN;
    folder_unlock(folder);
    return size;
}

static void keep_size(struct mailbox *mailbox, size_t i, uint64_t size)
{
    if (mailbox->view == NULL)
        mailbox->messages[i].size = size;
}

static void note_size(struct mailbox *mailbox, size_t i, uint64_t size)
{
    struct folder *folder = mailbox->folder;
    keep_size(mailbox, i, size);
    folder_lock(folder);
    if (folder_begin(folder) == STORE_OK) {
        struct entry *entry = folder_find(folder, mailbox->messages[i].uid);
        if (entry != NULL)
            folder_set_wire(folder, entry, (long long)size);
        folder_end(folder);
    }
    folder_unlock(folder);
}

uint64_t mailbox_size(struct mailbox *mailbox, size_t i)
{
    struct stat status;
    uint64_t size = mailbox->messages[i].size;
    if (size != MESSAGE_SIZE_UNKNOWN)
        return size;
    size = known_size(mailbox, i);
    if (size != MESSAGE_SIZE_UNKNOWN) {
        keep_size(mailbox, i, size);
        return size;
    }
    size = 0;
    int fd = open_letter(mailbox, i, &status);
    if (fd < 0)
        return 0;
    if (count_wire(fd, status.st_size, &size) == 0)
        note_size(mailbox, i, size);
    close(fd);
    return size;
}

/* ---- reading ---- */

struct owner {
    void *map;          /* NULL: the text follows in memory */
    size_t map_size;
};

/* Room for the worst, a file of LFs: another program may write into the file while we read it. */
static int read_into_memory(int fd, const struct stat *status, struct letter *letter)
{
    struct owner *owner = mem_alloc(sizeof *owner + 2 * (size_t)status->st_size + 1);
    struct conversion conversion = { .text = (char *)(owner + 1), .fd = -1 };
    if (convert_file(fd, status->st_size, &conversion) != 0) {
        free(owner);
        return -1;
    }
    *letter = (struct letter){ conversion.text, (size_t)conversion.size, owner };
    return 0;
}

static int read_into_file(struct mailbox *mailbox, int fd, const struct stat *status, struct letter *letter)
{
    char *tmp = mem_printf("%s/tmp", mailbox->folder->path);
    struct conversion conversion = { .fd = open(tmp, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600) };
    free(tmp);
    if (conversion.fd < 0)
        return -1;
    void *map = MAP_FAILED;
    if (convert_file(fd, status->st_size, &conversion) == 0 && conversion.size > 0)
        map = mmap(NULL, (size_t)conversion.size, PROT_READ, MAP_PRIVATE, conversion.fd, 0);
    int error = errno;
    close(conversion.fd);
    errno = error;
    if (map == MAP_FAILED)
        return -1;
    struct owner *owner = mem_alloc(sizeof *owner);
    *owner = (struct owner){ map, (size_t)conversion.size };
    *letter = (struct letter){ map, (size_t)conversion.size, owner };
    return 0;
}

enum store_result mailbox_read(struct mailbox *mailbox, size_t i, struct letter *letter)
{
    struct stat status;
    struct message *message = &mailbox->messages[i];
    int fd = open_letter(mailbox, i, &status);
    if (fd < 0)
        return maildir_result(errno);
    int done = status.st_size <= IN_MEMORY ? read_into_memory(fd, &status, letter)
                                           : read_into_file(mailbox, fd, &status, letter);
    enum store_result result = done == 0 ? STORE_OK : maildir_result(errno);
    close(fd);
    if (result == STORE_OK && message->size != letter->size)
        note_size(mailbox, i, letter->size);
    return result;
}

/* The first piece of the file, if the header ends there. */
enum store_result mailbox_read_header(struct mailbox *mailbox, size_t i, struct letter *letter)
{
    struct stat status;
    int fd = open_letter(mailbox, i, &status);
    if (fd < 0)
        return maildir_result(errno);
    const bool whole = status.st_size <= PIECE;
    if (!whole)
        status.st_size = PIECE;
    enum store_result result = read_into_memory(fd, &status, letter) == 0 ? STORE_OK : maildir_result(errno);
    close(fd);
    if (result != STORE_OK || whole || header_length((struct span){ letter->text, letter->size }) < letter->size)
        return result;
    letter_release(letter);
    return mailbox_read(mailbox, i, letter);
}

void letter_release(struct letter *letter)
{
    struct owner *owner = letter->owner;
    if (owner != NULL && owner->map != NULL)
        munmap(owner->map, owner->map_size);
    free(owner);
    *letter = (struct letter){ 0 };
}
