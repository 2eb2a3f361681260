#include "net.h"

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "i18n.h"

enum { MAX_CA_FILE = 4 << 20 };

void net_address_text(const struct net_address *address, char text[NET_TEXT])
{
    char host[64], port[8];
    if (getnameinfo((const struct sockaddr *)&address->storage, address->length, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        snprintf(text, NET_TEXT, "?");
    else
        snprintf(text, NET_TEXT, "%s port %s", host, port);
}

/* The 16 bytes of the address; IPv4 as IPv6 maps it (RFC 4291 §2.5.5.2). false: another family. */
static bool bytes_of(const struct net_address *address, unsigned char bytes[16])
{
    static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
    if (address->storage.ss_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, &address->storage, sizeof in);
        memcpy(bytes, mapped, 12);
        memcpy(bytes + 12, &in.sin_addr, 4);
        return true;
    }
    if (address->storage.ss_family != AF_INET6)
        return false;
    struct sockaddr_in6 in;
    memcpy(&in, &address->storage, sizeof in);
    memcpy(bytes, &in.sin6_addr, 16);
    return true;
}

struct network {
    unsigned char bytes[16];
    unsigned bits;
};

#define V4(a, b, c, d) { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d }

static const struct network loopback[] = {
    { V4(127, 0, 0, 0), 104 },
    { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 }, 128 },
};

static const struct network private[] = {
    { V4(10, 0, 0, 0), 104 },     { V4(172, 16, 0, 0), 108 },   { V4(192, 168, 0, 0), 112 }, /* RFC 1918 */
    { V4(169, 254, 0, 0), 112 },                                                             /* RFC 3927 */
    { V4(192, 0, 2, 0), 120 },    { V4(198, 51, 100, 0), 120 }, { V4(203, 0, 113, 0), 120 }, /* RFC 5737 */
    { { 0xfe, 0x80 }, 10 },                                                                  /* RFC 4291 §2.5.6 */
    { { 0xfc }, 7 },                                                                         /* RFC 4193 */
    { { 0x20, 0x01, 0x0d, 0xb8 }, 32 },                                                      /* RFC 3849 */
};

static bool in_network(const unsigned char bytes[16], const struct network *network)
{
    size_t whole = network->bits / 8;
    unsigned rest = network->bits % 8;
    if (memcmp(bytes, network->bytes, whole) != 0)
        return false;
    return rest == 0 || (bytes[whole] ^ network->bytes[whole]) >> (8 - rest) == 0;
}

bool net_is_loopback(const struct net_address *address)
{
    unsigned char bytes[16];
    return bytes_of(address, bytes) && (in_network(bytes, &loopback[0]) || in_network(bytes, &loopback[1]));
}

bool net_is_ours(const struct net_address *address)
{
    unsigned char bytes[16], other[16];
    struct ifaddrs *list, *one;
    bool ours = net_is_loopback(address);
    if (ours || !bytes_of(address, bytes) || getifaddrs(&list) != 0)
        return ours;
    for (one = list; one != NULL && !ours; one = one->ifa_next) {
        struct net_address here = { .length = 0 };
        if (one->ifa_addr == NULL || (one->ifa_addr->sa_family != AF_INET && one->ifa_addr->sa_family != AF_INET6))
            continue;
        memcpy(&here.storage, one->ifa_addr, one->ifa_addr->sa_family == AF_INET ? sizeof(struct sockaddr_in)
                                                                               : sizeof(struct sockaddr_in6));
        ours = bytes_of(&here, other) && memcmp(bytes, other, sizeof bytes) == 0;
    }
    freeifaddrs(list);
    return ours;
}

bool net_is_private(const struct net_address *address)
{
    unsigned char bytes[16];
    if (net_is_loopback(address))
        return true;
    for (size_t i = 0; bytes_of(address, bytes) && i < sizeof private / sizeof private[0]; i++)
        if (in_network(bytes, &private[i]))
            return true;
    return false;
}

static int listen_on(const struct addrinfo *info)
{
    int on = 1;
    int fd = socket(info->ai_family, info->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, info->ai_protocol);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (info->ai_family == AF_INET6) /* IPv4 has a socket of its own */
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
        return fd;
    int problem = errno;
    close(fd);
    errno = problem;
    return -1;
}

