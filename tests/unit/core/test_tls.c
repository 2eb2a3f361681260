#include "core/tls.h"

#include <string.h>

#include "../identity.h"
#include "../unit.h"

/* Two ends, joined by hand. */
struct pair {
    struct identity identity;
    struct tls_context *client_context, *server_context;
    struct tls *client, *server;
    struct buf wire, error;
};

static void pair_open(struct pair *pair, struct tls_settings client, const char *name)
{
    buf_init(&pair->wire, 1 << 20);
    buf_init(&pair->error, 1000);
    pair->identity = identity_new("DNS:mail.test,DNS:*.lab.test,IP:127.0.0.1,IP:::1");
    struct tls_settings server = { .role = TLS_SERVER, .alpn = "imap",
                                   .certificate = span_of(pair->identity.certificate),
                                   .key = span_of(pair->identity.key) };
    if (client.authorities.at != NULL)
        client.authorities = span_of(pair->identity.certificate);
    pair->server_context = tls_context_new(&server, &pair->error);
    pair->client_context = tls_context_new(&client, &pair->error);
    ck_assert_msg(pair->error.len == 0, "%s", buf_text(&pair->error));
    pair->client = tls_new(pair->client_context, name);
    pair->server = tls_new(pair->server_context, NULL);
}

/* Carries what there is from one end to the other, piece bytes at a time; answers how much. */
static size_t carry(struct pair *pair, struct tls *from, struct tls *to, size_t piece)
{
    buf_clear(&pair->wire);
    size_t total = tls_take(from, &pair->wire);
    for (size_t at = 0; at < total; at += piece)
        tls_feed(to, unit_at_edge(pair->wire.data + at, total - at < piece ? total - at : piece),
                 total - at < piece ? total - at : piece);
    return total;
}

static void shake(struct pair *pair, size_t piece)
{
    tls_start(pair->client);
    while (carry(pair, pair->client, pair->server, piece) + carry(pair, pair->server, pair->client, piece) > 0)
        continue;
}

static void pair_close(struct pair *pair)
{
    tls_free(pair->client);
    tls_free(pair->server);
    tls_context_free(pair->client_context);
    tls_context_free(pair->server_context);
    identity_free(&pair->identity);
    buf_free(&pair->wire);
    buf_free(&pair->error);
}

static void expect_read(struct tls *tls, const char *text)
{
    struct buf out;
    buf_init(&out, 100);
    ck_assert_uint_eq(tls_read(tls, &out, 100), strlen(text));
    ck_assert_str_eq(buf_text(&out), text);
    buf_free(&out);
}

static const struct tls_settings trusting = { .role = TLS_CLIENT, .authorities = { "x", 1 }, .alpn = "imap" };

START_TEST(bytes_go_in_and_come_out)
{
    static const size_t pieces[] = { 100000, 97, 1 };
    struct pair pair;
    struct tls_info info;
    pair_open(&pair, trusting, "mail.test");
    shake(&pair, pieces[_i]);
    ck_assert_int_eq(tls_state(pair.client), TLS_OPEN);
    ck_assert_int_eq(tls_state(pair.server), TLS_OPEN);
    ck_assert_ptr_null(tls_verified(pair.client));
    ck_assert_int_eq(tls_write(pair.client, "a NOOP\r\n", 8), 0);
    carry(&pair, pair.client, pair.server, pieces[_i]);
    expect_read(pair.server, "a NOOP\r\n");
    expect_read(pair.server, "");
    tls_describe(pair.server, &info);
    ck_assert_str_eq(info.version, "TLSv1.3");
    ck_assert_str_eq(info.server_name, "mail.test");
    ck_assert_str_eq(info.alpn, "imap");
    ck_assert_str_eq(info.subject, "");
    tls_describe(pair.client, &info);
    ck_assert_str_eq(info.subject, "CN=mail.test");
    ck_assert_str_eq(info.names, "mail.test, *.lab.test, 127.0.0.1, 0:0:0:0:0:0:0:1");
    ck_assert_uint_eq(strlen(info.fingerprint), 95);
    pair_close(&pair);
}
END_TEST

START_TEST(close_notify_ends_one_direction)
{
    struct pair pair;
    pair_open(&pair, trusting, "mail.test");
    shake(&pair, 100000);
    tls_write(pair.client, "QUIT\r\n", 6);
    tls_close(pair.client);
    carry(&pair, pair.client, pair.server, 100000);
    expect_read(pair.server, "QUIT\r\n");
    ck_assert_int_eq(tls_state(pair.server), TLS_ENDED);
    ck_assert_int_eq(tls_write(pair.server, "221 Bye\r\n", 9), 0);
    ck_assert_int_eq(tls_write(pair.client, "x", 1), -1);
    tls_close(pair.server);
    ck_assert_int_eq(tls_write(pair.server, "x", 1), -1);
    pair_close(&pair);
}
END_TEST

static const struct { const char *name; bool trust; const char *problem; } names[] = {
    { "mail.test", true, NULL },
    { "MAIL.test", true, NULL },
    { "a.lab.test", true, NULL },
    { "127.0.0.1", true, NULL },
    { "::1", true, NULL },
    { "other.test", true, "hostname mismatch" },
    { "a.b.lab.test", true, "hostname mismatch" },
    { "127.0.0.2", true, "IP address mismatch" },
    { "mail.test", false, "self-signed certificate" },
};

