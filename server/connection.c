#include "connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/tls.h"
#include "server/admission.h"
#include "server/connection_parts.h"
#include "server/listener.h"
#include "server/mailbox.h"
#include "server/network.h"

enum {
    ROUNDS = 16,               /* of a turn */
    HANDSHAKE_SECONDS = 60,
    STUCK_SECONDS = 300,       /* a peer that reads nothing */
    LINGER_MILLISECONDS = 2000,
    LINGER_AT_END = 500,       /* the same when the server stops */
    POLL_MILLISECONDS = 5000,  /* looking for changes where inotify has no room */
    LOOK_MILLISECONDS = 1200,  /* one more look after a change: see folder.h about the same instant */
};

const size_t connection_size = sizeof(struct connection);

static struct connection *of_entry(struct loop_entry *entry)
{
    return (struct connection *)(void *)entry;
}

/* ---- beginning and end ---- */

static void end(struct connection *connection)
{
    struct session *session = &connection->session;
    if (connection->opened)
        session->listener->ops->close(session);
    if (connection->runtime->server.notify != NULL)
        notify_end(connection->runtime->server.notify, &connection->watch, loop_handle(&connection->entry));
    tls_free(session->tls);
    narrate_free(connection->narrate);
    config_release(session->config);
    buf_free(&connection->wire);
    session->tls = NULL;
    connection->narrate = NULL;
    loop_release(connection->runtime->loop, &connection->entry);
}

const struct sockaddr *connection_peer(const struct loop_entry *entry)
{
    const struct connection *connection = (const struct connection *)(const void *)entry;
    return (const struct sockaddr *)&connection->session.peer;
}

static void set_up(struct connection *connection, struct runtime *runtime, const struct listener *listener,
                   struct config *config, const struct sockaddr_storage *peer)
{
    static atomic_ullong sessions;
    pthread_mutex_lock(&connection->entry.lock); /* others count peers meanwhile */
    memset((char *)connection + sizeof connection->entry, 0, sizeof *connection - sizeof connection->entry);
    connection->session.peer = *peer;
    pthread_mutex_unlock(&connection->entry.lock);
    connection->runtime = runtime;
    buf_init(&connection->wire, CONNECTION_WIRE_MAX);
    connection->quiet_since = loop_now();
    connection->tls_context = runtime_tls(runtime, listener);

    struct session *session = &connection->session;
    session->server = &runtime->server;
    session->config = config;
    session->listener = listener;
    session->connection = connection;
    session->timeout = listener->ops->timeout;
    session->can_tls = connection->tls_context != NULL && !listener->implicit_tls;
    snprintf(session->id, sizeof session->id, "%s-%llu", listener->name, atomic_fetch_add(&sessions, 1) + 1);
    network_text((const struct sockaddr *)peer, session->peer_text, sizeof session->peer_text, &session->peer_port);
    socklen_t size = sizeof session->local;
    if (getsockname(connection->entry.fd, (struct sockaddr *)&session->local, &size) == 0)
        network_text((const struct sockaddr *)&session->local, session->local_text, sizeof session->local_text, NULL);
    connection->narrate = narrate_new(listener_watch(listener), session, config, runtime->narrate);
}

