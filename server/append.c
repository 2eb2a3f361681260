/*
 * append.c - adding letters to a folder (mailbox.h): APPEND, one or several,
 * all or none.
 *
 * The letters wait in tmp/, on stable storage, until the last one is there;
 * then they get their names and UIDs under the folder's lock, in one go.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/durable.h"
#include "server/folder_index.h"
#include "server/folder_scan.h"
#include "server/store.h"

enum { KEYWORD_COUNT_MAX = MAILDIR_KEYWORDS };

struct letter_to_add {
    struct maildir_writer *writer;
    unsigned flags;
    char *keywords[KEYWORD_COUNT_MAX];
    size_t keyword_count;
};

struct append {
    struct folder *folder;
    struct letter_to_add *letters;
    size_t count;
    uint32_t *uids;
};

enum store_result append_new(struct store *store, const char *name, struct append **result)
{
    char *path = store_path(store, name);
    if (path == NULL)
        return STORE_BAD_NAME;
    struct folder *folder = folder_open(path);
    int error = errno;
    free(path);
    if (folder == NULL)
        return maildir_result(error);
    struct append *append = mem_alloc(sizeof *append);
    append->folder = folder;
    *result = append;
    return STORE_OK;
}

enum store_result append_message(struct append *append, unsigned flags, const struct span *keywords,
                                 size_t keyword_count, time_t date)
{
    if (keyword_count > KEYWORD_COUNT_MAX)
        return STORE_LIMIT;
    struct maildir_writer *writer = maildir_write_new(append->folder->path);
    if (writer == NULL)
        return maildir_result(errno);
    append->letters = mem_grow(append->letters, append->count + 1, sizeof *append->letters);
    struct letter_to_add *letter = &append->letters[append->count++];
    *letter = (struct letter_to_add){ .writer = writer, .flags = flags };
    maildir_write_date(writer, date);
    for (size_t i = 0; i < keyword_count; i++)
        letter->keywords[letter->keyword_count++] = span_copy(keywords[i]);
    return STORE_OK;
}

enum store_result append_write(struct append *append, const void *data, size_t size)
{
    struct letter_to_add *letter = &append->letters[append->count - 1];
    return maildir_write(letter->writer, data, size) == 0 ? STORE_OK : maildir_result(errno);
}

static enum store_result sync_all(struct append *append)
{
    for (size_t i = 0; i < append->count; i++) {
        if (maildir_write_sync(append->letters[i].writer) != 0)
            return maildir_result(errno);
    }
    return STORE_OK;
}

static enum store_result place(struct append *append, size_t i)
{
    struct folder *folder = append->folder;
    struct letter_to_add *letter = &append->letters[i];
    char suffix[48];
    uint32_t keywords = 0;
    struct stat status;
    for (size_t j = 0; j < letter->keyword_count; j++) {
        int number = folder_keyword(folder, span_of(letter->keywords[j]), true);
        if (number >= 0)
            keywords |= 1u << number;
    }
    maildir_suffix(letter->flags, keywords, suffix);
    if (maildir_write_place(letter->writer, suffix) != 0)
        return maildir_result(errno);
    const char *name = maildir_write_name(letter->writer);
    char *file = mem_printf("%s/cur/%s%s", folder->path, name, suffix);
    int done = stat(file, &status);
    int error = errno;
    free(file);
    if (done != 0)
        return maildir_result(error);
    append->uids[i] = folder_add(folder, mem_text(name), mem_text(suffix), false, &status)->uid;
    return STORE_OK;
}

/* With the folder's lock held. */
static enum store_result place_all(struct append *append)
{
    struct folder *folder = append->folder;
    enum store_result result = folder_refresh(folder, false);
    if (result == STORE_OK)
        result = folder_begin(folder);
    if (result != STORE_OK)
        return result;
    scan_before_change(folder);
    for (size_t i = 0; i < append->count && result == STORE_OK; i++)
        result = place(append, i);
    for (size_t i = 0; i < append->count && result != STORE_OK; i++) {
        struct entry *entry = append->uids[i] != 0 ? folder_find(folder, append->uids[i]) : NULL;
        if (entry != NULL)
            folder_remove(folder, entry);
    }
    scan_after_change(folder);
    folder_end(folder);
    return result;
}

enum store_result append_commit(struct append *append, uint32_t *uidvalidity, const uint32_t **uids, size_t *count)
{
    struct folder *folder = append->folder;
    append->uids = mem_alloc((append->count + 1) * sizeof *append->uids);
    enum store_result result = sync_all(append);
    if (result == STORE_OK) {
        folder_lock(folder);
        result = place_all(append);
        *uidvalidity = folder->uidvalidity;
        folder_unlock(folder);
    }
    if (result != STORE_OK)
        return result;
    char *cur = mem_printf("%s/cur", folder->path);
    if (durable_directory(cur) != 0)
        result = maildir_result(errno);
    free(cur);
    *uids = append->uids;
    *count = append->count;
    return result;
}

void append_free(struct append *append)
{
    if (append == NULL)
        return;
    for (size_t i = 0; i < append->count; i++) {
        maildir_write_free(append->letters[i].writer);
        for (size_t j = 0; j < append->letters[i].keyword_count; j++)
            free(append->letters[i].keywords[j]);
    }
    free(append->letters);
    free(append->uids);
    folder_close(append->folder);
    free(append);
}