START_TEST(the_certificate_is_judged_and_the_handshake_goes_on)
{
    struct pair pair;
    struct tls_settings settings = trusting;
    if (!names[_i].trust)
        settings.authorities = (struct span){ NULL, 0 };
    pair_open(&pair, settings, names[_i].name);
    ck_assert_str_eq(tls_verified(pair.client), "no handshake yet");
    shake(&pair, 100000);
    ck_assert_int_eq(tls_state(pair.client), TLS_OPEN);
    ck_assert_pstr_eq(tls_verified(pair.client), names[_i].problem);
    pair_close(&pair);
}
END_TEST

START_TEST(garbage_fails_with_a_reason_and_an_alert)
{
    struct pair pair;
    pair_open(&pair, trusting, "mail.test");
    ck_assert_int_eq(tls_feed(pair.server, "EHLO there\r\n", 12), TLS_FAILED);
    ck_assert_uint_gt(strlen(tls_error(pair.server)), 5);
    ck_assert_int_eq(tls_write(pair.server, "x", 1), -1);
    tls_start(pair.client);
    ck_assert_uint_gt(tls_pending(pair.client), 100);
    ck_assert_int_eq(tls_feed(pair.client, "220 mail.test\r\n", 15), TLS_FAILED);
    pair_close(&pair);
}
END_TEST

START_TEST(a_forged_record_fails)
{
    struct pair pair;
    pair_open(&pair, trusting, "mail.test");
    shake(&pair, 100000);
    tls_write(pair.client, "DELE 1\r\n", 8);
    buf_clear(&pair.wire);
    tls_take(pair.client, &pair.wire);
    pair.wire.data[pair.wire.len - 1] ^= 1;
    ck_assert_int_eq(tls_feed(pair.server, pair.wire.data, pair.wire.len), TLS_FAILED);
    expect_read(pair.server, "");
    pair_close(&pair);
}
END_TEST

static void keep_line(void *context, const char *line)
{
    buf_printf(context, "%s\n", line);
}

START_TEST(keys_are_logged_and_the_binding_is_shared)
{
    struct pair pair;
    struct buf keys;
    struct tls_settings settings = trusting;
    unsigned char one[32], two[32];
    buf_init(&keys, 10000);
    settings.keylog = keep_line;
    settings.keylog_context = &keys;
    pair_open(&pair, settings, "mail.test");
    ck_assert_int_eq(tls_binding(pair.client, one), -1);
    shake(&pair, 100000);
    ck_assert_ptr_nonnull(strstr(buf_text(&keys), "CLIENT_TRAFFIC_SECRET_0 "));
    ck_assert_ptr_nonnull(strstr(buf_text(&keys), "SERVER_HANDSHAKE_TRAFFIC_SECRET "));
    ck_assert_int_eq(tls_binding(pair.client, one), 0);
    ck_assert_int_eq(tls_binding(pair.server, two), 0);
    ck_assert_mem_eq(one, two, 32);
    buf_free(&keys);
    pair_close(&pair);
}
END_TEST

START_TEST(output_is_taken_as_far_as_it_fits)
{
    struct pair pair;
    struct buf small;
    pair_open(&pair, trusting, "mail.test");
    tls_start(pair.client);
    size_t pending = tls_pending(pair.client);
    buf_init(&small, 10);
    ck_assert_uint_eq(tls_take(pair.client, &small), 10);
    ck_assert_uint_eq(tls_pending(pair.client), pending - 10);
    buf_free(&small);
    pair_close(&pair);
}
END_TEST

START_TEST(bad_pem_is_refused_with_a_reason)
{
    struct identity one = identity_new("DNS:a"), two = identity_new("DNS:b");
    struct tls_settings settings[] = {
        { .role = TLS_SERVER, .certificate = span_of("nonsense"), .key = span_of(one.key) },
        { .role = TLS_SERVER, .certificate = span_of(one.certificate), .key = span_of(two.key) },
        { .role = TLS_SERVER, .certificate = span_of(one.certificate), .key = span_of("nonsense") },
        { .role = TLS_CLIENT, .authorities = span_of("nonsense") },
    };
    struct buf error;
    buf_init(&error, 1000);
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        buf_clear(&error);
        ck_assert_ptr_null(tls_context_new(&settings[i], &error));
        ck_assert_uint_gt(error.len, 20);
    }
    buf_free(&error);
    identity_free(&one);
    identity_free(&two);
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof(table)[0]))
UNIT_SUITE(tls, { bytes_go_in_and_come_out, 3 }, { close_notify_ends_one_direction, 0 },
           { the_certificate_is_judged_and_the_handshake_goes_on, ROWS(names) },
           { garbage_fails_with_a_reason_and_an_alert, 0 }, { a_forged_record_fails, 0 },
           { keys_are_logged_and_the_binding_is_shared, 0 }, { output_is_taken_as_far_as_it_fits, 0 },
           { bad_pem_is_refused_with_a_reason, 0 })
