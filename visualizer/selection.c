#include "visualizer/selection.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "visualizer/trace.h"

enum { MOST_OF_A_PACKET = 64 };

struct marks {              /* of things with numbers from 1 */
    uint8_t *set;
    size_t room;
};

struct selection {
    const struct filter *filter;
    bool learned;
    struct marks packets, exchanges;
};

static void mark(struct marks *marks, size_t number)
{
    if (number >= marks->room) {
        const size_t before = marks->room;
        marks->room = number + number / 2 + 64;
        marks->set = mem_grow(marks->set, marks->room, 1);
        memset(marks->set + before, 0, marks->room - before);
    }
    marks->set[number] = 1;
}

static bool marked(const struct marks *marks, size_t number)
{
    return number < marks->room && marks->set[number] != 0;
}

struct selection *selection_new(const struct filter *filter)
{
    struct selection *selection = mem_alloc(sizeof *selection);
    selection->filter = filter;
    return selection;
}

void selection_free(struct selection *selection)
{
    if (selection == NULL)
        return;
    free(selection->packets.set);
    free(selection->exchanges.set);
    free(selection);
}

static void take_exchanges(void *context, const struct packet *packet)
{
    exchange_packet(context, packet);
}

void selection_judge(struct selection *selection, const struct packet *packet, const struct exchange_list *list)
{
    const struct exchange *exchanges[MOST_OF_A_PACKET];
    const bool asks = filter_asks_exchanges(selection->filter);
    size_t count = exchange_of_packet(list, packet->number, exchanges, MOST_OF_A_PACKET);
    if (count > MOST_OF_A_PACKET)
        count = MOST_OF_A_PACKET;
    selection->learned = true;
    const bool fits = filter_matches(selection->filter, packet, exchanges, count);
    if (fits)
        mark(&selection->packets, packet->number);
    for (size_t i = 0; i < count; i++)
        if (!marked(&selection->exchanges, exchanges[i]->number) &&
            (asks ? filter_matches(selection->filter, packet, &exchanges[i], 1) : fits))
            mark(&selection->exchanges, exchanges[i]->number);
}

struct learning {
    struct selection *selection;
    struct exchange_list *list;
};

static void judge(void *context, const struct packet *packet)
{
    const struct learning *learning = context;
    selection_judge(learning->selection, packet, learning->list);
}

static int go_over(const char *file, const char *keylog, struct exchange_list *names, trace_listener *listener,
                   void *context, const struct wants *wants, struct buf *error)
{
    struct trace *trace = trace_open(file, keylog, error);
    if (trace == NULL)
        return -1;
    if (names != NULL)
        exchange_names(names, trace);
    trace_listen(trace, listener, context, wants);
    trace_forward_only(trace);
    trace_pass(trace, 0);
    if (names != NULL) {
        exchange_finish(names);
        exchange_names(names, NULL);
    }
    trace_free(trace);
    return 0;
}

int selection_learn(struct selection *selection, const char *file, const char *keylog, bool reveal, struct buf *error)
{
    if (!filter_asks_exchanges(selection->filter))
        return 0;
    const struct exchange_options how = { .reveal = reveal };
    struct wants *grouping = wants_new(), *judging = wants_new();
    struct learning learning = { selection, exchange_list_new(&how) };
    exchange_wants(grouping);
    filter_wants(selection->filter, judging);
    int status = go_over(file, keylog, learning.list, take_exchanges, learning.list, grouping, error);
    if (status == 0)
        status = go_over(file, keylog, NULL, judge, &learning, judging, error);
    exchange_list_free(learning.list);
    selection->learned = true;
    wants_free(grouping);
    wants_free(judging);
    return status;
}

void selection_wants(const struct selection *selection, struct wants *wants)
{
    if (selection != NULL && !selection->learned)
        filter_wants(selection->filter, wants);
}

bool selection_packet(struct selection *selection, const struct packet *packet)
{
    if (selection == NULL)
        return true;
    if (selection->learned)
        return marked(&selection->packets, packet->number);
    if (!filter_matches(selection->filter, packet, NULL, 0))
        return false;
    mark(&selection->packets, packet->number);
    return true;
}

bool selection_has(const struct selection *selection, uint32_t number)
{
    return selection == NULL || marked(&selection->packets, number);
}

bool selection_exchange(const struct selection *selection, const struct exchange *exchange)
{
    if (selection == NULL)
        return true;
    if (selection->learned)
        return marked(&selection->exchanges, exchange->number);
    for (size_t i = 0; i < exchange->step_count; i++)
        if (marked(&selection->packets, exchange->steps[i].packet))
            return true;
    return false;
}