void connection_accepted(void *context, size_t listener_row, int fd)
{
    struct runtime *runtime = context;
    const struct listener *listener = &runtime->listeners[listener_row];
    struct sockaddr_storage peer = { 0 };
    socklen_t size = sizeof peer;
    int one = 1;
    char text[48];
    if (getpeername(fd, (struct sockaddr *)&peer, &size) != 0) {
        close(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    network_text((const struct sockaddr *)&peer, text, sizeof text, NULL);
    struct config *config = runtime_config(runtime);
    struct loop_entry *entry = NULL;
    if (admission_allows(runtime, config, listener, (const struct sockaddr *)&peer))
        entry = loop_enter(runtime->loop, fd);
    if (entry == NULL) {
        admission_turn_away(runtime, listener, fd, text);
        config_release(config);
        return;
    }
    struct connection *connection = of_entry(entry);
    set_up(connection, runtime, listener, config, &peer);
    session_log(&connection->session, "connection from %s port %u", text, connection->session.peer_port);
    if (listener->implicit_tls)
        connection_begin_tls(connection);
    else
        connection_begin_dialogue(connection);
    connection_turn(entry, 0);
}

/* ---- the turn ---- */

static void rest(struct connection *connection, uint32_t events, int64_t deadline)
{
    if (connection->wire.len == 0)
        buf_free(&connection->wire);
    loop_rest(connection->runtime->loop, &connection->entry, events, deadline);
}

static void rest_until_heard(struct connection *connection)
{
    const struct session *session = &connection->session;
    int64_t seconds = connection->phase == PHASE_HANDSHAKE ? HANDSHAKE_SECONDS : session->timeout;
    int64_t patience = config_number(session->config, CONFIG_PATIENCE);
    if (seconds < patience)
        seconds = patience;
    int64_t deadline = connection->quiet_since + seconds * 1000;
    int64_t look = connection->polling ? loop_now() + POLL_MILLISECONDS : connection->look_at;
    connection->timeout_is_poll = look != 0 && connection->answer == SESSION_WAIT && look < deadline;
    rest(connection, EPOLLIN, connection->timeout_is_poll ? look : deadline);
}

static void begin_linger(struct connection *connection)
{
    connection->phase = PHASE_LINGER;
    connection->quiet_since = loop_now();
    shutdown(connection->entry.fd, SHUT_WR);
}

static bool is_stopping(const struct connection *connection)
{
    return loop_stopping(connection->runtime->loop);
}

/* How long a peer may leave what we sent unread. */
static int64_t patience(const struct connection *connection)
{
    return is_stopping(connection) ? LINGER_AT_END : STUCK_SECONDS * 1000LL;
}

static void linger(struct connection *connection, unsigned kicks)
{
    char data[4096];
    int64_t until = connection->quiet_since + (is_stopping(connection) ? LINGER_AT_END : LINGER_MILLISECONDS);
    ssize_t got = 1;
    for (int i = 0; i < ROUNDS && got > 0; i++)
        got = recv(connection->entry.fd, data, sizeof data, 0);
    bool blocked = got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
    if (!blocked || kicks & (KICK_TIMEOUT | KICK_SHUTDOWN) || loop_now() >= until)
        end(connection);
    else
        rest(connection, EPOLLIN, until);
}

/* The kicks that the session is to know of. Answers true when it spoke. */
static bool obey_kicks(struct connection *connection, unsigned *kicks)
{
    if (*kicks & KICK_TIMEOUT && connection->timeout_is_poll) {
        *kicks &= ~(unsigned)KICK_TIMEOUT;
        connection->changed = true;
        connection->look_at = 0;
    }
    connection->timeout_is_poll = false;
    if (connection->phase != PHASE_DIALOGUE)
        return false;
    if (*kicks & (KICK_SHUTDOWN | KICK_TIMEOUT)) {
        connection_let_wake(connection, *kicks & KICK_SHUTDOWN ? SESSION_SHUTDOWN : SESSION_TIMEOUT);
        if (*kicks & KICK_TIMEOUT)
            connection->quiet_since = loop_now();
        *kicks = 0;
        return true;
    }
    if (connection->changed && connection->answer == SESSION_WAIT) {
        connection->changed = false;
        connection_let_wake(connection, SESSION_CHANGED);
        return true;
    }
    return false;
}

/* What the session asked for with its last answer. Answers false when the peer is to be heard next. */
static bool obey_answer(struct connection *connection)
{
    switch (connection->answer) {
    case SESSION_MORE:
        connection_let_speak(connection, connection->session.listener->ops->more);
        return true;
    case SESSION_START_TLS:
        connection->answer = SESSION_CONTINUE;
        connection_begin_tls(connection);
        return false;
    case SESSION_CLOSE:
        if (connection->session.tls != NULL && connection->phase == PHASE_DIALOGUE) {
            tls_close(connection->session.tls);
            tls_take(connection->session.tls, &connection->wire);
            connection_flush(connection);
        }
        begin_linger(connection);
        return true;
    case SESSION_CONTINUE:
    case SESSION_WAIT:
        break;
    }
    return false;
}

/* Until nothing more can be done now. Answers true when the connection was given away: do not touch it. */
static bool round_of_turn(struct connection *connection, unsigned *kicks)
{
    if (connection->phase == PHASE_LINGER) {
        linger(connection, *kicks);
        return true;
    }
    if (connection->pause_until > loop_now() && !(*kicks & KICK_SHUTDOWN)) {
        rest(connection, 0, connection->pause_until);
        return true;
    }
    if (connection->pause_until != 0)
        *kicks &= ~(unsigned)KICK_TIMEOUT;
    connection->pause_until = 0;
    int flushed = connection_flush(connection);
    if (flushed < 0 || (flushed == 0 && *kicks & (KICK_TIMEOUT | KICK_SHUTDOWN)) ||
        (connection->phase == PHASE_HANDSHAKE && *kicks & (KICK_TIMEOUT | KICK_SHUTDOWN))) {
        end(connection);
        return true;
    }
    if (flushed == 0) {
        rest(connection, EPOLLOUT, loop_now() + patience(connection));
        return true;
    }
    if (obey_answer(connection) || obey_kicks(connection, kicks))
        return false;
    switch (connection_hear(connection)) {
    case GOING:
        return false;
    case BLOCKED:
        rest_until_heard(connection);
        return true;
    case ENDED:
        break;
    }
    end(connection);
    return true;
}

void connection_turn(struct loop_entry *entry, unsigned kicks)
{
    struct connection *connection = of_entry(entry);
    if (kicks & KICK_CHANGED) {
        connection->changed = true;
        connection->look_at = loop_now() + LOOK_MILLISECONDS;
    }
    kicks &= ~(unsigned)KICK_CHANGED;
    for (int i = 0; i < ROUNDS || kicks != 0; i++)
        if (round_of_turn(connection, &kicks))
            return;
    /* Others wait too: come back through the loop, at once since the socket is ready for one or the other. */
    rest(connection, EPOLLIN | EPOLLOUT, loop_now() + patience(connection));
}

void connection_abandon(struct loop_entry *entry)
{
    end(of_entry(entry));
}

/* ---- what sessions ask for (session.h) ---- */

void session_watch(struct session *session, const struct mailbox *mailbox)
{
    struct connection *connection = session->connection;
    struct notify *notify = session->server->notify;
    if (notify == NULL || connection == NULL)
        return;
    uint64_t handle = loop_handle(&connection->entry);
    connection->polling = false;
    if (mailbox == NULL)
        notify_end(notify, &connection->watch, handle);
    else if (notify_begin(notify, &connection->watch, handle, mailbox_path(mailbox)) != 0)
        connection->polling = true;
}
