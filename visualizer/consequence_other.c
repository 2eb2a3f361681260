/*
 * consequence_other.c - what became of a packet that is not TCP's: a question
 * or an answer of ARP, neighbour discovery, DNS, DHCP or ping; and what the
 * applications over TCP made of what happened below them.
 */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "io/text.h"
#include "visualizer/consequence_build.h"

/* --- questions and answers ------------------------------------------------------------- */

/* What followed in the same exchange. */
struct turn {
    const struct exchange_step *asked, *answered;   /* the first of each behind the packet */
    unsigned asked_count, answered_count;
    const struct exchange_step *own;                /* the packet's own step */
};

static struct turn turns_of(const struct exchange *exchange, uint32_t packet)
{
    struct turn turn = { .asked = NULL };
    for (size_t i = 0; i < exchange->step_count; i++) {
        const struct exchange_step *step = &exchange->steps[i];
        if (step->packet == packet)
            turn.own = step;
        if (step->packet <= packet)
            continue;
        if (step->backward) {
            turn.answered = turn.answered != NULL ? turn.answered : step;
            turn.answered_count++;
        } else {
            turn.asked = turn.asked != NULL ? turn.asked : step;
            turn.asked_count++;
        }
    }
    return turn;
}

/* A resolver may ask again under another number: then it is another exchange with the same question. */
static const struct exchange *asked_anew(const struct consequences *all, const struct exchange *exchange)
{
    enum { AHEAD = 200 };
    for (size_t i = exchange->number; i < exchange->number + AHEAD && i < exchange_count(all->list); i++) {
        const struct exchange *other = exchange_at(all->list, i);
        if (other->connection == 0 && strcmp(other->protocol, exchange->protocol) == 0
            && strcmp(other->from_address, exchange->from_address) == 0 && other->row == exchange->row
            && other->first > exchange->last && other->steps[0].text != NULL && exchange->steps[0].text != NULL
            && strcmp(other->steps[0].text, exchange->steps[0].text) == 0)
            return other;
    }
    return NULL;
}

static int64_t time_of(const struct consequences *all, const struct exchange *exchange,
                       const struct exchange_step *step)
{
    return step->packet == exchange->first ? exchange->start
           : step->packet == exchange->last ? exchange->end : capture_time(trace_capture(all->trace), step->packet);
}

static void add(struct told *told, enum consequence_kind kind, const struct exchange *exchange, const char *host,
                uint32_t packet, int64_t time, unsigned count)
{
    struct consequence *consequence = consequence_add(told, kind, host, exchange->protocol, exchange->row->id);
    consequence_when(consequence, told, packet, time);
    consequence->count = count;
}

/* A question or its answer was lost or late: the one who asks has to find out. */
static void judge_question(struct consequences *all, struct told *told, const struct exchange *exchange)
{
    const struct turn turn = turns_of(exchange, told->story.packet);
    const bool missing = told->lost || (told->changed && told->wrong != NULL);
    const struct exchange *anew = turn.asked == NULL && missing ? asked_anew(all, exchange) : NULL;
    const bool echo = exchange->row->id == LAYER_ICMP;
    told->story.again = echo ? 0 : turn.asked_count;
    if (turn.asked != NULL && !echo)
        add(told, CONSEQUENCE_ASKED_AGAIN, exchange, exchange->from, turn.asked->packet,
            time_of(all, exchange, turn.asked), turn.asked_count);
    if (anew != NULL)
        add(told, CONSEQUENCE_ASKED_AGAIN, anew, anew->from, anew->first, anew->start, 1);
    if (echo && missing)
        consequence_add(told, CONSEQUENCE_NO_REPLY, exchange->from, exchange->protocol, exchange->row->id);
    if (missing && !echo && turn.asked != NULL && turn.answered != NULL)
        add(told, CONSEQUENCE_ANSWERED, exchange, exchange->from, turn.answered->packet,
            time_of(all, exchange, turn.answered), 1);
    else if (anew != NULL && anew->both_ways)
        add(told, CONSEQUENCE_ANSWERED, anew, anew->from, anew->last, anew->end, 1);
    if (told->twice && turn.own != NULL && !turn.own->backward && turn.answered_count > 1)
        add(told, CONSEQUENCE_ANSWERED_TWICE, exchange, exchange->to, turn.answered->packet,
            time_of(all, exchange, turn.answered), turn.answered_count);
}

