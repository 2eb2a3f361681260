#include "folder_scan.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/durable.h"
#include "server/folder_index.h"

enum {
    RACY_MILLISECONDS = 20,    /* who changed this recently may do so again unnoticed: the clock of files is slow */
    CHECK_MILLISECONDS = 1000, /* after a change of ours */
    KEYWORD_FILE_MAX = 64 * 1024,
};

static const char keyword_file[] = "dovecot-keywords";

/* ---- times ---- */

static int64_t now_milliseconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct timespec time_of(const struct folder *folder, const char *part)
{
    struct stat status;
    return fstatat(folder->directory, part, &status, 0) == 0 ? status.st_mtim : (struct timespec){ 0 };
}

static bool same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool is_recent(struct timespec time)
{
    int64_t then = (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
    return now_milliseconds(CLOCK_REALTIME) - then < RACY_MILLISECONDS;
}

unsigned scan_needed(const struct folder *folder)
{
    unsigned parts = 0;
    if (folder->racy_new || !same_time(time_of(folder, "new"), folder->seen_new))
        parts |= SCAN_NEW;
    if (folder->racy_cur || !same_time(time_of(folder, "cur"), folder->seen_cur) ||
        (folder->check_at != 0 && now_milliseconds(CLOCK_MONOTONIC) >= folder->check_at))
        parts |= SCAN_CUR;
    return parts;
}

void scan_before_change(struct folder *folder)
{
    folder->racy_cur = folder->racy_cur || !same_time(time_of(folder, "cur"), folder->seen_cur);
}

static void check_later(struct folder *folder)
{
    if (folder->check_at == 0)
        folder->check_at = now_milliseconds(CLOCK_MONOTONIC) + CHECK_MILLISECONDS;
}

void scan_after_change(struct folder *folder)
{
    folder->own_cur = time_of(folder, "cur");
    if (folder->racy_cur)
        return;
    folder->seen_cur = folder->own_cur;
    check_later(folder);
}

/* ---- directories ---- */

/* A file that is not in the index. */
struct fresh {
    char *name;
    bool in_new;
    struct stat status;
};

struct scan {
    struct folder *folder;
    struct fresh *fresh;
    size_t count;
};

static bool is_letter_name(const char *name)
{
    if (name[0] == '.' || name[0] == ':')
        return false;
    for (; *name != '\0'; name++)
        if (iscntrl((unsigned char)*name))
            return false;
    return true;
}

/* A letter we know: it may have moved or got other flags. */
static void meet(struct folder *folder, struct entry *entry, const char *name, bool in_new)
{
    const char *suffix = name + strlen(entry->base);
    if (entry->seen && in_new)
        return; /* in both directories for a moment: cur/ counts */
    entry->seen = true;
    entry->in_new = in_new;
    if (strcmp(entry->suffix, suffix) == 0 && *suffix != '\0')
        return;
    struct maildir_name parts;
    maildir_parse(name, &parts);
    free(entry->suffix);
    entry->suffix = mem_text(suffix);
    if (parts.flags == entry->flags && parts.keywords == entry->keywords)
        return;
    entry->flags = parts.flags;
    entry->keywords = parts.keywords;
    entry->modseq = ++folder->modseq;
    folder->version++;
    index_note_flags(folder, entry);
}

static void note_fresh(struct scan *scan, int directory, const char *name, bool in_new)
{
    struct fresh fresh = { .in_new = in_new };
    if (fstatat(directory, name, &fresh.status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(fresh.status.st_mode))
        return;
    fresh.name = mem_text(name);
    if ((scan->count & (scan->count + 1)) == 0)
        scan->fresh = mem_grow(scan->fresh, scan->count * 2 + 2, sizeof fresh);
    scan->fresh[scan->count++] = fresh;
}

static int read_directory(struct scan *scan, const char *part, bool in_new)
{
    int fd = openat(scan->folder->directory, part, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;
    if (directory == NULL) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    for (;;) {
        errno = 0;
        struct dirent *item = readdir(directory);
        if (item == NULL)
            break;
        if (!is_letter_name(item->d_name))
            continue;
        struct entry *entry;
        HASH_FIND(hh, scan->folder->by_base, item->d_name, strcspn(item->d_name, ":"), entry);
        if (entry != NULL)
            meet(scan->folder, entry, item->d_name, in_new);
        else
            note_fresh(scan, dirfd(directory), item->d_name, in_new);
    }
    int status = errno == 0 ? 0 : -1;
    closedir(directory);
    return status;
}

static void forget_fresh(struct scan *scan)
{
    for (size_t i = 0; i < scan->count; i++)
        free(scan->fresh[i].name);
    free(scan->fresh);
    scan->fresh = NULL;
    scan->count = 0;
}

/* A directory that changed just now may change again unnoticed; if it was by us, a look in a second is enough. */
static void note_recent(struct folder *folder, unsigned parts)
{
    if (parts & SCAN_NEW)
        folder->racy_new = is_recent(folder->seen_new);
    if (!(parts & SCAN_CUR))
        return;
    folder->check_at = 0;
    folder->racy_cur = false;
    if (is_recent(folder->seen_cur) && same_time(folder->seen_cur, folder->own_cur))
        check_later(folder);
    else
        folder->racy_cur = is_recent(folder->seen_cur);
}

/* cur/ first: a letter that is being moved there is then met in new/, or twice, but not overlooked both times. */
static int read_parts(struct scan *scan, unsigned parts)
{
    struct folder *folder = scan->folder;
    forget_fresh(scan);
    for (size_t i = 0; i < folder->count; i++)
        folder->entries[i]->seen = !(parts & (folder->entries[i]->in_new ? SCAN_NEW : SCAN_CUR));
    if (parts & SCAN_NEW)
        folder->seen_new = time_of(folder, "new");
    if (parts & SCAN_CUR)
        folder->seen_cur = time_of(folder, "cur");
    if ((parts & SCAN_CUR && read_directory(scan, "cur", false) != 0) ||
        (parts & SCAN_NEW && read_directory(scan, "new", true) != 0))
        return -1;
    note_recent(folder, parts);
    return 0;
}

static bool any_missing(const struct folder *folder)
{
    for (size_t i = 0; i < folder->count; i++)
        if (!folder->entries[i]->seen)
            return true;
    return false;
}

static void drop_missing(struct folder *folder)
{
    bool any = false;
    for (size_t i = folder->count; i-- > 0;) {
        struct entry *entry = folder->entries[i];
        if (entry->seen)
            continue;
        uint32_t uid = entry->uid;
        uint64_t modseq = any ? folder->modseq : folder->modseq + 1;
        folder_drop(folder, entry, modseq);
        index_note_removed(folder, uid, modseq);
        any = true;
    }
    if (any)
        folder->version++;
}

static int by_time(const void *a, const void *b)
{
    const struct fresh *one = a, *other = b;
    struct timespec x = one->status.st_mtim, y = other->status.st_mtim;
    if (x.tv_sec != y.tv_sec)
        return x.tv_sec < y.tv_sec ? -1 : 1;
    if (x.tv_nsec != y.tv_nsec)
        return x.tv_nsec < y.tv_nsec ? -1 : 1;
    return strcmp(one->name, other->name);
}

static void add_fresh(struct scan *scan)
{
    if (scan->count > 0)
        qsort(scan->fresh, scan->count, sizeof *scan->fresh, by_time);
    for (size_t i = 0; i < scan->count; i++) {
        const struct fresh *fresh = &scan->fresh[i];
        size_t base = strcspn(fresh->name, ":");
        struct entry *known;
        HASH_FIND(hh, scan->folder->by_base, fresh->name, base, known);
        if (known == NULL && base > 0)
            folder_add(scan->folder, mem_copy(fresh->name, base), mem_text(fresh->name + base), fresh->in_new,
                       &fresh->status);
    }
}

enum store_result scan_directories(struct folder *folder, unsigned parts)
{
    struct scan scan = { .folder = folder };
    int status = read_parts(&scan, parts);
    if (status == 0 && any_missing(folder))
        status = read_parts(&scan, SCAN_BOTH);
    if (status == 0) {
        drop_missing(folder);
        add_fresh(&scan);
    }
    int error = errno;
    forget_fresh(&scan);
    if (status == 0)
        return STORE_OK;
    folder->racy_new = folder->racy_cur = true;
    return maildir_result(error);
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_size == b->st_size && same_time(a->st_mtim, b->st_mtim);
}

static bool keywords_changed(const struct folder *folder)
{
    struct stat now;
    return fstatat(folder->directory, keyword_file, &now, 0) == 0 && !same_file(&now, &folder->seen_keywords);
}

enum store_result folder_refresh(struct folder *folder, bool force)
{
    if (folder->dead)
        return STORE_NOT_FOUND;
    if (!force && scan_needed(folder) == 0 && !index_changed(folder) && !keywords_changed(folder))
        return STORE_OK;
    enum store_result result = folder_begin(folder);
    if (result != STORE_OK)
        return result;
    scan_keywords(folder);
    unsigned parts = force ? SCAN_BOTH : scan_needed(folder);
    if (parts != 0)
        result = scan_directories(folder, parts);
    folder_end(folder);
    return result;
}

/* ---- keywords ---- */

/* Lines "NUMBER NAME", as Dovecot writes them. */
static void take_keywords(struct folder *folder, struct buf *text)
{
    char *rest, *line = strtok_r((char *)buf_text(text), "\n", &rest);
    for (; line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        char *name;
        unsigned long number = strtoul(line, &name, 10);
        if (name == line || *name != ' ' || number >= MAILDIR_KEYWORDS || name[1] == '\0' || strlen(name + 1) > 255)
            continue;
        free(folder->keywords[number]);
        folder->keywords[number] = mem_text(name + 1);
    }
}

void scan_keywords(struct folder *folder)
{
    struct stat now;
    if (fstatat(folder->directory, keyword_file, &now, 0) != 0 || same_file(&now, &folder->seen_keywords))
        return;
    char *file = mem_printf("%s/%s", folder->path, keyword_file);
    struct buf text;
    buf_init(&text, KEYWORD_FILE_MAX);
    if (durable_read(file, &text) == 0 && text.len > 0) {
        take_keywords(folder, &text);
        folder->seen_keywords = now;
        folder->keywords_version++;
        folder->version++;
    }
    buf_free(&text);
    free(file);
}

/* An atom, so that it can be told to IMAP clients as it is (RFC 9051 §9, flag-keyword). */
static bool is_keyword(struct span name)
{
    if (name.len == 0 || name.len > 255)
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (name.at[i] <= ' ' || name.at[i] >= 127 || strchr("(){%*\"\\]", name.at[i]) != NULL)
            return false;
    return true;
}

static void write_keywords(struct folder *folder)
{
    struct buf text;
    buf_init(&text, KEYWORD_FILE_MAX);
    for (unsigned i = 0; i < MAILDIR_KEYWORDS; i++)
        if (folder->keywords[i] != NULL)
            buf_printf(&text, "%u %s\n", i, folder->keywords[i]);
    char *file = mem_printf("%s/%s", folder->path, keyword_file);
    if (durable_replace(file, text.data, text.len, 0600) == 0)
        stat(file, &folder->seen_keywords);
    free(file);
    buf_free(&text);
}

int folder_keyword(struct folder *folder, struct span name, bool make)
{
    int room = -1;
    if (!is_keyword(name))
        return -1;
    if (make)
        scan_keywords(folder);
    for (int i = MAILDIR_KEYWORDS; i-- > 0;) {
        if (folder->keywords[i] == NULL)
            room = i;
        else if (span_is_nocase(name, folder->keywords[i]))
            return i;
    }
    if (!make || room < 0)
        return -1;
    folder->keywords[room] = span_copy(name);
    folder->keywords_version++;
    folder->version++;
    write_keywords(folder);
    return room;
}
