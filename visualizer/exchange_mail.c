/*
 * exchange_mail.c - turns the events of a mail dialogue into exchanges.
 *
 * The watch numbers the commands and says of every reply and content which
 * command it belongs to; so pipelined commands and replies that come late find
 * their exchange by number.
 */
#include "visualizer/exchange_mail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "visualizer/exchange_letter.h"
#include "visualizer/exchange_mail_words.h"

enum { SIDE_MAX = 300 };

void dialogue_free(struct dialogue *dialogue)
{
    if (!dialogue)
        return;
    for (size_t i = 0; i < dialogue->turn_count; i++) {
        buf_free(&dialogue->all_turns[i]->left);
        buf_free(&dialogue->all_turns[i]->right);
        free(dialogue->all_turns[i]->subject);
        free(dialogue->all_turns[i]);
    }
    free(dialogue->all_turns);
    free(dialogue);
}

void turn_add(struct buf *side, const char *between, struct span text)
{
    if (side->len > SIDE_MAX || text.len == 0)
        return;
    char *safe = exchange_text(text);
    if (side->len)
        buf_add_text(side, between);
    if (strlen(safe) + side->len > SIDE_MAX)
        buf_add_text(side, "…");
    else
        buf_add_text(side, safe);
    free(safe);
}

void turn_word(struct buf *side, const char *text)
{
    turn_add(side, ", ", span_of(text));
}

static void summarize(struct turn *turn)
{
    const char *subject = turn->letters == 1 && turn->subject ? turn->subject : NULL;
    exchange_summary(turn->exchange, "%s%s%s%s%s%s", buf_text(&turn->left), subject ? " \"" : "",
                     subject ? subject : "", subject ? "\"" : "", turn->left.len && turn->right.len ? " → " : "",
                         buf_text(&turn->right));
}

/* --- which exchange ---------------------------------------------------------------------- */

struct view { /* what all functions here need */
    struct exchange_list *list;
    struct connection *connection;
    const struct packet *packet;
    struct dialogue *dialogue;
    const struct mail_detail *mail;
};

static struct turn *begin(const struct view *view, const struct mail_row *row, enum layer_id layer, const char *name,
                          const char *rfc, enum direction from)
{
    struct dialogue *dialogue = view->dialogue;
    struct turn *turn = mem_alloc(sizeof *turn);
    buf_init(&turn->left, 2 * SIDE_MAX);
    buf_init(&turn->right, 2 * SIDE_MAX);
    turn->row = row;
    turn->exchange = connection_begin(view->list, view->connection, view->packet, layer, dialogue->table->protocol,
                                      name, rfc, from);
    turn->exchange->enciphered = view->mail->enciphered;
    if (dialogue->turn_count == dialogue->turn_room) {
        dialogue->turn_room = dialogue->turn_room ? dialogue->turn_room * 2 : 16;
        dialogue->all_turns = mem_grow(dialogue->all_turns, dialogue->turn_room, sizeof(struct turn *));
    }
    dialogue->all_turns[dialogue->turn_count++] = turn;
    dialogue->last = turn;
    return turn;
}

static struct turn *turn_of(const struct dialogue *dialogue, uint64_t number)
{
    return number && dialogue->numbers[number % TURNS] == number ? dialogue->turns[number % TURNS] : NULL;
}

static void remember(struct dialogue *dialogue, uint64_t number, struct turn *turn)
{
    if (number == 0)
        return;
    dialogue->turns[number % TURNS] = turn;
    dialogue->numbers[number % TURNS] = number;
    if (!turn->first_number)
        turn->first_number = number;
    turn->last_number = number;
}

static const struct mail_row *row_of(const struct mail_table *table, const struct word *word)
{
    const struct mail_row *row = table->rows;
    while (row->verb && !(word && strcmp(row->verb, word->name) == 0))
        row++;
    return row;
}

