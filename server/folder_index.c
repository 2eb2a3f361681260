#include "folder_index.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/durable.h"

enum {
    UID_BLOCK = 1000,        /* promised at once */
    LINES_SPARE = 1000,      /* more than letters before the file is written anew */
    REMOVED_KEPT = 10000,
    BOOT_TEXT = 40,
    FLAG_TEXT = 48,
    JOURNAL_MAX = 1 << 30,
};

static const char index_name[] = "pli-index";

/* Which boot of the machine this is. */
static void read_boot(char boot[BOOT_TEXT])
{
    struct buf text;
    buf_init(&text, BOOT_TEXT - 1);
    durable_read("/proc/sys/kernel/random/boot_id", &text);
    size_t length = strcspn(buf_text(&text), " \r\n");
    memcpy(boot, buf_text(&text), length);
    strcpy(boot + length, length == 0 ? "unknown" : "");
    buf_free(&text);
}

/* Greater than any that was given in this store, also within one second: the last one is kept in its root. */
static uint32_t new_uidvalidity(const struct folder *folder)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    const char *name = strrchr(folder->path, '/');
    bool is_subfolder = name != NULL && name[1] == '.' && name[2] != '\0' && name[2] != '.' && name[2] != '/';
    char *file = is_subfolder ? mem_printf("%.*s/pli-uidvalidity", (int)(name - folder->path), folder->path)
                              : mem_printf("%s/pli-uidvalidity", folder->path);
    struct buf text;
    buf_init(&text, 64);
    pthread_mutex_lock(&lock);
    durable_read(file, &text);
    uint32_t last = (uint32_t)strtoul(buf_text(&text), NULL, 10), now = (uint32_t)time(NULL);
    uint32_t validity = now > last ? now : last + 1;
    buf_clear(&text);
    buf_printf(&text, "%u\n", validity);
    durable_replace(file, text.data, text.len, 0600);
    pthread_mutex_unlock(&lock);
    buf_free(&text);
    free(file);
    return validity;
}

/* ---- writing ---- */

static void flag_text(const struct entry *entry, char text[FLAG_TEXT])
{
    char suffix[FLAG_TEXT];
    maildir_suffix(entry->flags, entry->keywords, suffix);
    strcpy(text, suffix[3] != '\0' ? suffix + 3 : "-");
}

static void add_entry(struct folder *folder, struct buf *out, const struct entry *entry)
{
    char flags[FLAG_TEXT];
    flag_text(entry, flags);
    buf_printf(out, "+ %u %llu %lld %lld %lld %s %s\n", entry->uid, (unsigned long long)entry->modseq, entry->size,
               entry->wire, (long long)entry->date, flags, entry->base);
    (void)folder;
}

static void add_bounds(const struct folder *folder, struct buf *out)
{
    buf_printf(out, "= %u %u %llu %llu\n", folder->uidnext, folder->reserved, (unsigned long long)folder->modseq,
               (unsigned long long)folder->removed_since);
}

void index_note_added(struct folder *folder, const struct entry *entry)
{
    add_entry(folder, &folder->journal, entry);
    folder->index_lines++;
}

void index_note_flags(struct folder *folder, const struct entry *entry)
{
    char flags[FLAG_TEXT];
    flag_text(entry, flags);
    buf_printf(&folder->journal, "f %u %llu %s\n", entry->uid, (unsigned long long)entry->modseq, flags);
    folder->index_lines++;
}

void index_note_wire(struct folder *folder, const struct entry *entry)
{
    buf_printf(&folder->journal, "s %u %lld\n", entry->uid, entry->wire);
    folder->index_lines++;
}

void index_note_removed(struct folder *folder, uint32_t uid, uint64_t modseq)
{
    buf_printf(&folder->journal, "- %u %llu\n", uid, (unsigned long long)modseq);
    folder->index_lines++;
}

uint32_t index_next_uid(struct folder *folder)
{
    if (folder->uidnext >= folder->reserved) {
        folder->reserved = folder->uidnext + UID_BLOCK;
        add_bounds(folder, &folder->journal);
        folder->index_lines++;
        folder->index_sync = true;
    }
    return folder->uidnext++;
}

static void forget_old_removals(struct folder *folder)
{
    if (folder->removed_count <= REMOVED_KEPT)
        return;
    size_t old = folder->removed_count - REMOVED_KEPT / 2;
    folder->removed_since = folder->removed[old - 1].modseq;
    memmove(folder->removed, folder->removed + old, (folder->removed_count - old) * sizeof *folder->removed);
    folder->removed_count -= old;
}

