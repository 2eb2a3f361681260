/*
 * TCP's promise kept: whatever the order, the bytes come out once and in
 * order. `received` collects what the reassembly hands on; gaps are dots.
 */
#include "visualizer/stream.h"

#include <stdlib.h>
#include <string.h>

#include "../unit.h"

struct receiver {
    struct reassembly reassembly;
    struct packet *packet;
    struct buf received;
    uint64_t position;   /* where the next bytes must be */
    uint64_t gaps;
    unsigned ends;
    uint32_t from[64];   /* which packet brought each range */
    size_t ranges;
};

static void take(void *context, struct packet *packet, struct slice bytes, uint64_t position, uint32_t from_packet)
{
    struct receiver *receiver = context;
    (void)packet;
    ck_assert_uint_eq(position, receiver->position);
    receiver->position += bytes.len;
    buf_add(&receiver->received, bytes.at, bytes.len);
    if (receiver->ranges < 64)
        receiver->from[receiver->ranges++] = from_packet;
}

static void miss(void *context, struct packet *packet, uint64_t length)
{
    struct receiver *receiver = context;
    (void)packet;
    receiver->position += length;
    receiver->gaps += length;
    buf_add_text(&receiver->received, ".");
}

static void finish(void *context, struct packet *packet)
{
    struct receiver *receiver = context;
    (void)packet;
    receiver->ends++;
}

static void start(struct receiver *receiver, uint32_t sequence)
{
    *receiver = (struct receiver){ .packet = packet_new() };
    buf_init(&receiver->received, 1 << 22);
    reassembly_start(&receiver->reassembly, sequence);
}

static void stop(struct receiver *receiver)
{
    reassembly_free(&receiver->reassembly);
    packet_free(receiver->packet);
    buf_free(&receiver->received);
}

static struct reassembly_sink sink_of(struct receiver *receiver)
{
    return (struct reassembly_sink){ receiver, take, miss, finish };
}

static unsigned segment(struct receiver *receiver, uint32_t sequence, const char *text, bool fin)
{
    struct reassembly_sink sink = sink_of(receiver);
    uint32_t length = (uint32_t)strlen(text);
    receiver->packet->number++;
    struct slice bytes = { (const uint8_t *)unit_at_edge(text, length), length, length, 0, 0 };
    return reassembly_segment(&receiver->reassembly, receiver->packet, sequence, bytes, fin, &sink);
}

static void expect(struct receiver *receiver, const char *text)
{
    ck_assert_str_eq(buf_text(&receiver->received), text);
}

START_TEST(early_segments_wait_and_keep_the_packet_that_brought_them)
{
    struct receiver receiver;
    start(&receiver, 100);
    ck_assert_uint_eq(segment(&receiver, 106, "cc", false), 0);
    ck_assert_uint_eq(segment(&receiver, 103, "bbb", false), 0);
    expect(&receiver, "");
    ck_assert_uint_eq(segment(&receiver, 100, "aaa", false), 0);
    expect(&receiver, "aaabbbcc");
    ck_assert_uint_eq(receiver.ranges, 3);
    ck_assert_uint_eq(receiver.from[0], 3);
    ck_assert_uint_eq(receiver.from[1], 2);
    ck_assert_uint_eq(receiver.from[2], 1);
    stop(&receiver);
}
END_TEST

START_TEST(what_came_twice_is_handed_on_once)
{
    struct receiver receiver;
    start(&receiver, 100);
    segment(&receiver, 100, "abcd", false);
    ck_assert_uint_eq(segment(&receiver, 100, "abcd", false), REASSEMBLY_OLD);
    ck_assert_uint_eq(segment(&receiver, 102, "cdef", false), REASSEMBLY_OLD);
    expect(&receiver, "abcdef");
    stop(&receiver);
}
END_TEST

