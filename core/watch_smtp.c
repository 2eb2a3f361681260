/*
 * watch_smtp.c - SMTP's part of the watch.
 *
 * Each line of a reply is an event; the state moves with the last. The end of
 * a message waits for a reply like a command does, and keeps the number of its
 * DATA. Whether commands may be sent without waiting (PIPELINING) is known
 * from the reply to EHLO.
 */
#include "watch_ops.h"

#include "smtp_parse.h"
#include "smtp_state.h"
#include "smtp_words.h"

struct smtp_part {
    struct smtp_parser client, server;
    bool pipelining;         /* offered by the server */
    bool must_wait;          /* the newest command must be the last of its group */
    uint64_t content;        /* number of the newest DATA or BDAT */
};

static void part_open(void *part)
{
    struct smtp_part *smtp = part;
    smtp_parse_init(&smtp->client, true);
    smtp_parse_init(&smtp->server, false);
}

static void part_close(void *part)
{
    struct smtp_part *smtp = part;
    smtp_parse_free(&smtp->client);
    smtp_parse_free(&smtp->server);
}

static struct smtp_parser *parser_of(void *part, bool from_client)
{
    struct smtp_part *smtp = part;
    return from_client ? &smtp->client : &smtp->server;
}

static void part_feed(void *part, bool from_client, const void *data, size_t size)
{
    smtp_parse_feed(parser_of(part, from_client), data, size);
}

static uint64_t part_offset(void *part, bool from_client)
{
    return parser_of(part, from_client)->lines.offset;
}

static size_t part_drop(void *part, bool from_client)
{
    return line_drop(&parser_of(part, from_client)->lines);
}

static const char *pipelining_error(const struct watch *watch, const struct smtp_part *smtp)
{
    if (watch_oldest(watch) == NULL)
        return NULL;
    if (smtp->must_wait)
        return N_("The reply to the command before must be awaited first: it decides what may follow.");
    if (!smtp->pipelining)
        return N_("The client does not wait for the reply, but the server has not offered PIPELINING.");
    return NULL;
}

static void command(struct watch *watch, struct smtp_part *smtp, const struct smtp_event *line,
                    struct watch_event *event)
{
    event->kind = WATCH_COMMAND;
    event->word = word_by_id(&smtp_words, WORD_VERB, (int)line->verb);
    if (line->verb == SMTP_AUTH) {
        struct span initial = line->argument;
        smtp_word(&initial);
        watch_mask(event, initial);
    }
    if (event->error == NULL && watch_is_greeted(watch))
        event->error = pipelining_error(watch, smtp);
    smtp->must_wait = smtp_must_be_last(line->verb);
    watch_check(watch, (int)line->verb, event);
    watch_queue(watch, (int)line->verb, 0, event);
    if (line->verb == SMTP_DATA || line->verb == SMTP_BDAT || line->verb == SMTP_BDAT_LAST)
        smtp->content = event->number;
}

static void content(struct watch *watch, struct smtp_part *smtp, const struct smtp_event *line,
                    struct watch_event *event)
{
    event->kind = line->kind == SMTP_CONTENT_END ? WATCH_CONTENT_END : WATCH_CONTENT;
    event->unfinished = line->unfinished;
    event->command = word_by_id(&smtp_words, WORD_VERB, line->verb == SMTP_MESSAGE ? SMTP_DATA : (int)line->verb);
    event->number = smtp->content;
    if (line->kind == SMTP_CONTENT_END)
        event->word = event->command;
    if (line->verb == SMTP_MESSAGE) {
        smtp->must_wait = false;
        event->detail = word_by_name(&smtp_words, WORD_ITEM, span_of("."));
        watch_check(watch, SMTP_MESSAGE, event);
        watch_queue(watch, SMTP_MESSAGE, 0, event);
    } else if (line->kind == SMTP_LINE && line->argument.at != line->text.at) {
        event->detail = word_by_name(&smtp_words, WORD_ITEM, span_of(".."));
    }
}

