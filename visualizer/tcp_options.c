/*
 * tcp_options.c - the options in a TCP header: kind, length, value; kinds 0 and
 * 1 are one byte (RFC 9293 §3.1). Maximum segment size, window scale and
 * timestamps (RFC 7323), selective acknowledgement (RFC 2018, 2883), fast open
 * (RFC 7413), MD5 (RFC 2385), user timeout (RFC 5482).
 */
#include "visualizer/tcp.h"

enum kind {
    KIND_END = 0,
    KIND_NOP = 1,
    KIND_MSS = 2,
    KIND_SCALE = 3,
    KIND_SACK_PERMITTED = 4,
    KIND_SACK = 5,
    KIND_TIME = 8,
    KIND_MD5 = 19,
    KIND_USER_TIMEOUT = 28,
    KIND_FAST_OPEN = 34,
};

/* The option at offset: its length, 0 at the end or when it is impossible. */
static size_t option_at(struct slice options, size_t offset)
{
    if (offset >= options.len)
        return 0;
    uint8_t kind = get_u8(options, offset);
    if (kind == KIND_END || kind == KIND_NOP)
        return 1;
    size_t length = get_u8(options, offset + 1);
    return length >= 2 && length <= options.len - offset ? length : 0;
}

static void read_sack(struct slice option, struct tcp_options *result)
{
    for (size_t at = 2; at + 8 <= option.len && result->sack_count < SACK_BLOCKS; at += 8) {
        result->sack_left[result->sack_count] = get_u32(option, at);
        result->sack_right[result->sack_count++] = get_u32(option, at + 4);
    }
}

void tcp_options_read(struct slice options, struct tcp_options *result)
{
    size_t length;
    *result = (struct tcp_options){ .scale = -1 };
    for (size_t at = 0; (length = option_at(options, at)) > 0; at += length) {
        uint8_t kind = get_u8(options, at);
        if (kind == KIND_END)
            return;
        if (kind == KIND_SCALE && length == 3)
            result->scale = get_u8(options, at + 2);
        else if (kind == KIND_SACK)
            read_sack(slice_part(options, at, length), result);
    }
}

/* The first block tells of bytes that came twice if it is below the acknowledgement,
    or inside the second (RFC 2883 §4). */
static void sack_fields(struct packet *packet, struct slice option, uint32_t acknowledgement, uint32_t relative)
{
    unsigned count = 0;
    for (size_t at = 2; at + 8 <= option.len; at += 8, count++) {
        field_number(packet, TCP_OPTION_SACK_LEFT, option, at, 4, get_u32(option, at) - relative);
        field_number(packet, TCP_OPTION_SACK_RIGHT, option, at + 4, 4, get_u32(option, at + 4) - relative);
    }
    field_number(packet, TCP_OPTION_SACK_COUNT, option, 0, 0, count);
    if (count == 0)
        return;
    uint32_t left = get_u32(option, 2), right = get_u32(option, 6);
    bool inside = count > 1 && (int32_t)(left - get_u32(option, 10)) >= 0 && (int32_t)(right - get_u32(option,
        14)) <= 0;
    if ((int32_t)(right - acknowledgement) <= 0 || inside) {
        field_number(packet, TCP_OPTION_DSACK_LEFT, option, 2, 4, left - relative);
        field_number(packet, TCP_OPTION_DSACK_RIGHT, option, 6, 4, right - relative);
    }
}

static void scale_fields(struct packet *packet, struct slice option)
{
    uint8_t shift = get_u8(option, 2);
    field_bytes(packet, TCP_OPTION_SCALE, option, 0, option.len);
    field_number(packet, TCP_OPTION_SHIFT, option, 2, 1, shift);
    /* More than 14 is to be taken as 14 (RFC 7323 §2.3). */
    field_number(packet, TCP_OPTION_MULTIPLIER, option, 2, 1, (uint64_t)1 << (shift > 14 ? 14 : shift));
}

static void fast_open_fields(struct packet *packet, struct slice option, uint16_t flags)
{
    field_bytes(packet, TCP_OPTION_FAST_OPEN, option, 0, option.len);
    if (option.len == 2 && (flags & TCP_SYN))
        field_number(packet, TCP_OPTION_COOKIE_REQUEST, option, 0, 2, 1);
    else if (option.len > 2)
        field_bytes(packet, TCP_OPTION_COOKIE, option, 2, option.len - 2);
}

static void option_fields(struct packet *packet, struct slice option, uint16_t flags, uint32_t acknowledgement,
                          uint32_t relative)
{
    uint8_t kind = get_u8(option, 0);
    field_number(packet, TCP_OPTION_KIND, option, 0, 1, kind);
    if (kind == KIND_NOP) {
        field_bytes(packet, TCP_OPTION_NOP, option, 0, 1);
        return;
    }
    if (kind == KIND_END) {
        field_bytes(packet, TCP_OPTION_EOL, option, 0, 1);
        return;
    }
    field_number(packet, TCP_OPTION_LENGTH, option, 1, 1, option.len);
    if (kind == KIND_MSS && option.len == 4) {
        field_bytes(packet, TCP_OPTION_MSS, option, 0, 4);
        field_number(packet, TCP_OPTION_MSS_VALUE, option, 2, 2, get_u16(option, 2));
    } else if (kind == KIND_SCALE && option.len == 3)
        scale_fields(packet, option);
    else if (kind == KIND_SACK_PERMITTED && option.len == 2)
        field_bytes(packet, TCP_OPTION_SACK_PERMITTED, option, 0, 2);
    else if (kind == KIND_SACK) {
        field_bytes(packet, TCP_OPTION_SACK, option, 0, option.len);
        sack_fields(packet, option, acknowledgement, relative);
    } else if (kind == KIND_TIME && option.len == 10) {
        field_bytes(packet, TCP_OPTION_TIME, option, 0, 10);
        field_number(packet, TCP_OPTION_TIME_VALUE, option, 2, 4, get_u32(option, 2));
        field_number(packet, TCP_OPTION_TIME_ECHO, option, 6, 4, get_u32(option, 6));
    } else if (kind == KIND_MD5 && option.len == 18)
        field_bytes(packet, TCP_OPTION_MD5, option, 2, 16);
    else if (kind == KIND_USER_TIMEOUT && option.len == 4)
        field_number(packet, TCP_OPTION_USER_TIMEOUT, option, 2, 2, get_u16(option, 2) & 0x7fff);
    else if (kind == KIND_FAST_OPEN)
        fast_open_fields(packet, option, flags);
    else
        field_bytes(packet, TCP_OPTION_UNKNOWN, option, 2, option.len - 2);
}

void tcp_options_fields(struct packet *packet, struct slice options, uint16_t flags, uint32_t acknowledgement,
                        uint32_t relative)
{
    size_t length, at;
    field_bytes(packet, TCP_OPTIONS, options, 0, options.len);
    for (at = 0; (length = option_at(options, at)) > 0; at += length) {
        option_fields(packet, slice_part(options, at, length), flags, acknowledgement, relative);
    }
    if (at < options.len)
        packet_malformed(packet, N_("An option of the TCP header has an impossible length."));
}
