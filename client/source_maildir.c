#include "source_maildir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/account.h"
#include "client/cache.h"
#include "client/source_maildir_parts.h"
#include "client/summary.h"
#include "core/mem.h"
#include "io/durable.h"
#include "io/i18n.h"

enum { HEADER_MAX = 256 << 10, PIECE = 8192, SETTLED = 2 };

/* A file that was found. */
struct entry {
    char *name;                  /* unique name, NUL, the rest */
    long long arrived;           /* seconds, from its name */
    unsigned flags;
};

struct entries {
    struct entry *rows;
    size_t count;
};

/* Unique name and rest, with a NUL between. */
static char *split_name(struct mail_source *source, const char *name)
{
    size_t unique = strcspn(name, ":"), rest = strlen(name + unique);
    char *copy = arena_text(&source->texts, (struct span){ name, unique + rest + 1 });
    memmove(copy + unique + 1, copy + unique, rest + 1);
    copy[unique] = '\0';
    return copy;
}

static int scan(struct mail_source *source, const char *name, struct entries *entries, struct timespec *changed)
{
    struct maildir *maildir = source->data;
    char *path = mem_printf("%s/%s", maildir->path, name);
    struct stat status;
    const struct dirent *file;
    DIR *directory = opendir(path);
    bool new = strcmp(name, "new") == 0;
    if (directory != NULL && fstat(dirfd(directory), &status) == 0)
        *changed = status.st_mtim;
    if (directory == NULL)
        maildir_fail(source, path);
    free(path);
    if (directory == NULL)
        return -1;
    while ((file = readdir(directory)) != NULL && entries->count < SUMMARY_MAX_LETTERS) {
        if (file->d_name[0] == '.')
            continue;
        if ((entries->count & (entries->count + 1)) == 0)
            entries->rows = mem_grow(entries->rows, 2 * entries->count + 1, sizeof *entries->rows);
        entries->rows[entries->count++] = (struct entry){
            split_name(source, file->d_name), atoll(file->d_name),
            maildir_read_flags(file->d_name + strcspn(file->d_name, ":")) | (new ? MAIL_RECENT : 0) };
    }
    closedir(directory);
    return 0;
}

static int by_arrival(const void *one, const void *two)
{
    const struct entry *a = one, *b = two;
    if (a->arrived != b->arrived)
        return a->arrived < b->arrived ? -1 : 1;
    return strcmp(a->name, b->name);
}

/* Rows for what was found; the old ones stand in the same order, and what they know is taken over. */
static void merge(struct mail_source *source, const struct entries *entries)
{
    struct mail_envelope *old = source->messages;
    size_t old_count = source->count, at = 0, found = 0;
    source->messages = NULL;
    source->count = source->blank = 0;
    for (size_t i = 0; i < entries->count; i++) {
        struct mail_envelope *row = summary_add(source, (struct span){ "", 0 });
        row->uid = entries->rows[i].name;
        row->date = entries->rows[i].arrived;
        row->flags |= entries->rows[i].flags;
        for (; at < old_count; at++) {
            struct entry other = { (char *)old[at].uid, atoll(old[at].uid), 0 };
            if (by_arrival(&other, &entries->rows[i]) >= 0)
                break;
        }
        if (at < old_count && strcmp(old[at].uid, row->uid) == 0) {
            summary_take(source, row, &old[at++]);
            found++;
        }
    }
    source->cache_stale |= found != old_count || found != source->count;
    free(old);
    summary_count(source);
}

/* new and cur, when somebody last did something there; 0: so lately that it may go on within the same tick. */
static void read_marks(struct maildir *maildir, uint64_t marks[2])
{
    static const char *const names[] = { "new", "cur" };
    time_t now = time(NULL);
    for (int i = 0; i < 2; i++) {
        struct stat status;
        char *path = mem_printf("%s/%s", maildir->path, names[i]);
        bool known = stat(path, &status) == 0 && status.st_mtim.tv_sec + SETTLED < now;
        marks[i] = known ? (uint64_t)status.st_mtim.tv_sec * 1000000000U + (uint64_t)status.st_mtim.tv_nsec : 0;
        if (known)
            maildir->changed[i] = status.st_mtim;
        free(path);
    }
}

