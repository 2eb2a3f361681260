/*
 * channel.h - a connection of a client: the one place where it touches a socket.
 *
 * Plain or under TLS, reading and writing look the same. Every wait has a
 * limit, and ends at once when the cancel descriptor becomes readable (the
 * user pressed a key). TLS can be started in the middle (STARTTLS): whatever
 * was received in the clear and not yet read is dropped then, so that nobody
 * on the way can put words into the server's mouth (RFC 3207 §6); the caller
 * does the same with what it has read and not yet understood.
 */
#ifndef PLI_IO_CHANNEL_H
#define PLI_IO_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"
#include "core/tls.h"
#include "net.h"

struct channel_options {
    int timeout;       /* seconds that a wait may last; 0: 30 */
    int cancel_fd;     /* readable: give up; -1: none */
    void (*watch)(void *context, bool sent, struct span bytes);  /* sees the plaintext pass; or NULL */
    void *watch_context;
};

struct channel;

/*
 * Tries the addresses in turn. NULL on failure, with a sentence added to
 * error about the address that was tried last. host: what the user calls it.
 */
struct channel *channel_connect(const char *host, const struct net_address *addresses, size_t count,
                                const struct channel_options *options, struct buf *error);
void channel_close(struct channel *channel);    /* says close_notify under TLS; frees; NULL is fine */

/* TLS over it; host is who must be at the other end. The certificate is not judged: see channel_tls. 0, or -1. */
int channel_start_tls(struct channel *channel, struct tls_context *context);

/*
 * From now on no wait lasts longer than `timeout` seconds, and none goes on when `total` seconds from now are over,
 * however busy the peer keeps us; 0: no such end.
 */
void channel_patience(struct channel *channel, int timeout, int total);

/* All of it: 0, or -1. */
int channel_write(struct channel *channel, const void *data, size_t size);

/* Up to size bytes, waiting for the first: how many; 0: the peer closed; -1: failure. */
long channel_read(struct channel *channel, void *data, size_t size);

/* Waits, milliseconds at most, until there is something to read or the peer closed: 1; 0 nothing came; -1. */
int channel_ready(struct channel *channel, int milliseconds);

/* The last failure: a sentence for the user. */
const char *channel_error(struct channel *channel);

struct tls *channel_tls(const struct channel *channel);  /* NULL: in the clear */
const struct net_address *channel_peer(const struct channel *channel);
int channel_own(const struct channel *channel, struct net_address *address);    /* our end: 0, or -1 */
const char *channel_host(const struct channel *channel);
int channel_fd(const struct channel *channel);           /* to be polled while nothing is read */

#endif
