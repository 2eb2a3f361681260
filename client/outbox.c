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
#include "core/header.h"
#include "core/mem.h"
#include "io/durable.h"
#include "io/i18n.h"

enum { HEAD_MAX = 64 << 10, ID_MAX = 60 };

static const char *const endings[] = { [OUTBOX_DRAFT] = "draft", [OUTBOX_QUEUED] = "queued",
                                       [OUTBOX_SENDING] = "sending" };

char *outbox_folder(void)
{
    char *data = accounts_data_folder(), *folder = mem_printf("%s/outbox", data);
    free(data);
    return folder;
}

static char *path_of(const char *folder, const char *id, enum outbox_state state)
{
    return mem_printf("%s/%s.%s", folder, id, endings[state == OUTBOX_UNCERTAIN ? OUTBOX_SENDING : state]);
}

static int failed(const char *path, struct buf *error)
{
    buf_printf(error, "%s: %s", path, strerror(errno));
    return -1;
}

/* By the clock and by chance: ids sort by age. */
static char *new_id(void)
{
    unsigned random = 0;
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
        abort();
    return mem_printf("%lld-%08x", (long long)time(NULL), random);
}

static int put(const char *folder, const char *id, enum outbox_state state, struct span bytes, struct buf *error)
{
    char *path = path_of(folder, id, state);
    int status = durable_make_directory(folder) == 0 && durable_replace(path, bytes.at, bytes.len, 0600) == 0
                     ? 0 : failed(path, error);
    free(path);
    return status;
}

int outbox_save_draft(const char *folder, char **id, struct span draft, struct buf *error)
{
    char *made = *id == NULL ? new_id() : NULL;
    int status = put(folder, made != NULL ? made : *id, OUTBOX_DRAFT, draft, error);
    if (status == 0 && made != NULL)
        *id = made;
    else
        free(made);
    return status;
}

/* ---- looking ---- */

/* Who sends holds a lock on the file. */
static bool is_locked(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool locked = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0;
    if (fd >= 0)
        close(fd);
    return locked;
}

/* "1790000000-0a1b2c3d.draft": 1 and its id and state; 0: another file. */
static bool read_name(const char *name, char *id, enum outbox_state *state)
{
    const char *dot = strchr(name, '.');
    if (dot == NULL || dot == name || dot - name >= ID_MAX)
        return false;
    memcpy(id, name, (size_t)(dot - name));
    id[dot - name] = '\0';
    for (*state = OUTBOX_DRAFT; *state < OUTBOX_UNCERTAIN; (*state)++)
        if (strcmp(dot + 1, endings[*state]) == 0)
            return true;
    return false;
}

/* The letter begins behind the empty line that ends the envelope; a draft has none. */
static struct span letter_in(struct span file, enum outbox_state state)
{
    size_t head = state == OUTBOX_DRAFT ? 0 : header_length(file);
    return (struct span){ file.at + head, file.len - head };
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

static int read_file(const char *path, struct buf *out, size_t most)
{
    char piece[8192];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : 1;
    while (got > 0 && out->len < most && (got = read(fd, piece, sizeof piece)) > 0)
        if (buf_add(out, piece, (size_t)got) != 0)
            got = -1;
    if (fd >= 0)
        close(fd);
    return got < 0 ? -1 : 0;
}

static void add_item(const char *folder, const char *id, enum outbox_state state, struct outbox_list *list)
{
    struct stat status;
    struct buf head;
    char *path = path_of(folder, id, state);
    buf_init(&head, 2 * HEAD_MAX);
    if (stat(path, &status) == 0 && read_file(path, &head, HEAD_MAX) == 0) {
        struct span letter = letter_in(buf_span(&head), state);
        if (state == OUTBOX_SENDING && !is_locked(path))
            state = OUTBOX_UNCERTAIN;
        list->rows = mem_grow(list->rows, list->count + 1, sizeof *list->rows);
        list->rows[list->count++] = (struct outbox_item){ mem_text(id), state, (int64_t)status.st_mtime,
                                                          field_of(letter, "To"), field_of(letter, "Subject") };
    }
    buf_free(&head);
    free(path);
}

static int by_id(const void *a, const void *b)
{
    const struct outbox_item *one = a, *other = b;
    return strcmp(one->id, other->id);
}

int outbox_list(const char *folder, struct outbox_list *list, struct buf *error)
{
    const struct dirent *file;
    char id[ID_MAX];
    enum outbox_state state;
    *list = (struct outbox_list){ NULL, 0 };
    DIR *directory = opendir(folder);
    if (directory == NULL)
        return errno == ENOENT ? 0 : failed(folder, error);
    while ((file = readdir(directory)) != NULL)
        if (read_name(file->d_name, id, &state))
            add_item(folder, id, state, list);
    closedir(directory);
    if (list->count > 1)
        qsort(list->rows, list->count, sizeof *list->rows, by_id);
    return 0;
}

void outbox_list_free(struct outbox_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->rows[i].id);
        free(list->rows[i].to);
        free(list->rows[i].subject);
    }
    free(list->rows);
    *list = (struct outbox_list){ NULL, 0 };
}

