/*
 * imap_state.h - the states of an IMAP connection (RFC 9051 §3), as a table
 * for machine.h: which command is legal in which state, and what each answer
 * to it does.
 *
 *     WAITING -> NOT AUTHENTICATED -> AUTHENTICATED <-> SELECTED -> LOGOUT
 *
 * Outcomes: OK, NO, BAD as they are called; MORE is the continuation request
 * "+" (IDLE, AUTHENTICATE; not the one that invites a literal, which moves
 * nothing); BYE is the untagged BYE, whose verb is IMAP_VERB_BYE. IDLE and
 * AUTHENTICATE keep the state and change the mode: how the client's next line
 * is to be read (enum imap_mode in imap_parse.h).
 */
#ifndef PLI_CORE_IMAP_STATE_H
#define PLI_CORE_IMAP_STATE_H

#include "machine.h"

enum imap_state {
    IMAP_STATE_WAITING,           /* for the greeting */
    IMAP_STATE_NOT_AUTHENTICATED,
    IMAP_STATE_TLS,               /* STARTTLS was accepted, the handshake goes on */
    IMAP_STATE_AUTHENTICATED,
    IMAP_STATE_SELECTED,
    IMAP_STATE_LOGOUT,
    IMAP_STATE_COUNT
};

enum imap_move_flag {
    IMAP_MOVE_TLS = 1,      /* a TLS handshake follows, and capabilities are to be asked for anew */
    IMAP_MOVE_SELECTED = 2, /* another mailbox, or none, is selected from here on */
};

extern const struct machine_table imap_machine;

#endif
