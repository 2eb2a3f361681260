/*
 * smtp.c - SMTP's fields (RFC 5321), from the events of the watch.
 *
 * The names and values are Wireshark's, with its habit of taking the first
 * four letters of a line for the command: STARTTLS is "STAR" there.
 */
#include <string.h>

#include "visualizer/mail_kind.h"
#include "visualizer/protocols.h"

enum {
    REQ, RSP, COMMAND_LINE, REQ_COMMAND, REQ_PARAMETER, AUTH_USERNAME, AUTH_PASSWORD, AUTH_BOTH,
    RESPONSE, RESPONSE_CODE, RSP_PARAMETER, EOM, SMTP_FIELDS
};

static const struct field_row rows[SMTP_FIELDS] = {
    [REQ] = { "smtp.req", FIELD_BOOLEAN, 1, FIELD_HIDDEN, N_("Request"), N_("The client speaks."), NULL },
    [RSP] = { "smtp.rsp", FIELD_BOOLEAN, 1, FIELD_HIDDEN, N_("Response"), N_("The server speaks."), NULL },
    [COMMAND_LINE] = { "smtp.command_line", FIELD_TEXT, 0, 1, N_("Command line"),
        N_("One line from the client; it ends with CR LF and nothing else."), NULL },
    [REQ_COMMAND] = { "smtp.req.command", FIELD_TEXT, 0, 2, N_("Command"),
        N_("The verb. Wireshark gives its first four letters."), NULL },
    [REQ_PARAMETER] = { "smtp.req.parameter", FIELD_TEXT, 0, 2, N_("Parameter"), N_("What follows the verb."), NULL },
    [AUTH_USERNAME] = { "smtp.auth.username", FIELD_TEXT, 0, 1, N_("User name"),
        N_("The user's name in base64, which hides nothing."), NULL },
    [AUTH_PASSWORD] = { "smtp.auth.password", FIELD_TEXT, 0, 1, N_("Password"),
        N_("The password in base64, which hides nothing."), NULL },
    [AUTH_BOTH] = { "smtp.auth.username_password", FIELD_TEXT, 0, 1, N_("User name and password"),
        N_("Name and password in one, in base64, which hides nothing."), NULL },
    [RESPONSE] = { "smtp.response", FIELD_TEXT, 0, 1, N_("Response"),
        N_("The first line of the server's reply."), NULL },
    [RESPONSE_CODE] = { "smtp.response.code", FIELD_DECIMAL, 4, 2, N_("Response code"),
        N_("2xx done, 3xx go on, 4xx not now, 5xx never."), NULL },
    [RSP_PARAMETER] = { "smtp.rsp.parameter", FIELD_TEXT, 0, 2, N_("Response parameter"),
        N_("What follows the code: for people, or a capability in the reply to EHLO."), NULL },
    [EOM] = { "smtp.eom", FIELD_LABEL, 0, 1, N_("End of mail"),
        N_("A line with a single dot: the letter is complete."), NULL },
};

enum sasl { SASL_OTHER, SASL_PLAIN, SASL_LOGIN };

struct smtp_memory {
    enum sasl sasl;         /* the mechanism that is going on */
    unsigned answers;       /* lines of it that the client has sent */
    bool in_reply;          /* the last line of the server was not its reply's last */
};

enum { VERB_SHOWN = 4 };

static void auth_field(const struct mail_run *run, size_t at, size_t size, struct smtp_memory *memory)
{
    if (memory->sasl == SASL_PLAIN)
        field_bytes(run->packet, AUTH_BOTH, run->bytes, at, size);
    else if (memory->sasl == SASL_LOGIN && memory->answers < 2)
        field_bytes(run->packet, memory->answers == 0 ? AUTH_USERNAME : AUTH_PASSWORD, run->bytes, at, size);
    memory->answers++;
}

/* AUTH mechanism [initial-response] (RFC 4954 §4). */
static void auth_command(const struct mail_run *run, const struct watch_event *event, struct smtp_memory *memory)
{
    const char *space = memchr(event->argument.at, ' ', event->argument.len);
    const struct span mechanism = { event->argument.at,
                                    space ? (size_t)(space - event->argument.at) : event->argument.len };
    memory->sasl = span_is_nocase(mechanism, "PLAIN")   ? SASL_PLAIN
                   : span_is_nocase(mechanism, "LOGIN") ? SASL_LOGIN
                                                        : SASL_OTHER;
    memory->answers = 0;
    if (!space)
        return;
    const struct span initial = { space + 1, event->argument.len - mechanism.len - 1 };
    auth_field(run, mail_span_at(run, event, initial), initial.len, memory);
}

