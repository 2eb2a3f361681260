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

/* Where a command leads when it works, and when it does not. */
#define LEADS(state, verb, next, otherwise, rfc) \
    { state, verb, OK, next, COMMANDS, 0, rfc }, { state, verb, NO, otherwise, COMMANDS, 0, rfc }
#define STAYS(state, verb, rfc) LEADS(state, verb, state, state, rfc)

/* Any 421 and any end of the connection: a message whose acceptance was not confirmed stays the client's. */
#define ENDS(state)                                                                       \
    { state, SMTP_SHUTDOWN, BYE, CLOSED, COMMANDS, SMTP_MOVE_CLOSES, "RFC 5321 §3.8" },   \
    { state, SMTP_DISCONNECT, OK, CLOSED, COMMANDS, 0, "RFC 5321 §3.8" }

/*
 * What "can be used at any time during a session" (RFC 5321 §4.1.4), and what gives up a transaction if there is one.
 * An EHLO that fails changes nothing.
 */
#define ANY_TIME(state)                                                                        \
    STAYS(state, SMTP_NOOP, "RFC 5321 §4.1.1.9"),                                              \
    STAYS(state, SMTP_VRFY, "RFC 5321 §4.1.1.6"),                                              \
    STAYS(state, SMTP_EXPN, "RFC 5321 §4.1.1.7"),                                              \
    STAYS(state, SMTP_HELP, "RFC 5321 §4.1.1.8"),                                              \
    LEADS(state, SMTP_EHLO, READY, state, "RFC 5321 §4.1.1.1"),                                \
    LEADS(state, SMTP_HELO, READY, state, "RFC 5321 §4.1.1.1"),                                \
    { state, SMTP_RSET, OK, state == CONNECTED ? CONNECTED : READY, COMMANDS, 0,               \
      "RFC 5321 §4.1.1.5" },                                                                   \
    { state, SMTP_QUIT, OK, CLOSED, COMMANDS, SMTP_MOVE_CLOSES, "RFC 5321 §4.1.1.10" },        \
    ENDS(state)

static const struct move moves[] = {
    LEADS(WAITING, SMTP_GREETING, CONNECTED, REFUSED, "RFC 5321 §3.1"),
    ENDS(WAITING),

    { REFUSED, SMTP_QUIT, OK, CLOSED, COMMANDS, SMTP_MOVE_CLOSES, "RFC 5321 §3.1" },
    ENDS(REFUSED),

    ANY_TIME(CONNECTED),

    LEADS(READY, SMTP_MAIL, MAIL, READY, "RFC 5321 §4.1.1.2"),
    { READY, SMTP_AUTH, MORE, READY, SASL, 0, "RFC 4954 §4" },
    STAYS(READY, SMTP_AUTH, "RFC 4954 §4"),
    { READY, SMTP_STARTTLS, OK, TLS, COMMANDS, SMTP_MOVE_TLS, "RFC 3207 §4" },
    { READY, SMTP_STARTTLS, NO, READY, COMMANDS, 0, "RFC 3207 §4" },
    ANY_TIME(READY),

    LEADS(MAIL, SMTP_RCPT, RCPT, MAIL, "RFC 5321 §4.1.1.3"),
    /* All recipients were refused, but a client that pipelines has sent DATA already: the server may say 354
     * all the same, and gets an empty message (RFC 2920 §3.1); better it says 554 (RFC 5321 §3.3). */
    { MAIL, SMTP_DATA, MORE, DATA, LINES, 0, "RFC 2920 §3.1" },
    { MAIL, SMTP_DATA, NO, MAIL, COMMANDS, 0, "RFC 5321 §3.3" },
    { MAIL, SMTP_BDAT, NO, FAILED, COMMANDS, 0, "RFC 3030 §2" },
    { MAIL, SMTP_BDAT_LAST, NO, FAILED, COMMANDS, 0, "RFC 3030 §2" },
    ANY_TIME(MAIL),

    STAYS(RCPT, SMTP_RCPT, "RFC 5321 §4.1.1.3"),
    { RCPT, SMTP_DATA, MORE, DATA, LINES, 0, "RFC 5321 §4.1.1.4" },
    { RCPT, SMTP_DATA, NO, RCPT, COMMANDS, 0, "RFC 5321 §4.1.1.4" },
    LEADS(RCPT, SMTP_BDAT, BDAT, FAILED, "RFC 3030 §2"),
    LEADS(RCPT, SMTP_BDAT_LAST, READY, READY, "RFC 3030 §2"),
    ANY_TIME(RCPT),

    LEADS(DATA, SMTP_MESSAGE, READY, READY, "RFC 5321 §4.1.1.4"),
    ENDS(DATA),

    LEADS(BDAT, SMTP_BDAT, BDAT, FAILED, "RFC 3030 §2"),
    LEADS(BDAT, SMTP_BDAT_LAST, READY, READY, "RFC 3030 §2"),
    ANY_TIME(BDAT),

    /* Chunks that were on their way are taken and thrown away. */
    { FAILED, SMTP_BDAT, NO, FAILED, COMMANDS, 0, "RFC 3030 §2" },
    { FAILED, SMTP_BDAT_LAST, NO, FAILED, COMMANDS, 0, "RFC 3030 §2" },
    ANY_TIME(FAILED),

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
    return verb == SMTP_MAIL ? SMTP_MAIL_MAX : verb == SMTP_RCPT ? SMTP_RCPT_MAX : SMTP_COMMAND_MAX;
}

bool smtp_must_be_last(enum smtp_verb verb)
{
    return verb != SMTP_MAIL && verb != SMTP_RCPT && verb != SMTP_RSET && verb != SMTP_BDAT &&
           verb != SMTP_BDAT_LAST && verb != SMTP_UNKNOWN;
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
