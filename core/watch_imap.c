/*
 * watch_imap.c - IMAP's part of the watch.
 *
 * Replies carry the tag of their command, so they may come in any order: the
 * part keeps the tags of the commands that wait. A command or response that
 * holds literals is several events: each of its lines (all with the number of
 * the command, `unfinished` but for the last), and between them WATCH_CONTENT
 * and WATCH_CONTENT_END for the bytes of each literal. Literals are never
 * kept, however small.
 *
 * A client's synchronizing literal waits until the server says "+" (it is
 * accepted) or answers the tag (it is refused, and the command is over). A
 * client that sends before is taken at its word.
 */
#include "watch_ops.h"

#include <stdlib.h>
#include <string.h>

#include "imap_parse.h"
#include "imap_state.h"
#include "imap_words.h"
#include "mem.h"

struct waiting {
    char *tag;
    uint64_t number;
};

struct side {
    struct imap_parse parse;
    bool going_on;            /* the next line belongs to the command or response of the last one */
    bool content_ended;       /* a literal's last bytes were handed out; its end is to be told */
    bool secret;              /* literals of this command are passwords and the like */
    const struct word *word;  /* of the command or response that goes on */
    uint64_t number;
};

struct imap_part {
    struct side client, server;
    struct waiting *waiting;
    size_t count, room;
};

static void part_open(void *part)
{
    struct imap_part *imap = part;
    struct imap_limits limits = imap_limits_response;
    limits.literal = 0;
    imap_parse_init(&imap->server.parse, IMAP_FROM_SERVER, &limits);
    limits.line = imap_limits_command.line;
    imap_parse_init(&imap->client.parse, IMAP_FROM_CLIENT, &limits);
}

static void part_close(void *part)
{
    struct imap_part *imap = part;
    imap_parse_free(&imap->client.parse);
    imap_parse_free(&imap->server.parse);
    while (imap->count > 0)
        free(imap->waiting[--imap->count].tag);
    free(imap->waiting);
}

static struct imap_parse *parse_of(void *part, bool from_client)
{
    struct imap_part *imap = part;
    return from_client ? &imap->client.parse : &imap->server.parse;
}

static void part_feed(void *part, bool from_client, const void *data, size_t size)
{
    imap_parse_feed(parse_of(part, from_client), data, size);
}

static uint64_t part_offset(void *part, bool from_client)
{
    const struct imap_parse *parse = parse_of(part, from_client);
    return parse->lines.offset;
}

static size_t part_drop(void *part, bool from_client)
{
    struct imap_part *imap = part;
    struct side *side = from_client ? &imap->client : &imap->server;
    side->going_on = side->content_ended = false;
    return imap_parse_drop(&side->parse);
}

/* What follows the first words of a line. */
static struct span after_words(struct span text, unsigned words)
{
    for (; words > 0 && text.len > 0; words--) {
        const char *space = memchr(text.at, ' ', text.len);
        const size_t len = space == NULL ? text.len : (size_t)(space - text.at) + 1;
        text.at += len;
        text.len -= len;
    }
    return text;
}

static void remember(struct imap_part *imap, struct span tag, uint64_t number)
{
    if (imap->count == imap->room) {
        imap->room = imap->room == 0 ? 8 : imap->room * 2;
        imap->waiting = mem_grow(imap->waiting, imap->room, sizeof *imap->waiting);
    }
    imap->waiting[imap->count++] = (struct waiting){ span_copy(tag), number };
}

/* The number of the command with that tag, which waits no more; 0 if there is none. */
static uint64_t take(struct imap_part *imap, struct span tag)
{
    for (size_t i = 0; i < imap->count; i++) {
        if (!span_is(tag, imap->waiting[i].tag))
            continue;
        const uint64_t number = imap->waiting[i].number;
        free(imap->waiting[i].tag);
        imap->count--;
        memmove(&imap->waiting[i], &imap->waiting[i + 1], (imap->count - i) * sizeof *imap->waiting);
        return number;
    }
    return 0;
}

static const struct word *literal_word(const struct imap_literal *literal, bool from_client)
{
    const bool waits = literal->synchronizing || !from_client;
    return word_by_name(&imap_words, WORD_ITEM, span_of(waits ? "{}" : "{+}"));
}

/* The first line of a command, or all of it. */
static void command(struct watch *watch, struct imap_part *imap, const struct imap_event *line,
                    struct watch_event *event)
{
    const struct imap_command *command = &line->command;
    event->kind = WATCH_COMMAND;
    event->tag = command->tag;
    event->argument = after_words(event->text, command->uid ? 3 : 2);
    if (command->verb != IMAP_VERB_UNKNOWN)
        event->word = word_by_id(&imap_words, WORD_VERB, (int)command->verb);
    imap->client.secret = command->verb == IMAP_VERB_LOGIN || command->verb == IMAP_VERB_AUTHENTICATE;
    event->secret = imap->client.secret && event->argument.len > 0;
    watch_check(watch, (int)command->verb, event);
    watch_queue(watch, (int)command->verb, 0, event);
    remember(imap, command->tag, event->number);
    imap->client.word = event->word;
    imap->client.number = event->number;
}

