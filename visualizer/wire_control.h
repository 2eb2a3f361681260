/*
 * wire_control.h - commands to a running wire, one datagram each, over a
 * socket in the file system: from scripts (netlab wire ...) and from screens.
 *
 *     hold [FILTER]    hold every frame from now on, or only what fits a display filter
 *     step [N]         let the oldest held frame (the N oldest) go
 *     until FILTER     let all go until a packet comes that fits; hold it and all after it
 *     next             the same until a packet begins an exchange
 *     go               let all go and hold no more
 *     drop             throw the oldest held frame away
 *     held             list the held frames
 *     fault TEXT       one more fault (wire_fault.h); of a packet that is held, it is done at once
 *     clear            forget the faults
 *     count            how many frames arrived
 *     state            "holding" or "passing", and how many are held
 *
 * Each is answered by a text; when something is wrong it begins with "error: ".
 */
#ifndef PLI_VISUALIZER_WIRE_CONTROL_H
#define PLI_VISUALIZER_WIRE_CONTROL_H

#include "core/buf.h"
#include "visualizer/wire_core.h"

/* A socket to be polled, or -1 and a sentence in error. */
int wire_control_open(const char *path, struct buf *error);

/* Obeys what has arrived. now: as for the core. */
void wire_control_serve(int fd, struct wire_core *core, int64_t now);

/* One command; the answer is added to the buffer. */
void wire_control_obey(struct wire_core *core, const char *command, int64_t now, struct buf *answer);

/* Adds the faults of a script, one a line. -1: a sentence in error that names file and line. */
int wire_control_script(struct wire_core *core, const char *path, struct buf *error);

/* The other side: says words to the wire that listens at path, and adds what it answers. */
int wire_control_tell(const char *path, const char *words, struct buf *answer, struct buf *error);

#endif
