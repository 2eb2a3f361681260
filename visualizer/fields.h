/*
 * fields.h - what a field is, and how its value is written.
 *
 * Every decoder has one table of rows, indexed by an enum of its own:
 *
 *     enum { IP_TTL, ... IP_FIELDS };
 *     static const struct field_row rows[IP_FIELDS] = {
 *         [IP_TTL] = { "ip.ttl", FIELD_DECIMAL, 1, 1, N_("Time to live"), N_("How many ..."), NULL },
 *
 * The names are Wireshark's display-filter names, and the values are written
 * as tshark -T fields writes them, so that what is learnt here works there and
 * tshark can check us.
 *
 * A field that nobody asked for costs one comparison: a set of wants says
 * which rows are to be produced, and packet.h's field_* functions look there
 * first.
 */
#ifndef PLI_VISUALIZER_FIELDS_H
#define PLI_VISUALIZER_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/words.h"

struct packet;
struct field;

enum field_type {
    FIELD_LABEL,    /* says only that it is there; value: an optional text */
    FIELD_DECIMAL,  /* unsigned */
    FIELD_HEX,      /* unsigned, 0x and two digits for each byte of width */
    FIELD_SIGNED,   /* decimal */
    FIELD_BOOLEAN,
    FIELD_FRAME,    /* the number of another packet */
    FIELD_TIME,     /* nanoseconds since 1970, signed */
    FIELD_DURATION, /* nanoseconds, signed */
    FIELD_MILLISECONDS, /* the same, written as a decimal fraction of milliseconds */
    FIELD_ETHER,    /* 6 bytes */
    FIELD_IPV4,     /* 4 bytes */
    FIELD_IPV6,     /* 16 bytes */
    FIELD_BYTES,    /* width 1: may be empty without being incomplete */
    FIELD_TEXT,
};

/* A number's name: the meaning of a value, in a table that ends with a NULL text. */
struct field_label {
    uint32_t value;
    const char *text; /* N_() where it is language, as it is where it is a protocol word */
};

enum { FIELD_HIDDEN = 255 };

struct field_row {
    const char *name;     /* "ip.ttl" */
    enum field_type type;
    unsigned char width;  /* bytes of a number as the protocol defines it: 1, 2, 3, 4, 8; 0 elsewhere */
    unsigned char depth;  /* 1: directly below the protocol; 2: below the depth-1 field before it ...;
                             FIELD_HIDDEN: an alias such as ip.addr, which trees leave out */
    const char *title;    /* N_() */
    const char *meaning;  /* one sentence, N_() */
    const struct field_label *labels; /* or NULL */
};

/* Which fields somebody wants. rows[protocol][row] is not 0 for a wanted one. */
struct wants {
    bool info;            /* the one-line summary of each layer (struct layer's info) */
    bool layers_only;     /* nobody wants any field */
    bool values_only;     /* nobody looks at more than the values of fields: not at details or sizes of layers */
    bool stack;           /* ... but at which layers there are and whether they are well formed */
    uint8_t **rows;       /* [PROTOCOL_COUNT]; owned */
};

struct wants *wants_new(void);              /* nothing */
void wants_free(struct wants *wants);
void wants_everything(struct wants *wants); /* all fields and info */
/* "ip.ttl": every row with this name, in any protocol. "ip": all its fields. -1: no such name. */
int wants_add(struct wants *wants, const char *name);

void wants_also(struct wants *wants, const struct wants *others); /* the sum of both */
/* Does it matter whether packets have a layer of this protocol? */
bool wants_layer(const struct wants *wants, unsigned protocol);

/* Where a name is defined: calls back for each (protocol, row); answers how many there were. */
struct field_place {
    unsigned protocol; /* enum protocol_id */
    unsigned row;
};
size_t fields_find(const char *name, struct field_place *places, size_t max);

const struct field_row *field_row(const struct field *field);
const char *field_label_of(const struct field_row *row, uint64_t value); /* untranslated; NULL when there is none */

/* One byte, in line: lines of fields are written byte by byte. */
static inline void write_byte(struct buf *out, char byte)
{
    if (out->cap < out->len + 2 || out->len >= out->max)
        buf_add(out, &byte, 1);
    else
        out->data[out->len++] = byte;
}

/* Building blocks of the two functions below, for the faces. */
void write_decimal(struct buf *out, uint64_t value);
void write_text(struct buf *out, const uint8_t *bytes, size_t size);

/* The value as tshark -T fields writes it, bytes of the traffic made harmless in the same way. */
void field_write(const struct field *field, struct buf *out);
/* The value for people: the label beside the number, units; translated. Safe to show. */
void field_describe(const struct field *field, struct buf *out);

#endif
