/*
 * tls_handshake.c - the messages of the handshake, one function each, in a
 * table (RFC 8446 §4, RFC 5246 §7.4).
 *
 * Versions differ in the same message: certificates have extensions and
 * tickets a nonce only since TLS 1.3. The version is known from the server's
 * hello on, and everything that differs comes after it.
 */
#include "visualizer/tls_handshake.h"

#include <string.h>

#include "visualizer/tls_fields.h"
#include "visualizer/tls_ja3.h"

struct message {
    struct packet *packet;
    struct slice body;
    enum direction direction;
    struct tls_facts *facts;
};

/* The random of a HelloRetryRequest: SHA-256 of "HelloRetryRequest" (RFC 8446 §4.1.3). */
static const uint8_t retry_random[32] = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

static void random_fields(const struct message *message, bool with_time)
{
    struct packet *packet = message->packet;
    field_bytes(packet, TLS_FIELD_RANDOM, message->body, 2, 32);
    if (!with_time)
        return;
    field_time(packet, TLS_FIELD_RANDOM_TIME, message->body, 2, 4, (int64_t)get_u32(message->body, 2) * 1000000000);
    field_bytes(packet, TLS_FIELD_RANDOM_BYTES, message->body, 6, 28);
}

/* Session ID with its length; answers where it ends. */
static size_t session_id_fields(const struct message *message)
{
    const uint8_t size = get_u8(message->body, 34);
    field_number(message->packet, TLS_FIELD_SESSION_ID_LENGTH, message->body, 34, 1, size);
    if (size > 0)
        field_bytes(message->packet, TLS_FIELD_SESSION_ID, message->body, 35, size);
    return 35u + size;
}

static void note_session_id(struct tls_facts *facts, struct slice id)
{
    facts->session_id_size = id.len > TLS_SESSION_ID_MAX ? 0 : id.len;
    memcpy(facts->session_id, id.at, facts->session_id_size);
}

static size_t suite_fields(const struct message *message, size_t at)
{
    const struct slice body = message->body;
    const size_t size = get_u16(body, at), end = at + 2 + size;
    struct tls_facts *facts = message->facts;
    field_number(message->packet, TLS_FIELD_SUITES_LENGTH, body, at, 2, size);
    field_number(message->packet, TLS_FIELD_SUITES, body, at + 2, size, 0);
    facts->offered_count = 0;
    for (at += 2; at + 2 <= end && at + 2 <= body.len; at += 2) {
        const uint16_t id = get_u16(body, at);
        field_number(message->packet, TLS_FIELD_SUITE, body, at, 2, id);
        if (id >> 8 == 0x13 && tls_suite(id) && facts->offered_count < TLS_OFFERS)
            facts->offered[facts->offered_count++] = tls_suite(id);
    }
    return end;
}

static size_t compression_fields(const struct message *message, size_t at)
{
    const size_t size = get_u8(message->body, at), end = at + 1 + size;
    field_number(message->packet, TLS_FIELD_COMPRESSIONS_LENGTH, message->body, at, 1, size);
    field_number(message->packet, TLS_FIELD_COMPRESSIONS, message->body, at + 1, size, 0);
    for (at += 1; at < end && at < message->body.len; at++)
        field_number(message->packet, TLS_FIELD_COMPRESSION, message->body, at, 1, get_u8(message->body, at));
    return end;
}

static void client_hello(const struct message *message)
{
    const struct slice body = message->body;
    struct tls_facts *facts = message->facts;
    if (!packet_need(message->packet, body, 38))
        return;
    const uint16_t known = facts->version;
    facts->client_hello_seen = true;
    facts->version = 0;
    facts->early_data = false;
    facts->certificate_seen = false;
    memcpy(facts->client_random, body.at + 2, 32);
    note_session_id(facts, slice_part(body, 35, get_u8(body, 34)));
    field_number(message->packet, TLS_FIELD_HS_VERSION, body, 0, 2, get_u16(body, 0));
    random_fields(message, known != TLS_1_3);
    size_t at = session_id_fields(message);
    at = suite_fields(message, at);
    at = compression_fields(message, at);
    tls_extensions_decode(message->packet, slice_from(body, at), TLS_CLIENT_HELLO, facts);
    tls_ja3_add(message->packet, body, false);
}

