#include "wire.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "visualizer/filter.h"
#include "visualizer/wire_control.h"
#include "visualizer/wire_core.h"
#include "visualizer/wire_options.h"
#include "visualizer/wire_port.h"
#include "visualizer/wire_record.h"
#include "visualizer/wire_screen.h"
#include "visualizer/wire_watch.h"

enum { ROUNDS = 64 }; /* of frames, before signals are looked at again */

/* The recording that is made for watchers only lies in memory: this much of it. */
static const uint64_t WATCHED_MAX = (uint64_t)64 << 20;

struct arrival {
    unsigned port;
    struct wire_frame frame;
};

struct wire {
    const struct wire_options *options;
    unsigned count;
    struct wire_port *ports;
    struct wire_core *core;
    struct wire_record *record;
    struct wire_watch *watch;   /* or NULL */
    char *watched;              /* the recording that watchers are given */
    bool watched_only;          /* it was begun for them */
    uint64_t watched_bytes, watched_before;
    struct pollfd *polled;      /* the ports, then signals and commands, then watchers */
    bool at_once;               /* frames are sent one by one: they may be gone later */
    struct arrival batch[WIRE_BATCH];
};

/* The recording wants CLOCK_REALTIME, delays want CLOCK_MONOTONIC. */
static int64_t nanoseconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Signals are read like everything else, so that none interrupts the forwarding of a frame. */
static int open_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void send_frame(void *context, unsigned port, const uint8_t *data, size_t length)
{
    struct wire *wire = context;
    wire_port_send(&wire->ports[port], data, length);
    if (wire->at_once)
        wire_port_flush(&wire->ports[port]);
}

static void record_frame(void *context, unsigned port, int64_t time, const uint8_t *data, size_t length,
                         const char *comment)
{
    struct wire *wire = context;
    struct pcapng_packet packet = {
        .interface = port,
        .time = time,
        .data = { (const char *)data, length },
        .direction = PCAPNG_INBOUND,
        .comment = comment,
    };
    if (wire->record == NULL)
        return;
    wire_record_frame(wire->record, &packet);
    wire->watched_bytes += length;
}

/* About a packet that was recorded before. */
static void record_note(void *context, unsigned port, const char *sentence, struct wire_note *note)
{
    struct wire *wire = context;
    struct buf text;
    if (wire->record == NULL)
        return;
    buf_init(&text, 8192);
    note->at = nanoseconds(CLOCK_REALTIME);
    wire_note_write(&text, sentence, note);
    wire_record_note(wire->record, port, note->at, buf_text(&text));
    buf_free(&text);
}

static int open_core(struct wire *wire, struct buf *error)
{
    const struct wire_options *options = wire->options;
    struct wire_out out = { wire, send_frame, record_frame, record_note };
    wire->core = wire_core_new(&out);
    for (unsigned i = 0; i < options->fault_count; i++) {
        struct wire_fault fault;
        buf_printf(error, _("The fault \"%s\" is not understood: "), options->faults[i]);
        if (wire_fault_parse(&fault, options->faults[i], error) != 0) {
            wire_fault_free(&fault);
            return -1;
        }
        buf_clear(error);
        wire_core_add_fault(wire->core, &fault);
    }
    if (options->hold)
        wire_core_hold(wire->core, NULL);
    if (options->until != NULL) {
        struct filter *until = filter_compile(options->until, NULL, error);
        if (until == NULL)
            return -1;
        wire_core_until(wire->core, until);
    }
    return options->script == NULL ? 0 : wire_control_script(wire->core, options->script, error);
}

static int open_ports(struct wire *wire, struct buf *error)
{
    const struct wire_options *options = wire->options;
    wire->ports = mem_alloc(options->port_count * sizeof *wire->ports);
    for (unsigned i = 0; i < options->port_count; i++) {
        wire->count++;
        wire_core_add_port(wire->core, options->ports[i].name, options->ports[i].segment);
        if (wire_port_open(&wire->ports[i], options->ports[i].name, error) != 0)
            return -1;
    }
    wire->polled = mem_alloc((wire->count + 2 + WIRE_WATCH_POLLED) * sizeof *wire->polled);
    for (unsigned i = 0; i < wire->count; i++)
        wire->polled[i] = (struct pollfd){ .fd = wire->ports[i].fd, .events = POLLIN };
    wire->polled[wire->count] = (struct pollfd){ .fd = open_signals(), .events = POLLIN };
    int control = options->control == NULL ? -1 : wire_control_open(options->control, error);
    wire->polled[wire->count + 1] = (struct pollfd){ .fd = control, .events = POLLIN };
    if (options->control == NULL)
        return 0;
    wire->watch = control < 0 ? NULL : wire_watch_open(options->control, error);
    return wire->watch == NULL ? -1 : 0;
}

