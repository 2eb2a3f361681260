#include "cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <stddef.h>
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

enum { TEXTS = 5, FILE_MAX = 2000000000, LETTER_MAX_KEPT = 8 << 20, ROWS_AT_ONCE = 256 };

#define CHECKSUM_START 0x9e3779b97f4a7c15U

static const char magic[8] = "PliRows2";

struct head {
    char magic[8];
    uint64_t checksum;         /* of what follows it */
    uint32_t validity, next_uid;
    uint64_t marks[2];
    uint64_t count, references, text_bytes;
};

struct row {
    uint64_t size, id;
    int64_t date;
    uint32_t flags, references;
    uint32_t texts[TEXTS];     /* where they begin: uid, from, from_address, to, subject */
    uint32_t unused;
};

/* The sum goes on from piece to piece. */
static uint64_t checksum(uint64_t sum, const void *bytes, size_t size)
{
    const char *data = bytes;
    uint64_t word;
    for (; size >= sizeof word; data += sizeof word, size -= sizeof word) {
        memcpy(&word, data, sizeof word);
        sum = (sum ^ word) * 0xff51afd7ed558ccdU;
        sum ^= sum >> 32;
    }
    for (; size > 0; data++, size--)
        sum = (sum ^ (unsigned char)*data) * 0xff51afd7ed558ccdU;
    return sum;
}

/* The head comes last: what it says is known at the end. */
static uint64_t checksum_head(uint64_t sum, const struct head *head)
{
    return checksum(sum, &head->validity, sizeof *head - offsetof(struct head, validity));
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

static int read_at(int fd, void *out, size_t size, off_t at)
{
    char *to = out;
    for (ssize_t got; size > 0; to += got, size -= (size_t)got, at += got)
        if ((got = pread(fd, to, size, at)) <= 0)
            return -1;
    return 0;
}

/* 0, or -1: it is not ours, or not as long as it says. */
static int read_head(int fd, struct head *head)
{
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != geteuid() ||
        status.st_size >= FILE_MAX || read_at(fd, head, sizeof *head, 0) != 0)
        return -1;
    uint64_t rest = (uint64_t)status.st_size - sizeof *head;
    bool sound = memcmp(head->magic, magic, sizeof magic) == 0 && head->count <= SUMMARY_MAX_LETTERS &&
                 head->references <= rest / 8 && head->text_bytes > 0 && head->text_bytes <= rest &&
                 rest == head->count * sizeof(struct row) + head->references * 8 + head->text_bytes;
    return sound ? 0 : -1;
}

/* The rows one after the other, so that the file is never there a second time; tail: references and texts. */
static int take_rows(struct mail_source *source, int fd, const struct head *head, const uint64_t *tail)
{
    const char *texts = (const char *)(tail + head->references);
    struct row rows[ROWS_AT_ONCE];
    uint64_t sum = CHECKSUM_START, references = 0;
    off_t at = (off_t)sizeof *head;
    for (size_t i = 0; i < head->count; i++) {
        const struct row *row = &rows[i % ROWS_AT_ONCE];
        if (i % ROWS_AT_ONCE == 0) {
            size_t some = head->count - i < ROWS_AT_ONCE ? head->count - i : ROWS_AT_ONCE;
            if (read_at(fd, rows, some * sizeof *rows, at) != 0)
                return -1;
            sum = checksum(sum, rows, some * sizeof *rows);
            at += (off_t)(some * sizeof *rows);
        }
        for (int j = 0; j < TEXTS; j++)
            if (row->texts[j] >= head->text_bytes)
                return -1;
        if (row->references > head->references - references)
            return -1;
        source->messages[i] = (struct mail_envelope){
            .number = (unsigned)i + 1, .flags = row->flags, .size = row->size, .date = row->date,
            .uid = texts + row->texts[0], .from = texts + row->texts[1], .from_address = texts + row->texts[2],
            .to = texts + row->texts[3], .subject = texts + row->texts[4], .id = row->id,
            .references = tail + references, .reference_count = row->references,
        };
        references += row->references;
    }
    size_t size = head->references * 8 + head->text_bytes;
    return checksum_head(checksum(sum, tail, size), head) == head->checksum && texts[head->text_bytes - 1] == '\0' &&
                   texts[head->text_bytes - 2] == '\0' ? 0 : -1;
}

static int read_rows(struct mail_source *source, int fd, uint32_t validity)
{
    struct head head;
    size_t room = 1;
    if (read_head(fd, &head) != 0 || head.text_bytes < 2 || (validity != 0 && head.validity != validity))
        return -1;
    size_t size = head.references * 8 + head.text_bytes;
    uint64_t *tail = mem_grow(NULL, size, 1);
    while (room < head.count)
        room *= 2;
    source->messages = mem_grow(source->messages, room, sizeof *source->messages);
    if (read_at(fd, tail, size, (off_t)(sizeof head + head.count * sizeof(struct row))) != 0 ||
        take_rows(source, fd, &head, tail) != 0) {
        free(tail);
        return -1;
    }
    arena_adopt(&source->texts, tail);
    source->count = head.count;
    if (source->next_uid == 0)
        source->next_uid = head.next_uid;
    memcpy(source->marks, head.marks, sizeof head.marks);
    return 0;
}

