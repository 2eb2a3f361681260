/*
 * connection.h - the only place where the server reads from and writes to its
 * clients.
 *
 * A worker that owns a connection takes turns with it: send what is to be
 * sent; when all is out, ask the session for more, or read from the peer and
 * hand it over, deciphered. The order gives backpressure: nothing is read from
 * a peer that does not read. A turn ends when the socket would block, or after
 * some rounds so that nobody keeps a worker for himself; then the connection
 * rests in the loop.
 *
 * TLS may begin at once or in the middle (STARTTLS). In the middle, what was
 * received in the clear and not yet used is dropped (RFC 3207 §4.2).
 *
 * Closing is orderly: our end is shut first, and what the peer still sends is
 * read and thrown away for a moment, since closing a socket with unread bytes
 * would reset the connection and lose our last words.
 */
#ifndef PLI_SERVER_CONNECTION_H
#define PLI_SERVER_CONNECTION_H

#include <stddef.h>

#include "server/loop.h"
#include "server/runtime.h"

extern const size_t connection_size;

/* Who is at the other end. */
const struct sockaddr *connection_peer(const struct loop_entry *entry);

/* For struct loop_settings. context: the runtime. */
void connection_accepted(void *context, size_t listener, int fd);
void connection_turn(struct loop_entry *entry, unsigned kicks);
void connection_abandon(struct loop_entry *entry);  /* the loop has ended */

#endif
