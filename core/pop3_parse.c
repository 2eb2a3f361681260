#include "pop3_parse.h"

#include <string.h>

#include "pop3_state.h"
#include "words.h"

void pop3_parse_init(struct pop3_parser *parser, bool from_client)
{
    *parser = (struct pop3_parser){ .from_client = from_client };
    line_init(&parser->lines, POP3_SASL_MAX);
}

void pop3_parse_free(struct pop3_parser *parser)
{
    line_free(&parser->lines);
}

void pop3_parse_feed(struct pop3_parser *parser, const void *data, size_t size)
{
    line_feed(&parser->lines, data, size);
}

enum pop3_verb pop3_verb_of(struct span word)
{
    for (int verb = 0; verb < POP3_UNKNOWN; verb++)
        if (span_is_nocase(word, pop3_machine.verb_names[verb]))
            return (enum pop3_verb)verb;
    return POP3_UNKNOWN;
}

struct span pop3_word(struct span *argument)
{
    const char *space = argument->len > 0 ? memchr(argument->at, ' ', argument->len) : NULL;
    size_t length = space != NULL ? (size_t)(space - argument->at) : argument->len;
    struct span word = { argument->at, length };
    size_t used = space != NULL ? length + 1 : length;
    *argument = (struct span){ argument->at + used, argument->len - used };
    return word;
}

/* RFC 1939 §3: a command is words of printable ASCII; RFC 6856 §2 adds UTF-8 to arguments, its judge is the session. */
static const char *line_error(const struct line *line, size_t max)
{
    if (line->flags & LINE_BARE_LF)
        return N_("The line ends with LF alone: POP3 lines end with CR LF.");
    if (line->flags & LINE_BARE_CR)
        return N_("The line contains a CR that is not part of its end.");
    if (line->flags & LINE_NUL)
        return N_("The line contains a NUL byte.");
    if (line->flags & LINE_TOO_LONG || line->raw_length > max)
        return N_("The line is longer than POP3 allows.");
    return NULL;
}

static void parse_command(struct pop3_event *event)
{
    struct span rest = event->text;
    event->kind = POP3_COMMAND;
    event->verb = pop3_verb_of(pop3_word(&rest));
    event->argument = rest;
}

/* "[IN-USE] text": the code out of its brackets (RFC 2449 §8). */
static void parse_code(struct pop3_event *event)
{
    if (event->argument.len == 0 || event->argument.at[0] != '[')
        return;
    const char *end = memchr(event->argument.at, ']', event->argument.len);
    if (end == NULL)
        return;
    event->code = (struct span){ event->argument.at + 1, (size_t)(end - event->argument.at) - 1 };
}

/* Does the line begin with the status, and is that a word of its own? Then the argument is what follows. */
static bool starts_with(struct pop3_event *event, const char *status)
{
    size_t length = strlen(status);
    if (event->text.len < length || !span_is_nocase((struct span){ event->text.at, length }, status))
        return false;
    event->argument = (struct span){ event->text.at + length, event->text.len - length };
    if (event->argument.len == 0)
        return true;
    if (event->argument.at[0] != ' ')
        return false;
    event->argument.at++;
    event->argument.len--;
    return true;
}

static const char *parse_status(struct pop3_parser *parser, struct pop3_event *event)
{
    event->kind = POP3_STATUS;
    if (starts_with(event, "+OK")) {
        event->outcome = OUTCOME_OK;
        parser->in_lines = parser->multiline;
    } else if (starts_with(event, "-ERR")) {
        event->outcome = OUTCOME_NO;
    } else if (starts_with(event, "+")) {
        event->kind = POP3_CHALLENGE;
        event->outcome = OUTCOME_MORE;
        return NULL;
    } else {
        event->outcome = OUTCOME_BAD;
        return N_("A POP3 reply begins with +OK, -ERR or, while logging in, with + and a space.");
    }
    parse_code(event);
    return NULL;
}

/* RFC 1939 §3: a dot alone ends the reply; a dot before more is the server's, and is taken away. */
static void parse_multiline(struct pop3_parser *parser, struct pop3_event *event)
{
    bool at_start = !parser->unfinished;
    parser->unfinished = event->flags & LINE_UNFINISHED;
    event->kind = POP3_LINE;
    event->unfinished = parser->unfinished;
    event->argument = event->text;
    if (!at_start || event->text.len == 0 || event->text.at[0] != '.')
        return;
    event->argument = (struct span){ event->text.at + 1, event->text.len - 1 };
    if (event->argument.len > 0)
        return;
    event->kind = POP3_END;
    parser->in_lines = false;
}

/* The longest text of the line to come. One that is longer is cut there, but a message's line goes on. */
static size_t longest(const struct pop3_parser *parser)
{
    if (parser->in_lines)
        return POP3_PIECE_MAX;
    bool is_sasl = !parser->from_client || parser->mode == POP3_MODE_SASL;
    return is_sasl ? POP3_SASL_MAX : POP3_COMMAND_MAX;
}

int pop3_parse_next(struct pop3_parser *parser, struct pop3_event *event)
{
    struct line line;
    parser->lines.max = longest(parser);
    parser->lines.in_pieces = parser->in_lines;
    if (line_next(&parser->lines, &line) == 0)
        return 0;
    *event = (struct pop3_event){ .text = line.text, .flags = line.flags, .verb = POP3_UNKNOWN,
                                  .offset = line.offset, .length = line.raw_length };
    if (parser->in_lines) {
        parse_multiline(parser, event);
        return 1;
    }
    size_t max = POP3_COMMAND_MAX;
    if (!parser->from_client) {
        event->error = parse_status(parser, event);
        max = event->kind == POP3_CHALLENGE ? POP3_SASL_MAX : POP3_REPLY_MAX;
    } else if (parser->mode == POP3_MODE_SASL) {
        parser->mode = POP3_MODE_COMMAND;
        event->kind = POP3_SASL;
        event->verb = POP3_AUTH;
        event->argument = event->text;
        max = POP3_SASL_MAX;
    } else {
        parse_command(event);
    }
    if (event->error == NULL)
        event->error = line_error(&line, max);
    return event->error == NULL ? 1 : -1;
}
