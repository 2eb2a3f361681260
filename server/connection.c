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

#include "core/mem.h"
#include "io/log.h"
#include "server/admission.h"
#include "server/listener.h"
#include "server/mailbox.h"
#include "server/narrate.h"
#include "server/network.h"

enum {
    READ_SIZE = 64 * 1024,
    PLAIN_SIZE = 16 * 1024,    /* of one TLS record */
    WIRE_MAX = SESSION_OUT_MAX + 256 * 1024,
    ROUNDS = 16,               /* of a turn */
    HANDSHAKE_SECONDS = 60,
    STUCK_SECONDS = 300,       /* a peer that reads nothing */
    LINGER_MILLISECONDS = 2000,
    POLL_MILLISECONDS = 5000,  /* looking for changes where inotify has no room */
    LOOK_MILLISECONDS = 1200,  /* one more look after a change: see folder.h about the same instant */
};

enum phase {
    PHASE_HANDSHAKE,  /* TLS is being set up */
    PHASE_DIALOGUE,
    PHASE_LINGER,     /* all is said; wait for the peer to close */
};

struct connection {
    struct loop_entry entry;   /* first: the loop's */
    struct runtime *runtime;
    enum phase phase;
    bool opened;               /* session->close is due */
    bool changed;              /* the mailbox did; told when the session waits */
    bool polling;              /* no inotify for it */
    int64_t look_at;           /* when to look once more; 0: no need */
    bool timeout_is_poll;      /* the deadline is that of the next look, not of the peer's silence */
    enum session_answer answer;
    int64_t pause_until;
    int64_t quiet_since;       /* when the peer was last heard */
    struct buf wire;           /* to be sent */
    size_t sent;               /* of it */
    struct tls_context *tls_context;
    struct narrate *narrate;
    struct notify_watch watch;
    struct session session;
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
    buf_init(&connection->wire, WIRE_MAX);
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
    if (runtime->narrate)
        connection->narrate = narrate_new(listener_watch(listener), session);
}

static void begin_tls(struct connection *connection);
static void begin_dialogue(struct connection *connection);

void connection_accepted(void *context, size_t listener_row, int fd)
{
    struct runtime *runtime = context;
    const struct listener *listener = &listener_table[listener_row];
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
        begin_tls(connection);
    else
        begin_dialogue(connection);
    connection_turn(entry, 0);
}

/* ---- what goes out ---- */

/* All of wire: 1; the socket is full: 0; the peer is gone: -1. */
static int flush(struct connection *connection)
{
    while (connection->sent < connection->wire.len) {
        ssize_t done = send(connection->entry.fd, connection->wire.data + connection->sent,
                            connection->wire.len - connection->sent, MSG_NOSIGNAL);
        if (done > 0)
            connection->sent += (size_t)done;
        else if (done < 0 && errno == EAGAIN)
            return 0;
        else if (done == 0 || errno != EINTR)
            return -1;
    }
    connection->sent = 0;
    buf_clear(&connection->wire);
    return 1;
}

/* The session speaks through one of these: what it says is narrated and, under TLS, enciphered. */
typedef enum session_answer speak(struct session *session, struct buf *out);

static void say(struct connection *connection, struct buf *out, enum session_answer answer)
{
    struct session *session = &connection->session;
    connection->answer = answer;
    if (session->pause > 0)
        connection->pause_until = loop_now() + session->pause;
    session->pause = 0;
    if (connection->narrate != NULL && out->len > 0)
        narrate_bytes(connection->narrate, false, out->data, out->len);
    if (session->tls == NULL)
        return;
    if (out->len > 0 && tls_write(session->tls, out->data, out->len) != 0)
        connection->answer = SESSION_CLOSE;
    tls_take(session->tls, &connection->wire);
    buf_free(out);
}

/* In the clear the session writes into wire itself, which is empty whenever it is asked. */
static struct buf *begin_speech(struct connection *connection, struct buf *plain)
{
    buf_init(plain, SESSION_OUT_MAX);
    return connection->session.tls != NULL ? plain : &connection->wire;
}

static void let_speak(struct connection *connection, speak *function)
{
    struct buf plain, *out = begin_speech(connection, &plain);
    enum session_answer answer = function(&connection->session, out);
    say(connection, out, answer);
}

static void let_wake(struct connection *connection, enum session_wake why)
{
    struct buf plain, *out = begin_speech(connection, &plain);
    enum session_answer answer = connection->session.listener->ops->wake(&connection->session, why, out);
    say(connection, out, answer);
}

static void let_hear(struct connection *connection, const void *data, size_t size)
{
    struct buf plain, *out = begin_speech(connection, &plain);
    if (connection->narrate != NULL)
        narrate_bytes(connection->narrate, true, data, size);
    enum session_answer answer = connection->session.listener->ops->input(&connection->session, data, size, out);
    say(connection, out, answer);
}

static void begin_dialogue(struct connection *connection)
{
    connection->phase = PHASE_DIALOGUE;
    connection->opened = true;
    let_speak(connection, connection->session.listener->ops->open);
}

