/*
 * statistics.h - what is counted while the pass goes over the packets: the
 * bytes of each layer, what came when, how long answers took.
 *
 * Bounded, whatever the capture: time has STATISTICS_SLOTS slots which become
 * twice as wide when it outgrows them, and a round trip is counted in one of
 * eight classes of its power of two, so a median is right to an eighth.
 */
#ifndef PLI_VISUALIZER_STATISTICS_H
#define PLI_VISUALIZER_STATISTICS_H

#include "visualizer/exchange.h"
#include "visualizer/shares.h"

enum { STATISTICS_SLOTS = 512, TRIP_OCTAVES = 40, TRIP_PARTS = 8, STATISTICS_PROTOCOLS = 24 };

enum trip_kind { TRIP_TCP, TRIP_SMTP, TRIP_POP, TRIP_IMAP, TRIP_KINDS };

/* Nanoseconds. */
struct trips {
    size_t count;
    int64_t least, most;
    uint32_t classes[TRIP_OCTAVES * TRIP_PARTS];
};

struct statistics {
    struct shares shares;
    int64_t start, width;               /* of the first packet; of a slot: nanoseconds */
    size_t slots;                       /* that are in use */
    uint32_t packets[STATISTICS_SLOTS];
    uint64_t bytes[STATISTICS_SLOTS];
    struct trips trips[TRIP_KINDS];     /* TCP: a segment to its acknowledgement; mail: a command to its reply */
    struct { const char *name; size_t count; int osi; } protocols[STATISTICS_PROTOCOLS];
    size_t protocol_count;
    size_t counted;                     /* exchanges */
    bool complete;                      /* all exchanges, none of which grows */
    uint8_t *tls;                       /* by tcp.stream: has there been a record? */
    size_t streams;
};

struct statistics *statistics_new(void);
void statistics_free(struct statistics *statistics);

/* A trace_listener; context: the statistics. */
void statistics_packet(void *context, const struct packet *packet);

/* Counts the exchanges anew when there are many more than at the last time, or for good: finished. */
void statistics_exchanges(struct statistics *statistics, const struct exchange_list *list, struct capture *capture,
                          bool finished);

int64_t trips_median(const struct trips *trips);

#endif
