/*
 * wire_note.h - what the wire writes into its recording about what it did.
 *
 * A comment (pcapng's opt_comment) has two parts: a sentence for people, in
 * the language of who raised the lab, and for programs, always the same:
 *
 *     The wire: drop the first SYN {pli drop fault=1}
 *
 * After "pli" the deed, then numbers that have names: the fault, counted as
 * faults were given (none: the deed of a person who steps through packets); of, the packet that it was done to when the
 * comment stands elsewhere; at, when it was done, in nanoseconds since 1970;
 * count; for, how long; byte and bit. Comments about a packet that was
 * recorded earlier stand in statistics blocks of its interface, which are no
 * packets: so packets have the same numbers in every reader.
 */
#ifndef PLI_VISUALIZER_WIRE_NOTE_H
#define PLI_VISUALIZER_WIRE_NOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"

enum wire_deed {
    WIRE_DEED_DROP,         /* in the order of enum wire_action */
    WIRE_DEED_HOLD,
    WIRE_DEED_DELAY,
    WIRE_DEED_DUPLICATE,
    WIRE_DEED_CORRUPT,
    WIRE_DEED_REORDER,
    WIRE_DEED_LIMIT,
    WIRE_DEED_REWRITE,
    WIRE_DEED_AGAIN,        /* the sender repeats a held packet: kept as one with it */
    WIRE_DEED_RELEASE,      /* a kept packet goes on */
    WIRE_DEED_CHANGE,       /* a held packet was changed, and is recorded again as it is now */
    WIRE_DEED_COUNT
};

struct wire_note {
    enum wire_deed deed;
    uint64_t fault, of, count;
    int64_t at, duration;
    uint32_t byte;
    uint8_t bit;
    struct span text;       /* what the fault's author wrote; read: points into what was read */
};

/* Adds both parts. sentence: translated, for people. */
void wire_note_write(struct buf *out, const char *sentence, const struct wire_note *note);

/* false: not a comment of the wire's, or damaged. */
bool wire_note_read(struct span comment, struct wire_note *note);

const char *wire_deed_word(enum wire_deed deed);    /* "drop": stable, for programs */

#endif
