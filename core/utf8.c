#include "utf8.h"

#include <string.h>

/* What the first byte announces, RFC 3629 §4: length, its own bits, and the bounds of the second byte. */
static size_t announced(unsigned char first, unsigned char *low, unsigned char *high)
{
    *low = 0x80;
    *high = 0xbf;
    if (first < 0xc2)
        return 0;
    if (first < 0xe0)
        return 2;
    if (first < 0xf0) {
        if (first == 0xe0)
            *low = 0xa0;  /* below: overlong */
        if (first == 0xed)
            *high = 0x9f; /* above: surrogates */
        return 3;
    }
    if (first == 0xf0)
        *low = 0x90;
    if (first == 0xf4)
        *high = 0x8f;     /* above: over U+10FFFF */
    return first < 0xf5 ? 4 : 0;
}

size_t utf8_read(const char *data, size_t size, uint32_t *code)
{
    const unsigned char *at = (const unsigned char *)data;
    if (size == 0)
        return 0;
    if (at[0] < 0x80) {
        *code = at[0];
        return 1;
    }
    unsigned char low, high;
    size_t length = announced(at[0], &low, &high);
    if (length == 0 || length > size || at[1] < low || at[1] > high)
        return 0;
    uint32_t value = at[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (at[i] & 0x3f);
    }
    *code = value;
    return length;
}

size_t utf8_write(uint32_t code, char *out)
{
    static const unsigned char marks[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return 0;
    size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    out[0] = (char)(marks[length] | code);
    return length;
}

bool utf8_valid(const char *data, size_t size)
{
    uint32_t code;
    for (size_t at = utf8_ascii(data, size); at < size; at += utf8_ascii(data + at, size - at)) {
        size_t length = utf8_read(data + at, size - at, &code);
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}

size_t utf8_ascii(const char *data, size_t size)
{
    size_t at = 0;
    for (uint64_t eight; size - at >= sizeof eight; at += sizeof eight) {
        memcpy(&eight, data + at, sizeof eight);
        if (eight & 0x8080808080808080u)
            break;
    }
    while (at < size && (unsigned char)data[at] < 0x80)
        at++;
    return at;
}
