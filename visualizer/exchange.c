/*
 * exchange.c - the list of exchanges: takes packets, asks the parts in turn,
 * and owns what they build.
 */
#include "visualizer/exchange.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/text.h"
#include "visualizer/exchange_build.h"
#include "visualizer/exchange_letter.h"

enum { TEXT_MAX = 400, STEPS_FIRST = 4 };

struct exchange_list *exchange_list_new(const struct exchange_options *options)
{
    struct exchange_list *list = mem_alloc(sizeof *list);
    if (options)
        list->options = *options;
    list->places = exchange_places_new();
    list->link = link_part_new();
    list->name = name_part_new();
    list->tcp = tcp_part_new();
    list->letter = letter_part_new();
    return list;
}

static void exchange_free(struct exchange *exchange)
{
    for (size_t i = 0; i < exchange->step_count; i++)
        free(exchange->steps[i].text);
    free(exchange->steps);
    free(exchange->remarks);
    free(exchange->summary);
    free(exchange);
}

void exchange_list_free(struct exchange_list *list)
{
    if (!list)
        return;
    tcp_part_free(list->tcp);
    letter_part_free(list->letter);
    name_part_free(list->name);
    link_part_free(list->link);
    for (size_t i = 0; i < list->count; i++)
        exchange_free(list->all[i]);
    free(list->all);
    free(list->members);
    free(list->copies);
    exchange_places_free(list->places);
    hosts_free(list);
    free(list);
}

/* --- building ------------------------------------------------------------------------ */

struct exchange *exchange_begin(struct exchange_list *list, const struct packet *packet, const struct beginning *how)
{
    if (list->count == list->room) {
        list->room = list->room ? list->room * 2 : 64;
        list->all = mem_grow(list->all, list->room, sizeof *list->all);
    }
    struct exchange *exchange = mem_alloc(sizeof *exchange);
    list->all[list->count++] = exchange;
    exchange->number = (unsigned)list->count;
    exchange->first = exchange->last = packet->number;
    exchange->start = exchange->end = packet->time;
    exchange->from = how->from->shown;
    exchange->to = how->to->shown;
    exchange->from_address = how->from->address;
    exchange->to_address = how->to->address;
    exchange->connection = how->connection;
    exchange->protocol = how->protocol;
    exchange->name = how->name;
    exchange->row = layers_row(how->row);
    exchange->rfc = how->rfc;
    exchange->open = true;
    exchange->summary = mem_text("");
    return exchange;
}

/* Packets come in order, but one may find its exchange only when a later one has completed what it began. */
static void add_member(struct exchange_list *list, uint32_t packet, uint32_t exchange)
{
    size_t at = list->member_count;
    while (at > 0 && list->members[at - 1].packet > packet)
        at--;
    for (size_t i = at; i > 0 && list->members[i - 1].packet == packet; i--)
        if (list->members[i - 1].exchange == exchange)
            return;
    if (list->member_count == list->member_room) {
        list->member_room = list->member_room ? list->member_room * 2 : 256;
        list->members = mem_grow(list->members, list->member_room, sizeof *list->members);
    }
    memmove(&list->members[at + 1], &list->members[at], (list->member_count - at) * sizeof *list->members);
    list->members[at] = (struct member){ packet, exchange };
    list->member_count++;
}

struct exchange_step *exchange_add_at(struct exchange_list *list, struct exchange *exchange, uint32_t packet,
                                      int64_t time, enum step_kind kind, bool backward)
{
    const size_t count = exchange->step_count;
    if (count == 0 || (count >= STEPS_FIRST && (count & (count - 1)) == 0))
        exchange->steps = mem_grow(exchange->steps, count ? count * 2 : STEPS_FIRST, sizeof *exchange->steps);
    struct exchange_step *step = &exchange->steps[exchange->step_count++];
    *step = (struct exchange_step){ .packet = packet, .backward = backward, .kind = kind };
    if (packet < exchange->first) {
        exchange->first = packet;
        exchange->start = time;
    }
    if (packet >= exchange->last) {
        exchange->last = packet;
        exchange->end = time;
    }
    exchange->both_ways |= backward;
    exchange->packets[backward]++;
    add_member(list, packet, exchange->number - 1);
    return step;
}

struct exchange_step *exchange_add(struct exchange_list *list, struct exchange *exchange, const struct packet *packet,
                                   enum step_kind kind, bool backward)
{
    return exchange_add_at(list, exchange, packet->number, packet->time, kind, backward);
}

struct exchange_step *exchange_also(struct exchange_list *list, struct exchange *exchange, const struct packet *packet,
                                    bool backward)
{
    struct exchange_step *last = exchange->step_count ? &exchange->steps[exchange->step_count - 1] : NULL;
    if (last && last->packet == packet->number && last->backward == backward)
        return last;
    return exchange_add(list, exchange, packet, STEP_SAYS, backward);
}

void exchange_bytes(struct exchange *exchange, struct exchange_step *step, uint32_t bytes)
{
    step->bytes += bytes;
    exchange->bytes[step->backward] += bytes;
}