/* The whole file, in place of the one that is there. */
static int rewrite(struct folder *folder)
{
    char boot[BOOT_TEXT];
    struct buf out;
    read_boot(boot);
    forget_old_removals(folder);
    buf_init(&out, JOURNAL_MAX);
    buf_printf(&out, "pli-index 1 %u %s\n", folder->uidvalidity, boot);
    add_bounds(folder, &out);
    for (size_t i = 0; i < folder->count; i++)
        add_entry(folder, &out, folder->entries[i]);
    for (size_t i = 0; i < folder->removed_count; i++)
        buf_printf(&out, "- %u %llu\n", folder->removed[i].uid, (unsigned long long)folder->removed[i].modseq);
    char *file = mem_printf("%s/%s", folder->path, index_name);
    int status = durable_replace(file, out.data, out.len, 0600);
    int error = errno;
    if (status == 0 && stat(file, &folder->seen_index) == 0) {
        folder->index_read = (off_t)out.len;
        folder->index_lines = folder->count + folder->removed_count + 2;
        folder->index_rewrite = false;
        folder->index_sync = false;
        buf_clear(&folder->journal);
    }
    free(file);
    buf_free(&out);
    errno = error;
    return status;
}

static int append(struct folder *folder)
{
    int fd = openat(folder->directory, index_name, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int status = durable_write(fd, folder->journal.data, folder->journal.len);
    if (status == 0 && folder->index_sync)
        status = fdatasync(fd);
    struct stat now;
    if (status == 0 && fstat(fd, &now) == 0) {
        folder->seen_index = now;
        folder->index_read = now.st_size;
        folder->index_sync = false;
    }
    close(fd);
    return status;
}

int index_flush(struct folder *folder)
{
    bool large = folder->index_lines > 2 * (folder->count + folder->removed_count) + LINES_SPARE;
    if (folder->journal.len == 0 && !folder->index_rewrite)
        return 0;
    if (folder->index_rewrite || large || append(folder) != 0)
        return rewrite(folder);
    buf_clear(&folder->journal);
    if (folder->journal.cap > 64 * 1024)
        buf_free(&folder->journal);
    return 0;
}

/* ---- reading ---- */

/* The letters of flags as in a file name; "-" is none. */
static void parse_flags(const char *text, unsigned *flags, uint32_t *keywords)
{
    char suffix[FLAG_TEXT + 4];
    struct maildir_name parts;
    snprintf(suffix, sizeof suffix, ":2,%s", text);
    maildir_parse(suffix, &parts);
    *flags = parts.flags;
    *keywords = parts.keywords;
}

static void take_added(struct folder *folder, const char *line)
{
    unsigned uid;
    unsigned long long modseq;
    long long size, wire, date;
    char flags[FLAG_TEXT];
    int base = 0;
    if (sscanf(line, "+ %u %llu %lld %lld %lld %47s %n", &uid, &modseq, &size, &wire, &date, flags, &base) != 6 ||
        base == 0 || uid == 0 || line[base] == '\0' || strchr(line + base, '/') != NULL ||
        folder_find(folder, uid) != NULL)
        return;
    struct entry *known;
    HASH_FIND(hh, folder->by_base, line + base, strlen(line + base), known);
    if (known != NULL)
        return;
    struct entry *entry = folder_insert(folder, uid, mem_text(line + base));
    entry->modseq = modseq;
    entry->size = size;
    entry->wire = wire;
    entry->date = (time_t)date;
    entry->suffix = mem_text("");
    parse_flags(flags, &entry->flags, &entry->keywords);
    if (uid >= folder->uidnext)
        folder->uidnext = uid + 1;
    if (modseq > folder->modseq)
        folder->modseq = modseq;
}

static void take_flags(struct folder *folder, const char *line)
{
    unsigned uid;
    unsigned long long modseq;
    char flags[FLAG_TEXT];
    struct entry *entry;
    if (sscanf(line, "f %u %llu %47s", &uid, &modseq, flags) != 3 || (entry = folder_find(folder, uid)) == NULL)
        return;
    entry->modseq = modseq;
    parse_flags(flags, &entry->flags, &entry->keywords);
    if (modseq > folder->modseq)
        folder->modseq = modseq;
}

static void take_removed(struct folder *folder, const char *line)
{
    unsigned uid;
    unsigned long long modseq;
    if (sscanf(line, "- %u %llu", &uid, &modseq) != 2)
        return;
    struct entry *entry = folder_find(folder, uid);
    if (entry != NULL) {
        folder_drop(folder, entry, modseq);
        return;
    }
    folder->removed = mem_grow(folder->removed, folder->removed_count + 1, sizeof *folder->removed);
    folder->removed[folder->removed_count++] = (struct removed){ uid, modseq };
}

static void take_line(struct folder *folder, const char *line)
{
    unsigned uid, reserved;
    unsigned long long modseq, since;
    long long wire;
    struct entry *entry;
    folder->index_lines++;
    if (line[0] == '+')
        take_added(folder, line);
    else if (line[0] == 'f')
        take_flags(folder, line);
    else if (line[0] == '-')
        take_removed(folder, line);
    else if (sscanf(line, "s %u %lld", &uid, &wire) == 2 && (entry = folder_find(folder, uid)) != NULL)
        entry->wire = wire;
    else if (sscanf(line, "= %u %u %llu %llu", &uid, &reserved, &modseq, &since) == 4) {
        folder->uidnext = uid > folder->uidnext ? uid : folder->uidnext;
        folder->reserved = reserved > folder->reserved ? reserved : folder->reserved;
        folder->modseq = modseq > folder->modseq ? modseq : folder->modseq;
        folder->removed_since = since;
    }
}

/* Whole lines only: a last one without its end is half a line of somebody who was killed. Answers the bytes taken. */
static size_t take_lines(struct folder *folder, char *text, size_t size)
{
    size_t taken = 0;
    char *end;
    while (taken < size && (end = memchr(text + taken, '\n', size - taken)) != NULL) {
        *end = '\0';
        take_line(folder, text + taken);
        taken = (size_t)(end - text) + 1;
    }
    return taken;
}

/* The first line. 0: it is ours; -1: not. */
static int take_header(struct folder *folder, const char *text, bool *same_boot)
{
    char boot[BOOT_TEXT], now[BOOT_TEXT];
    unsigned validity;
    if (sscanf(text, "pli-index 1 %u %39s", &validity, boot) != 2 || validity == 0)
        return -1;
    read_boot(now);
    *same_boot = strcmp(boot, now) == 0;
    folder->uidvalidity = validity;
    return 0;
}

static void begin_anew(struct folder *folder)
{
    folder_forget(folder);
    folder->uidvalidity = new_uidvalidity(folder);
    folder->uidnext = 1;
    folder->reserved = 1;
    folder->modseq = 1;
    folder->removed_since = 1;
    folder->index_rewrite = true;
}

static void take_whole(struct folder *folder, char *text, size_t size)
{
    bool same_boot = true;
    folder_forget(folder);
    folder->index_lines = 0;
    if (size == 0 || take_header(folder, text, &same_boot) != 0) {
        begin_anew(folder);
        return;
    }
    folder->uidnext = 1;
    folder->reserved = 1;
    size_t taken = take_lines(folder, text, size);
    folder->index_read = (off_t)taken;
    folder->index_rewrite = taken < size || !same_boot;
    if (!same_boot && folder->uidnext < folder->reserved)
        folder->uidnext = folder->reserved;
}

bool index_changed(const struct folder *folder)
{
    struct stat now;
    if (fstatat(folder->directory, index_name, &now, 0) != 0)
        return true;
    return now.st_ino != folder->seen_index.st_ino || now.st_size != folder->index_read;
}

/* From the place where we stopped, if it is still the same file and has grown. */
int index_catch_up(struct folder *folder)
{
    struct buf text;
    struct stat now;
    int fd = openat(folder->directory, index_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno != ENOENT)
        return -1;
    if (fd < 0 || fstat(fd, &now) != 0) {
        if (fd >= 0)
            close(fd);
        /* Somebody deleted it under our eyes: what we know is as good. */
        if (folder->uidvalidity != 0)
            folder->index_rewrite = true;
        else
            begin_anew(folder);
        return 0;
    }
    bool grown = now.st_ino == folder->seen_index.st_ino && now.st_size >= folder->index_read &&
                 folder->index_read > 0;
    off_t from = grown ? folder->index_read : 0;
    char piece[65536];
    ssize_t got;
    buf_init(&text, JOURNAL_MAX);
    while ((got = pread(fd, piece, sizeof piece, from + (off_t)text.len)) > 0)
        if (buf_add(&text, piece, (size_t)got) != 0)
            break;
    close(fd);
    buf_text(&text);
    if (!grown)
        take_whole(folder, text.data, text.len);
    else if (text.len > 0)
        folder->index_read += (off_t)take_lines(folder, text.data, text.len);
    folder->seen_index = now;
    folder->version++;
    buf_free(&text);
    return 0;
}
