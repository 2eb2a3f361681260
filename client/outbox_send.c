/*
 * The way of a letter through the outbox: composed, queued, handed to a
 * server, with each step on the disk before the next.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/outbox_parts.h"
#include "core/header.h"
#include "core/mem.h"
#include "io/durable.h"
#include "io/i18n.h"

int outbox_queue(const char *folder, char **id, const struct envelope *envelope, struct span message,
                 struct buf *error)
{
    struct buf file;
    buf_init(&file, OUTBOX_FILE_MAX);
    int full = buf_printf(&file, "Sender: %s\n", envelope->sender);
    for (size_t i = 0; i < envelope->count; i++)
        full |= buf_printf(&file, "Recipient: %s\n", envelope->recipients[i]);
    full |= buf_add_text(&file, "\n") | buf_add_span(&file, message);
    if (full != 0)
        buf_add_text(error, _("the letter is too large"));
    int status = full == 0 ? outbox_put(folder, id, OUTBOX_FILE_QUEUED, buf_span(&file), error) : -1;
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
    envelope_look(envelope, outbox_letter_in(file, OUTBOX_FILE_QUEUED));
    for (size_t i = 0; i < envelope->count; i++)
        for (const char *at = envelope->recipients[i]; *at != '\0'; at++)
            envelope->utf8 |= (unsigned char)*at > 127;
}

/* Is there a letter that says all that the draft says? */
static bool is_composed(const char *folder, const char *id, enum outbox_file last)
{
    struct stat draft, letter;
    char *of_draft = outbox_path(folder, id, OUTBOX_FILE_DRAFT), *of_letter = outbox_path(folder, id, last);
    bool composed = last != OUTBOX_FILE_DRAFT && stat(of_letter, &letter) == 0 &&
                    (stat(of_draft, &draft) != 0 || draft.st_mtim.tv_sec < letter.st_mtim.tv_sec ||
                     (draft.st_mtim.tv_sec == letter.st_mtim.tv_sec &&
                      draft.st_mtim.tv_nsec <= letter.st_mtim.tv_nsec));
    free(of_draft);
    free(of_letter);
    return composed;
}

/* The draft as a letter in the queue; one that may have been sent as it was before gives way to it. */
static int compose_and_queue(const char *folder, const char *id, struct buf *error)
{
    struct buf draft, letter;
    struct envelope envelope = { .count = 0 };
    char *same = mem_text(id), *older = outbox_path(folder, id, OUTBOX_FILE_SENDING);
    buf_init(&draft, COMPOSE_MAX);
    buf_init(&letter, COMPOSE_MAX);
    int status = outbox_read_one(folder, id, OUTBOX_FILE_DRAFT, &draft, error);
    if (status == 0)
        status = compose_draft(buf_span(&draft), &letter, &envelope, error);
    if (status == 0)
        status = outbox_queue(folder, &same, &envelope, buf_span(&letter), error);
    if (status == 0)
        unlink(older);
    envelope_free(&envelope);
    buf_free(&draft);
    buf_free(&letter);
    free(same);
    free(older);
    return status;
}

/* A letter whose file is locked: moved on from name to name as it gets further. */
struct moving {
    const char *folder;
    char *paths[OUTBOX_FILES];
    enum outbox_file now;
};

static int move_to(struct moving *moving, enum outbox_file file)
{
    if (moving->now != file && rename(moving->paths[moving->now], moving->paths[file]) != 0)
        return -1;
    moving->now = file;
    return durable_directory(moving->folder);
}

/* Before the last byte leaves: from here on nobody knows, until the server answers. */
static int before_end(void *context)
{
    return move_to(context, OUTBOX_FILE_SENDING);
}

static void taken(void *context)
{
    struct moving *moving = context;
    if (move_to(moving, OUTBOX_FILE_SENT) == 0)
        unlink(moving->paths[OUTBOX_FILE_DRAFT]);
}

/* Nobody took it: it is what it was. */
static void go_back(struct moving *moving)
{
    if (access(moving->paths[OUTBOX_FILE_DRAFT], F_OK) == 0)
        unlink(moving->paths[moving->now]);
    else
        move_to(moving, OUTBOX_FILE_QUEUED);
    durable_directory(moving->folder);
}

static enum send_result send_locked(struct moving *moving, const struct account *via,
                                    const struct mail_watcher *watcher, int cancel_fd, struct buf *error)
{
    struct buf bytes;
    struct envelope envelope = { .count = 0 };
    enum send_result result = SEND_FAILED;
    bool was_uncertain = moving->now == OUTBOX_FILE_SENDING;
    const struct send_notice notice = { before_end, taken, moving };
    buf_init(&bytes, OUTBOX_FILE_MAX);
    if (durable_read(moving->paths[moving->now], &bytes) != 0) {
        outbox_failed(moving->paths[moving->now], error);
    } else {
        read_envelope(buf_span(&bytes), &envelope);
        struct span letter = outbox_letter_in(buf_span(&bytes), moving->now);
        result = send_letter(via, &envelope, letter, watcher, cancel_fd, &notice, error);
        if (result == SEND_FAILED && !was_uncertain)
            go_back(moving);
    }
    envelope_free(&envelope);
    buf_free(&bytes);
    return result;
}

enum send_result outbox_send(const char *folder, const char *id, const struct account *via,
                             const struct mail_watcher *watcher, int cancel_fd, struct buf *error)
{
    enum send_result result = SEND_FAILED;
    enum outbox_file last = outbox_furthest(folder, id);
    if (last < OUTBOX_FILES && outbox_file_state(folder, id, last) == OUTBOX_SENDING) {
        outbox_is_going(error);
        return SEND_FAILED;
    }
    if (last == OUTBOX_FILE_SENT)
        return SEND_DONE;
    if (last == OUTBOX_FILES || !is_composed(folder, id, last)) {
        if (compose_and_queue(folder, id, error) != 0)
            return SEND_FAILED;
        last = OUTBOX_FILE_QUEUED;
    }
    struct moving moving = { .folder = folder, .now = last };
    for (int file = 0; file < OUTBOX_FILES; file++)
        moving.paths[file] = outbox_path(folder, id, (enum outbox_file)file);
    int lock = open(moving.paths[last], O_RDONLY | O_CLOEXEC);
    if (lock < 0)
        outbox_failed(moving.paths[last], error);
    else if (flock(lock, LOCK_EX | LOCK_NB) != 0)
        outbox_is_going(error);
    else
        result = send_locked(&moving, via, watcher, cancel_fd, error);
    if (lock >= 0)
        close(lock);
    for (int file = 0; file < OUTBOX_FILES; file++)
        free(moving.paths[file]);
    return result;
}
