/*
 * main.c - the visualizer: opens a capture and shows it in one of its faces,
 * or is the wire of the lab network.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/i18n.h"
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

static int show_screen(struct trace *trace, const struct options *options, struct buf *error)
{
    const char *slash = strrchr(options->file, '/');
    struct tui_options screen = { .title = slash != NULL ? slash + 1 : options->file, .reveal = options->reveal,
                                  .file = options->file, .keylog = options->keylog, .filter = options->filter };
    return tui_run(trace, &screen, error);
}

static int show(const struct options *options, const struct filter *filter)
{
    struct buf error;
    buf_init(&error, 4096);
    int status = FAILURE;
    const bool bare = options->exporter != NULL && options->exporter->source != FROM_CAPTURE;
    const bool screen = options->face == NULL && options->exporter == NULL && has_terminal();
    struct trace *trace = bare ? NULL : trace_open(options->file, options->keylog, &error);
    struct selection *selection = filter != NULL && !bare ? selection_new(filter) : NULL;
    struct print_options print = { options->fields, options->field_count, options->header, options->reveal,
                                   options->exchanges, selection };
    const struct face *face = options->face != NULL ? options->face : face_find("packets");
    const struct export_options export = { options->file, options->keylog, options->reveal, options->exchanges,
                                           options->packet, selection };
    const bool ready = bare || (trace != NULL && (selection == NULL || screen ||
                       selection_learn(selection, options->file, options->keylog, options->reveal, &error) == 0));
    if (ready &&
        (options->exporter != NULL ? export_trace(options->exporter, trace, &export, options->out, &error) :
         screen ? show_screen(trace, options, &error) : face->print(trace, &print, stdout, &error)) == 0)
        status = SUCCESS;
    if (fflush(stdout) != 0 || ferror(stdout)) {
        complain(_("The output could not be written."));
        status = FAILURE;
    }
    if (error.len > 0)
        complain(buf_text(&error));
    else if (trace != NULL && capture_error(trace_capture(trace)) != NULL) {
        complain(capture_error(trace_capture(trace)));
        status = FAILURE;
    }
    trace_free(trace);
    selection_free(selection);
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
    if (options.file == NULL && !alone) {
        complain(_("Which capture? Give the name of a pcap or pcapng file; see visualizer --help."));
        return WRONG_USAGE;
    }
    static char output[1 << 16];
    setvbuf(stdout, output, _IOFBF, sizeof output);
    return show_filtered(&options);
}
