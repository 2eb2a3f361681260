/*
 * narrate.h - mailserver --narrate: each dialogue told line by line, as it
 * goes by; and -o transcripts=FOLDER: the same into a file of its own.
 *
 *     smtp-1  C: EHLO client.example.org
 *             = The client says who it is and asks what the server can do. (RFC 5321 §4.1.1.1)
 *             > CONNECTED -> READY  (RFC 5321 §4.1.4)
 *
 * The teller is a watch (core/watch.h), the same that follows a recording in
 * the visualizer: it is fed what the connection reads and writes, and knows
 * the words, the states and what is secret. Secrets are masked, control
 * characters made visible. The content of letters is only counted.
 */
#ifndef PLI_SERVER_NARRATE_H
#define PLI_SERVER_NARRATE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/watch.h"
#include "server/config.h"
#include "server/session.h"

struct narrate;

/*
 * Tells on standard output if aloud, and into the file FOLDER/DATE-TIME-SESSION if the settings name a folder. NULL
 * when neither is wished or the protocol cannot be followed; the functions below take NULL.
 */
struct narrate *narrate_new(enum watch_protocol protocol, const struct session *session, const struct config *config,
                            bool aloud);
void narrate_free(struct narrate *narrate);

void narrate_bytes(struct narrate *narrate, bool from_client, const void *data, size_t size);
void narrate_tls(struct narrate *narrate); /* TLS stands: what follows was deciphered */

#endif
