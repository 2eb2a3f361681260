/*
 * What the filter language means is compared with Wireshark's own program in
 * tests/visualizer/filters.t; here are the mistakes with their columns, the
 * bounds, and what a hostile text or packet may cost.
 */
#include "visualizer/filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "visualizer/trace.h"

#include "../unit.h"

static const struct {
    const char *text;
    size_t column;
} wrong[] = {
    { "nosuch", 1 }, { "smtp and nosuch.field == 3", 10 }, { "tcp.port == ", 13 }, { "tcp.port == foo", 13 },
    { "tcp.port == 70000", 13 }, { "tcp.port == \"25\"", 13 }, { "tcp.port in {25, x}", 18 },
    { "tcp.port in 25", 13 }, { "tcp.port in {25 110}", 17 }, { "tcp.port in {}", 14 }, { "(smtp", 6 },
    { "smtp)", 5 }, { "25 == tcp.port", 1 }, { "1 <= frame.number < 5", 1 }, { "frame.number < 5 < 7", 18 },
    { "len(tcp)", 1 }, { "upper(tcp.port) == \"A\"", 7 }, { "len() == 1", 5 }, { "tcp.port contains 25", 1 },
    { "tcp.port not contains 25", 14 }, { "any tcp", 8 }, { "tcp.port[0] == 1", 1 }, { "tcp[] == 1", 4 },
    { "tcp[1-0]", 4 }, { "tcp[0:2", 8 }, { "eth.src == 02:00", 12 }, { "ip.src == 10.0.0.0/33", 11 },
    { "ip.src == fd00::1", 11 }, { "ip.src == ipv6.src", 11 }, { "frame.time > \"soon\"", 14 },
    { "frame.time > \"2026-13-01\"", 14 }, { "frame.time_relative > 1e2", 23 },
    { "smtp.req.command matches \"(\"", 26 }, { "smtp.req.command matches EHLO", 26 },
    { "smtp.req.command == \"\\q\"", 21 }, { "smtp.req.command == \"open", 21 }, { "tcp.flags.syn == true", 18 },
    { "tcp.analysis.flags == 1", 1 }, { "ip#0", 4 }, { "tcp.port = 25", 10 }, { "tcp && || udp", 8 },
    { "é", 1 }, { "smtp.req.command == \"é\" smtp", 25 }, { "tcp.port == 25 \001", 16 },
    { "exchange == 3 and osi.layer == \"Eighth\"", 32 }, { "osi.layer == 300", 14 },
};

START_TEST(a_mistake_has_a_column)
{
    struct buf message;
    size_t column = 0;
    buf_init(&message, 4096);
    ck_assert_ptr_null(filter_compile(wrong[_i].text, &column, &message));
    ck_assert_msg(column == wrong[_i].column, "%s: column %zu, not %zu (%s)", wrong[_i].text, column,
                  wrong[_i].column, buf_text(&message));
    ck_assert_uint_gt(message.len, 20);
    for (size_t i = 0; i < message.len; i++)
        ck_assert((unsigned char)message.data[i] >= ' ');
    buf_free(&message);
}
END_TEST

static bool compiles(const char *text)
{
    struct buf message;
    buf_init(&message, 4096);
    struct filter *filter = filter_compile(text, NULL, &message);
    ck_assert_int_eq(filter == NULL, message.len > 0);
    filter_free(filter);
    buf_free(&message);
    return filter != NULL;
}

static char *repeated(const char *part, size_t times, const char *end)
{
    char *text = mem_alloc(strlen(part) * times + strlen(end) + 1);
    for (size_t i = 0; i < times; i++)
        strcat(text, part);
    return strcat(text, end);
}

