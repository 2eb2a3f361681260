/*
 * pipeline.h - a line of packets between two threads, for a pass over a large
 * capture.
 *
 * The first thread, the caller's, decodes the headers and judges the sequence
 * numbers; the second puts the streams together, decodes the applications, and
 * prints. Packets go from one to the other in the order of the capture, some
 * at a time, and come back to be used again, so there are never more than
 * PIPELINE_PACKETS of them. What the two threads share without a lock is
 * written by one of them only: see packet_finish() in packet.h.
 *
 * The second thread lives from pipeline_start() to pipeline_end().
 */
#ifndef PLI_VISUALIZER_PIPELINE_H
#define PLI_VISUALIZER_PIPELINE_H

#include "visualizer/capture.h"
#include "visualizer/packet.h"

enum { PIPELINE_BATCH = 64, PIPELINE_BATCHES = 4, PIPELINE_PACKETS = PIPELINE_BATCH * PIPELINE_BATCHES };

/* A packet and what the file says of it: it is needed until the end. */
struct pipeline_place {
    struct packet *packet;
    struct record record;
};

struct pipeline;

/* finish is called in the second thread for each packet. NULL: the system gives no thread, do without. */
struct pipeline *pipeline_start(void (*finish)(void *context, struct packet *packet), void *context);
/* Where the next packet is decoded; waits until the second thread is done with what was there. */
struct pipeline_place *pipeline_next(struct pipeline *pipeline);
/* It is decoded as far as the first thread does that. */
void pipeline_push(struct pipeline *pipeline);
/* Waits until all packets are finished, then ends the thread. NULL is allowed. */
void pipeline_end(struct pipeline *pipeline);

#endif
