#include "smtp_client.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "smtp_client_parts.h"
#include "smtp_state.h"
#include "words.h"

enum {
    MAX_REPLY = 16384,         /* of a reply's text over all its lines */
    MAX_UNREAD = 1 << 20,      /* a line may be that long before it is given up; what is kept of it is less */
    MAX_OUTPUT = 1 << 20,
};

void smtp_client_set_answer(struct smtp_answer *answer, int code, const char *enhanced, const char *text)
{
    char *copy = mem_text(text);
    free(answer->text);
    answer->code = code;
    answer->text = copy;
    snprintf(answer->enhanced, sizeof answer->enhanced, "%s", enhanced);
}

void smtp_client_note(struct smtp_client *client, struct smtp_answer *answer)
{
    smtp_client_set_answer(answer, client->code, client->enhanced, buf_text(&client->reply));
}

void smtp_client_ask(struct smtp_client *client, enum smtp_verb verb, size_t which)
{
    size_t slot = (client->asked_first + client->asked_count++) % SMTP_CLIENT_OUTSTANDING;
    client->asked[slot] = (struct smtp_asked){ verb, which };
}

struct smtp_client *smtp_client_new(const struct smtp_client_options *options)
{
    struct smtp_client *client = mem_alloc(sizeof *client);
    client->options = options;
    client->in_tls = options->in_tls;
    if (options->credentials != NULL)
        client->credentials = *options->credentials;
    machine_init(&client->machine, &smtp_machine);
    smtp_parse_init(&client->parser, false);
    buf_init(&client->out, MAX_OUTPUT);
    buf_init(&client->reply, MAX_REPLY);
    smtp_client_set_answer(&client->answer, 0, "", "");
    smtp_client_set_answer(&client->reason, 0, "", "");
    smtp_client_ask(client, SMTP_GREETING, 0);
    return client;
}

void smtp_client_free(struct smtp_client *client)
{
    if (client == NULL)
        return;
    smtp_client_forget_letter(client);
    free(client->answer.text);
    free(client->reason.text);
    sasl_client_free(client->sasl);
    smtp_parse_free(&client->parser);
    if (client->out.data != NULL) /* it may have held a password */
        explicit_bzero(client->out.data, client->out.cap);
    buf_free(&client->out);
    buf_free(&client->reply);
    free(client);
}

struct buf *smtp_client_output(struct smtp_client *client)
{
    return &client->out;
}

bool smtp_client_accepted(const struct smtp_client *client)
{
    return client->accepted;
}

const struct smtp_answer *smtp_client_recipient(const struct smtp_client *client, size_t index)
{
    return index < client->recipient_count ? &client->recipients[index] : NULL;
}

const struct smtp_answer *smtp_client_answer(const struct smtp_client *client)
{
    return &client->answer;
}

const char *smtp_client_problem(const struct smtp_client *client)
{
    return client->problem;
}

const struct smtp_answer *smtp_client_reason(const struct smtp_client *client)
{
    return &client->reason;
}

const struct smtp_offer *smtp_client_offer(const struct smtp_client *client)
{
    return &client->offer;
}

enum smtp_verb smtp_client_awaits(const struct smtp_client *client)
{
    return client->asked_count > 0 ? client->asked[client->asked_first].verb : SMTP_UNKNOWN;
}

uint64_t smtp_client_replies(const struct smtp_client *client)
{
    return client->replies;
}

void smtp_client_fail(struct smtp_client *client, const char *problem, bool answered)
{
    if (client->phase == PHASE_FAILED)
        return;
    client->problem = problem;
    if (answered)
        smtp_client_note(client, &client->reason);
    else
        smtp_client_set_answer(&client->reason, 0, "", "");
    client->phase = PHASE_FAILED;
}

