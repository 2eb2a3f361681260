#include "smtp_parse.h"

#include <string.h>

#include "smtp_state.h"
#include "words.h"

void smtp_parse_init(struct smtp_parser *parser, bool from_client)
{
    *parser = (struct smtp_parser){ .from_client = from_client, .chunk = SMTP_UNKNOWN };
    line_init(&parser->lines, SMTP_SASL_MAX);
}

void smtp_parse_free(struct smtp_parser *parser)
{
    line_free(&parser->lines);
}

void smtp_parse_feed(struct smtp_parser *parser, const void *data, size_t size)
{
    line_feed(&parser->lines, data, size);
}

enum smtp_verb smtp_verb_of(struct span word)
{
    for (int verb = 0; verb < SMTP_UNKNOWN; verb++)
        if (span_is_nocase(word, smtp_machine.verb_names[verb]))
            return (enum smtp_verb)verb;
    return SMTP_UNKNOWN;
}

struct span smtp_word(struct span *rest)
{
    size_t begin = 0;
    while (begin < rest->len && rest->at[begin] == ' ')
        begin++;
    size_t end = begin;
    while (end < rest->len && rest->at[end] != ' ')
        end++;
    struct span word = { rest->at + begin, end - begin };
    size_t used = end < rest->len ? end + 1 : end;
    *rest = (struct span){ rest->at + used, rest->len - used };
    return word;
}

/* RFC 5321 §2.3.8: a line ends with CR LF, and CR and LF occur nowhere else; §4.5.2: no other control in text. */
static const char *line_error(unsigned flags)
{
    if (flags & LINE_BARE_LF)
        return N_("The line ends with LF alone: SMTP lines end with CR LF.");
    if (flags & LINE_BARE_CR)
        return N_("The line contains a CR that is not part of its end.");
    if (flags & LINE_NUL)
        return N_("The line contains a NUL byte.");
    if (flags & LINE_TOO_LONG)
        return N_("The line is longer than SMTP allows.");
    return NULL;
}

/* BDAT SP chunk-size [SP "LAST"] (RFC 3030 §2). */
static const char *parse_bdat(struct smtp_parser *parser, struct smtp_event *event)
{
    struct span rest = event->argument;
    struct span number = smtp_word(&rest);
    struct span marker = smtp_word(&rest);
    bool is_number = number.len > 0 && number.len <= 18;
    for (size_t i = 0; is_number && i < number.len; i++) {
        is_number = number.at[i] >= '0' && number.at[i] <= '9';
        event->chunk_size = event->chunk_size * 10 + (uint64_t)(number.at[i] - '0');
    }
    bool is_last = span_is_nocase(marker, "LAST");
    if (!is_number || rest.len > 0 || (marker.len > 0 && !is_last)) {
        event->chunk_size = 0;
        return N_("BDAT needs the chunk's size in octets, and may end with LAST.");
    }
    event->verb = is_last ? SMTP_BDAT_LAST : SMTP_BDAT;
    parser->chunk = event->verb;
    parser->chunk_left = event->chunk_size;
    return NULL;
}

static const char *parse_command(struct smtp_parser *parser, struct smtp_event *event)
{
    struct span rest = event->text;
    event->kind = SMTP_COMMAND;
    event->verb = smtp_verb_of(smtp_word(&rest));
    /* RFC 5321 §4.1.1: white space before the end of the line is tolerated. */
    while (rest.len > 0 && rest.at[rest.len - 1] == ' ')
        rest.len--;
    event->argument = rest;
    if (event->length > smtp_command_max(event->verb))
        return line_error(LINE_TOO_LONG);
    const char *error = line_error(event->flags);
    if (error == NULL && event->verb == SMTP_BDAT)
        error = parse_bdat(parser, event);
    return error;
}

static const char *parse_sasl(struct smtp_parser *parser, struct smtp_event *event)
{
    parser->mode = SMTP_MODE_COMMAND;
    event->kind = SMTP_SASL;
    event->verb = SMTP_AUTH;
    event->argument = event->text;
    return line_error(event->length > SMTP_SASL_MAX ? LINE_TOO_LONG : event->flags);
}

/* RFC 5321 §4.5.2: transparency. Only CR LF ends a line here, so only behind one a dot is special. */
static const char *parse_text(struct smtp_parser *parser, struct smtp_event *event)
{
    bool at_start = !parser->line_open;
    bool too_long = event->unfinished || parser->in_piece;
    event->kind = SMTP_LINE;
    event->verb = SMTP_DATA;
    event->argument = event->text;
    parser->line_open = event->flags & (LINE_BARE_LF | LINE_UNFINISHED);
    parser->in_piece = event->unfinished;
    if (at_start && event->text.len > 0 && event->text.at[0] == '.') {
        if (event->text.len == 1 && event->flags == 0) {
            event->kind = SMTP_CONTENT_END;
            event->verb = SMTP_MESSAGE;
            parser->mode = SMTP_MODE_COMMAND;
            return NULL;
        }
        event->argument = (struct span){ event->text.at + 1, event->text.len - 1 };
    }
    too_long = too_long || event->argument.len > SMTP_TEXT_MAX - 2;
    const char *error = line_error(event->flags);
    return error != NULL || !too_long ? error : line_error(LINE_TOO_LONG);
}

