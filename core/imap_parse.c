#include "imap_parse.h"

#include <string.h>

#include "words.h"

const struct imap_limits imap_limits_command = {
    .line = 65536, .bytes = 262144, .literal = 8192, .nodes = 8192, .depth = 32,
};
const struct imap_limits imap_limits_response = {
    .line = 8 << 20, .bytes = 64 << 20, .literal = 16 << 20, .nodes = 1 << 20, .depth = IMAP_DEPTH_MAX,
};

static void fresh(struct imap_parse *parse)
{
    imap_tree_free(&parse->tree);
    imap_lexer_init(&parse->lexer, &parse->tree, parse->direction == IMAP_FROM_SERVER, parse->limits.depth);
    parse->at = IMAP_AT_LINE;
    parse->continued = false;
    parse->done = false;
}

void imap_parse_init(struct imap_parse *parse, enum imap_direction direction, const struct imap_limits *limits)
{
    *parse = (struct imap_parse){ .direction = direction, .limits = *limits };
    line_init(&parse->lines, limits->line);
    imap_tree_init(&parse->tree, limits->nodes, limits->bytes);
    fresh(parse);
}

void imap_parse_free(struct imap_parse *parse)
{
    imap_tree_free(&parse->tree);
    line_free(&parse->lines);
}

void imap_parse_feed(struct imap_parse *parse, const void *data, size_t size)
{
    line_feed(&parse->lines, data, size);
}

void imap_parse_set_mode(struct imap_parse *parse, enum imap_mode mode)
{
    parse->mode = mode;
}

size_t imap_parse_waiting(const struct imap_parse *parse)
{
    return parse->lines.in.len - parse->lines.used;
}

void imap_parse_rest(struct imap_parse *parse)
{
    line_rest(&parse->lines);
}

size_t imap_parse_drop(struct imap_parse *parse)
{
    parse->discard = false;
    fresh(parse);
    return line_drop(&parse->lines);
}

void imap_parse_answer(struct imap_parse *parse, enum imap_literal_answer answer)
{
    if (parse->at != IMAP_AT_ANSWER)
        return;
    parse->kept = 0;
    if (answer == IMAP_LITERAL_REFUSE) {
        fresh(parse);
        return;
    }
    parse->at = IMAP_AT_LITERAL;
    char *room = answer == IMAP_LITERAL_KEEP ? imap_tree_text(&parse->tree, parse->literal.size) : NULL;
    parse->answer = answer == IMAP_LITERAL_KEEP && room == NULL ? IMAP_LITERAL_STREAM : answer;
    parse->node->streamed = room == NULL;
    parse->node->text = (struct span){ room == NULL ? "" : room, 0 };
}

/* Bytes of a kept literal are given once, when they are all there; of others as they come. */
static int next_data(struct imap_parse *parse, struct imap_event *event)
{
    struct imap_literal *literal = &parse->literal;
    const uint64_t begin = parse->lines.offset - parse->kept;
    const size_t want = literal->left < SIZE_MAX ? (size_t)literal->left : SIZE_MAX;
    struct span taken = line_take(&parse->lines, want);
    if (taken.len == 0 && literal->left > 0)
        return 0;
    literal->left -= taken.len;
    if (parse->answer == IMAP_LITERAL_KEEP) {
        if (taken.len > 0)
            memcpy((char *)parse->node->text.at + parse->kept, taken.at, taken.len);
        parse->kept += taken.len;
        if (literal->left > 0)
            return 0;
        parse->node->text.len = parse->kept;
        taken = parse->node->text;
    }
    event->kind = IMAP_EVENT_DATA;
    event->offset = begin;
    event->length = taken.len;
    event->line = taken;
    event->literal = *literal;
    event->literal.skipped = parse->answer == IMAP_LITERAL_SKIP;
    if (literal->left == 0) {
        parse->at = IMAP_AT_LINE;
        parse->continued = true;
        parse->kept = 0;
    }
    return 1;
}

static void expect_literal(struct imap_parse *parse, const struct imap_announced *announced)
{
    parse->node = announced->node;
    parse->literal = (struct imap_literal){
        .size = announced->size,
        .left = announced->size,
        .binary = announced->binary,
        .synchronizing = announced->synchronizing && parse->direction == IMAP_FROM_CLIENT,
    };
    parse->at = IMAP_AT_ANSWER;
}

/*
 * What belongs to a bad command is swallowed, so that the bytes of a literal
 * which nobody waits with are not taken for commands (RFC 7888 §4).
 */
static void discard_rest(struct imap_parse *parse, struct imap_event *event)
{
    struct imap_announced announced;
    parse->done = true;
    parse->discard = false;
    if (!imap_lexer_announced(event->line, &announced))
        return;
    expect_literal(parse, &announced);
    parse->at = IMAP_AT_LINE;
    if (parse->literal.synchronizing)
        return; /* the client waits for an answer, and gets a bad one */
    event->fatal = event->fatal || announced.size == UINT64_MAX;
    parse->discard = true;
    parse->answer = IMAP_LITERAL_SKIP;
    parse->at = IMAP_AT_LITERAL;
}