static void take_keys(void *context, struct span lines)
{
    struct wire *wire = context;
    wire_core_keys(wire->core, lines);
}

static int start_record(struct wire *wire, const char *path, struct buf *error)
{
    const struct wire_options *options = wire->options;
    if (path == NULL)
        return 0;
    const char *names[WIRE_MAX_PORTS];
    for (unsigned i = 0; i < wire->count; i++)
        names[i] = wire->ports[i].name;
    struct wire_record_options how = {
        .keylogs = options->keylogs,
        .keylog_count = options->keylog_count,
        .hosts = options->hosts,
        .context = wire,
        .keys = take_keys,
    };
    wire->record = wire_record_start(path, names, wire->count, &how, error);
    wire->watched_before = wire_core_count(wire->core);
    return wire->record == NULL ? -1 : 0;
}

/* Without --record, a recording lies beside the socket (in the lab that is a place in memory) from the moment when
 * there is something to look at: somebody watches, or frames are held or meddled with. */
static void begin_watched(struct wire *wire)
{
    struct buf error;
    if (wire->record != NULL || wire->watch == NULL)
        return;
    buf_init(&error, 4096);
    if (wire->watched == NULL)
        wire->watched = mem_printf("%s.pcapng", wire->options->control);
    wire->watched_bytes = 0;
    wire->watched_only = start_record(wire, wire->watched, &error) == 0;
    buf_free(&error);
}

static void admit(struct wire *wire)
{
    begin_watched(wire);
    wire_watch_admit(wire->watch, wire->watched_only ? wire->watched : wire->options->record, wire->watched_before);
}

/* A recording that nobody asked to keep does not fill the memory: it ends, and the next watcher begins a new one. */
static void bound_watched(struct wire *wire)
{
    if (!wire->watched_only || wire->watched_bytes < WATCHED_MAX)
        return;
    struct buf error;
    buf_init(&error, 4096);
    wire_watch_dismiss(wire->watch, wire->core);
    unlink(wire->watched);
    wire_record_end(wire->record, NULL, 0, &error);
    wire->record = NULL;
    wire->watched_only = false;
    buf_free(&error);
}

static void serve(struct wire *wire)
{
    const struct pollfd *control = &wire->polled[wire->count + 1], *watchers = control + 1;
    int64_t now = nanoseconds(CLOCK_MONOTONIC);
    wire->at_once = true;
    if (control->revents & POLLIN)
        wire_control_serve(control->fd, wire->core, now);
    if (wire->watch == NULL)
        return;
    wire_watch_serve(wire->watch, watchers, wire->core, now);
    if (wire_watch_knocks(watchers))
        admit(wire);
    bound_watched(wire);
}

/* Takes the frame that arrived first, wherever it waits: so the recording is in the order of arrival. */
static bool take_earliest(struct wire *wire, struct arrival *arrival)
{
    bool found = false;
    for (unsigned i = 0; i < wire->count; i++) {
        struct wire_frame frame;
        if (wire_port_peek(&wire->ports[i], &frame) && (!found || frame.time < arrival->frame.time)) {
            *arrival = (struct arrival){ i, frame };
            found = true;
        }
    }
    if (found)
        wire_port_take(&wire->ports[arrival->port]);
    return found;
}

/* One batch of frames in, and out again. Answers how many. */
static unsigned pass_frames(struct wire *wire)
{
    unsigned count = 0;
    while (count < WIRE_BATCH && take_earliest(wire, &wire->batch[count]))
        count++;
    if (count == 0)
        return 0;
    if (!wire_core_is_idle(wire->core))
        begin_watched(wire);
    /* After the frames were taken: the keys of what they carry were logged before they were sent. */
    if (wire->record != NULL)
        wire_record_keys(wire->record);
    int64_t now = nanoseconds(CLOCK_MONOTONIC);
    for (unsigned i = 0; i < count; i++) {
        const struct arrival *arrival = &wire->batch[i];
        wire->at_once = !wire_core_is_idle(wire->core);
        wire_core_arrive(wire->core, arrival->port, arrival->frame.data, arrival->frame.length, arrival->frame.time,
                         now);
    }
    for (unsigned i = 0; i < wire->count; i++) {
        wire_port_flush(&wire->ports[i]);
        wire_port_release(&wire->ports[i]);
    }
    return count;
}

