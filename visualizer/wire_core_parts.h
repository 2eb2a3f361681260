/*
 * wire_core_parts.h - the inside of the wire's decisions: what wire_core.c,
 * which forwards, shares with wire_debug.c, which holds, steps and runs. Nobody
 * else includes this.
 */
#ifndef PLI_VISUALIZER_WIRE_CORE_PARTS_H
#define PLI_VISUALIZER_WIRE_CORE_PARTS_H

#include "visualizer/wire_core.h"
#include "visualizer/wire_dissect.h"

enum wait { WAIT_STEP, WAIT_TIME, WAIT_OTHERS };

/* A frame that is kept. They form one list, in the order of arrival. */
struct kept {
    struct kept *next;
    enum wait wait;
    int64_t due;            /* WAIT_TIME */
    unsigned others;        /* WAIT_OTHERS: frames from the same port that are to pass first */
    uint64_t number;
    unsigned port;
    int64_t since;
    unsigned again;
    bool begins;            /* it begins an exchange, as far as was looked */
    uint8_t *sent;          /* as the host sent it, when the wire has changed it since; owned */
    size_t sent_length;
    size_t length;
    uint8_t data[];
};

/* Everything passes, until something fits: then that is held, and everything after it. */
enum run { RUN_NOT, RUN_FILTER, RUN_EXCHANGE };

struct wire_core {
    struct wire_out out;
    struct wire_switch *table;
    const char *names[WIRE_MAX_PORTS];
    int64_t free_at[WIRE_MAX_PORTS];    /* under a limit: when the line of this port is free again */
    struct wire_fault faults[WIRE_MOST_FAULTS];
    size_t fault_count;
    struct kept *first;
    size_t kept;
    uint64_t arrived;
    uint64_t given;         /* faults */
    bool holding;
    struct filter *only;    /* what is held while holding; NULL: everything */
    enum run run;
    struct filter *until;   /* RUN_FILTER */
    struct wire_dissect *dissect;
};

/* Adds a copy of the frame to those that are kept: held, until the caller says otherwise. */
struct kept *wire_keep(struct wire_core *core, unsigned port, const uint8_t *data, size_t length, int64_t now);

/* Takes one out of the list, sends it unless it is to be lost, and frees it. */
void wire_let_go(struct wire_core *core, struct kept **place, bool lost);
void wire_deliver(struct wire_core *core, unsigned from, const uint8_t *data, size_t length);

/* What a fault does to a packet: in words, and for programs. byte, bit: where it changes it. */
void wire_describe(struct buf *comment, const struct wire_fault *fault, enum wire_deed deed, uint64_t of, uint32_t byte,
                   uint8_t bit);

/* A frame arrived: is it what is run to? Then everything is held from now on. */
void wire_run_look(struct wire_core *core, const struct packet *packet);

#endif
