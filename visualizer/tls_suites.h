/*
 * tls_suites.h - the names of TLS: cipher suites and what each is made of,
 * versions, alerts, handshake messages, extensions, groups, signatures.
 *
 * A suite's row tells everything deciphering needs; suites whose cipher is
 * TLS_CIPHER_UNKNOWN are known by name only. Numbers are IANA's (RFC 8446
 * §11, RFC 8447).
 */
#ifndef PLI_VISUALIZER_TLS_SUITES_H
#define PLI_VISUALIZER_TLS_SUITES_H

#include <stddef.h>
#include <stdint.h>

#include "visualizer/fields.h"

enum tls_version {
    TLS_SSL3 = 0x0300,
    TLS_1_0 = 0x0301,
    TLS_1_1 = 0x0302,
    TLS_1_2 = 0x0303,
    TLS_1_3 = 0x0304,
};

enum tls_mode {
    TLS_MODE_UNKNOWN,
    TLS_MODE_NULL,      /* integrity only */
    TLS_MODE_STREAM,    /* RC4 */
    TLS_MODE_CBC,       /* block cipher and HMAC (RFC 5246 §6.2.3.2) */
    TLS_MODE_AEAD_GCM,  /* explicit nonce in TLS 1.2 (RFC 5288) */
    TLS_MODE_AEAD_CCM,  /* tag of 16 bytes (RFC 6655) */
    TLS_MODE_AEAD_CCM8, /* tag of 8 bytes */
    TLS_MODE_AEAD_CHACHA, /* no explicit nonce (RFC 7905) */
};

struct tls_suite {
    uint16_t id;
    const char *name;   /* "TLS_AES_128_GCM_SHA256" */
    enum tls_mode mode;
    const char *cipher; /* OpenSSL's name, NULL for none */
    const char *mac;    /* digest of the record MAC in CBC, STREAM and NULL modes, else NULL */
    const char *prf;    /* digest of the key derivation in TLS 1.2 and 1.3 */
};

const struct tls_suite *tls_suite(uint16_t id);     /* NULL when unknown */

/* The tables, for the fields that show these numbers. */
extern const struct field_label tls_versions[], tls_contents[], tls_handshakes[], tls_alerts[], tls_extensions[],
    tls_groups[], tls_signatures[];

/* Names, or NULL when the number is not known. */
const char *tls_version_name(uint16_t version);     /* "TLS 1.2" */
const char *tls_content_name(uint8_t type);         /* "Handshake" */
const char *tls_handshake_name(uint8_t type);       /* "Client Hello" */
const char *tls_alert_name(uint8_t description);    /* "handshake_failure" */

#endif
