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
#include "visualizer/wire_options.h"
#include "visualizer/wire_port.h"
#include "visualizer/wire_record.h"
#include "visualizer/wire_switch.h"

enum { ROUNDS = 64 }; /* of frames, before signals are looked at again */

struct arrival {
    unsigned port;
    struct wire_frame frame;
};

struct wire {
    const struct wire_options *options;
    unsigned count;
    struct wire_port *ports;
    struct wire_switch *table;
    struct wire_record *record;
    struct pollfd *polled;      /* the ports, then the signals */
    struct arrival batch[WIRE_BATCH];
};

static int64_t now_nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
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

static int open_ports(struct wire *wire, struct buf *error)
{
    const struct wire_options *options = wire->options;
    wire->table = wire_switch_new();
    wire->ports = mem_alloc(options->port_count * sizeof *wire->ports);
    for (unsigned i = 0; i < options->port_count; i++) {
        wire->count++;
        wire_switch_add(wire->table, options->ports[i].segment);
        if (wire_port_open(&wire->ports[i], options->ports[i].name, error) != 0)
            return -1;
    }
    wire->polled = mem_alloc((wire->count + 1) * sizeof *wire->polled);
    for (unsigned i = 0; i < wire->count; i++)
        wire->polled[i] = (struct pollfd){ .fd = wire->ports[i].fd, .events = POLLIN };
    wire->polled[wire->count] = (struct pollfd){ .fd = open_signals(), .events = POLLIN };
    return 0;
}

static int start_record(struct wire *wire, struct buf *error)
{
    const struct wire_options *options = wire->options;
    if (options->record == NULL)
        return 0;
    const char *names[WIRE_MAX_PORTS];
    for (unsigned i = 0; i < wire->count; i++)
        names[i] = wire->ports[i].name;
    struct wire_record_options how = {
        .keylogs = options->keylogs,
        .keylog_count = options->keylog_count,
        .hosts = options->hosts,
    };
    wire->record = wire_record_start(options->record, names, wire->count, &how, error);
    return wire->record == NULL ? -1 : 0;
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

static void record_arrival(struct wire *wire, const struct arrival *arrival)
{
    struct pcapng_packet packet = {
        .interface = arrival->port,
        .time = arrival->frame.time,
        .data = { (const char *)arrival->frame.data, arrival->frame.length },
        .direction = PCAPNG_INBOUND,
    };
    wire_record_frame(wire->record, &packet);
}

static void forward(struct wire *wire, const struct arrival *arrival)
{
    struct wire_ports to = wire_switch_route(wire->table, arrival->port, arrival->frame.data, arrival->frame.length);
    for (unsigned i = 0; i < wire->count; i++)
        if (wire_ports_has(&to, i))
            wire_port_send(&wire->ports[i], arrival->frame.data, arrival->frame.length);
}

/* One batch of frames in, and out again. Answers how many. */
static unsigned pass_frames(struct wire *wire)
{
    unsigned count = 0;
    while (count < WIRE_BATCH && take_earliest(wire, &wire->batch[count]))
        count++;
    if (count == 0)
        return 0;
    if (wire->record != NULL) {
        /* After the frames were taken: the keys of what they carry were logged before they were sent. */
        wire_record_keys(wire->record);
        for (unsigned i = 0; i < count; i++)
            record_arrival(wire, &wire->batch[i]);
    }
    for (unsigned i = 0; i < count; i++)
        forward(wire, &wire->batch[i]);
    for (unsigned i = 0; i < wire->count; i++) {
        wire_port_flush(&wire->ports[i]);
        wire_port_release(&wire->ports[i]);
    }
    return count;
}

/* Forwards until a signal says to end. 0, or -1 when the recording cannot go on. */
static int run(struct wire *wire, struct buf *error)
{
    for (;;) {
        if (poll(wire->polled, wire->count + 1, -1) < 0 && errno != EINTR) {
            buf_printf(error, _("The wire cannot wait for frames: %s."), strerror(errno));
            return -1;
        }
        for (unsigned rounds = 0; rounds < ROUNDS && pass_frames(wire) > 0; rounds++)
            continue;
        if (wire->record != NULL && wire_record_flush(wire->record) != 0)
            return -1;
        if (wire->polled[wire->count].revents & POLLIN)
            return 0;
    }
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
                fprintf(stderr, _("%s: %s: %llu frames lost, %llu not sent: the wire was too slow.\n"), "visualizer",
                        port->name, (unsigned long long)port->lost, (unsigned long long)port->unsent);
        }
        wire_port_close(port);
    }
    int result = wire_record_end(wire->record, counts, now_nanoseconds(), error);
    free(counts);
    free(wire->ports);
    free(wire->polled);
    free(wire->table);
    return result;
}

static int join(const struct wire_options *options, struct buf *error)
{
    struct wire *wire = mem_alloc(sizeof *wire);
    wire->options = options;
    int result = open_ports(wire, error);
    if (result == 0)
        result = start_record(wire, error);
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
        if (result == 0 && options.port_count > 0)
            result = join(&options, &error);
        status = result == 0 ? 0 : 1;
    }
    if (error.len > 0)
        fprintf(stderr, "visualizer: %s\n", buf_text(&error));
    wire_options_free(&options);
    buf_free(&error);
    return status;
}
