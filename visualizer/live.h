/*
 * live.h - a capture that grows while it is looked at.
 *
 * Two places it may come from: a running wire that lets itself be watched
 * (live_wire.c), and a network device (live_pcap.c). Both are, in the end, a
 * pcapng file that somebody adds to; so everything that works on a recording
 * works on what is happening now. live_take() is called whenever there is time
 * and waits, if wanted, until something has come.
 */
#ifndef PLI_VISUALIZER_LIVE_H
#define PLI_VISUALIZER_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"

struct capture;
struct live_wire;

struct live {
    struct capture *capture;    /* for trace_of_capture(), to which it belongs from then on */
    char title[64];             /* "eth0" */
    int descriptor;             /* of the same recording, and a path to it, to read it once more */
    char path[32];
    struct live_wire *wire;     /* when it is a wire: what it holds, and how to command it; else NULL */
    bool ended;                 /* nothing will come any more */
    bool failed;                /* because something went wrong */
    struct buf why;             /* one full sentence (translated): why it has ended */
    void *context;
    void (*take)(struct live *live, int milliseconds);
    void (*close)(struct live *live);
};

/* Waits up to milliseconds for something new, and takes what there is. false: nothing will come any more. */
bool live_take(struct live *live, int milliseconds);
void live_close(struct live *live);     /* NULL is fine */

/* From now on SIGINT, SIGTERM and SIGHUP end what is live, and not the program: so it can say what it has. */
void live_hear_signals(void);

/* For those who make one: it ends, for this reason (the first one counts); NULL for none that need be told. */
void live_end(struct live *live, bool failed, const char *why);
struct live *live_new(const char *title);
/* A second look at the recording that descriptor, which stays the caller's, is open for. */
void live_set_path(struct live *live, int descriptor);

/* --- a wire ------------------------------------------------------------------------------- */

/* A frame that the wire holds. */
struct live_held {
    uint32_t packet;        /* its number in the recording we look at; 0: it came before that began */
    uint64_t number;        /* what the wire calls it */
    double seconds;         /* since it came */
    unsigned again;         /* times its sender has repeated it meanwhile */
};

/* NULL, and one full sentence in error. control: the path of the wire's socket (wire.h). */
struct live *live_wire_open(const char *control, struct buf *error);

/* As of the last live_take(): oldest first. */
const struct live_held *live_wire_held(const struct live_wire *wire, size_t *count);
const struct live_held *live_wire_find(const struct live_wire *wire, uint32_t packet); /* NULL: it is not held */
bool live_wire_holds(const struct live_wire *wire);     /* is all that comes held? */
uint64_t live_wire_number(const struct live_wire *wire, uint32_t packet);  /* what the wire calls it */

/* One command (wire_control.h); what it answers is added. -1: the wire says that it is wrong, or is gone. */
int live_wire_say(struct live *live, const char *words, struct buf *answer);

/* --- a network device ---------------------------------------------------------------------- */

struct live_limits {
    uint32_t packets;       /* end after so many; 0: no limit */
    double seconds;         /* and after so long; 0: no limit */
};

/* out: a file to keep the recording in, or NULL: it is kept in memory, and ends when that would be too much. */
struct live *live_pcap_open(const char *device, const char *out, const struct live_limits *limits, struct buf *error);

#endif
