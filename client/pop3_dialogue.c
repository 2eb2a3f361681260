#include "pop3_dialogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "core/base64.h"
#include "core/pop3_state.h"
#include "core/sasl.h"
#include "io/i18n.h"
#include "io/text.h"

enum { MAX_UNREAD = 1 << 20 }; /* a line may be that long before it is given up; what is kept of it is less */

static const char *host_of(const struct pop3_dialogue *pop3)
{
    return channel_host(pop3->link.channel);
}

static struct span nothing(void)
{
    return (struct span){ "", 0 };
}

/* Our sentence, and what the server said, if anything. */
static int fail(struct pop3_dialogue *pop3, const char *sentence, struct span words)
{
    buf_printf(pop3->error, "%s: %s", host_of(pop3), sentence);
    pop3->broken = true;
    if (words.len > 0) {
        char *safe = text_safe_copy(words);
        buf_printf(pop3->error, ": %s", safe);
        free(safe);
    }
    return -1;
}

/* The next event; waits for bytes as needed. */
static int next_event(struct pop3_dialogue *pop3, struct pop3_event *event)
{
    int found;
    size_t unread = 0;
    while ((found = pop3_parse_next(&pop3->parser, event)) == 0) {
        char data[16384];
        if (unread > MAX_UNREAD)
            return fail(pop3, _("the server's line does not end"), nothing());
        long got = link_read(&pop3->link, data, sizeof data, pop3->error);
        if (got <= 0) {
            pop3->broken = true;
            return -1;
        }
        pop3_parse_feed(&pop3->parser, data, (size_t)got);
        unread += (size_t)got;
    }
    if (found > 0)
        return 0;
    return fail(pop3, _("the server does not speak POP3"), event->text);
}

/* The status line (or challenge) that answers verb, and the move it makes. */
static int read_status(struct pop3_dialogue *pop3, enum pop3_verb verb, struct pop3_event *event)
{
    if (next_event(pop3, event) != 0)
        return -1;
    if (event->kind != POP3_STATUS && event->kind != POP3_CHALLENGE)
        return fail(pop3, _("the server says something that nobody asked for"), event->text);
    buf_clear(&pop3->text);
    buf_add_span(&pop3->text, event->argument);
    enum outcome outcome = event->kind == POP3_CHALLENGE ? OUTCOME_MORE : event->outcome;
    if (machine_step(&pop3->machine, (int)verb, outcome) == NULL)
        return fail(pop3, _("the server's reply does not fit the command"), event->text);
    return 0;
}

/* The lines after +OK, up to the dot. */
static int read_lines(struct pop3_dialogue *pop3, pop3_line *each, void *context)
{
    struct pop3_event event;
    for (;;) {
        if (next_event(pop3, &event) != 0)
            return -1;
        if (event.kind == POP3_END)
            return 0;
        if (each != NULL && each(context, event.argument, event.unfinished) != 0)
            return fail(pop3, _("the server's answer is too large"), nothing());
    }
}

static int refused(struct pop3_dialogue *pop3, enum pop3_verb verb)
{
    struct span words = buf_span(&pop3->text);
    bool broken = pop3->broken;
    const char *sentence = _("the server refuses");
    if (verb == POP3_PASS || verb == POP3_AUTH || verb == POP3_USER || verb == POP3_APOP)
        sentence = _("the server refuses the user name or the password");
    fail(pop3, sentence, words);
    pop3->broken = broken; /* a refusal is part of the dialogue */
    return -1;
}

/* The command leaves, unless whoever steps through the dialogue drops it. */
static int send_line(struct pop3_dialogue *pop3, enum pop3_verb verb, char *line, size_t length)
{
    struct buf text;
    const char *name = pop3_machine.verb_names[verb];
    if (verb == POP3_PASS || verb == POP3_APOP || verb == POP3_AUTH)
        return link_write(&pop3->link, line, length, pop3->error);
    buf_init(&text, POP3_COMMAND_MAX);
    buf_add(&text, line, length);
    int status = link_say(&pop3->link, name, &text, pop3->error);
    buf_free(&text);
    if (status > 0) {
        bool broken = pop3->broken;
        fail(pop3, _("the command was dropped before it left"), span_of(name));
        pop3->broken = broken;
    }
    return status == 0 ? 0 : -1;
}

static int say(struct pop3_dialogue *pop3, enum pop3_verb verb, const char *argument)
{
    char line[POP3_COMMAND_MAX + 1];
    const char *name = pop3_machine.verb_names[verb];
    if (machine_allows(&pop3->machine, (int)verb) == NULL)
        return fail(pop3, _("the command is not possible now"), span_of(name));
    int length = snprintf(line, sizeof line, "%s%s%s\r\n", name, *argument != '\0' ? " " : "", argument);
    int status = (size_t)length < sizeof line ? 0 : fail(pop3, _("the command is longer than POP3 allows"), nothing());
    if (status == 0)
        status = send_line(pop3, verb, line, (size_t)length);
    explicit_bzero(line, sizeof line);
    pop3->parser.multiline = pop3_reply_is_multiline(verb, *argument != '\0');
    return status;
}