/* TLS 1.3 hides its version in an extension; find it first, since fields before depend on it. */
static uint16_t version_of_server_hello(struct slice body, size_t at)
{
    const struct slice all = slice_part(body, at + 2, get_u16(body, at));
    for (size_t i = 0; i + 6 <= all.len; i += 4u + get_u16(all, i + 2))
        if (get_u16(all, i) == 43)
            return get_u16(all, i + 4);
    return get_u16(body, 0);
}

static void server_hello(const struct message *message)
{
    const struct slice body = message->body;
    struct tls_facts *facts = message->facts;
    if (!packet_need(message->packet, body, 38))
        return;
    const size_t after_id = 35u + get_u8(body, 34);
    const struct slice id = slice_part(body, 35, get_u8(body, 34));
    facts->version = version_of_server_hello(body, after_id + 3);
    facts->retry = memcmp(body.at + 2, retry_random, sizeof retry_random) == 0;
    facts->server_hello_seen = !facts->retry;
    facts->suite = tls_suite(get_u16(body, after_id));
    facts->encrypt_then_mac = facts->psk_accepted = false;
    facts->application[0] = '\0';
    memcpy(facts->server_random, body.at + 2, 32);
    facts->session_id_echoed = id.len > 0 && id.len == facts->session_id_size &&
                               memcmp(id.at, facts->session_id, id.len) == 0;
    note_session_id(facts, id);

    field_number(message->packet, TLS_FIELD_HS_VERSION, body, 0, 2, get_u16(body, 0));
    random_fields(message, facts->version < TLS_1_3);
    session_id_fields(message);
    field_number(message->packet, TLS_FIELD_SUITE, body, after_id, 2, get_u16(body, after_id));
    field_number(message->packet, TLS_FIELD_COMPRESSION, body, after_id + 2, 1, get_u8(body, after_id + 2));
    tls_extensions_decode(message->packet, slice_from(body, after_id + 3), TLS_SERVER_HELLO, facts);
    tls_ja3_add(message->packet, body, true);
}

static void encrypted_extensions(const struct message *message)
{
    tls_extensions_decode(message->packet, message->body, TLS_ENCRYPTED_EXTENSIONS, message->facts);
}

static void new_session_ticket(const struct message *message)
{
    struct packet *packet = message->packet;
    const struct slice body = message->body;
    field_number(packet, TLS_FIELD_TICKET_LIFETIME, body, 0, 4, get_u32(body, 0));
    size_t at = 4;
    if (message->facts->version == TLS_1_3) {
        const uint8_t nonce = get_u8(body, 8);
        field_number(packet, TLS_FIELD_TICKET_AGE_ADD, body, 4, 4, get_u32(body, 4));
        field_number(packet, TLS_FIELD_TICKET_NONCE_LENGTH, body, 8, 1, nonce);
        if (nonce > 0)
            field_bytes(packet, TLS_FIELD_TICKET_NONCE, body, 9, nonce);
        at = 9u + nonce;
    }
    const uint16_t size = get_u16(body, at);
    field_number(packet, TLS_FIELD_TICKET_LENGTH, body, at, 2, size);
    if (size > 0)
        field_bytes(packet, TLS_FIELD_TICKET, body, at + 2, size);
    if (message->facts->version == TLS_1_3)
        tls_extensions_decode(packet, slice_from(body, at + 2 + size), TLS_NEW_SESSION_TICKET, message->facts);
}

static void context_fields(const struct message *message, size_t *at)
{
    const uint8_t size = get_u8(message->body, 0);
    field_number(message->packet, TLS_FIELD_CONTEXT_LENGTH, message->body, 0, 1, size);
    if (size > 0)
        field_bytes(message->packet, TLS_FIELD_CONTEXT, message->body, 1, size);
    *at = 1u + size;
}