void smtp_client_say(struct smtp_client *client, enum smtp_verb verb, size_t which, const char *format, ...)
{
    va_list arguments;
    char line[SMTP_SASL_MAX + 100];
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line - 2, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof line - 2) {
        smtp_client_fail(client, N_("a command would be longer than any server accepts"), false);
    } else {
        memcpy(line + length, "\r\n", 3);
        smtp_client_ask(client, verb, which);
        buf_add(&client->out, line, (size_t)length + 2);
    }
    explicit_bzero(line, sizeof line);
}

static void say_hello(struct smtp_client *client, bool extended)
{
    client->offer = (struct smtp_offer){ .size = false };
    client->esmtp = extended;
    smtp_client_say(client, extended ? SMTP_EHLO : SMTP_HELO, 0, "%s %s", extended ? "EHLO" : "HELO",
                    client->options->hello);
}

static void greeting_reply(struct smtp_client *client, enum outcome outcome)
{
    if (outcome == OUTCOME_OK)
        say_hello(client, true);
    else
        smtp_client_fail(client, N_("the server does not want to talk to us"), true);
}

/* EHLO or HELO was answered with yes: what comes next? */
static void open_further(struct smtp_client *client)
{
    enum smtp_client_tls policy = client->options->starttls;
    if (!client->in_tls && policy != SMTP_CLIENT_TLS_NEVER && client->offer.starttls)
        smtp_client_say(client, SMTP_STARTTLS, 0, "STARTTLS");
    else if (!client->in_tls && policy == SMTP_CLIENT_TLS_REQUIRED)
        smtp_client_fail(client, N_("the server does not offer STARTTLS, and TLS is asked for"), false);
    else
        smtp_client_login(client);
}

static void hello_reply(struct smtp_client *client, enum smtp_verb verb, enum outcome outcome)
{
    if (outcome == OUTCOME_OK)
        open_further(client);
    else if (verb == SMTP_EHLO && client->code / 100 == 5) /* RFC 5321 §3.2: then try HELO */
        say_hello(client, false);
    else
        smtp_client_fail(client, N_("the server does not accept our greeting"), true);
}

static void starttls_reply(struct smtp_client *client, enum outcome outcome)
{
    if (outcome == OUTCOME_OK && line_drop(&client->parser.lines) > 0)
        smtp_client_fail(client, N_("bytes in the clear follow the server's consent to TLS: somebody may be injecting "
                                    "commands"), false);
    else if (outcome == OUTCOME_OK)
        client->phase = PHASE_TLS;
    else if (client->options->starttls == SMTP_CLIENT_TLS_REQUIRED)
        smtp_client_fail(client, N_("the server offers STARTTLS and then refuses it"), true);
    else
        smtp_client_login(client); /* RFC 3207 §4.1: the client decides; the password is guarded apart */
}

/* A whole reply to the oldest command. */
static void dispatch(struct smtp_client *client, struct smtp_asked asked, enum outcome outcome)
{
    switch (asked.verb) {
    case SMTP_GREETING: greeting_reply(client, outcome); break;
    case SMTP_EHLO:
    case SMTP_HELO: hello_reply(client, asked.verb, outcome); break;
    case SMTP_STARTTLS: starttls_reply(client, outcome); break;
    case SMTP_AUTH: smtp_client_login_reply(client); break;
    case SMTP_QUIT: client->phase = PHASE_OVER; break;
    default: smtp_client_letter_reply(client, asked, outcome); break;
    }
}

static void reply_ended(struct smtp_client *client, enum outcome outcome)
{
    client->replies++;
    if (outcome == OUTCOME_BYE) { /* 421 answers anything, even nothing (RFC 5321 §3.8) */
        machine_step(&client->machine, SMTP_SHUTDOWN, OUTCOME_BYE);
        smtp_client_fail(client, N_("the server ends the dialogue"), true);
        return;
    }
    if (client->asked_count == 0) {
        smtp_client_fail(client, N_("the server says something that nobody asked for"), true);
        return;
    }
    struct smtp_asked asked = client->asked[client->asked_first];
    client->asked_first = (client->asked_first + 1) % SMTP_CLIENT_OUTSTANDING;
    client->asked_count--;
    /* RCPT and DATA that were on their way when MAIL was refused are refused, too: no move, and no fault. */
    bool on_its_way = client->refused && outcome == OUTCOME_NO && client->phase == PHASE_ENVELOPE;
    if (machine_step(&client->machine, (int)asked.verb, outcome) == NULL && !on_its_way)
        smtp_client_fail(client, N_("the server's reply does not fit the command"), true);
    else
        dispatch(client, asked, outcome);
}

