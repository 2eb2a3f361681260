/*
 * socket.h - waiting for a socket that does not block, and what is made of it.
 *
 * All moments are milliseconds of a clock that never jumps. What went wrong is
 * left in errno: who calls knows whom it talks to, and finds the words.
 */
#ifndef PLI_IO_SOCKET_H
#define PLI_IO_SOCKET_H

#include <stddef.h>
#include <stdint.h>

#include "net.h"

int64_t socket_now(void);

/*
 * Until the socket is ready for these events of poll(): 1; 0 the moment has come; -1 failure, ECANCELED when the cancel
 * descriptor became readable first (-1: there is none).
 */
int socket_wait(int fd, short events, int64_t until, int cancel_fd);

/*
 * A TCP connection to the address, which sends what it is given at once (TCP_NODELAY): its descriptor, not blocking; or
 * -1, with ETIMEDOUT when the moment came first.
 */
int socket_connect(const struct net_address *address, int64_t until, int cancel_fd);

/*
 * All of it. `until` is asked anew whenever the socket takes nothing more: 0; 1 the moment came first; -1 failure, of
 * the waiting when errno is ECANCELED, else of the connection.
 */
int socket_send(int fd, const void *data, size_t size, int64_t (*until)(const void *context), const void *context,
                int cancel_fd);

#endif
