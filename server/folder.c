#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/mem.h"
#include "server/folder_headers.h"
#include "server/folder_index.h"
#include "server/folder_scan.h"

enum {
    IDLE_FOLDERS = 64,         /* kept in memory though nobody uses them */
    IDLE_LETTERS = 200000,     /* in all of those */
    JOURNAL_MAX = 1 << 30,
};

/* ---- memory ---- */

static void entry_free(struct entry *entry)
{
    free(entry->base);
    free(entry->suffix);
    free(entry);
}

size_t folder_place(const struct folder *folder, uint32_t uid)
{
    size_t low = 0, high = folder->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (folder->entries[middle]->uid < uid)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct entry *folder_find(const struct folder *folder, uint32_t uid)
{
    size_t place = folder_place(folder, uid);
    return place < folder->count && folder->entries[place]->uid == uid ? folder->entries[place] : NULL;
}

struct entry *folder_insert(struct folder *folder, uint32_t uid, char *base)
{
    struct entry *entry = mem_alloc(sizeof *entry);
    entry->uid = uid;
    entry->base = base;
    entry->size = entry->wire = -1;
    if ((folder->count & (folder->count + 1)) == 0)
        folder->entries = mem_grow(folder->entries, folder->count * 2 + 2, sizeof(struct entry *));
    size_t place = folder_place(folder, uid);
    memmove(folder->entries + place + 1, folder->entries + place, (folder->count - place) * sizeof(struct entry *));
    folder->entries[place] = entry;
    folder->count++;
    HASH_ADD_KEYPTR(hh, folder->by_base, entry->base, strlen(entry->base), entry);
    return entry;
}

void folder_drop(struct folder *folder, struct entry *entry, uint64_t modseq)
{
    size_t place = folder_place(folder, entry->uid);
    memmove(folder->entries + place, folder->entries + place + 1,
            (folder->count - place - 1) * sizeof(struct entry *));
    folder->count--;
    if ((folder->removed_count & (folder->removed_count + 1)) == 0)
        folder->removed = mem_grow(folder->removed, folder->removed_count * 2 + 2, sizeof *folder->removed);
    folder->removed[folder->removed_count++] = (struct removed){ entry->uid, modseq };
    if (modseq > folder->modseq)
        folder->modseq = modseq;
    HASH_DEL(folder->by_base, entry);
    headers_drop(folder, entry);
    entry_free(entry);
}

void folder_forget(struct folder *folder)
{
    HASH_CLEAR(hh, folder->by_base);
    for (size_t i = 0; i < folder->count; i++)
        entry_free(folder->entries[i]);
    free(folder->entries);
    free(folder->removed);
    folder->entries = NULL;
    folder->removed = NULL;
    folder->count = folder->removed_count = 0;
    folder->modseq = 0;
    folder->headers_file = 0;
    folder->headers_read = 0;
    folder->headers_live = 0;
    folder->seen_new = folder->seen_cur = (struct timespec){ 0 };
    folder->version++;
}

static struct folder *folder_new(const char *path)
{
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        return NULL;
    struct folder *folder = mem_alloc(sizeof *folder);
    folder->path = mem_text(path);
    folder->directory = directory;
    pthread_mutex_init(&folder->lock, NULL);
    buf_init(&folder->journal, JOURNAL_MAX);
    return folder;
}

static void folder_free(struct folder *folder)
{
    folder_forget(folder);
    for (int i = 0; i < MAILDIR_KEYWORDS; i++)
        free(folder->keywords[i]);
    buf_free(&folder->journal);
    pthread_mutex_destroy(&folder->lock);
    close(folder->directory);
    free(folder->path);
    free(folder);
}

/* ---- the registry: one folder for each path, those used last at the end ---- */

static struct {
    pthread_mutex_t lock;
    struct folder **folders;
    size_t count;
} registry = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void unregister(size_t place)
{
    registry.count--;
    memmove(registry.folders + place, registry.folders + place + 1,
            (registry.count - place) * sizeof(struct folder *));
    if (registry.count > 0)
        return;
    free(registry.folders);
    registry.folders = NULL;
}

/* Does the open descriptor still belong to the path? Somebody may have removed and remade the folder. */
static bool is_same_directory(const struct folder *folder)
{
    struct stat open_one, named;
    return fstat(folder->directory, &open_one) == 0 && stat(folder->path, &named) == 0 &&
           open_one.st_ino == named.st_ino && open_one.st_dev == named.st_dev;
}

static struct folder *take_registered(const char *path)
{
    for (size_t i = 0; i < registry.count; i++) {
        struct folder *folder = registry.folders[i];
        if (strcmp(folder->path, path) != 0)
            continue;
        if (is_same_directory(folder)) {
            memmove(registry.folders + i, registry.folders + i + 1,
                    (registry.count - i - 1) * sizeof(struct folder *));
            registry.folders[registry.count - 1] = folder;
            folder->users++;
            return folder;
        }
        unregister(i);
        if (folder->users == 0)
            folder_free(folder);
        return NULL;
    }
    return NULL;
}

struct folder *folder_open(const char *path)
{
    pthread_mutex_lock(&registry.lock);
    struct folder *folder = take_registered(path);
    if (folder == NULL && (folder = folder_new(path)) != NULL) {
        folder->users = 1;
        registry.folders = mem_grow(registry.folders, registry.count + 1, sizeof(struct folder *));
        registry.folders[registry.count++] = folder;
    }
    int error = errno;
    pthread_mutex_unlock(&registry.lock);
    errno = error;
    return folder;
}

/* The oldest unused ones go when there are too many. With the registry's lock held. */
static void trim_registry(size_t most, size_t most_letters)
{
    size_t idle = 0, letters = 0;
    for (size_t i = registry.count; i-- > 0;) {
        struct folder *folder = registry.folders[i];
        if (folder->users > 0)
            continue;
        idle++;
        letters += folder->count;
        if (idle > most || letters > most_letters) {
            unregister(i);
            folder_free(folder);
        }
    }
}

void folder_close(struct folder *folder)
{
    pthread_mutex_lock(&registry.lock);
    bool registered = false;
    for (size_t i = 0; i < registry.count; i++)
        registered = registered || registry.folders[i] == folder;
    if (--folder->users == 0) {
        if (registered)
            trim_registry(IDLE_FOLDERS, IDLE_LETTERS);
        else
            folder_free(folder);
    }
    pthread_mutex_unlock(&registry.lock);
}

void folder_forget_idle(void)
{
    pthread_mutex_lock(&registry.lock);
    trim_registry(0, 0);
    pthread_mutex_unlock(&registry.lock);
}

void folder_kill(const char *path)
{
    pthread_mutex_lock(&registry.lock);
    for (size_t i = 0; i < registry.count; i++) {
        struct folder *folder = registry.folders[i];
        if (strcmp(folder->path, path) != 0)
            continue;
        unregister(i);
        if (folder->users == 0) {
            folder_free(folder);
            break;
        }
        folder_lock(folder);
        folder->dead = true;
        folder->version++;
        folder_unlock(folder);
        break;
    }
    pthread_mutex_unlock(&registry.lock);
}

void folder_lock(struct folder *folder)
{
    pthread_mutex_lock(&folder->lock);
}

void folder_unlock(struct folder *folder)
{
    pthread_mutex_unlock(&folder->lock);
}

/* ---- changes ---- */

enum store_result folder_begin(struct folder *folder)
{
    if (folder->dead)
        return STORE_NOT_FOUND;
    while (flock(folder->directory, LOCK_EX) != 0)
        if (errno != EINTR)
            return STORE_FAILED;
    if (index_changed(folder) && index_catch_up(folder) != 0) {
        flock(folder->directory, LOCK_UN);
        return STORE_FAILED;
    }
    return STORE_OK;
}

void folder_end(struct folder *folder)
{
    if (index_flush(folder) != 0) {
        folder->index_rewrite = true; /* no room: the whole is written when there is some again */
        buf_clear(&folder->journal);
    }
    flock(folder->directory, LOCK_UN);
}

char *folder_file(const struct folder *folder, const struct entry *entry)
{
    return mem_printf("%s/%s/%s%s", folder->path, entry->in_new ? "new" : "cur", entry->base, entry->suffix);
}

/* Names the file anew; another program may have done so before us: then the directories tell its name. */
static enum store_result rename_entry(struct folder *folder, struct entry *entry, const char *suffix)
{
    char *from = folder_file(folder, entry);
    char *to = mem_printf("%s/cur/%s%s", folder->path, entry->base, suffix);
    int status = strcmp(from, to) == 0 ? 0 : rename(from, to);
    enum store_result result = status == 0 ? STORE_OK : maildir_result(errno);
    free(from);
    free(to);
    if (result != STORE_OK)
        return result;
    free(entry->suffix);
    entry->suffix = mem_text(suffix);
    entry->in_new = false;
    return STORE_OK;
}

enum store_result folder_set_flags(struct folder *folder, struct entry *entry, unsigned flags, uint32_t keywords)
{
    char suffix[48];
    uint32_t uid = entry->uid;
    flags &= ~(unsigned)MAIL_RECENT;
    maildir_suffix(flags, keywords, suffix);
    scan_before_change(folder);
    enum store_result result = rename_entry(folder, entry, suffix);
    if (result == STORE_NOT_FOUND) {
        scan_directories(folder, SCAN_BOTH);
        entry = folder_find(folder, uid);
        result = entry != NULL ? rename_entry(folder, entry, suffix) : STORE_NOT_FOUND;
    }
    scan_after_change(folder);
    if (result != STORE_OK || (entry->flags == flags && entry->keywords == keywords))
        return result;
    entry->flags = flags;
    entry->keywords = keywords;
    entry->modseq = ++folder->modseq;
    folder->version++;
    index_note_flags(folder, entry);
    return STORE_OK;
}

enum store_result folder_remove(struct folder *folder, struct entry *entry)
{
    uint32_t uid = entry->uid;
    scan_before_change(folder);
    for (int attempt = 0; attempt < 2 && entry != NULL; attempt++) {
        char *file = folder_file(folder, entry);
        int status = unlink(file), error = errno;
        free(file);
        if (status == 0) {
            folder_drop(folder, entry, ++folder->modseq);
            folder->version++;
            index_note_removed(folder, uid, folder->modseq);
            break;
        }
        if (error != ENOENT)
            return maildir_result(error);
        scan_directories(folder, SCAN_BOTH);
        entry = folder_find(folder, uid);
    }
    scan_after_change(folder);
    return STORE_OK;
}

struct entry *folder_add(struct folder *folder, char *base, char *suffix, bool in_new, const struct stat *file)
{
    struct maildir_name parts;
    char *name = mem_printf("%s%s", base, suffix);
    maildir_parse(name, &parts);
    free(name);
    struct entry *entry = folder_insert(folder, index_next_uid(folder), base);
    entry->suffix = suffix;
    entry->in_new = in_new;
    entry->seen = true;
    entry->flags = parts.flags;
    entry->keywords = parts.keywords;
    entry->size = file->st_size;
    /* Sizes in a name are believed only if they fit the file: copies keep names, editors do not. */
    entry->wire = parts.size == file->st_size && parts.wire >= parts.size ? parts.wire : -1;
    entry->date = file->st_mtim.tv_sec;
    entry->modseq = ++folder->modseq;
    folder->version++;
    index_note_added(folder, entry);
    return entry;
}

void folder_set_wire(struct folder *folder, struct entry *entry, long long wire)
{
    if (entry->wire == wire)
        return;
    entry->wire = wire;
    index_note_wire(folder, entry);
}
