/*
 * live_wire.c - looks at a running wire from outside: its recording grows by
 * itself, and with each look the wire is asked what it holds (wire_watch.h).
 */
#include "visualizer/live.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "visualizer/capture.h"
#include "visualizer/wire_watch.h"

enum { MOST_ANSWER = 64 * 1024 };

struct live_wire {
    int fd;
    uint64_t before;        /* frames that the wire had seen when its recording began */
    bool holding;
    struct live_held *held;
    size_t held_count, held_room;
};

static void add_held(struct live_wire *wire, const struct live_held *held)
{
    if (wire->held_count == wire->held_room) {
        wire->held_room = wire->held_room * 2 + 16;
        wire->held = mem_grow(wire->held, wire->held_room, sizeof *wire->held);
    }
    wire->held[wire->held_count++] = *held;
}

/* Lines as wire_control.c writes them: number, port, seconds, repetitions, and what may be added to them later. */
static void read_held(struct live_wire *wire, const char *text)
{
    wire->held_count = 0;
    for (const char *end; (end = strchr(text, '\n')) != NULL; text = end + 1) {
        struct live_held held = { .number = 0 };
        char port[64];
        if (sscanf(text, "%" SCNu64 "\t%63[^\t]\t%lf s\t%u", &held.number, port, &held.seconds, &held.again) != 4)
            continue;
        if (held.number > wire->before && held.number - wire->before <= UINT32_MAX)
            held.packet = (uint32_t)(held.number - wire->before);
        add_held(wire, &held);
    }
}

static void look(struct live *live)
{
    struct buf answer;
    buf_init(&answer, MOST_ANSWER);
    if (live_wire_say(live, "state", &answer) == 0) {
        live->wire->holding = strncmp(buf_text(&answer), "holding", 7) == 0;
        buf_clear(&answer);
        if (live_wire_say(live, "held", &answer) == 0)
            read_held(live->wire, buf_text(&answer));
    }
    if (live->ended)
        live->wire->held_count = 0;
    buf_free(&answer);
}

/* The wire says nothing unasked: that its socket can be read means that it is gone. */
static void take(struct live *live, int milliseconds)
{
    struct pollfd gone = { .fd = live->wire->fd, .events = POLLIN };
    if (milliseconds > 0)
        (void)poll(&gone, 1, milliseconds);
    look(live);
}

static void close_wire(struct live *live)
{
    close(live->wire->fd);
    free(live->wire->held);
    free(live->wire);
}

struct live *live_wire_open(const char *control, struct buf *error)
{
    int recording;
    uint64_t before;
    int fd = wire_watch_attach(control, &recording, &before, error);
    if (fd < 0)
        return NULL;
    struct live *live = live_new(_("the wire"));
    live_set_path(live, recording);
    live->capture = capture_open_descriptor(recording, control, error);
    live->wire = mem_alloc(sizeof *live->wire);
    live->wire->fd = fd;
    live->wire->before = before;
    live->take = take;
    live->close = close_wire;
    if (live->capture != NULL)
        return live;
    live_close(live);
    return NULL;
}

const struct live_held *live_wire_held(const struct live_wire *wire, size_t *count)
{
    *count = wire->held_count;
    return wire->held;
}

const struct live_held *live_wire_find(const struct live_wire *wire, uint32_t packet)
{
    for (size_t i = 0; packet > 0 && i < wire->held_count; i++)
        if (wire->held[i].packet == packet)
            return &wire->held[i];
    return NULL;
}

bool live_wire_holds(const struct live_wire *wire)
{
    return wire->holding;
}

uint64_t live_wire_number(const struct live_wire *wire, uint32_t packet)
{
    return wire->before + packet;
}

int live_wire_say(struct live *live, const char *words, struct buf *answer)
{
    size_t before = answer->len;
    if (live->ended)
        return -1;
    if (wire_watch_say(live->wire->fd, words, answer) != 0) {
        live_end(live, false, _("The wire has ended, or lets nobody watch any longer."));
        return -1;
    }
    const char *text = buf_text(answer) + before;
    return strncmp(text, "error:", 6) == 0 ? -1 : 0;
}
