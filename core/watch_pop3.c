/*
 * watch_pop3.c - POP3's part of the watch.
 *
 * A reply is one line, or a line, a list or message, and a dot: which of them
 * it is, only the command tells, so the parser of the server's direction is
 * told before each line which command waits. Lists come as WATCH_REPLY lines,
 * messages as WATCH_CONTENT.
 */
#include "watch_ops.h"

#include "pop3_parse.h"
#include "pop3_state.h"
#include "pop3_words.h"

struct pop3_part {
    struct pop3_parser client, server;
};

enum { WITH_ARGUMENT = 1 };

static void part_open(void *part)
{
    struct pop3_part *pop3 = part;
    pop3_parse_init(&pop3->client, true);
    pop3_parse_init(&pop3->server, false);
}

static void part_close(void *part)
{
    struct pop3_part *pop3 = part;
    pop3_parse_free(&pop3->client);
    pop3_parse_free(&pop3->server);
}

static struct pop3_parser *parser_of(void *part, bool from_client)
{
    struct pop3_part *pop3 = part;
    return from_client ? &pop3->client : &pop3->server;
}

static void part_feed(void *part, bool from_client, const void *data, size_t size)
{
    pop3_parse_feed(parser_of(part, from_client), data, size);
}

static uint64_t part_offset(void *part, bool from_client)
{
    return parser_of(part, from_client)->lines.offset;
}

static size_t part_drop(void *part, bool from_client)
{
    return line_drop(&parser_of(part, from_client)->lines);
}

static void client_line(struct watch *watch, const struct pop3_event *line, struct watch_event *event)
{
    if (line->kind == POP3_SASL) {
        event->kind = WATCH_AUTH_DATA;
        if (!span_is(line->text, "*"))
            watch_mask(event, line->text);
        event->detail = word_by_name(&pop3_words, WORD_ITEM, line->text);
        watch_belongs(watch, event);
        return;
    }
    event->kind = WATCH_COMMAND;
    event->word = word_by_id(&pop3_words, WORD_VERB, (int)line->verb);
    watch_mask(event, pop3_secret(line->verb, line->argument));
    watch_check(watch, (int)line->verb, event);
    watch_queue(watch, (int)line->verb, line->argument.len > 0 ? WITH_ARGUMENT : 0, event);
}

static void status(struct watch *watch, struct pop3_part *pop3, const struct pop3_event *line,
                   struct watch_event *event)
{
    bool is_challenge = line->kind == POP3_CHALLENGE;
    const struct watch_pending *oldest = watch_oldest(watch);
    event->kind = is_challenge ? WATCH_CONTINUE : WATCH_REPLY;
    event->word = word_by_id(&pop3_words, WORD_REPLY, (int)line->outcome);
    event->detail = pop3_word_of_code(line->code);
    event->last_line = !pop3->server.in_lines;
    if (!watch_is_greeted(watch)) {
        event->kind = WATCH_GREETING;
        watch_move(watch, POP3_GREETING, line->outcome, event);
        return;
    }
    watch_belongs(watch, event);
    if (oldest == NULL || line->outcome == OUTCOME_BAD)
        return;
    watch_move(watch, oldest->verb, line->outcome, event);
    if (event->move != NULL)
        pop3->client.mode = (enum pop3_mode)event->move->mode;
    if (event->last_line && !is_challenge)
        watch_answered(watch);
}

/* A line behind the status line: of a message, of a list, or the dot. */
static void further_line(struct watch *watch, const struct pop3_event *line, struct watch_event *event)
{
    const struct watch_pending *oldest = watch_oldest(watch);
    bool is_message = oldest != NULL && pop3_reply_is_message((enum pop3_verb)oldest->verb);
    watch_belongs(watch, event);
    event->unfinished = line->unfinished;
    event->last_line = line->kind == POP3_END;
    event->kind = WATCH_REPLY;
    if (is_message)
        event->kind = event->last_line ? WATCH_CONTENT_END : WATCH_CONTENT;
    if (event->last_line) {
        event->detail = word_by_name(&pop3_words, WORD_ITEM, span_of("."));
        watch_answered(watch);
    } else if (oldest != NULL && oldest->verb == POP3_CAPA) {
        struct span rest = line->argument;
        event->detail = word_by_name(&pop3_words, WORD_CAPABILITY, pop3_word(&rest));
    } else if (line->argument.at != line->text.at) {
        event->detail = word_by_name(&pop3_words, WORD_ITEM, span_of(".."));
    }
}

static int part_next(struct watch *watch, void *part, struct watch_event *event)
{
    struct pop3_part *pop3 = part;
    struct pop3_event line;
    const struct watch_pending *oldest = watch_oldest(watch);
    pop3->server.multiline = watch_is_greeted(watch) && oldest != NULL &&
                             pop3_reply_is_multiline((enum pop3_verb)oldest->verb, oldest->detail & WITH_ARGUMENT);
    if (pop3_parse_next(parser_of(part, event->from_client), &line) == 0)
        return 0;
    event->offset = line.offset;
    event->length = line.length;
    event->text = line.text;
    event->argument = line.argument;
    event->error = line.error;
    if (event->from_client)
        client_line(watch, &line, event);
    else if (line.kind == POP3_STATUS || line.kind == POP3_CHALLENGE)
        status(watch, pop3, &line, event);
    else
        further_line(watch, &line, event);
    if (line.error != NULL && line.kind == POP3_STATUS && line.outcome == OUTCOME_BAD)
        event->kind = WATCH_ERROR;
    return 1;
}

const struct watch_ops watch_pop3_ops = {
    .machine = &pop3_machine,
    .words = &pop3_words,
    .part_size = sizeof(struct pop3_part),
    .greeting = POP3_GREETING,
    .tls_started = POP3_TLS_STARTED,
    .tls_flag = POP3_MOVE_TLS,
    .open = part_open,
    .close = part_close,
    .feed = part_feed,
    .next = part_next,
    .offset = part_offset,
    .drop = part_drop,
};
