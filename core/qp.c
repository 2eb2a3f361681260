#include "qp.h"

#include <string.h>

enum { LINE_MAX_QP = 76 }; /* RFC 2045 §6.7 (5), without CR LF */

static const char digits[] = "0123456789ABCDEF";

static int hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool at_line_end(struct span in, size_t at)
{
    return at == in.len || (in.len - at >= 2 && in.at[at] == '\r' && in.at[at + 1] == '\n');
}

/*
 * Does the byte need a code? A "." alone on a line and "From " at the start
 * of one are coded too: the first ends DATA, the second is changed by
 * programs that keep mail in one big file (RFC 2049 §3).
 */
static bool needs_code(struct span in, size_t at, enum qp_kind kind, bool line_start)
{
    unsigned char c = (unsigned char)in.at[at];
    if (c == '=' || c > 126 || (c < ' ' && c != '\t'))
        return true;
    if (c == ' ' || c == '\t')
        return kind == QP_BINARY ? at + 1 == in.len : at_line_end(in, at + 1);
    if (!line_start)
        return false;
    return c == '.' || (c == 'F' && in.len - at >= 5 && memcmp(in.at + at, "From ", 5) == 0);
}

int qp_encode(struct span in, enum qp_kind kind, struct buf *out)
{
    size_t column = 0;
    for (size_t at = 0; at < in.len; at++) {
        if (kind == QP_TEXT && in.at[at] == '\r' && at + 1 < in.len && in.at[at + 1] == '\n') {
            if (buf_add(out, "\r\n", 2) != 0)
                return -1;
            column = 0;
            at++;
            continue;
        }
        char code[3] = { in.at[at], 0, 0 };
        size_t size = 1;
        if (needs_code(in, at, kind, column == 0)) {
            unsigned char c = (unsigned char)in.at[at];
            code[0] = '=';
            code[1] = digits[c >> 4];
            code[2] = digits[c & 15];
            size = 3;
        }
        if (column + size > LINE_MAX_QP - 1) {
            if (buf_add(out, "=\r\n", 3) != 0)
                return -1;
            column = 0;
        }
        if (buf_add(out, code, size) != 0)
            return -1;
        column += size;
    }
    return 0;
}

/* What the decoder has met and cannot judge before the next byte. */
enum state {
    TEXT,
    AFTER_CR,
    AFTER_EQUAL,
    AFTER_DIGIT,
    EQUAL_BLANKS,   /* "= ": white space that was added behind a soft line break */
    EQUAL_CR,
};

void qp_decoder_start(struct qp_decoder *decoder)
{
    *decoder = (struct qp_decoder){ .state = TEXT };
}

static int flush_blanks(struct qp_decoder *decoder, struct buf *out)
{
    int status = buf_add(out, decoder->blanks, decoder->blank_count);
    decoder->blank_count = 0;
    return status;
}

/* RFC 2045 §6.7 (3): white space at the end of an encoded line must be deleted. */
static void drop_blanks(struct qp_decoder *decoder)
{
    if (decoder->blank_count > 0)
        decoder->flags |= QP_END_BLANKS;
    decoder->blank_count = 0;
}

static int hold_blank(struct qp_decoder *decoder, char c, struct buf *out)
{
    int status = 0;
    if (decoder->blank_count == sizeof decoder->blanks) /* the line is too long anyway */
        status = flush_blanks(decoder, out);
    decoder->blanks[decoder->blank_count++] = c;
    return status;
}

static int line_end(struct qp_decoder *decoder, const char *end, struct buf *out)
{
    drop_blanks(decoder);
    decoder->state = TEXT;
    decoder->column = 0;
    return buf_add_text(out, end);
}

static int in_text(struct qp_decoder *decoder, char c, struct buf *out)
{
    decoder->state = TEXT;
    if (c == ' ' || c == '\t')
        return hold_blank(decoder, c, out);
    if (c == '\r') {
        decoder->state = AFTER_CR;
        return 0;
    }
    if (c == '\n') {
        decoder->flags |= QP_BARE_EOL;
        return line_end(decoder, "\n", out);
    }
    int status = flush_blanks(decoder, out);
    if (c == '=') {
        decoder->state = AFTER_EQUAL;
        return status;
    }
    if ((unsigned char)c > 126 || (unsigned char)c < ' ')
        decoder->flags |= QP_RAW_BYTE;
    return status | buf_add(out, &c, 1);
}

