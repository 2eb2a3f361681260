/*
 * smtp_client_parts.h - the inside of the SMTP client (smtp_client.h), shared
 * by the files it is made of: smtp_client.c carries the dialogue and opens it,
 * smtp_client_login.c logs in, smtp_client_letter.c sends letters.
 */
#ifndef PLI_CORE_SMTP_CLIENT_PARTS_H
#define PLI_CORE_SMTP_CLIENT_PARTS_H

#include "machine.h"
#include "smtp_client.h"
#include "smtp_content.h"
#include "smtp_parse.h"

enum { SMTP_CLIENT_OUTSTANDING = 50 }; /* commands without a reply: these fit the send buffers surely (RFC 2920 §3.1) */

/* What the client is about; the protocol's own state is the machine's. */
enum smtp_client_phase {
    PHASE_OPENING,     /* greeting, EHLO, STARTTLS, AUTH */
    PHASE_TLS,
    PHASE_READY,
    PHASE_ENVELOPE,
    PHASE_CONTENT,     /* 354 was said, the content is on its way */
    PHASE_END,         /* the final dot was sent */
    PHASE_QUIT,
    PHASE_OVER,
    PHASE_FAILED,
};

/* A command whose reply is awaited; which: the recipient of a RCPT. */
struct smtp_asked {
    enum smtp_verb verb;
    size_t which;
};

struct smtp_client {
    const struct smtp_client_options *options;
    struct sasl_credentials credentials;
    struct machine machine;
    struct smtp_parser parser;
    struct buf out;
    enum smtp_client_phase phase;
    bool in_tls;
    bool esmtp;                    /* EHLO was answered, not only HELO */
    struct smtp_offer offer;
    struct sasl_client *sasl;

    struct smtp_asked asked[SMTP_CLIENT_OUTSTANDING];  /* a ring */
    size_t asked_first, asked_count;
    uint64_t replies;

    size_t unread;                 /* bytes since the last line that was complete */
    struct buf reply;              /* the lines of the present reply, LF between */
    char enhanced[16];
    int code;

    const struct smtp_letter *letter;
    struct smtp_content content;
    size_t next;                   /* what is said next: 0 MAIL, 1 to count RCPT, count + 1 DATA, beyond: nothing */
    size_t taken;                  /* recipients that were accepted */
    bool refused;                  /* MAIL or DATA was */
    bool needs_utf8;
    bool accepted;
    struct smtp_answer *recipients;
    size_t recipient_count;
    struct smtp_answer answer;

    const char *problem;
    struct smtp_answer reason;
};

/* A reply to verb is awaited from now on. */
void smtp_client_ask(struct smtp_client *client, enum smtp_verb verb, size_t which);

/* Sends a command, whose CR LF format leaves out. */
void smtp_client_say(struct smtp_client *client, enum smtp_verb verb, size_t which, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The dialogue cannot go on; answered: the reply that was just read is the reason. */
void smtp_client_fail(struct smtp_client *client, const char *problem, bool answered);

/* Takes the reply that was just read down. */
void smtp_client_note(struct smtp_client *client, struct smtp_answer *answer);
void smtp_client_set_answer(struct smtp_answer *answer, int code, const char *enhanced, const char *text);

/* smtp_client_login.c: after EHLO; and the reply to AUTH or to an answer to a challenge. */
void smtp_client_login(struct smtp_client *client);
void smtp_client_login_reply(struct smtp_client *client);

enum smtp_client_status smtp_client_status_of(const struct smtp_client *client);

/* smtp_client_letter.c: a reply to MAIL, RCPT, DATA, the final dot or RSET. */
void smtp_client_letter_reply(struct smtp_client *client, struct smtp_asked asked, enum outcome outcome);
void smtp_client_forget_letter(struct smtp_client *client);

#endif
