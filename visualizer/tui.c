#include "visualizer/tui.h"

#include <stdlib.h>

#include "core/mem.h"
#include "io/bind.h"
#include "visualizer/statistics.h"
#include "visualizer/tui_keys.h"
#include "visualizer/tui_main.h"
#include "visualizer/tui_notes.h"

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

/* $XDG_CONFIG_HOME/pli/visualizer-keys: the mail client's commands have other names, so its file is another. */
static char *keys_file(void)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    if (config != NULL && config[0] == '/')
        return mem_printf("%s/pli/visualizer-keys", config);
    return home != NULL && home[0] == '/' ? mem_printf("%s/.config/pli/visualizer-keys", home) : NULL;
}

/* What is wrong with the file is told on the last line; the lines before it hold. */
static void bind_keys(struct views *views)
{
    static const struct key_table *const tables[] = {
        &tui_main_keys, &tui_envelope_keys, &tui_fields_keys, &tui_dialogue_keys, &tui_letter_keys, &tui_ladder_keys,
        &tui_machine_keys, &tui_tls_keys, &tui_wire_keys, &tui_bits_keys, &tui_predict_keys, &tui_statistics_keys,
        &tui_notes_keys,
    };
    struct buf problem;
    char *path = keys_file();
    buf_init(&problem, 2000);
    if (path != NULL && bind_read(path, tables, sizeof tables / sizeof tables[0], &problem) != 0)
        views_say(views, TONE_BAD, "%s", buf_text(&problem));
    buf_free(&problem);
    free(path);
}

int tui_run(struct trace *trace, const struct tui_options *options, struct buf *error)
{
    struct views *views;
    struct tui tui = { .trace = trace, .options = *options, .reveal = options->reveal };
    int status = -1;
    tui.list = listen_to(trace, options);
    tui.statistics = statistics_new();
    trace_listen(trace, statistics_packet, tui.statistics, NULL);
    if (options->filter != NULL)
        tui.limit = limit_new(&tui, options->filter, NULL, error);
    if ((options->filter == NULL || tui.limit != NULL) && views_open(&views, error) == 0) {
        tui_start(&tui);
        main_push(&tui, views);
        tui_notes_open(&tui, views);
        bind_keys(views);
        views_run(views);
        views_close(views);
        status = 0;
    }
    tui_end(&tui);
    exchange_list_free(tui.list);
    statistics_free(tui.statistics);
    return status;
}
