/*
 * tls_state.h - which keys protect the records of a direction just now. For tls.c.
 *
 * Up to TLS 1.2 the keys change with ChangeCipherSpec. In TLS 1.3 they change
 * with the messages of the handshake: early data, handshake, application data;
 * here the next epoch is simply tried when a record does not open with the
 * present one, so that a key log without some of the secrets, rejected early
 * data and lost packets all come right by themselves: a record that opens is
 * authentic.
 */
#ifndef PLI_VISUALIZER_TLS_STATE_H
#define PLI_VISUALIZER_TLS_STATE_H

#include "visualizer/tls_crypto.h"
#include "visualizer/tls_handshake.h"
#include "visualizer/tls_keys.h"

enum tls_epoch { TLS_EPOCH_NONE, TLS_EPOCH_EARLY, TLS_EPOCH_HANDSHAKE, TLS_EPOCH_TRAFFIC };

struct tls_side {
    struct tls_protection *protection;  /* owned; NULL while there is none or no key */
    enum tls_epoch epoch;               /* TLS 1.3: of the protection */
    bool enciphered;                    /* records are protected, whether or not we have the key */
    unsigned failures;                  /* records in a row that did not open */
    uint64_t lost;                      /* bytes of gaps since the last record that opened */
};

void tls_side_free(struct tls_side *side);

/* ChangeCipherSpec was seen (up to TLS 1.2). */
void tls_side_change(struct tls_side *side, const struct tls_keys *keys, const struct tls_facts *facts,
                     bool from_client);

/* Opens a record. 0 with the plaintext in out and its true type, or -1. */
int tls_side_open(struct tls_side *side, const struct tls_keys *keys, const struct tls_facts *facts, bool from_client,
                  const uint8_t header[5], struct span payload, struct buf *out, uint8_t *type);

/* A message of the handshake went by in this direction: it may be the last of its epoch. */
void tls_side_message(struct tls_side *side, uint8_t message);

#endif
