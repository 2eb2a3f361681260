#include "smtp_state.h"

static const char *const state_names[SMTP_STATES] = {
    [SMTP_STATE_WAITING] = "WAITING", [SMTP_STATE_CONNECTED] = "CONNECTED", [SMTP_STATE_REFUSED] = "REFUSED",
    [SMTP_STATE_READY] = "READY", [SMTP_STATE_MAIL] = "MAIL", [SMTP_STATE_RCPT] = "RCPT",
    [SMTP_STATE_DATA] = "DATA", [SMTP_STATE_BDAT] = "BDAT", [SMTP_STATE_FAILED] = "FAILED",
    [SMTP_STATE_TLS] = "TLS HANDSHAKE", [SMTP_STATE_CLOSED] = "CLOSED",
};

static const char *const verb_names[SMTP_VERBS] = {
    [SMTP_HELO] = "HELO", [SMTP_EHLO] = "EHLO", [SMTP_MAIL] = "MAIL", [SMTP_RCPT] = "RCPT",
    [SMTP_DATA] = "DATA", [SMTP_BDAT] = "BDAT", [SMTP_RSET] = "RSET", [SMTP_VRFY] = "VRFY",
    [SMTP_EXPN] = "EXPN", [SMTP_HELP] = "HELP", [SMTP_NOOP] = "NOOP", [SMTP_QUIT] = "QUIT",
    [SMTP_AUTH] = "AUTH", [SMTP_STARTTLS] = "STARTTLS", [SMTP_UNKNOWN] = "(unknown)",
    [SMTP_BDAT_LAST] = "BDAT LAST", [SMTP_GREETING] = "(greeting)", [SMTP_MESSAGE] = "(final dot)",
    [SMTP_TLS_STARTED] = "(TLS started)", [SMTP_SHUTDOWN] = "(421)", [SMTP_DISCONNECT] = "(disconnect)",
};

/* Short names, so that a row is a line. */
enum {
    WAITING = SMTP_STATE_WAITING, CONNECTED = SMTP_STATE_CONNECTED, REFUSED = SMTP_STATE_REFUSED,
    READY = SMTP_STATE_READY, MAIL = SMTP_STATE_MAIL, RCPT = SMTP_STATE_RCPT, DATA = SMTP_STATE_DATA,
    BDAT = SMTP_STATE_BDAT, FAILED = SMTP_STATE_FAILED, TLS = SMTP_STATE_TLS, CLOSED = SMTP_STATE_CLOSED,
    LINES = SMTP_MODE_DATA, SASL = SMTP_MODE_SASL, COMMANDS = SMTP_MODE_COMMAND,
};
#define OK OUTCOME_OK
#define MORE OUTCOME_MORE
#define NO OUTCOME_NO
#define BYE OUTCOME_BYE

/* Any 421 and any end of the connection: a message whose acceptance was not confirmed stays the client's. */
#define ENDS(state)                                                                       \
    { state, SMTP_SHUTDOWN, BYE, CLOSED, COMMANDS, SMTP_MOVE_CLOSES, "RFC 5321 §3.8" },   \
    { state, SMTP_DISCONNECT, OK, CLOSED, COMMANDS, 0, "RFC 5321 §3.8" }

/* Commands that "can be used at any time during a session" (RFC 5321 §4.1.4) and leave the state alone. */
#define ANY_TIME(state)                                                   \
    { state, SMTP_NOOP, OK, state, COMMANDS, 0, "RFC 5321 §4.1.1.9" },    \
    { state, SMTP_NOOP, NO, state, COMMANDS, 0, "RFC 5321 §4.1.1.9" },    \
    { state, SMTP_VRFY, OK, state, COMMANDS, 0, "RFC 5321 §4.1.1.6" },    \
    { state, SMTP_VRFY, NO, state, COMMANDS, 0, "RFC 5321 §4.1.1.6" },    \
    { state, SMTP_EXPN, OK, state, COMMANDS, 0, "RFC 5321 §4.1.1.7" },    \
    { state, SMTP_EXPN, NO, state, COMMANDS, 0, "RFC 5321 §4.1.1.7" },    \
    { state, SMTP_HELP, OK, state, COMMANDS, 0, "RFC 5321 §4.1.1.8" },    \
    { state, SMTP_HELP, NO, state, COMMANDS, 0, "RFC 5321 §4.1.1.8" },    \
    { state, SMTP_QUIT, OK, CLOSED, COMMANDS, SMTP_MOVE_CLOSES, "RFC 5321 §4.1.1.10" }

