#include "channel.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "i18n.h"
#include "socket.h"

enum {
    DEFAULT_TIMEOUT = 30,
    FIRST_TRIES = 10,        /* seconds for an address when there are others to try */
    PIECE = 16384,
    MAX_CIPHERTEXT = 1 << 20,
};

struct channel {
    int fd;
    struct tls *tls;
    char *host;
    struct net_address peer;
    struct channel_options options;
    struct buf in;           /* plaintext that was received and not read */
    struct buf out;          /* ciphertext on its way to the socket */
    bool ended;
    int64_t until;           /* no wait goes on after that; 0: no such end */
    struct buf error;
};

/* Takes the failure down, and answers -1. */
__attribute__((format(printf, 2, 3)))
static int fail(struct channel *channel, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char text[600];
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    buf_clear(&channel->error);
    buf_add_text(&channel->error, text);
    return -1;
}

/* Says why a wait failed, and answers -1. */
static int not_waited(struct channel *channel)
{
    if (errno == ECANCELED)
        return fail(channel, _("interrupted"));
    return fail(channel, _("cannot wait for %s: %s"), channel->host, strerror(errno));
}

/* Waits for the socket: 1 ready, 0 the time is over, -1 cancelled (or worse). */
static int wait_for(struct channel *channel, short events, int64_t deadline)
{
    int ready = socket_wait(channel->fd, events, deadline, channel->options.cancel_fd);
    return ready < 0 ? not_waited(channel) : ready;
}

static int64_t deadline_of(const void *context)
{
    const struct channel *channel = context;
    int64_t deadline = socket_now() + channel->options.timeout * 1000LL;
    return channel->until != 0 && channel->until < deadline ? channel->until : deadline;
}

void channel_patience(struct channel *channel, int timeout, int total)
{
    channel->options.timeout = timeout;
    channel->until = total > 0 ? socket_now() + total * 1000LL : 0;
}

static int late(struct channel *channel)
{
    return fail(channel, _("no answer from %s within %d seconds"), channel->host, channel->options.timeout);
}

static void explain_connect(struct channel *channel, int problem)
{
    char text[NET_TEXT];
    net_address_text(&channel->peer, text);
    if (problem == ECONNREFUSED)
        fail(channel, _("connection refused by %s: is the server running there?"), text);
    else if (problem == ETIMEDOUT)
        fail(channel, _("no answer from %s: a firewall may drop the packets, or nobody has this address"), text);
    else if (problem == ENETUNREACH || problem == EHOSTUNREACH)
        fail(channel, _("no way to %s: %s"), text, strerror(problem));
    else
        fail(channel, _("cannot connect to %s: %s"), text, strerror(problem));
}

/* One address. 0 connected; 1 it did not work, the next may; -1 cancelled. */
static int try_address(struct channel *channel, const struct net_address *address, int seconds)
{
    channel->peer = *address;
    channel->fd = socket_connect(address, socket_now() + seconds * 1000LL, channel->options.cancel_fd);
    if (channel->fd >= 0)
        return 0;
    if (errno == ECANCELED)
        return not_waited(channel);
    explain_connect(channel, errno);
    return 1;
}

struct channel *channel_connect(const char *host, const struct net_address *addresses, size_t count,
                                const struct channel_options *options, struct buf *error)
{
    struct channel *channel = mem_alloc(sizeof *channel);
    channel->fd = -1;
    channel->host = mem_text(host);
    channel->options = *options;
    if (channel->options.timeout <= 0)
        channel->options.timeout = DEFAULT_TIMEOUT;
    buf_init(&channel->in, 4 * PIECE);
    buf_init(&channel->out, MAX_CIPHERTEXT);
    buf_init(&channel->error, 600);
    fail(channel, _("%s has no address"), host);
    int status = 1;
    for (size_t i = 0; i < count && status == 1; i++) {
        bool last = i + 1 == count;
        int seconds = channel->options.timeout;
        status = try_address(channel, &addresses[i], !last && seconds > FIRST_TRIES ? FIRST_TRIES : seconds);
    }
    if (status == 0)
        return channel;
    buf_add_text(error, channel_error(channel));
    channel_close(channel);
    return NULL;
}

/* Ciphertext, or plaintext where there is no TLS, into the socket. */
static int send_all(struct channel *channel, const char *data, size_t size)
{
    int status = socket_send(channel->fd, data, size, deadline_of, channel, channel->options.cancel_fd);
    if (status > 0)
        return late(channel);
    if (status < 0 && errno == ECANCELED)
        return not_waited(channel);
    if (status < 0)
        return fail(channel, _("%s closed the connection while we were sending: %s"), channel->host, strerror(errno));
    return 0;
}

static int send_ciphertext(struct channel *channel)
{
    int status = 0;
    while (status == 0 && tls_take(channel->tls, &channel->out) > 0) {
        status = send_all(channel, channel->out.data, channel->out.len);
        buf_clear(&channel->out);
    }
    return status;
}

int channel_write(struct channel *channel, const void *data, size_t size)
{
    const char *at = data;
    if (channel->options.watch != NULL)
        channel->options.watch(channel->options.watch_context, true, (struct span){ data, size });
    if (channel->tls == NULL)
        return send_all(channel, at, size);
    while (size > 0) {
        size_t piece = size < PIECE ? size : PIECE;
        if (tls_write(channel->tls, at, piece) != 0)
            return fail(channel, _("TLS with %s is broken: %s"), channel->host, tls_error(channel->tls));
        if (send_ciphertext(channel) != 0)
            return -1;
        at += piece;
        size -= piece;
    }
    return 0;
}

