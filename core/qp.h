/*
 * qp.h - quoted-printable: text that stays readable (RFC 2045 §6.7).
 *
 * The encoder writes lines of at most 76 characters. The decoder is fed in
 * pieces of any size; it never fails on what it reads, but repairs as §6.7
 * advises and says by flags what it met: an "=" that starts no code stays as
 * it is, blanks at the end of a line are dropped (they were added on the
 * way), lower case hexadecimal is accepted.
 */
#ifndef PLI_CORE_QP_H
#define PLI_CORE_QP_H

#include <stdbool.h>

#include "buf.h"

enum qp_kind {
    QP_TEXT,   /* CR LF in the input is an end of line, and stays one */
    QP_BINARY, /* every CR and LF is data, and coded */
};

/* The whole input at once. 0, or -1 when out is full (then it ends anywhere). */
int qp_encode(struct span in, enum qp_kind kind, struct buf *out);

enum qp_flag {
    QP_BAD_CODE = 1,        /* "=" without two hexadecimal digits; at the very end it is dropped */
    QP_LOWER_CASE = 2,      /* "=e9" for "=E9" */
    QP_LONG_LINE = 4,       /* more than 76 characters */
    QP_END_BLANKS = 8,      /* white space before the end of a line, dropped */
    QP_RAW_BYTE = 16,       /* a byte over 127 or a control character, kept */
    QP_BARE_EOL = 32,       /* CR or LF alone; LF counts as an end of line, both are kept as they are */
};

struct qp_decoder {
    int state;              /* what is unfinished: a code, a line break */
    char digit;             /* the first of a code */
    char blanks[76];        /* white space that may turn out to end a line */
    size_t blank_count;
    size_t column;
    unsigned flags;
};

void qp_decoder_start(struct qp_decoder *decoder);
int qp_decoder_feed(struct qp_decoder *decoder, struct span in, struct buf *out);  /* 0, or -1: out is full */
int qp_decoder_finish(struct qp_decoder *decoder, struct buf *out);

/* The "Q" encoding of header fields, where "_" is a space (RFC 2047 §4.2), at once; bad codes stay as they are. */
int qp_decode_word(struct span in, struct buf *out, unsigned *flags);

#endif
