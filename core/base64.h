/*
 * base64.h - three bytes as four printable letters (RFC 4648 §4).
 *
 * Two decoders, because two worlds use it. Protocols (SASL) want all or
 * nothing: base64_decode refuses whatever is not exactly right, also bits
 * that do not matter, so that one value has one spelling (RFC 4648 §3.5).
 * Messages (MIME) come with line breaks and damage, and RFC 2045 §6.8 says
 * that what is no letter of the alphabet is to be skipped: the streaming
 * decoder does so, and says by flags what it had to forgive.
 */
#ifndef PLI_CORE_BASE64_H
#define PLI_CORE_BASE64_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

/* One line, padded. 0, or -1 when out is full (then nothing was added). */
int base64_encode(struct span in, struct buf *out);

/* Exactly right or -1, with nothing added. An empty text is right and gives nothing. */
int base64_decode(struct span in, struct buf *out);

/* For MIME bodies: lines of 76 letters that end with CR LF (RFC 2045 §6.8). */
struct base64_encoder {
    unsigned char held[3];
    size_t held_count;
    size_t column;
};

void base64_encoder_start(struct base64_encoder *encoder);
int base64_encoder_feed(struct base64_encoder *encoder, struct span in, struct buf *out);
int base64_encoder_finish(struct base64_encoder *encoder, struct buf *out);

enum base64_flag {
    BASE64_STRAY = 1,         /* bytes that are neither letters nor white space were skipped */
    BASE64_CUT = 2,           /* the end is missing: padding, or a whole letter */
    BASE64_AFTER_PADDING = 4, /* letters follow the padding; they are decoded too (concatenated parts) */
    BASE64_LOOSE_BITS = 8,    /* the last letter carried bits that no byte uses */
};

struct base64_decoder {
    uint32_t bits;
    unsigned count;   /* letters in bits: 0 to 3 */
    unsigned padding; /* "=" seen in this group */
    bool ended;       /* a group was padded */
    unsigned flags;
};

void base64_decoder_start(struct base64_decoder *decoder);

/* All of in is taken. 0, or -1 when out is full (what fitted was added; start anew). */
int base64_decoder_feed(struct base64_decoder *decoder, struct span in, struct buf *out);

/* After the last feed: the bytes of an unfinished group, as far as they are whole. */
int base64_decoder_finish(struct base64_decoder *decoder, struct buf *out);

#endif
