/*
 * wire_seen.h - a wire's core between two hosts, alice and mail, and what it did there.
 */
#ifndef PLI_TESTS_WIRE_SEEN_H
#define PLI_TESTS_WIRE_SEEN_H

#include "core/buf.h"
#include "visualizer/wire_core.h"

struct seen {
    struct buf sent;        /* "mail:B alice:C ...": port and the last byte of each frame that left */
    struct buf comments;    /* of what was recorded, and notes, a line each */
    unsigned recorded;
};

/* fault: what the wire does wrong, in its words, or NULL. */
struct wire_core *seen_start(struct seen *seen, const char *fault);
void seen_stop(struct wire_core *core, struct seen *seen);

#endif
