#include "visualizer/notes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/utf8.h"
#include "io/durable.h"
#include "io/i18n.h"

enum { FILE_MAX = 4 << 20, NUMBER_DIGITS = 9 };

struct notes {
    char *path;             /* NULL: nowhere */
    int64_t first;
    bool foreign;           /* the file there is not ours to write */
    bool unsaved;           /* what is here could not be written: it counts, not the file */
    struct note *all;
    size_t count, room;
};

/* --- in memory ---------------------------------------------------------------------------- */

static int compare(const struct note *note, enum note_place place, uint32_t number)
{
    if (note->place != place)
        return note->place < place ? -1 : 1;
    return note->number < number ? -1 : note->number > number;
}

size_t notes_from(const struct notes *notes, enum note_place place, uint32_t number)
{
    size_t low = 0, high = notes_count(notes);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&notes->all[middle], place, number) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t notes_count(const struct notes *notes)
{
    return notes != NULL ? notes->count : 0;
}

const struct note *notes_at(const struct notes *notes, size_t index)
{
    return &notes->all[index];
}

const struct note *notes_find(const struct notes *notes, enum note_place place, uint32_t number)
{
    size_t index = notes_from(notes, place, number);
    return index < notes_count(notes) && compare(&notes->all[index], place, number) == 0 ? &notes->all[index] : NULL;
}

static void forget(struct notes *notes)
{
    for (size_t i = 0; i < notes->count; i++)
        free(notes->all[i].text);
    notes->count = 0;
}

/* The place of this note, made when it is not there; NULL when there are too many. */
static struct note *make(struct notes *notes, enum note_place place, uint32_t number)
{
    size_t index = notes_from(notes, place, number);
    if (index < notes->count && compare(&notes->all[index], place, number) == 0)
        return &notes->all[index];
    if (notes->count == NOTES_MAX)
        return NULL;
    if (notes->count == notes->room) {
        notes->room = notes->room > 0 ? notes->room * 2 : 16;
        notes->all = mem_grow(notes->all, notes->room, sizeof *notes->all);
    }
    memmove(&notes->all[index + 1], &notes->all[index], (notes->count - index) * sizeof *notes->all);
    notes->count++;
    notes->all[index] = (struct note){ .place = place, .number = number };
    return &notes->all[index];
}

/* A note without anything to say is none. */
static void drop_empty(struct notes *notes, enum note_place place, uint32_t number)
{
    size_t index = notes_from(notes, place, number);
    if (index >= notes->count || compare(&notes->all[index], place, number) != 0 || notes->all[index].bookmark ||
        notes->all[index].text != NULL)
        return;
    notes->count--;
    memmove(&notes->all[index], &notes->all[index + 1], (notes->count - index) * sizeof *notes->all);
}

/* --- the file ----------------------------------------------------------------------------- */

/* Text that can be shown and written as it is: UTF-8, no control characters. */
static bool is_plain(struct span text)
{
    uint32_t code;
    for (size_t at = 0, size; at < text.len; at += size) {
        size = utf8_read(text.at + at, text.len - at, &code);
        if (size == 0 || code < 0x20 || (code >= 0x7f && code < 0xa0))
            return false;
    }
    return true;
}

static bool take_word(struct span *line, const char *word)
{
    size_t length = strlen(word);
    if (line->len < length || memcmp(line->at, word, length) != 0)
        return false;
    line->at += length;
    line->len -= length;
    return true;
}

static bool take_number(struct span *line, uint32_t *number)
{
    size_t digits = 0;
    *number = 0;
    while (digits < line->len && line->at[digits] >= '0' && line->at[digits] <= '9' && digits <= NUMBER_DIGITS)
        *number = *number * 10 + (uint32_t)(line->at[digits++] - '0');
    line->at += digits;
    line->len -= digits;
    return digits > 0 && digits <= NUMBER_DIGITS && *number > 0 && take_word(line, " ");
}

static bool take_note(struct notes *notes, struct span line)
{
    uint32_t number;
    enum note_place place = NOTE_ON_PACKET;
    if (!take_word(&line, "packet ")) {
        if (!take_word(&line, "exchange "))
            return false;
        place = NOTE_ON_EXCHANGE;
    }
    if (!take_number(&line, &number))
        return false;
    const bool bookmark = place == NOTE_ON_PACKET && span_is(line, "bookmark");
    if (!bookmark && (!take_word(&line, "note ") || line.len == 0 || line.len > NOTE_TEXT_MAX || !is_plain(line)))
        return false;
    struct note *note = make(notes, place, number);
    if (note == NULL || (!bookmark && note->text != NULL))
        return false;
    if (bookmark)
        note->bookmark = true;
    else
        note->text = span_copy(line);
    return true;
}

static struct span next_line(struct span *rest)
{
    const char *end = rest->len > 0 ? memchr(rest->at, '\n', rest->len) : NULL;
    struct span line = { rest->at, end != NULL ? (size_t)(end - rest->at) : rest->len };
    const size_t passed = line.len + (end != NULL);
    rest->at += passed;
    rest->len -= passed;
    if (line.len > 0 && line.at[line.len - 1] == '\r') /* edited elsewhere */
        line.len--;
    return line;
}

static void write_first(const struct notes *notes, char *out, size_t size)
{
    snprintf(out, size, "recording %lld.%09lld", (long long)(notes->first / 1000000000),
             (long long)(notes->first % 1000000000));
}

