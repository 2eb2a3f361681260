/*
 * watch.h - follows one mail dialogue from both sides, as a server, a client
 * or an onlooker sees it.
 *
 * A watch owns the two parsers and the state machine of a protocol. It is fed
 * the bytes of both directions in the order in which they were seen, and gives
 * events: what was said, which word it was, which state it met and made, and
 * whether the protocol allowed it. The visualizer, the client's protocol pane
 * and the grader use it; the server uses the same parsers and tables.
 *
 * Modes that change on a reply (354, 334, "+", STARTTLS) come from the state
 * rows, so feeding in order is all that is needed. Commands that are sent
 * without waiting for replies (pipelining) are queued and matched with theirs.
 * What breaks the protocol is an event with an error, never a dead end: the
 * watch takes the state from the server's replies again. After TLS was agreed
 * (WATCH_TLS) the bytes that follow are not the protocol's: feed the
 * deciphered ones, to the same watch, after watch_tls_started().
 */
#ifndef PLI_CORE_WATCH_H
#define PLI_CORE_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "machine.h"
#include "words.h"

enum watch_protocol { WATCH_SMTP, WATCH_POP3, WATCH_IMAP };

enum watch_kind {
    WATCH_GREETING,     /* the server's first line(s) */
    WATCH_COMMAND,
    WATCH_REPLY,        /* final reply to a command (SMTP: one event a line; last_line tells) */
    WATCH_UNTAGGED,     /* IMAP "*" response; */
    WATCH_CONTINUE,     /* 354, 334, "+": the client is to go on */
    WATCH_AUTH_DATA,    /* an answer to a SASL challenge: always a secret */
    WATCH_CONTENT,      /* bytes or a line of a message, in either direction */
    WATCH_CONTENT_END,  /* the final dot, or the end of the last chunk */
    WATCH_TLS,          /* the reply after which TLS begins */
    WATCH_ERROR,        /* bytes that are not the protocol */
};

struct watch_event {
    enum watch_kind kind;
    bool from_client;
    uint64_t offset;          /* of its raw bytes in that direction, from the beginning of the watch */
    uint64_t length;          /* in raw bytes, end of line included */
    struct span text;         /* the line without its end, or the content; valid until the next call */
    struct span argument;     /* inside text: what follows the verb or the code */
    struct span tag;          /* IMAP; empty elsewhere */
    const struct word *word;  /* the verb's or reply code's row; NULL when unknown */
    const struct word *detail;/* the row of what comes with it: enhanced or response code, capability, marker; NULL */
    const struct word *command; /* on a reply and on content: the command it belongs to; NULL for none */
    uint64_t number;          /* which command of the dialogue, from 1: its own, or the one it answers; 0 for none */
    bool secret;              /* text holds a password or the like: mask it */
    struct span masked;       /* inside text: that password or the like; empty when not secret */
    bool last_line;           /* of a reply: none of its lines follows (POP3: nor its list or message) */
    bool unfinished;          /* of a line of content: more of this very line follows */
    const char *state_before; /* names from the machine table; equal when nothing moved */
    const char *state_after;  /* moves are made by replies, so a command's two are always equal */
    const struct move *move;  /* the row that moved, or the row that allows; NULL */
    const char *error;        /* N_(): what the protocol forbids here, and NULL when all is well */
};

struct watch;

struct watch *watch_new(enum watch_protocol protocol);
void watch_free(struct watch *watch);
const struct machine_table *watch_machine(const struct watch *watch);
const char *watch_state(const struct watch *watch);    /* its name, after the events that were given */

/* All bytes are taken; call watch_next until it answers 0 before feeding again. */
void watch_feed(struct watch *watch, bool from_client, const void *data, size_t size);

/* 1 an event, 0 more bytes are needed. Protocol errors are events. */
int watch_next(struct watch *watch, struct watch_event *event);

/*
 * The bytes that follow are what TLS carried. Offsets go on counting, without
 * what was ciphered. Bytes fed between WATCH_TLS and this call are reported as
 * WATCH_ERROR: somebody put them in before TLS (RFC 3207 §6 and its "command
 * injection"). For TLS from the first byte on, do not call it at all.
 */
void watch_tls_started(struct watch *watch);

/* The dialogue's beginning was not seen: the watch picks up the state from the replies as soon as they tell it. */
void watch_joined_late(struct watch *watch);

#endif
