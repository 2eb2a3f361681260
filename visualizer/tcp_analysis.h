/*
 * tcp_analysis.h - what the sequence numbers of a connection reveal: lost,
 * repeated and reordered segments, full and closed windows, round trips.
 *
 * A passive observer can only suspect; the rules by which are Wireshark's (its
 * User's Guide, "TCP Analysis", describes them), so that both suspect the same.
 */
#ifndef PLI_VISUALIZER_TCP_ANALYSIS_H
#define PLI_VISUALIZER_TCP_ANALYSIS_H

#include "visualizer/tcp.h"

enum { SCALE_UNKNOWN = -1, SCALE_NONE = -2 };

/* A segment that was not acknowledged yet. */
struct unacknowledged {
    uint32_t packet, sequence, next;
    int64_t time;
};

/* What is known of one direction. There are as many as connections: the order keeps it small. */
struct tcp_side {
    int64_t next_time;
    int64_t acknowledged_time;
    struct unacknowledged *waiting; /* in the order of the capture; owned */
    uint16_t waiting_count, waiting_room;
    uint32_t base;                  /* the SYN's sequence number, or one less than the first seen */
    uint32_t next;                  /* the highest that was announced by a segment so far */
    uint32_t next_packet;
    uint32_t contiguous;            /* seen without a hole up to here: more cannot be acknowledged honestly */
    uint32_t acknowledged;          /* the last acknowledgement number this side sent */
    uint32_t window;                /* the last one this side sent, not scaled */
    uint32_t first_of_duplicates;
    uint32_t notes;                 /* of its last segment */
    uint32_t push_bytes;
    uint32_t sacked;                /* bytes that the SACK blocks of its last segment tell of */
    int8_t scale;
    int duplicates;                 /* duplicate acknowledgements in a row; -1 after one of the unseen */
    bool base_known, next_known, contiguous_known;
    bool window_of_syn;             /* ... which is never scaled */
    bool in_flight_valid;
    bool pushed;
};

/* The header, as far as it matters. */
struct tcp_segment {
    uint32_t sequence, acknowledgement; /* raw */
    uint32_t length;
    uint16_t flags;
    uint16_t window;
};

/* What one segment revealed. */
struct tcp_findings {
    uint32_t notes;                 /* enum tcp_note */
    bool anything;                  /* there is something to show under tcp.analysis */
    uint32_t acknowledges;          /* packet; 0 */
    int64_t round_trip;
    uint32_t in_flight;             /* 0 for none */
    bool push_known;
    uint32_t push_bytes;
    uint32_t duplicate_number, duplicate_of;
    uint32_t repeats;               /* packet from which the retransmission time counts; 0 */
    int64_t repeat_time;
};

void tcp_side_start(struct tcp_side *side);
void tcp_side_free(struct tcp_side *side);
void tcp_side_trim(struct tcp_side *side); /* gives memory back that is not needed now */

/* Judges the segment and remembers it. first_round_trip: of the connection, 0 while not known. */
void tcp_analyse(struct tcp_side *from, struct tcp_side *to, const struct tcp_segment *segment, uint32_t packet,
                 int64_t time, int64_t first_round_trip, struct tcp_findings *findings);

void tcp_analysis_fields(struct packet *packet, struct slice slice, const struct tcp_findings *findings,
                         int64_t first_round_trip);

#endif