static int fail(struct imap_parse *parse, struct imap_event *event, const char *error)
{
    if (parse->direction == IMAP_FROM_CLIENT) {
        event->kind = IMAP_EVENT_COMMAND;
        imap_command_read(&parse->tree, &event->command);
    } else {
        event->kind = IMAP_EVENT_RESPONSE;
    }
    event->error = error;
    discard_rest(parse, event);
    return -1;
}

static const char *line_error(struct imap_event *event, unsigned flags)
{
    event->fatal = (flags & LINE_TOO_LONG) != 0;
    if (flags & LINE_TOO_LONG)
        return N_("The line is longer than this program takes.");
    if (flags & LINE_NUL)
        return N_("A NUL byte stands in a line; IMAP allows it only in a literal of its own kind, ~{length}.");
    if (flags & (LINE_BARE_LF | LINE_BARE_CR))
        return N_("Lines of IMAP end with CR LF, and neither stands alone inside them.");
    return NULL;
}

static const char *read_so_far(struct imap_parse *parse, struct imap_event *event)
{
    return parse->direction == IMAP_FROM_CLIENT ? imap_command_read(&parse->tree, &event->command)
                                                : imap_response_read(&parse->tree, &event->response);
}

/* A line of a command, or of a response that has no literals only by chance. */
static int read_line(struct imap_parse *parse, struct imap_event *event, unsigned flags)
{
    struct imap_announced announced;
    const char *error = imap_lexer_line(&parse->lexer, &parse->tree, event->line, &announced);
    const char *bad_line = line_error(event, flags);
    if (bad_line != NULL || error != NULL)
        return fail(parse, event, bad_line != NULL ? bad_line : error);
    error = read_so_far(parse, event);
    if (error != NULL)
        return fail(parse, event, error);
    event->kind = parse->direction == IMAP_FROM_CLIENT ? IMAP_EVENT_COMMAND : IMAP_EVENT_RESPONSE;
    parse->done = true;
    if (announced.found) {
        event->kind = IMAP_EVENT_LITERAL;
        expect_literal(parse, &announced);
        event->literal = parse->literal;
        parse->done = false;
    }
    return 1;
}

static int read_mode_line(struct imap_event *event, unsigned flags)
{
    event->kind = IMAP_EVENT_LINE;
    event->error = line_error(event, flags);
    return event->error == NULL ? 1 : -1;
}

static int read_status_line(struct imap_parse *parse, struct imap_event *event, unsigned flags)
{
    const char *error = line_error(event, flags);
    if (error != NULL)
        return fail(parse, event, error);
    const int status = imap_response_status(event->line, &parse->tree, &event->response, &error);
    if (status < 0)
        return fail(parse, event, error);
    event->kind = IMAP_EVENT_RESPONSE;
    parse->done = status > 0;
    return status;
}

static int read_discarded(struct imap_parse *parse, struct imap_event *event, unsigned flags)
{
    event->kind = IMAP_EVENT_DATA;
    event->literal.skipped = true;
    event->error = flags & LINE_TOO_LONG ? line_error(event, flags) : NULL;
    discard_rest(parse, event);
    return event->fatal ? -1 : 1;
}

static int next_line(struct imap_parse *parse, struct imap_event *event)
{
    struct line line;
    if (!line_next(&parse->lines, &line))
        return 0;
    event->offset = line.offset;
    event->length = line.raw_length;
    event->line = line.text;
    if (parse->discard)
        return read_discarded(parse, event, line.flags);
    if (parse->continued)
        return read_line(parse, event, line.flags);
    if (parse->direction == IMAP_FROM_CLIENT && parse->mode != IMAP_MODE_COMMAND)
        return read_mode_line(event, line.flags);
    if (parse->direction == IMAP_FROM_SERVER) {
        const int status = read_status_line(parse, event, line.flags);
        if (status != 0)
            return status;
    }
    return read_line(parse, event, line.flags);
}

int imap_parse_next(struct imap_parse *parse, struct imap_event *event)
{
    *event = (struct imap_event){ .kind = IMAP_EVENT_LINE };
    const bool small = parse->literal.size <= parse->limits.literal;
    if (parse->at == IMAP_AT_ANSWER)
        imap_parse_answer(parse, small ? IMAP_LITERAL_KEEP : IMAP_LITERAL_STREAM);
    if (parse->done) {
        const bool skipping = parse->discard && parse->at == IMAP_AT_LITERAL;
        fresh(parse);
        if (skipping)
            parse->at = IMAP_AT_LITERAL;
    }
    return parse->at == IMAP_AT_LITERAL ? next_data(parse, event) : next_line(parse, event);
}