START_TEST(where_waiting_bytes_are_contradicted_the_first_win_and_it_is_noted)
{
    struct receiver receiver;
    start(&receiver, 100);
    segment(&receiver, 104, "efgh", false);
    ck_assert_uint_eq(segment(&receiver, 104, "efgh", false), REASSEMBLY_OVERLAP);
    ck_assert_uint_eq(segment(&receiver, 106, "XXij", false), REASSEMBLY_OVERLAP | REASSEMBLY_CONFLICT);
    ck_assert_uint_eq(segment(&receiver, 100, "abcdYY", false), REASSEMBLY_OVERLAP | REASSEMBLY_CONFLICT);
    expect(&receiver, "abcdefghij");
    stop(&receiver);
}
END_TEST

START_TEST(an_acknowledged_hole_is_the_captures_loss)
{
    struct receiver receiver;
    start(&receiver, 100);
    segment(&receiver, 100, "ab", false);
    segment(&receiver, 105, "fg", false);
    expect(&receiver, "ab");
    struct reassembly_sink sink = sink_of(&receiver);
    reassembly_acknowledged(&receiver.reassembly, receiver.packet, 103, &sink);
    expect(&receiver, "ab");
    reassembly_acknowledged(&receiver.reassembly, receiver.packet, 107, &sink);
    expect(&receiver, "ab.fg");
    ck_assert_uint_eq(receiver.gaps, 3);
    stop(&receiver);
}
END_TEST

START_TEST(the_end_comes_after_the_last_byte_and_once)
{
    struct receiver receiver;
    start(&receiver, 100);
    segment(&receiver, 103, "de", true);
    ck_assert_uint_eq(receiver.ends, 0);
    segment(&receiver, 100, "abc", false);
    segment(&receiver, 103, "de", true);
    expect(&receiver, "abcde");
    ck_assert_uint_eq(receiver.ends, 1);
    stop(&receiver);
}
END_TEST

START_TEST(sequence_numbers_wrap_around)
{
    struct receiver receiver;
    start(&receiver, UINT32_MAX - 1);
    segment(&receiver, 1, "d", false);
    segment(&receiver, UINT32_MAX - 1, "abc", false);
    expect(&receiver, "abcd");
    stop(&receiver);
}
END_TEST

START_TEST(what_waits_is_bounded)
{
    struct receiver receiver;
    start(&receiver, 0);
    for (uint32_t i = 1; i < 4 * STREAM_SEGMENTS; i++) {
        segment(&receiver, 2 * i, "x", false);
        ck_assert_uint_le(receiver.reassembly.waiting_count, STREAM_SEGMENTS);
    }
    ck_assert_uint_gt(receiver.gaps, 0);
    stop(&receiver);
}
END_TEST

/* A message cut anywhere, sent in any order, some of it twice: out comes the message. */
START_TEST(any_order_gives_the_same_bytes)
{
    static const char message[] = "Subject: test\r\n\r\nrachida bonjour, and a few bytes more, to be cut often\r\n";
    const uint32_t size = sizeof message - 1;
    struct receiver receiver;
    srand((unsigned)_i);
    start(&receiver, (uint32_t)rand() * 2u);
    uint32_t first = receiver.reassembly.next;
    for (int rounds = 0; receiver.received.len < size; rounds++) {
        ck_assert_int_lt(rounds, 10000);
        uint32_t from = (uint32_t)rand() % size, length = 1 + (uint32_t)rand() % 12;
        char text[16] = "";
        memcpy(text, message + from, length < size - from ? length : size - from);
        ck_assert_uint_eq(segment(&receiver, first + from, text, false) & REASSEMBLY_CONFLICT, 0);
    }
    expect(&receiver, message);
    stop(&receiver);
}
END_TEST

UNIT_SUITE(stream, { early_segments_wait_and_keep_the_packet_that_brought_them, 0 },
           { what_came_twice_is_handed_on_once, 0 },
           { where_waiting_bytes_are_contradicted_the_first_win_and_it_is_noted, 0 },
           { an_acknowledged_hole_is_the_captures_loss, 0 }, { the_end_comes_after_the_last_byte_and_once, 0 },
           { sequence_numbers_wrap_around, 0 }, { what_waits_is_bounded, 0 },
           { any_order_gives_the_same_bytes, 40 })