/* What the cache knows is all there is when nobody did anything in the folders since. */
static bool is_as_it_was(struct mail_source *source)
{
    struct maildir *maildir = source->data;
    uint64_t before[2];
    bool first = !maildir->cache_read && source->count == 0;
    maildir->cache_read = true;
    if (first && cache_load(source, 0) != 0)
        first = false;
    memcpy(before, source->marks, sizeof before);
    read_marks(maildir, source->marks);
    bool same = memcmp(before, source->marks, sizeof before) == 0;
    source->cache_stale |= !same;
    return first && same && before[0] != 0 && before[1] != 0;
}

static int list(struct mail_source *source)
{
    struct maildir *maildir = source->data;
    struct entries entries = { NULL, 0 };
    if (is_as_it_was(source))
        return 0;
    int status = scan(source, "new", &entries, &maildir->changed[0]);
    if (status == 0)
        status = scan(source, "cur", &entries, &maildir->changed[1]);
    if (entries.count > 1)
        qsort(entries.rows, entries.count, sizeof *entries.rows, by_arrival);
    if (status == 0)
        merge(source, &entries);
    free(entries.rows);
    return status;
}

static bool has_end(const struct buf *header)
{
    return memmem(header->data, header->len, "\n\n", 2) != NULL ||
           memmem(header->data, header->len, "\n\r\n", 3) != NULL;
}