static void begin_tls(struct connection *connection)
{
    connection->phase = PHASE_HANDSHAKE;
    connection->session.tls = tls_new(connection->tls_context, NULL);
    connection->session.can_tls = false;
}

static void tls_stands(struct connection *connection)
{
    struct session *session = &connection->session;
    struct tls_info info;
    tls_describe(session->tls, &info);
    snprintf(session->tls_text, sizeof session->tls_text, "%s, %s", info.version, info.cipher);
    session_log(session, "TLS: %s", session->tls_text);
    if (!connection->opened) {
        begin_dialogue(connection);
        return;
    }
    if (connection->narrate != NULL)
        narrate_tls(connection->narrate);
    connection->phase = PHASE_DIALOGUE;
    let_speak(connection, session->listener->ops->tls_started);
}

/* ---- what comes in ---- */

enum progress { GOING, BLOCKED, ENDED };

/* One read from the socket into memory of the worker's. */
static enum progress receive(struct connection *connection, char *data, size_t *size)
{
    ssize_t got;
    do
        got = recv(connection->entry.fd, data, READ_SIZE, 0);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return errno == EAGAIN ? BLOCKED : ENDED;
    *size = (size_t)got;
    connection->quiet_since = loop_now();
    return got > 0 ? GOING : ENDED;
}

/* Deciphered bytes that are already there, one record at most. */
static bool hear_deciphered(struct connection *connection)
{
    struct buf plain;
    buf_init(&plain, PLAIN_SIZE);
    bool any = tls_read(connection->session.tls, &plain, PLAIN_SIZE) > 0;
    if (any)
        let_hear(connection, plain.data, plain.len);
    buf_free(&plain);
    return any;
}

static enum progress handshake(struct connection *connection, const char *data, size_t size)
{
    struct session *session = &connection->session;
    enum tls_state state = tls_feed(session->tls, data, size);
    tls_take(session->tls, &connection->wire);
    if (state == TLS_HANDSHAKE)
        return GOING;
    if (state == TLS_OPEN) {
        tls_stands(connection);
        return GOING;
    }
    session_log(session, "TLS failed: %s", tls_error(session->tls));
    flush(connection); /* the alert, if there is one */
    return ENDED;
}

static enum progress hear(struct connection *connection)
{
    static _Thread_local char data[READ_SIZE];
    struct session *session = &connection->session;
    size_t size = 0;
    if (session->tls != NULL && connection->phase == PHASE_DIALOGUE && hear_deciphered(connection))
        return GOING;
    enum progress progress = receive(connection, data, &size);
    if (progress != GOING)
        return progress;
    if (connection->phase == PHASE_HANDSHAKE)
        return handshake(connection, data, size);
    if (session->tls == NULL) {
        let_hear(connection, data, size);
        return GOING;
    }
    enum tls_state state = tls_feed(session->tls, data, size);
    bool any = hear_deciphered(connection);
    if (!any)
        tls_take(session->tls, &connection->wire);
    if (any || state == TLS_OPEN)
        return GOING;
    if (state == TLS_FAILED)
        session_log(session, "TLS failed: %s", tls_error(session->tls));
    return ENDED;
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

static void linger(struct connection *connection, unsigned kicks)
{
    char data[4096];
    int64_t until = connection->quiet_since + LINGER_MILLISECONDS;
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
        let_wake(connection, *kicks & KICK_SHUTDOWN ? SESSION_SHUTDOWN : SESSION_TIMEOUT);
        if (*kicks & KICK_TIMEOUT)
            connection->quiet_since = loop_now();
        *kicks = 0;
        return true;
    }
    if (connection->changed && connection->answer == SESSION_WAIT) {
        connection->changed = false;
        let_wake(connection, SESSION_CHANGED);
        return true;
    }
    return false;
}

/* What the session asked for with its last answer. Answers false when the peer is to be heard next. */
static bool obey_answer(struct connection *connection)
{
    switch (connection->answer) {
    case SESSION_MORE:
        let_speak(connection, connection->session.listener->ops->more);
        return true;
    case SESSION_START_TLS:
        connection->answer = SESSION_CONTINUE;
        begin_tls(connection);
        return false;
    case SESSION_CLOSE:
        if (connection->session.tls != NULL && connection->phase == PHASE_DIALOGUE) {
            tls_close(connection->session.tls);
            tls_take(connection->session.tls, &connection->wire);
            flush(connection);
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
    int flushed = flush(connection);
    if (flushed < 0 || (flushed == 0 && *kicks & (KICK_TIMEOUT | KICK_SHUTDOWN)) ||
        (connection->phase == PHASE_HANDSHAKE && *kicks & (KICK_TIMEOUT | KICK_SHUTDOWN))) {
        end(connection);
        return true;
    }
    if (flushed == 0) {
        rest(connection, EPOLLOUT, loop_now() + STUCK_SECONDS * 1000LL);
        return true;
    }
    if (obey_answer(connection) || obey_kicks(connection, kicks))
        return false;
    switch (hear(connection)) {
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
    rest(connection, EPOLLIN | EPOLLOUT, loop_now() + STUCK_SECONDS * 1000LL);
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
