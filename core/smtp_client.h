/*
 * smtp_client.h - the sending half of SMTP, as a machine: the mail client and
 * the relay drive it. Bytes from the server go in, bytes to the server come
 * out; sockets, TLS and files are the driver's.
 *
 *     greeting, EHLO (else HELO), STARTTLS and EHLO again, AUTH      -> READY
 *     smtp_client_mail: MAIL, RCPT ..., DATA, content, dot           -> READY
 *     smtp_client_quit                                               -> OVER
 *
 * The driver loops: send what is in smtp_client_output (and drop it there),
 * then do what the status asks for. Every reply is checked against the table
 * of smtp_state. Commands are sent in groups where the server offers
 * PIPELINING, one by one where not (RFC 2920).
 *
 * Nothing that the server said before TLS counts afterwards, and bytes that
 * follow its consent to STARTTLS in the clear end the dialogue: only somebody
 * in between could have sent them (RFC 3207 §6).
 */
#ifndef PLI_CORE_SMTP_CLIENT_H
#define PLI_CORE_SMTP_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "machine.h"
#include "sasl.h"
#include "smtp_offer.h"
#include "smtp_parse.h"
#include "smtp_path.h"

enum smtp_client_status {
    SMTP_CLIENT_WAIT,       /* feed what the server says */
    SMTP_CLIENT_MORE,       /* when the output was sent, call smtp_client_more: content comes in pieces */
    SMTP_CLIENT_START_TLS,  /* do the handshake, then call smtp_client_tls_started */
    SMTP_CLIENT_READY,      /* for a letter, or for QUIT */
    SMTP_CLIENT_OVER,       /* QUIT was answered: close */
    SMTP_CLIENT_FAILED,     /* smtp_client_problem tells; close */
};

enum smtp_client_tls { SMTP_CLIENT_TLS_NEVER, SMTP_CLIENT_TLS_OFFERED, SMTP_CLIENT_TLS_REQUIRED };

/* What is pointed to must outlive the client. */
struct smtp_client_options {
    const char *hello;                          /* our name, for EHLO */
    enum smtp_client_tls starttls;
    bool in_tls;                                /* TLS began before the greeting (smtps:) */
    const struct sasl_credentials *credentials; /* NULL: do not log in */
    bool plaintext;                             /* the password may cross this connection in the clear */
};

/* What the sender wants to be told about a recipient (RFC 3461 §4.1, §4.2). */
struct smtp_wish {
    unsigned notify;                /* of enum smtp_notify; 0: not said */
    const char *original;           /* ORCPT as on the wire, "rfc822;bob@example.net"; NULL: not said */
};

struct smtp_letter {
    const char *sender;             /* "" for the null path of bounces */
    const char *const *recipients;
    size_t count;
    uint64_t size;                  /* in bytes, about; 0: not known */
    bool eight_bit;                 /* the content has bytes over 127 */
    bool utf8;                      /* its header has, or an address: needs SMTPUTF8 */
    enum smtp_return ret;           /* RET (RFC 3461 §4.3), and ENVID (§4.4) as on the wire or NULL; these and the */
    const char *envid;              /* wishes, one for each recipient or NULL, are said where DSN is offered */
    const struct smtp_wish *wishes;
    /* Hands out the content from its beginning: how many bytes; 0 at the end; -1: it cannot be read. */
    long (*read)(void *context, char *data, size_t size);
    void *context;
};

/* What the server answered. */
struct smtp_answer {
    int code;                       /* 0: nothing */
    char enhanced[16];              /* "5.1.1", or "" */
    char *text;                     /* its lines with LF between; never NULL; not safe for a terminal */
};

struct smtp_client;

struct smtp_client *smtp_client_new(const struct smtp_client_options *options);
void smtp_client_free(struct smtp_client *client);

/* All bytes are taken. */
enum smtp_client_status smtp_client_feed(struct smtp_client *client, const void *data, size_t size);

/* What is to be sent; the driver drops what it has sent. */
struct buf *smtp_client_output(struct smtp_client *client);

/* The output was sent after MORE. */
enum smtp_client_status smtp_client_more(struct smtp_client *client);

/* The handshake was done. binding: of this connection, or NULL; must outlive the client. */
enum smtp_client_status smtp_client_tls_started(struct smtp_client *client, const struct scram_binding *binding);

/*
 * When READY: sends a letter, which must live until READY again. The answers
 * are kept until the next letter. FAILED only when the dialogue is broken.
 */
enum smtp_client_status smtp_client_mail(struct smtp_client *client, const struct smtp_letter *letter);

enum smtp_client_status smtp_client_quit(struct smtp_client *client);

/* Of the last letter: was it accepted for anybody; what was said about each recipient, and at the end. */
bool smtp_client_accepted(const struct smtp_client *client);
const struct smtp_answer *smtp_client_recipient(const struct smtp_client *client, size_t index);
const struct smtp_answer *smtp_client_answer(const struct smtp_client *client);

/* Once READY: what the server offers. */
const struct smtp_offer *smtp_client_offer(const struct smtp_client *client);

/* For the driver's clock (RFC 5321 §4.5.3.2): the verb whose reply is awaited, and how many replies came so far. */
enum smtp_verb smtp_client_awaits(const struct smtp_client *client);
uint64_t smtp_client_replies(const struct smtp_client *client);

/* Why the dialogue failed, or why the letter was not even offered: a sentence (N_()); NULL: all is well. */
const char *smtp_client_problem(const struct smtp_client *client);
/* The server's words that belong to the problem; code 0 when it said nothing: enhanced may tell more of it then. */
const struct smtp_answer *smtp_client_reason(const struct smtp_client *client);

#endif
