/*
 * line.h - cuts a stream of bytes into lines, and says what is wrong with them.
 *
 * Mail protocols end a line with CR LF and with nothing else (RFC 5321 §2.3.8,
 * RFC 5322 §2.3). Programs that disagree about a lone CR or a lone LF can be
 * played against each other (SMTP smuggling), so the splitter never repairs:
 * it cuts at every LF, and the flags tell how the line really ended and what
 * it contained. The caller decides what to refuse.
 *
 * A line longer than the maximum is handed out cut, flagged LINE_TOO_LONG,
 * and the rest of it is counted and thrown away: memory stays bounded.
 * Where nothing may be lost, in_pieces is set: such a line then comes in
 * pieces of the maximum, all but the last flagged LINE_UNFINISHED.
 * The lines are the same whether the bytes came one at a time or all at once.
 */
#ifndef PLI_CORE_LINE_H
#define PLI_CORE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

enum line_flag {
    LINE_BARE_LF = 1,   /* ended by LF without CR */
    LINE_BARE_CR = 2,   /* a CR that no LF follows, inside the text */
    LINE_NUL = 4,       /* a NUL inside the text */
    LINE_8BIT = 8,      /* a byte over 127 inside the text */
    LINE_TOO_LONG = 16, /* text was cut at the maximum */
    LINE_UNFINISHED = 32, /* a piece of a line: more of it follows (only when in_pieces) */
};

struct line {
    struct span text;   /* without its end of line; valid until the next feed or next */
    unsigned flags;     /* of enum line_flag */
    uint64_t offset;    /* of its first byte, counted from the start of the stream */
    uint64_t raw_length;/* bytes it took in the stream, its end included */
};

struct line_splitter {
    struct buf in;
    size_t max;         /* of a line's text; it and in_pieces may be changed between lines */
    bool in_pieces;
    size_t used;        /* bytes of in that were handed out already */
    size_t seen;        /* bytes of in, from used, that hold no LF */
    uint64_t offset;    /* stream position of in.data[used] */
    uint64_t skipped;   /* bytes thrown away of a line that is too long */
    unsigned skip_flags;
};

void line_init(struct line_splitter *splitter, size_t max);
void line_free(struct line_splitter *splitter);

/* All bytes are taken; call line_next until it answers 0 before feeding again. */
void line_feed(struct line_splitter *splitter, const void *data, size_t size);

/* 1: a line; 0: more bytes are needed. */
int line_next(struct line_splitter *splitter, struct line *line);

/*
 * Takes up to size bytes that were fed and not handed out, as they are: for
 * literals and chunks, whose length was announced. They count in the offset.
 * Not in the middle of a line that is too long. The span is valid until the
 * next feed or next.
 */
struct span line_take(struct line_splitter *splitter, size_t size);

/* How many bytes were fed and not handed out. */
uint64_t line_waiting(const struct line_splitter *splitter);

/* Nothing is expected for a while: gives back memory that holds nothing. Lines that were handed out are gone. */
void line_rest(struct line_splitter *splitter);

/* Forgets what was fed and not handed out: what follows STARTTLS in the clear. Answers how much. */
size_t line_drop(struct line_splitter *splitter);

#endif
