/*
 * connection_speech.c - what is said over a connection: sent, received,
 * enciphered, deciphered, narrated (connection_parts.h).
 */
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

#include "core/tls.h"
#include "server/connection_parts.h"

enum { READ_SIZE = 64 * 1024, PLAIN_SIZE = 16 * 1024 }; /* the latter: of one TLS record */

/* ---- what goes out ---- */

int connection_flush(struct connection *connection)
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

void connection_let_speak(struct connection *connection, speak *function)
{
    struct buf plain, *out = begin_speech(connection, &plain);
    enum session_answer answer = function(&connection->session, out);
    say(connection, out, answer);
}

void connection_let_wake(struct connection *connection, enum session_wake why)
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

void connection_begin_dialogue(struct connection *connection)
{
    connection->phase = PHASE_DIALOGUE;
    connection->opened = true;
    connection_let_speak(connection, connection->session.listener->ops->open);
}

void connection_begin_tls(struct connection *connection)
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
        connection_begin_dialogue(connection);
        return;
    }
    if (connection->narrate != NULL)
        narrate_tls(connection->narrate);
    connection->phase = PHASE_DIALOGUE;
    connection_let_speak(connection, session->listener->ops->tls_started);
}

/* ---- what comes in ---- */

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
    connection_flush(connection); /* the alert, if there is one */
    return ENDED;
}

enum progress connection_hear(struct connection *connection)
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
    tls_feed(session->tls, data, size);
    bool any = hear_deciphered(connection);
    enum tls_state state = tls_state(session->tls);
    if (!any)
        tls_take(session->tls, &connection->wire);
    if (any || state == TLS_OPEN)
        return GOING;
    if (state == TLS_FAILED) {
        session_log(session, "TLS failed: %s", tls_error(session->tls));
        connection_flush(connection); /* "MUST terminate the connection with a bad_record_mac alert" (RFC 8446 §5.2) */
    }
    return ENDED;
}