static void client_line(struct watch *watch, struct smtp_part *smtp, const struct smtp_event *line,
                        struct watch_event *event)
{
    if (line->kind == SMTP_COMMAND) {
        command(watch, smtp, line, event);
    } else if (line->kind == SMTP_SASL) {
        event->kind = WATCH_AUTH_DATA;
        if (!span_is(line->text, "*"))
            watch_mask(event, line->text);
        event->detail = word_by_name(&smtp_words, WORD_ITEM, line->text);
        watch_belongs(watch, event);
    } else {
        content(watch, smtp, line, event);
    }
}

/* One keyword a line, after the first (RFC 5321 §4.1.1.1). */
static void ehlo_line(struct smtp_part *smtp, const struct smtp_event *line, bool first, struct watch_event *event)
{
    if (first)
        smtp->pipelining = false;
    else
        event->detail = smtp_word_of_keyword(line->argument);
    if (event->detail != NULL && span_is(span_of(event->detail->name), "PIPELINING"))
        smtp->pipelining = true;
}

static void move_by_reply(struct watch *watch, struct smtp_part *smtp, int verb, const struct smtp_event *line,
                          struct watch_event *event)
{
    watch_move(watch, verb, line->outcome, event);
    if (event->move != NULL)
        smtp->client.mode = (enum smtp_mode)event->move->mode;
    if (verb != SMTP_AUTH || line->outcome != OUTCOME_MORE)
        watch_answered(watch);
}

static void reply(struct watch *watch, struct smtp_part *smtp, bool first, const struct smtp_event *line,
                  struct watch_event *event)
{
    const struct watch_pending *oldest = watch_oldest(watch);
    event->kind = line->outcome == OUTCOME_MORE ? WATCH_CONTINUE : WATCH_REPLY;
    event->word = smtp_word_of_reply(line->code);
    event->detail = smtp_word_of_enhanced(line->enhanced);
    event->last_line = line->last_line;
    bool is_letter = oldest != NULL && (oldest->verb == SMTP_MESSAGE || oldest->verb == SMTP_BDAT_LAST);
    if (is_letter && line->code == 250)
        event->word = word_by_id(&smtp_words, WORD_ITEM, 250);
    bool is_greeting = !watch_is_greeted(watch);
    if (is_greeting)
        event->kind = WATCH_GREETING;
    else
        watch_belongs(watch, event);
    if (oldest != NULL && oldest->verb == SMTP_EHLO && line->outcome == OUTCOME_OK && !is_greeting)
        ehlo_line(smtp, line, first, event);
    if (!line->last_line || line->outcome == OUTCOME_BAD)
        return;
    if (line->outcome == OUTCOME_BYE) {
        if (oldest == NULL)
            event->error = NULL; /* RFC 5321 §3.8: a server that must shut down says so unasked */
        watch_move(watch, SMTP_SHUTDOWN, OUTCOME_BYE, event);
        watch_answered(watch);
    } else if (is_greeting) {
        watch_move(watch, SMTP_GREETING, line->outcome, event);
    } else if (oldest != NULL) {
        move_by_reply(watch, smtp, oldest->verb, line, event);
    }
}

static int part_next(struct watch *watch, void *part, struct watch_event *event)
{
    struct smtp_part *smtp = part;
    struct smtp_event line;
    bool first = smtp->server.reply == 0;
    if (smtp_parse_next(parser_of(part, event->from_client), &line) == 0)
        return 0;
    event->offset = line.offset;
    event->length = line.length;
    event->text = line.text;
    event->argument = line.argument;
    event->error = line.error;
    if (event->from_client)
        client_line(watch, smtp, &line, event);
    else if (line.outcome == OUTCOME_BAD)
        event->kind = WATCH_ERROR;
    else
        reply(watch, smtp, first, &line, event);
    return 1;
}

const struct watch_ops watch_smtp_ops = {
    .machine = &smtp_machine,
    .words = &smtp_words,
    .part_size = sizeof(struct smtp_part),
    .greeting = SMTP_GREETING,
    .tls_started = SMTP_TLS_STARTED,
    .tls_flag = SMTP_MOVE_TLS,
    .open = part_open,
    .close = part_close,
    .feed = part_feed,
    .next = part_next,
    .offset = part_offset,
    .drop = part_drop,
};