/* What gives up a transaction, if there is one. An EHLO that fails changes nothing (RFC 5321 §4.1.4). */
#define RESETS(state)                                                     \
    { state, SMTP_EHLO, OK, READY, COMMANDS, 0, "RFC 5321 §4.1.1.1" },    \
    { state, SMTP_EHLO, NO, state, COMMANDS, 0, "RFC 5321 §4.1.4" },      \
    { state, SMTP_HELO, OK, READY, COMMANDS, 0, "RFC 5321 §4.1.1.1" },    \
    { state, SMTP_HELO, NO, state, COMMANDS, 0, "RFC 5321 §4.1.4" },      \
    { state, SMTP_RSET, OK, state == CONNECTED ? CONNECTED : READY, COMMANDS, 0, "RFC 5321 §4.1.1.5" }

static const struct move moves[] = {
    { WAITING, SMTP_GREETING, OK, CONNECTED, COMMANDS, 0, "RFC 5321 §3.1" },
    { WAITING, SMTP_GREETING, NO, REFUSED, COMMANDS, 0, "RFC 5321 §3.1" },
    ENDS(WAITING),

    { REFUSED, SMTP_QUIT, OK, CLOSED, COMMANDS, SMTP_MOVE_CLOSES, "RFC 5321 §3.1" },
    ENDS(REFUSED),

    RESETS(CONNECTED),
    ANY_TIME(CONNECTED),
    ENDS(CONNECTED),

    { READY, SMTP_MAIL, OK, MAIL, COMMANDS, 0, "RFC 5321 §4.1.1.2" },
    { READY, SMTP_MAIL, NO, READY, COMMANDS, 0, "RFC 5321 §4.1.1.2" },
    { READY, SMTP_AUTH, MORE, READY, SASL, 0, "RFC 4954 §4" },
    { READY, SMTP_AUTH, OK, READY, COMMANDS, 0, "RFC 4954 §4" },
    { READY, SMTP_AUTH, NO, READY, COMMANDS, 0, "RFC 4954 §4" },
    { READY, SMTP_STARTTLS, OK, TLS, COMMANDS, SMTP_MOVE_TLS, "RFC 3207 §4" },
    { READY, SMTP_STARTTLS, NO, READY, COMMANDS, 0, "RFC 3207 §4" },
    RESETS(READY),
    ANY_TIME(READY),
    ENDS(READY),

    { MAIL, SMTP_RCPT, OK, RCPT, COMMANDS, 0, "RFC 5321 §4.1.1.3" },
    { MAIL, SMTP_RCPT, NO, MAIL, COMMANDS, 0, "RFC 5321 §4.1.1.3" },
    /* All recipients were refused, but a client that pipelines has sent DATA already: the server may say 354
     * all the same, and gets an empty message (RFC 2920 §3.1); better it says 554 (RFC 5321 §3.3). */
    { MAIL, SMTP_DATA, MORE, DATA, LINES, 0, "RFC 2920 §3.1" },
    { MAIL, SMTP_DATA, NO, MAIL, COMMANDS, 0, "RFC 5321 §3.3" },
    { MAIL, SMTP_BDAT, NO, FAILED, COMMANDS, 0, "RFC 3030 §2" },
    { MAIL, SMTP_BDAT_LAST, NO, FAILED, COMMANDS, 0, "RFC 3030 §2" },
    RESETS(MAIL),
    ANY_TIME(MAIL),
    ENDS(MAIL),

    { RCPT, SMTP_RCPT, OK, RCPT, COMMANDS, 0, "RFC 5321 §4.1.1.3" },
    { RCPT, SMTP_RCPT, NO, RCPT, COMMANDS, 0, "RFC 5321 §4.1.1.3" },
    { RCPT, SMTP_DATA, MORE, DATA, LINES, 0, "RFC 5321 §4.1.1.4" },
    { RCPT, SMTP_DATA, NO, RCPT, COMMANDS, 0, "RFC 5321 §4.1.1.4" },
    { RCPT, SMTP_BDAT, OK, BDAT, COMMANDS, 0, "RFC 3030 §2" },
    { RCPT, SMTP_BDAT, NO, FAILED, COMMANDS, 0, "RFC 3030 §2" },
    { RCPT, SMTP_BDAT_LAST, OK, READY, COMMANDS, 0, "RFC 3030 §2" },
    { RCPT, SMTP_BDAT_LAST, NO, READY, COMMANDS, 0, "RFC 3030 §2" },
    RESETS(RCPT),
    ANY_TIME(RCPT),
    ENDS(RCPT),

    { DATA, SMTP_MESSAGE, OK, READY, COMMANDS, 0, "RFC 5321 §4.1.1.4" },
    { DATA, SMTP_MESSAGE, NO, READY, COMMANDS, 0, "RFC 5321 §4.1.1.4" },
    ENDS(DATA),

    { BDAT, SMTP_BDAT, OK, BDAT, COMMANDS, 0, "RFC 3030 §2" },
    { BDAT, SMTP_BDAT, NO, FAILED, COMMANDS, 0, "RFC 3030 §2" },
    { BDAT, SMTP_BDAT_LAST, OK, READY, COMMANDS, 0, "RFC 3030 §2" },
    { BDAT, SMTP_BDAT_LAST, NO, READY, COMMANDS, 0, "RFC 3030 §2" },
    RESETS(BDAT),
    ANY_TIME(BDAT),
    ENDS(BDAT),

    /* Chunks that were on their way are taken and thrown away. */
    { FAILED, SMTP_BDAT, NO, FAILED, COMMANDS, 0, "RFC 3030 §2" },
    { FAILED, SMTP_BDAT_LAST, NO, FAILED, COMMANDS, 0, "RFC 3030 §2" },
    RESETS(FAILED),
    ANY_TIME(FAILED),
    ENDS(FAILED),

    /* No new greeting, but all that was said before is forgotten: EHLO comes again (RFC 3207 §4.2). */
    { TLS, SMTP_TLS_STARTED, OK, CONNECTED, COMMANDS, 0, "RFC 3207 §4.2" },
    ENDS(TLS),
};

