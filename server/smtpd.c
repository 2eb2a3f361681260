#include "server/smtpd.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "server/config.h"
#include "server/reply_text.h"
#include "server/smtpd_session.h"

enum {
    ERRORS_MAX = 20,       /* then the client is sent away: it is not one that speaks SMTP */
    SMTPD_TIMEOUT = 300,   /* RFC 5321 §4.5.3.2.7 */
};

static enum outcome outcome_of(int code)
{
    if (code == 421)
        return OUTCOME_BYE;
    return code < 300 ? OUTCOME_OK : code < 400 ? OUTCOME_MORE : OUTCOME_NO;
}

/* Printable ASCII (RFC 5321 §4.2); UTF-8 only in the transactions that asked for it (RFC 6531 §3.7.4). */
static void say_lines(struct smtpd *smtpd, int code, const char *enhanced, const char *text)
{
    for (const char *line = text; line != NULL;) {
        const char *end = strchr(line, '\n');
        size_t length = end != NULL ? (size_t)(end - line) : strlen(line);
        buf_printf(smtpd->out, "%d%c%s%s", code, end != NULL ? '-' : ' ', enhanced != NULL ? enhanced : "",
                   enhanced != NULL ? " " : "");
        reply_text(smtpd->out, (struct span){ line, length }, smtpd->letter.utf8);
        buf_add_text(smtpd->out, "\r\n");
        line = end != NULL ? end + 1 : NULL;
    }
}

static void move(struct smtpd *smtpd, enum smtp_verb verb, enum outcome outcome)
{
    int moved_by = outcome == OUTCOME_BYE ? SMTP_SHUTDOWN : (int)verb;
    const struct move *row = machine_step(&smtpd->machine, moved_by, outcome);
    if (row == NULL)
        return; /* refused because no row allows it: nothing moves */
    smtpd->parser.mode = (enum smtp_mode)row->mode;
    if (row->flags & SMTP_MOVE_TLS)
        smtpd->answer = SESSION_START_TLS;
    if (row->flags & SMTP_MOVE_CLOSES)
        smtpd->answer = SESSION_CLOSE;
}

void smtpd_say(struct smtpd *smtpd, enum smtp_verb verb, int code, const char *enhanced, const char *format, ...)
{
    char text[SMTP_SASL_MAX]; /* a challenge is the longest */
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    say_lines(smtpd, code, enhanced, text);
    move(smtpd, verb, outcome_of(code));
    if ((code >= 500 && code <= 504) || code == 555)
        smtpd->errors++;
    if (smtpd->errors >= ERRORS_MAX && smtpd->answer != SESSION_CLOSE)
        smtpd_say(smtpd, verb, 421, "4.7.0", "%s Too many errors",
                  config_text(smtpd->session->config, CONFIG_MYHOSTNAME));
}

void smtpd_say_reply(struct smtpd *smtpd, enum smtp_verb verb, const struct smtpd_reply *reply)
{
    smtpd_say(smtpd, verb, reply->code, reply->enhanced, "%s", reply->text);
}

/* A line that is not SMTP. Inside a message it is the letter's fault, and told at its end. */
static void bad_line(struct smtpd *smtpd, const struct smtp_event *event)
{
    if (event->kind == SMTP_SASL) {
        login_end(&smtpd->login);
        smtpd_say(smtpd, SMTP_AUTH, event->length > SMTP_SASL_MAX ? 500 : 501,
                  event->length > SMTP_SASL_MAX ? "5.5.6" : "5.5.2", "%s", event->error);
    } else {
        bool bdat = event->verb == SMTP_BDAT && event->flags == 0;
        smtpd_say(smtpd, SMTP_UNKNOWN, bdat ? 501 : 500, bdat ? "5.5.4" : "5.5.2", "%s", event->error);
    }
}

static void obey(struct smtpd *smtpd, const struct smtp_event *event)
{
    if (event->kind == SMTP_LINE)
        smtpd_letter_line(&smtpd->letter, event->argument, event->flags);
    else if (event->error != NULL)
        bad_line(smtpd, event);
    else if (event->kind == SMTP_COMMAND)
        smtpd_command(smtpd, event);
    else if (event->kind == SMTP_SASL)
        smtpd_auth_answer(smtpd, event);
    else if (event->kind == SMTP_CHUNK && !smtpd->discard_chunk)
        smtpd_letter_chunk(&smtpd->letter, event->argument);
    else if (event->kind == SMTP_CONTENT_END)
        smtpd_content_end(smtpd, event->verb);
}

