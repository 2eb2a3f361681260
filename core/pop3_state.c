#include "pop3_state.h"

static const char *const state_names[POP3_STATES] = {
    [POP3_STATE_WAITING] = "WAITING",
    [POP3_STATE_AUTHORIZATION] = "AUTHORIZATION",
    [POP3_STATE_NAMED] = "AUTHORIZATION (USER given)",
    [POP3_STATE_TLS] = "TLS HANDSHAKE",
    [POP3_STATE_TRANSACTION] = "TRANSACTION",
    [POP3_STATE_UPDATE] = "UPDATE",
    [POP3_STATE_CLOSED] = "CLOSED",
};

static const char *const verb_names[POP3_VERBS] = {
    [POP3_USER] = "USER", [POP3_PASS] = "PASS", [POP3_APOP] = "APOP", [POP3_AUTH] = "AUTH",
    [POP3_STLS] = "STLS", [POP3_CAPA] = "CAPA", [POP3_LANG] = "LANG", [POP3_UTF8] = "UTF8",
    [POP3_STAT] = "STAT", [POP3_LIST] = "LIST", [POP3_UIDL] = "UIDL", [POP3_RETR] = "RETR",
    [POP3_TOP] = "TOP", [POP3_DELE] = "DELE", [POP3_NOOP] = "NOOP", [POP3_RSET] = "RSET",
    [POP3_QUIT] = "QUIT", [POP3_UNKNOWN] = "(unknown)", [POP3_GREETING] = "(greeting)",
    [POP3_TLS_STARTED] = "(TLS started)", [POP3_DISCONNECT] = "(disconnect)",
};

/* Short names, so that a row is a line. */
enum {
    WAITING = POP3_STATE_WAITING, AUTHORIZATION = POP3_STATE_AUTHORIZATION, NAMED = POP3_STATE_NAMED,
    TLS = POP3_STATE_TLS, TRANSACTION = POP3_STATE_TRANSACTION, UPDATE = POP3_STATE_UPDATE,
    CLOSED = POP3_STATE_CLOSED, SASL = POP3_MODE_SASL, COMMAND = POP3_MODE_COMMAND,
};
#define OK OUTCOME_OK
#define MORE OUTCOME_MORE
#define NO OUTCOME_NO

/* Whatever the answer is, the state stays. */
#define STAYS(state, verb, rfc) { state, verb, OK, state, COMMAND, 0, rfc }, { state, verb, NO, state, COMMAND, 0, rfc }

/* Does it work, it leads on; and back to the beginning when not. */
#define LEADS(state, verb, next, rfc) \
    { state, verb, OK, next, COMMAND, 0, rfc }, { state, verb, NO, AUTHORIZATION, COMMAND, 0, rfc }

/* What is legal until it is known who asks, whether or not a name was given. */
#define BEFORE_LOGIN(state)                                                      \
    LEADS(state, POP3_USER, NAMED, "RFC 1939 §7"),                               \
    LEADS(state, POP3_APOP, TRANSACTION, "RFC 1939 §7"),                         \
    { state, POP3_AUTH, MORE, AUTHORIZATION, SASL, 0, "RFC 5034 §4" },           \
    LEADS(state, POP3_AUTH, TRANSACTION, "RFC 5034 §4"),                         \
    { state, POP3_STLS, OK, TLS, COMMAND, POP3_MOVE_TLS, "RFC 2595 §4" },        \
    { state, POP3_STLS, NO, AUTHORIZATION, COMMAND, 0, "RFC 2595 §4" },          \
    LEADS(state, POP3_CAPA, AUTHORIZATION, "RFC 2449 §5"),                       \
    LEADS(state, POP3_LANG, AUTHORIZATION, "RFC 6856 §3.2"),                     \
    LEADS(state, POP3_UTF8, AUTHORIZATION, "RFC 6856 §2.1"),                     \
    { state, POP3_QUIT, OK, CLOSED, COMMAND, POP3_MOVE_CLOSES, "RFC 1939 §4" },  \
    { state, POP3_DISCONNECT, OK, CLOSED, COMMAND, 0, "RFC 1939 §3" }