static void command(const struct mail_run *run, const struct watch_event *event, struct smtp_memory *memory)
{
    const size_t at = mail_event_at(run, event), size = mail_event_size(run, event);
    const size_t length = event->text.len, verb = length < VERB_SHOWN ? length : VERB_SHOWN;
    field_number(run->packet, REQ, run->bytes, at, 0, 1);
    field_bytes(run->packet, COMMAND_LINE, run->bytes, at, size);
    field_bytes(run->packet, REQ_COMMAND, run->bytes, at, verb);
    if (length > VERB_SHOWN + 1)
        field_bytes(run->packet, REQ_PARAMETER, run->bytes, at + VERB_SHOWN + 1, length - VERB_SHOWN - 1);
    if (event->word && span_is(span_of(event->word->name), "AUTH"))
        auth_command(run, event, memory);
}

static void reply(const struct mail_run *run, const struct watch_event *event, struct smtp_memory *memory)
{
    enum { CODE = 3 };
    const size_t at = mail_event_at(run, event), size = mail_event_size(run, event);
    const bool first = !memory->in_reply;
    memory->in_reply = !event->last_line;
    if (first) {
        unsigned code = 0;
        for (size_t i = 0; i < CODE && i < event->text.len && event->text.at[i] >= '0' && event->text.at[i] <= '9'; i++)
            code = code * 10 + (unsigned)(event->text.at[i] - '0');
        field_bytes(run->packet, RESPONSE, run->bytes, at, size);
        field_number(run->packet, RESPONSE_CODE, run->bytes, at, CODE, code);
    }
    if (event->text.len > CODE + 1)
        field_bytes(run->packet, RSP_PARAMETER, run->bytes, at + CODE + 1, event->text.len - CODE - 1);
}

static void fields(const struct mail_run *run)
{
    struct smtp_memory *memory = run->memory;
    if (run->direction == FROM_SERVER)
        field_number(run->packet, RSP, run->bytes, 0, 0, 1);
    for (size_t i = 0; i < run->count; i++) {
        const struct watch_event *event = &run->events[i];
        if (event->kind == WATCH_COMMAND || (event->kind == WATCH_ERROR && event->from_client)) {
            command(run, event, memory);
        } else if (event->kind == WATCH_AUTH_DATA) {
            field_number(run->packet, REQ, run->bytes, mail_event_at(run, event), 0, 1);
            auth_field(run, mail_event_at(run, event), event->text.len, memory);
        } else if (event->kind == WATCH_CONTENT_END && event->length > 0) {
            field_number(run->packet, EOM, run->bytes, mail_event_at(run, event), mail_event_size(run, event), 0);
        } else if (!event->from_client) {
            reply(run, event, memory);
        }
    }
}

static bool begins_letter(const struct watch_event *event, void *memory)
{
    (void)event;
    (void)memory;
    return true;
}

/* A chunk that is not the last goes on in the next (RFC 3030 §2). */
static bool ends_letter(const struct watch_event *event, void *memory)
{
    (void)memory;
    return !event->word || !span_is(span_of(event->word->name), "BDAT");
}

static const struct mail_kind kind = {
    .name = "SMTP",
    .watch = WATCH_SMTP,
    .protocol = PROTOCOL_SMTP,
    .memory_size = sizeof(struct smtp_memory),
    .fields = fields,
    .begins_letter = begins_letter,
    .ends_letter = ends_letter,
};

static void *open_stream(struct stream *stream)
{
    return mail_open(stream, &kind);
}

const struct stream_ops smtp_stream_ops = {
    .name = "SMTP", .open = open_stream, .data = mail_data, .gap = mail_gap, .close = mail_close,
};

bool smtp_looks(enum direction direction, struct span first)
{
    static const char *const verbs[] = { "EHLO ", "HELO ", "MAIL FROM:" };
    if (direction == FROM_SERVER)
        return first.len >= 8 && memcmp(first.at, "220", 3) == 0 && (first.at[3] == ' ' || first.at[3] == '-') &&
               memmem(first.at, first.len, "SMTP", 4) != NULL;
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        const size_t size = strlen(verbs[i]);
        if (first.len > size && span_is_nocase((struct span){ first.at, size }, verbs[i]))
            return true;
    }
    return false;
}

const struct protocol smtp_protocol = {
    .name = "SMTP",
    .title = N_("Simple Mail Transfer Protocol"),
    .filter = "smtp",
    .osi = 7,
    .tcpip = TCPIP_APPLICATION,
    .rows = rows,
    .row_count = SMTP_FIELDS,
};
