/*
 * network.h - blocks of addresses as mynetworks writes them: 192.0.2.0/24,
 * [2001:db8::]/32, 127.0.0.1, [::1] (Postfix puts IPv6 addresses in brackets).
 */
#ifndef PLI_SERVER_NETWORK_H
#define PLI_SERVER_NETWORK_H

#include <stdbool.h>
#include <sys/socket.h>

struct network {
    int family;
    unsigned bits;            /* of the prefix */
    unsigned char address[16];
};

/* 0; -1: not a network, or bits are set behind the prefix (192.0.2.1/24), which Postfix refuses too. */
int network_parse(const char *text, struct network *network);

/* An IPv4 peer of an IPv6 socket (::ffff:192.0.2.1) is taken as IPv4. */
bool network_holds(const struct network *network, const struct sockaddr *address);

bool network_is_loopback(const struct sockaddr *address);

/* Same address, whatever the ports. */
bool network_same_address(const struct sockaddr *a, const struct sockaddr *b);

/* "192.0.2.1", "2001:db8::1"; the port in host order through port, which may be NULL. */
void network_text(const struct sockaddr *address, char *text, socklen_t size, unsigned short *port);

#endif
