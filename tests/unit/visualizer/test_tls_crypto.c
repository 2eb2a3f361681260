/* Key schedules against published vectors: RFC 8448 §3 for TLS 1.3, the IETF's PRF vector for TLS 1.2. */
#include "visualizer/tls_crypto.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"
#include "visualizer/tls_keys.h"

static size_t from_hex(const char *text, uint8_t *out)
{
    size_t size = 0;
    unsigned byte;
    for (; sscanf(text, " %2x", &byte) == 1; text += strspn(text, " ") + 2)
        out[size++] = (uint8_t)byte;
    return size;
}

#define SPAN_OF_HEX(name, text)                                 \
    uint8_t name##_bytes[256];                                  \
    const size_t name##_size = from_hex(text, name##_bytes);    \
    const struct span name = { (const char *)name##_bytes, name##_size }

static const struct {
    const char *secret, *label, *expected;
} expansions[] = {
    /* RFC 8448 §3: the server's and the client's handshake traffic secrets, and the keys made from them */
    { "b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38", "key", "3fce516009c21727d0f2e4e86ee403bc" },
    { "b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38", "iv", "5d313eb2671276ee13000b30" },
    { "b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21", "key", "dbfaa693d1762c5b666af5d950258d01" },
    { "b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21", "iv", "5bd3c71b836e0b76bb73265f" },
};

START_TEST(keys_of_tls_1_3)
{
    uint8_t out[64];
    SPAN_OF_HEX(secret, expansions[_i].secret);
    SPAN_OF_HEX(expected, expansions[_i].expected);
    ck_assert_int_eq(
        tls_expand_label("SHA256", secret, expansions[_i].label, (struct span){ "", 0 }, out, expected.len), 0);
    ck_assert_mem_eq(out, expected.at, expected.len);
}
END_TEST

START_TEST(prf_of_tls_1_2)
{
    uint8_t out[100];
    SPAN_OF_HEX(secret, "9bbe436ba940f017b17652849a71db35");
    SPAN_OF_HEX(seed, "a0ba9f936cda311827a6f796ffd5198c");
    SPAN_OF_HEX(expected, "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a"
                          "6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab"
                          "4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701"
                          "87347b66");
    ck_assert_int_eq(tls_prf("SHA256", secret, "test label", seed, out, sizeof out), 0);
    ck_assert_uint_eq(expected.len, sizeof out);
    ck_assert_mem_eq(out, expected.at, sizeof out);
}
END_TEST

/* RFC 8448 §3: the record with the server's EncryptedExtensions to Finished is too long to print; the client's
 * Finished record is 58 bytes. */
START_TEST(a_record_of_tls_1_3)
{
    SPAN_OF_HEX(secret, "b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21");
    SPAN_OF_HEX(record, "1703030035"
                        "75ec4dc238cce60b298044a71e219c56cc77b0517fe9b93c7a4bfc44d87f38f8"
                        "0338ac98fc46deb384bd1caeacab6867d726c40546");
    SPAN_OF_HEX(expected, "14000020a8ec436d677634ae525ac1fcebe11a039ec17694fac6e98527b642f2edd5ce61");
    struct tls_protection *protection = tls_protection_from_traffic(tls_suite(0x1301), secret);
    ck_assert_ptr_nonnull(protection);
    struct buf out;
    buf_init(&out, 1 << 16);
    uint8_t type = 0;
    const struct span payload = { record.at + 5, record.len - 5 };
    ck_assert_int_eq(tls_protection_open(protection, (const uint8_t *)record.at, payload, &out, &type), 0);
    ck_assert_uint_eq(type, 22);
    ck_assert_uint_eq(out.len, expected.len);
    ck_assert_mem_eq(out.data, expected.at, expected.len);

    /* Again: the record number has moved, so it is no longer authentic. */
    ck_assert_int_eq(tls_protection_open(protection, (const uint8_t *)record.at, payload, &out, &type), -1);
    tls_protection_free(protection);
    buf_free(&out);
}
END_TEST

START_TEST(secrets_that_do_not_fit_are_refused)
{
    SPAN_OF_HEX(secret, "00112233");
    ck_assert_ptr_null(tls_protection_from_traffic(tls_suite(0x1301), secret));
    ck_assert_ptr_null(tls_protection_from_traffic(tls_suite(0xc013), secret)); /* no suite of TLS 1.3 */
    ck_assert_ptr_null(tls_protection_from_traffic(NULL, secret));
    const struct tls_master master = { .version = TLS_1_2, .secret = secret };
    ck_assert_ptr_null(tls_protection_from_master(tls_suite(0xc013), &master, true)); /* no randoms */
}
END_TEST

/* Every record that is too short for its suite is refused, and nothing is read past it. */
START_TEST(short_records_are_refused)
{
    static const uint16_t ids[] = { 0xc02f, 0xc013, 0xcca8, 0xc09c, 0xc0a0, 0x003b, 0x002f };
    char random[32] = "0123456789abcdef0123456789abcde", secret[48] = "a master secret";
    const struct tls_master master = { .version = TLS_1_2, .secret = { secret, 48 }, .client_random = { random, 32 },
                                       .server_random = { random, 32 }, .encrypt_then_mac = _i & 1 };
    struct buf out;
    buf_init(&out, 1 << 16);
    for (size_t s = 0; s < sizeof ids / sizeof ids[0]; s++) {
        struct tls_protection *protection = tls_protection_from_master(tls_suite(ids[s]), &master, true);
        ck_assert_ptr_nonnull(protection);
        for (size_t size = 0; size < 100; size++) {
            const uint8_t header[5] = { 23, 3, 3, 0, (uint8_t)size }, zeros[100] = { 0 };
            uint8_t type;
            const struct span payload = { unit_at_edge(zeros, size), size };
            ck_assert_int_eq(tls_protection_open(protection, header, payload, &out, &type), -1);
        }
        tls_protection_free(protection);
    }
    buf_free(&out);
}
END_TEST

START_TEST(suites_are_in_order)
{
    const struct tls_suite *last = NULL;
    for (unsigned id = 0; id <= 0xffff; id++) {
        const struct tls_suite *suite = tls_suite((uint16_t)id);
        ck_assert(!suite || suite->id == id);
        last = suite ? suite : last;
    }
    ck_assert_ptr_nonnull(last);
    ck_assert_uint_eq(last->id, 0xccaa);
}
END_TEST

#define RANDOM "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

START_TEST(key_log_lines)
{
    struct tls_keys *keys = tls_keys_new();
    SPAN_OF_HEX(random, RANDOM);
    ck_assert_uint_eq(tls_keys_add(keys, span_of("# a comment\n"
                                                 "CLIENT_RANDOM " RANDOM " aabb\r\n"
                                                 "SERVER_TRAFFIC_SECRET_0 " RANDOM " ccdd\n"
                                                 "EXPORTER_SECRET " RANDOM " ccdd\n"
                                                 "CLIENT_RANDOM 0001 aabb\n"
                                                 "CLIENT_RANDOM " RANDOM " aab\n"
                                                 "CLIENT_RANDOM " RANDOM "\n"
                                                 "CLIENT_HANDSHAKE_TRAFFIC_SECRET " RANDOM " xx\n"
                                                 "RSA Session-ID:0011 Master-Key:2233\n"
                                                 "RSA Session-ID: Master-Key:2233\n"
                                                 "CLIENT_TRAFFIC_SECRET_0 " RANDOM " eeff")), 4);
    ck_assert_uint_eq(tls_keys_count(keys), 4);
    ck_assert(span_is(tls_keys_find(keys, TLS_SECRET_MASTER, random), "\xaa\xbb"));
    ck_assert(span_is(tls_keys_find(keys, TLS_SECRET_SERVER_TRAFFIC, random), "\xcc\xdd"));
    ck_assert(span_is(tls_keys_find(keys, TLS_SECRET_CLIENT_TRAFFIC, random), "\xee\xff"));
    ck_assert(span_is(tls_keys_find(keys, TLS_SECRET_MASTER_OF_SESSION, (struct span){ "\x00\x11", 2 }), "\x22\x33"));
    ck_assert_uint_eq(tls_keys_find(keys, TLS_SECRET_CLIENT_HANDSHAKE, random).len, 0);
    tls_keys_free(keys);
}
END_TEST

UNIT_SUITE(tls_crypto, { keys_of_tls_1_3, sizeof expansions / sizeof expansions[0] }, { prf_of_tls_1_2, 0 },
           { a_record_of_tls_1_3, 0 }, { secrets_that_do_not_fit_are_refused, 0 }, { short_records_are_refused, 2 },
           { suites_are_in_order, 0 }, { key_log_lines, 0 })
