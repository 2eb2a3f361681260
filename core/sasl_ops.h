/*
 * sasl_ops.h - what a SASL mechanism is made of, for the files that make
 * mechanisms (sasl_plain.c, sasl_login.c, sasl_scram.c) and for sasl.c.
 */
#ifndef PLI_CORE_SASL_OPS_H
#define PLI_CORE_SASL_OPS_H

#include "sasl.h"

struct sasl_server {
    const struct sasl_mechanism *mechanism;
    const struct sasl_users *users;
    unsigned steps;          /* that were made before this one */
    bool over;
    char *user;              /* owned */
    void *data;              /* the mechanism's own */
};

struct sasl_client {
    const struct sasl_mechanism *mechanism;
    const struct sasl_credentials *credentials;
    unsigned steps;
    bool over;
    bool satisfied;
    const char *error;
    void *data;
};

struct sasl_ops {
    /* message.at is NULL in the first step when there was no initial response. out is empty. */
    enum sasl_status (*server)(struct sasl_server *server, struct span message, struct buf *out);
    enum sasl_status (*client)(struct sasl_client *client, struct span challenge, struct buf *out);
    void (*server_free)(struct sasl_server *server);    /* or NULL */
    void (*client_free)(struct sasl_client *client);
};

#endif