static void judge_refusals(const struct consequences *all, struct told *told)
{
    for (size_t i = 0; i < all->refusal_count; i++) {
        const struct refusal *refusal = &all->refusals[i];
        if (refusal->packet < told->story.packet || told->from.family == ADDRESS_NONE
            || !net_address_equal(&refusal->from, &told->from) || !net_address_equal(&refusal->to, &told->to))
            continue;
        struct consequence *consequence =
            consequence_add(told, CONSEQUENCE_ICMP, refusal->by,
                            told->from.family == ADDRESS_IPV6 ? "ICMPv6" : "ICMP", LAYER_ICMP);
        consequence_when(consequence, told, refusal->packet, refusal->time);
        return;
    }
}

static const struct {
    const char *protocol;
    enum layer_id row;
} checkers[] = {
    { "IPv4", LAYER_IP }, { "UDP", LAYER_UDP }, { "ICMP", LAYER_ICMP }, { "ICMPv6", LAYER_ICMP },
    { "TCP", LAYER_TCP_DATA },
};

void consequence_judge_other(struct consequences *all, struct told *told)
{
    for (size_t i = 0; told->changed && told->wrong != NULL && i < sizeof checkers / sizeof checkers[0]; i++)
        if (strcmp(told->wrong, checkers[i].protocol) == 0)
            consequence_add(told, CONSEQUENCE_CHECKSUM, told->story.to, told->wrong, checkers[i].row);
    if (told->story.exchange != NULL)
        judge_question(all, told, told->story.exchange);
    judge_refusals(all, told);
    if (told->changed && told->wrong == NULL && told->story.exchange != NULL && !told->lost)
        consequence_add(told, CONSEQUENCE_OTHER_BYTES, told->story.to, told->story.protocol,
                        told->story.exchange->row->id);
}

/* --- applications over TCP ------------------------------------------------------------- */

/* How each application says that something went wrong: where in its reply, and with what word. */
static const struct {
    const char *protocol;
    size_t word;                    /* 0: the first of the line */
    const char *begins;             /* the word's beginnings, each one letter or more, between spaces */
} errors[] = {
    { "SMTP", 0, "4 5" }, { "POP", 0, "-ERR" }, { "IMAP", 1, "NO BAD BYE" }, { "HTTP", 1, "4 5" }, { "FTP", 0, "4 5" },
};

static bool begins_with_one(const char *word, const char *beginnings)
{
    while (*beginnings != '\0') {
        const size_t size = strcspn(beginnings, " ");
        if (strncmp(word, beginnings, size) == 0)
            return true;
        beginnings += size + strspn(beginnings + size, " ");
    }
    return false;
}

static bool is_error(const struct exchange *exchange, const struct exchange_step *step)
{
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        if (strcmp(errors[i].protocol, exchange->protocol) != 0)
            continue;
        const char *word = step->text;
        for (size_t skip = errors[i].word; skip > 0; skip--) {
            word += strcspn(word, " ");
            word += strspn(word, " ");
        }
        return begins_with_one(word, errors[i].begins);
    }
    return false;
}

/* Does the server speak here? */
static bool server_speaks(const struct exchange *exchange, const struct exchange_step *step)
{
    return step->backward != exchange->backward_begin;
}

/* SMTP's 421 and IMAP's BYE tell of a server that waited too long; other errors have their own reasons when the bytes
 * came whole. */
static bool tells_of_it(const struct exchange_step *step, bool delivered)
{
    return !delivered || strncmp(step->text, "421", 3) == 0 || strncmp(step->text, "* BYE", 5) == 0;
}