/* A line of a command whose beginning was told before. */
static void command_line(const struct side *side, struct watch_event *event)
{
    event->kind = WATCH_COMMAND;
    event->word = event->command = side->word;
    event->number = side->number;
    event->argument = event->text;
    event->secret = side->secret && event->text.len > 0;
}

/* DONE, or an answer to a challenge. */
static void mode_line(struct watch *watch, struct imap_part *imap, struct watch_event *event)
{
    watch_belongs(watch, event);
    event->kind = WATCH_AUTH_DATA;
    event->secret = true;
    if (imap->client.parse.mode != IMAP_MODE_IDLE)
        return;
    event->kind = WATCH_COMMAND;
    event->secret = false;
    event->word = word_by_id(&imap_words, WORD_VERB, IMAP_VERB_DONE);
    if (!span_is_nocase(event->text, "DONE") && event->error == NULL)
        event->error = N_("Only DONE may be said while the server reports news (IDLE).");
    imap_parse_set_mode(&imap->client.parse, IMAP_MODE_COMMAND);
}

static void content(const struct side *side, const struct imap_event *line, struct watch_event *event)
{
    event->kind = WATCH_CONTENT;
    event->argument = event->text;
    event->command = side->word;
    event->number = side->number;
    event->secret = side->secret;
    if (line->literal.skipped) {
        event->kind = WATCH_ERROR;
        event->error = N_("These bytes belong to a line that could not be understood.");
    }
}

static void bad_line(struct watch *watch, struct imap_part *imap, const struct imap_event *line,
                     struct watch_event *event)
{
    const struct watch_pending *oldest = watch_oldest(watch);
    const bool idles = oldest != NULL && oldest->verb == IMAP_VERB_IDLE;
    if (event->from_client && idles && span_is_nocase(event->text, "DONE")) {
        event->error = NULL; /* sent in one go with IDLE, without waiting for "+" */
        imap->client.parse.mode = IMAP_MODE_IDLE;
        mode_line(watch, imap, event);
        return;
    }
    event->kind = WATCH_ERROR;
    event->secret = event->from_client && (imap->client.parse.mode == IMAP_MODE_AUTHENTICATE ||
                                           line->command.verb == IMAP_VERB_LOGIN || imap->client.going_on);
    if (line->command.tag.len == 0 || imap->client.going_on)
        return;
    event->tag = line->command.tag; /* it will be answered */
    watch_queue(watch, IMAP_VERB_UNKNOWN, 0, event);
    remember(imap, event->tag, event->number);
}

static void tagged(struct watch *watch, struct imap_part *imap, const struct imap_response *response,
                   struct watch_event *event)
{
    static const enum outcome outcomes[] = {
        [IMAP_REPLY_OK] = OUTCOME_OK, [IMAP_REPLY_NO] = OUTCOME_NO, [IMAP_REPLY_BAD] = OUTCOME_BAD,
    };
    struct side *client = &imap->client;
    event->kind = WATCH_REPLY;
    event->tag = response->tag;
    event->last_line = true;
    const uint64_t number = take(imap, response->tag);
    const struct watch_pending *command = number == 0 ? NULL : watch_promote(watch, number);
    if (command == NULL) {
        event->error =
            event->error == NULL ? N_("The server answers a tag that no waiting command has.") : event->error;
        return;
    }
    if (client->parse.at == IMAP_AT_ANSWER && client->number == number) {
        imap_parse_answer(&client->parse, IMAP_LITERAL_REFUSE);
        client->going_on = false;
    }
    imap_parse_set_mode(&client->parse, IMAP_MODE_COMMAND);
    watch_belongs(watch, event);
    watch_move(watch, command->verb, outcomes[response->reply], event);
    watch_answered(watch);
}

/* "+": an invitation to a literal moves nothing; otherwise the row says how the client's next line is to be read. */
static void proceed(struct watch *watch, struct imap_part *imap, struct watch_event *event)
{
    struct imap_parse *client = &imap->client.parse;
    event->kind = WATCH_CONTINUE;
    event->word = word_by_name(&imap_words, WORD_REPLY, span_of("+"));
    if (client->at == IMAP_AT_ANSWER && client->literal.synchronizing) {
        imap_parse_answer(client, IMAP_LITERAL_STREAM);
        event->number = imap->client.number;
        event->command = imap->client.word;
        event->detail = literal_word(&client->literal, true);
        return;
    }
    watch_belongs(watch, event);
    if (watch_oldest(watch) == NULL)
        return;
    watch_move(watch, watch_oldest(watch)->verb, OUTCOME_MORE, event);
    if (event->move != NULL)
        imap_parse_set_mode(client, (enum imap_mode)event->move->mode);
}