int cache_load(struct mail_source *source, uint32_t validity)
{
    char *path = place(source);
    int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
    int status = fd >= 0 ? read_rows(source, fd, validity) : -1;
    if (fd >= 0)
        close(fd);
    summary_count(source);
    source->cache_stale = status != 0;
    free(path);
    return status;
}

/* ---- writing ---- */

/* Texts that follow the rows, and where lately added ones are: people write again. */
struct writing {
    FILE *file;
    uint64_t sum;
    struct buf references, texts;
    uint32_t places[ARENA_TABLE];
};

static uint32_t put_text(struct writing *writing, struct span text)
{
    uint32_t at = (uint32_t)writing->texts.len;
    if (text.len == 0)
        return 0; /* the first byte of all texts is a NUL */
    buf_add_span(&writing->texts, text);
    buf_add(&writing->texts, "", 1);
    return at;
}

static uint32_t put_person(struct writing *writing, const char *text)
{
    uint32_t *slot = &writing->places[arena_slot(span_of(text))];
    if (*slot == 0 || strcmp(writing->texts.data + *slot, text) != 0)
        *slot = put_text(writing, span_of(text));
    return *slot;
}

/* The uid of a Maildir goes on behind its NUL (source_maildir_parts.h). */
static struct span uid_of(const struct mail_source *source, const struct mail_envelope *letter)
{
    size_t length = strlen(letter->uid);
    if (!source->ops->remote)
        length += 1 + strlen(letter->uid + length + 1);
    return (struct span){ letter->uid, length };
}

static void write_row(const struct mail_source *source, const struct mail_envelope *letter, struct writing *writing)
{
    const struct row row = {
        .size = letter->size, .id = letter->id, .date = letter->date, .flags = letter->flags,
        .references = letter->reference_count,
        .texts = { put_text(writing, uid_of(source, letter)), put_person(writing, letter->from),
                   put_person(writing, letter->from_address), put_person(writing, letter->to),
                   put_text(writing, span_of(letter->subject)) },
    };
    if (letter->reference_count > 0)
        buf_add(&writing->references, letter->references, letter->reference_count * sizeof *letter->references);
    writing->sum = checksum(writing->sum, &row, sizeof row);
    fwrite(&row, sizeof row, 1, writing->file);
}

static int write_rows(const void *context, FILE *file)
{
    const struct mail_source *source = context;
    struct writing *writing = mem_alloc(sizeof *writing);
    struct head head = { .validity = source->validity, .next_uid = source->next_uid, .count = source->count };
    memcpy(head.magic, magic, sizeof magic);
    memcpy(head.marks, source->marks, sizeof head.marks);
    writing->file = file;
    writing->sum = CHECKSUM_START;
    buf_init(&writing->references, FILE_MAX);
    buf_init(&writing->texts, FILE_MAX);
    buf_add(&writing->texts, "", 1);
    fwrite(&head, sizeof head, 1, file);
    for (size_t i = 0; i < source->count; i++)
        write_row(source, &source->messages[i], writing);
    int full = buf_add(&writing->texts, "\0", 2); /* a uid may end twice */
    head.references = writing->references.len / 8;
    head.text_bytes = writing->texts.len;
    struct buf *tail = &writing->references;
    full |= buf_add_span(tail, buf_span(&writing->texts));
    head.checksum = checksum_head(checksum(writing->sum, tail->data, tail->len), &head);
    fwrite(tail->data, tail->len, 1, file);
    rewind(file);
    fwrite(&head, sizeof head, 1, file);
    buf_free(&writing->references);
    buf_free(&writing->texts);
    free(writing);
    return full != 0 || ferror(file) ? -1 : 0;
}

/* Under another name first, so that whoever looks sees all of it or the old one; no fsync: it is a cache. */
static int write_file(const char *path, int (*write)(const void *context, FILE *file), const void *context)
{
    char *other = mem_printf("%s.%d", path, (int)getpid());
    int fd = open(other, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    bool good = file != NULL && write(context, file) == 0;
    good = file != NULL && fclose(file) == 0 && good;
    if (!good || rename(other, path) != 0)
        unlink(other);
    free(other);
    return good ? 0 : -1;
}

static int write_span(const void *context, FILE *file)
{
    const struct span *bytes = context;
    return fwrite(bytes->at, 1, bytes->len, file) == bytes->len ? 0 : -1;
}

void cache_save(struct mail_source *source)
{
    char *path = source->cache_stale && source->listed ? place(source) : NULL;
    if (path != NULL && durable_make_directory(source->account->cache) == 0 &&
        write_file(path, write_rows, source) == 0)
        source->cache_stale = false;
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
        write_file(path, write_span, &raw);
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