static void certificate(const struct message *message)
{
    struct packet *packet = message->packet;
    struct tls_facts *facts = message->facts;
    const struct slice body = message->body;
    size_t at = 0;
    if (facts->version == TLS_1_3)
        context_fields(message, &at);
    const size_t size = get_u24(body, at), end = at + 3 + size;
    field_number(packet, TLS_FIELD_CERTIFICATES_LENGTH, body, at, 3, size);
    if (size > 0)
        field_number(packet, TLS_FIELD_CERTIFICATES, body, at + 3, size, 0);
    bool first = true;
    for (at += 3; at + 3 <= end && at + 3 <= body.len; first = false) {
        const size_t length = get_u24(body, at);
        const struct slice bytes = slice_part(body, at + 3, length);
        char name[TLS_NAME_MAX + 1];
        field_number(packet, TLS_FIELD_CERTIFICATE_LENGTH, body, at, 3, length);
        field_bytes(packet, TLS_FIELD_CERTIFICATE, body, at + 3, length);
        tls_certificate_decode(packet, bytes, name);
        if (first && message->direction == FROM_SERVER)
            memcpy(facts->certificate, name, sizeof name);
        at += 3 + length;
        if (facts->version == TLS_1_3) {
            tls_extensions_decode(packet, slice_from(body, at), TLS_CERTIFICATE, facts);
            at += 2u + get_u16(body, at);
        }
    }
    facts->certificate_seen |= message->direction == FROM_SERVER;
}

static void signature_fields(const struct message *message, size_t at, unsigned length_row, unsigned row)
{
    struct packet *packet = message->packet;
    const struct slice body = message->body;
    if (message->facts->version >= TLS_1_2) {
        field_number(packet, TLS_FIELD_SIGNATURE_ALGORITHM, body, at, 2, get_u16(body, at));
        field_number(packet, TLS_FIELD_SIGNATURE_HASH, body, at, 1, get_u8(body, at));
        field_number(packet, TLS_FIELD_SIGNATURE_SIG, body, at + 1, 1, get_u8(body, at + 1));
        at += 2;
    }
    field_number(packet, length_row, body, at, 2, get_u16(body, at));
    field_bytes(packet, row, body, at + 2, get_u16(body, at));
}

/* How the keys are exchanged is in the suite's name: DHE with numbers, ECDHE with a curve, RSA with neither. */
static bool suite_says(const struct message *message, const char *word)
{
    const struct tls_suite *suite = message->facts->suite;
    return suite && strncmp(suite->name + 4, word, strlen(word)) == 0;
}

static void server_key_exchange(const struct message *message)
{
    struct packet *packet = message->packet;
    const struct slice body = message->body;
    size_t at = 0;
    if (suite_says(message, "ECDH")) {
        field_number(packet, TLS_FIELD_CURVE_TYPE, body, 0, 1, get_u8(body, 0));
        field_number(packet, TLS_FIELD_CURVE, body, 1, 2, get_u16(body, 1));
        field_number(packet, TLS_FIELD_SERVER_POINT_LENGTH, body, 3, 1, get_u8(body, 3));
        field_bytes(packet, TLS_FIELD_SERVER_POINT, body, 4, get_u8(body, 3));
        at = 4u + get_u8(body, 3);
    } else if (suite_says(message, "DH")) {
        static const unsigned rows[][2] = { { TLS_FIELD_DH_P_LENGTH, TLS_FIELD_DH_P },
                                            { TLS_FIELD_DH_G_LENGTH, TLS_FIELD_DH_G },
                                            { TLS_FIELD_DH_YS_LENGTH, TLS_FIELD_DH_YS } };
        for (int i = 0; i < 3; i++) {
            field_number(packet, rows[i][0], body, at, 2, get_u16(body, at));
            field_bytes(packet, rows[i][1], body, at + 2, get_u16(body, at));
            at += 2u + get_u16(body, at);
        }
    }
    if (at > 0 && !suite_says(message, "DH_anon") && !suite_says(message, "ECDH_anon"))
        signature_fields(message, at, TLS_FIELD_SIGNATURE_LENGTH, TLS_FIELD_SIGNATURE);
}

