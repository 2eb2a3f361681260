/*
 * auth.h - logging in, the same way for SMTP, POP3 and IMAP.
 *
 * Which mechanisms a session may offer follows from auth_mechanisms and from
 * the connection: a password in the clear only where policy_plain_password()
 * allows it, SCRAM-SHA-256-PLUS only under TLS and if it is asked for. What core/sasl.h asks of its
 * caller is answered here. A failure is logged and slows the answer down
 * (session->pause), more with each one; the peer is told nothing about who
 * exists.
 */
#ifndef PLI_SERVER_AUTH_H
#define PLI_SERVER_AUTH_H

#include "core/sasl.h"
#include "server/session.h"

enum { AUTH_MAX_FAILURES = 6 }; /* in one session; then close it */

/* Mechanism number i that the session may offer now, NULL past the last. */
const struct sasl_mechanism *auth_offered(const struct session *session, size_t i);

/* The mechanism of that name if it may be used now, else NULL. */
const struct sasl_mechanism *auth_find(const struct session *session, struct span name);

/*
 * The user whom a login name means: mail programs often give the whole
 * address, so "Rachida@localhost" is rachida where localhost is ours. 0, or -1
 * when it can be nobody here. name: USERS_NAME_MAX + 1 bytes.
 */
int auth_user(const struct session *session, const char *login, char *name);

/* One exchange: prepare, then sasl_server_new(mechanism, &auth.users). Keep it as long as the sasl_server. */
struct auth {
    struct sasl_users users;
    struct scram_binding binding;
    const struct session *session;
    unsigned char nonce[24];
    unsigned char exporter[32];
};
void auth_prepare(struct auth *auth, const struct session *session);

/* Is it the password? For USER/PASS and LOGIN, when policy_plain_password() allows them. */
bool auth_password(const struct session *session, struct span user, struct span password);

/* Tell the result of every attempt. method: "PLAIN", "USER/PASS" ... false: too many failures, close the session. */
void auth_succeeded(struct session *session, const char *user, const char *method);
bool auth_failed(struct session *session, struct span user, const char *method);

#endif
