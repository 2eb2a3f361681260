/*
 * main.c - the visualizer: opens a capture, or one that grows (live.h), and
 * shows it in one of its faces; or is the wire of the lab network.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/i18n.h"
#include "visualizer/live.h"
#include "visualizer/options.h"
#include "visualizer/tui.h"
#include "visualizer/wire.h"

enum { SUCCESS = 0, FAILURE = 1, WRONG_USAGE = 2 };

static void complain(const char *text)
{
    fprintf(stderr, "visualizer: %s\n", text);
}

/* A file that shrinks while it is mapped ends the reading with this signal; nothing sensible can follow. */
static void file_shrank(int signal)
{
    (void)signal;
    static const char text[] = "visualizer: the capture file became shorter while it was read.\n";
    ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
    _exit(written < 0 ? FAILURE : FAILURE);
}

/* The screen needs a terminal on both sides; without one the packets are printed. */
static bool has_terminal(void)
{
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

static int show_screen(struct trace *trace, const struct options *options, struct live *live, struct buf *error)
{
    const char *slash = options->file != NULL ? strrchr(options->file, '/') : NULL;
    struct tui_options screen = {
        .title = live != NULL ? live->title : slash != NULL ? slash + 1 : options->file,
        .file = live != NULL ? live->path : options->file,
        .keylog = options->keylog,
        .notes = live == NULL ? options->file : options->write,
        .filter = options->filter,
        .live = live,
        .packet = options->packet,
        .reveal = options->reveal,
    };
    return tui_run(trace, &screen, error);
}

/* Whoever reads what is printed wants to see it while nothing comes. */
static bool more(void *live)
{
    return fflush(stdout) == 0 && live_take(live, 200);
}

static struct trace *open_trace(const struct options *options, struct live **live, struct buf *error)
{
    if (options->interface == NULL && options->watch == NULL)
        return trace_open(options->file, options->keylog, error);
    *live = options->watch != NULL
                ? live_wire_open(options->watch, error)
                : live_pcap_open(options->interface, options->write, &options->limits, error);
    if (*live == NULL)
        return NULL;
    struct trace *trace = trace_of_capture((*live)->capture, options->keylog, error);
    if (trace != NULL)
        trace_more(trace, more, *live);
    return trace;
}

/* A filter that asks for exchanges has to know them all beforehand. */
static int learn(struct selection *selection, const struct filter *filter, const struct options *options,
                 struct buf *error)
{
    if (selection == NULL)
        return 0;
    if (options->file != NULL)
        return selection_learn(selection, options->file, options->keylog, options->reveal, error);
    if (!filter_asks_exchanges(filter))
        return 0;
    buf_add_text(error,
                 _("A filter that asks for exchanges needs a whole recording: make one with -i DEVICE -w FILE."));
    return -1;
}

static int run(struct trace *trace, const struct options *options, const struct filter *filter, struct live *live,
               bool screen, struct buf *error)
{
    const bool bare = trace == NULL;
    struct selection *selection = filter != NULL && !bare ? selection_new(filter) : NULL;
    struct print_options print = { options->fields, options->field_count, options->header, options->reveal,
                                   options->exchanges, selection };
    const struct face *face = options->face != NULL ? options->face : face_find("packets");
    const struct export_options export = { options->file, options->keylog, options->reveal, options->exchanges,
                                           options->packet, selection };
    int result = screen ? 0 : learn(selection, filter, options, error);
    if (result == 0)
        result = options->exporter != NULL ? export_trace(options->exporter, trace, &export, options->out, error) :
                 screen ? show_screen(trace, options, live, error) : face->print(trace, &print, stdout, error);
    selection_free(selection);
    return result;
}

/* Something to tell at the end, of the capture rather than of what we did with it. true: it is a failure. */
static bool tell_end(const struct trace *trace, struct live *live)
{
    if (live != NULL) {
        if (live->why.len > 0)
            complain(buf_text(&live->why));
        return live->failed;
    }
    const char *damage = trace != NULL ? capture_error(trace_capture(trace)) : NULL;
    if (damage != NULL)
        complain(damage);
    return damage != NULL;
}

static int show(const struct options *options, const struct filter *filter)
{
    struct buf error;
    struct live *live = NULL;
    buf_init(&error, 4096);
    const bool screen = options->face == NULL && options->exporter == NULL && has_terminal();
    const bool bare = options->exporter != NULL && options->exporter->source != FROM_CAPTURE;
    if (!screen && (options->interface != NULL || options->watch != NULL))
        live_hear_signals();
    struct trace *trace = bare ? NULL : open_trace(options, &live, &error);
    if (trace != NULL)
        trace_threads(trace, options->threads);
    int status = (trace != NULL || bare) && run(trace, options, filter, live, screen, &error) == 0 ? SUCCESS : FAILURE;
    if (fflush(stdout) != 0 || ferror(stdout)) {
        complain(_("The output could not be written."));
        status = FAILURE;
    }
    if (error.len > 0)
        complain(buf_text(&error));
    else if (tell_end(trace, live))
        status = FAILURE;
    trace_free(trace);
    live_close(live);
    buf_free(&error);
    return status;
}

/* A filter is looked at before the capture is. */
static int show_filtered(const struct options *options)
{
    struct buf error;
    buf_init(&error, 4096);
    struct filter *filter = options->filter != NULL ? filter_compile(options->filter, NULL, &error) : NULL;
    int status = WRONG_USAGE;
    if (error.len > 0)
        complain(buf_text(&error));
    else
        status = show(options, filter);
    filter_free(filter);
    buf_free(&error);
    return status;
}

int main(int argc, char **argv)
{
    i18n_start();
    signal(SIGBUS, file_shrank);
    if (wire_wanted(argc, argv))
        return wire_main(argc, argv);

    static struct options options;
    struct buf error;
    buf_init(&error, 4096);
    if (options_parse(&options, argc, argv, &error) != 0) {
        complain(buf_text(&error));
        buf_free(&error);
        return WRONG_USAGE;
    }
    if (options.help || options.version) {
        if (options.help)
            options_help(stdout);
        else
            printf("visualizer (Pli) %s\n", PLI_VERSION);
        return fflush(stdout) == 0 ? SUCCESS : FAILURE;
    }
    if (options.face != NULL && options.face->alone) {
        options.face->print(NULL, NULL, stdout, &error);
        return fflush(stdout) == 0 ? SUCCESS : FAILURE;
    }
    const bool alone = options.exporter != NULL && options.exporter->source == FROM_NOTHING && options.out != NULL;
    const bool one = options.exporter != NULL &&
                     (options.exporter->source != FROM_CAPTURE || options.exporter->write == export_envelope);
    if (options.filter != NULL && one) {
        complain(_("There is nothing for -Y to choose from: that drawing shows one thing."));
        return WRONG_USAGE;
    }
    if (options.file == NULL && options.interface == NULL && options.watch == NULL && !alone) {
        complain(_("Which capture? Give the name of a pcap or pcapng file; see visualizer --help."));
        return WRONG_USAGE;
    }
    static char output[1 << 16];
    setvbuf(stdout, output, _IOFBF, sizeof output);
    return show_filtered(&options);
}
