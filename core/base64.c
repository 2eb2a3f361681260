#include "base64.h"

#include <string.h>

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

enum { LINE_LETTERS = 76 }; /* RFC 2045 §6.8 */

/* The six bits a letter stands for, or -1. */
static int value_of(unsigned char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* One group: count bytes, 1 to 3, as four letters. */
static void encode_group(const unsigned char *in, size_t count, char out[4])
{
    uint32_t bits = (uint32_t)in[0] << 16;
    if (count > 1)
        bits |= (uint32_t)in[1] << 8;
    if (count > 2)
        bits |= in[2];
    for (int i = 0; i < 4; i++)
        out[i] = letters[bits >> (18 - 6 * i) & 63];
    for (size_t i = count + 1; i < 4; i++)
        out[i] = '=';
}

int base64_encode(struct span in, struct buf *out)
{
    size_t before = out->len;
    for (size_t at = 0; at < in.len; at += 3) {
        char group[4];
        size_t left = in.len - at;
        encode_group((const unsigned char *)in.at + at, left < 3 ? left : 3, group);
        if (buf_add(out, group, 4) != 0) {
            out->len = before;
            return -1;
        }
    }
    return 0;
}

/* One group of four letters into 1 to 3 bytes; answers how many, or -1. Padding is right only in the last group. */
static int decode_group(const char *in, bool last, unsigned char out[3])
{
    int count = 3;
    if (last && in[3] == '=')
        count = in[2] == '=' ? 1 : 2;
    uint32_t bits = 0;
    for (int i = 0; i < 4; i++) {
        int value = i > count ? 0 : value_of((unsigned char)in[i]);
        if (value < 0)
            return -1;
        bits = bits << 6 | (uint32_t)value;
    }
    out[0] = (unsigned char)(bits >> 16);
    out[1] = (unsigned char)(bits >> 8);
    out[2] = (unsigned char)bits;
    /* RFC 4648 §3.5: pad bits must be zero, so that one value has one spelling. */
    if ((count == 1 && (bits & 0xffff) != 0) || (count == 2 && (bits & 0xff) != 0))
        return -1;
    return count;
}

int base64_decode(struct span in, struct buf *out)
{
    size_t before = out->len;
    if (in.len % 4 != 0)
        return -1;
    for (size_t at = 0; at < in.len; at += 4) {
        unsigned char bytes[3];
        int count = decode_group(in.at + at, at + 4 == in.len, bytes);
        if (count < 0 || buf_add(out, bytes, (size_t)count) != 0) {
            out->len = before;
            return -1;
        }
    }
    return 0;
}

void base64_encoder_start(struct base64_encoder *encoder)
{
    *encoder = (struct base64_encoder){ .held_count = 0 };
}

static int put_held(struct base64_encoder *encoder, struct buf *out)
{
    char group[4];
    encode_group(encoder->held, encoder->held_count, group);
    encoder->held_count = 0;
    encoder->column += 4;
    if (buf_add(out, group, 4) != 0)
        return -1;
    if (encoder->column < LINE_LETTERS)
        return 0;
    encoder->column = 0;
    return buf_add(out, "\r\n", 2);
}

int base64_encoder_feed(struct base64_encoder *encoder, struct span in, struct buf *out)
{
    for (size_t i = 0; i < in.len; i++) {
        encoder->held[encoder->held_count++] = (unsigned char)in.at[i];
        if (encoder->held_count == 3 && put_held(encoder, out) != 0)
            return -1;
    }
    return 0;
}

int base64_encoder_finish(struct base64_encoder *encoder, struct buf *out)
{
    if (encoder->held_count > 0 && put_held(encoder, out) != 0)
        return -1;
    int status = encoder->column > 0 ? buf_add(out, "\r\n", 2) : 0;
    encoder->column = 0;
    return status;
}

void base64_decoder_start(struct base64_decoder *decoder)
{
    *decoder = (struct base64_decoder){ .bits = 0 };
}

/* The bytes of a group that ended early: 2 letters hold one, 3 hold two, 1 holds none. */
static int flush_group(struct base64_decoder *decoder, struct buf *out)
{
    unsigned count = decoder->count;
    uint32_t bits = decoder->bits;
    decoder->count = 0;
    decoder->bits = 0;
    if (count == 1)
        decoder->flags |= BASE64_CUT;
    if (count < 2)
        return 0;
    bits <<= 6 * (4 - count);
    if ((bits & (count == 2 ? 0xffffU : 0xffU)) != 0)
        decoder->flags |= BASE64_LOOSE_BITS;
    unsigned char bytes[2] = { (unsigned char)(bits >> 16), (unsigned char)(bits >> 8) };
    return buf_add(out, bytes, count - 1);
}

static int take_padding(struct base64_decoder *decoder, struct buf *out)
{
    if (decoder->count + decoder->padding == 0 || decoder->ended) {
        decoder->flags |= BASE64_STRAY; /* "=" where no group is open */
        return 0;
    }
    decoder->padding++;
    if (decoder->count + decoder->padding < 4)
        return 0;
    decoder->padding = 0;
    decoder->ended = true;
    return flush_group(decoder, out);
}

static int take_letter(struct base64_decoder *decoder, uint32_t value, struct buf *out)
{
    int status = 0;
    if (decoder->padding > 0) { /* "QQ=Q": the group ended, one "=" is missing */
        decoder->flags |= BASE64_CUT;
        decoder->padding = 0;
        decoder->ended = true;
        status = flush_group(decoder, out);
    }
    if (decoder->ended) {
        decoder->flags |= BASE64_AFTER_PADDING;
        decoder->ended = false;
    }
    decoder->bits = decoder->bits << 6 | value;
    if (++decoder->count < 4)
        return status;
    unsigned char bytes[3] = { (unsigned char)(decoder->bits >> 16), (unsigned char)(decoder->bits >> 8),
                               (unsigned char)decoder->bits };
    decoder->count = 0;
    decoder->bits = 0;
    return status | buf_add(out, bytes, 3);
}

int base64_decoder_feed(struct base64_decoder *decoder, struct span in, struct buf *out)
{
    for (size_t i = 0; i < in.len; i++) {
        unsigned char c = (unsigned char)in.at[i];
        int value = value_of(c);
        int status = 0;
        if (value >= 0)
            status = take_letter(decoder, (uint32_t)value, out);
        else if (c == '=')
            status = take_padding(decoder, out);
        else if (c != '\r' && c != '\n' && c != ' ' && c != '\t')
            decoder->flags |= BASE64_STRAY;
        if (status != 0)
            return -1;
    }
    return 0;
}

int base64_decoder_finish(struct base64_decoder *decoder, struct buf *out)
{
    if (decoder->count > 0)
        decoder->flags |= BASE64_CUT;
    decoder->padding = 0;
    return flush_group(decoder, out);
}
