/*
 * Frames that the wire changes: what is changed, and whether a checksum tells.
 * The frames are looked at as students will look at them, by display filters.
 */
#include "visualizer/wire_change.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "visualizer/filter.h"
#include "visualizer/wire_dissect.h"
#include "visualizer/wire_fault.h"

#include "../unit.h"

struct frame {
    uint8_t bytes[256];
    size_t length;
};

/* From 10.0.0.1 to 10.0.0.2, or from fd00::1 to fd00::2, with right checksums. */
static struct frame make(bool six, uint8_t protocol, uint16_t to_port, const char *payload)
{
    struct frame frame = { .bytes = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1 } };
    const size_t size = strlen(payload), head = protocol == 6 ? 20 : 8, ip_head = six ? 40 : 20;
    uint8_t *ip = frame.bytes + 14, *transport = ip + ip_head;
    frame.bytes[12] = six ? 0x86 : 0x08;
    frame.bytes[13] = six ? 0xdd : 0;
    if (six) {
        ip[0] = 0x60;
        ip[5] = (uint8_t)(head + size);
        ip[6] = protocol;
        ip[7] = 64;
        ip[8] = ip[24] = 0xfd;
        ip[23] = 1;
        ip[39] = 2;
    } else {
        ip[0] = 0x45;
        ip[3] = (uint8_t)(20 + head + size);
        ip[8] = 64;
        ip[9] = protocol;
        ip[12] = ip[16] = 10;
        ip[15] = 1;
        ip[19] = 2;
    }
    transport[0] = 0xc0;
    transport[2] = (uint8_t)(to_port >> 8);
    transport[3] = (uint8_t)to_port;
    if (protocol == 6) {
        transport[12] = 0x50;
        transport[13] = 0x18;
        transport[15] = 200;
    } else {
        transport[5] = (uint8_t)(8 + size);
        transport[7] = 1;   /* it has a checksum */
    }
    memcpy(transport + head, payload, size);
    frame.length = 14 + ip_head + head + size;
    wire_change_repair(frame.bytes, frame.length);
    return frame;
}

static bool fits(struct wire_dissect *dissect, const void *data, size_t length, const char *text)
{
    struct buf error;
    buf_init(&error, 4096);
    struct filter *filter = filter_compile(text, NULL, &error);
    ck_assert_msg(filter != NULL, "%s: %s", text, buf_text(&error));
    const bool result = filter_matches(filter, wire_dissect_alone(dissect, data, length, 1), NULL, 0);
    filter_free(filter);
    buf_free(&error);
    return result;
}

#define ALL_RIGHT "(ip.checksum.status == 1 or ipv6) and (tcp.checksum.status == 1 or udp.checksum.status == 1)"

static const struct {
    const char *fault;
    bool six;
    uint8_t protocol;
    uint16_t port;
    const char *payload;
    const char *then;       /* what the frame fits afterwards; NULL: it cannot be changed */
} rows[] = {
    { "corrupt ip.ttl of every packet", false, 6, 25, "QUIT\r\n", "ip.ttl == 65 and ip.checksum.status == 0" },
    { "corrupt ip.ttl of every packet and repair checksums", false, 6, 25, "QUIT\r\n", "ip.ttl == 65 and " ALL_RIGHT },
    { "corrupt smtp.req.command of every packet", false, 6, 25, "QUIT\r\n",
      "tcp.payload == \"QUIU\\r\\n\" and ip.checksum.status == 1 and tcp.checksum.status == 0" },
    { "corrupt tcp.seq_raw of every packet", false, 6, 25, "", "tcp.seq_raw == 1 and tcp.checksum.status == 0" },
    { "set ip.ttl to 1 in every packet", false, 17, 9, "hello", "ip.ttl == 1 and " ALL_RIGHT },
    { "set ip.ttl to 1 in every packet and leave checksums", false, 17, 9, "x",
      "ip.ttl == 1 and ip.checksum.status == 0" },
    { "set ipv6.hlim to 0x03 in every packet", true, 6, 25, "x", "ipv6.hlim == 3 and " ALL_RIGHT },
    { "set ip.dst to 10.9.8.7 in every packet", false, 6, 25, "x", "ip.dst == 10.9.8.7 and " ALL_RIGHT },
    { "set ipv6.src to fd00::99 in every packet", true, 17, 9, "x", "ipv6.src == fd00::99 and " ALL_RIGHT },
    { "set eth.dst to ff:ff:ff:ff:ff:ff in every packet", true, 17, 9, "x", "eth.dst == ff:ff:ff:ff:ff:ff" },
    { "set tcp.window_size_value to 0 in every packet", false, 6, 25, "x",
      "tcp.window_size_value == 0 and " ALL_RIGHT },
    { "set tcp.flags.reset to 1 in every packet", false, 6, 25, "x", "tcp.flags == 0x1c and " ALL_RIGHT },
    { "set tcp.flags.push to False in every packet", true, 6, 25, "x", "tcp.flags == 0x10 and " ALL_RIGHT },
    { "set ip.flags.df to 1 in every packet", false, 6, 25, "x", "ip.flags.df == 1 and " ALL_RIGHT },
    { "corrupt tcp.flags.syn of every packet", false, 6, 25, "x", "tcp.flags.syn == 1 and tcp.checksum.status == 0" },
    { "set tcp.checksum to 7 in every packet", false, 6, 25, "x", "tcp.checksum == 7" },
    { "set smtp.req.command to \"NOOP\" in every packet", false, 6, 25, "QUIT\r\n",
      "smtp.req.command == \"NOOP\" and " ALL_RIGHT },
    { "set smtp.req.command to \"STOP!\" in every packet", false, 6, 25, "QUIT\r\n", NULL },
    { "corrupt ip.hdr_len of every packet", false, 6, 25, "x", NULL },
    { "corrupt tcp.port of every packet", false, 17, 9, "x", NULL },
    { "corrupt tcp.len of every packet", false, 6, 25, "x", NULL },
    { "rewrite \"UI\" to \"--\" in every packet", false, 6, 25, "QUIT UI\r\n",
      "tcp.payload == \"Q--T --\\r\\n\" and " ALL_RIGHT },
    { "rewrite \"UI\" to \"--\" in every packet and leave checksums", true, 6, 25, "QUIT\r\n",
      "tcp.payload == \"Q--T\\r\\n\" and tcp.checksum.status == 0" },
    { "rewrite \"ll\" to \"y, worl\" in every UDP packet", false, 17, 9, "hello",
      "data.data == \"hey, worlo\" and udp.length == 18 and ip.len == 38 and " ALL_RIGHT },
    { "rewrite \"llo\" to \"\" in every UDP packet", true, 17, 9, "hello hello",
      "data.data == \"he he\" and udp.length == 13 and ipv6.plen == 13 and " ALL_RIGHT },
    { "rewrite \"hello\" to \"\" in every UDP packet", false, 6, 9, "hello", NULL },
    { "rewrite \"none\" to \"gone\" in every packet", false, 6, 9, "hello", NULL },
};