/* Obeys what the parser holds, as long as there is room for the replies. */
static enum session_answer run(struct smtpd *smtpd, struct buf *out)
{
    struct smtp_event event;
    smtpd->out = out;
    smtpd->answer = SESSION_CONTINUE;
    while (smtpd->answer == SESSION_CONTINUE) {
        /* A pause (a wrong password) holds back also what was sent behind it. */
        if (out->len >= SESSION_OUT_HIGH || smtpd->session->pause > 0)
            return SESSION_MORE;
        if (smtp_parse_next(&smtpd->parser, &event) == 0)
            break;
        obey(smtpd, &event);
    }
    if (smtpd->answer == SESSION_START_TLS)
        line_drop(&smtpd->parser.lines); /* RFC 3207 §4.2 */
    line_rest(&smtpd->parser.lines);
    return smtpd->answer;
}

static enum session_answer smtpd_open(struct session *session, struct buf *out)
{
    struct smtpd *smtpd = mem_alloc(sizeof *smtpd);
    session->state = smtpd;
    session->timeout = SMTPD_TIMEOUT;
    smtpd->session = session;
    smtpd->out = out;
    smtp_parse_init(&smtpd->parser, true);
    machine_init(&smtpd->machine, &smtp_machine);
    smtpd_say(smtpd, SMTP_GREETING, 220, NULL, "%s", config_text(session->config, CONFIG_SMTPD_BANNER));
    return SESSION_CONTINUE;
}

static enum session_answer smtpd_input(struct session *session, const void *data, size_t size, struct buf *out)
{
    struct smtpd *smtpd = session->state;
    smtp_parse_feed(&smtpd->parser, data, size);
    return run(smtpd, out);
}

static enum session_answer smtpd_more(struct session *session, struct buf *out)
{
    return run(session->state, out);
}

static enum session_answer smtpd_wake(struct session *session, enum session_wake why, struct buf *out)
{
    struct smtpd *smtpd = session->state;
    const char *host = config_text(session->config, CONFIG_MYHOSTNAME);
    smtpd->out = out;
    if (why == SESSION_CHANGED)
        return SESSION_CONTINUE;
    if (why == SESSION_TIMEOUT)
        smtpd_say(smtpd, SMTP_SHUTDOWN, 421, "4.4.2", "%s You were silent for too long", host);
    else
        smtpd_say(smtpd, SMTP_SHUTDOWN, 421, "4.3.2", "%s The server stops", host);
    return SESSION_CLOSE;
}

/* What a client said before TLS anybody may have said: all of it is forgotten (RFC 3207 §4.2). */
static enum session_answer smtpd_tls_started(struct session *session, struct buf *out)
{
    struct smtpd *smtpd = session->state;
    (void)out;
    smtpd_letter_drop(&smtpd->letter);
    login_end(&smtpd->login);
    free(smtpd->client);
    smtpd->client = NULL;
    smtpd->esmtp = false;
    machine_step(&smtpd->machine, SMTP_TLS_STARTED, OUTCOME_OK);
    return SESSION_CONTINUE;
}

static void smtpd_close(struct session *session)
{
    struct smtpd *smtpd = session->state;
    if (smtpd == NULL)
        return;
    machine_step(&smtpd->machine, SMTP_DISCONNECT, OUTCOME_OK);
    smtpd_letter_drop(&smtpd->letter);
    login_end(&smtpd->login);
    smtp_parse_free(&smtpd->parser);
    free(smtpd->client);
    free(smtpd);
    session->state = NULL;
}

const struct session_ops smtpd_ops = {
    .protocol = "SMTP",
    .timeout = SMTPD_TIMEOUT,
    .open = smtpd_open,
    .input = smtpd_input,
    .more = smtpd_more,
    .wake = smtpd_wake,
    .tls_started = smtpd_tls_started,
    .close = smtpd_close,
};
