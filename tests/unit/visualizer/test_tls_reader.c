/* The TLS decoder over bytes that mean no good: cut, bent, one at a time. */
#include "visualizer/tls.h"

#include <string.h>

#include "tests/unit/unit.h"
#include "visualizer/tls_handshake.h"

/* A record with a ClientHello: TLS 1.2, one suite, SNI "a.b", supported_versions 1.3. */
static const uint8_t hello[] = {
    22, 3, 1, 0, 68, 1, 0, 0, 64, 3, 3, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
    22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 0, 0, 2, 0x13, 1, 1, 0, 0, 21, 0, 0, 0, 8, 0, 6, 0, 0, 3, 'a', '.', 'b',
    0, 43, 0, 5, 4, 3, 4, 3, 3,
};

struct bench {
    struct packet *packet;
    struct wants *wants;
    struct stream stream;
    struct tls_reader *reader;
    uint64_t position[2];
};

static void bench_open(struct bench *bench)
{
    *bench = (struct bench){ .packet = packet_new(), .wants = wants_new() };
    wants_everything(bench->wants);
    bench->packet->wants = bench->wants;
    bench->packet->number = 1;
    bench->reader = tls_reader_new(&bench->stream, NULL, NULL);
}

static void bench_close(struct bench *bench)
{
    tls_reader_free(bench->reader);
    packet_free(bench->packet);
    wants_free(bench->wants);
}

static void feed(struct bench *bench, enum direction direction, const uint8_t *bytes, size_t size)
{
    const char *edge = unit_at_edge(bytes, size);
    const struct slice slice = packet_buffer(bench->packet, BUFFER_FRAME, edge, size, false);
    const struct stream_data data = { direction, slice, bench->position[direction], bench->packet->number };
    bench->position[direction] += size;
    tls_reader_data(bench->reader, bench->packet, &data);
}

static const struct tls_detail *last_detail(const struct bench *bench)
{
    const struct layer *layer = packet_layer(bench->packet, PROTOCOL_TLS);
    return layer ? layer->detail : NULL;
}

START_TEST(a_hello_is_read)
{
    struct bench bench;
    bench_open(&bench);
    feed(&bench, FROM_CLIENT, hello, sizeof hello);
    const struct tls_detail *detail = last_detail(&bench);
    ck_assert_ptr_nonnull(detail);
    ck_assert_uint_eq(detail->message_count, 1);
    ck_assert_uint_eq(detail->messages[0], TLS_CLIENT_HELLO);
    ck_assert_str_eq(detail->server_name, "a.b");
    ck_assert_uint_eq(bench.packet->malformed, 0);
    bench_close(&bench);
}
END_TEST

START_TEST(a_hello_in_single_bytes_is_the_same)
{
    struct bench bench;
    bench_open(&bench);
    for (size_t i = 0; i < sizeof hello; i++) {
        ck_assert_ptr_null(last_detail(&bench)); /* not before it is whole */
        feed(&bench, FROM_CLIENT, &hello[i], 1);
    }
    ck_assert_ptr_nonnull(last_detail(&bench));
    ck_assert_str_eq(last_detail(&bench)->server_name, "a.b");
    bench_close(&bench);
}
END_TEST

/* Every byte replaced by others, in both directions: nothing is read outside, nothing hangs. */
START_TEST(bent_hellos_do_no_harm)
{
    uint8_t bent[sizeof hello];
    static const uint8_t masks[] = { 0x01, 0x80, 0xff, 0x7f };
    memcpy(bent, hello, sizeof bent);
    for (size_t m = 0; m < sizeof masks; m++) {
        struct bench bench;
        bench_open(&bench);
        bent[_i] = hello[_i] ^ masks[m];
        feed(&bench, m % 2 ? FROM_SERVER : FROM_CLIENT, bent, sizeof bent);
        tls_reader_gap(bench.reader, bench.packet, FROM_CLIENT, 100);
        feed(&bench, FROM_CLIENT, hello, sizeof hello);
        bench_close(&bench);
    }
}
END_TEST

START_TEST(what_is_no_tls_is_said_to_be_none)
{
    static const uint8_t text[] = "EHLO alice.example.org\r\n";
    struct bench bench;
    bench_open(&bench);
    feed(&bench, FROM_CLIENT, text, sizeof text - 1);
    ck_assert_uint_eq(bench.packet->malformed, 1);
    feed(&bench, FROM_CLIENT, text, sizeof text - 1);
    ck_assert_uint_eq(bench.packet->malformed, 1); /* once is enough */
    ck_assert(!tls_looks(FROM_CLIENT, (struct span){ (const char *)text, sizeof text - 1 }));
    ck_assert(tls_looks(FROM_CLIENT, (struct span){ (const char *)hello, sizeof hello }));
    bench_close(&bench);
}
END_TEST

START_TEST(protected_records_without_keys_stay_closed)
{
    static const uint8_t record[] = { 23, 3, 3, 0, 4, 1, 2, 3, 4 };
    struct bench bench;
    bench_open(&bench);
    feed(&bench, FROM_SERVER, record, sizeof record);
    ck_assert_ptr_nonnull(last_detail(&bench));
    ck_assert(last_detail(&bench)->enciphered && !last_detail(&bench)->opened);
    ck_assert(!tls_reader_opened(bench.reader));
    bench_close(&bench);
}
END_TEST

UNIT_SUITE(tls_reader, { a_hello_is_read, 0 }, { a_hello_in_single_bytes_is_the_same, 0 },
           { bent_hellos_do_no_harm, sizeof hello }, { what_is_no_tls_is_said_to_be_none, 0 },
           { protected_records_without_keys_stay_closed, 0 })
