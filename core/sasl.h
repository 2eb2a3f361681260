/*
 * sasl.h - authentication as an exchange of challenges (RFC 4422), the same
 * for SMTP, POP3 and IMAP: PLAIN (RFC 4616), LOGIN (the older habit) and
 * SCRAM-SHA-256, with and without binding to the TLS connection.
 *
 * The messages here are bare: base64, "334 " and "+ " are the protocol's.
 * Mechanisms are rows of a table; a step takes what the other side said and
 * gives what to say next. The server side asks its caller who may come in, by
 * two functions: one for mechanisms that get the password, one for those that
 * only need a verifier. A new mechanism is one file and one row.
 */
#ifndef PLI_CORE_SASL_H
#define PLI_CORE_SASL_H

#include <stdbool.h>

#include "buf.h"
#include "scram_server.h"

enum { SASL_MAX_MESSAGE = 9216 };  /* of bare bytes: 12288 in base64 (RFC 4954 §4) */

enum sasl_status {
    SASL_MORE,       /* send out, and wait for the other side */
    SASL_OK,         /* server: the user is in. client: send out; nothing but success is to come */
    SASL_REFUSED,    /* server: wrong user or password. client: sasl_client_error tells */
    SASL_BAD,        /* not the mechanism's syntax */
};

enum sasl_flag {
    SASL_PLAINTEXT = 1,     /* the password itself crosses the wire: only under TLS, or where it is allowed */
    SASL_CLIENT_FIRST = 2,  /* the client speaks first: an initial response is possible */
    SASL_BOUND = 4,         /* needs a TLS connection to bind to */
};

struct sasl_mechanism {
    const char *name;
    unsigned flags;         /* of enum sasl_flag */
    const char *rfc;
    const struct sasl_ops *ops;
};

/* By name in any case; NULL when there is none. Row by row, best first, with sasl_mechanism(i): NULL after the last. */
const struct sasl_mechanism *sasl_find(struct span name);
const struct sasl_mechanism *sasl_mechanism(size_t row);

/* What the server side asks. The struct and what it points to outlive the exchange. */
struct sasl_users {
    void *context;
    /* Is it this user's password? 1 yes, 0 no. */
    int (*check)(void *context, const char *user, const char *password);
    scram_lookup *lookup;   /* NULL: no SCRAM */
    struct span nonce;      /* for SCRAM: 16 to 64 fresh random bytes */
    const struct scram_binding *binding;  /* when -PLUS is offered on this connection, else NULL */
};

struct sasl_server;

struct sasl_server *sasl_server_new(const struct sasl_mechanism *mechanism, const struct sasl_users *users);
/*
 * First call: the initial response; message.at is NULL when there was none
 * (an empty initial response has len 0 and at not NULL). out is cleared first.
 */
enum sasl_status sasl_server_step(struct sasl_server *server, struct span message, struct buf *out);
const char *sasl_server_user(const struct sasl_server *server);    /* as far as it is known; NULL before */
void sasl_server_free(struct sasl_server *server);

struct sasl_credentials {
    const char *user;
    const char *password;
    const char *authzid;    /* act for somebody else; NULL mostly */
    struct span nonce;      /* for SCRAM: 16 to 64 fresh random bytes */
    const struct scram_binding *binding;  /* of this TLS connection, or NULL */
    const char *mechanism;  /* this one and no other; NULL: the best that is offered */
};

struct sasl_client;

/* credentials must outlive the client. */
struct sasl_client *sasl_client_new(const struct sasl_mechanism *mechanism, const struct sasl_credentials *credentials);
/*
 * CLIENT_FIRST: the first call, with an empty challenge, gives the initial
 * response. Others: the first call is for the first challenge.
 */
enum sasl_status sasl_client_step(struct sasl_client *client, struct span challenge, struct buf *out);
/* The server said that all is well: is it, for the mechanism? Not when SCRAM's server never proved itself. */
bool sasl_client_satisfied(const struct sasl_client *client);
const char *sasl_client_error(const struct sasl_client *client);   /* N_(), or NULL */
void sasl_client_free(struct sasl_client *client);

/*
 * The best mechanism of a list as servers announce it ("PLAIN LOGIN"), or the
 * one that is wanted (NULL: any); NULL when there is none. plaintext: those
 * that show the password may be used. bound: there is a TLS connection to
 * bind to.
 */
const struct sasl_mechanism *sasl_choose(struct span offered, const char *wanted, bool plaintext, bool bound);

#endif
