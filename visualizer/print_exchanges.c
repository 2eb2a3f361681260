/*
 * print_exchanges.c - one line for each exchange, tab-separated: a table of
 * contents of the conversation, for people and for scripts. Of what happens now,
 * an exchange is printed when it is over: so they are not in the order of their
 * numbers.
 */
#include "visualizer/print_exchange.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/i18n.h"

struct collection {
    struct exchange_list *list;
    struct selection *selection;
};

static void take(void *context, const struct packet *packet)
{
    const struct collection *collection = context;
    exchange_packet(collection->list, packet);
    selection_packet(collection->selection, packet);
}

struct exchange_list *print_collect(struct trace *trace, const struct print_options *options)
{
    const struct exchange_options how = { .reveal = options->reveal };
    struct exchange_list *list = exchange_list_new(&how);
    struct wants *wants = wants_new();
    exchange_wants(wants);
    exchange_names(list, trace);
    selection_wants(options->selection, wants);
    trace_listen(trace, take, &(struct collection){ list, options->selection }, wants);
    trace_forward_only(trace);
    trace_pass(trace, 0);
    exchange_finish(list);
    wants_free(wants);
    return list;
}

static const char *mark_of(enum remark_kind kind)
{
    switch (kind) {
    case REMARK_SECURITY: return _("security");
    case REMARK_ERROR: return _("protocol error");
    case REMARK_LOSS: return _("loss");
    case REMARK_NOTE: break;
    }
    return NULL;
}

static void print_one(const struct exchange *exchange, int64_t start, FILE *out)
{
    char serves[LAYERS_SERVES_SIZE];
    const struct layer_row *row = exchange->row;
    fprintf(out, "%u\t%u\t%u\t%.6f\t%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s", exchange->number, exchange->first, exchange->last,
            (double)(exchange->start - start) / 1e9, exchange->from, exchange->to, exchange->protocol, row->osi,
            _(layers_tcpip(row->tcpip)->name), layers_serves(row->serves, serves), _(exchange->name),
            exchange->summary);
    for (size_t i = 0; i < exchange->remark_count; i++)
        if (mark_of(exchange->remarks[i].kind))
            fprintf(out, " [%s: %s]", mark_of(exchange->remarks[i].kind), _(exchange->remarks[i].text));
    fputc('\n', out);
}

/* While packets come: each exchange as soon as it is complete. printed: one flag for each that there is. */
struct running {
    struct exchange_list *list;
    const struct print_options *options;
    bool *printed;
    size_t count, from;         /* all before from are printed */
};

static void print_new(struct running *running, bool all, FILE *out)
{
    size_t count = exchange_count(running->list);
    if (count > running->count) {
        running->printed = mem_grow(running->printed, count, sizeof *running->printed);
        memset(running->printed + running->count, 0, (count - running->count) * sizeof *running->printed);
        running->count = count;
    }
    for (size_t i = running->from; i < count; i++) {
        const struct exchange *exchange = exchange_at(running->list, i);
        if (!running->printed[i] && (all || !exchange->open)) {
            if (exchange_in_range(&running->options->exchanges, exchange) &&
                selection_exchange(running->options->selection, exchange))
                print_one(exchange, exchange_start_time(running->list), out);
            running->printed[i] = true;
        }
        if (running->printed[i] && i == running->from)
            running->from++;
    }
}

int print_exchanges(struct trace *trace, const struct print_options *options, FILE *out, struct buf *error)
{
    (void)error;
    const struct exchange_options how = { .reveal = options->reveal };
    struct running running = { .list = exchange_list_new(&how), .options = options };
    struct wants *wants = wants_new();
    exchange_wants(wants);
    exchange_names(running.list, trace);
    selection_wants(options->selection, wants);
    trace_listen(trace, take, &(struct collection){ running.list, options->selection }, wants);
    trace_forward_only(trace);
    fputs("number\tfirst\tlast\ttime\tfrom\tto\tprotocol\tosi\ttcpip\tserves\texchange\tsummary\n", out);
    while (trace_pass(trace, 0), trace_wait(trace))
        print_new(&running, false, out);
    trace_pass(trace, 0);
    exchange_finish(running.list);
    print_new(&running, true, out);
    wants_free(wants);
    free(running.printed);
    exchange_list_free(running.list);
    return 0;
}
