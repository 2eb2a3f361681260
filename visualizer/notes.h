/*
 * notes.h - bookmarks and notes on the packets and exchanges of a recording.
 *
 * They are kept beside the recording, in RECORDING.notes: a file of lines that
 * people can read, mend and hand in.
 *
 *     Pli notes 1
 *     recording 1790000000.000412000      when its first packet came, by which the recording is known again
 *     packet 12 bookmark
 *     packet 12 note Why no ACK here?
 *     exchange 5 note The password is in clear.
 *
 * Empty lines and lines that begin with # count nothing, and are not kept. A
 * file that is not understood to its last line, or belongs to another
 * recording, is told, left as it is and never written over: notes made
 * meanwhile last until the program ends. So do they where the folder cannot
 * be written.
 *
 * Before each change the file is read again: two windows on one recording
 * lose nothing of each other.
 */
#ifndef PLI_VISUALIZER_NOTES_H
#define PLI_VISUALIZER_NOTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"

enum { NOTE_TEXT_MAX = 1000, NOTES_MAX = 10000 };

enum note_place { NOTE_ON_PACKET, NOTE_ON_EXCHANGE };

struct note {
    enum note_place place;
    uint32_t number;        /* of the packet or exchange, from 1 */
    bool bookmark;          /* of packets only */
    char *text;             /* UTF-8 without control characters; NULL for none */
};

struct notes;

/*
 * recording: the path of the capture, or NULL: there is none, and notes last until the program ends. first: the time of
 * its first packet. Never NULL; what is wrong with the file is one full sentence (translated) in problem.
 */
struct notes *notes_open(const char *recording, int64_t first, struct buf *problem);
void notes_free(struct notes *notes); /* NULL is fine */

/* Packets' first, each by number. Pointers are valid until the next change. */
size_t notes_count(const struct notes *notes); /* NULL has none */
const struct note *notes_at(const struct notes *notes, size_t index);
/* The first with this number, or the first behind it; notes_count() for none. */
size_t notes_from(const struct notes *notes, enum note_place place, uint32_t number);
const struct note *notes_find(const struct notes *notes, enum note_place place, uint32_t number); /* NULL */

/* Changes, and writes the file. 0, or -1 and one full sentence in problem: it holds until the program ends. An empty
 * text takes the note away; a note cut to NOTE_TEXT_MAX is still UTF-8. */
int notes_bookmark(struct notes *notes, uint32_t packet, bool on, struct buf *problem);
int notes_write(struct notes *notes, enum note_place place, uint32_t number, const char *text, struct buf *problem);

#endif
