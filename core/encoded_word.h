/*
 * encoded_word.h - text beyond ASCII in header fields: =?UTF-8?Q?caf=C3=A9?=
 * (RFC 2047).
 *
 * Decoding hands out pieces {charset, bytes}: what a charset means is io's to
 * know (io/charset). White space between two encoded words belongs to
 * neither and is not handed out (§6.2); adjacent words of the same charset
 * are joined before conversion, since senders do cut characters in two.
 * Words are recognized wherever they stand, longer than allowed or with a
 * space inside too: this is for showing mail as it comes.
 */
#ifndef PLI_CORE_ENCODED_WORD_H
#define PLI_CORE_ENCODED_WORD_H

#include <stdbool.h>

#include "buf.h"

struct encoded_piece {
    struct span charset;   /* "" for text that stood there as it is */
    struct span language;  /* RFC 2231 §5, mostly empty */
    struct span bytes;     /* valid until the next call */
    char encoding;         /* 'Q', 'B', or 0 */
};

struct encoded_walk {
    struct span text;      /* an unfolded value */
    size_t at;
    bool after_word;
    struct buf scratch;
};

void encoded_start(struct encoded_walk *walk, struct span text);
void encoded_finish(struct encoded_walk *walk);

/* 1: a piece; 0: the end. */
int encoded_next(struct encoded_walk *walk, struct encoded_piece *piece);

/* Must the text be coded: is it not printable ASCII, or could it be mistaken for an encoded word? */
bool encoded_needed(struct span text);

/*
 * Writes UTF-8 text for an unstructured field or a display name: as it is when
 * it need not be coded, else in encoded words of at most 75 characters that
 * cut no character in two (§5); fit for a display name too (§5 (3)). Control
 * characters become spaces, so that no text can begin a field of its own.
 * Lines are folded before white space. column: where the text begins on its
 * line; it moves along. 0, or -1 when out is full.
 */
int encoded_write(struct span text, size_t *column, struct buf *out);

#endif
