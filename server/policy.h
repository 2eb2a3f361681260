/*
 * policy.h - who may do what: the rules, apart from the protocols.
 *
 * The recipient rules are the course's: smtpd_recipient_restrictions names
 * them in order, the first one that decides wins, and when none decides the
 * recipient is accepted, as in Postfix. smtpd_relay_restrictions, if given, is
 * asked first. Nobody else's mail is relayed unless a rule permits it.
 */
#ifndef PLI_SERVER_POLICY_H
#define PLI_SERVER_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "core/buf.h"
#include "server/config.h"
#include "server/session.h"

/* Is the address in mynetworks? */
bool policy_trusts(const struct config *config, const struct sockaddr *address);

/* Does mydestination name the domain? A literal "[192.0.2.1]" is ours when it is the session's local address. */
bool policy_is_local(const struct session *session, struct span domain);

struct policy_verdict {
    bool permit;
    unsigned code;        /* when refused: 554, 550, 450 ... */
    const char *enhanced; /* "5.7.1" */
    const char *text;     /* a full sentence, English as RFC 5321 expects, N_() */
    const char *rule;     /* the restriction that decided: "permit_mynetworks" */
};

/* May this session send to a recipient of that domain? user: who logged in, NULL for nobody. */
struct policy_verdict policy_recipient(const struct session *session, const char *user, struct span domain);

/*
 * May a password cross the wire as this connection is? With TLS always. In
 * the clear from this machine, and, unless disable_plaintext_auth = yes was
 * said, from mynetworks and private networks: in a lab it is there to be
 * seen on the wire. From elsewhere only after disable_plaintext_auth = no.
 */
bool policy_plain_password(const struct session *session);

#endif
