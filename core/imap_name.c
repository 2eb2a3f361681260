#include "imap_name.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "utf8.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/* What stands for itself: 0x20-0x7e without "&". */
static bool is_plain(uint32_t code)
{
    return code >= 0x20 && code <= 0x7e && code != '&';
}

/* RFC 9051 §5.1: no name of a mailbox holds a control character; a NUL least of all. */
static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

/* Bits on their way between 6 (letters) and 16 (UTF-16 units). */
struct bits {
    uint32_t value;
    unsigned count;
};

static int add_letters(struct bits *bits, bool last, struct buf *out)
{
    int status = 0;
    while (bits->count >= 6 || (last && bits->count > 0)) {
        const uint32_t six = bits->count >= 6 ? bits->value >> (bits->count - 6) : bits->value << (6 - bits->count);
        status |= buf_add(out, &letters[six & 63], 1);
        bits->count = bits->count >= 6 ? bits->count - 6 : 0;
    }
    return status;
}

static int add_unit(struct bits *bits, uint32_t unit, struct buf *out)
{
    bits->value = bits->value << 16 | unit;
    bits->count += 16;
    return add_letters(bits, false, out);
}

static int add_shifted(struct bits *bits, uint32_t code, struct buf *out)
{
    if (code < 0x10000)
        return add_unit(bits, code, out);
    code -= 0x10000;
    return add_unit(bits, 0xd800 | code >> 10, out) | add_unit(bits, 0xdc00 | (code & 0x3ff), out);
}

int imap_name_from_utf8(struct span name, struct buf *out)
{
    struct bits bits = { 0, 0 };
    bool shifted = false;
    int status = 0;
    for (size_t at = 0; at < name.len && status == 0;) {
        uint32_t code;
        const size_t len = utf8_read(name.at + at, name.len - at, &code);
        if (len == 0 || is_control(code))
            return -1;
        const bool plain = is_plain(code) || code == '&';
        if (plain == shifted) {
            status |= shifted ? add_letters(&bits, true, out) | buf_add_text(out, "-") : buf_add_text(out, "&");
            shifted = !shifted;
        }
        if (plain)
            status |= buf_add(out, name.at + at, 1) | (code == '&' ? buf_add_text(out, "-") : 0);
        else
            status |= add_shifted(&bits, code, out);
        at += len;
    }
    return shifted ? status | add_letters(&bits, true, out) | buf_add_text(out, "-") : status;
}

static int add_utf8(uint32_t code, struct buf *out)
{
    char bytes[4];
    const size_t len = utf8_write(code, bytes);
    return len == 0 ? -1 : buf_add(out, bytes, len);
}

/* One shifted part, behind its "&"; *at moves behind its "-". */
static int read_shifted(struct span name, size_t *at, struct buf *out)
{
    struct bits bits = { 0, 0 };
    uint32_t high = 0;
    for (; *at < name.len && name.at[*at] != '-'; ++*at) {
        const char *letter = name.at[*at] == '\0' ? NULL : strchr(letters, name.at[*at]);
        if (letter == NULL)
            return -1;
        bits.value = bits.value << 6 | (uint32_t)(letter - letters);
        bits.count += 6;
        if (bits.count < 16)
            continue;
        bits.count -= 16;
        const uint32_t unit = bits.value >> bits.count & 0xffff;
        if (high != 0 && (unit & 0xfc00) != 0xdc00)
            return -1;
        if (high == 0 && (unit & 0xfc00) == 0xd800)
            high = unit;
        else if (add_utf8(high == 0 ? unit : 0x10000 + ((high & 0x3ff) << 10 | (unit & 0x3ff)), out) != 0)
            return -1;
        else
            high = 0;
    }
    return *at < name.len && high == 0 ? (++*at, 0) : -1;
}

static int read_name(struct span name, struct buf *out)
{
    for (size_t at = 0; at < name.len;) {
        const char c = name.at[at++];
        if (c != '&') {
            if (!is_plain((unsigned char)c) || buf_add(out, &c, 1) != 0)
                return -1;
        } else if (at < name.len && name.at[at] == '-') {
            at++;
            if (buf_add_text(out, "&") != 0)
                return -1;
        } else if (read_shifted(name, &at, out) != 0) {
            return -1;
        }
    }
    return 0;
}

int imap_name_to_utf8(struct span name, struct buf *out)
{
    struct buf text, again;
    buf_init(&text, name.len * 4 + 4);
    buf_init(&again, name.len * 8 + 8);
    /* The only correct spelling is the one that we would write. */
    int status = read_name(name, &text);
    if (status == 0)
        status = imap_name_from_utf8(buf_span(&text), &again);
    if (status == 0)
        status = again.len == name.len && (name.len == 0 || memcmp(again.data, name.at, name.len) == 0) ? 0 : -1;
    if (status == 0)
        status = buf_add(out, text.data, text.len);
    buf_free(&text);
    buf_free(&again);
    return status;
}

/* reached[i]: the pattern so far can have used the first i bytes of the name. */
bool imap_name_matches(struct span pattern, struct span name, char separator)
{
    bool reached[IMAP_NAME_MAX + 1] = { true };
    if (pattern.len > IMAP_NAME_MAX || name.len > IMAP_NAME_MAX)
        return false;
    for (size_t p = 0; p < pattern.len; p++) {
        const char c = pattern.at[p];
        if (c == '*' || c == '%') {
            for (size_t i = 1; i <= name.len; i++)
                reached[i] = reached[i] || (reached[i - 1] && (c == '*' || name.at[i - 1] != separator));
            continue;
        }
        for (size_t i = name.len; i > 0; i--)
            reached[i] = reached[i - 1] && name.at[i - 1] == c;
        reached[0] = false;
    }
    return reached[name.len];
}
