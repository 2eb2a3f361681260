/*
 * consequence.h - what became of each fault that the wire struck: who noticed
 * it, who repaired it, how long that took, and who never knew.
 *
 * The wire writes into its recording what it does to which packet
 * (wire_note.h). The rest is read from what followed: segments sent again,
 * acknowledgements repeated, checksums that are wrong, questions asked again,
 * errors in ICMP, TLS and the application. A recording shows causes no better
 * than a witness does: what is told here is what a packet stands for, and its
 * number is told with it.
 *
 * Give it every packet behind the exchange engine, then finish; the stories
 * belong to it and stay until it is freed. The list and the trace must live as
 * long.
 */
#ifndef PLI_VISUALIZER_CONSEQUENCE_H
#define PLI_VISUALIZER_CONSEQUENCE_H

#include "visualizer/exchange.h"
#include "visualizer/trace.h"
#include "visualizer/wire_note.h"

enum consequence_role { CONSEQUENCE_NOTICED, CONSEQUENCE_REPAIRED, CONSEQUENCE_UNNOTICED };

enum consequence_kind {
    /* noticed */
    CONSEQUENCE_CHECKSUM,       /* thrown away in silence */
    CONSEQUENCE_TIMER,          /* TCP's sender waited in vain for the acknowledgement */
    CONSEQUENCE_PATIENCE,       /* a host repeated what was being held */
    CONSEQUENCE_GAP,            /* TCP's receiver repeats its acknowledgement */
    CONSEQUENCE_FAST,           /* ... which tells the sender */
    CONSEQUENCE_COPY,           /* bytes that had come before */
    CONSEQUENCE_NEEDLESS,       /* the acknowledgement was missing, not the bytes */
    CONSEQUENCE_ASKED_AGAIN,
    CONSEQUENCE_ANSWERED_TWICE,
    CONSEQUENCE_NO_REPLY,
    CONSEQUENCE_ICMP,
    CONSEQUENCE_ALERT,
    CONSEQUENCE_REPLY,          /* the application answers with an error */
    CONSEQUENCE_RESET,
    CONSEQUENCE_TRIED_AGAIN,    /* in a new connection */
    /* repaired */
    CONSEQUENCE_SENT_AGAIN,
    CONSEQUENCE_LATER_ACK,
    CONSEQUENCE_ORDERED,
    CONSEQUENCE_ANSWERED,
    /* unnoticed */
    CONSEQUENCE_PASSED_ON,
    CONSEQUENCE_LATE,           /* saw all bytes, only later */
    CONSEQUENCE_OTHER_BYTES,
    CONSEQUENCE_KIND_COUNT
};

struct consequence {
    enum consequence_kind kind;
    const char *host;               /* who; NULL where both ends are meant */
    const char *protocol;           /* "TCP" */
    const struct layer_row *row;
    uint32_t packet;                /* the first that shows it; 0 */
    unsigned count;                 /* how many do */
    int64_t after;                  /* nanoseconds from the fault to it; of what came late: how late */
    char *detail;                   /* what was said, safe to show; NULL */
};

/* What was done to a packet, one thing after the other. */
struct consequence_deed {
    enum wire_deed deed;
    uint64_t fault;                 /* counted as faults were given; 0: a person's hold, step or drop */
    int64_t at;
    int64_t duration;               /* of a delay */
    char *text;                     /* the fault as it was given, safe to show; empty without one */
};

enum { CONSEQUENCE_DEEDS = 4 };

struct consequence_story {
    uint32_t packet;                /* as it arrived at the wire */
    int64_t time;
    const char *from, *to;          /* names where the recording has them; to may be "?" */
    const char *protocol;           /* of the innermost layer that was struck: "TCP", "ARP" */
    uint32_t bytes;                 /* of the payload of TCP or UDP */
    char *what;                     /* "SYN", "seq 1 to 5": safe to show; may be empty */
    const struct exchange *exchange;/* the last that it belongs to; NULL */
    struct consequence_deed deeds[CONSEQUENCE_DEEDS];
    size_t deed_count;
    unsigned struck;                /* packets of the same limit */
    bool harmed;                    /* it got lost, or was changed: there was something to repair */
    bool went_on;                   /* it left the wire */
    int64_t kept;                   /* nanoseconds until then, or until the recording ended */
    unsigned again;                 /* times that it was sent again afterwards */
    struct consequence *list;       /* in the order of enum consequence_kind */
    size_t count;
};

struct consequences;

struct consequences *consequences_new(const struct exchange_list *list, const struct trace *trace);
void consequences_free(struct consequences *all);

struct wants;
void consequences_wants(struct wants *wants);

void consequences_packet(struct consequences *all, const struct packet *packet);
void consequences_finish(struct consequences *all);

size_t consequences_count(const struct consequences *all);
const struct consequence_story *consequences_at(const struct consequences *all, size_t index);
/* Faults beyond those that are kept. */
size_t consequences_more(const struct consequences *all);

enum consequence_role consequence_role_of(enum consequence_kind kind);
const char *consequence_word(enum consequence_kind kind);       /* "timer": stable, for programs */
const char *consequence_sentence(enum consequence_kind kind);   /* N_() */
const char *consequence_rfc(const struct consequence *consequence); /* or NULL */

#endif
