#include "outbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "client/accounts.h"
#include "client/letter.h"
#include "client/outbox_parts.h"
#include "core/header.h"
#include "core/mem.h"
#include "io/durable.h"
#include "io/i18n.h"

enum { HEAD_MAX = 64 << 10, ID_MAX = 60, OLD_SECONDS = 3600 };

static const char *const endings[] = { [OUTBOX_FILE_DRAFT] = "draft", [OUTBOX_FILE_QUEUED] = "queued",
                                       [OUTBOX_FILE_SENDING] = "sending",
                                       [OUTBOX_FILE_SENT] = "sent", [OUTBOX_FILE_EDITED] = "eml" };

char *outbox_folder(void)
{
    char *data = accounts_data_folder(), *folder = mem_printf("%s/outbox", data);
    free(data);
    return folder;
}

const char *outbox_state_name(enum outbox_state state)
{
    static const char *const names[] = { [OUTBOX_DRAFT] = N_("draft"), [OUTBOX_QUEUED] = N_("to be sent"),
                                         [OUTBOX_SENDING] = N_("being sent"),
                                         [OUTBOX_UNCERTAIN] = N_("may have been sent"), [OUTBOX_SENT] = N_("sent") };
    return _(names[state]);
}

char *outbox_path(const char *folder, const char *id, enum outbox_file file)
{
    return mem_printf("%s/%s.%s", folder, id, endings[file]);
}

int outbox_failed(const char *path, struct buf *error)
{
    buf_printf(error, "%s: %s", path, strerror(errno));
    return -1;
}

int outbox_is_going(struct buf *error)
{
    buf_add_text(error, _("the letter is being sent"));
    return -1;
}

/* By the clock and by chance: ids sort by age. */
static char *new_id(void)
{
    struct timespec now;
    unsigned random = 0;
    clock_gettime(CLOCK_REALTIME, &now);
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
        abort();
    return mem_printf("%lld-%06ld-%08x", (long long)now.tv_sec, now.tv_nsec / 1000, random);
}

int outbox_put(const char *folder, char **id, enum outbox_file file, struct span bytes, struct buf *error)
{
    char *made = *id == NULL ? new_id() : NULL;
    char *path = outbox_path(folder, made != NULL ? made : *id, file);
    int status = durable_make_directory(folder) == 0 && durable_replace(path, bytes.at, bytes.len, 0600) == 0
                     ? 0 : outbox_failed(path, error);
    free(path);
    if (status == 0 && made != NULL)
        *id = made;
    else
        free(made);
    return status;
}

int outbox_save_draft(const char *folder, char **id, struct span draft, struct buf *error)
{
    return outbox_put(folder, id, OUTBOX_FILE_DRAFT, draft, error);
}

/* ---- looking ---- */

/* Somebody sends it, or edits it. */
static bool is_locked(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool locked = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0;
    if (fd >= 0)
        close(fd);
    return locked;
}

static bool has_lock(const char *folder, const char *id, enum outbox_file file)
{
    char *path = outbox_path(folder, id, file);
    bool locked = is_locked(path);
    free(path);
    return locked;
}

/* The outbox_furthest file of an id; OUTBOX_FILES: there is none. */
enum outbox_file outbox_furthest(const char *folder, const char *id)
{
    for (int file = OUTBOX_FILES - 1; file >= 0; file--) {
        char *path = outbox_path(folder, id, (enum outbox_file)file);
        bool there = access(path, F_OK) == 0;
        free(path);
        if (there)
            return (enum outbox_file)file;
    }
    return OUTBOX_FILES;
}

enum outbox_state outbox_file_state(const char *folder, const char *id, enum outbox_file file)
{
    static const enum outbox_state states[] = {
        [OUTBOX_FILE_DRAFT] = OUTBOX_DRAFT, [OUTBOX_FILE_QUEUED] = OUTBOX_QUEUED,
        [OUTBOX_FILE_SENDING] = OUTBOX_UNCERTAIN, [OUTBOX_FILE_SENT] = OUTBOX_SENT,
    };
    bool going = (file == OUTBOX_FILE_QUEUED || file == OUTBOX_FILE_SENDING) && has_lock(folder, id, file);
    return going ? OUTBOX_SENDING : states[file];
}

