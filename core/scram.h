/*
 * scram.h - SCRAM-SHA-256 (RFC 5802, RFC 7677): both sides prove that they
 * know the password, and neither says it.
 *
 * The server keeps a verifier, from which nobody can log in. The machines are
 * pure: the nonce is handed in by the caller, and so is what binds the login
 * to its TLS channel (SCRAM-SHA-256-PLUS). Passwords are taken as UTF-8; of
 * SASLprep (RFC 4013) only the mapping of odd spaces to a plain one is done
 * and control characters are refused: no normalization, as in RFC 8265 for
 * text that is normalized already, which is what keyboards send.
 */
#ifndef PLI_CORE_SCRAM_H
#define PLI_CORE_SCRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

enum {
    SCRAM_KEY = 32,            /* SHA-256 */
    SCRAM_MAX_SALT = 64,
    SCRAM_MIN_ITERATIONS = 4096,    /* RFC 7677 §4 */
    SCRAM_MAX_ITERATIONS = 1000000, /* a client refuses more: a server could keep it busy for hours */
    SCRAM_MAX_MESSAGE = 2048,
};

struct scram_verifier {
    uint32_t iterations;
    size_t salt_length;
    unsigned char salt[SCRAM_MAX_SALT];
    unsigned char stored_key[SCRAM_KEY];
    unsigned char server_key[SCRAM_KEY];
};

/* -1: a password with control characters or broken UTF-8, an empty one, or a salt that is too long. */
int scram_verifier_make(struct span password, struct span salt, uint32_t iterations, struct scram_verifier *verifier);

/* Is it this password? Takes the same time for any wrong one. */
bool scram_verifier_check(struct span password, const struct scram_verifier *verifier);

/* "SCRAM-SHA-256$4096:SALT$STOREDKEY:SERVERKEY", as RFC 5803 and others write it. */
int scram_verifier_write(const struct scram_verifier *verifier, struct buf *out);
int scram_verifier_parse(struct span text, struct scram_verifier *verifier);

/* What binds the exchange to the TLS connection (RFC 5802 §6); type NULL: nothing does. */
struct scram_binding {
    const char *type;      /* "tls-exporter", "tls-server-end-point" */
    struct span data;
};

enum scram_status { SCRAM_MORE, SCRAM_DONE, SCRAM_FAILED };

/* The server's side. */
struct scram_server;

/*
 * lookup finds the verifier of a user: 0, or -1. For an unknown user it may
 * fill one from a secret, and answer 0, so that nobody learns who exists.
 */
typedef int scram_lookup(void *context, const char *user, struct scram_verifier *verifier);

struct scram_server *scram_server_new(struct span nonce, const struct scram_binding *binding, bool plus,
                                      scram_lookup *lookup, void *context);
enum scram_status scram_server_step(struct scram_server *server, struct span message, struct buf *out);
const char *scram_server_user(const struct scram_server *server);       /* NULL before it was said */
const char *scram_server_authzid(const struct scram_server *server);    /* NULL when none was given */
void scram_server_free(struct scram_server *server);

/* The client's side. The first step is given an empty message. */
struct scram_client;

struct scram_client *scram_client_new(const char *user, const char *password, struct span nonce,
                                      const struct scram_binding *binding, bool plus);
/* DONE only when the server proved that it knows the verifier. */
enum scram_status scram_client_step(struct scram_client *client, struct span message, struct buf *out);
const char *scram_client_error(const struct scram_client *client);      /* N_(), or NULL */
void scram_client_free(struct scram_client *client);

#endif