/* 0, or -1 and why it is not understood. */
static int parse(struct notes *notes, struct span text, struct buf *problem)
{
    char first[64];
    size_t number = 0;
    bool ours = false, known = false;
    write_first(notes, first, sizeof first);
    while (text.len > 0) {
        struct span line = next_line(&text);
        number++;
        if (number == 1 && !(ours = span_is(line, "Pli notes 1")))
            break;
        if (number == 1 || line.len == 0 || line.at[0] == '#')
            continue;
        if (!known && !(known = span_is(line, first))) {
            buf_printf(problem, _("%s belongs to another recording: its notes are not shown, nor written over."),
                       notes->path);
            return -1;
        }
        if (!span_is(line, first) && !take_note(notes, line)) {
            buf_printf(problem, _("%s, line %zu: this is no note. The file is left as it is."), notes->path, number);
            return -1;
        }
    }
    if (!ours)
        buf_printf(problem, _("%s holds no notes of Pli's. The file is left as it is."), notes->path);
    return ours ? 0 : -1;
}

/* What is there now, unless something here waits to be written. */
static void read_file(struct notes *notes, struct buf *problem)
{
    struct buf text;
    struct stat status;
    if (notes->path == NULL || notes->unsaved || notes->foreign)
        return;
    buf_init(&text, FILE_MAX);
    forget(notes);
    if (stat(notes->path, &status) != 0) {
        notes->foreign = errno != ENOENT;
    } else if (!S_ISREG(status.st_mode)) { /* a pipe would let us wait for ever */
        errno = EINVAL;
        notes->foreign = true;
    } else {
        notes->foreign = durable_read(notes->path, &text) != 0;
    }
    if (notes->foreign)
        buf_printf(problem, _("The notes %s cannot be read: %s."), notes->path, strerror(errno));
    else if (text.len > 0 && parse(notes, buf_span(&text), problem) != 0)
        notes->foreign = true;
    if (notes->foreign)
        forget(notes);
    buf_free(&text);
}

static int fill(const struct notes *notes, struct buf *text)
{
    char first[64];
    int status = 0;
    write_first(notes, first, sizeof first);
    buf_printf(text, "Pli notes 1\n%s\n", first);
    for (size_t i = 0; i < notes->count; i++) {
        const struct note *note = &notes->all[i];
        const char *place = note->place == NOTE_ON_PACKET ? "packet" : "exchange";
        if (note->bookmark)
            status |= buf_printf(text, "%s %u bookmark\n", place, note->number);
        if (note->text != NULL)
            status |= buf_printf(text, "%s %u note %s\n", place, note->number, note->text);
    }
    return status;
}

static int save(struct notes *notes, struct buf *problem)
{
    struct buf text;
    if (notes->path == NULL || notes->foreign) {
        buf_add_text(problem, notes->path == NULL ? _("There is no file to keep this beside: it lasts until the end.")
                              : _("The file of notes is not ours to write: this lasts until the end."));
        return -1;
    }
    buf_init(&text, FILE_MAX);
    errno = EFBIG;
    int status = fill(notes, &text);
    if (status == 0 && notes->count == 0)
        status = unlink(notes->path) == 0 || errno == ENOENT ? 0 : -1;
    else if (status == 0)
        status = durable_replace(notes->path, text.data, text.len, 0644);
    if (status != 0)
        buf_printf(problem, _("%s cannot be written (%s): this lasts until the end."), notes->path, strerror(errno));
    notes->unsaved = status != 0;
    buf_free(&text);
    return status;
}

struct notes *notes_open(const char *recording, int64_t first, struct buf *problem)
{
    struct notes *notes = mem_alloc(sizeof *notes);
    notes->path = recording != NULL && strcmp(recording, "-") != 0 ? mem_printf("%s.notes", recording) : NULL;
    notes->first = first;
    read_file(notes, problem);
    return notes;
}

void notes_free(struct notes *notes)
{
    if (notes == NULL)
        return;
    forget(notes);
    free(notes->all);
    free(notes->path);
    free(notes);
}

/* --- changes ------------------------------------------------------------------------------ */

/* As it is in the file now, perhaps by another hand. NULL: there is no room. */
static struct note *begin(struct notes *notes, enum note_place place, uint32_t number, struct buf *problem)
{
    read_file(notes, problem);
    struct note *note = make(notes, place, number);
    if (note == NULL) {
        buf_clear(problem);
        buf_printf(problem, _("There are %d notes: no more are kept."), NOTES_MAX);
    } else if (problem->len > 0) {
        buf_add_text(problem, " ");
    }
    return note;
}

int notes_bookmark(struct notes *notes, uint32_t packet, bool on, struct buf *problem)
{
    struct note *note = begin(notes, NOTE_ON_PACKET, packet, problem);
    if (note == NULL)
        return -1;
    note->bookmark = on;
    drop_empty(notes, NOTE_ON_PACKET, packet);
    return save(notes, problem);
}

int notes_write(struct notes *notes, enum note_place place, uint32_t number, const char *text, struct buf *problem)
{
    size_t length = strlen(text);
    if (length > NOTE_TEXT_MAX)
        for (length = NOTE_TEXT_MAX; length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80; length--)
            ;
    struct note *note = begin(notes, place, number, problem);
    if (note == NULL)
        return -1;
    free(note->text);
    note->text = length > 0 && is_plain((struct span){ text, length }) ? mem_copy(text, length) : NULL;
    drop_empty(notes, place, number);
    return save(notes, problem);
}