/* The file of an id in whatever state it is. NULL with a sentence. free() it. */
static char *find(const char *folder, const char *id, enum outbox_state *state, struct buf *error)
{
    for (*state = OUTBOX_DRAFT; *state < OUTBOX_UNCERTAIN; (*state)++) {
        char *path = path_of(folder, id, *state);
        if (access(path, F_OK) == 0)
            return path;
        free(path);
    }
    buf_printf(error, _("there is no letter %s in %s"), id, folder);
    return NULL;
}

int outbox_read(const char *folder, const char *id, struct buf *out, struct buf *error)
{
    enum outbox_state state;
    struct buf file;
    char *path = find(folder, id, &state, error);
    if (path == NULL)
        return -1;
    buf_init(&file, COMPOSE_MAX);
    int status = durable_read(path, &file) == 0 ? buf_add_span(out, letter_in(buf_span(&file), state))
                                                : failed(path, error);
    buf_free(&file);
    free(path);
    return status;
}

int outbox_remove(const char *folder, const char *id, struct buf *error)
{
    enum outbox_state state;
    char *path = find(folder, id, &state, error);
    if (path == NULL)
        return -1;
    int status = -1;
    if (state == OUTBOX_SENDING && is_locked(path))
        buf_add_text(error, _("the letter is being sent"));
    else
        status = unlink(path) == 0 && durable_directory(folder) == 0 ? 0 : failed(path, error);
    free(path);
    return status;
}

/* ---- sending ---- */

/* "Sender: a\nRecipient: b\n\n" before the letter. */
static int write_queued(const char *folder, const char *id, const struct envelope *envelope, struct span message,
                        struct buf *error)
{
    struct buf file;
    buf_init(&file, 2UL * COMPOSE_MAX);
    int full = buf_printf(&file, "Sender: %s\n", envelope->sender);
    for (size_t i = 0; i < envelope->count; i++)
        full |= buf_printf(&file, "Recipient: %s\n", envelope->recipients[i]);
    full |= buf_add_text(&file, "\n") | buf_add_span(&file, message);
    int status = full == 0 ? put(folder, id, OUTBOX_QUEUED, buf_span(&file), error) : -1;
    buf_free(&file);
    return status;
}

static void read_envelope(struct span file, struct envelope *envelope)
{
    struct header_walk walk;
    struct header_field field;
    *envelope = (struct envelope){ .count = 0 };
    header_start(&walk, file);
    while (header_next(&walk, &field)) {
        if (span_is_nocase(field.name, "Sender") && envelope->sender == NULL)
            envelope->sender = span_copy(field.value);
        if (!span_is_nocase(field.name, "Recipient"))
            continue;
        envelope->recipients = mem_grow(envelope->recipients, envelope->count + 1, sizeof *envelope->recipients);
        envelope->recipients[envelope->count++] = span_copy(field.value);
    }
    envelope_look(envelope, letter_in(file, OUTBOX_QUEUED));
    for (size_t i = 0; i < envelope->count; i++)
        for (const char *at = envelope->recipients[i]; *at != '\0'; at++)
            envelope->utf8 |= (unsigned char)*at > 127;
}

