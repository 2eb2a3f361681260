#include "server/pop3d.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "server/config.h"
#include "server/policy.h"
#include "server/pop3d_session.h"
#include "server/reply_text.h"

enum {
    ERRORS_MAX = 20,      /* then the client is sent away: it is not one that speaks POP3 */
    POP3D_TIMEOUT = 600,  /* RFC 1939 §3: at least ten minutes */
};

/* ---- replies ---- */

static void move(struct pop3d *pop3d, enum pop3_verb verb, enum outcome outcome)
{
    const struct move *row = machine_step(&pop3d->machine, (int)verb, outcome);
    if (row == NULL)
        return; /* refused because no row allows it: nothing moves */
    pop3d->parser.mode = (enum pop3_mode)row->mode;
    if (row->flags & POP3_MOVE_TLS)
        pop3d->answer = SESSION_START_TLS;
    if (row->flags & POP3_MOVE_CLOSES)
        pop3d->answer = SESSION_CLOSE;
}

static void say(struct pop3d *pop3d, const char *status, const char *format, va_list arguments)
{
    char text[POP3_REPLY_MAX - 8];
    vsnprintf(text, sizeof text, format, arguments);
    buf_printf(pop3d->out, "%s ", status);
    reply_text(pop3d->out, span_of(text), pop3d->utf8);
    buf_add_text(pop3d->out, "\r\n");
}

void pop3d_ok(struct pop3d *pop3d, enum pop3_verb verb, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(pop3d, "+OK", format, arguments);
    va_end(arguments);
    move(pop3d, verb, OUTCOME_OK);
}

void pop3d_err(struct pop3d *pop3d, enum pop3_verb verb, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(pop3d, "-ERR", format, arguments);
    va_end(arguments);
    move(pop3d, verb, OUTCOME_NO);
}

/* ---- commands that need no maildrop ---- */

static void do_capa(struct pop3d *pop3d, const struct pop3_event *command)
{
    struct session *session = pop3d->session;
    const struct sasl_mechanism *mechanism;
    (void)command;
    pop3d_ok(pop3d, POP3_CAPA, "This server can");
    buf_add_text(pop3d->out, "TOP\r\nUIDL\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\nPIPELINING\r\nUTF8\r\nEXPIRE NEVER\r\n");
    if (policy_plain_password(session))
        buf_add_text(pop3d->out, "USER\r\n");
    for (size_t i = 0; (mechanism = auth_offered(session, i)) != NULL; i++)
        buf_printf(pop3d->out, "%s %s", i == 0 ? "SASL" : "", mechanism->name);
    if (auth_offered(session, 0) != NULL)
        buf_add_text(pop3d->out, "\r\n");
    /* RFC 2595 §4: "present and permitted in the current state". */
    if (session->tls == NULL && pop3d->mailbox == NULL && strcmp(config_text(session->config, CONFIG_SSL), "no") != 0)
        buf_add_text(pop3d->out, "STLS\r\n");
    buf_printf(pop3d->out, "IMPLEMENTATION %s\r\n.\r\n", config_text(session->config, CONFIG_MAIL_NAME));
}

static void do_stls(struct pop3d *pop3d, const struct pop3_event *command)
{
    (void)command;
    if (!pop3_stls_is_allowed(pop3d->utf8, pop3d->session->tls != NULL) ||
        strcmp(config_text(pop3d->session->config, CONFIG_SSL), "no") == 0)
        pop3d_err(pop3d, POP3_STLS, "TLS is there already, or comes too late, or is not offered (RFC 2595 §4)");
    else
        pop3d_ok(pop3d, POP3_STLS, "Begin TLS now");
}

static void do_utf8(struct pop3d *pop3d, const struct pop3_event *command)
{
    (void)command;
    pop3d->utf8 = true;
    pop3d_ok(pop3d, POP3_UTF8, "UTF-8 from now on");
}

static void do_noop(struct pop3d *pop3d, const struct pop3_event *command)
{
    pop3d_ok(pop3d, command->verb, "I am here");
}

static void not_offered(struct pop3d *pop3d, const struct pop3_event *command)
{
    pop3d_err(pop3d, command->verb, "%s is not offered here; CAPA tells what is",
              pop3_machine.verb_names[command->verb]);
}

/* ---- the table ---- */

enum { NO_ARGUMENT = 1 };

static const struct command {
    void (*run)(struct pop3d *pop3d, const struct pop3_event *command);
    unsigned flags;
} commands[POP3_UNKNOWN] = {
    [POP3_USER] = { pop3d_user, 0 },           [POP3_PASS] = { pop3d_pass, 0 },
    [POP3_APOP] = { not_offered, 0 },          [POP3_AUTH] = { pop3d_auth, 0 },
    [POP3_STLS] = { do_stls, NO_ARGUMENT },    [POP3_CAPA] = { do_capa, NO_ARGUMENT },
    [POP3_LANG] = { not_offered, 0 },          [POP3_UTF8] = { do_utf8, NO_ARGUMENT },
    [POP3_STAT] = { pop3d_stat, NO_ARGUMENT }, [POP3_LIST] = { pop3d_list, 0 },
    [POP3_UIDL] = { pop3d_list, 0 },           [POP3_RETR] = { pop3d_retr, 0 },
    [POP3_TOP] = { pop3d_retr, 0 },            [POP3_DELE] = { pop3d_dele, 0 },
    [POP3_NOOP] = { do_noop, NO_ARGUMENT },    [POP3_RSET] = { pop3d_rset, NO_ARGUMENT },
    [POP3_QUIT] = { pop3d_quit, NO_ARGUMENT },
};

