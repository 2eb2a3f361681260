#include "encoded_word.h"

#include <string.h>
#include <strings.h>

#include "base64.h"
#include "qp.h"
#include "utf8.h"

enum {
    WORD_MAX = 75,          /* RFC 2047 §2 */
    LINE_MAX_WORDS = 76,    /* the same, for lines that contain one */
    LINE_WANTED = 78,       /* RFC 5322 §2.1.1 */
    CHARSET_MAX = 64,
};

static const char begin[] = "=?UTF-8?";     /* then Q? or B?, text, ?= */
enum { OVERHEAD = sizeof begin - 1 + 2 + 2 };

void encoded_start(struct encoded_walk *walk, struct span text)
{
    *walk = (struct encoded_walk){ .text = text };
    buf_init(&walk->scratch, text.len);
}

void encoded_finish(struct encoded_walk *walk)
{
    buf_free(&walk->scratch);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct word {
    struct span charset, language, coded;
    char encoding;
    size_t length;   /* in the text */
};

/* Does an encoded word begin at text? */
static bool read_word(struct span text, struct word *word)
{
    if (text.len < 8 || text.at[0] != '=' || text.at[1] != '?')
        return false;
    size_t at = 2;
    while (at < text.len && at < CHARSET_MAX && text.at[at] > ' ' && text.at[at] < 127 && text.at[at] != '?')
        at++;
    struct span name = { text.at + 2, at - 2 };
    if (name.len == 0 || text.len - at < 5 || text.at[at] != '?' || text.at[at + 2] != '?')
        return false;
    word->encoding = (char)(text.at[at + 1] & ~0x20);
    if (word->encoding != 'Q' && word->encoding != 'B')
        return false;
    size_t start = at + 3;
    const char *mark = memchr(text.at + start, '?', text.len - start);
    if (mark == NULL || mark + 1 == text.at + text.len || mark[1] != '=')
        return false;
    word->coded = (struct span){ text.at + start, (size_t)(mark - text.at) - start };
    word->length = start + word->coded.len + 2;
    const char *star = memchr(name.at, '*', name.len);
    size_t plain = star != NULL ? (size_t)(star - name.at) : name.len;
    word->charset = (struct span){ name.at, plain };
    word->language = star != NULL ? (struct span){ star + 1, name.len - plain - 1 } : (struct span){ "", 0 };
    return true;
}

static bool same_charset(struct span one, struct span two)
{
    return one.len == two.len && strncasecmp(one.at, two.at, one.len) == 0;
}

static void decode(const struct word *word, struct buf *out)
{
    unsigned flags = 0;
    struct base64_decoder decoder;
    if (word->encoding == 'Q') {
        qp_decode_word(word->coded, out, &flags);
        return;
    }
    base64_decoder_start(&decoder);
    base64_decoder_feed(&decoder, word->coded, out);
    base64_decoder_finish(&decoder, out);
}

static struct span rest_of(const struct encoded_walk *walk, size_t from)
{
    return (struct span){ walk->text.at + from, walk->text.len - from };
}

/* Where an encoded word begins behind white space, from at on; at itself when none does. */
static size_t over_blanks(const struct encoded_walk *walk, size_t at, struct word *word)
{
    size_t next = at;
    while (next < walk->text.len && is_blank(walk->text.at[next]))
        next++;
    return next < walk->text.len && read_word(rest_of(walk, next), word) ? next : at;
}

/* The word at walk->at, and those of the same charset that follow it. */
static void take_words(struct encoded_walk *walk, struct word word, struct encoded_piece *piece)
{
    buf_clear(&walk->scratch);
    *piece = (struct encoded_piece){ .charset = word.charset, .language = word.language, .encoding = word.encoding };
    for (;;) {
        decode(&word, &walk->scratch);
        walk->at += word.length;
        size_t next = over_blanks(walk, walk->at, &word);
        bool joined = next > walk->at || (next < walk->text.len && read_word(rest_of(walk, next), &word));
        if (!joined || !same_charset(word.charset, piece->charset))
            break;
        walk->at = next;
    }
    piece->bytes = walk->scratch.len > 0 ? buf_span(&walk->scratch) : (struct span){ "", 0 };
    walk->after_word = true;
}

int encoded_next(struct encoded_walk *walk, struct encoded_piece *piece)
{
    struct word word;
    if (walk->after_word) {
        size_t next = over_blanks(walk, walk->at, &word);
        walk->at = next;
        walk->after_word = false;
    }
    if (walk->at == walk->text.len)
        return 0;
    if (read_word(rest_of(walk, walk->at), &word)) {
        take_words(walk, word, piece);
        return 1;
    }
    size_t end = walk->at + 1;
    while (end < walk->text.len && !read_word(rest_of(walk, end), &word)) {
        const char *mark = memchr(walk->text.at + end + 1, '=', walk->text.len - end - 1);
        end = mark != NULL ? (size_t)(mark - walk->text.at) : walk->text.len;
    }
    *piece = (struct encoded_piece){ .charset = { "", 0 }, .language = { "", 0 } };
    piece->bytes = (struct span){ walk->text.at + walk->at, end - walk->at };
    walk->at = end;
    return 1;
}

bool encoded_needed(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (c < ' ' || c > 126 || (c == '=' && i + 1 < text.len && text.at[i + 1] == '?'))
            return true;
    }
    return false;
}