static void explain_listen(const struct addrinfo *info, int problem, struct buf *error)
{
    struct net_address address = { .length = info->ai_addrlen };
    char text[NET_TEXT];
    memcpy(&address.storage, info->ai_addr, info->ai_addrlen);
    net_address_text(&address, text);
    if (problem == EADDRINUSE)
        buf_printf(error, _("%s is in use by another program: stop it, or choose another port"), text);
    else if (problem == EACCES)
        buf_printf(error, _("%s: only root may listen below port 1024: choose a higher port"), text);
    else if (problem == EADDRNOTAVAIL)
        buf_printf(error, _("%s is no address of this machine"), text);
    else
        buf_printf(error, _("cannot listen on %s: %s"), text, strerror(problem));
}

static void close_all(const int *fds, int count)
{
    for (int i = 0; i < count; i++)
        close(fds[i]);
}

int net_listen(const char *host, const char *port, int *fds, int max, struct buf *error)
{
    struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
    struct addrinfo *list = NULL;
    bool all = *host == '\0' || strcmp(host, "*") == 0;
    int status = getaddrinfo(all ? NULL : host, port, &hints, &list);
    if (status != 0) {
        buf_printf(error, _("cannot listen on %s port %s: %s"), host, port, gai_strerror(status));
        return -1;
    }
    int count = 0, problem = 0;
    const struct addrinfo *culprit = list;
    for (const struct addrinfo *info = list; info != NULL && count < max; info = info->ai_next) {
        int fd = listen_on(info);
        if (fd >= 0) {
            fds[count++] = fd;
            continue;
        }
        /* A kernel without IPv6 (or IPv4) is no reason to refuse the other. */
        bool absent = errno == EAFNOSUPPORT || (errno == EADDRNOTAVAIL && info->ai_family == AF_INET6);
        if (problem == 0 || !absent)
            culprit = info;
        problem = errno;
        if (absent)
            continue;
        close_all(fds, count);
        count = 0;
        break;
    }
    if (count == 0) {
        explain_listen(culprit, problem, error);
        count = -1;
    }
    freeaddrinfo(list);
    return count;
}

void net_keylog(void *context, const char *line)
{
    (void)context;
    const char *path = secure_getenv("SSLKEYLOGFILE");
    if (path == NULL || *path == '\0')
        return;
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
    if (fd < 0)
        return;
    /* One write, so that lines of several threads and programs do not mix. */
    struct iovec parts[2] = { { (void *)line, strlen(line) }, { (void *)"\n", 1 } };
    ssize_t written = writev(fd, parts, 2);
    (void)written; /* a lost key is no reason to fail */
    close(fd);
}

static int read_file(const char *path, struct buf *out)
{
    char piece[4096];
    size_t got;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return -1;
    int status = 0;
    while (status == 0 && (got = fread(piece, 1, sizeof piece, file)) > 0)
        if (buf_add(out, piece, got) != 0) {
            errno = EFBIG;
            status = -1;
        }
    if (ferror(file))
        status = -1;
    fclose(file);
    return status;
}

struct tls_context *net_client_tls(const char *ca_file, struct buf *error)
{
    struct tls_settings settings = { .role = TLS_CLIENT, .keylog = net_keylog };
    struct buf authorities;
    buf_init(&authorities, MAX_CA_FILE);
    if (ca_file != NULL && read_file(ca_file, &authorities) != 0) {
        buf_printf(error, _("cannot read the certificates in %s: %s"), ca_file, strerror(errno));
        buf_free(&authorities);
        return NULL;
    }
    settings.authorities = buf_span(&authorities);
    struct buf reason;
    buf_init(&reason, 300);
    struct tls_context *context = NULL;
    if (ca_file != NULL && authorities.len == 0)
        buf_printf(error, _("%s holds no certificate"), ca_file);
    else if ((context = tls_context_new(&settings, &reason)) == NULL)
        buf_printf(error, _("cannot use the certificates in %s: %s"), ca_file != NULL ? ca_file : "-",
                   buf_text(&reason));
    else if (ca_file == NULL)
        SSL_CTX_set_default_verify_paths(tls_context_native(context));
    buf_free(&reason);
    buf_free(&authorities);
    return context;
}