static void obey(struct pop3d *pop3d, const struct pop3_event *event)
{
    enum pop3_verb verb = event->verb;
    bool legal = event->error == NULL &&
                 (event->kind == POP3_SASL || machine_allows(&pop3d->machine, (int)verb) != NULL);
    if (event->error != NULL && event->kind == POP3_SASL)
        login_end(&pop3d->login);
    if (event->error != NULL)
        pop3d_err(pop3d, event->kind == POP3_SASL ? POP3_AUTH : POP3_UNKNOWN, "%s", event->error);
    else if (event->kind == POP3_SASL)
        pop3d_auth_answer(pop3d, event);
    else if (verb == POP3_UNKNOWN)
        pop3d_err(pop3d, verb, "This command is not known; CAPA tells what is");
    else if (!legal)
        pop3d_err(pop3d, verb, "%s may not come now: the state is %s", pop3_machine.verb_names[verb],
                  machine_state_name(&pop3d->machine));
    else if (event->argument.len > 0 && (commands[verb].flags & NO_ARGUMENT))
        pop3d_err(pop3d, verb, "%s takes no argument", pop3_machine.verb_names[verb]);
    else
        commands[verb].run(pop3d, event);
    if (!legal && ++pop3d->errors >= ERRORS_MAX)
        pop3d->answer = SESSION_CLOSE;
}

/* Goes on with a long answer, then obeys what the parser holds, as long as there is room for the replies. */
static enum session_answer run(struct pop3d *pop3d, struct buf *out)
{
    struct pop3_event event;
    pop3d->out = out;
    pop3d->answer = SESSION_CONTINUE;
    while (pop3d->answer == SESSION_CONTINUE) {
        /* A pause (a wrong password) holds back also what was sent behind it. */
        if (out->len >= SESSION_OUT_HIGH || pop3d->session->pause > 0)
            return SESSION_MORE;
        if (pop3d->step != NULL) {
            if (pop3d->step(pop3d))
                pop3d->step = NULL;
            continue;
        }
        if (pop3_parse_next(&pop3d->parser, &event) == 0)
            break;
        obey(pop3d, &event);
    }
    if (pop3d->answer == SESSION_START_TLS)
        line_drop(&pop3d->parser.lines);
    line_rest(&pop3d->parser.lines);
    return pop3d->answer;
}

/* ---- the session ---- */

static enum session_answer pop3d_open(struct session *session, struct buf *out)
{
    struct pop3d *pop3d = mem_alloc(sizeof *pop3d);
    session->state = pop3d;
    session->timeout = POP3D_TIMEOUT;
    pop3d->session = session;
    pop3d->out = out;
    pop3_parse_init(&pop3d->parser, true);
    machine_init(&pop3d->machine, &pop3_machine);
    pop3d_ok(pop3d, POP3_GREETING, "%s POP3 %s", config_text(session->config, CONFIG_MYHOSTNAME),
             config_text(session->config, CONFIG_MAIL_NAME));
    return SESSION_CONTINUE;
}

static enum session_answer pop3d_input(struct session *session, const void *data, size_t size, struct buf *out)
{
    struct pop3d *pop3d = session->state;
    pop3_parse_feed(&pop3d->parser, data, size);
    return run(pop3d, out);
}

static enum session_answer pop3d_more(struct session *session, struct buf *out)
{
    return run(session->state, out);
}

/* RFC 1939 §3: a server that grows tired closes without a word and removes nothing. */
static enum session_answer pop3d_wake(struct session *session, enum session_wake why, struct buf *out)
{
    (void)session;
    (void)out;
    return why == SESSION_CHANGED ? SESSION_CONTINUE : SESSION_CLOSE;
}

static enum session_answer pop3d_tls_started(struct session *session, struct buf *out)
{
    struct pop3d *pop3d = session->state;
    (void)out;
    free(pop3d->name);
    pop3d->name = NULL;
    machine_step(&pop3d->machine, POP3_TLS_STARTED, OUTCOME_OK);
    return SESSION_CONTINUE;
}

static void pop3d_close(struct session *session)
{
    struct pop3d *pop3d = session->state;
    if (pop3d == NULL)
        return;
    machine_step(&pop3d->machine, POP3_DISCONNECT, OUTCOME_OK);
    pop3d_close_maildrop(pop3d);
    login_end(&pop3d->login);
    pop3_parse_free(&pop3d->parser);
    free(pop3d->name);
    free(pop3d);
    session->state = NULL;
}

const struct session_ops pop3d_ops = {
    .protocol = "POP3",
    .timeout = POP3D_TIMEOUT,
    .open = pop3d_open,
    .input = pop3d_input,
    .more = pop3d_more,
    .wake = pop3d_wake,
    .tls_started = pop3d_tls_started,
    .close = pop3d_close,
};
