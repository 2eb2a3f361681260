/*
 * tls_crypto.h - opens TLS records with secrets from a key log.
 *
 * The key schedules are written out here as the RFCs define them, over
 * OpenSSL's hashes and ciphers: TLS 1.3 derives each direction's key and IV
 * from a traffic secret (RFC 8446 §7.3), TLS 1.0 to 1.2 cut a key block that
 * the PRF made from the master secret (RFC 5246 §6.3).
 *
 * A tls_protection is one direction's current keys and record number. Opening
 * verifies the record's authentication (AEAD tag or HMAC): what is handed out
 * is what the sender wrote, or nothing.
 */
#ifndef PLI_VISUALIZER_TLS_CRYPTO_H
#define PLI_VISUALIZER_TLS_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "visualizer/tls_suites.h"

/* HKDF-Expand-Label (RFC 8446 §7.1): label without its "tls13 ". 0, or -1. */
int tls_expand_label(const char *digest, struct span secret, const char *label, struct span context,
                     uint8_t *out, size_t size);

/* PRF (RFC 5246 §5; for TLS 1.0 and 1.1, RFC 2246 §5, digest is "MD5-SHA1"). 0, or -1. */
int tls_prf(const char *digest, struct span secret, const char *label, struct span seed, uint8_t *out, size_t size);

struct tls_protection;

/* TLS 1.3. NULL when the suite cannot be deciphered or the secret has not the digest's size. */
struct tls_protection *tls_protection_from_traffic(const struct tls_suite *suite, struct span traffic_secret);

/* Up to TLS 1.2. NULL when the suite cannot be deciphered. */
struct tls_master {
    uint16_t version;
    struct span secret;             /* 48 bytes */
    struct span client_random, server_random;
    bool encrypt_then_mac;          /* RFC 7366 was agreed */
};
struct tls_protection *tls_protection_from_master(const struct tls_suite *suite, const struct tls_master *master,
                                                  bool from_client);

void tls_protection_free(struct tls_protection *protection);

/* The next generation after KeyUpdate (RFC 8446 §7.2). 0, or -1. */
int tls_protection_update(struct tls_protection *protection);

/* Records that the capture lost: the next one's number is further on (or back, when negative). */
void tls_protection_skip(struct tls_protection *protection, int64_t records);

/*
 * Opens one record: header are its 5 bytes, payload what follows. The plaintext replaces what out holds; in TLS 1.3
 * type becomes the inner content type and padding is removed, otherwise type is the header's. 0; -1: it is not
 * authentic under these keys (then the record number did not move, so another key may be tried).
 */
int tls_protection_open(struct tls_protection *protection, const uint8_t header[5], struct span payload,
                        struct buf *out, uint8_t *type);

#endif
