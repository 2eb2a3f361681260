/*
 * smtp_state.h - what is legal when in SMTP, as a table (RFC 5321 §4.1.4).
 *
 * A session begins with the server's greeting and the client's EHLO. Then mail
 * transactions follow each other: MAIL, RCPT once or more, and the content by
 * DATA or BDAT. RSET, a new EHLO and the end of the content lead back to READY.
 * RFC 5321 has no names for these states; ours are those that people use.
 *
 * A 421, at any time and even unasked, ends everything: SMTP_SHUTDOWN.
 */
#ifndef PLI_CORE_SMTP_STATE_H
#define PLI_CORE_SMTP_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "machine.h"
#include "smtp_parse.h"

enum smtp_state {
    SMTP_STATE_WAITING,   /* for the greeting */
    SMTP_STATE_CONNECTED, /* greeted, no EHLO yet; again after TLS has started */
    SMTP_STATE_REFUSED,   /* greeted with 554: only QUIT is left (RFC 5321 §3.1) */
    SMTP_STATE_READY,     /* no transaction is open */
    SMTP_STATE_MAIL,      /* MAIL was accepted, no recipient yet */
    SMTP_STATE_RCPT,      /* there are recipients */
    SMTP_STATE_DATA,      /* 354 was said, the message comes */
    SMTP_STATE_BDAT,      /* chunks were accepted, the last is still to come */
    SMTP_STATE_FAILED,    /* a chunk was refused: RSET is needed (RFC 3030 §2) */
    SMTP_STATE_TLS,       /* STARTTLS was accepted, the handshake goes on */
    SMTP_STATE_CLOSED,
    SMTP_STATES
};

enum smtp_move_flag {
    SMTP_MOVE_TLS = 1,    /* after this reply the bytes are TLS's */
    SMTP_MOVE_CLOSES = 2, /* after this reply the server closes the connection */
};

extern const struct machine_table smtp_machine;

/* The longest line of this command, in octets with CR LF. */
size_t smtp_command_max(enum smtp_verb verb);

/* RFC 2920 §3.1: must this command be the last of a group that is sent without waiting for replies? */
bool smtp_must_be_last(enum smtp_verb verb);

/* RFC 5321 §4.3.2: commands that take no argument. */
bool smtp_takes_no_argument(enum smtp_verb verb);

/* RFC 4954 §4: once a session. That it is not allowed inside a transaction is in the table. */
bool smtp_auth_is_allowed(bool esmtp, bool authenticated);

/* RFC 3207 §4, §4.2: announced by EHLO, and not inside TLS. */
bool smtp_starttls_is_allowed(bool esmtp, bool in_tls);

#endif
