/*
 * session.h - what the server asks of a protocol, and what it gives.
 *
 * A protocol (smtpd, pop3d, imapd) is a struct session_ops. It is handed the
 * bytes that the peer sent, already deciphered, and adds the bytes to send to
 * a buffer; its answer says how the dialogue goes on. It never touches a
 * socket. Only one thread at a time works on a session, but not always the
 * same one. A session may block on the disk, never on the peer.
 *
 * Big outputs stay bounded: when `out` holds SESSION_OUT_HIGH bytes or more,
 * stop, keep the place (in the list, in the letter, in the commands not yet
 * read from your own parser) and answer SESSION_MORE. The connection sends
 * what there is and calls more() when it has gone out; until then it reads
 * nothing from the peer. So input() takes all the bytes it is given, but need
 * not obey all the commands in them at once.
 *
 * SESSION_START_TLS: the reply in `out` goes out in the clear, then TLS is
 * set up, then tls_started() is called. What the peer sent in the clear after
 * its STARTTLS is dropped by the connection; the session drops what its own
 * parser still holds (RFC 3207 §4.2; otherwise commands could be injected).
 */
#ifndef PLI_SERVER_SESSION_H
#define PLI_SERVER_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "core/buf.h"

enum session_answer {
    SESSION_CONTINUE,  /* send out, then wait for the peer */
    SESSION_CLOSE,     /* send out, then close */
    SESSION_START_TLS, /* send out, then TLS, then tls_started() */
    SESSION_MORE,      /* send out, then call more() */
    SESSION_WAIT,      /* like CONTINUE, and call wake(SESSION_CHANGED) when the watched mailbox changes */
};

enum session_wake {
    SESSION_CHANGED,   /* something changed in the mailbox given to session_watch() */
    SESSION_TIMEOUT,   /* the peer was silent for session->timeout seconds: say goodbye and answer SESSION_CLOSE */
    SESSION_SHUTDOWN,  /* the server stops: say goodbye and answer SESSION_CLOSE */
};

enum {
    SESSION_OUT_HIGH = 64 * 1024,  /* answer SESSION_MORE from here on */
    SESSION_OUT_MAX = 1024 * 1024, /* the maximum of out */
};

struct config;
struct listener;
struct mailbox;
struct relay;
struct server;
struct session;
struct tls;

struct session_ops {
    const char *protocol; /* "SMTP" */
    unsigned timeout;     /* seconds of silence allowed at first */
    /* Sets session->state and writes the greeting. With implicit TLS it is called when TLS stands. */
    enum session_answer (*open)(struct session *session, struct buf *out);
    enum session_answer (*input)(struct session *session, const void *data, size_t size, struct buf *out);
    enum session_answer (*more)(struct session *session, struct buf *out);
    enum session_answer (*wake)(struct session *session, enum session_wake why, struct buf *out);
    enum session_answer (*tls_started)(struct session *session, struct buf *out);
    /* The connection is gone, orderly or not: release session->state. Called once if open was called. */
    void (*close)(struct session *session);
};

/* One per connection. Read by sessions; the fields of the last group are theirs to write. */
struct session {
    struct server *server;
    const struct config *config;     /* as it was when the connection was opened */
    const struct listener *listener; /* which row of the table of listeners, with its role */
    char id[20];                     /* names the session in the log */
    struct sockaddr_storage peer;
    char peer_text[48];              /* "192.0.2.1", "2001:db8::1" */
    uint16_t peer_port;
    char local_text[48];
    struct sockaddr_storage local;
    bool can_tls;                    /* STARTTLS may be offered: there is a certificate, and TLS does not stand yet */
    struct tls *tls;                 /* core/tls.h; NULL while in the clear */
    char tls_text[80];               /* "TLSv1.3, TLS_AES_256_GCM_SHA384"; empty while in the clear */
    void *connection;                /* the connection's own */

    void *state;                     /* the protocol's own */
    unsigned timeout;                /* seconds; change it as the dialogue goes on */
    unsigned failures;               /* of logins; auth.h counts */
    unsigned pause;                  /* milliseconds to hold back this answer (wrong password); reset when obeyed */
};

/* What a listening port is for. The table is in server/listener.c. */
struct listener {
    const char *name;                /* "smtp", "submission", "submissions", "pop3", "pop3s", "imap", "imaps" */
    const char *meaning;             /* one sentence, N_() */
    const struct session_ops *ops;
    uint16_t port;                   /* for an ordinary user: 2525 ... */
    uint16_t standard_port;          /* 25 ... */
    bool implicit_tls;
    bool submission;                 /* RFC 6409: for the users' own programs, not for other servers */
};

/* Everything the sessions of one server share. */
struct server {
    const char *root;                /* folder of everything the server keeps */
    struct users *users;
    struct log *log;                 /* io/log.h */
    struct relay *relay;             /* NULL: letters for other servers stay in the queue (unit tests) */
    struct notify *notify;           /* NULL: no notifications (unit tests) */
};

/*
 * From now on changes of the mailbox are noted for this session (one at a
 * time; NULL ends it). Call it, then mailbox_sync(), then answer SESSION_WAIT:
 * what happens in between is not lost.
 */
void session_watch(struct session *session, const struct mailbox *mailbox);

/* One line in the server's log about this session: "letter accepted, ..." Control characters are made harmless. */
void session_log(const struct session *session, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