const struct machine_table smtp_machine = {
    .protocol = "SMTP",
    .state_names = state_names,
    .state_count = SMTP_STATES,
    .verb_names = verb_names,
    .verb_count = SMTP_VERBS,
    .moves = moves,
    .move_count = sizeof moves / sizeof moves[0],
};

size_t smtp_command_max(enum smtp_verb verb)
{
    switch (verb) {
    case SMTP_MAIL:
        return SMTP_MAIL_MAX;
    case SMTP_RCPT:
        return SMTP_RCPT_MAX;
    default:
        return SMTP_COMMAND_MAX;
    }
}

bool smtp_must_be_last(enum smtp_verb verb)
{
    switch (verb) {
    case SMTP_EHLO:
    case SMTP_HELO:
    case SMTP_DATA:
    case SMTP_VRFY:
    case SMTP_EXPN:
    case SMTP_QUIT:
    case SMTP_NOOP:
    case SMTP_AUTH:
    case SMTP_STARTTLS:
        return true;
    default:
        return false;
    }
}

bool smtp_takes_no_argument(enum smtp_verb verb)
{
    return verb == SMTP_DATA || verb == SMTP_RSET || verb == SMTP_QUIT || verb == SMTP_STARTTLS;
}

bool smtp_auth_is_allowed(bool esmtp, bool authenticated)
{
    return esmtp && !authenticated;
}

bool smtp_starttls_is_allowed(bool esmtp, bool in_tls)
{
    return esmtp && !in_tls;
}
