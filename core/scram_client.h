/*
 * scram_client.h - the client's side of SCRAM (scram.h): proves that it knows
 * the password, and believes the server only when that proves itself too.
 */
#ifndef PLI_CORE_SCRAM_CLIENT_H
#define PLI_CORE_SCRAM_CLIENT_H

#include <stdbool.h>

#include "buf.h"
#include "scram.h"

struct scram_client;

/* authzid may be NULL. binding: what this client could bind to, or NULL; plus: the mechanism is -PLUS. */
struct scram_client *scram_client_new(const char *user, const char *password, const char *authzid, struct span nonce,
                                      const struct scram_binding *binding, bool plus);
/*
 * The first step is given an empty message. DONE only when the server proved
 * that it knows the verifier; its last challenge is answered with nothing.
 */
enum scram_status scram_client_step(struct scram_client *client, struct span message, struct buf *out);
const char *scram_client_error(const struct scram_client *client);      /* N_(), or NULL */
void scram_client_free(struct scram_client *client);

#endif
