/*
 * net.h - connections: the one place where the client touches a socket.
 *
 * A channel is a connected socket, plain or under TLS; reading and writing
 * look the same. Every wait has a deadline and ends at once when the cancel
 * descriptor becomes readable (the user pressed a key). TLS can be started in
 * the middle (STARTTLS): whatever was received in the clear and not yet read
 * is dropped then, so that nobody on the way can put words into the server's
 * mouth (RFC 3207 §6).
 *
 * The server has its own event loop and uses net_listen only.
 */
#ifndef PLI_IO_NET_H
#define PLI_IO_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "core/buf.h"
#include "core/tls.h"

enum { NET_TEXT = 64, NET_MAX_ADDRESSES = 64 };

struct net_address {
    struct sockaddr_storage storage;
    socklen_t length;
};

/* "127.0.0.1 port 25", "::1 port 143". */
void net_address_text(const struct net_address *address, char text[NET_TEXT + 16]);
bool net_is_loopback(const struct net_address *address);
/* Loopback, RFC 1918, link-local, unique local, and the documentation's own (RFC 5737, 3849). */
bool net_is_private(const struct net_address *address);

struct net_options {
    int timeout;       /* seconds for each wait; 0: 30 */
    int cancel_fd;     /* readable: give up; -1: none */
};

struct channel {
    int fd;
    struct tls *tls;            /* NULL: in the clear */
    struct net_address peer;
    struct net_options options;
    struct buf in;              /* received, not read */
    struct buf out;             /* scratch: ciphertext to send */
    bool ended;                 /* the peer closed */
    struct buf error;           /* the last failure, a sentence for the user */
    void (*watch)(void *context, bool sent, struct span bytes);  /* sees plaintext pass; or NULL */
    void *watch_context;
};

/*
 * Tries the addresses in turn, each with its share of the time. NULL on
 * failure with one sentence added to error that names the address tried last.
 */
struct channel *channel_connect(const struct net_address *addresses, size_t count,
                                const struct net_options *options, struct buf *error);
struct channel *channel_adopt(int fd, const struct net_options *options);
void channel_close(struct channel *channel);    /* says close_notify under TLS; frees. NULL is fine */

/* TLS over it. name: of the host, for SNI and the certificate. 0, or -1 (channel->error). */
int channel_start_tls(struct channel *channel, struct tls_context *context, const char *name);

/* All of it, or -1. */
int channel_write(struct channel *channel, const void *data, size_t size);

/* Waits until at least one byte is in channel->in: 1; 0 the peer closed; -1 failure. */
int channel_fill(struct channel *channel);

/* Up to size bytes that are there, waiting for the first: how many, 0 at the end, -1 on failure. */
long channel_read(struct channel *channel, void *data, size_t size);

/* Everything the peer sent so far without waiting: bytes in channel->in, or -1. */
long channel_poll(struct channel *channel, int milliseconds);

const char *channel_error(struct channel *channel);

/* A client's TLS context: system authorities, or those of ca_file alone; keys go to SSLKEYLOGFILE when it is set. */
struct tls_context *net_client_tls(const char *ca_file, struct buf *error);

/* The keylog function for tls_settings: appends to the file that SSLKEYLOGFILE names; does nothing when unset. */
void net_keylog(void *context, const char *line);

/*
 * Listening sockets for host ("" or "*" for all, an address, or a name) and
 * port (a number or a service name): one for each address. How many, or -1
 * with the reason in error.
 */
int net_listen(const char *host, const char *port, int *fds, int max, struct buf *error);

#endif