/* The header of a file, and perhaps more. 0, or -1: it is gone. */
static int read_header(int folder, const char *path, struct buf *out, uint64_t *size)
{
    struct stat status;
    char piece[PIECE];
    ssize_t got = 1;
    int fd = openat(folder, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    *size = fstat(fd, &status) == 0 ? (uint64_t)status.st_size : 0;
    while (got > 0 && (out->len == 0 || (out->len < *size && !has_end(out)))) {
        got = read(fd, piece, sizeof piece);
        if (got > 0 && buf_add(out, piece, (size_t)got) != 0)
            break;
    }
    close(fd);
    return 0;
}

static int fill(struct mail_source *source, size_t most)
{
    struct maildir *maildir = source->data;
    struct buf header;
    int folder = open(maildir->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return maildir_fail(source, maildir->path);
    buf_init(&header, HEADER_MAX);
    for (size_t i = source->count; i > 0 && most > 0; i--) {
        struct mail_envelope *row = &source->messages[i - 1];
        char path[600];
        if ((row->flags & MAIL_BLANK) == 0)
            continue;
        snprintf(path, sizeof path, "%s/%s%s", (row->flags & MAIL_RECENT) != 0 ? "new" : "cur", row->uid,
                 maildir_info(row));
        buf_clear(&header);
        read_header(folder, path, &header, &row->size); /* of one that is gone meanwhile nothing is known */
        summary_fill(source, row, buf_span(&header));
        most--;
    }
    close(folder);
    buf_free(&header);
    return 0;
}

static int select_folder(struct mail_source *source, const char *folder)
{
    struct maildir *maildir = source->data;
    char *path = maildir_folder(source, folder);
    if (path == NULL)
        return -1;
    free(maildir->path);
    maildir->path = path;
    maildir->cache_read = false;
    return 0;
}

static int fetch(struct mail_source *source, unsigned number, struct buf *raw)
{
    char *path = maildir_path(source->data, &source->messages[number - 1]);
    int status = durable_read(path, raw) == 0 ? 0 : maildir_fail(source, path);
    free(path);
    return status;
}

static int flag_one(struct mail_source *source, struct mail_envelope *letter, unsigned set, unsigned clear)
{
    struct maildir *maildir = source->data;
    char info[64];
    unsigned flags = (letter->flags | set) & ~(clear | (unsigned)MAIL_RECENT);
    maildir_write_flags(maildir_info(letter), flags, info, sizeof info);
    char *from = maildir_path(maildir, letter), *to = mem_printf("%s/cur/%s%s", maildir->path, letter->uid, info);
    int status = strcmp(from, to) == 0 || rename(from, to) == 0 ? 0 : maildir_fail(source, from);
    free(from);
    free(to);
    if (status != 0)
        return -1;
    letter->flags = flags;
    if (strcmp(maildir_info(letter), info) != 0) {
        char *name = mem_printf("%s%s", letter->uid, info);
        letter->uid = split_name(source, name);
        free(name);
    }
    return 0;
}

static int flag(struct mail_source *source, const unsigned *numbers, size_t count, unsigned set, unsigned clear)
{
    int status = 0;
    for (size_t i = 0; i < count; i++)
        if (flag_one(source, &source->messages[numbers[i] - 1], set, clear) != 0)
            status = -1;
    return status;
}

static int expunge(struct mail_source *source)
{
    int status = 0;
    for (size_t i = 0; i < source->count; i++) {
        struct mail_envelope *letter = &source->messages[i];
        if ((letter->flags & MAIL_DELETED) == 0)
            continue;
        char *path = maildir_path(source->data, letter);
        if (unlink(path) != 0 && errno != ENOENT) {
            status = maildir_fail(source, path);
            letter->flags &= ~(unsigned)MAIL_DELETED;
        }
        free(path);
    }
    summary_remove(source, MAIL_DELETED);
    return status;
}

static int check(struct mail_source *source, bool *changed)
{
    static const char *const names[] = { "new", "cur" };
    struct maildir *maildir = source->data;
    for (int i = 0; i < 2; i++) {
        struct stat status;
        char *path = mem_printf("%s/%s", maildir->path, names[i]);
        int found = stat(path, &status) == 0 ? 0 : maildir_fail(source, path);
        free(path);
        if (found != 0)
            return -1;
        *changed |= status.st_mtim.tv_sec != maildir->changed[i].tv_sec ||
                    status.st_mtim.tv_nsec != maildir->changed[i].tv_nsec;
    }
    return 0;
}

static void status_of(struct mail_source *source, struct mail_status *status)
{
    (void)source;
    snprintf(status->protocol, sizeof status->protocol, "maildir");
    snprintf(status->security, sizeof status->security, "%s", _("on this machine"));
}

static void close_maildir(struct mail_source *source)
{
    struct maildir *maildir = source->data;
    free(maildir->root);
    free(maildir->path);
    free(maildir);
    source->data = NULL;
}

static const struct mail_source_ops ops = {
    .name = "Maildir", .select = select_folder, .list = list, .fill = fill, .folders = maildir_folders,
    .folder = maildir_folder_action, .counts = maildir_counts, .fetch = fetch, .flag = flag, .copy = maildir_copy,
    .expunge = expunge, .append = maildir_append, .check = check, .status = status_of, .close = close_maildir,
};

int source_maildir_open(struct mail_source *source)
{
    const char *path = source->account->folder;
    if (!maildir_is(path)) {
        buf_printf(&source->error, _("%s is no Maildir: there is no folder \"cur\" in it (a URL begins with imap://, "
                                     "imaps://, pop3:// or pop3s://)"), path);
        return -1;
    }
    struct maildir *maildir = mem_alloc(sizeof *maildir);
    maildir->root = mem_text(path);
    maildir->path = mem_text(path);
    source->data = maildir;
    source->abilities = MAIL_CAN_FLAG | MAIL_CAN_FOLDERS | MAIL_CAN_APPEND | MAIL_CAN_COPY;
    source->ops = &ops;
    return 0;
}
