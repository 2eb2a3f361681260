/*
 * pop3_state.h - what is legal when in POP3, as a table.
 *
 * A session is in the AUTHORIZATION state until it is known who is asking,
 * then in TRANSACTION, where messages are read and marked for deletion, and
 * comes to UPDATE by QUIT alone: only there are the marked messages removed
 * (RFC 1939 §3-§6). Our table adds the steps in between that decide what is
 * legal: the greeting that must come first, the name that PASS needs just
 * before it, and the TLS handshake.
 */
#ifndef PLI_CORE_POP3_STATE_H
#define PLI_CORE_POP3_STATE_H

#include <stdbool.h>

#include "machine.h"
#include "pop3_parse.h"

enum pop3_state {
    POP3_STATE_WAITING,        /* for the greeting */
    POP3_STATE_AUTHORIZATION,
    POP3_STATE_NAMED,          /* AUTHORIZATION still, but USER was accepted and PASS may follow */
    POP3_STATE_TLS,            /* STLS was accepted, the handshake goes on */
    POP3_STATE_TRANSACTION,
    POP3_STATE_UPDATE,
    POP3_STATE_CLOSED,
    POP3_STATES
};

enum pop3_move_flag {
    POP3_MOVE_TLS = 1,    /* after this reply the bytes are TLS's */
    POP3_MOVE_CLOSES = 2, /* after this reply the server closes the connection */
};

extern const struct machine_table pop3_machine;

/*
 * Is a +OK to this command followed by lines and a dot? LIST and UIDL with an
 * argument speak of one message, in one line; LANG with one chooses
 * (RFC 1939 §5, §7; RFC 6856 §3.2).
 */
bool pop3_reply_is_multiline(enum pop3_verb verb, bool has_argument);

/* Do the lines after +OK carry a message? RETR and TOP. */
bool pop3_reply_is_message(enum pop3_verb verb);

/* The part of a command's argument that is a password or the like, and must not be shown; empty when there is none. */
struct span pop3_secret(enum pop3_verb verb, struct span argument);

/* RFC 6856 §2.1: no STLS once UTF8 was accepted; RFC 2595 §4: nor inside TLS. */
bool pop3_stls_is_allowed(bool utf8, bool in_tls);

#endif
