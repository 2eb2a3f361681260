#include "cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/account.h"
#include "client/summary.h"
#include "core/conversation.h"
#include "core/mem.h"
#include "io/durable.h"

enum { TEXTS = 5, FILE_MAX = 2000000000, LETTER_MAX_KEPT = 8 << 20 };

static const char magic[8] = "PliRows1";

struct head {
    char magic[8];
    uint64_t checksum;         /* of what follows it */
    uint32_t validity, next_uid;
    uint64_t count, references, text_bytes;
};

struct row {
    uint64_t size, id;
    int64_t date;
    uint32_t flags, references;
    uint32_t texts[TEXTS];     /* where they begin: uid, from, from_address, to, subject */
    uint32_t unused;
};

static uint64_t checksum(const char *data, size_t size)
{
    uint64_t sum = 0x9e3779b97f4a7c15U, word;
    for (; size >= sizeof word; data += sizeof word, size -= sizeof word) {
        memcpy(&word, data, sizeof word);
        sum = (sum ^ word) * 0xff51afd7ed558ccdU;
        sum ^= sum >> 32;
    }
    for (; size > 0; data++, size--)
        sum = (sum ^ (unsigned char)*data) * 0xff51afd7ed558ccdU;
    return sum;
}

/* "~/.cache/pli/0123456789abcdef", of account and folder. NULL: no cache is wanted. free() it. */
static char *place(const struct mail_source *source)
{
    struct buf name;
    if (source->account->cache == NULL || source->folder == NULL)
        return NULL;
    buf_init(&name, 20000);
    account_write(source->account, &name);
    buf_printf(&name, "\n%s", source->folder);
    char *path = mem_printf("%s/%016llx", source->account->cache,
                            (unsigned long long)conversation_id(buf_span(&name)));
    buf_free(&name);
    return path;
}

/* The whole file. NULL: it is not there, or is not to be used. */
static char *read_whole(const char *path, size_t *size)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    char *data = NULL;
    if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
        status.st_size >= (off_t)sizeof(struct head) && status.st_size < FILE_MAX) {
        *size = (size_t)status.st_size;
        data = mem_grow(NULL, *size + 1, 1);
        size_t have = 0;
        for (ssize_t got = 1; got > 0 && have < *size; have += got > 0 ? (size_t)got : 0)
            got = read(fd, data + have, *size - have);
        data[*size] = '\0';
        if (have < *size) {
            free(data);
            data = NULL;
        }
    }
    if (fd >= 0)
        close(fd);
    return data;
}

/* Does every row point to where there is something? */
static bool is_sound(const struct head *head, size_t size)
{
    size_t rest = size - sizeof *head;
    if (memcmp(head->magic, magic, sizeof magic) != 0 || head->count > SUMMARY_MAX_LETTERS ||
        head->references > rest / 8 || head->text_bytes == 0 || head->text_bytes > rest ||
        rest != head->count * sizeof(struct row) + head->references * 8 + head->text_bytes ||
        checksum((const char *)head + 16, size - 16) != head->checksum)
        return false;
    const struct row *rows = (const void *)(head + 1);
    uint64_t references = 0;
    for (uint64_t i = 0; i < head->count; i++) {
        for (int j = 0; j < TEXTS; j++)
            if (rows[i].texts[j] >= head->text_bytes)
                return false;
        references += rows[i].references;
    }
    return references == head->references && ((const char *)head)[size - 1] == '\0';
}

static void take_rows(struct mail_source *source, const struct head *head)
{
    const struct row *rows = (const void *)(head + 1);
    const uint64_t *references = (const void *)(rows + head->count);
    const char *texts = (const char *)(references + head->references);
    size_t room = 1;
    while (room < head->count)
        room *= 2;
    source->messages = mem_grow(source->messages, room, sizeof *source->messages);
    for (size_t i = 0; i < head->count; i++) {
        const uint32_t *at = rows[i].texts;
        source->messages[i] = (struct mail_envelope){
            .number = (unsigned)i + 1, .flags = rows[i].flags, .size = rows[i].size, .date = rows[i].date,
            .uid = texts + at[0], .from = texts + at[1], .from_address = texts + at[2], .to = texts + at[3],
            .subject = texts + at[4], .id = rows[i].id, .references = references,
            .reference_count = rows[i].references,
        };
        references += rows[i].references;
    }
    source->count = head->count;
    source->next_uid = head->next_uid;
}

int cache_load(struct mail_source *source, uint32_t validity)
{
    size_t size = 0;
    char *path = place(source);
    char *data = path != NULL ? read_whole(path, &size) : NULL;
    const struct head *head = (const void *)data;
    bool good = data != NULL && is_sound(head, size) && (validity == 0 || head->validity == validity);
    if (good) {
        arena_adopt(&source->texts, data);
        take_rows(source, head);
        summary_count(source);
    } else {
        free(data);
    }
    source->cache_stale = !good;
    free(path);
    return good ? 0 : -1;
}

static uint32_t put_text(char *texts, size_t *used, const char *text)
{
    size_t at = *used, length = strlen(text) + 1;
    if (length == 1)
        return 0; /* the first byte of all texts is a NUL */
    memcpy(texts + at, text, length);
    *used += length;
    return (uint32_t)at;
}

