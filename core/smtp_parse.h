/*
 * smtp_parse.h - SMTP bytes into events, in either direction.
 *
 * A parser reads one direction. feed() takes all bytes; then next() is called
 * until it answers 0. The events are the same whether the bytes came one at a
 * time or all at once (only the bytes of a chunk come in the pieces in which
 * they were fed), and each says where its bytes were in the stream.
 *
 * The reader of the client's direction sets `mode` to what the state row says:
 * after 354 come the lines of a message up to CR LF "." CR LF, after 334 an
 * answer in base64. It falls back to commands by itself. Chunks need no mode:
 * BDAT announces their length (RFC 3030 §2).
 *
 * Nothing is repaired. A line that ends with LF alone, or contains a CR or a
 * NUL, is answered -1, and in a message such a line end never makes the line
 * behind it a final dot: programs that disagree about that can be made to see
 * two messages where one was sent (SMTP smuggling). After -1 the event is
 * filled as far as possible, its error says what is wrong, and the parser goes
 * on behind it.
 */
#ifndef PLI_CORE_SMTP_PARSE_H
#define PLI_CORE_SMTP_PARSE_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "line.h"
#include "machine.h"

/* RFC 5321 §4.5.3.1.4-6: octets, CR LF included; a message's line without the dot added for transparency. */
#define SMTP_COMMAND_MAX 512
#define SMTP_REPLY_MAX 512
#define SMTP_TEXT_MAX 1000
/* What extensions add: SIZE 26 (RFC 1870 §3), BODY 17 and 16 (RFC 6152 §2, RFC 3030 §3), SMTPUTF8 10 (RFC 6531
 * §3.1), AUTH 500 (RFC 4954 §3), RET and ENVID on MAIL, NOTIFY and ORCPT on RCPT (RFC 3461 §5.4). */
#define SMTP_MAIL_MAX (512 + 26 + 17 + 16 + 10 + 500 + 128)
#define SMTP_RCPT_MAX (512 + 544)
/* RFC 4954 §4: of a line of the SASL exchange. */
#define SMTP_SASL_MAX 12288

enum smtp_verb {
    SMTP_HELO, SMTP_EHLO, SMTP_MAIL, SMTP_RCPT, SMTP_DATA, SMTP_BDAT, SMTP_RSET, SMTP_VRFY, SMTP_EXPN,
    SMTP_HELP, SMTP_NOOP, SMTP_QUIT, SMTP_AUTH, SMTP_STARTTLS,
    SMTP_UNKNOWN,
    /* Not commands of their own, but they move the state as well: */
    SMTP_BDAT_LAST,    /* BDAT with LAST */
    SMTP_GREETING,     /* the server's first reply */
    SMTP_MESSAGE,      /* the final dot */
    SMTP_TLS_STARTED,  /* the TLS handshake after STARTTLS was done */
    SMTP_SHUTDOWN,     /* 421, as a reply or unasked */
    SMTP_DISCONNECT,   /* the connection ended */
    SMTP_VERBS
};

enum smtp_mode { SMTP_MODE_COMMAND, SMTP_MODE_DATA, SMTP_MODE_SASL };

enum smtp_kind {
    SMTP_COMMAND,      /* verb, argument; for BDAT chunk_size */
    SMTP_SASL,         /* the client's answer to a challenge; "*" cancels */
    SMTP_LINE,         /* of a message: argument is the line without stuffing */
    SMTP_CHUNK,        /* bytes of a chunk: argument */
    SMTP_CONTENT_END,  /* the final dot (verb SMTP_MESSAGE), or the end of a chunk (SMTP_BDAT, SMTP_BDAT_LAST) */
    SMTP_REPLY,        /* one line of a reply: code, enhanced, argument, last_line, outcome */
};

struct smtp_event {
    enum smtp_kind kind;
    enum smtp_verb verb;
    enum outcome outcome;
    int code;              /* 250 */
    bool last_line;
    struct span text;      /* the line as it was, without its end; all spans are valid until the next call */
    struct span argument;  /* what follows the verb, the reply and enhanced code, or the stuffing */
    struct span enhanced;  /* "2.1.0" (RFC 3463), or empty */
    uint64_t chunk_size;   /* BDAT */
    bool unfinished;       /* SMTP_LINE: more of this line follows */
    unsigned flags;        /* enum line_flag */
    uint64_t offset;
    uint64_t length;       /* raw, end of line included */
    const char *error;     /* N_(), when next() answered -1 */
};

struct smtp_parser {
    struct line_splitter lines;
    bool from_client;
    enum smtp_mode mode;   /* client's direction: how to read the next line; to be set by the caller */
    bool line_open;        /* in a message: the line before did not end with CR LF */
    bool in_piece;         /* in a message: the line before was only a piece of one */
    uint64_t chunk_left;
    enum smtp_verb chunk;  /* SMTP_BDAT or SMTP_BDAT_LAST while a chunk is read, else SMTP_UNKNOWN */
    int reply;             /* code of the reply whose first lines were read; 0 between replies */
};

void smtp_parse_init(struct smtp_parser *parser, bool from_client);
void smtp_parse_free(struct smtp_parser *parser);
void smtp_parse_feed(struct smtp_parser *parser, const void *data, size_t size);

/* 1 an event; 0 more bytes are needed; -1 an event that is not SMTP, see its error. */
int smtp_parse_next(struct smtp_parser *parser, struct smtp_event *event);

/* The verb that a word names, in either case; SMTP_UNKNOWN for others. */
enum smtp_verb smtp_verb_of(struct span word);

/* Cuts the next word off: up to the next space; leading spaces are skipped. Empty at the end. */
struct span smtp_word(struct span *rest);

#endif
