/*
 * trace.h - an opened capture and what was learnt by going through it.
 *
 * Two ways to look at packets, both with the same decoders:
 *
 * The pass goes from the first packet to the last, once, a slice at a time,
 * and keeps what later packets depend on: flows, TCP state, reassembly, TLS.
 * Listeners (the exchange engine, a printing face) get every packet, decoded
 * in its context, with the PDUs that complete in it. It can be continued
 * whenever the capture has grown.
 *
 * trace_packet() gives any packet that the pass has been over, again, in full,
 * by replaying its own flow only. Replaying goes on from where the last one in
 * that flow stopped and the latest packets are kept, so stepping is cheap in
 * both directions.
 */
#ifndef PLI_VISUALIZER_TRACE_H
#define PLI_VISUALIZER_TRACE_H

#include "visualizer/capture.h"
#include "visualizer/packet.h"
#include "visualizer/stream.h"
#include "visualizer/wire_note.h"

struct trace;

typedef void trace_listener(void *context, const struct packet *packet);

/* NULL, and one full sentence in error. keylog: a file of TLS keys, or NULL. */
struct trace *trace_open(const char *path, const char *keylog, struct buf *error);
/* The same over a capture that is open already; it belongs to the trace from now on (freed on failure, too). */
struct trace *trace_of_capture(struct capture *capture, const char *keylog, struct buf *error);
void trace_free(struct trace *trace);

/* Before the pass begins: nobody will ask for packets again, so nothing is kept for that. */
void trace_forward_only(struct trace *trace);

/* Before the pass begins: 1 or 2; 0: two where it pays. Two only where listeners look at nothing but values of fields
 * and the pass goes forward only; they are called in the second one then. */
void trace_threads(struct trace *trace, unsigned threads);

/* Before the pass begins. wants: what the listener needs to see in the packets (the sum of all is produced);
 * NULL: layers and details only. */
void trace_listen(struct trace *trace, trace_listener *listener, void *context, const struct wants *wants);

/* Goes over up to limit further packets (0: all there are). false: nothing left for now. */
bool trace_pass(struct trace *trace, size_t limit);

/* Of a capture that grows: more waits until there is something new; false when nothing will come any more. */
void trace_more(struct trace *trace, bool (*more)(void *context), void *context);
/* Waits so; false for a capture that does not grow. */
bool trace_wait(struct trace *trace);

size_t trace_passed(const struct trace *trace);   /* packets that the pass went over */

/* Any packet from 1 to trace_passed(), with all its fields and infos. Belongs to the trace; valid until the next
 * few calls (TRACE_KEPT packets are kept). NULL when there is no such packet. */
enum { TRACE_KEPT = 256 };
const struct packet *trace_packet(struct trace *trace, uint32_t number);

/* The flow a packet belongs to: its packets by number, ascending; count 0 for a packet outside any flow. */
size_t trace_flow(struct trace *trace, uint32_t number, uint32_t *numbers, size_t max);

struct capture *trace_capture(const struct trace *trace);
/* What the capture file itself calls this address (a name resolution block); NULL. */
const char *trace_name(const struct trace *trace, const struct net_address *address);
/* What the wire of the lab wrote down of packets that it had recorded before: how many notes, in order. */
size_t trace_wire_notes(const struct trace *trace, const struct wire_note **notes);

#endif
