/*
 * pop3_parse.h - POP3 bytes into events, in either direction.
 *
 * A parser reads one direction. feed() takes all bytes; then next() is called
 * until it answers 0. The events are the same whether the bytes came one at a
 * time or all at once, and each says where its bytes were in the stream.
 *
 * What a line means depends on the dialogue, not on the line. The reader of
 * the client's direction sets `mode` to what the state row says (a SASL answer
 * follows "+ "), which holds for one line; the reader of the server's direction sets `multiline` to
 * pop3_reply_is_multiline() of the command that is to be answered, before
 * the status line arrives: after a +OK the parser then gives the lines that
 * follow, without the dot that RFC 1939 §3 puts before a line that begins
 * with one, up to the line that is a dot alone.
 *
 * Lines that are not POP3 are answered -1 with the same event filled as far
 * as possible and its error set; the parser goes on behind them.
 */
#ifndef PLI_CORE_POP3_PARSE_H
#define PLI_CORE_POP3_PARSE_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "line.h"
#include "machine.h"

/* RFC 2449 §4: octets of a command and of a reply's first line, CR LF included. */
#define POP3_COMMAND_MAX 255
#define POP3_REPLY_MAX 512
/* RFC 5034 §4 lets SASL lines be as long as the mechanisms need; RFC 4954 §4 names this number. */
#define POP3_SASL_MAX 12288
/* A line of a message comes in pieces when it is longer. */
#define POP3_PIECE_MAX 8192

enum pop3_verb {
    POP3_USER, POP3_PASS, POP3_APOP, POP3_AUTH, POP3_STLS, POP3_CAPA, POP3_LANG, POP3_UTF8,
    POP3_STAT, POP3_LIST, POP3_UIDL, POP3_RETR, POP3_TOP, POP3_DELE, POP3_NOOP, POP3_RSET, POP3_QUIT,
    POP3_UNKNOWN,
    /* Not commands, but they move the state as well: */
    POP3_GREETING,     /* the server's first line */
    POP3_TLS_STARTED,  /* the TLS handshake after STLS was done */
    POP3_DISCONNECT,   /* the connection ended, or the server grew tired of waiting */
    POP3_VERBS
};

enum pop3_mode { POP3_MODE_COMMAND, POP3_MODE_SASL };

enum pop3_kind {
    POP3_COMMAND,    /* verb, argument */
    POP3_SASL,       /* the client's answer to a challenge; "*" cancels */
    POP3_STATUS,     /* +OK or -ERR: outcome, code, argument */
    POP3_CHALLENGE,  /* "+ ": argument is base64 */
    POP3_LINE,       /* of a multi-line reply: argument is the line without stuffing */
    POP3_END,        /* the dot */
};

struct pop3_event {
    enum pop3_kind kind;
    enum pop3_verb verb;
    enum outcome outcome;
    struct span text;      /* the line as it was, without its end; all spans are valid until the next call */
    struct span argument;  /* what follows the verb, the status and code, or the stuffing */
    struct span code;      /* "IN-USE" of "-ERR [IN-USE] ..." (RFC 2449 §8), or empty */
    bool unfinished;       /* POP3_LINE: more of this line follows */
    unsigned flags;        /* enum line_flag */
    uint64_t offset;
    uint64_t length;       /* raw, end of line included */
    const char *error;     /* N_(), when next() answered -1 */
};

struct pop3_parser {
    struct line_splitter lines;
    bool from_client;
    enum pop3_mode mode;   /* client's direction: how to read the next line; to be set by the caller */
    bool multiline;        /* server's direction: is the next +OK followed by lines? to be set by the caller */
    bool in_lines;
    bool unfinished;
};

void pop3_parse_init(struct pop3_parser *parser, bool from_client);
void pop3_parse_free(struct pop3_parser *parser);
void pop3_parse_feed(struct pop3_parser *parser, const void *data, size_t size);

/* 1 an event; 0 more bytes are needed; -1 an event that is not POP3, see its error. */
int pop3_parse_next(struct pop3_parser *parser, struct pop3_event *event);

/* The verb that a word names, in either case; POP3_UNKNOWN for others. */
enum pop3_verb pop3_verb_of(struct span word);

/* Cuts the next word off the argument: words are separated by single spaces (RFC 2449 §3). Empty at the end. */
struct span pop3_word(struct span *argument);

#endif