static bool find_error(const struct consequences *all, struct told *told, const struct exchange *exchange,
                       bool delivered)
{
    for (size_t i = 0; i < exchange->step_count; i++) {
        const struct exchange_step *step = &exchange->steps[i];
        if (step->packet <= told->story.packet || step->kind != STEP_SAYS || step->text == NULL
            || !server_speaks(exchange, step) || !is_error(exchange, step) || !tells_of_it(step, delivered))
            continue;
        const char *server = exchange->backward_begin ? exchange->from : exchange->to;
        add(told, CONSEQUENCE_REPLY, exchange, server, step->packet, time_of(all, exchange, step), 1);
        told->story.list[told->story.count - 1].detail = mem_text(step->text);
        return true;
    }
    return false;
}

/* The applications of the connection, each once, with what it noticed; and what it did instead. */
struct look {
    unsigned connection;
    const char *protocols[4];
    const struct layer_row *rows[4];
    size_t count;
    bool error, alert;
    const struct exchange *opening;
};

static void look_at(struct consequences *all, struct told *told, struct look *look, const struct exchange *exchange,
                    bool delivered)
{
    if (exchange->row->id == LAYER_TCP_OPEN)
        look->opening = exchange;
    if (exchange->row->osi <= 4 || exchange->last < told->story.packet)
        return;
    const bool alert = exchange->row->id == LAYER_TLS_RECORD && strcmp(exchange->name, "TLS alert") == 0;
    if (alert && !delivered && !look->alert) {
        add(told, CONSEQUENCE_ALERT, exchange, exchange->from, exchange->first, exchange->start, 1);
        look->alert = true;
    }
    if (!look->error)
        look->error = find_error(all, told, exchange, delivered);
    for (size_t i = 0; i < look->count; i++)
        if (strcmp(look->protocols[i], exchange->protocol) == 0)
            return;
    if (look->count < sizeof look->rows / sizeof look->rows[0]) {
        look->protocols[look->count] = exchange->protocol;
        look->rows[look->count++] = exchange->row;
    }
}

static void find_next_try(struct consequences *all, struct told *told, const struct look *look)
{
    const struct exchange *opening = look->opening;
    for (size_t i = opening->number; i < exchange_count(all->list); i++) {
        const struct exchange *other = exchange_at(all->list, i);
        if (other->row->id != LAYER_TCP_OPEN || other->first < told->story.packet
            || other->connection == look->connection || other->server_port != opening->server_port
            || strcmp(other->from_address, opening->from_address) != 0)
            continue;
        const char *protocol = look->count > 0 ? look->protocols[look->count - 1] : N_("application");
        struct consequence *consequence =
            consequence_add(told, CONSEQUENCE_TRIED_AGAIN, other->from, protocol,
                            look->count > 0 ? look->rows[look->count - 1]->id : LAYER_APPLICATION);
        consequence_when(consequence, told, other->first, other->start);
        return;
    }
}

void consequence_judge_application(struct consequences *all, struct told *told, uint32_t of, enum delivery delivery,
                                   int64_t waited)
{
    const struct exchange *exchange = NULL;
    struct look look = { .connection = 0 };
    if (exchange_of_packet(all->list, of, &exchange, 1) > 0)
        look.connection = exchange->connection;
    for (size_t i = 0; look.connection != 0 && i < exchange_count(all->list); i++)
        if (exchange_at(all->list, i)->connection == look.connection)
            look_at(all, told, &look, exchange_at(all->list, i), delivery == DELIVERED);
    judge_refusals(all, told);
    if (delivery != DELIVERED && look.opening != NULL)
        find_next_try(all, told, &look);
    const bool unnoticed = delivery != DELIVERED_NOT && !look.error && !look.alert;
    for (size_t i = 0; unnoticed && i < look.count; i++) {
        const bool wrong = delivery == DELIVERED_WRONG;
        struct consequence *consequence =
            consequence_add(told, wrong ? CONSEQUENCE_OTHER_BYTES : CONSEQUENCE_LATE, wrong ? told->story.to : NULL,
                            look.protocols[i], look.rows[i]->id);
        consequence->after = wrong ? 0 : waited;
    }
}
