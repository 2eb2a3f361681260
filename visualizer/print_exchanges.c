/*
 * print_exchanges.c - one line for each exchange, tab-separated: a table of
 * contents of the conversation, for people and for scripts.
 */
#include "visualizer/print_exchange.h"

#include <string.h>

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

int print_exchanges(struct trace *trace, const struct print_options *options, FILE *out, struct buf *error)
{
    (void)error;
    struct exchange_list *list = print_collect(trace, options);
    const int64_t start = exchange_start_time(list);
    fputs("number\tfirst\tlast\ttime\tfrom\tto\tprotocol\tosi\ttcpip\tserves\texchange\tsummary\n", out);
    for (size_t i = 0; i < exchange_count(list); i++)
        if (exchange_in_range(&options->exchanges, exchange_at(list, i)) &&
            selection_exchange(options->selection, exchange_at(list, i)))
            print_one(exchange_at(list, i), start, out);
    exchange_list_free(list);
    return 0;
}