static char *format_text(const char *format, va_list arguments)
{
    char *text = NULL;
    if (vasprintf(&text, format, arguments) < 0)
        return mem_text("");
    return text;
}

void exchange_says(struct exchange_step *step, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    free(step->text);
    step->text = format_text(format, arguments);
    va_end(arguments);
}

void exchange_says_also(struct exchange_step *step, const char *between, const char *text)
{
    enum { SAID_MAX = 300 };
    if (!step->text)
        exchange_says(step, "%s", text);
    else if (strlen(step->text) < SAID_MAX) {
        char *before = step->text;
        step->text = mem_printf("%s%s%s", before, between, text);
        free(before);
    }
}

void exchange_summary(struct exchange *exchange, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = format_text(format, arguments);
    va_end(arguments);
    free(exchange->summary);
    exchange->summary = text;
}

void exchange_states(struct exchange *exchange, struct exchange_step *step, const char *before, const char *after)
{
    step->state_before = before;
    step->state_after = after;
    if (!exchange->state_before)
        exchange->state_before = before;
    exchange->state_after = after;
}

void exchange_remark(struct exchange *exchange, enum remark_kind kind, uint32_t packet, const char *text,
                     const char *rfc)
{
    for (size_t i = 0; i < exchange->remark_count; i++)
        if (strcmp(exchange->remarks[i].text, text) == 0)
            return;
    exchange->remarks = mem_grow(exchange->remarks, exchange->remark_count + 1, sizeof *exchange->remarks);
    exchange->remarks[exchange->remark_count++] = (struct remark){ kind, packet, text, rfc };
}

void exchange_close(struct exchange *exchange)
{
    exchange->open = false;
}

char *exchange_text(struct span bytes)
{
    struct buf safe;
    const bool cut = bytes.len > TEXT_MAX;
    buf_init(&safe, 6 * TEXT_MAX + 8);
    text_safe(&safe, bytes.at, cut ? TEXT_MAX : bytes.len);
    if (cut)
        buf_add_text(&safe, "…");
    char *copy = mem_text(buf_text(&safe));
    buf_free(&safe);
    return copy;
}

/* --- taking packets ------------------------------------------------------------------- */

/* The routers' work is told once in each exchange. */
static void packet_passes_on(struct exchange_list *list, const struct packet *packet)
{
    if ((list->copy_count & (list->copy_count - 1)) == 0)
        list->copies = mem_grow(list->copies, list->copy_count ? list->copy_count * 2 : 1, sizeof *list->copies);
    list->copies[list->copy_count++] = (struct copy){ packet->number, packet->passes_on };
    struct exchange *exchange = exchange_last_of(list, packet->passes_on);
    if (exchange != NULL)
        exchange_remark(exchange, REMARK_NOTE, packet->number,
                        N_("Packets pass on over other cables here: the recording has each of them several times."),
                        "RFC 791 §3.2");
}

void exchange_packet(struct exchange_list *list, const struct packet *packet)
{
    if (!list->started)
        list->start = packet->time;
    list->started = true;
    if (packet->passes_on != 0) {
        packet_passes_on(list, packet);
        return;
    }
    const bool linked = link_packet(list, packet);
    if (!tcp_packet(list, packet) && !name_packet(list, packet, 0) && !linked)
        link_other(list, packet);
}

void exchange_finish(struct exchange_list *list)
{
    tcp_finish(list);
    for (size_t i = 0; i < list->count; i++)
        exchange_close(list->all[i]);
}

/* --- reading ----------------------------------------------------------------------------- */

size_t exchange_count(const struct exchange_list *list)
{
    return list->count;
}

const struct exchange *exchange_at(const struct exchange_list *list, size_t index)
{
    return index < list->count ? list->all[index] : NULL;
}

int64_t exchange_start_time(const struct exchange_list *list)
{
    return list->start;
}

/* The first member of that packet, or of one behind. */
static size_t find_member(const struct exchange_list *list, uint32_t packet)
{
    size_t low = 0, high = list->member_count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (list->members[middle].packet < packet)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The packet that this one is when it was seen first. */
static uint32_t original(const struct exchange_list *list, uint32_t packet)
{
    size_t low = 0, high = list->copy_count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (list->copies[middle].packet < packet)
            low = middle + 1;
        else
            high = middle;
    }
    return low < list->copy_count && list->copies[low].packet == packet ? list->copies[low].of : packet;
}

size_t exchange_of_packet(const struct exchange_list *list, uint32_t number, const struct exchange **out, size_t max)
{
    size_t count = 0;
    number = original(list, number);
    for (size_t i = find_member(list, number); i < list->member_count && list->members[i].packet == number; i++) {
        if (count < max)
            out[count] = list->all[list->members[i].exchange];
        count++;
    }
    return count;
}

struct exchange *exchange_last_of(const struct exchange_list *list, uint32_t packet)
{
    const size_t next = find_member(list, packet + 1);
    return next > 0 && list->members[next - 1].packet == packet ? list->all[list->members[next - 1].exchange] : NULL;
}