static void client_key_exchange(const struct message *message)
{
    struct packet *packet = message->packet;
    const struct slice body = message->body;
    if (suite_says(message, "ECDH")) {
        field_number(packet, TLS_FIELD_CLIENT_POINT_LENGTH, body, 0, 1, get_u8(body, 0));
        field_bytes(packet, TLS_FIELD_CLIENT_POINT, body, 1, get_u8(body, 0));
    } else if (suite_says(message, "DH")) {
        field_number(packet, TLS_FIELD_DH_YC_LENGTH, body, 0, 2, get_u16(body, 0));
        field_bytes(packet, TLS_FIELD_DH_YC, body, 2, get_u16(body, 0));
    } else if (suite_says(message, "RSA")) {
        field_number(packet, TLS_FIELD_PREMASTER_LENGTH, body, 0, 2, get_u16(body, 0));
        field_bytes(packet, TLS_FIELD_PREMASTER, body, 2, get_u16(body, 0));
    }
}

static void certificate_request(const struct message *message)
{
    struct packet *packet = message->packet;
    const struct slice body = message->body;
    size_t at = 0;
    if (message->facts->version == TLS_1_3) {
        context_fields(message, &at);
        tls_extensions_decode(packet, slice_from(body, at), TLS_CERTIFICATE_REQUEST, message->facts);
        return;
    }
    const uint8_t count = get_u8(body, 0);
    field_number(packet, TLS_FIELD_CERT_TYPES_COUNT, body, 0, 1, count);
    field_number(packet, TLS_FIELD_CERT_TYPES, body, 1, count, 0);
    for (at = 1; at <= count && at < body.len; at++)
        field_number(packet, TLS_FIELD_CERT_TYPE, body, at, 1, get_u8(body, at));
    if (message->facts->version == TLS_1_2) {
        const uint16_t size = get_u16(body, at);
        field_number(packet, TLS_FIELD_SIGNATURES_LENGTH, body, at, 2, size);
        field_number(packet, TLS_FIELD_SIGNATURES, body, at + 2, size, 0);
        for (size_t i = at + 2; i + 2 <= at + 2 + size && i + 2 <= body.len; i += 2)
            field_number(packet, TLS_FIELD_SIGNATURE_ALGORITHM, body, i, 2, get_u16(body, i));
        at += 2u + size;
    }
    field_number(packet, TLS_FIELD_DNAMES_LENGTH, body, at, 2, get_u16(body, at));
}

static void certificate_verify(const struct message *message)
{
    signature_fields(message, 0, TLS_FIELD_VERIFY_SIGNATURE_LENGTH, TLS_FIELD_VERIFY_SIGNATURE);
}

static void finished(const struct message *message)
{
    field_number(message->packet, TLS_FIELD_VERIFY_DATA, message->body, 0, message->body.len, 0);
}

static void key_update(const struct message *message)
{
    field_number(message->packet, TLS_FIELD_KEY_UPDATE, message->body, 0, 1, get_u8(message->body, 0));
}

static const struct {
    enum tls_message type;
    void (*decode)(const struct message *message);
} decoders[] = {
    { TLS_CLIENT_HELLO, client_hello },
    { TLS_SERVER_HELLO, server_hello },
    { TLS_NEW_SESSION_TICKET, new_session_ticket },
    { TLS_ENCRYPTED_EXTENSIONS, encrypted_extensions },
    { TLS_CERTIFICATE, certificate },
    { TLS_SERVER_KEY_EXCHANGE, server_key_exchange },
    { TLS_CERTIFICATE_REQUEST, certificate_request },
    { TLS_CERTIFICATE_VERIFY, certificate_verify },
    { TLS_CLIENT_KEY_EXCHANGE, client_key_exchange },
    { TLS_FINISHED, finished },
    { TLS_KEY_UPDATE, key_update },
};

void tls_handshake_decode(struct packet *packet, struct slice whole, enum direction direction, struct tls_facts *facts)
{
    const uint8_t type = get_u8(whole, 0);
    field_number(packet, TLS_FIELD_HANDSHAKE, whole, 0, whole.len, 0);
    field_number(packet, TLS_FIELD_HS_TYPE, whole, 0, 1, type);
    field_number(packet, TLS_FIELD_HS_LENGTH, whole, 1, 3, get_u24(whole, 1));
    const struct message message = { packet, slice_from(whole, 4), direction, facts };
    for (size_t i = 0; i < sizeof decoders / sizeof decoders[0]; i++)
        if (decoders[i].type == type)
            decoders[i].decode(&message);
}