/* "2.1.0" at the beginning of the text (RFC 2034, RFC 3463 §2): class 2, 4 or 5, two numbers of 1 to 3 digits. */
static void parse_enhanced(struct smtp_event *event)
{
    const char *at = event->argument.at;
    size_t len = event->argument.len, i = 0;
    if (len < 5 || (at[0] != '2' && at[0] != '4' && at[0] != '5'))
        return;
    i = 1;
    for (int part = 0; part < 2; part++) {
        if (i >= len || at[i] != '.')
            return;
        size_t first = ++i;
        while (i < len && i < first + 3 && at[i] >= '0' && at[i] <= '9')
            i++;
        if (i == first)
            return;
    }
    if (i < len && at[i] != ' ')
        return;
    event->enhanced = (struct span){ at, i };
    size_t used = i < len ? i + 1 : i;
    event->argument = (struct span){ at + used, len - used };
}

static enum outcome outcome_of(int code)
{
    if (code == 421)
        return OUTCOME_BYE;
    return code < 300 ? OUTCOME_OK : code < 400 ? OUTCOME_MORE : OUTCOME_NO;
}

/* RFC 5321 §4.2: three digits, a hyphen on all lines but the last, text. */
static const char *parse_reply(struct smtp_parser *parser, struct smtp_event *event)
{
    const char *at = event->text.at;
    event->kind = SMTP_REPLY;
    event->last_line = true;
    event->argument = event->text;
    event->outcome = OUTCOME_BAD;
    bool is_reply = event->text.len >= 3 && at[0] >= '2' && at[0] <= '5';
    for (int i = 1; is_reply && i < 3; i++)
        is_reply = at[i] >= '0' && at[i] <= '9';
    if (!is_reply || (event->text.len > 3 && at[3] != ' ' && at[3] != '-'))
        return N_("An SMTP reply begins with three digits, from 200 to 599, and a space or a hyphen.");
    event->code = (at[0] - '0') * 100 + (at[1] - '0') * 10 + (at[2] - '0');
    event->outcome = outcome_of(event->code);
    event->last_line = event->text.len == 3 || at[3] == ' ';
    size_t used = event->text.len > 3 ? 4 : 3;
    event->argument = (struct span){ at + used, event->text.len - used };
    parse_enhanced(event);
    int before = parser->reply;
    parser->reply = event->last_line ? 0 : event->code;
    if (before != 0 && before != event->code)
        return N_("All lines of one reply must begin with the same code.");
    size_t max = event->code == 334 ? SMTP_SASL_MAX : SMTP_REPLY_MAX;
    return line_error(event->length > max ? LINE_TOO_LONG : event->flags);
}

/* The chunk that BDAT announced: what there is of it, then its end. */
static int next_of_chunk(struct smtp_parser *parser, struct smtp_event *event)
{
    *event = (struct smtp_event){ .verb = parser->chunk, .offset = parser->lines.offset };
    if (parser->chunk_left == 0) {
        event->kind = SMTP_CONTENT_END;
        parser->chunk = SMTP_UNKNOWN;
        return 1;
    }
    size_t want = parser->chunk_left < SIZE_MAX ? (size_t)parser->chunk_left : SIZE_MAX;
    event->kind = SMTP_CHUNK;
    event->text = line_take(&parser->lines, want);
    event->argument = event->text;
    event->length = event->text.len;
    parser->chunk_left -= event->text.len;
    return event->text.len > 0;
}

int smtp_parse_next(struct smtp_parser *parser, struct smtp_event *event)
{
    if (parser->chunk != SMTP_UNKNOWN)
        return next_of_chunk(parser, event);
    struct line line;
    bool in_text = parser->from_client && parser->mode == SMTP_MODE_DATA;
    parser->lines.max = in_text ? SMTP_TEXT_MAX - 1 : SMTP_SASL_MAX;
    parser->lines.in_pieces = in_text;
    if (line_next(&parser->lines, &line) == 0)
        return 0;
    *event = (struct smtp_event){ .text = line.text, .flags = line.flags, .verb = SMTP_UNKNOWN,
                                  .offset = line.offset, .length = line.raw_length,
                                  .unfinished = line.flags & LINE_UNFINISHED };
    if (!parser->from_client)
        event->error = parse_reply(parser, event);
    else if (in_text)
        event->error = parse_text(parser, event);
    else if (parser->mode == SMTP_MODE_SASL)
        event->error = parse_sasl(parser, event);
    else
        event->error = parse_command(parser, event);
    return event->error == NULL ? 1 : -1;
}
