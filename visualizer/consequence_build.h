/*
 * consequence_build.h - the inside of the consequences: what their parts share.
 * For consequence*.c only.
 */
#ifndef PLI_VISUALIZER_CONSEQUENCE_BUILD_H
#define PLI_VISUALIZER_CONSEQUENCE_BUILD_H

#include <uthash.h>

#include "visualizer/consequence.h"
#include "visualizer/packet.h"
#include "visualizer/wire_view.h"

/* A TCP segment that came after the first fault, as it matters for what is missing. */
struct moment {
    int64_t time;
    uint32_t packet, sequence, acknowledgement;
    uint32_t length;            /* in sequence numbers: SYN and FIN count */
    uint32_t notes;             /* enum tcp_note */
    uint32_t sack_left, sack_right; /* the first block of its SACK option; equal: none */
    uint32_t next;              /* moment of the same connection, plus one; 0 */
    uint8_t flags;
    bool backward;              /* from the second end of the key */
    bool repeats_held;          /* the wire kept it as one with a held packet */
};

/* The ends of a connection; compared as a whole. */
struct ends {
    uint8_t address[2][16];
    uint16_t port[2];
    uint32_t family;
};

struct way {
    struct ends ends;
    uint32_t first, last;       /* moments, plus one */
    UT_hash_handle hh;
};

/* An ICMP error, and whose packet it is about. */
struct refusal {
    uint32_t packet;
    int64_t time;
    const char *by;
    struct net_address from, to;
};

struct told {
    struct consequence_story story;     /* what others see */
    bool tcp;
    struct way *way;                    /* of TCP; NULL */
    bool backward;
    uint32_t sequence, length, acknowledgement;
    uint8_t flags;
    uint8_t protocol;                   /* of IP */
    struct net_address from, to;
    uint32_t number;                    /* under which the wire has it now: it changes when a bit is flipped */
    const char *wrong;                  /* protocol whose checksum is wrong; NULL */
    uint32_t passed_on;                 /* the packet behind the first router; 0 */
    const char *router;                 /* the cable it went on, by its host's name */
    bool lost, changed, late, twice;
};

struct consequences {
    const struct exchange_list *list;
    const struct trace *trace;
    struct told **all;
    size_t count, more;
    struct moment *moments;
    size_t moment_count, moment_room;
    struct way *ways;
    struct refusal *refusals;
    size_t refusal_count;
    char **names;                       /* owned texts */
    size_t name_count;
    int64_t last_time;
    struct field_place comment, interface, sums[5];
};

/* Adds one; the answer may be filled further until the next call. */
struct consequence *consequence_add(struct told *told, enum consequence_kind kind, const char *host,
                                    const char *protocol, enum layer_id row);
void consequence_when(struct consequence *consequence, const struct told *told, uint32_t packet, int64_t time);
/* A name or address; lives as long as all. */
const char *consequence_name(struct consequences *all, const struct net_address *address);

/* consequence_tcp.c */
void consequence_judge_tcp(struct consequences *all, struct told *told);
/* consequence_other.c: what is not TCP; and what the application over TCP made of it. waited: for how long the bytes
 * were missing. */
enum delivery { DELIVERED_NOT, DELIVERED_WRONG, DELIVERED };

void consequence_judge_other(struct consequences *all, struct told *told);
void consequence_judge_application(struct consequences *all, struct told *told, uint32_t of, enum delivery delivery,
                                   int64_t waited);

#endif
