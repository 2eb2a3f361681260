/*
 * imap_parse.h - the stream of one direction of an IMAP connection, cut into
 * commands or responses (RFC 9051, RFC 3501).
 *
 * A command is a line, except that it may hold literals: "{5}" at the end of
 * a line says that five bytes follow, whatever they are, and then the line
 * goes on. From a client the literal is *announced before it is accepted*:
 * "{5}" waits for the server's "+", "{5+}" does not (RFC 7888). So the parser
 * gives an event for the announcement, and its user answers what is to become
 * of the bytes. What is not answered is kept when it is small
 * (limits.literal), else handed out in pieces and not kept.
 *
 *     imap_parse_feed(&parse, bytes, size);
 *     while ((status = imap_parse_next(&parse, &event)) != 0)
 *         ...
 *
 * The events tile the stream: each says which raw bytes it is made of, and
 * there is no gap between one and the next. They are the same whether the
 * bytes come one at a time or all at once (but for the pieces of a streamed
 * literal). All that an event points to is valid until the next call.
 *
 * After an error (-1) the parser is ready for the next line; literals that
 * the bad line announced with "+" were swallowed or will be, so nobody
 * smuggles a command in them. When event.fatal, what follows cannot be
 * understood any more and the connection should be closed.
 */
#ifndef PLI_CORE_IMAP_PARSE_H
#define PLI_CORE_IMAP_PARSE_H

#include <stdbool.h>
#include <stdint.h>

#include "imap_command.h"
#include "imap_lexer.h"
#include "imap_response.h"
#include "imap_tree.h"
#include "line.h"

enum imap_direction { IMAP_FROM_CLIENT, IMAP_FROM_SERVER };

/* How to read what the client sends next; carried by the rows of the state table. */
enum imap_mode {
    IMAP_MODE_COMMAND,
    IMAP_MODE_AUTHENTICATE, /* one line of base64, or "*" */
    IMAP_MODE_IDLE,         /* one line: DONE */
};

enum imap_event_kind {
    IMAP_EVENT_COMMAND,  /* event.command is complete */
    IMAP_EVENT_RESPONSE, /* event.response is complete */
    IMAP_EVENT_LITERAL,  /* a literal is announced; command or response hold what is known so far */
    IMAP_EVENT_DATA,     /* bytes of a literal, in event.line; literal.left more follow */
    IMAP_EVENT_LINE,     /* a line of another mode than IMAP_MODE_COMMAND, in event.line */
};

struct imap_literal {
    uint64_t size;       /* as announced */
    uint64_t left;       /* of it, after this event */
    bool synchronizing;  /* the sender waits for "+" */
    bool binary;
    bool skipped;        /* DATA: nobody wants these bytes */
};

struct imap_event {
    enum imap_event_kind kind;
    uint64_t offset, length; /* raw bytes of the stream, end of line included */
    struct span line;        /* these bytes without the end of line */
    struct imap_literal literal;
    struct imap_command command;
    struct imap_response response;
    const char *error;       /* of -1: N_(), a full sentence */
    bool fatal;
};

/* What is to become of an announced literal. */
enum imap_literal_answer {
    IMAP_LITERAL_KEEP,   /* collect it: it becomes the text of its node */
    IMAP_LITERAL_STREAM, /* hand it out in DATA events */
    IMAP_LITERAL_SKIP,   /* the same, marked skipped: the command will be refused when it is complete */
    IMAP_LITERAL_REFUSE, /* the server said NO or BAD instead of "+": the command ended here */
};

struct imap_limits {
    size_t line;         /* of one line's text */
    size_t bytes;        /* of all texts of one command or response, kept literals included */
    size_t literal;      /* kept without being asked for */
    unsigned nodes;
    unsigned depth;      /* of lists within lists */
};

extern const struct imap_limits imap_limits_command;  /* what a server takes from anybody */
extern const struct imap_limits imap_limits_response; /* what a client takes from its server */

struct imap_parse {
    enum imap_direction direction;
    struct imap_limits limits;
    enum imap_mode mode;
    struct line_splitter lines;
    struct imap_tree tree;
    struct imap_lexer lexer;
    struct imap_response response;
    enum { IMAP_AT_LINE, IMAP_AT_ANSWER, IMAP_AT_LITERAL } at;
    bool continued;              /* the next line goes on with a command or response */
    bool done;                   /* the tree was handed out: free it before going on */
    bool discard;                /* the command was bad: swallow what still belongs to it */
    enum imap_literal_answer answer;
    struct imap_literal literal;
    struct imap_node *node;      /* of the literal; NULL while discarding */
    size_t kept;                 /* bytes of it in node->text */
};

void imap_parse_init(struct imap_parse *parse, enum imap_direction direction, const struct imap_limits *limits);
void imap_parse_free(struct imap_parse *parse);

/* All bytes are taken; call imap_parse_next until it answers 0 before feeding again. */
void imap_parse_feed(struct imap_parse *parse, const void *data, size_t size);

/* 1 an event, 0 more bytes are needed, -1 an error (event says which bytes, which tag if any, and why). */
int imap_parse_next(struct imap_parse *parse, struct imap_event *event);

/* After a LITERAL event, before the next call of imap_parse_next. */
void imap_parse_answer(struct imap_parse *parse, enum imap_literal_answer answer);

/* How to read the client's next line. */
void imap_parse_set_mode(struct imap_parse *parse, enum imap_mode mode);

/* How many bytes were fed and not handed out. */
size_t imap_parse_waiting(const struct imap_parse *parse);

/* Nothing is expected for a while: gives back memory that holds nothing. */
void imap_parse_rest(struct imap_parse *parse);

/* Forgets what was fed and not handed out: what follows STARTTLS in the clear. Answers how much. */
size_t imap_parse_drop(struct imap_parse *parse);

#endif