int pop3_command(struct pop3_dialogue *pop3, enum pop3_verb verb, const char *argument, pop3_line *each, void *context)
{
    struct pop3_event event;
    if (say(pop3, verb, argument) != 0 || read_status(pop3, verb, &event) != 0)
        return -1;
    if (event.kind != POP3_STATUS || event.outcome != OUTCOME_OK)
        return refused(pop3, verb);
    return pop3_reply_is_multiline(verb, *argument != '\0') ? read_lines(pop3, each, context) : 0;
}

static int take_ability(void *context, struct span line, bool unfinished)
{
    struct pop3_dialogue *pop3 = context;
    struct pop3_abilities *can = &pop3->can;
    struct span word = pop3_word(&line);
    char name[64] = "";
    (void)unfinished;
    size_t length = word.len < sizeof name ? word.len : sizeof name - 1;
    if (length > 0)
        memcpy(name, word.at, length);
    if (pop3->said_length + length + 2 < sizeof pop3->said)
        pop3->said_length += (size_t)snprintf(pop3->said + pop3->said_length, length + 2, " %s", name);
    if (link_hides(&pop3->link, name))
        return 0;
    can->stls |= span_is_nocase(word, "STLS");
    can->user |= span_is_nocase(word, "USER");
    can->top |= span_is_nocase(word, "TOP");
    can->uidl |= span_is_nocase(word, "UIDL");
    if (span_is_nocase(word, "SASL"))
        snprintf(can->sasl, sizeof can->sasl, "%.*s", line.len < 250 ? (int)line.len : 250,
                 line.len > 0 ? line.at : "");
    return 0;
}

/* CAPA; a server of before RFC 2449 refuses, and can what RFC 1939 says. */
static int ask_abilities(struct pop3_dialogue *pop3)
{
    struct pop3_event event;
    pop3->can = (struct pop3_abilities){ .capa = true };
    pop3->said_length = 0;
    pop3->said[0] = '\0';
    if (say(pop3, POP3_CAPA, "") != 0 || read_status(pop3, POP3_CAPA, &event) != 0)
        return -1;
    if (event.outcome == OUTCOME_OK)
        return read_lines(pop3, take_ability, pop3);
    pop3->can = (struct pop3_abilities){ .user = true, .top = true, .uidl = true };
    return 0;
}

/* RFC 2595 §4. What was said in the clear is forgotten, also what the server can do. */
static int start_tls(struct pop3_dialogue *pop3)
{
    if (pop3_command(pop3, POP3_STLS, "", NULL, NULL) != 0)
        return -1;
    if (line_drop(&pop3->parser.lines) > 0)
        return fail(pop3, _("bytes in the clear follow the server's consent to TLS: somebody may be injecting "
                            "commands"), nothing());
    if (link_start_tls(&pop3->link, pop3->error) != 0) {
        pop3->broken = true;
        return -1;
    }
    machine_step(&pop3->machine, POP3_TLS_STARTED, OUTCOME_OK);
    return ask_abilities(pop3);
}

static int secure(struct pop3_dialogue *pop3)
{
    enum account_tls policy = pop3->link.account->tls;
    if (link_in_tls(&pop3->link) || policy == ACCOUNT_TLS_NEVER)
        return 0;
    if (pop3->can.stls)
        return start_tls(pop3);
    if (policy == ACCOUNT_TLS_REQUIRED)
        return fail(pop3, _("the server offers no TLS (STLS), and it is asked for"), nothing());
    return 0;
}

/* One answer to a challenge; base64, "*" to cancel (RFC 5034 §4). */
static int answer(struct pop3_dialogue *pop3, struct sasl_client *sasl, struct buf *response)
{
    struct buf challenge, line;
    buf_init(&challenge, SASL_MAX_MESSAGE);
    buf_init(&line, POP3_SASL_MAX);
    enum sasl_status status = SASL_BAD;
    if (base64_decode(buf_span(&pop3->text), &challenge) == 0)
        status = sasl_client_step(sasl, challenge.len > 0 ? buf_span(&challenge) : nothing(), response);
    bool good = status == SASL_MORE || status == SASL_OK;
    if (good)
        base64_encode(buf_span(response), &line);
    else
        buf_add_text(&line, "*");
    buf_add_text(&line, "\r\n");
    int result = link_write(&pop3->link, line.data, line.len, pop3->error);
    explicit_bzero(line.data, line.cap);
    buf_free(&line);
    buf_free(&challenge);
    if (result == 0 && !good)
        result = fail(pop3, sasl_client_error(sasl) != NULL ? _(sasl_client_error(sasl))
                                                            : _("the server's challenge is not base64"), nothing());
    return result;
}