static struct turn *turn_of_command(const struct view *view, const struct watch_event *event)
{
    struct dialogue *dialogue = view->dialogue;
    struct turn *turn = turn_of(dialogue, event->number);
    if (turn)
        return turn; /* a further line of the same command */
    const struct mail_row *row = row_of(dialogue->table, event->word);
    const char *rfc = event->move ? event->move->rfc : event->word ? event->word->rfc : NULL;
    const struct mail_row *last = dialogue->last ? dialogue->last->row : NULL;
    if (row->join == JOINS && last && strcmp(last->name, row->name) == 0)
        turn = dialogue->last;
    else
        turn = begin(view, row, row->row, row->name, event->word ? event->word->rfc : rfc, FROM_CLIENT);
    remember(dialogue, event->number, turn);
    return turn;
}

/* What belongs to no command: the server speaks by itself, or bytes that are not the protocol. */
static struct turn *turn_of_rest(const struct view *view, const struct watch_event *event)
{
    struct dialogue *dialogue = view->dialogue;
    struct turn *turn = turn_of(dialogue, event->number);
    if (!turn)
        turn = dialogue->last;
    if (turn)
        return turn;
    return begin(view, NULL, event->kind == WATCH_CONTENT ? LAYER_CONTENT : LAYER_DIALOGUE, N_("dialogue"), NULL,
                 event->from_client ? FROM_CLIENT : FROM_SERVER);
}

static struct turn *turn_of_event(const struct view *view, const struct watch_event *event)
{
    struct dialogue *dialogue = view->dialogue;
    if (event->kind == WATCH_COMMAND)
        return turn_of_command(view, event);
    if (event->kind == WATCH_GREETING && (!dialogue->last || dialogue->last->row))
        return begin(view, NULL, LAYER_DIALOGUE, dialogue->table->greeting, dialogue->table->greeting_rfc, FROM_SERVER);
    return turn_of_rest(view, event);
}

/* --- steps --------------------------------------------------------------------------------- */

static char *said(const struct view *view, const struct watch_event *event)
{
    if (!event->secret || view->list->options.reveal)
        return exchange_text(event->text);
    const size_t open = open_part(event);
    char *before = exchange_text((struct span){ event->text.at, open });
    char *masked = mem_printf("%s%s", before, open < event->text.len ? "••••••••" : "");
    free(before);
    return masked;
}

static void add_step(const struct view *view, struct turn *turn, const struct watch_event *event)
{
    struct exchange *exchange = turn->exchange;
    const enum direction direction = event->from_client ? FROM_CLIENT : FROM_SERVER;
    const bool backward = connection_backward(view->connection, exchange, direction);
    const bool content = event->kind == WATCH_CONTENT;
    struct exchange_step *last = exchange->step_count ? &exchange->steps[exchange->step_count - 1] : NULL;
    const bool same = last && last->packet == view->packet->number && last->backward == backward;
    const bool more = same && last->kind == STEP_SAYS && !event->from_client && event->kind != WATCH_CONTENT_END;
    struct exchange_step *step = last;
    if (!(content ? same && last->kind == STEP_DATA : more))
        step = exchange_add(view->list, exchange, view->packet, content ? STEP_DATA : STEP_SAYS, backward);
    exchange_bytes(exchange, step, (uint32_t)event->length);
    step->enciphered = view->mail->enciphered;
    if (event->move && event->move->rfc)
        step->rfc = event->move->rfc;
    else if (event->word && !step->rfc)
        step->rfc = event->word->rfc;
    if (event->word && event->from_client)
        step->verb = event->word->name;
    else if (event->command && !event->from_client)
        step->verb = event->command->name;
    if (event->state_before)
        exchange_states(exchange, step, more && step->state_before ? step->state_before : event->state_before,
                        event->state_after);
    if (content)
        return;
    if (event->kind == WATCH_CONTENT_END && event->length == 0) /* a literal's end is where its bytes end */
        return;
    char *text = event->text.len ? said(view, event) : mem_text(_("(empty line)"));
    exchange_says_also(step, " | ", text);
    free(text);
}

/* --- remarks ----------------------------------------------------------------------------------- */

static const char injected_text[] =
    N_("Bytes in the clear follow STARTTLS: somebody on the way may have injected commands.");

