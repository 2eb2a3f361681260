/*
 * scram_verifier.h - what a server keeps instead of a password (RFC 5802 §3),
 * and the arithmetic that both sides of SCRAM share.
 *
 *     SaltedPassword = PBKDF2(password, salt, iterations)
 *     ClientKey = HMAC(SaltedPassword, "Client Key"), StoredKey = SHA-256(ClientKey)
 *     ServerKey = HMAC(SaltedPassword, "Server Key")
 *
 * The verifier is {salt, iterations, StoredKey, ServerKey}: enough to check a
 * password or a proof, not enough to log in with.
 *
 * Passwords are taken as UTF-8. Of SASLprep (RFC 4013) the mapping of odd
 * spaces to a plain one is done and control characters are refused; there is
 * no normalization: what keyboards send is normalized already, and RFC 8265
 * asks for no more than that form.
 */
#ifndef PLI_CORE_SCRAM_VERIFIER_H
#define PLI_CORE_SCRAM_VERIFIER_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

enum {
    SCRAM_KEY = 32,                 /* SHA-256 */
    SCRAM_MAX_SALT = 64,
    SCRAM_MAX_PASSWORD = 1024,
    SCRAM_MIN_ITERATIONS = 4096,    /* RFC 7677 §4 */
    SCRAM_MAX_ITERATIONS = 1000000, /* a client refuses more: a server could keep it busy for hours */
};

struct scram_verifier {
    uint32_t iterations;
    size_t salt_length;
    unsigned char salt[SCRAM_MAX_SALT];
    unsigned char stored_key[SCRAM_KEY];
    unsigned char server_key[SCRAM_KEY];
};

struct scram_keys {
    unsigned char client[SCRAM_KEY];
    unsigned char stored[SCRAM_KEY];
    unsigned char server[SCRAM_KEY];
};

/* -1: the password is empty, too long, not UTF-8 or has control characters; or salt or iterations are out of bounds. */
int scram_keys_make(struct span password, struct span salt, uint32_t iterations, struct scram_keys *keys);
int scram_verifier_make(struct span password, struct span salt, uint32_t iterations, struct scram_verifier *verifier);

/* Is it this password? Comparing takes the same time for any wrong one. */
bool scram_verifier_check(struct span password, const struct scram_verifier *verifier);

/* "SCRAM-SHA-256$4096:SALT$STOREDKEY:SERVERKEY", salt and keys in base64. 0, or -1. */
int scram_verifier_write(const struct scram_verifier *verifier, struct buf *out);
int scram_verifier_parse(struct span text, struct scram_verifier *verifier);

/* HMAC(key, text): how the two sides sign the conversation. */
void scram_sign(const unsigned char key[SCRAM_KEY], struct span text, unsigned char out[SCRAM_KEY]);

/* Does the proof, undone with the signature, give the client key whose hash is stored? */
bool scram_proof_right(const unsigned char stored[SCRAM_KEY], struct span conversation, struct span proof);
void scram_proof_make(const struct scram_keys *keys, struct span conversation, unsigned char proof[SCRAM_KEY]);

#endif