static int exchange(struct pop3_dialogue *pop3, struct sasl_client *sasl, const char *name)
{
    struct pop3_event event;
    struct buf response;
    buf_init(&response, SASL_MAX_MESSAGE);
    int status = say(pop3, POP3_AUTH, name);
    while (status == 0) {
        status = read_status(pop3, POP3_AUTH, &event);
        if (status != 0 || event.kind == POP3_STATUS)
            break;
        status = answer(pop3, sasl, &response);
    }
    if (response.data != NULL)
        explicit_bzero(response.data, response.cap);
    buf_free(&response);
    if (status != 0)
        return -1;
    if (event.outcome != OUTCOME_OK)
        return refused(pop3, POP3_AUTH);
    if (!sasl_client_satisfied(sasl))
        return fail(pop3, _("the server lets us in without having proved who it is"), nothing());
    return 0;
}

static int login_sasl(struct pop3_dialogue *pop3, const struct sasl_mechanism *mechanism)
{
    unsigned char nonce[18];
    if (getrandom(nonce, sizeof nonce, 0) != (ssize_t)sizeof nonce)
        abort();
    struct sasl_credentials who = { .user = pop3->link.account->user, .password = pop3->link.account->password,
                                    .nonce = { (const char *)nonce, sizeof nonce } };
    struct sasl_client *sasl = sasl_client_new(mechanism, &who);
    int status = exchange(pop3, sasl, mechanism->name);
    sasl_client_free(sasl);
    return status;
}

/* A mechanism that does not show the password is best; then USER and PASS, which every server knows. */
static int login(struct pop3_dialogue *pop3)
{
    const struct account *account = pop3->link.account;
    struct span offered = span_of(pop3->can.sasl);
    bool by_user = account->login != NULL && strcasecmp(account->login, "USER") == 0;
    const struct sasl_mechanism *mechanism = sasl_choose(offered, account->login, false, false);
    if (mechanism != NULL)
        return login_sasl(pop3, mechanism);
    if (!link_password_allowed(&pop3->link)) {
        link_explain_clear(&pop3->link, pop3->error);
        return -1;
    }
    mechanism = sasl_choose(offered, account->login, true, false);
    if (mechanism != NULL && (account->login != NULL || !pop3->can.user))
        return login_sasl(pop3, mechanism);
    if (account->login != NULL && !by_user)
        return fail(pop3, _("the server does not offer this way to log in"), span_of(account->login));
    if (pop3_command(pop3, POP3_USER, account->user, NULL, NULL) != 0)
        return -1;
    return pop3_command(pop3, POP3_PASS, account->password, NULL, NULL);
}

static int greeting(struct pop3_dialogue *pop3)
{
    struct pop3_event event;
    if (read_status(pop3, POP3_GREETING, &event) != 0)
        return -1;
    if (event.outcome == OUTCOME_OK)
        return 0;
    return fail(pop3, _("the server does not want to talk to us"), buf_span(&pop3->text));
}

int pop3_dialogue_open(struct pop3_dialogue *pop3, const struct account *account, const struct mail_watcher *watcher,
                       int cancel_fd, struct buf *error)
{
    *pop3 = (struct pop3_dialogue){ .error = error };
    buf_init(&pop3->text, POP3_SASL_MAX);
    pop3_parse_init(&pop3->parser, false);
    machine_init(&pop3->machine, &pop3_machine);
    if (link_open(&pop3->link, account, WATCH_POP3, watcher, cancel_fd, error) != 0)
        return -1;
    if (greeting(pop3) != 0 || ask_abilities(pop3) != 0 || secure(pop3) != 0 || login(pop3) != 0)
        return -1;
    /* What can be done may depend on who it is (RFC 2449 §5): what was not offered may be now. */
    return pop3->can.capa && !(pop3->can.top && pop3->can.uidl) ? ask_abilities(pop3) : 0;
}

int pop3_dialogue_quit(struct pop3_dialogue *pop3)
{
    bool possible = pop3->link.channel != NULL && !pop3->broken && machine_allows(&pop3->machine, POP3_QUIT) != NULL;
    return possible ? pop3_command(pop3, POP3_QUIT, "", NULL, NULL) : 0;
}

void pop3_dialogue_close(struct pop3_dialogue *pop3)
{
    link_close(&pop3->link);
    pop3_parse_free(&pop3->parser);
    buf_free(&pop3->text);
}
