#include "visualizer/tls_state.h"

/* After so many failures in a row no further key is tried: the log belongs to other connections. */
enum { FAILURES_MAX = 100, SKIP_MAX = 2000, RECORD_MIN = 22 };

static void use(struct tls_side *side, struct tls_protection *protection, enum tls_epoch epoch)
{
    tls_protection_free(side->protection);
    side->protection = protection;
    side->epoch = epoch;
    side->failures = 0;
}

void tls_side_free(struct tls_side *side)
{
    use(side, NULL, TLS_EPOCH_NONE);
}

static struct span random_span(const uint8_t random[TLS_RANDOM_SIZE])
{
    return (struct span){ (const char *)random, TLS_RANDOM_SIZE };
}

void tls_side_change(struct tls_side *side, const struct tls_keys *keys, const struct tls_facts *facts,
                     bool from_client)
{
    side->enciphered = true;
    struct tls_master master = {
        .version = facts->version,
        .secret = tls_keys_find(keys, TLS_SECRET_MASTER, random_span(facts->client_random)),
        .client_random = random_span(facts->client_random),
        .server_random = random_span(facts->server_random),
        .encrypt_then_mac = facts->encrypt_then_mac,
    };
    if (master.secret.len == 0)
        master.secret = tls_keys_find(keys, TLS_SECRET_MASTER_OF_SESSION,
                                      (struct span){ (const char *)facts->session_id, facts->session_id_size });
    use(side, master.secret.len ? tls_protection_from_master(facts->suite, &master, from_client) : NULL,
        TLS_EPOCH_NONE);
}

static int open_with(struct tls_side *side, const uint8_t header[5], struct span payload, struct buf *out,
                     uint8_t *type)
{
    if (!side->protection)
        return -1;
    if (tls_protection_open(side->protection, header, payload, out, type) == 0)
        return 0;
    /* After a gap the record's number is unknown, but not by much. */
    const uint64_t missing = side->lost / RECORD_MIN;
    const int64_t most = missing < SKIP_MAX ? (int64_t)missing : SKIP_MAX;
    for (int64_t i = 1; i <= most; i++) {
        tls_protection_skip(side->protection, 1);
        if (tls_protection_open(side->protection, header, payload, out, type) == 0)
            return 0;
    }
    tls_protection_skip(side->protection, -most);
    return -1;
}

static const struct {
    enum tls_epoch epoch;
    enum tls_secret client, server;
} epochs[] = {
    { TLS_EPOCH_EARLY, TLS_SECRET_CLIENT_EARLY, TLS_SECRET_COUNT },
    { TLS_EPOCH_HANDSHAKE, TLS_SECRET_CLIENT_HANDSHAKE, TLS_SECRET_SERVER_HANDSHAKE },
    { TLS_EPOCH_TRAFFIC, TLS_SECRET_CLIENT_TRAFFIC, TLS_SECRET_SERVER_TRAFFIC },
};

static bool try_secret(struct tls_side *side, const struct tls_suite *suite, enum tls_epoch epoch, struct span secret,
                       const uint8_t header[5], struct span payload, struct buf *out, uint8_t *type)
{
    struct tls_protection *fresh = tls_protection_from_traffic(suite, secret);
    struct tls_side trial = { .protection = fresh, .lost = side->lost };
    if (!fresh || open_with(&trial, header, payload, out, type) != 0) {
        tls_protection_free(fresh);
        return false;
    }
    use(side, fresh, epoch);
    return true;
}

/* Early data is under a suite that the server has not confirmed yet: one of those offered. */
static bool try_epoch(struct tls_side *side, const struct tls_keys *keys, const struct tls_facts *facts,
                      bool from_client, size_t which, const uint8_t header[5], struct span payload, struct buf *out,
                      uint8_t *type)
{
    const enum tls_secret kind = from_client ? epochs[which].client : epochs[which].server;
    if (kind == TLS_SECRET_COUNT)
        return false;
    const struct span secret = tls_keys_find(keys, kind, random_span(facts->client_random));
    if (secret.len == 0)
        return false;
    if (facts->suite)
        return try_secret(side, facts->suite, epochs[which].epoch, secret, header, payload, out, type);
    for (size_t i = 0; i < facts->offered_count; i++)
        if (try_secret(side, facts->offered[i], epochs[which].epoch, secret, header, payload, out, type))
            return true;
    return false;
}

int tls_side_open(struct tls_side *side, const struct tls_keys *keys, const struct tls_facts *facts, bool from_client,
                  const uint8_t header[5], struct span payload, struct buf *out, uint8_t *type)
{
    int opened = open_with(side, header, payload, out, type);
    const bool tls_1_3 = facts->version == TLS_1_3 || (facts->version == 0 && facts->early_data);
    if (opened != 0 && tls_1_3 && keys && side->failures < FAILURES_MAX)
        for (size_t i = 0; opened != 0 && i < sizeof epochs / sizeof epochs[0]; i++)
            if (epochs[i].epoch > side->epoch &&
                try_epoch(side, keys, facts, from_client, i, header, payload, out, type))
                opened = 0;
    if (opened == 0) {
        side->lost = 0;
        side->failures = 0;
    } else {
        side->failures++;
    }
    return opened;
}

void tls_side_message(struct tls_side *side, uint8_t message)
{
    const bool last = (side->epoch == TLS_EPOCH_EARLY && message == TLS_END_OF_EARLY_DATA) ||
                      (side->epoch == TLS_EPOCH_HANDSHAKE && message == TLS_FINISHED);
    if (last) { /* the epoch stays as the mark from where to look on */
        tls_protection_free(side->protection);
        side->protection = NULL;
    } else if (message == TLS_KEY_UPDATE && side->epoch == TLS_EPOCH_TRAFFIC && side->protection) {
        tls_protection_update(side->protection);
    }
}
