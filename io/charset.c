#include "charset.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

#include "core/encoded_word.h"
#include "core/header.h"
#include "core/utf8.h"

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

bool charset_is_utf8(struct span bytes)
{
    return utf8_valid(bytes.at, bytes.len);
}

/* Copies, with U+FFFD for every byte that begins no character. */
static int add_valid(struct span bytes, struct buf *out)
{
    size_t begin = 0;
    for (size_t at = 0; at < bytes.len;) {
        uint32_t code;
        at += utf8_ascii(bytes.at + at, bytes.len - at);
        if (at == bytes.len)
            break;
        size_t length = utf8_read(bytes.at + at, bytes.len - at, &code);
        if (length > 0) {
            at += length;
            continue;
        }
        if (buf_add(out, bytes.at + begin, at - begin) != 0 || buf_add_text(out, replacement) != 0)
            return -1;
        begin = ++at;
    }
    return begin < bytes.len ? buf_add(out, bytes.at + begin, bytes.len - begin) : 0;
}

/* A name that iconv may be given: nothing that it would take for an option of its own ("//TRANSLIT"). */
static bool name_text(struct span name, char text[64])
{
    if (name.len == 0 || name.len >= 60)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && (c == '\0' || strchr("-_.:+()", c) == NULL))
            return false;
        text[i] = c;
    }
    text[name.len] = '\0';
    return true;
}

static bool is_one_of(struct span name, const char *const *list)
{
    for (; *list != NULL; list++)
        if (span_is_nocase(name, *list))
            return true;
    return false;
}

static iconv_t open_converter(struct span name)
{
    char text[64];
    /* Senders say Latin-1 and mean Windows-1252, which only adds to it. */
    static const char *const latin1[] = { "iso-8859-1", "iso8859-1", "latin1", NULL };
    if (is_one_of(name, latin1))
        return iconv_open("UTF-8", "WINDOWS-1252");
    return name_text(name, text) ? iconv_open("UTF-8", text) : (iconv_t)-1;
}

static bool is_guessed(struct span name)
{
    static const char *const vague[] = { "us-ascii", "ascii", "ansi_x3.4-1968", "unknown-8bit", "8bit", NULL };
    return name.len == 0 || is_one_of(name, vague);
}

static bool is_utf8_name(struct span name)
{
    return span_is_nocase(name, "utf-8") || span_is_nocase(name, "utf8");
}

bool charset_known(struct span name)
{
    if (is_guessed(name) || is_utf8_name(name))
        return true;
    iconv_t converter = open_converter(name);
    if (converter == (iconv_t)-1)
        return false;
    iconv_close(converter);
    return true;
}

/* Everything in, piece by piece out; a byte that cannot be converted becomes U+FFFD. */
static int convert(iconv_t converter, struct span bytes, struct buf *out)
{
    char *in = (char *)bytes.at;
    size_t left = bytes.len;
    bool flushing = false;
    for (;;) {
        char piece[2048];
        char *to = piece;
        size_t room = sizeof piece;
        size_t result = flushing ? iconv(converter, NULL, NULL, &to, &room)
                                 : iconv(converter, &in, &left, &to, &room);
        int problem = result == (size_t)-1 ? errno : 0;
        if (add_valid((struct span){ piece, (size_t)(to - piece) }, out) != 0)
            return -1;
        if (problem == E2BIG)
            continue;
        if (flushing)
            return 0;
        if (problem == 0 || left == 0) {
            flushing = true; /* what a charset with states still holds back */
            continue;
        }
        if (buf_add_text(out, replacement) != 0)
            return -1;
        in++;
        left--;
    }
}

int charset_to_utf8(struct span name, struct span bytes, struct buf *out)
{
    iconv_t converter = (iconv_t)-1;
    if (is_utf8_name(name))
        return add_valid(bytes, out);
    if (!is_guessed(name))
        converter = open_converter(name);
    if (converter == (iconv_t)-1) {
        if (charset_is_utf8(bytes))
            return buf_add_span(out, bytes);
        converter = iconv_open("UTF-8", "WINDOWS-1252");
        if (converter == (iconv_t)-1) /* a system without charset tables */
            return add_valid(bytes, out);
    }
    int status = convert(converter, bytes, out);
    iconv_close(converter);
    return status;
}

int charset_header(struct span value, struct buf *out)
{
    struct buf line;
    struct encoded_walk walk;
    struct encoded_piece piece;
    buf_init(&line, value.len);
    header_unfold(value, &line);
    encoded_start(&walk, buf_span(&line));
    int status = 0;
    while (status == 0 && encoded_next(&walk, &piece))
        status = charset_to_utf8(piece.charset, piece.bytes, out);
    encoded_finish(&walk);
    buf_free(&line);
    return status;
}