/* Deep and long texts end in a sentence, not on the stack. */
START_TEST(texts_are_bounded)
{
    static const struct { const char *part, *end; size_t few, many; } texts[] = {
        { "(", "tcp", 0, 4000 }, { "!", "tcp", 30, 4000 }, { "not ", "tcp", 30, 1000 },
        { "{", "1", 0, 4000 }, { "- ", "tcp.port == 1", 30, 2000 }, { "len(", "tcp", 0, 1000 },
        { "tcp.port == 1 or ", "tcp", 200, 300 }, { "1 + ", "tcp.port == 1", 500, 1100 },
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char *few = repeated(texts[i].part, texts[i].few, texts[i].end);
        char *many = repeated(texts[i].part, texts[i].many, texts[i].end);
        if (texts[i].few > 0)
            ck_assert_msg(compiles(few), "%s", texts[i].part);
        ck_assert_msg(!compiles(many), "%s", texts[i].part);
        free(few);
        free(many);
    }
    ck_assert(compiles(""));
    ck_assert(compiles("  \t"));
}
END_TEST

/* --- a packet: Ethernet, IPv4, UDP to port 9, and data ------------------------------------------------ */

struct verdict {
    const struct filter *filter;
    bool fits;
};

static void judge(void *context, const struct packet *packet)
{
    struct verdict *verdict = context;
    verdict->fits = filter_matches(verdict->filter, packet, NULL, 0);
}

static int capture_of(const uint8_t *data, size_t size)
{
    uint8_t head[24] = { 0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0 }, record[16] = { 0 };
    uint8_t frame[42] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45 };
    const uint32_t length = (uint32_t)(sizeof frame + size);
    const int file = memfd_create("capture", MFD_CLOEXEC);
    memset(head + 16, 0xff, 2);
    head[20] = 1;
    memcpy(record + 8, &length, 4);
    memcpy(record + 12, &length, 4);
    frame[16] = (uint8_t)((28 + size) >> 8);
    frame[17] = (uint8_t)(28 + size);
    frame[22] = 64;
    frame[23] = 17;
    memcpy(frame + 26, "\x0a\0\0\x01\x0a\0\0\x02", 8);
    frame[37] = 9;
    frame[38] = (uint8_t)((8 + size) >> 8);
    frame[39] = (uint8_t)(8 + size);
    ck_assert(write(file, head, sizeof head) == sizeof head && write(file, record, sizeof record) == sizeof record &&
              write(file, frame, sizeof frame) == sizeof frame && write(file, data, size) == (ssize_t)size);
    return file;
}

static bool fits(const char *text, const void *data, size_t size)
{
    struct buf error;
    buf_init(&error, 4096);
    struct filter *filter = filter_compile(text, NULL, &error);
    ck_assert_msg(filter != NULL, "%s: %s", text, buf_text(&error));
    struct trace *trace = trace_of_capture(capture_open_descriptor(capture_of(data, size), "unit", &error), NULL,
                                           &error);
    struct wants *wants = wants_new();
    struct verdict verdict = { filter, false };
    filter_wants(filter, wants);
    trace_listen(trace, judge, &verdict, wants);
    trace_pass(trace, 0);
    wants_free(wants);
    trace_free(trace);
    filter_free(filter);
    buf_free(&error);
    return verdict.fits;
}

