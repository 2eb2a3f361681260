/*
 * session.h - one connection of a dialogue: what came and was not yet looked
 * at, and what the core's watch makes of the conversation so far.
 *
 * Lines are looked at first and taken later, so that an optional line that did
 * not come is still there for the next step. The watch is fed what was sent
 * and what was taken, in that order: its state is that of the dialogue, not of
 * what lies unread.
 */
#ifndef PLI_LABS_DIALOGUE_SESSION_H
#define PLI_LABS_DIALOGUE_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/watch.h"
#include "wire.h"

enum protocol { PROTOCOL_SMTP, PROTOCOL_POP3, PROTOCOL_IMAP, PROTOCOL_NONE };

enum { SESSION_MAX_UNREAD = 4 << 20, SESSION_MAX_TOTAL = 64 << 20 };

struct session {
    enum protocol protocol;
    bool we_are_client;
    struct wire *wire;             /* NULL: not connected, or closed */
    struct tls_context *context;   /* of its TLS */
    struct buf in;                 /* came, and was not taken */
    uint64_t received;
    bool ended;                    /* the other side says nothing more */
    struct watch *watch;           /* NULL: no protocol that the core knows */
    const char *state;             /* "" unknown */
    const char *note;              /* what the protocol forbids about the last line taken or sent, or NULL */
    const struct word *command, *reply;    /* the last ones */
    const struct move *move;
    char tag[40];                  /* of the last IMAP command */
    bool tls_agreed;               /* the last reply said that TLS begins */
    bool multiline;                /* the last POP3 command is answered by lines, if it is by +OK */
};

/* What services are called: smtp, submission, submissions, smtps, pop3, pop3s, imap, imaps. */
enum protocol session_protocol(struct span service, bool *implicit_tls);
const struct word_table *session_words(enum protocol protocol);    /* NULL for none */

void session_open(struct session *session, enum protocol protocol, bool we_are_client, struct wire *wire);
void session_close(struct session *session);

/* The watch hears what we sent. */
void session_sent(struct session *session, const void *data, size_t size);
void session_tls_started(struct session *session);

enum session_news { SESSION_GOT, SESSION_LATE, SESSION_ENDED, SESSION_BROKEN };

/* Waits for more bytes in `in`. BROKEN: a sentence is in error. */
enum session_news session_read(struct session *session, int64_t until, struct buf *error);

/* Waits for a whole line at `from` in `in`: its bytes, end of line included. */
enum session_news session_line(struct session *session, size_t from, int64_t until, struct span *line,
                               struct buf *error);

/* Waits for a whole reply: *size bytes of `in`, and its lines with LF between them in text. */
enum session_news session_reply(struct session *session, int64_t until, size_t *size, struct buf *text,
                                struct buf *error);

/* The first bytes of `in` are done with; the watch hears them. */
void session_take(struct session *session, size_t size);

#endif
