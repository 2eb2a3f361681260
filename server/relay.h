/*
 * relay.h - brings the letters of the queue to other servers.
 *
 * What is to be tried when is a timetable in memory: for each destination a
 * heap of (time, letter), filled from the files of the queue (queue.h) when
 * the server starts, when somebody rings the bell, and letter by letter as
 * they come in. An entry costs 32 octets; envelopes and letters are read when
 * their turn comes.
 *
 * One thread keeps the timetable's clock. Sending may wait long for the other
 * server, so it has threads of its own, made as they are needed up to
 * default_process_limit, and none of them works for the sessions. A
 * destination has at most default_destination_concurrency_limit of them, and
 * one whose servers cannot be reached is left alone for a while, whatever
 * waits for it: it cannot hold up the others.
 *
 * relay_job.c sends a letter and notes what became of it; relay_route.c finds
 * the servers of a destination; relay_dialogue.c talks to one of them.
 */
#ifndef PLI_SERVER_RELAY_H
#define PLI_SERVER_RELAY_H

#include <stddef.h>

#include "core/buf.h"
#include "server/listener.h"
#include "server/queue_envelope.h"

struct relay;
struct runtime;

/* own: the sockets we listen on, to notice letters that would come back to us. Both outlive the relay. NULL with a
 * line in errors. */
struct relay *relay_new(struct runtime *runtime, const struct listener_socket *own, size_t own_count,
                        struct buf *errors);

/* Letters that are being sent have `grace` seconds to end. */
void relay_free(struct relay *relay, unsigned grace);

/* A letter was put into the queue. relay NULL: nothing happens. */
void relay_submit(struct relay *relay, const struct queue_envelope *envelope);

/* Looks at all the files again, now: the settings changed. */
void relay_look(struct relay *relay);

#endif
