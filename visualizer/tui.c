#include "visualizer/tui.h"

#include "visualizer/tui_main.h"

static void take(void *context, const struct packet *packet)
{
    exchange_packet(context, packet);
}

static struct exchange_list *listen_to(struct trace *trace, const struct tui_options *options)
{
    struct exchange_list *list = exchange_list_new(&(struct exchange_options){ .reveal = options->reveal });
    struct wants *wants = wants_new();
    exchange_wants(wants);
    exchange_names(list, trace);
    trace_listen(trace, take, list, wants);
    wants_free(wants);
    return list;
}

int tui_run(struct trace *trace, const struct tui_options *options, struct buf *error)
{
    struct views *views;
    struct tui tui = { .trace = trace, .options = *options, .reveal = options->reveal };
    int status = -1;
    tui.list = listen_to(trace, options);
    if (options->filter != NULL)
        tui.limit = limit_new(&tui, options->filter, NULL, error);
    if ((options->filter == NULL || tui.limit != NULL) && views_open(&views, error) == 0) {
        tui_start(&tui);
        main_push(&tui, views);
        views_run(views);
        views_close(views);
        status = 0;
    }
    tui_end(&tui);
    exchange_list_free(tui.list);
    return status;
}
