/*
 * tls_ja3.c - the numbers of a hello, joined by "-" within and by "," between
 * the lists. GREASE values (RFC 8701: 0x0a0a, 0x1a1a ...) are left out, since
 * they are random.
 */
#include "visualizer/tls_ja3.h"

#include <openssl/evp.h>

#include "visualizer/tls_fields.h"

enum { SUPPORTED_GROUPS = 10, POINT_FORMATS = 11 };

static bool is_grease(unsigned value)
{
    return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

static void add_number(struct buf *out, unsigned value, bool *first)
{
    if (is_grease(value))
        return;
    buf_printf(out, *first ? "%u" : "-%u", value);
    *first = false;
}

static void add_list(struct buf *out, struct slice list, size_t size)
{
    bool first = true;
    for (size_t at = 0; at + size <= list.len; at += size)
        add_number(out, size == 1 ? get_u8(list, at) : get_u16(list, at), &first);
}

struct extension_walk {
    struct slice groups, points;
};

static void add_extensions(struct buf *out, struct slice all, struct extension_walk *walk)
{
    bool first = true;
    for (size_t at = 0; at + 4 <= all.len; at += 4u + get_u16(all, at + 2)) {
        const uint16_t type = get_u16(all, at);
        const struct slice data = slice_part(all, at + 4, get_u16(all, at + 2));
        add_number(out, type, &first);
        if (type == SUPPORTED_GROUPS)
            walk->groups = slice_part(data, 2, get_u16(data, 0));
        else if (type == POINT_FORMATS)
            walk->points = slice_part(data, 1, get_u8(data, 0));
    }
}

static void add_md5(struct packet *packet, unsigned row, struct slice hello, const struct buf *text)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    char hex[2 * EVP_MAX_MD_SIZE + 1] = "";
    if (EVP_Digest(text->data, text->len, digest, &size, EVP_md5(), NULL) != 1)
        return;
    for (unsigned i = 0; i < size; i++) {
        hex[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    field_text(packet, row, hello, 0, 0, (struct span){ hex, 2 * (size_t)size });
}

void tls_ja3_add(struct packet *packet, struct slice hello, bool server)
{
    const unsigned full = server ? TLS_FIELD_JA3S_FULL : TLS_FIELD_JA3_FULL;
    const unsigned hash = server ? TLS_FIELD_JA3S : TLS_FIELD_JA3;
    if (!field_wanted(packet, full) && !field_wanted(packet, hash))
        return;
    struct buf text;
    struct extension_walk walk = { 0 };
    buf_init(&text, 1 << 16);
    size_t at = 35u + get_u8(hello, 34); /* after version, random and session ID */
    buf_printf(&text, "%u,", get_u16(hello, 0));
    if (server) {
        buf_printf(&text, "%u,", get_u16(hello, at));
        at += 3;
    } else {
        add_list(&text, slice_part(hello, at + 2, get_u16(hello, at)), 2);
        buf_add(&text, ",", 1);
        at += 2u + get_u16(hello, at);
        at += 1u + get_u8(hello, at);
    }
    add_extensions(&text, slice_part(hello, at + 2, get_u16(hello, at)), &walk);
    if (!server) {
        buf_add(&text, ",", 1);
        add_list(&text, walk.groups, 2);
        buf_add(&text, ",", 1);
        add_list(&text, walk.points, 1);
    }
    field_text(packet, full, hello, 0, 0, buf_span(&text));
    add_md5(packet, hash, hello, &text);
    buf_free(&text);
}
