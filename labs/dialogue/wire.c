#include "wire.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "io/resolve.h"
#include "io/socket.h"

enum { PIECE = 16384, MAX_CIPHERTEXT = 1 << 20, MAX_ADDRESSES = 16 };

struct wire {
    int fd;
    struct tls *tls;
    struct buf out;      /* ciphertext on its way */
    bool ended;
};

int64_t wire_now(void)
{
    return socket_now();
}

static struct wire *wire_new(int fd)
{
    struct wire *wire = mem_alloc(sizeof *wire);
    int on = 1;
    /* What is sent by itself travels by itself. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    wire->fd = fd;
    buf_init(&wire->out, MAX_CIPHERTEXT);
    return wire;
}

struct wire *wire_connect(const char *host, const char *port, int64_t until, struct buf *error)
{
    struct net_address addresses[MAX_ADDRESSES];
    size_t count = 0;
    int fd = -1;
    if (resolve_host(host, port, addresses, MAX_ADDRESSES, &count, error) != RESOLVE_OK)
        return NULL;
    for (size_t i = 0; fd < 0 && i < count; i++)
        fd = socket_connect(&addresses[i], until, -1);
    if (fd >= 0)
        return wire_new(fd);
    buf_printf(error, _("no connection to %s port %s: %s"), host, port, strerror(errno));
    return NULL;
}

struct wire *wire_accept(const int *listening, size_t count, int64_t until, struct buf *error)
{
    struct pollfd fds[MAX_ADDRESSES];
    if (count > MAX_ADDRESSES)
        count = MAX_ADDRESSES;
    for (size_t i = 0; i < count; i++)
        fds[i] = (struct pollfd){ listening[i], POLLIN, 0 };
    for (;;) {
        for (size_t i = 0; i < count; i++) {
            int fd = accept4(listening[i], NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (fd >= 0)
                return wire_new(fd);
        }
        int64_t left = until - wire_now();
        if (left <= 0) {
            buf_add_text(error, _("no client came"));
            return NULL;
        }
        poll(fds, (nfds_t)count, (int)(left < 1000 ? left : 1000));
    }
}

static int64_t given(const void *until)
{
    return *(const int64_t *)until;
}

static int send_all(struct wire *wire, const char *data, size_t size, int64_t until, struct buf *error)
{
    int status = socket_send(wire->fd, data, size, given, &until, -1);
    if (status < 0)
        buf_printf(error, _("the connection broke while we were sending: %s"), strerror(errno));
    else if (status > 0)
        buf_add_text(error, _("the other side takes nothing more"));
    return status == 0 ? 0 : -1;
}

static int send_ciphertext(struct wire *wire, int64_t until, struct buf *error)
{
    int status = 0;
    while (status == 0 && tls_take(wire->tls, &wire->out) > 0) {
        status = send_all(wire, wire->out.data, wire->out.len, until, error);
        buf_clear(&wire->out);
    }
    return status;
}

int wire_write(struct wire *wire, const void *data, size_t size, int64_t until, struct buf *error)
{
    const char *at = data;
    if (wire->tls == NULL)
        return send_all(wire, at, size, until, error);
    while (size > 0) {
        size_t piece = size < PIECE ? size : PIECE;
        if (tls_write(wire->tls, at, piece) != 0) {
            buf_printf(error, _("TLS is broken: %s"), tls_error(wire->tls));
            return -1;
        }
        if (send_ciphertext(wire, until, error) != 0)
            return -1;
        at += piece;
        size -= piece;
    }
    return 0;
}

/* What TLS has deciphered: some, or what its state says. */
static enum wire_news read_tls(struct wire *wire, struct buf *in, struct buf *error)
{
    size_t before = in->len;
    tls_read(wire->tls, in, PIECE);
    if (in->len > before)
        return WIRE_BYTES;
    if (tls_state(wire->tls) == TLS_ENDED)
        return WIRE_ENDED;
    if (tls_state(wire->tls) != TLS_FAILED)
        return WIRE_LATE;
    buf_printf(error, _("TLS is broken: %s"), tls_error(wire->tls));
    return WIRE_BROKEN;
}

static enum wire_news full(struct buf *error)
{
    buf_add_text(error, _("the other side sends far more than the dialogue expects"));
    return WIRE_BROKEN;
}

enum wire_news wire_read(struct wire *wire, struct buf *in, int64_t until, struct buf *error)
{
    char data[PIECE];
    for (;;) {
        if (in->max - in->len < PIECE)
            return full(error);
        enum wire_news news = wire->tls != NULL ? read_tls(wire, in, error) : WIRE_LATE;
        if (news != WIRE_LATE)
            return news;
        if (wire->ended)
            return WIRE_ENDED;
        ssize_t got = recv(wire->fd, data, sizeof data, 0);
        if (got == 0) {
            wire->ended = true;
        } else if (got > 0 && wire->tls != NULL) {
            tls_feed(wire->tls, data, (size_t)got);
            send_ciphertext(wire, until, error);
        } else if (got > 0) {
            return buf_add(in, data, (size_t)got) == 0 ? WIRE_BYTES : full(error);
        } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
            buf_printf(error, _("the connection broke: %s"), strerror(errno));
            return WIRE_BROKEN;
        } else if (socket_wait(wire->fd, POLLIN, until, -1) == 0) {
            return WIRE_LATE;
        }
    }
}