/* One line of a reply. */
static void take_line(struct smtp_client *client, const struct smtp_event *event)
{
    bool first = client->code == 0;
    client->code = event->code;
    if (first)
        snprintf(client->enhanced, sizeof client->enhanced, "%.*s", (int)event->enhanced.len,
                 event->enhanced.len > 0 ? event->enhanced.at : "");
    enum smtp_verb verb = client->asked_count > 0 ? client->asked[client->asked_first].verb : SMTP_UNKNOWN;
    if (verb == SMTP_EHLO && !first && event->outcome == OUTCOME_OK)
        smtp_offer_read(&client->offer, event->argument);
    int full = (first ? 0 : buf_add_text(&client->reply, "\n")) | buf_add_span(&client->reply, event->argument);
    if (full != 0) {
        smtp_client_fail(client, N_("the server's reply does not end"), false);
        return;
    }
    if (!event->last_line)
        return;
    reply_ended(client, event->outcome);
    client->code = 0;
    client->enhanced[0] = '\0';
    buf_clear(&client->reply);
}

enum smtp_client_status smtp_client_status_of(const struct smtp_client *client)
{
    switch (client->phase) {
    case PHASE_TLS: return SMTP_CLIENT_START_TLS;
    case PHASE_READY: return SMTP_CLIENT_READY;
    case PHASE_CONTENT: return SMTP_CLIENT_MORE;
    case PHASE_OVER: return SMTP_CLIENT_OVER;
    case PHASE_FAILED: return SMTP_CLIENT_FAILED;
    default: return SMTP_CLIENT_WAIT;
    }
}

enum smtp_client_status smtp_client_feed(struct smtp_client *client, const void *data, size_t size)
{
    struct smtp_event event;
    int found;
    smtp_parse_feed(&client->parser, data, size);
    client->unread += size;
    while (client->phase != PHASE_FAILED && client->phase != PHASE_OVER && client->phase != PHASE_TLS &&
           (found = smtp_parse_next(&client->parser, &event)) != 0) {
        client->unread = 0;
        if (found > 0) {
            take_line(client, &event);
            continue;
        }
        buf_clear(&client->reply);
        buf_add_span(&client->reply, event.text);
        client->code = 0;
        smtp_client_fail(client, N_("the server does not speak SMTP"), true);
    }
    if (client->unread > MAX_UNREAD)
        smtp_client_fail(client, N_("the server's line does not end"), false);
    return smtp_client_status_of(client);
}

enum smtp_client_status smtp_client_tls_started(struct smtp_client *client, const struct scram_binding *binding)
{
    if (client->phase != PHASE_TLS)
        return smtp_client_status_of(client);
    machine_step(&client->machine, SMTP_TLS_STARTED, OUTCOME_OK);
    client->in_tls = true;
    client->credentials.binding = binding;
    client->phase = PHASE_OPENING;
    say_hello(client, true); /* RFC 3207 §4.2: all that was learnt before is forgotten */
    return smtp_client_status_of(client);
}

enum smtp_client_status smtp_client_quit(struct smtp_client *client)
{
    if (client->phase != PHASE_READY)
        return smtp_client_status_of(client);
    client->phase = PHASE_QUIT;
    smtp_client_say(client, SMTP_QUIT, 0, "QUIT");
    return smtp_client_status_of(client);
}