static void write_rows(const struct mail_source *source, struct head *head)
{
    struct row *rows = (void *)(head + 1);
    uint64_t *references = (void *)(rows + head->count);
    char *texts = (char *)(references + head->references);
    size_t used = 1;
    for (size_t i = 0; i < source->count; i++) {
        const struct mail_envelope *letter = &source->messages[i];
        rows[i] = (struct row){ .size = letter->size, .id = letter->id, .date = letter->date,
                                .flags = letter->flags, .references = letter->reference_count };
        const char *all[TEXTS] = { letter->uid, letter->from, letter->from_address, letter->to, letter->subject };
        for (int j = 0; j < TEXTS; j++)
            rows[i].texts[j] = put_text(texts, &used, all[j]);
        if (letter->reference_count > 0)
            memcpy(references, letter->references, letter->reference_count * sizeof *references);
        references += letter->reference_count;
    }
    memset(texts + used, 0, head->text_bytes - used);
}

/* Under another name first, so that whoever looks sees all of it or the old one; no fsync: it is a cache. */
static void write_file(const char *path, const void *data, size_t size)
{
    char *other = mem_printf("%s.%d", path, (int)getpid());
    int fd = open(other, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool good = fd >= 0 && durable_write(fd, data, size) == 0;
    good = fd >= 0 && close(fd) == 0 && good;
    if (!good || rename(other, path) != 0)
        unlink(other);
    free(other);
}

void cache_save(struct mail_source *source)
{
    char *path = place(source);
    size_t texts = 2;
    struct head head = { .validity = source->validity, .next_uid = source->next_uid, .count = source->count };
    if (path == NULL || !source->cache_stale || !source->listed ||
        durable_make_directory(source->account->cache) != 0) {
        free(path);
        return;
    }
    for (size_t i = 0; i < source->count; i++) {
        const struct mail_envelope *letter = &source->messages[i];
        head.references += letter->reference_count;
        texts += strlen(letter->uid) + strlen(letter->from) + strlen(letter->from_address) + strlen(letter->to) +
                 strlen(letter->subject) + TEXTS;
    }
    size_t size = sizeof head + source->count * sizeof(struct row) + head.references * 8 + texts;
    if (texts < UINT32_MAX && size < FILE_MAX) {
        struct head *file = mem_alloc(size);
        head.text_bytes = texts;
        memcpy(head.magic, magic, sizeof magic);
        *file = head;
        write_rows(source, file);
        file->checksum = checksum((const char *)file + 16, size - 16);
        write_file(path, file, size);
        free(file);
        source->cache_stale = false;
    }
    free(path);
}

/* "…/0123456789abcdef.letters", and in it a name made of the uid. free() it. */
static char *letter_place(const struct mail_source *source, const char *uid)
{
    char *folder = place(source);
    if (folder == NULL)
        return NULL;
    char *path = uid == NULL ? mem_printf("%s.letters", folder)
                             : mem_printf("%s.letters/%u.%016llx", folder, source->validity,
                                          (unsigned long long)conversation_id(span_of(uid)));
    free(folder);
    return path;
}

int cache_read_letter(const struct mail_source *source, const char *uid, struct buf *raw)
{
    char *path = *uid != '\0' ? letter_place(source, uid) : NULL;
    size_t before = raw->len;
    int status = path != NULL ? durable_read(path, raw) : -1;
    if (status != 0)
        raw->len = before;
    free(path);
    return status;
}

void cache_write_letter(const struct mail_source *source, const char *uid, struct span raw)
{
    char *path = *uid != '\0' && raw.len < LETTER_MAX_KEPT ? letter_place(source, uid) : NULL;
    char *folder = path != NULL ? letter_place(source, NULL) : NULL;
    if (folder != NULL && durable_make_directory(folder) == 0)
        write_file(path, raw.at, raw.len);
    free(folder);
    free(path);
}

struct kept {
    char *path;
    struct timespec written;
    uint64_t size;
};

static int by_age(const void *a, const void *b)
{
    const struct kept *one = a, *other = b;
    if (one->written.tv_sec != other->written.tv_sec)
        return one->written.tv_sec < other->written.tv_sec ? -1 : 1;
    return one->written.tv_nsec < other->written.tv_nsec ? -1 : one->written.tv_nsec > other->written.tv_nsec;
}

void cache_trim(const struct mail_source *source, uint64_t most)
{
    char *folder = letter_place(source, NULL);
    DIR *directory = folder != NULL ? opendir(folder) : NULL;
    const struct dirent *entry;
    struct kept *all = NULL;
    struct stat status;
    size_t count = 0;
    uint64_t total = 0;
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        char *path = mem_printf("%s/%s", folder, entry->d_name);
        if (stat(path, &status) != 0 || !S_ISREG(status.st_mode)) {
            free(path);
            continue;
        }
        all = mem_grow(all, count + 1, sizeof *all);
        all[count++] = (struct kept){ path, status.st_mtim, (uint64_t)status.st_size };
        total += (uint64_t)status.st_size;
    }
    if (count > 1)
        qsort(all, count, sizeof *all, by_age);
    for (size_t i = 0; i < count; i++) {
        if (total > most && unlink(all[i].path) == 0)
            total -= all[i].size;
        free(all[i].path);
    }
    free(all);
    if (directory != NULL)
        closedir(directory);
    free(folder);
}