static void security(const struct view *view, struct turn *turn, const struct watch_event *event)
{
    const uint32_t packet = view->packet->number;
    struct exchange *exchange = turn->exchange;
    if (event->from_client && !view->mail->enciphered && view->dialogue->table->is_secret(turn, event))
        exchange_remark(exchange, REMARK_SECURITY, packet,
                        N_("The password travels in the clear: everybody on the way can read it."), "RFC 8314 §3");
    if (view->mail->injected && event->kind == WATCH_ERROR)
        exchange_remark(exchange, REMARK_SECURITY, packet, injected_text, "RFC 3207 §6");
    if (event->kind == WATCH_ERROR && !event->error)
        exchange_remark(exchange, REMARK_ERROR, packet, N_("This is not the protocol."), NULL);
    if (event->error)
        exchange_remark(exchange, REMARK_ERROR, packet, event->error,
                        event->move ? event->move->rfc : event->word ? event->word->rfc : NULL);
}

/* Filters that fear what they cannot read write Xs over the offer of STARTTLS. */
static bool is_crossed_out(struct span text)
{
    size_t crosses = 0;
    while (crosses < text.len && text.at[crosses] == 'X')
        crosses++;
    return crosses >= 6;
}

static void offers(const struct view *view, struct turn *turn, const struct watch_event *event)
{
    struct dialogue *dialogue = view->dialogue;
    const bool capabilities = turn->exchange->row->id == LAYER_CAPABILITIES ||
        turn->exchange->row->id == LAYER_DIALOGUE;
    if (event->from_client || !capabilities)
        return;
    if (memmem(event->text.at, event->text.len, "STARTTLS", 8) || memmem(event->text.at, event->text.len, "STLS", 4))
        dialogue->offers_tls = true;
    if (is_crossed_out(event->argument))
        exchange_remark(turn->exchange, REMARK_SECURITY, view->packet->number,
                        N_("An offer was crossed out on the way: STARTTLS was stripped."), "RFC 3207 §6");
    const bool asked = event->command && (span_is(span_of(event->command->name), "EHLO") ||
                                          span_is(span_of(event->command->name), "CAPA"));
    if (asked && event->kind == WATCH_REPLY && event->last_line && !dialogue->offers_tls && !view->mail->enciphered)
        exchange_remark(turn->exchange, REMARK_NOTE, view->packet->number,
                        N_("The server offers no TLS here, or somebody on the way removed the offer: all that follows "
                           "can be read."),
                        "RFC 3207 §6");
}

/* A password in the clear although TLS was on offer. */
static void neglected(const struct view *view, struct turn *turn, const struct watch_event *event)
{
    if (event->from_client && view->dialogue->offers_tls && !view->mail->enciphered &&
        view->dialogue->table->is_secret(turn, event))
        exchange_remark(turn->exchange, REMARK_SECURITY, view->packet->number,
                        N_("The server had offered TLS, and the client logs in without it."), "RFC 8314 §3");
}

/* --- events --------------------------------------------------------------------------------------- */

static bool is_final(const struct watch_event *event)
{
    const bool answers = event->kind == WATCH_REPLY || event->kind == WATCH_TLS;
    return event->kind == WATCH_GREETING || (event->last_line && answers);
}

static bool is_refusal(const struct watch_event *event)
{
    const struct span text = event->text;
    if (text.len == 0 || event->from_client)
        return false;
    if (event->tag.len)
        return event->word && (span_is(span_of(event->word->name), "NO") || span_is(span_of(event->word->name), "BAD"));
    return text.at[0] == '4' || text.at[0] == '5' || text.at[0] == '-';
}

static struct span untagged(const struct watch_event *event)
{
    const size_t skip = event->tag.len && event->tag.len < event->text.len ? event->tag.len + 1 : 0;
    return (struct span){ event->text.at + skip, event->text.len - skip };
}

