/*
 * tls.h - TLS without sockets: ciphertext in, ciphertext out, plaintext in,
 * plaintext out (RFC 8446, RFC 5246).
 *
 * OpenSSL does the work, over two memory BIOs. The owner of the socket
 * carries bytes: what it read goes in by tls_feed, what tls_take gives is
 * written to the peer. After every feed or write take what there is to send,
 * also after an error (the alert). One struct is used by one thread at a
 * time; a context may be shared.
 *
 * Nothing here decides whether a certificate is good enough: tls_verified
 * says what OpenSSL found, as a text, and the caller decides.
 */
#ifndef PLI_CORE_TLS_H
#define PLI_CORE_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

enum tls_role { TLS_CLIENT, TLS_SERVER };

enum tls_state {
    TLS_HANDSHAKE,
    TLS_OPEN,
    TLS_ENDED,    /* the peer said close_notify: no byte will follow */
    TLS_FAILED,   /* tls_error tells */
};

struct tls_context;   /* certificates, trust, options: made once, used by many connections */
struct tls;           /* one connection */

struct tls_settings {
    enum tls_role role;
    struct span certificate;   /* PEM, with its chain; the server needs one */
    struct span key;           /* PEM */
    struct span authorities;   /* PEM: whom to trust; empty: nobody, unless the caller adds to tls_context_native */
    const char *alpn;          /* "imap" or NULL */
    void (*keylog)(void *context, const char *line);  /* one line of an SSLKEYLOGFILE, without its end; or NULL */
    void *keylog_context;
};

/* NULL on failure, with the reason added to error. */
struct tls_context *tls_context_new(const struct tls_settings *settings, struct buf *error);
void tls_context_free(struct tls_context *context);
void *tls_context_native(struct tls_context *context);   /* the SSL_CTX, for io/ to add files to */

/* name: whom the client wants to reach (SNI and the check of the certificate); NULL for a server. */
struct tls *tls_new(struct tls_context *context, const char *name);
void tls_free(struct tls *tls);

enum tls_state tls_state(const struct tls *tls);

/* A client's first flight is made by tls_start; a server's by the first feed. */
enum tls_state tls_start(struct tls *tls);

/* All bytes are taken. Answers the state after them. */
enum tls_state tls_feed(struct tls *tls, const void *data, size_t size);

/* Adds to out what must be written to the peer, as far as it fits. Answers how much that was. */
size_t tls_take(struct tls *tls, struct buf *out);
size_t tls_pending(const struct tls *tls);      /* how much tls_take would give */

/* Enciphers all of data: 0, or -1 when not open. After the peer's close_notify it may still be answered. */
int tls_write(struct tls *tls, const void *data, size_t size);

/* Adds deciphered bytes to out, most at most. Answers how many; 0: none for now (see tls_state). */
size_t tls_read(struct tls *tls, struct buf *out, size_t most);

void tls_close(struct tls *tls);                /* says close_notify; take and send it */

const char *tls_error(const struct tls *tls);   /* why it failed; "" when it did not */

/* NULL: the certificate is good for that name. Else why not: "self-signed certificate". Only after the handshake. */
const char *tls_verified(const struct tls *tls);

struct tls_info {
    const char *version;   /* "TLSv1.3" */
    const char *cipher;    /* "TLS_AES_256_GCM_SHA384" */
    int bits;
    bool resumed;
    char server_name[256]; /* SNI, "" when none */
    char alpn[64];
    char subject[256];     /* of the peer's certificate; "" when there is none */
    char issuer[256];
    char names[512];       /* its DNS names and addresses, with ", " between */
    char expires[64];
    char fingerprint[96];  /* SHA-256, "AB:CD:..." */
};

void tls_describe(const struct tls *tls, struct tls_info *info);

/* The certificates that the peer sent, its own first, a line each: subject, issuer, end. 0, or -1: out is full. */
int tls_chain(const struct tls *tls, struct buf *out);

/* RFC 9266 tls-exporter: 32 bytes that only the two ends know. 0, or -1. */
int tls_binding(const struct tls *tls, unsigned char out[32]);

#endif