/* Waits for frames, signals and commands, and for the time when a delayed frame is to go. */
static int wait_for_work(struct wire *wire, struct buf *error)
{
    int64_t due = wire_core_due(wire->core), now = nanoseconds(CLOCK_MONOTONIC);
    int64_t left = due > now ? due - now : 0;
    struct timespec timeout = { left / 1000000000, left % 1000000000 };
    wire_watch_poll(wire->watch, wire->polled + wire->count + 2);
    unsigned polled = wire->count + 2 + WIRE_WATCH_POLLED;
    if (ppoll(wire->polled, polled, due < 0 ? NULL : &timeout, NULL) < 0 && errno != EINTR) {
        buf_printf(error, _("The wire cannot wait for frames: %s."), strerror(errno));
        return -1;
    }
    for (unsigned i = 0; i < wire->count; i++)
        if (wire->polled[i].revents & POLLERR)
            wire_port_clear(&wire->ports[i]);
    serve(wire);
    wire_core_wake(wire->core, nanoseconds(CLOCK_MONOTONIC));
    return 0;
}

/* Forwards until a signal says to end. 0, or -1 when the recording cannot go on. */
static int run(struct wire *wire, struct buf *error)
{
    while (wait_for_work(wire, error) == 0) {
        for (unsigned rounds = 0; rounds < ROUNDS && pass_frames(wire) > 0; rounds++)
            continue;
        if (wire->record != NULL && wire_record_flush(wire->record) != 0)
            return -1;
        if (wire->polled[wire->count].revents & POLLIN)
            return 0;
    }
    return -1;
}

static int finish(struct wire *wire, struct buf *error)
{
    struct wire_record_counts *counts = mem_alloc((wire->count + 1) * sizeof *counts);
    for (unsigned i = 0; i < wire->count; i++) {
        struct wire_port *port = &wire->ports[i];
        if (port->out != NULL) {
            wire_port_count(port);
            counts[i] = (struct wire_record_counts){ port->received, port->lost };
            if (port->lost + port->unsent > 0)
                fprintf(stderr,
                        _("visualizer: %s: %llu frames were lost, for the wire was too slow; "
                          "%llu could not be sent.\n"), port->name, (unsigned long long)port->lost,
                        (unsigned long long)port->unsent);
        }
        wire_port_close(port);
    }
    for (unsigned i = wire->count; wire->polled != NULL && i < wire->count + 2; i++)
        if (wire->polled[i].fd >= 0)
            close(wire->polled[i].fd);
    int result = wire_record_end(wire->record, counts, nanoseconds(CLOCK_REALTIME), error);
    free(counts);
    if (wire->watched != NULL)
        unlink(wire->watched);
    free(wire->watched);
    wire_watch_close(wire->watch);
    free(wire->ports);
    free(wire->polled);
    wire_core_free(wire->core);
    return result;
}

static int join(const struct wire_options *options, struct buf *error)
{
    struct wire *wire = mem_alloc(sizeof *wire);
    wire->options = options;
    int result = open_core(wire, error);
    if (result == 0)
        result = open_ports(wire, error);
    if (result == 0)
        result = start_record(wire, options->record, error);
    if (result == 0) {
        printf(_("The wire joins %u ports.\n"), wire->count);
        fflush(stdout);
        result = run(wire, error);
    }
    if (finish(wire, error) != 0)
        result = -1;
    free(wire);
    return result;
}

/* Says words to a wire that runs. */
static int tell(const struct wire_options *options, struct buf *error)
{
    struct buf answer;
    buf_init(&answer, 64 * 1024);
    int result = wire_control_tell(options->tell, options->words, &answer, error);
    fputs(buf_text(&answer), stdout);
    if (answer.len >= 6 && memcmp(answer.data, "error:", 6) == 0) {
        fputc('\n', stdout);
        result = -1;
    }
    buf_free(&answer);
    return result;
}

bool wire_wanted(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], "--wire", 6) == 0)
            return true;
    return false;
}

int wire_main(int argc, char **argv)
{
    struct wire_options options;
    struct buf error;
    buf_init(&error, 4096);
    int status = 2;
    if (wire_options_parse(&options, argc, argv, &error) == 0) {
        int result = 0;
        for (unsigned i = 0; i < options.plain_count && result == 0; i++)
            result = wire_port_plain(options.plain[i], &error);
        if (result == 0 && options.tell != NULL)
            result = tell(&options, &error);
        else if (result == 0 && options.port_count > 0)
            result = wire_screen_wanted() ? wire_screen(&options, join, &error) : join(&options, &error);
        status = result == 0 ? 0 : 1;
    }
    if (error.len > 0)
        fprintf(stderr, "visualizer: %s\n", buf_text(&error));
    wire_options_free(&options);
    buf_free(&error);
    return status;
}