/* "1790000000-000000-0a1b2c3d.draft": its id and which file it is. false: another file. */
static bool read_name(const char *name, char *id, enum outbox_file *file)
{
    const char *dot = strchr(name, '.');
    if (dot == NULL || dot == name || dot - name >= ID_MAX)
        return false;
    memcpy(id, name, (size_t)(dot - name));
    id[dot - name] = '\0';
    for (*file = OUTBOX_FILE_DRAFT; *file <= OUTBOX_FILE_EDITED; (*file)++)
        if (strcmp(dot + 1, endings[*file]) == 0)
            return true;
    return false;
}

struct span outbox_letter_in(struct span bytes, enum outbox_file file)
{
    size_t head = file == OUTBOX_FILE_DRAFT ? 0 : header_length(bytes);
    return (struct span){ bytes.at + head, bytes.len - head };
}

static char *field_of(struct span letter, const char *name)
{
    struct buf out;
    buf_init(&out, HEAD_MAX);
    letter_field(letter, name, &out);
    char *text = mem_text(buf_text(&out));
    buf_free(&out);
    return text;
}

/* The beginning of a file. */
static int read_head(const char *path, struct buf *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : 1;
    while (got > 0 && out->len < HEAD_MAX) {
        char piece[8192];
        got = read(fd, piece, sizeof piece);
        if (got > 0)
            buf_add(out, piece, (size_t)got);
    }
    if (fd >= 0)
        close(fd);
    return got < 0 ? -1 : 0;
}

static void add_item(const char *folder, const char *id, enum outbox_file file, struct outbox_list *list)
{
    struct stat status;
    struct buf head;
    char *path = outbox_path(folder, id, file);
    buf_init(&head, 2 * HEAD_MAX);
    if (stat(path, &status) == 0 && read_head(path, &head) == 0) {
        struct span letter = outbox_letter_in(buf_span(&head), file);
        list->rows = mem_grow(list->rows, list->count + 1, sizeof *list->rows);
        list->rows[list->count++] = (struct outbox_item){
            mem_text(id), outbox_file_state(folder, id, file), (int64_t)status.st_mtime,
            file == OUTBOX_FILE_DRAFT ? mem_text("") : field_of(buf_span(&head), "Sender"), field_of(letter, "To"),
            field_of(letter, "Subject") };
    }
    buf_free(&head);
    free(path);
}

static bool same_bytes(const char *path, const char *other)
{
    struct buf one, two;
    buf_init(&one, OUTBOX_FILE_MAX);
    buf_init(&two, OUTBOX_FILE_MAX);
    bool same = durable_read(path, &one) == 0 && durable_read(other, &two) == 0 && one.len == two.len &&
                memcmp(one.data, two.data, one.len) == 0;
    buf_free(&one);
    buf_free(&two);
    return same;
}

/* An editor's copy whose editor is gone: a draft of its own, if it says something else than the draft. */
static void adopt(const char *folder, const char *id)
{
    struct stat status;
    char *copy = outbox_path(folder, id, OUTBOX_FILE_EDITED), *draft = outbox_path(folder, id, OUTBOX_FILE_DRAFT);
    char *fresh = new_id(), *path = outbox_path(folder, fresh, OUTBOX_FILE_DRAFT);
    if (is_locked(draft) || stat(copy, &status) != 0)
        ;
    else if (status.st_size == 0 || same_bytes(copy, draft))
        unlink(copy);
    else if (rename(copy, path) == 0)
        durable_directory(folder);
    free(copy);
    free(draft);
    free(fresh);
    free(path);
}

/* What a crash left of a file that was being written: what it was to replace is there still. */
static void sweep(const char *folder, const char *name)
{
    struct stat status;
    size_t length = strlen(name);
    char *path = mem_printf("%s/%s", folder, name);
    if (length > 4 && strcmp(name + length - 4, ".new") == 0 && stat(path, &status) == 0 &&
        status.st_mtime + OLD_SECONDS < time(NULL))
        unlink(path);
    free(path);
}

static int by_id(const void *a, const void *b)
{
    const struct outbox_item *one = a, *other = b;
    return strcmp(one->id, other->id);
}