START_TEST(what_fits)
{
    static const char *const yes[] = {
        "udp.dstport == 9", "udp.port != 25", "ip.src == 10.0.0.0/8", "data contains \"llo\"", "data[0] == 'h'",
        "frame.len == 47", "len(udp) == 8", "upper(string(ip.src)) == \"10.0.0.1\"", "osi.layer == 4",
        "osi.stack == \"Network\"", "tcpip.layer == \"transport\"", "not exchange", "data.data == \"hello\"",
        "frame matches \"HEL+O$\"", "udp.srcport == 0 and udp.srcport", "ip.ttl in {1..64}",
        "string(frame.len) matches \"^4\"", "eth.src[-1:] == 01", "ip.addr#1 == 10.0.0.2",
    }, *const no[] = {
        "tcp", "tcp.port != 25", "not udp", "udp.port != 9", "all udp.port == 9", "data contains \"Hello\"",
        "data[5] == 00", "data[3:3]", "osi.layer == 7", "exchange == \"envelope\"", "ip.addr#2",
        "udp.srcport & 1", "udp.srcport + 0", "frame matches \"^hello\"", "ip.ttl in {65..1}", "len(udp) > 8",
    };
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        ck_assert_msg(fits(yes[i], "hello", 5), "%s", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        ck_assert_msg(!fits(no[i], "hello", 5), "%s", no[i]);
}
END_TEST

/* Regular expressions that would run for years, and what they must not keep from matching. */
START_TEST(expressions_end_in_time)
{
    enum { SIZE = 60000 };
    static const char *const slow[] = {
        "frame matches \"(a+)+$\"", "frame matches \"(a|aa)+b\"", "frame matches \"(a*)*(a*)*(a*)*b\"",
        "frame matches \".*.*.*.*.*=\" or frame matches \"(.*)(.*)(.*)(.*)\\\\4\\\\3x\"",
        "data matches \"(?R)?a{1,500}(?R)?b\"",
    };
    char *data = mem_alloc(SIZE);
    memset(data, 'a', SIZE);
    for (size_t i = 0; i < sizeof slow / sizeof slow[0]; i++) {
        const clock_t start = clock();
        (void)fits(slow[i], data, SIZE);
        ck_assert_msg((double)(clock() - start) / CLOCKS_PER_SEC < 5, "%s", slow[i]);
    }
    memcpy(data + SIZE - 6, "needle", 6);
    ck_assert(fits("frame matches \"ne+dle\"", data, SIZE));
    ck_assert(fits("frame matches \"a.*needle$\"", data + SIZE - 5000, 5000));
    free(data);
}
END_TEST

/* Many values on both sides are given up, not waited for. */
START_TEST(comparisons_end_in_time)
{
    char *text = repeated("data contains 00:01 or ", 170, "tcp");
    uint8_t *data = mem_alloc(60000);
    const clock_t start = clock();
    ck_assert(!fits(text, data, 60000));
    ck_assert(!fits("data[0:50000,0:50000,0:50000,0:50000,0:50000,0:50000,0:50000,0:50000] contains 01", data, 60000));
    ck_assert((double)(clock() - start) / CLOCKS_PER_SEC < 5);
    free(text);
    free(data);
}
END_TEST

START_TEST(names_are_completed)
{
    static const struct { const char *text; size_t cursor, count; const char *more; } rows[] = {
        { "tcp.flags.sy", 12, 1, "n" }, { "not tcp.flags.sy == 1", 16, 1, "n" }, { "exchange.num", 12, 1, "ber" },
        { "xyz", 3, 0, "" }, { "smtp.req.c", 10, 1, "ommand" }, { "udp.s", 5, 0, NULL },
        { ".tcp.flags.sy", 13, 1, "n" },
    };
    struct buf more, choices;
    buf_init(&more, 1000);
    buf_init(&choices, 1000);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const size_t count = filter_complete(rows[i].text, rows[i].cursor, 78, &more, &choices);
        if (rows[i].more != NULL) {
            ck_assert_uint_eq(count, rows[i].count);
            ck_assert_str_eq(buf_text(&more), rows[i].more);
        }
    }
    const size_t all = filter_complete("", 0, 40, &more, &choices);
    ck_assert_uint_gt(all, 500);
    ck_assert_uint_le(choices.len, 44);
    buf_free(&more);
    buf_free(&choices);
}
END_TEST

UNIT_SUITE(filter, { a_mistake_has_a_column, (int)(sizeof wrong / sizeof wrong[0]) }, { texts_are_bounded, 0 },
           { what_fits, 0 }, { expressions_end_in_time, 0 }, { comparisons_end_in_time, 0 },
           { names_are_completed, 0 })