START_TEST(a_frame_is_changed)
{
    struct frame frame = make(rows[_i].six, rows[_i].protocol, rows[_i].port, rows[_i].payload);
    struct wire_dissect *dissect = wire_dissect_new();
    struct wire_fault fault;
    struct buf error, out;
    uint32_t byte;
    uint8_t bit;
    buf_init(&error, 4096);
    buf_init(&out, 4096);
    ck_assert(fits(dissect, frame.bytes, frame.length, ALL_RIGHT));
    ck_assert_msg(wire_fault_parse(&fault, rows[_i].fault, &error) == 0, "%s: %s", rows[_i].fault, buf_text(&error));
    const char *data = unit_at_edge(frame.bytes, frame.length);
    const struct packet *packet = wire_dissect_alone(dissect, (const uint8_t *)data, frame.length, 1);
    ck_assert_msg(wire_change_can(&fault, packet, (const uint8_t *)data, frame.length) == (rows[_i].then != NULL), "%s",
                  rows[_i].fault);
    wire_change(&fault, packet, (const uint8_t *)data, frame.length, &out, &byte, &bit);
    if (rows[_i].then == NULL)
        ck_assert(out.len == frame.length && memcmp(out.data, data, out.len) == 0);
    else
        ck_assert_msg(fits(dissect, out.data, out.len, rows[_i].then), "%s", rows[_i].fault);
    wire_fault_free(&fault);
    wire_dissect_free(dissect);
    buf_free(&out);
    buf_free(&error);
}
END_TEST

/* Whatever the bytes and wherever they are cut: nothing beyond them is read or written. */
START_TEST(broken_frames_are_repaired_without_harm)
{
    const bool six[] = { false, true, false };
    const uint8_t protocols_of[] = { 6, 17, 1 };
    unsigned random = 1;
    for (size_t i = 0; i < 3; i++) {
        struct frame frame = make(six[i], protocols_of[i], 25, "some bytes to sum up");
        for (size_t length = 0; length <= frame.length; length++) {
            uint8_t *copy = mem_alloc(length + 1);
            memcpy(copy, frame.bytes, length);
            for (size_t k = 14; k < length && length % 3 == 0; k += 7)
                copy[k] = (uint8_t)((random = random * 1103515245 + 12345) >> 16);
            wire_change_repair(copy, length);
            free(copy);
        }
    }
}
END_TEST

static const struct {
    const char *fault;
    int column;
} wrong[] = {
    { "drop the 2nd packet where tcp.port2", 27 }, { "drop the 2nd packet where", 26 },
    { "drop every packet and where tcp &&", 35 }, { "hold where 25 == tcp.port", 12 },
    { "corrupt ip.nothing of every packet", 9 }, { "corrupt frame.len of every packet", 9 },
    { "corrupt tcp.analysis.flags of every packet", 9 }, { "set", 4 }, { "set ip.ttl in every packet", 12 },
    { "set ip.ttl to 256 in every packet", 15 }, { "set ip.src to 10.0.0.0/8 in the first SYN", 1 },
    { "set ip.src to fd00::1 in the first SYN", 15 }, { "rewrite STARTTLS to \"X\" in every segment", 9 },
    { "rewrite \"a\" in every segment", 13 }, { "rewrite \"\" to \"a\" in every segment", 9 },
    { "rewrite \"a\" to \"bc\" in every segment", 16 }, { "rewrite \"a\" to \"bc in every segment", 16 },
    { "drop every SYN and repair checksums", 20 }, { "corrupt ip.ttl of every SYN and repair it", 40 },
};

START_TEST(mistakes_have_columns)
{
    struct wire_fault fault;
    struct buf error;
    char column[32];
    buf_init(&error, 4096);
    snprintf(column, sizeof column, "column %d", wrong[_i].column);
    ck_assert_msg(wire_fault_parse(&fault, wrong[_i].fault, &error) != 0, "%s", wrong[_i].fault);
    if (wrong[_i].column > 1)
        ck_assert_msg(strstr(buf_text(&error), column) != NULL, "%s: %s", wrong[_i].fault, buf_text(&error));
    wire_fault_free(&fault);
    buf_free(&error);
}
END_TEST

UNIT_SUITE(wire_change, { a_frame_is_changed, (int)(sizeof rows / sizeof rows[0]) },
           { broken_frames_are_repaired_without_harm, 0 },
           { mistakes_have_columns, (int)(sizeof wrong / sizeof wrong[0]) })
