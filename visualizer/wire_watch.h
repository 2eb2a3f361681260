/*
 * wire_watch.h - people who look at a running wire: the other side is the
 * visualizer's screen (live_wire.c).
 *
 * Beside the socket for commands (wire_control.h) there is one for watchers,
 * of the same name with ".watch" behind it. Who connects is handed the
 * recording, open for reading, and may then say the same commands, one a
 * packet, each answered by one. So a watcher sees a frame in the recording
 * before it is delivered, and the list of held frames in the answers.
 *
 * A watcher is never waited for: one that does not take its answers is let go
 * of. When a watcher who held the traffic goes, however it ends, and no other
 * holds it, the wire lets everything go: a screen that dies stops no network.
 */
#ifndef PLI_VISUALIZER_WIRE_WATCH_H
#define PLI_VISUALIZER_WIRE_WATCH_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "visualizer/wire_core.h"

enum { WIRE_MAX_WATCHERS = 16, WIRE_WATCH_POLLED = WIRE_MAX_WATCHERS + 1 };

struct wire_watch;

/* NULL: a sentence in error. control: path of the commands' socket. */
struct wire_watch *wire_watch_open(const char *control, struct buf *error);
void wire_watch_close(struct wire_watch *watch);

/* What is to be polled: WIRE_WATCH_POLLED of them; before each poll(). */
void wire_watch_poll(const struct wire_watch *watch, struct pollfd *polled);
/* Somebody waits to be let in: then the caller sees that there is a recording. */
bool wire_watch_knocks(const struct pollfd *polled);

/* recording: its path, which is opened for whoever knocks; before: frames that arrived before it began. */
void wire_watch_admit(struct wire_watch *watch, const char *recording, uint64_t before);
void wire_watch_serve(struct wire_watch *watch, const struct pollfd *polled, struct wire_core *core, int64_t now);
/* Lets go of all: the recording that they look at ends. */
void wire_watch_dismiss(struct wire_watch *watch, struct wire_core *core);

/* --- the other side ----------------------------------------------------------------------- */

/* A connection, or -1 and one full sentence in error. recording: open for reading, the caller's from now on. */
int wire_watch_attach(const char *control, int *recording, uint64_t *before, struct buf *error);
/* 0, or -1 when the wire is gone. The answer is added to the buffer. */
int wire_watch_say(int fd, const char *words, struct buf *answer);

#endif
