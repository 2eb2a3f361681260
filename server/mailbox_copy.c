/*
 * mailbox_copy.c - copying and moving letters between folders, and a look at
 * a folder from outside (mailbox.h).
 *
 * A copy is a second name of the same file (a hard link) where the file
 * system can, since letters never change; otherwise the bytes are copied. All
 * copies are made in the target's tmp/ first; only when all are there do they
 * get their names and UIDs, so a failure leaves nothing behind.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/durable.h"
#include "server/folder_index.h"
#include "server/folder_scan.h"
#include "server/mailbox_view.h"
#include "server/store.h"

struct copy {
    char *base;          /* its name in the target */
    char *tmp;           /* where it is until then; NULL when it is placed */
    unsigned flags;
    uint32_t keywords;   /* as the source numbers them */
    uint32_t uid;        /* in the target, once placed */
};

struct copying {
    struct mailbox *from;
    struct folder *to;
    struct copy *copies;
    size_t count;
    uint32_t uidvalidity;
};

/* ---- into tmp/ ---- */

/* The bytes, for file systems without hard links. */
static int copy_bytes(const char *from, const char *to)
{
    char piece[65536];
    struct stat status;
    int in = open(from, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    int out = in >= 0 ? open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
    int done = out >= 0 && fstat(in, &status) == 0 ? 0 : -1;
    ssize_t got = 1;
    while (done == 0 && (got = read(in, piece, sizeof piece)) > 0)
        done = durable_write(out, piece, (size_t)got);
    if (done == 0) {
        struct timespec times[2] = { status.st_atim, status.st_mtim };
        done = got == 0 && futimens(out, times) == 0 && fdatasync(out) == 0 ? 0 : -1;
    }
    int error = errno;
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    errno = error;
    return done;
}

static int link_or_copy(const char *from, const char *to)
{
    if (link(from, to) == 0)
        return 0;
    if (errno != EXDEV && errno != EPERM && errno != EMLINK && errno != ENOTSUP)
        return -1;
    return copy_bytes(from, to);
}

/* One letter into the target's tmp/. */
static enum store_result take_copy(struct copying *copying, size_t place, struct copy *copy)
{
    struct folder *folder = copying->from->folder;
    char *unique = maildir_unique();
    enum store_result result = STORE_NOT_FOUND;
    for (int attempt = 0; attempt < 2 && result == STORE_NOT_FOUND; attempt++) {
        folder_lock(folder);
        if (attempt > 0)
            folder_refresh(folder, true);
        const struct entry *entry = folder_find(folder, copying->from->messages[place].uid);
        if (entry != NULL) {
            char *file = folder_file(folder, entry);
            free(copy->base);
            free(copy->tmp);
            copy->base = entry->wire >= 0 ? mem_printf("%s,S=%lld,W=%lld", unique, entry->size, entry->wire)
                                          : mem_text(unique);
            copy->tmp = mem_printf("%s/tmp/%s", copying->to->path, unique);
            copy->flags = entry->flags;
            copy->keywords = entry->keywords;
            result = link_or_copy(file, copy->tmp) == 0 ? STORE_OK : maildir_result(errno);
            free(file);
        }
        folder_unlock(folder);
    }
    free(unique);
    return result;
}

/* ---- into cur/ ---- */

static uint32_t map_keywords(struct copying *copying, uint32_t keywords)
{
    uint32_t mapped = 0;
    for (unsigned i = 0; i < MAILDIR_KEYWORDS; i++) {
        const char *name = keywords & 1u << i ? copying->from->keywords[i] : NULL;
        int number = name != NULL ? folder_keyword(copying->to, span_of(name), true) : -1;
        if (number >= 0)
            mapped |= 1u << number;
    }
    return mapped;
}

static enum store_result place_copy(struct copying *copying, struct copy *copy)
{
    char suffix[48];
    struct stat status;
    maildir_suffix(copy->flags, map_keywords(copying, copy->keywords), suffix);
    char *file = mem_printf("%s/cur/%s%s", copying->to->path, copy->base, suffix);
    int done = rename(copy->tmp, file) == 0 && stat(file, &status) == 0 ? 0 : -1;
    int error = errno;
    free(file);
    if (done != 0)
        return maildir_result(error);
    free(copy->tmp);
    copy->tmp = NULL;
    copy->uid = folder_add(copying->to, mem_text(copy->base), mem_text(suffix), false, &status)->uid;
    return STORE_OK;
}

static enum store_result place_all(struct copying *copying)
{
    struct folder *to = copying->to;
    folder_lock(to);
    enum store_result result = folder_refresh(to, false);
    copying->uidvalidity = to->uidvalidity;
    if (result == STORE_OK)
        result = folder_begin(to);
    if (result == STORE_OK) {
        scan_before_change(to);
        for (size_t i = 0; i < copying->count && result == STORE_OK; i++)
            result = place_copy(copying, &copying->copies[i]);
        for (size_t i = 0; i < copying->count && result != STORE_OK; i++) {
            struct entry *entry = copying->copies[i].uid != 0 ? folder_find(to, copying->copies[i].uid) : NULL;
            if (entry != NULL)
                folder_remove(to, entry);
        }
        scan_after_change(to);
        folder_end(to);
    }
    folder_unlock(to);
    if (result != STORE_OK)
        return result;
    char *cur = mem_printf("%s/cur", to->path);
    if (durable_directory(cur) != 0)
        result = maildir_result(errno);
    free(cur);
    return result;
}

static void copying_free(struct copying *copying)
{
    for (size_t i = 0; i < copying->count; i++) {
        if (copying->copies[i].tmp != NULL)
            unlink(copying->copies[i].tmp);
        free(copying->copies[i].tmp);
        free(copying->copies[i].base);
    }
    free(copying->copies);
    folder_close(copying->to);
}

static struct folder *open_target(struct mailbox *mailbox, const char *name, enum store_result *result)
{
    char *path = store_path(mailbox->store, name);
    struct folder *folder = path != NULL ? folder_open(path) : NULL;
    *result = path == NULL ? STORE_BAD_NAME : folder == NULL ? maildir_result(errno) : STORE_OK;
    free(path);
    return folder;
}

enum store_result mailbox_copy(struct mailbox *mailbox, const size_t *which, size_t count, const char *name,
                               uint32_t *uidvalidity, uint32_t *uids)
{
    enum store_result result;
    struct copying copying = { .from = mailbox, .to = open_target(mailbox, name, &result) };
    if (copying.to == NULL)
        return result;
    copying.copies = mem_alloc((count + 1) * sizeof *copying.copies);
    for (size_t i = 0; i < count && result == STORE_OK; i++) {
        copying.count = i + 1;
        result = take_copy(&copying, which[i], &copying.copies[i]);
    }
    if (result == STORE_OK)
        result = place_all(&copying);
    for (size_t i = 0; i < count; i++)
        uids[i] = copying.copies[i].uid;
    *uidvalidity = copying.uidvalidity;
    copying_free(&copying);
    return result;
}

/* A crash between the two leaves a letter in both folders rather than in none. */
enum store_result mailbox_move(struct mailbox *mailbox, const size_t *which, size_t count, const char *name,
                               uint32_t *uidvalidity, uint32_t *uids)
{
    if (mailbox_is_read_only(mailbox))
        return STORE_READ_ONLY;
    enum store_result result = mailbox_copy(mailbox, which, count, name, uidvalidity, uids);
    for (size_t i = 0; i < count && result == STORE_OK; i++)
        result = mailbox_remove(mailbox, which[i]);
    return result;
}

/* ---- from outside ---- */

static void count_status(struct folder *folder, struct mailbox_status *status)
{
    *status = (struct mailbox_status){
        .messages = folder->count,
        .uidnext = folder->uidnext,
        .uidvalidity = folder->uidvalidity,
        .modseq = folder->modseq,
    };
    for (size_t i = 0; i < folder->count; i++) {
        const struct entry *entry = folder->entries[i];
        status->recent += entry->in_new;
        status->unseen += (entry->flags & MAIL_SEEN) == 0;
        if (entry->flags & MAIL_DELETED) {
            status->deleted++;
            status->deleted_octets += (uint64_t)entry->size;
        }
        if (entry->wire < 0)
            status->size = MESSAGE_SIZE_UNKNOWN;
        else if (status->size != MESSAGE_SIZE_UNKNOWN)
            status->size += (uint64_t)entry->wire;
    }
}

/* Letters of other programs whose size nobody has counted yet: a short-lived view counts them. */
static void count_sizes(struct store *store, const char *name, struct mailbox_status *status)
{
    struct mailbox *mailbox;
    status->size = 0;
    if (mailbox_open(store, name, MAILBOX_READ_ONLY, &mailbox) != STORE_OK)
        return;
    for (size_t i = 0; i < mailbox_count(mailbox); i++)
        status->size += mailbox_size(mailbox, i);
    mailbox_close(mailbox);
}

/* The folder, up to date and locked. */
static enum store_result look_into(struct store *store, const char *name, struct folder **folder)
{
    char *path = store_path(store, name);
    if (path == NULL)
        return STORE_BAD_NAME;
    *folder = folder_open(path);
    enum store_result result = *folder != NULL ? STORE_OK : maildir_result(errno);
    free(path);
    if (result != STORE_OK)
        return result;
    folder_lock(*folder);
    result = folder_refresh(*folder, false);
    if (result != STORE_OK) {
        folder_unlock(*folder);
        folder_close(*folder);
    }
    return result;
}

enum store_result store_status(struct store *store, const char *name, struct mailbox_status *status)
{
    struct folder *folder;
    enum store_result result = look_into(store, name, &folder);
    if (result != STORE_OK)
        return result;
    count_status(folder, status);
    folder_unlock(folder);
    folder_close(folder);
    if (status->size == MESSAGE_SIZE_UNKNOWN)
        count_sizes(store, name, status);
    return STORE_OK;
}

enum store_result store_holds(struct store *store, const char *name, uint64_t *octets, size_t *messages)
{
    struct folder *folder;
    enum store_result result = look_into(store, name, &folder);
    if (result != STORE_OK)
        return result;
    *octets = 0;
    *messages = folder->count;
    for (size_t i = 0; i < folder->count; i++)
        *octets += (uint64_t)folder->entries[i]->size;
    folder_unlock(folder);
    folder_close(folder);
    return STORE_OK;
}
