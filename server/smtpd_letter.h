/*
 * smtpd_letter.h - one mail transaction: the envelope, and the content on its
 * way to the mailboxes.
 *
 * DATA and BDAT both end here, line by line. The content is judged while it
 * passes, so that nothing has to be kept: what RFC 5321 does not allow in it
 * (a CR or LF alone, a NUL, lines over 1000 octets, too many octets, too many
 * Received lines) becomes the letter's fault, the rest of it is read and
 * thrown away, and the fault is the reply at its end.
 */
#ifndef PLI_SERVER_SMTPD_LETTER_H
#define PLI_SERVER_SMTPD_LETTER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/line.h"
#include "core/smtp_path.h"
#include "server/delivery.h"
#include "server/session.h"

struct smtpd_reply {
    int code;
    const char *enhanced;
    const char *text;
};

struct smtpd_letter {
    const struct session *session;
    struct delivery *delivery;
    char *sender;                /* reverse path without <>; NULL: no transaction */
    char *recipient;             /* the first one */
    bool utf8;                   /* MAIL had SMTPUTF8 */
    bool header_8bit;            /* the header has letters beyond ASCII */
    enum smtp_return ret;        /* RET and ENVID (RFC 3461): what reports are to hold */
    char *envid;
    uint64_t announced;          /* SIZE= of MAIL; 0: none */
    unsigned recipients;
    struct line_splitter chunks; /* BDAT: cuts chunks into lines; lines may go on over their ends */
    bool chunked;
    struct buf out;              /* content on its way to delivery */
    uint64_t size;
    bool in_header;
    bool line_open;              /* the line before was not ended */
    bool has_date, has_message_id;
    unsigned received;
    struct smtpd_reply fault;    /* code 0: none so far */
};

void smtpd_letter_begin(struct smtpd_letter *letter, const struct session *session,
                        const struct smtp_envelope *envelope);
void smtpd_letter_drop(struct smtpd_letter *letter);   /* ends the transaction, accepted or not */

/* NULL when the recipient was added, or why not. */
const struct smtpd_reply *smtpd_letter_recipient(struct smtpd_letter *letter, const struct smtp_envelope *envelope);

/* The Received line, without end of line at its end; then the content may come. */
void smtpd_letter_trace(struct smtpd_letter *letter, struct span received);

/* One line of content, or a piece of one; flags of enum line_flag. */
void smtpd_letter_line(struct smtpd_letter *letter, struct span text, unsigned flags);

/* Bytes of a chunk. */
void smtpd_letter_chunk(struct smtpd_letter *letter, struct span bytes);

/* The content is complete: NULL when the letter is safe in every mailbox, or the reply that says why not. */
const struct smtpd_reply *smtpd_letter_commit(struct smtpd_letter *letter);

#endif
