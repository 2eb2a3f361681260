/*
 * net.h - addresses, listening sockets, and where TLS keys are written.
 *
 * Connections of a client are in io/channel; the server has its own loop.
 */
#ifndef PLI_IO_NET_H
#define PLI_IO_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "core/buf.h"
#include "core/tls.h"

enum { NET_TEXT = 80, NET_MAX_ADDRESSES = 64 };

struct net_address {
    struct sockaddr_storage storage;
    socklen_t length;
};

/* "127.0.0.1 port 25", "::1 port 143". */
void net_address_text(const struct net_address *address, char text[NET_TEXT]);
/* Does an interface of this machine have the address? */
bool net_is_ours(const struct net_address *address);
bool net_is_loopback(const struct net_address *address);
/* Loopback, RFC 1918, link-local, unique local, and the documentation's own (RFC 5737, 3849): where labs live. */
bool net_is_private(const struct net_address *address);

/*
 * Listening sockets, not blocking, for host ("" or "*": all addresses; else a
 * name or an address) and port (a number or a service name), one for each
 * address. How many, or -1 with a sentence added to error.
 */
int net_listen(const char *host, const char *port, int *fds, int max, struct buf *error);

/* For tls_settings: appends the line to the file that SSLKEYLOGFILE names, and does nothing when that is unset. */
void net_keylog(void *context, const char *line);

/*
 * A client's TLS context that trusts the system's authorities, or only the
 * certificates in ca_file when that is given. NULL with a sentence in error.
 */
struct tls_context *net_client_tls(const char *ca_file, struct buf *error);

#endif