/* The state on the disk, then the name; the lock tells others that somebody is at it. Answers the lock, or -1. */
static int begin_sending(const char *queued, const char *sending, const char *folder, struct buf *error)
{
    int fd = open(queued, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (fd >= 0)
            buf_add_text(error, _("the letter is being sent"));
        else
            failed(queued, error);
    } else if ((strcmp(queued, sending) != 0 && rename(queued, sending) != 0) || durable_directory(folder) != 0) {
        failed(sending, error);
    } else {
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

static enum send_result send_queued(const char *folder, const char *id, enum outbox_state state,
                                    const struct account *via, const struct mail_watcher *watcher, int cancel_fd,
                                    struct buf *message, struct buf *error)
{
    struct buf file;
    struct envelope envelope = { .count = 0 };
    enum send_result result = SEND_FAILED;
    char *from = path_of(folder, id, state), *sending = path_of(folder, id, OUTBOX_SENDING);
    char *queued = path_of(folder, id, OUTBOX_QUEUED);
    buf_init(&file, 2UL * COMPOSE_MAX);
    int lock = begin_sending(from, sending, folder, error);
    if (lock >= 0 && durable_read(sending, &file) == 0) {
        struct span letter = letter_in(buf_span(&file), OUTBOX_QUEUED);
        read_envelope(buf_span(&file), &envelope);
        if (message != NULL)
            buf_add_span(message, letter);
        result = send_letter(via, &envelope, letter, watcher, cancel_fd, error);
    } else if (lock >= 0) {
        failed(sending, error);
    }
    if (lock >= 0 && (result == SEND_DONE || result == SEND_PARTLY))
        unlink(sending);
    else if (lock >= 0 && result == SEND_FAILED && state != OUTBOX_UNCERTAIN)
        rename(sending, queued);
    if (lock >= 0) {
        durable_directory(folder);
        close(lock);
    }
    envelope_free(&envelope);
    buf_free(&file);
    free(from);
    free(sending);
    free(queued);
    return result;
}

enum send_result outbox_send_draft(const char *folder, const char *id, const struct account *via,
                                   const struct mail_watcher *watcher, int cancel_fd, struct buf *message,
                                   struct buf *error)
{
    struct buf draft, letter;
    struct envelope envelope = { .count = 0 };
    char *path = path_of(folder, id, OUTBOX_DRAFT);
    buf_init(&draft, COMPOSE_MAX);
    buf_init(&letter, COMPOSE_MAX);
    int status = durable_read(path, &draft) == 0 ? 0 : failed(path, error);
    if (status == 0)
        status = compose_draft(buf_span(&draft), &letter, &envelope, error);
    if (status == 0)
        status = write_queued(folder, id, &envelope, buf_span(&letter), error);
    if (status == 0 && unlink(path) == 0)
        durable_directory(folder);
    envelope_free(&envelope);
    buf_free(&draft);
    buf_free(&letter);
    free(path);
    return status != 0 ? SEND_FAILED
                       : send_queued(folder, id, OUTBOX_QUEUED, via, watcher, cancel_fd, message, error);
}

enum send_result outbox_send_letter(const char *folder, char **id, const struct envelope *envelope,
                                    struct span message, const struct account *via,
                                    const struct mail_watcher *watcher, int cancel_fd, struct buf *error)
{
    *id = new_id();
    if (write_queued(folder, *id, envelope, message, error) != 0)
        return SEND_FAILED;
    return send_queued(folder, *id, OUTBOX_QUEUED, via, watcher, cancel_fd, NULL, error);
}

enum send_result outbox_send_again(const char *folder, const char *id, const struct account *via,
                                   const struct mail_watcher *watcher, int cancel_fd, struct buf *message,
                                   struct buf *error)
{
    enum outbox_state state;
    char *path = find(folder, id, &state, error);
    free(path);
    if (path == NULL)
        return SEND_FAILED;
    if (state == OUTBOX_DRAFT)
        return outbox_send_draft(folder, id, via, watcher, cancel_fd, message, error);
    return send_queued(folder, id, state == OUTBOX_SENDING ? OUTBOX_UNCERTAIN : state, via, watcher, cancel_fd,
                       message, error);
}
