/*
 * wire_fault.h - what the wire is to do wrong, in words.
 *
 *     drop the 2nd SYN-ACK
 *     delay every "354" from mail by 2 s
 *     corrupt bit 3 of byte 20 of packet 14
 *     duplicate the first segment to mail
 *     reorder the 3rd segment from alice behind 2
 *     hold the first SYN
 *     limit alice to 64 kbit/s
 *     hold every packet where smtp.req.command == "DATA"
 *     corrupt ip.ttl of the 2nd packet and repair checksums where tcp.flags.syn == 1
 *     set tcp.window_size_value to 0 in the first segment from mail
 *     rewrite "STARTTLS" to "XXXXXXXX" in every segment from mail
 *
 * An action, which of the frames that fit (first, 2nd, every, from 3rd on ...;
 * every is meant when nothing is said), what frames (a word of the table in
 * wire_fault.c, or a text that must be in the payload), and between whom;
 * last, behind "where", a display filter (filter.h) that it has to fit. What
 * changes frames (wire_change.h) is corrupt, which leaves the checksums as they
 * are unless "repair checksums" is said, and set and rewrite, which put them
 * right unless "leave checksums" is said. "the", "a", "of", "in" and "and" may
 * be said and mean nothing. A script is one fault a line, # begins a comment.
 *
 * Each fault counts the frames that fit it and acts on those it was told to;
 * nothing depends on chance, so the same script over the same traffic does
 * the same.
 */
#ifndef PLI_VISUALIZER_WIRE_FAULT_H
#define PLI_VISUALIZER_WIRE_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "visualizer/wire_view.h"

enum wire_action { WIRE_DROP, WIRE_HOLD, WIRE_DELAY, WIRE_DUPLICATE, WIRE_CORRUPT, WIRE_REORDER, WIRE_LIMIT,
                   WIRE_REWRITE };

struct exchange_list;
struct filter;
struct packet;
struct wire_kind;

struct wire_fault {
    enum wire_action action;
    char *text;                     /* as it was given */
    const struct wire_kind *kind;   /* what frames; NULL: any */
    char *contains;                 /* a text in the payload; NULL: any */
    size_t contains_length;
    char *from, *to;                /* names of ports; NULL: any */
    uint32_t first, last;           /* which of those that fit, counted from 1 */
    uint64_t number;                /* of the packet in the recording; 0: any */
    int64_t delay;                  /* nanoseconds */
    uint64_t rate;                  /* bits per second */
    uint32_t byte;                  /* offset in the frame */
    uint8_t bit;                    /* 0 to 7, 7 being the most significant */
    struct filter *filter;          /* behind "where"; NULL: any */
    char *field;                    /* to be corrupted or set; NULL: a place, or a text */
    uint8_t *value;                 /* what the field is set to (a number: big-endian), or the text that replaces */
    size_t value_length;
    bool repair;                    /* the checksums of what was changed */
    uint32_t times;                 /* copies (duplicate), or frames that pass first (reorder) */
    uint32_t seen;                  /* frames that fitted so far */
    uint64_t given;                 /* the core's: which fault this is, counted from 1 */
};

/* One frame on its way, as faults see it. */
struct wire_subject {
    const struct wire_view *view;
    const char *from;               /* name of its port */
    const char *to;                 /* NULL when it goes to several */
    uint64_t number;
    const struct packet *packet;    /* dissected; NULL when no fault asks for that */
    const struct exchange_list *exchanges;
};

/* Does it look at fields or exchanges, so that frames have to be dissected? */
bool wire_fault_dissects(const struct wire_fault *fault);

/* 0, or -1 and a sentence (translated) in error that names the column. Free it in either case. */
int wire_fault_parse(struct wire_fault *fault, const char *text, struct buf *error);
void wire_fault_free(struct wire_fault *fault);

/* Counts the frame when it fits, and answers whether the fault acts on it. */
bool wire_fault_strikes(struct wire_fault *fault, const struct wire_subject *subject);

#endif