int outbox_list(const char *folder, struct outbox_list *list, struct buf *error)
{
    const struct dirent *entry;
    char id[ID_MAX];
    enum outbox_file file;
    *list = (struct outbox_list){ NULL, 0 };
    for (int round = 0; round < 2; round++) { /* what is adopted in the first is seen in the second */
        DIR *directory = opendir(folder);
        if (directory == NULL)
            return errno == ENOENT ? 0 : outbox_failed(folder, error);
        while ((entry = readdir(directory)) != NULL)
            if (!read_name(entry->d_name, id, &file))
                sweep(folder, entry->d_name);
            else if (round == 0 && file == OUTBOX_FILE_EDITED)
                adopt(folder, id);
            else if (round == 1 && file != OUTBOX_FILE_EDITED && outbox_furthest(folder, id) == file)
                add_item(folder, id, file, list);
        closedir(directory);
    }
    if (list->count > 1)
        qsort(list->rows, list->count, sizeof *list->rows, by_id);
    return 0;
}

void outbox_list_free(struct outbox_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->rows[i].id);
        free(list->rows[i].sender);
        free(list->rows[i].to);
        free(list->rows[i].subject);
    }
    free(list->rows);
    *list = (struct outbox_list){ NULL, 0 };
}

int outbox_read_one(const char *folder, const char *id, enum outbox_file file, struct buf *out, struct buf *error)
{
    struct buf bytes;
    if (file == OUTBOX_FILES) {
        buf_printf(error, _("there is no letter %s in %s"), id, folder);
        return -1;
    }
    char *path = outbox_path(folder, id, file);
    buf_init(&bytes, OUTBOX_FILE_MAX);
    int status = durable_read(path, &bytes) == 0 ? buf_add_span(out, outbox_letter_in(buf_span(&bytes), file))
                                                 : outbox_failed(path, error);
    buf_free(&bytes);
    free(path);
    return status;
}

bool outbox_has_draft(const char *folder, const char *id)
{
    char *path = outbox_path(folder, id, OUTBOX_FILE_DRAFT);
    bool draft = access(path, F_OK) == 0;
    free(path);
    return draft;
}

int outbox_read(const char *folder, const char *id, struct buf *out, struct buf *error)
{
    enum outbox_file file = outbox_has_draft(folder, id) ? OUTBOX_FILE_DRAFT : outbox_furthest(folder, id);
    return outbox_read_one(folder, id, file, out, error);
}

int outbox_read_letter(const char *folder, const char *id, struct buf *out, struct buf *error)
{
    return outbox_read_one(folder, id, outbox_furthest(folder, id), out, error);
}

int outbox_remove(const char *folder, const char *id, struct buf *error)
{
    enum outbox_file last = outbox_furthest(folder, id);
    int status = 0;
    if (last == OUTBOX_FILES) {
        buf_printf(error, _("there is no letter %s in %s"), id, folder);
        return -1;
    }
    if (outbox_file_state(folder, id, last) == OUTBOX_SENDING)
        return outbox_is_going(error);
    for (int file = OUTBOX_FILE_EDITED; file >= 0; file--) {
        char *path = outbox_path(folder, id, (enum outbox_file)file);
        if (unlink(path) != 0 && errno != ENOENT)
            status = outbox_failed(path, error);
        free(path);
    }
    return durable_directory(folder) == 0 ? status : outbox_failed(folder, error);
}

/* ---- editing ---- */

char *outbox_edit(const char *folder, const char *id, int *lock, struct buf *error)
{
    struct buf draft;
    char *path = outbox_path(folder, id, OUTBOX_FILE_DRAFT), *copy = outbox_path(folder, id, OUTBOX_FILE_EDITED);
    buf_init(&draft, COMPOSE_MAX);
    *lock = open(path, O_RDONLY); /* inherited on purpose */
    if (*lock < 0 || flock(*lock, LOCK_EX | LOCK_NB) != 0 || durable_read(path, &draft) != 0 ||
        durable_replace(copy, draft.data, draft.len, 0600) != 0) {
        outbox_failed(copy, error);
        if (*lock >= 0)
            close(*lock);
        free(copy);
        copy = NULL;
    }
    buf_free(&draft);
    free(path);
    return copy;
}

int outbox_edited(const char *folder, const char *id, int lock, bool keep, struct buf *draft, struct buf *error)
{
    char *copy = outbox_path(folder, id, OUTBOX_FILE_EDITED), *same = mem_text(id);
    int status = 0;
    if (keep) {
        buf_clear(draft);
        status = durable_read(copy, draft) == 0 ? outbox_put(folder, &same, OUTBOX_FILE_DRAFT, buf_span(draft), error)
                                                : outbox_failed(copy, error);
    }
    if (status == 0)
        unlink(copy);
    close(lock);
    free(copy);
    free(same);
    return status;
}