/* What looked like a code or a line break was none: it stands as it came, and c is read anew. */
static int as_it_came(struct qp_decoder *decoder, unsigned flags, struct buf *out, char c)
{
    int status = 0;
    decoder->flags |= flags;
    if (decoder->state != AFTER_CR)
        status |= buf_add(out, "=", 1);
    if (decoder->state == AFTER_DIGIT)
        status |= buf_add(out, &decoder->digit, 1);
    status |= flush_blanks(decoder, out);
    if (decoder->state == AFTER_CR || decoder->state == EQUAL_CR)
        status |= buf_add(out, "\r", 1);
    return status | in_text(decoder, c, out);
}

static int after_equal(struct qp_decoder *decoder, char c, struct buf *out)
{
    if (c == '\n') {
        decoder->flags |= QP_BARE_EOL;
        return line_end(decoder, "", out);
    }
    if (c == '\r') {
        decoder->state = EQUAL_CR;
        return 0;
    }
    if (c == ' ' || c == '\t') {
        decoder->state = EQUAL_BLANKS;
        return hold_blank(decoder, c, out);
    }
    if (decoder->state == EQUAL_BLANKS || hex_of(c) < 0)
        return as_it_came(decoder, QP_BAD_CODE, out, c);
    decoder->digit = c;
    decoder->state = AFTER_DIGIT;
    return 0;
}

static int after_digit(struct qp_decoder *decoder, char c, struct buf *out)
{
    if (hex_of(c) < 0)
        return as_it_came(decoder, QP_BAD_CODE, out, c);
    if ((c >= 'a' && c <= 'f') || (decoder->digit >= 'a' && decoder->digit <= 'f'))
        decoder->flags |= QP_LOWER_CASE;
    char byte = (char)(hex_of(decoder->digit) << 4 | hex_of(c));
    decoder->state = TEXT;
    return buf_add(out, &byte, 1);
}

static int take(struct qp_decoder *decoder, char c, struct buf *out)
{
    switch (decoder->state) {
    case AFTER_CR:
        return c == '\n' ? line_end(decoder, "\r\n", out) : as_it_came(decoder, QP_BARE_EOL, out, c);
    case AFTER_EQUAL:
    case EQUAL_BLANKS:
        return after_equal(decoder, c, out);
    case AFTER_DIGIT:
        return after_digit(decoder, c, out);
    case EQUAL_CR:
        return c == '\n' ? line_end(decoder, "", out) : as_it_came(decoder, QP_BAD_CODE | QP_BARE_EOL, out, c);
    default:
        return in_text(decoder, c, out);
    }
}

int qp_decoder_feed(struct qp_decoder *decoder, struct span in, struct buf *out)
{
    for (size_t i = 0; i < in.len; i++) {
        char c = in.at[i];
        if (c != '\r' && c != '\n' && ++decoder->column > LINE_MAX_QP)
            decoder->flags |= QP_LONG_LINE;
        if (take(decoder, c, out) != 0)
            return -1;
    }
    return 0;
}

int qp_decoder_finish(struct qp_decoder *decoder, struct buf *out)
{
    int status = 0;
    int state = decoder->state;
    decoder->state = TEXT;
    if (state == AFTER_CR || state == EQUAL_CR)
        decoder->flags |= QP_BARE_EOL;
    if (state != TEXT && state != AFTER_CR)
        decoder->flags |= QP_BAD_CODE; /* the last line break of a part belongs to the boundary: "=" is left over */
    if (state == AFTER_DIGIT) {
        status |= buf_add(out, "=", 1);
        status |= buf_add(out, &decoder->digit, 1);
    }
    drop_blanks(decoder);
    if (state == AFTER_CR)
        status |= buf_add(out, "\r", 1);
    return status;
}

int qp_decode_word(struct span in, struct buf *out, unsigned *flags)
{
    for (size_t at = 0; at < in.len; at++) {
        char byte = in.at[at] == '_' ? ' ' : in.at[at];
        if (byte == '=') {
            if (in.len - at >= 3 && hex_of(in.at[at + 1]) >= 0 && hex_of(in.at[at + 2]) >= 0) {
                byte = (char)(hex_of(in.at[at + 1]) << 4 | hex_of(in.at[at + 2]));
                at += 2;
            } else {
                *flags |= QP_BAD_CODE;
            }
        }
        if (buf_add(out, &byte, 1) != 0)
            return -1;
    }
    return 0;
}