static void feed_summary(const struct view *view, struct turn *turn, const struct watch_event *event)
{
    const struct mail_table *table = view->dialogue->table;
    const bool command = event->kind == WATCH_COMMAND;
    const struct word *verb = command ? event->word : event->command;
    const struct mail_row *row = verb ? row_of(table, verb) : turn->row;
    if (command && row && row->command) {
        row->command(turn, event);
    } else if (command) {
        char *text = said(view, event);
        const size_t skip = event->tag.len ? event->tag.len + 1 : 0; /* the tag means nothing to a reader */
        turn_word(&turn->left, strlen(text) > skip ? text + skip : text);
        free(text);
    } else if (is_final(event) && is_refusal(event)) {
        turn->refused = true;
        turn_add(&turn->right, ", ", untagged(event));
    } else if (!event->from_client && row && row->reply) {
        row->reply(turn, event);
    } else if (event->kind == WATCH_AUTH_DATA) {
        auth_data(turn, event);
    } else if (is_final(event) && !(event->kind == WATCH_GREETING && turn->right.len)) {
        buf_clear(&turn->right);
        turn_add(&turn->right, ", ", untagged(event));
    }
    summarize(turn);
}

static void note_letter(const struct view *view, struct turn *turn, const struct watch_event *event)
{
    struct dialogue *dialogue = view->dialogue;
    const size_t max = sizeof dialogue->letters / sizeof dialogue->letters[0];
    if (event->kind == WATCH_CONTENT_END && dialogue->letter_count < max)
        dialogue->letters[dialogue->letter_count++] = turn;
    if (turn->exchange->row->id == LAYER_ENVELOPE && turn->row && event->kind == WATCH_COMMAND)
        dialogue->envelope = turn;
    if (event->kind == WATCH_REPLY && event->last_line && turn->letters)
        letter_answered(view->list, turn->exchange, event->text);
}

static void mail_event(const struct view *view, const struct watch_event *event)
{
    struct dialogue *dialogue = view->dialogue;
    struct turn *turn = turn_of_event(view, event);
    connection_adopt(view->list, view->connection, turn->exchange, event->from_client ? FROM_CLIENT : FROM_SERVER);
    view->connection->current = turn->exchange;
    add_step(view, turn, event);
    if (event->kind == WATCH_COMMAND && event->number > dialogue->newest)
        dialogue->newest = event->number;
    if (event->kind == WATCH_TLS && dialogue->newest > event->number)
        exchange_remark(dialogue->last->exchange, REMARK_SECURITY, view->packet->number, injected_text, "RFC 3207 §6");
    security(view, turn, event);
    offers(view, turn, event);
    neglected(view, turn, event);
    feed_summary(view, turn, event);
    note_letter(view, turn, event);
    if (is_final(event) && event->number == turn->last_number && turn->row && turn->row->join == BEGINS)
        exchange_close(turn->exchange);
}

void mail_layer(struct exchange_list *list, struct connection *connection, const struct packet *packet,
                const struct layer *layer)
{
    const struct mail_detail *mail = layer->detail;
    if (!mail)
        return;
    if (!connection->dialogue) {
        connection->dialogue = mem_alloc(sizeof *connection->dialogue);
        connection->dialogue->table = &mail_tables[mail->protocol];
    }
    const struct view view = { list, connection, packet, connection->dialogue, mail };
    connection->dialogue->letter_count = 0;
    for (size_t i = 0; i < mail->event_count; i++)
        mail_event(&view, &mail->events[i]);
}

void mail_letter(struct exchange_list *list, struct connection *connection, const struct packet *packet,
                 const struct layer *layer)
{
    const struct message_detail *message = layer->detail;
    struct dialogue *dialogue = connection->dialogue;
    if (!message || !dialogue || dialogue->letter_count == 0)
        return;
    struct turn *turn = dialogue->letters[0];
    dialogue->letter_count--;
    memmove(dialogue->letters, dialogue->letters + 1, dialogue->letter_count * sizeof dialogue->letters[0]);
    turn->letters++;
    if (message->subject && !turn->subject)
        turn->subject = mem_text(message->subject);
    if (strcmp(dialogue->table->protocol, "POP3") == 0) {
        char *size = mem_printf(_("%zu bytes"), message->size);
        buf_clear(&turn->right);
        turn_word(&turn->right, size);
        free(size);
    }
    summarize(turn);
    letter_seen(list, turn->exchange, dialogue->envelope && dialogue->table == &mail_tables[WATCH_SMTP]
                                          ? dialogue->envelope->exchange : NULL, packet, message);
}
