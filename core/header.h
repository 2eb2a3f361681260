/*
 * header.h - the fields of a message header (RFC 5322 §2.2).
 *
 * Two ways in. header_start/header_next walk through a header that is in
 * memory, without copying: the spans point into it. header_reader is fed
 * bytes as they arrive and hands out each field when its last line is
 * complete, with a bound on what it keeps.
 *
 * A header may come from anybody, so lines that are no field are handed out
 * too, flagged, instead of ending the walk: the caller decides. Lines end at
 * LF, whether CR precedes or not. All work is linear in the bytes.
 */
#ifndef PLI_CORE_HEADER_H
#define PLI_CORE_HEADER_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

enum header_flag {
    HEADER_NO_FIELD = 1,      /* a line without a proper name and colon: name is empty, value is the line */
    HEADER_OBSOLETE_SPACE = 2,/* white space between name and colon (RFC 5322 §4.5.8) */
    HEADER_BARE_LF = 4,
    HEADER_BARE_CR = 8,
    HEADER_NUL = 16,
    HEADER_8BIT = 32,
    HEADER_LONG_LINE = 64,    /* a line over 998 bytes (§2.1.1) */
    HEADER_CUT = 128,         /* reader only: the value was longer than the reader keeps */
};

struct header_field {
    struct span name;   /* without the colon; "" when HEADER_NO_FIELD */
    struct span value;  /* after the colon, still folded, without white space and end of line around it */
    uint64_t offset;    /* of the field's first byte */
    uint64_t length;    /* of all its lines, with their ends */
    unsigned flags;
};

struct header_walk {
    struct span text;
    size_t at;          /* where the next field begins */
    bool ended;         /* the empty line was met; it was taken, at is where the body begins */
};

void header_start(struct header_walk *walk, struct span message);

/* 1: a field; 0: the empty line or the end of the text. */
int header_next(struct header_walk *walk, struct header_field *field);

/* The first field of that name (any case), from the start of message on. */
bool header_find(struct span message, const char *name, struct header_field *field);

/* How many bytes the header takes, with the empty line; all of message when there is none. */
size_t header_length(struct span message);

/* Takes out the CR LF before white space (§2.2.3), and stray CR, LF and NUL. 0, or -1 when out is full. */
int header_unfold(struct span value, struct buf *out);

/* Incrementally. */
struct header_reader {
    struct buf in;      /* what was fed and not handed out */
    size_t max;         /* of a field's bytes that are kept */
    size_t used;        /* bytes of in that were handed out */
    size_t seen;        /* bytes of in, from used, that were searched for the field's end */
    bool line_start;    /* the search stands at the beginning of a line */
    uint64_t offset;    /* of in.data[used], counted from the start */
    uint64_t skipped;   /* bytes of the present field that were thrown away */
    unsigned skip_flags;
    bool finished;      /* the caller said that nothing more comes */
    bool ended;         /* the empty line was met, or everything was handed out after finish */
};

void header_reader_init(struct header_reader *reader, size_t max_field);
void header_reader_free(struct header_reader *reader);

/* All bytes are taken; call next until it answers 0 before feeding again. */
void header_reader_feed(struct header_reader *reader, const void *data, size_t size);
void header_reader_finish(struct header_reader *reader);    /* no byte follows */

/* 1: a field, valid until the next feed or next; 0: more is needed, or the header ended (reader->ended). */
int header_reader_next(struct header_reader *reader, struct header_field *field);

/* After the end: what was fed of the body; it begins at reader->offset. */
struct span header_reader_rest(const struct header_reader *reader);

#endif
