/*
 * wire_core.h - what the wire decides, without sockets, files or clocks:
 * a frame in, a verdict, frames out.
 *
 * Frames come in by wire_core_arrive(). A fault or the debugger may drop a
 * frame, keep it (held until somebody steps, delayed until a time, or waiting
 * until others have passed it), double it or flip a bit of it; the rest goes
 * where the switch says. Out they go through the functions in struct
 * wire_out. The caller gives the time with each call and asks wire_core_due()
 * when to come back. Every frame is recorded once, when it arrives, with a
 * comment when something is done to it.
 *
 * A frame that a host sends again because the first is still held is not kept
 * a second time: it is counted with the first, recorded with a comment that
 * says so, and thrown away. So a student can hold a SYN for ten minutes and
 * then let one SYN go.
 *
 * The number of frames kept is bounded; when it is reached, the oldest goes on
 * its way.
 */
#ifndef PLI_VISUALIZER_WIRE_CORE_H
#define PLI_VISUALIZER_WIRE_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "visualizer/wire_fault.h"
#include "visualizer/wire_note.h"
#include "visualizer/wire_switch.h"

enum { WIRE_MOST_KEPT = 4096, WIRE_MOST_FAULTS = 64 };

struct filter;
struct wire_core;

struct wire_out {
    void *context;
    /* While the core is idle (wire_core_is_idle) the data is the arriving frame's own; otherwise it is gone when the
     * function returns. */
    void (*send)(void *context, unsigned port, const uint8_t *data, size_t length);
    /* comment: what the wire did to it, in the form of wire_note.h; NULL for nothing. */
    void (*record)(void *context, unsigned port, int64_t time, const uint8_t *data, size_t length,
                   const char *comment);
    /* What was done later to a packet that was recorded, note->of; the function adds the time. sentence: translated. */
    void (*note)(void *context, unsigned port, const char *sentence, struct wire_note *note);
};

/* A frame that is being held, for those who show it. */
struct wire_held {
    uint64_t number;        /* of the packet in the recording */
    unsigned port;          /* where it came from */
    int64_t since;          /* nanoseconds, the caller's clock */
    unsigned again;         /* times the sender repeated it meanwhile */
    const uint8_t *data;
    size_t length;
};

struct wire_core *wire_core_new(const struct wire_out *out);
void wire_core_free(struct wire_core *core);
/* The name is not copied. Answers the port's number, from 0. */
unsigned wire_core_add_port(struct wire_core *core, const char *name, unsigned segment);
const char *wire_core_port_name(const struct wire_core *core, unsigned port);

/* Takes the fault over. -1: there are too many. */
int wire_core_add_fault(struct wire_core *core, const struct wire_fault *fault);
void wire_core_clear_faults(struct wire_core *core);

/* time: of arrival, for the recording; now: for delays. */
void wire_core_arrive(struct wire_core *core, unsigned port, const uint8_t *data, size_t length, int64_t time,
                      int64_t now);

/* When is something to be done next? -1: never. wire_core_wake() does it. */
int64_t wire_core_due(struct wire_core *core);
void wire_core_wake(struct wire_core *core, int64_t now);

/* The debugger: hold all that comes from now on, or only what fits a filter, which is the core's from now on; let the
 * oldest go; let all go and hold no more; throw one away. */
void wire_core_hold(struct wire_core *core, struct filter *only);
bool wire_core_step(struct wire_core *core);
void wire_core_go(struct wire_core *core);
bool wire_core_drop(struct wire_core *core);    /* the oldest held one */

/* Lets the oldest go and all that follows, until a packet comes that fits the filter (which is the core's from now on),
 * or, for NULL, that begins an exchange: it and all after it are held. Of frames that were held already, each is looked
 * at by itself. */
void wire_core_until(struct wire_core *core, struct filter *filter);

/* Lines of a key log, so that TLS can be read when a rule asks for it. */
void wire_core_keys(struct wire_core *core, struct span lines);

/*
 * Does what the fault says to the held frame that has its number: dropped, delayed, doubled and reordered it is held
 * no more; with a bit flipped it stays, is recorded again as it is now, and has a new number. false: no such frame is
 * held, or there is nothing to do to it (hold, limit). time: for the recording.
 */
bool wire_core_strike(struct wire_core *core, const struct wire_fault *fault, int64_t time, int64_t now);

/* The oldest held frame, index 0, and those after it; false when there are not so many. */
bool wire_core_held(const struct wire_core *core, size_t index, struct wire_held *held);

uint64_t wire_core_count(const struct wire_core *core);     /* frames that arrived */
bool wire_core_is_holding(const struct wire_core *core);    /* is all that comes held? */
/* Is there nothing to decide? Then frames can be forwarded without a copy. */
bool wire_core_is_idle(const struct wire_core *core);

#endif
