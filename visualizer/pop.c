/*
 * pop.c - POP3's fields (RFC 1939), from the events of the watch.
 */
#include <string.h>

#include "visualizer/mail_kind.h"
#include "visualizer/protocols.h"

enum {
    REQUEST, REQUEST_COMMAND, REQUEST_PARAMETER, REQUEST_DATA, RESPONSE, RESPONSE_INDICATOR, RESPONSE_DESCRIPTION,
    RESPONSE_DATA, POP_FIELDS
};

static const struct field_row rows[POP_FIELDS] = {
    [REQUEST] = { "pop.request", FIELD_TEXT, 0, 1, N_("Request"), N_("One line from the client."), NULL },
    [REQUEST_COMMAND] = { "pop.request.command", FIELD_TEXT, 0, 2, N_("Command"), N_("The verb."), NULL },
    [REQUEST_PARAMETER] = { "pop.request.parameter", FIELD_TEXT, 0, 2, N_("Parameter"), N_("What follows the verb."),
                            NULL },
    [REQUEST_DATA] = { "pop.request.data", FIELD_TEXT, 0, 1, N_("Data"),
                       N_("The client's answer to a challenge: in base64, which hides nothing."), NULL },
    [RESPONSE] = { "pop.response", FIELD_TEXT, 0, 1, N_("Response"), N_("The server's first line."), NULL },
    [RESPONSE_INDICATOR] = { "pop.response.indicator", FIELD_TEXT, 0, 2, N_("Indicator"),
                             N_("+OK or -ERR: POP3 knows no other answers."), NULL },
    [RESPONSE_DESCRIPTION] = { "pop.response.description", FIELD_TEXT, 0, 2, N_("Description"),
                               N_("What follows: for people, or numbers."), NULL },
    [RESPONSE_DATA] = { "pop.response.data", FIELD_TEXT, 0, 1, N_("Data"),
                        N_("A line of a list; a line with a single dot ends it."), NULL },
};

static void words(const struct mail_run *run, const struct watch_event *event, unsigned first_row, unsigned rest_row)
{
    const size_t at = mail_event_at(run, event), length = event->text.len;
    const char *space = memchr(event->text.at, ' ', length);
    const size_t first = space ? (size_t)(space - event->text.at) : length;
    field_bytes(run->packet, first_row, run->bytes, at, first);
    if (length > first + 1)
        field_bytes(run->packet, rest_row, run->bytes, at + first + 1, length - first - 1);
}

static bool is_status(const struct watch_event *event)
{
    return event->text.len > 0 && (event->text.at[0] == '+' || event->text.at[0] == '-') && event->word;
}

static void fields(const struct mail_run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        const struct watch_event *event = &run->events[i];
        const size_t at = mail_event_at(run, event);
        if (event->kind == WATCH_CONTENT || event->kind == WATCH_CONTENT_END)
            continue;
        if (event->kind == WATCH_AUTH_DATA) {
            field_bytes(run->packet, REQUEST_DATA, run->bytes, at, event->text.len);
        } else if (event->from_client) {
            field_bytes(run->packet, REQUEST, run->bytes, at, event->text.len);
            words(run, event, REQUEST_COMMAND, REQUEST_PARAMETER);
        } else if (is_status(event)) {
            field_bytes(run->packet, RESPONSE, run->bytes, at, event->text.len);
            words(run, event, RESPONSE_INDICATOR, RESPONSE_DESCRIPTION);
        } else {
            field_bytes(run->packet, RESPONSE_DATA, run->bytes, at, event->text.len);
        }
    }
}

static bool is_letter(const struct watch_event *event, void *memory)
{
    (void)event;
    (void)memory;
    return true;
}

static const struct mail_kind kind = {
    .name = "POP3",
    .watch = WATCH_POP3,
    .protocol = PROTOCOL_POP,
    .fields = fields,
    .begins_letter = is_letter,
    .ends_letter = is_letter,
};

static void *open_stream(struct stream *stream)
{
    return mail_open(stream, &kind);
}

const struct stream_ops pop_stream_ops = {
    .name = "POP3", .open = open_stream, .data = mail_data, .gap = mail_gap, .close = mail_close,
};

bool pop_looks(enum direction direction, struct span first)
{
    return direction == FROM_SERVER && first.len >= 4 && memcmp(first.at, "+OK", 3) == 0 &&
           (first.at[3] == ' ' || first.at[3] == '\r');
}

const struct protocol pop_protocol = {
    .name = "POP3",
    .title = N_("Post Office Protocol"),
    .filter = "pop",
    .osi = 7,
    .tcpip = TCPIP_APPLICATION,
    .rows = rows,
    .row_count = POP_FIELDS,
};
