/*
 * login.h - the SASL exchange as lines in base64, the same in SMTP and POP3.
 *
 * AUTH brings a mechanism and perhaps an initial response; then challenges and
 * answers follow, a line each. What each result is called on the wire ("334 ",
 * "+ ", "535 5.7.8") is the protocol's to say.
 */
#ifndef PLI_SERVER_LOGIN_H
#define PLI_SERVER_LOGIN_H

#include <stdbool.h>

#include "core/buf.h"
#include "server/auth.h"
#include "server/session.h"

enum login_result {
    LOGIN_CHALLENGE,    /* say the challenge and wait for the answer */
    LOGIN_OK,           /* login->user is in */
    LOGIN_REFUSED,      /* wrong name or password */
    LOGIN_TOO_MANY,     /* once too often: close after saying so */
    LOGIN_CANCELLED,    /* the client sent "*" */
    LOGIN_NOT_BASE64,
    LOGIN_BAD,          /* not what the mechanism expects */
    LOGIN_NOT_OFFERED,  /* no such mechanism here */
    LOGIN_NEEDS_TLS,    /* it would send the password in the clear, which is not allowed on this connection */
    LOGIN_SERVER_FIRST, /* an initial response for a mechanism that has none */
    LOGIN_RESULTS
};

struct login {
    const struct sasl_mechanism *mechanism;
    struct sasl_server *sasl;
    struct auth auth;
    bool finishing;             /* the last challenge only proves who the server is */
    char *user;                 /* after LOGIN_OK; belongs to the login */
};

/* argument: what follows AUTH. challenge: cleared, then filled in base64 if there is one. */
enum login_result login_begin(struct login *login, struct session *session, struct span argument,
                              struct buf *challenge);
enum login_result login_answer(struct login *login, struct session *session, struct span line, struct buf *challenge);

/* Ends an exchange that goes on, if any, and forgets the user. */
void login_end(struct login *login);

#endif
