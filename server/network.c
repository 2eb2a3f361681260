#include "network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Do all bits from `bits` on equal zero? */
static bool rest_is_zero(const unsigned char *address, unsigned bits, unsigned total)
{
    for (unsigned i = bits; i < total; i++)
        if (address[i / 8] & (0x80u >> (i % 8)))
            return false;
    return true;
}

static bool same_prefix(const unsigned char *a, const unsigned char *b, unsigned bits)
{
    if (memcmp(a, b, bits / 8) != 0)
        return false;
    unsigned mask = 0xffu & (0xff00u >> (bits % 8));
    return bits % 8 == 0 || ((a[bits / 8] ^ b[bits / 8]) & mask) == 0;
}

int network_parse(const char *text, struct network *network)
{
    char address[64];
    const char *slash = strchr(text, '/');
    size_t length = slash != NULL ? (size_t)(slash - text) : strlen(text);
    if (length == 0 || length >= sizeof address)
        return -1;
    memcpy(address, text, length);
    address[length] = '\0';
    *network = (struct network){ .family = AF_INET };

    const char *bare = address;
    if (address[0] == '[' && address[length - 1] == ']') {
        address[length - 1] = '\0';
        bare = address + 1;
    }
    if (strchr(bare, ':') != NULL)
        network->family = AF_INET6;
    if (inet_pton(network->family, bare, network->address) != 1)
        return -1;

    unsigned total = network->family == AF_INET ? 32 : 128;
    network->bits = total;
    if (slash != NULL) {
        char *end;
        long bits = strtol(slash + 1, &end, 10);
        if (end == slash + 1 || *end != '\0' || slash[1] < '0' || slash[1] > '9' || bits < 0 || bits > (long)total)
            return -1;
        network->bits = (unsigned)bits;
    }
    return rest_is_zero(network->address, network->bits, total) ? 0 : -1;
}

/* The bytes of the address, and its family, IPv4 in IPv6 unwrapped. */
static const unsigned char *address_bytes(const struct sockaddr *address, int *family)
{
    *family = address->sa_family;
    if (address->sa_family == AF_INET)
        return (const unsigned char *)&((const struct sockaddr_in *)(const void *)address)->sin_addr;
    if (address->sa_family != AF_INET6)
        return NULL;
    const struct in6_addr *in6 = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    if (!IN6_IS_ADDR_V4MAPPED(in6))
        return in6->s6_addr;
    *family = AF_INET;
    return in6->s6_addr + 12;
}

bool network_holds(const struct network *network, const struct sockaddr *address)
{
    int family;
    const unsigned char *bytes = address_bytes(address, &family);
    return bytes != NULL && family == network->family && same_prefix(bytes, network->address, network->bits);
}

bool network_is_loopback(const struct sockaddr *address)
{
    static const char *const loopback[] = { "127.0.0.0/8", "[::1]/128" };
    struct network network;
    for (size_t i = 0; i < sizeof loopback / sizeof loopback[0]; i++)
        if (network_parse(loopback[i], &network) == 0 && network_holds(&network, address))
            return true;
    return false;
}

bool network_same_address(const struct sockaddr *a, const struct sockaddr *b)
{
    int family_a, family_b;
    const unsigned char *bytes_a = address_bytes(a, &family_a), *bytes_b = address_bytes(b, &family_b);
    return bytes_a != NULL && bytes_b != NULL && family_a == family_b &&
           memcmp(bytes_a, bytes_b, family_a == AF_INET ? 4 : 16) == 0;
}

void network_text(const struct sockaddr *address, char *text, socklen_t size, unsigned short *port)
{
    int family;
    const unsigned char *bytes = address_bytes(address, &family);
    if (bytes == NULL || inet_ntop(family, bytes, text, size) == NULL)
        snprintf(text, size, "unknown");
    if (port == NULL)
        return;
    *port = 0;
    if (address->sa_family == AF_INET)
        *port = ntohs(((const struct sockaddr_in *)(const void *)address)->sin_port);
    else if (address->sa_family == AF_INET6)
        *port = ntohs(((const struct sockaddr_in6 *)(const void *)address)->sin6_port);
}
