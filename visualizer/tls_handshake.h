/*
 * tls_handshake.h - what the messages of the handshake say. For tls.c.
 *
 * A decoder adds the message's fields to the current layer and notes in the
 * facts what later records depend on: versions, randoms, suite, extensions.
 */
#ifndef PLI_VISUALIZER_TLS_HANDSHAKE_H
#define PLI_VISUALIZER_TLS_HANDSHAKE_H

#include "visualizer/packet.h"
#include "visualizer/tls.h"

enum { TLS_SESSION_ID_MAX = 32, TLS_NAME_MAX = 255, TLS_OFFERS = 3 };

struct tls_facts {
    bool client_hello_seen, server_hello_seen;
    uint8_t client_random[32], server_random[32];
    uint8_t session_id[TLS_SESSION_ID_MAX];   /* the client's, then the server's */
    size_t session_id_size;
    bool session_id_echoed;     /* the server repeated a session ID of the client's (TLS 1.2 resumption) */
    bool certificate_seen;
    uint16_t version;           /* agreed; 0 before */
    const struct tls_suite *suite;
    const struct tls_suite
        *offered[TLS_OFFERS]; /* the first suites of TLS 1.3 that the client offered: for early data */
    size_t offered_count;
    bool encrypt_then_mac;
    bool early_data;            /* the client announced it */
    bool psk_accepted;          /* TLS 1.3 resumption */
    bool retry;                 /* the last server hello was a HelloRetryRequest */
    char server_name[TLS_NAME_MAX + 1];
    char application[TLS_NAME_MAX + 1]; /* agreed by ALPN */
    char certificate[TLS_NAME_MAX + 1]; /* the server's name */
};

/* message: with its header of 4 bytes, whole. */
void tls_handshake_decode(struct packet *packet, struct slice message, enum direction direction,
                          struct tls_facts *facts);

/* The extensions of a hello (or of EncryptedExtensions, a certificate ...), and JA3's view of them. */
void tls_extensions_decode(struct packet *packet, struct slice extensions, enum tls_message message,
                           struct tls_facts *facts);

/* One certificate: fields, and its name for people into name. */
void tls_certificate_decode(struct packet *packet, struct slice certificate, char name[TLS_NAME_MAX + 1]);

#endif