/* Plain text, folded before white space where a line would grow longer than wanted. */
static int write_plain(struct span text, size_t *column, struct buf *out)
{
    for (size_t at = 0; at < text.len;) {
        size_t end = at + 1;
        while (end < text.len && text.at[end] != ' ')
            end++;
        if (*column + (end - at) > LINE_WANTED && text.at[at] == ' ' && end > at + 1) {
            if (buf_add(out, "\r\n", 2) != 0)
                return -1;
            *column = 0;
        }
        if (buf_add(out, text.at + at, end - at) != 0)
            return -1;
        *column += end - at;
        at = end;
    }
    return 0;
}

/* §4.2 and §5 (3): what a Q word in a display name may hold as it is. */
static bool plain_in_q(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' ' ||
           (c != '\0' && strchr("!*+-/", c) != NULL);
}

/* Letters that the bytes take, coded. */
static size_t coded_size(struct span bytes, char encoding)
{
    size_t size = 0;
    if (encoding == 'B')
        return (bytes.len + 2) / 3 * 4;
    for (size_t i = 0; i < bytes.len; i++)
        size += plain_in_q(bytes.at[i]) ? 1 : 3;
    return size;
}

/* How many bytes of text, whole characters, fit a word with room for that many letters. At least one character. */
static size_t fitting(struct span text, char encoding, size_t room)
{
    size_t taken = 0, used = 0;
    while (taken < text.len) {
        uint32_t code;
        size_t length = utf8_read(text.at + taken, text.len - taken, &code);
        length = length > 0 ? length : 1;
        size_t more = coded_size((struct span){ text.at + taken, length }, encoding);
        size_t size = encoding == 'B' ? (taken + length + 2) / 3 * 4 : used + more;
        if (size > room && taken > 0)
            break;
        used += more;
        taken += length;
    }
    return taken;
}

static int write_word(struct span bytes, char encoding, struct buf *out)
{
    static const char digits[] = "0123456789ABCDEF";
    int status = buf_printf(out, "%s%c?", begin, encoding);
    if (encoding == 'B') {
        status |= base64_encode(bytes, out);
    } else {
        for (size_t i = 0; i < bytes.len; i++) {
            unsigned char c = (unsigned char)bytes.at[i];
            char code[3] = { '=', digits[c >> 4], digits[c & 15] };
            if (c == ' ')
                status |= buf_add(out, "_", 1);
            else
                status |= plain_in_q((char)c) ? buf_add(out, &bytes.at[i], 1) : buf_add(out, code, 3);
        }
    }
    return status | buf_add_text(out, "?=");
}

static int write_words(struct span text, size_t *column, struct buf *out)
{
    size_t quoted = coded_size(text, 'Q');
    char encoding = quoted <= coded_size(text, 'B') * 5 / 4 ? 'Q' : 'B'; /* Q is nicer where nobody decodes it */
    while (text.len > 0) {
        if (*column + OVERHEAD + 12 > LINE_MAX_WORDS) {
            if (buf_add(out, "\r\n ", 3) != 0)
                return -1;
            *column = 1;
        }
        size_t room = LINE_MAX_WORDS - *column < WORD_MAX ? LINE_MAX_WORDS - *column : WORD_MAX;
        size_t taken = fitting(text, encoding, room - OVERHEAD);
        size_t before = out->len;
        if (write_word((struct span){ text.at, taken }, encoding, out) != 0)
            return -1;
        *column += out->len - before;
        text = (struct span){ text.at + taken, text.len - taken };
        if (text.len > 0)
            *column = LINE_MAX_WORDS; /* the next word begins a line */
    }
    return 0;
}

int encoded_write(struct span text, size_t *column, struct buf *out)
{
    struct buf clean;
    buf_init(&clean, text.len);
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        buf_add(&clean, c < ' ' || c == 127 ? " " : text.at + i, 1);
    }
    struct span safe = clean.len > 0 ? buf_span(&clean) : (struct span){ "", 0 };
    int status = encoded_needed(safe) ? write_words(safe, column, out) : write_plain(safe, column, out);
    buf_free(&clean);
    return status;
}
