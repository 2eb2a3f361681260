/*
 * sasl.h - authentication as an exchange of challenges (RFC 4422), the same
 * for SMTP, POP3 and IMAP: PLAIN (RFC 4616), LOGIN (the older habit) and
 * SCRAM-SHA-256.
 *
 * The messages here are bare: base64, "334 " and "+ " are the protocol's.
 * Mechanisms are rows of an operations table; a step takes what the other
 * side said and gives what to say next. The server side asks its caller who
 * may come in, by two functions: one for mechanisms that get the password,
 * one for those that only need a verifier.
 */
#ifndef PLI_CORE_SASL_H
#define PLI_CORE_SASL_H

#include <stdbool.h>

#include "buf.h"
#include "scram.h"

enum { SASL_MAX_MESSAGE = 9216 };  /* of bare bytes: 12288 in base64 (RFC 4954 §4) */

enum sasl_status {
    SASL_MORE,       /* send out as a challenge (response), and wait */
    SASL_OK,         /* server: the user is in; out may hold final data. client: satisfied */
    SASL_REFUSED,    /* wrong user or password */
    SASL_BAD,        /* not the mechanism's syntax */
};

enum sasl_flag {
    SASL_PLAINTEXT = 1,     /* the password itself crosses the wire: only under TLS, or where it is allowed */
    SASL_CLIENT_FIRST = 2,  /* the client speaks first: an initial response is possible */
};

/* What the server side asks. */
struct sasl_users {
    void *context;
    /* Is it this user's password? 1 yes, 0 no. */
    int (*check)(void *context, const char *user, const char *password);
    scram_lookup *lookup;   /* NULL: no SCRAM */
    struct span nonce;      /* fresh random bytes from the caller, 16 or more; for SCRAM */
    const struct scram_binding *binding;  /* of the TLS connection, or NULL */
};

struct sasl_mechanism {
    const char *name;
    unsigned flags;         /* of enum sasl_flag */
    const char *rfc;
    const struct sasl_server_ops *server;
    const struct sasl_client_ops *client;
};

/* By name in any case; NULL when there is none. Row by row with sasl_mechanism(i), NULL after the last. */
const struct sasl_mechanism *sasl_find(struct span name);
const struct sasl_mechanism *sasl_mechanism(size_t row);

struct sasl_server;

struct sasl_server *sasl_server_new(const struct sasl_mechanism *mechanism, const struct sasl_users *users);
/*
 * First call: the initial response, or initial.at NULL when there was none
 * (an empty initial response has at not NULL, len 0). out is cleared first.
 */
enum sasl_status sasl_server_step(struct sasl_server *server, struct span message, struct buf *out);
const char *sasl_server_user(const struct sasl_server *server);    /* after SASL_OK (or REFUSED, for the log) */
void sasl_server_free(struct sasl_server *server);

struct sasl_client;

struct sasl_credentials {
    const char *user;
    const char *password;
    const char *authzid;    /* act for somebody else; NULL mostly */
    struct span nonce;      /* for SCRAM */
    const struct scram_binding *binding;
};

/* credentials must outlive the client. */
struct sasl_client *sasl_client_new(const struct sasl_mechanism *mechanism, const struct sasl_credentials *credentials);
/* The first call, with an empty challenge, gives the initial response of a CLIENT_FIRST mechanism. */
enum sasl_status sasl_client_step(struct sasl_client *client, struct span challenge, struct buf *out);
const char *sasl_client_error(const struct sasl_client *client);   /* N_(), or NULL */
void sasl_client_free(struct sasl_client *client);

/* The best mechanism of a list as servers announce it ("PLAIN LOGIN"); plain: those with SASL_PLAINTEXT may be used. */
const struct sasl_mechanism *sasl_choose(struct span offered, bool plain, bool bound);

#endif