static const struct move moves[] = {
    { WAITING, POP3_GREETING, OK, AUTHORIZATION, COMMAND, 0, "RFC 1939 §4" },
    { WAITING, POP3_GREETING, NO, CLOSED, COMMAND, POP3_MOVE_CLOSES, "RFC 1939 §4" },
    { WAITING, POP3_DISCONNECT, OK, CLOSED, COMMAND, 0, "RFC 1939 §3" },

    BEFORE_LOGIN(AUTHORIZATION),

    /* PASS "may only be given ... immediately after a successful USER command" (RFC 1939 §7). */
    LEADS(NAMED, POP3_PASS, TRANSACTION, "RFC 1939 §7"),
    BEFORE_LOGIN(NAMED),

    /* No new greeting: the dialogue goes on where it was, but what was learnt in the clear is forgotten. */
    { TLS, POP3_TLS_STARTED, OK, AUTHORIZATION, COMMAND, 0, "RFC 2595 §4" },
    { TLS, POP3_DISCONNECT, OK, CLOSED, COMMAND, 0, "RFC 2595 §4" },

    STAYS(TRANSACTION, POP3_STAT, "RFC 1939 §5"),
    STAYS(TRANSACTION, POP3_LIST, "RFC 1939 §5"),
    STAYS(TRANSACTION, POP3_RETR, "RFC 1939 §5"),
    STAYS(TRANSACTION, POP3_DELE, "RFC 1939 §5"),
    STAYS(TRANSACTION, POP3_NOOP, "RFC 1939 §5"),
    STAYS(TRANSACTION, POP3_RSET, "RFC 1939 §5"),
    STAYS(TRANSACTION, POP3_TOP, "RFC 1939 §7"),
    STAYS(TRANSACTION, POP3_UIDL, "RFC 1939 §7"),
    STAYS(TRANSACTION, POP3_CAPA, "RFC 2449 §5"),
    STAYS(TRANSACTION, POP3_LANG, "RFC 6856 §3.2"),
    /* The commit: +OK when all marked messages were removed, -ERR when not, and in both cases it ends. */
    { TRANSACTION, POP3_QUIT, OK, UPDATE, COMMAND, POP3_MOVE_CLOSES, "RFC 1939 §6" },
    { TRANSACTION, POP3_QUIT, NO, UPDATE, COMMAND, POP3_MOVE_CLOSES, "RFC 1939 §6" },
    /* Any other end is no commit: nothing is removed. */
    { TRANSACTION, POP3_DISCONNECT, OK, CLOSED, COMMAND, 0, "RFC 1939 §6" },

    { UPDATE, POP3_DISCONNECT, OK, CLOSED, COMMAND, 0, "RFC 1939 §6" },
};

const struct machine_table pop3_machine = {
    .protocol = "POP3",
    .state_names = state_names,
    .state_count = POP3_STATES,
    .verb_names = verb_names,
    .verb_count = POP3_VERBS,
    .moves = moves,
    .move_count = sizeof moves / sizeof moves[0],
};

bool pop3_reply_is_multiline(enum pop3_verb verb, bool has_argument)
{
    bool is_listing = verb == POP3_LIST || verb == POP3_UIDL || verb == POP3_LANG;
    return verb == POP3_CAPA || pop3_reply_is_message(verb) || (is_listing && !has_argument);
}

bool pop3_reply_is_message(enum pop3_verb verb)
{
    return verb == POP3_RETR || verb == POP3_TOP;
}

struct span pop3_secret(enum pop3_verb verb, struct span argument)
{
    /* AUTH: the initial response behind the mechanism; APOP: the digest behind the name. */
    if (verb == POP3_AUTH || verb == POP3_APOP)
        pop3_word(&argument);
    else if (verb != POP3_PASS)
        argument.len = 0;
    return argument;
}

bool pop3_stls_is_allowed(bool utf8, bool in_tls)
{
    return !utf8 && !in_tls;
}