static void untagged(struct watch *watch, const struct imap_response *response, struct watch_event *event)
{
    const struct watch_pending *oldest = watch_oldest(watch);
    event->kind = WATCH_UNTAGGED;
    if (oldest != NULL) {
        event->number = oldest->number;
        event->command = oldest->word;
    }
    if (!watch_is_greeted(watch)) {
        event->kind = WATCH_GREETING;
        if (response->reply == IMAP_REPLY_OK || response->reply == IMAP_REPLY_PREAUTH)
            watch_move(watch, response->reply == IMAP_REPLY_OK ? IMAP_VERB_GREETING : IMAP_VERB_PREAUTH, OUTCOME_OK,
                       event);
        else if (response->reply != IMAP_REPLY_BYE)
            event->error = N_("A greeting is OK, PREAUTH or BYE.");
    }
    if (response->reply == IMAP_REPLY_BYE)
        watch_move(watch, IMAP_VERB_BYE, OUTCOME_BYE, event);
}

/* The first line of a response, or all of it. */
static void response(struct watch *watch, struct imap_part *imap, const struct imap_event *line,
                     struct watch_event *event)
{
    const struct imap_response *response = &line->response;
    event->word =
        response->reply == IMAP_REPLY_UNKNOWN ? NULL : word_by_id(&imap_words, WORD_REPLY, (int)response->reply);
    event->detail = response->code.len > 0 ? word_by_name(&imap_words, WORD_CODE, response->code) : NULL;
    const bool status = response->kind != IMAP_UNTAGGED ||
                        (response->reply >= IMAP_REPLY_OK && response->reply <= IMAP_REPLY_BYE);
    event->argument =
        status ? (struct span){ event->text.at + event->text.len - response->text.len, response->text.len }
               : after_words(event->text, response->number > 0 || response->reply >= IMAP_REPLY_EXISTS ? 3 : 2);
    if (response->kind == IMAP_CONTINUE)
        proceed(watch, imap, event);
    else if (response->kind == IMAP_TAGGED)
        tagged(watch, imap, response, event);
    else
        untagged(watch, response, event);
    imap->server.word = event->command;
    imap->server.number = event->number;
}

static void response_line(const struct side *side, struct watch_event *event)
{
    event->kind = WATCH_UNTAGGED;
    event->command = side->word;
    event->number = side->number;
    event->argument = event->text;
}

static void translate(struct watch *watch, struct imap_part *imap, const struct imap_event *line,
                      struct watch_event *event)
{
    struct side *side = event->from_client ? &imap->client : &imap->server;
    if (line->kind == IMAP_EVENT_DATA) {
        content(side, line, event);
        side->content_ended = line->literal.left == 0 && !line->literal.skipped;
        return;
    }
    if (line->kind == IMAP_EVENT_LINE)
        mode_line(watch, imap, event);
    else if (side->going_on && event->from_client)
        command_line(side, event);
    else if (side->going_on)
        response_line(side, event);
    else if (event->from_client)
        command(watch, imap, line, event);
    else
        response(watch, imap, line, event);
    side->going_on = event->unfinished = line->kind == IMAP_EVENT_LITERAL;
    if (side->going_on)
        event->detail = literal_word(&line->literal, event->from_client);
}

static int content_end(struct side *side, struct watch_event *event)
{
    side->content_ended = false;
    event->kind = WATCH_CONTENT_END;
    event->offset = side->parse.lines.offset;
    event->command = side->word;
    event->number = side->number;
    return 1;
}

static int part_next(struct watch *watch, void *part, struct watch_event *event)
{
    struct imap_part *imap = part;
    struct side *side = event->from_client ? &imap->client : &imap->server;
    struct imap_event line;
    if (side->content_ended)
        return content_end(side, event);
    if (side->parse.at == IMAP_AT_ANSWER && imap_parse_waiting(&side->parse) == 0)
        return 0; /* nobody knows yet whether the literal will come */
    const int status = imap_parse_next(&side->parse, &line);
    if (status == 0)
        return 0;
    event->offset = line.offset;
    event->length = line.length;
    event->text = line.line;
    event->error = line.error;
    if (status > 0)
        translate(watch, imap, &line, event);
    else
        bad_line(watch, imap, &line, event);
    if (status < 0)
        side->going_on = false;
    return 1;
}

const struct watch_ops watch_imap_ops = {
    .machine = &imap_machine,
    .words = &imap_words,
    .part_size = sizeof(struct imap_part),
    .greeting = IMAP_VERB_GREETING,
    .tls_started = IMAP_VERB_TLS_STARTED,
    .tls_flag = IMAP_MOVE_TLS,
    .open = part_open,
    .close = part_close,
    .feed = part_feed,
    .next = part_next,
    .offset = part_offset,
    .drop = part_drop,
};
