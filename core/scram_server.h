/*
 * scram_server.h - the server's side of SCRAM (scram.h): checks the proof
 * against the verifier it keeps, and proves in turn that it keeps it.
 */
#ifndef PLI_CORE_SCRAM_SERVER_H
#define PLI_CORE_SCRAM_SERVER_H

#include <stdbool.h>

#include "buf.h"
#include "scram.h"
#include "scram_verifier.h"

/*
 * lookup finds the verifier of a user: 0, or -1. For an unknown user it
 * should fill one from a secret of its own, and answer 0, so that nobody
 * learns who exists.
 */
typedef int scram_lookup(void *context, const char *user, struct scram_verifier *verifier);

struct scram_server;

/*
 * binding: given when the server offers -PLUS on this connection, else NULL.
 * plus: the client chose -PLUS. Both outlive the machine.
 */
struct scram_server *scram_server_new(struct span nonce, const struct scram_binding *binding, bool plus,
                                      scram_lookup *lookup, void *context);
/* out is cleared first. */
enum scram_status scram_server_step(struct scram_server *server, struct span message, struct buf *out);
const char *scram_server_user(const struct scram_server *server);       /* NULL before it was said */
const char *scram_server_authzid(const struct scram_server *server);    /* NULL when none was given */
void scram_server_free(struct scram_server *server);

#endif
