/*
 * wire_record.h - the recording that the wire makes of what passes.
 *
 * A pcapng file with one interface per port, the names of the hosts, every
 * frame at the time when it arrived at the wire, and the TLS keys. Programs
 * that log their keys (SSLKEYLOGFILE) write them before they send what is
 * enciphered with them; so the key logs are looked at before each batch of
 * frames is recorded, and new lines go into the file ahead of those frames.
 * The same line from both ends is kept once.
 */
#ifndef PLI_VISUALIZER_WIRE_RECORD_H
#define PLI_VISUALIZER_WIRE_RECORD_H

#include <stdint.h>

#include "core/buf.h"
#include "visualizer/pcapng_write.h"

struct wire_record;

struct wire_record_options {
    const char *const *keylogs;     /* files that may come to be later */
    unsigned keylog_count;
    const char *hosts;              /* a file in the form of hosts(5), or NULL */
    void *context;
    void (*keys)(void *context, struct span lines); /* hears of every key line that is new; or NULL */
};

/* NULL, and one full sentence (translated) in error. ports: names, in the order of their numbers. */
struct wire_record *wire_record_start(const char *path, const char *const *ports, unsigned count,
                                      const struct wire_record_options *options, struct buf *error);

void wire_record_keys(struct wire_record *record);      /* before the frames of a batch */

/* Answers the frame's number in the recording, from 1. */
uint64_t wire_record_frame(struct wire_record *record, const struct pcapng_packet *packet);

/* About a port, at a time: no packet. */
void wire_record_note(struct wire_record *record, unsigned port, int64_t time, const char *text);

int wire_record_flush(struct wire_record *record);

struct wire_record_counts {
    uint64_t received, lost;
};

/* counts: one for each port, or NULL. NULL record is fine. 0, or -1 and the reason in error. */
int wire_record_end(struct wire_record *record, const struct wire_record_counts *counts, int64_t now,
                    struct buf *error);

#endif
