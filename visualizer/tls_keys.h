/*
 * tls_keys.h - the TLS secrets that were written down: a key log.
 *
 * Programs that follow SSLKEYLOGFILE write one line for each secret:
 *
 *     CLIENT_RANDOM <client random> <master secret>                 up to TLS 1.2
 *     CLIENT_HANDSHAKE_TRAFFIC_SECRET <client random> <secret>      TLS 1.3, and
 *     SERVER_HANDSHAKE_TRAFFIC_SECRET, CLIENT_TRAFFIC_SECRET_0, SERVER_TRAFFIC_SECRET_0 ...
 *     RSA Session-ID:<session id> Master-Key:<master secret>        what s_client prints
 *
 * The lines come from a file (--keylog), from a decryption secrets block of a
 * pcapng, or from a comment in the capture. Lines that are nothing of the kind
 * are passed over: a comment may say anything.
 */
#ifndef PLI_VISUALIZER_TLS_KEYS_H
#define PLI_VISUALIZER_TLS_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"

enum tls_secret {
    TLS_SECRET_MASTER,           /* found by client random */
    TLS_SECRET_MASTER_OF_SESSION,/* found by session id */
    TLS_SECRET_CLIENT_EARLY,
    TLS_SECRET_CLIENT_HANDSHAKE,
    TLS_SECRET_SERVER_HANDSHAKE,
    TLS_SECRET_CLIENT_TRAFFIC,
    TLS_SECRET_SERVER_TRAFFIC,
    TLS_SECRET_COUNT
};

enum { TLS_RANDOM_SIZE = 32, TLS_SECRET_MAX = 64 };

struct tls_keys;

struct tls_keys *tls_keys_new(void);
void tls_keys_free(struct tls_keys *keys);

/* Reads lines of text; answers how many gave a secret. At most 1,000,000 secrets are kept. */
size_t tls_keys_add(struct tls_keys *keys, struct span text);

/* The lines of a file; 0, or -1 and one full sentence (translated) in error. */
int tls_keys_read(struct tls_keys *keys, const char *path, struct buf *error);

size_t tls_keys_count(const struct tls_keys *keys);

/* The secret that belongs to a client random (or session id); empty when there is none. Owned by keys. */
struct span tls_keys_find(const struct tls_keys *keys, enum tls_secret kind, struct span id);

#endif
