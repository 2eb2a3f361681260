/*
 * connection_parts.h - the inside of a connection, for the two files that work
 * on it: connection.c decides whose turn it is, connection_speech.c carries
 * what is said, under TLS or not.
 */
#ifndef PLI_SERVER_CONNECTION_PARTS_H
#define PLI_SERVER_CONNECTION_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "server/loop.h"
#include "server/narrate.h"
#include "server/notify.h"
#include "server/runtime.h"
#include "server/session.h"

enum { CONNECTION_WIRE_MAX = SESSION_OUT_MAX + 256 * 1024 };

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

/* All of wire is out: 1; the socket is full: 0; the peer is gone: -1. */
int connection_flush(struct connection *connection);

/* The session speaks through one of these: what it says is narrated and, under TLS, enciphered. */
typedef enum session_answer speak(struct session *session, struct buf *out);
void connection_let_speak(struct connection *connection, speak *function);
void connection_let_wake(struct connection *connection, enum session_wake why);

void connection_begin_dialogue(struct connection *connection);
void connection_begin_tls(struct connection *connection);

/* Reads from the peer once and lets the session hear it. */
enum progress { GOING, BLOCKED, ENDED };
enum progress connection_hear(struct connection *connection);

#endif