/* What the socket has, one piece: bytes; 0 the end; -1 failure; -2 nothing yet. */
static long receive(struct channel *channel, char *data, size_t size)
{
    ssize_t got = recv(channel->fd, data, size, 0);
    if (got >= 0)
        return got;
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
        return -2;
    return fail(channel, _("the connection to %s broke: %s"), channel->host, strerror(errno));
}

/* Brings what was received into in, without waiting. 0, or -1. */
static int pump(struct channel *channel)
{
    char data[PIECE];
    if (channel->tls != NULL) /* what did not fit last time */
        tls_read(channel->tls, &channel->in, PIECE);
    if (channel->in.len > 0 || channel->ended)
        return 0;
    long got = receive(channel, data, sizeof data);
    if (got == -2)
        return 0;
    if (got < 0)
        return -1;
    if (got == 0) {
        channel->ended = true;
        return 0;
    }
    if (channel->tls == NULL)
        return buf_add(&channel->in, data, (size_t)got);
    tls_feed(channel->tls, data, (size_t)got);
    tls_read(channel->tls, &channel->in, PIECE);
    if (send_ciphertext(channel) != 0)
        return -1;
    if (tls_state(channel->tls) == TLS_FAILED)
        return fail(channel, _("TLS with %s is broken: %s"), channel->host, tls_error(channel->tls));
    channel->ended |= tls_state(channel->tls) == TLS_ENDED;
    return 0;
}

int channel_ready(struct channel *channel, int milliseconds)
{
    int64_t deadline = socket_now() + milliseconds;
    for (;;) {
        if (pump(channel) != 0)
            return -1;
        if (channel->in.len > 0 || channel->ended)
            return 1;
        int ready = wait_for(channel, POLLIN, deadline);
        if (ready <= 0)
            return ready;
    }
}

long channel_read(struct channel *channel, void *data, size_t size)
{
    int64_t left = deadline_of(channel) - socket_now();
    int ready = channel_ready(channel, left > 0 ? (int)left : 0);
    if (ready < 0)
        return -1;
    if (ready == 0)
        return late(channel);
    size_t have = channel->in.len < size ? channel->in.len : size;
    if (have > 0)
        memcpy(data, channel->in.data, have);
    buf_drop(&channel->in, have);
    if (have > 0 && channel->options.watch != NULL)
        channel->options.watch(channel->options.watch_context, false, (struct span){ data, have });
    return (long)have;
}

static int handshake_failed(struct channel *channel)
{
    const char *reason = tls_error(channel->tls);
    if (channel->ended)
        return fail(channel, _("%s closed the connection during the TLS handshake"), channel->host);
    return fail(channel, _("the TLS handshake with %s failed: %s"), channel->host, reason);
}

int channel_start_tls(struct channel *channel, struct tls_context *context)
{
    char data[PIECE];
    buf_clear(&channel->in); /* RFC 3207 §6: what was said in the clear does not count */
    channel->tls = tls_new(context, channel->host);
    tls_start(channel->tls);
    while (send_ciphertext(channel) == 0) {
        if (tls_state(channel->tls) == TLS_OPEN)
            return 0;
        if (tls_state(channel->tls) != TLS_HANDSHAKE || channel->ended)
            return handshake_failed(channel);
        int ready = wait_for(channel, POLLIN, deadline_of(channel));
        if (ready <= 0)
            return ready < 0 ? -1 : late(channel);
        long got = receive(channel, data, sizeof data);
        if (got == -1)
            return -1;
        channel->ended |= got == 0;
        if (got > 0)
            tls_feed(channel->tls, data, (size_t)got);
    }
    return -1;
}

/* Says that nothing more will come and hears the peer out: closing on unread words would be a reset, not a close. */
static void take_leave(struct channel *channel)
{
    char data[PIECE];
    channel->until = 0;
    channel->options.timeout = 1; /* politeness is not worth a long wait */
    if (channel->tls != NULL) {
        tls_close(channel->tls);
        send_ciphertext(channel);
    }
    int64_t until = deadline_of(channel);
    shutdown(channel->fd, SHUT_WR);
    while (!channel->ended && socket_now() < until && wait_for(channel, POLLIN, until) > 0) {
        long got = receive(channel, data, sizeof data);
        channel->ended = got == 0 || got == -1;
    }
}

void channel_close(struct channel *channel)
{
    if (channel == NULL)
        return;
    if (channel->fd >= 0)
        take_leave(channel);
    if (channel->fd >= 0)
        close(channel->fd);
    tls_free(channel->tls);
    free(channel->host);
    buf_free(&channel->in);
    buf_free(&channel->out);
    buf_free(&channel->error);
    free(channel);
}

const char *channel_error(struct channel *channel)
{
    return buf_text(&channel->error);
}

struct tls *channel_tls(const struct channel *channel)
{
    return channel->tls;
}

const struct net_address *channel_peer(const struct channel *channel)
{
    return &channel->peer;
}

int channel_own(const struct channel *channel, struct net_address *address)
{
    *address = (struct net_address){ .length = sizeof address->storage };
    return getsockname(channel->fd, (struct sockaddr *)&address->storage, &address->length);
}

const char *channel_host(const struct channel *channel)
{
    return channel->host;
}

int channel_fd(const struct channel *channel)
{
    return channel->fd;
}