int wire_start_tls(struct wire *wire, struct tls_context *context, const char *name, int64_t until, struct buf *error)
{
    char data[PIECE];
    wire->tls = tls_new(context, name);
    tls_start(wire->tls);
    while (send_ciphertext(wire, until, error) == 0) {
        if (tls_state(wire->tls) == TLS_OPEN)
            return 0;
        if (tls_state(wire->tls) != TLS_HANDSHAKE) {
            buf_printf(error, _("the TLS handshake failed: %s"), tls_error(wire->tls));
            return -1;
        }
        if (socket_wait(wire->fd, POLLIN, until, -1) <= 0) {
            buf_add_text(error, _("the other side does not go on with the TLS handshake"));
            return -1;
        }
        ssize_t got = recv(wire->fd, data, sizeof data, 0);
        if (got > 0) {
            tls_feed(wire->tls, data, (size_t)got);
        } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
            buf_add_text(error, _("the other side closed the connection during the TLS handshake"));
            return -1;
        }
    }
    return -1;
}

const struct tls *wire_tls(const struct wire *wire)
{
    return wire->tls;
}

int wire_finish(struct wire *wire, int64_t until, struct buf *error)
{
    if (wire->tls != NULL) {
        tls_close(wire->tls);
        if (send_ciphertext(wire, until, error) != 0)
            return -1;
    }
    shutdown(wire->fd, SHUT_WR);
    return 0;
}

void wire_reset(struct wire *wire)
{
    struct linger none = { 1, 0 };
    setsockopt(wire->fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    tls_free(wire->tls);
    wire->tls = NULL;
}

int wire_port(const struct wire *wire, bool own)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    int status = own ? getsockname(wire->fd, (struct sockaddr *)&address, &size)
                     : getpeername(wire->fd, (struct sockaddr *)&address, &size);
    if (status != 0)
        return 0;
    return ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                               : ((struct sockaddr_in *)&address)->sin_port);
}

void wire_close(struct wire *wire)
{
    struct buf ignored;
    if (wire == NULL)
        return;
    if (wire->tls != NULL && tls_state(wire->tls) == TLS_OPEN) {
        buf_init(&ignored, 300);
        tls_close(wire->tls);
        send_ciphertext(wire, wire_now() + 100, &ignored);
        buf_free(&ignored);
    }
    tls_free(wire->tls);
    buf_free(&wire->out);
    close(wire->fd);
    free(wire);
}
