/*
 * exchange.h - the unit the visualizer shows: one purposeful step of the
 * conversation. "Address resolution", "TCP three-way handshake", "envelope".
 *
 * The engine is fed packets in the order of the capture, one at a time, live
 * or from a file, and keeps the list. An exchange may still grow while packets
 * come (open is true); its number, its first packet and its row never change.
 * A packet can belong to several exchanges (pipelined commands travel in one
 * segment); a pure acknowledgement belongs to the exchange it acknowledges.
 * A packet that passes on, seen once more behind a router or a switch, belongs
 * to the exchanges of the packet that it is, and adds no step to them.
 *
 * Each exchange keeps its steps: who said what in which packet, from which
 * state to which, and by which RFC section. The faces (--print exchanges,
 * ladder, letter, the ncurses view) only read this.
 *
 * Texts from outside in here are raw bytes made into UTF-8 without control
 * characters, ready for a terminal, but of any length: cut them to fit.
 * Passwords are masked, except when the list was made with reveal.
 */
#ifndef PLI_VISUALIZER_EXCHANGE_H
#define PLI_VISUALIZER_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "visualizer/layers.h"

struct packet;

enum step_kind {
    STEP_SAYS,          /* text tells what was said */
    STEP_DATA,          /* bytes of a content or of an unknown application: text is NULL */
    STEP_ACK,           /* nothing but an acknowledgement: text is NULL */
};

enum remark_kind {
    REMARK_NOTE,        /* worth knowing: "the server offers no TLS" */
    REMARK_ERROR,       /* the protocol forbids this */
    REMARK_SECURITY,    /* "password in clear" */
    REMARK_LOSS,        /* retransmission, segment lost before the capture ... */
};

struct remark {
    enum remark_kind kind;
    uint32_t packet;
    const char *text;   /* N_(), a full sentence */
    const char *rfc;    /* or NULL */
};

struct exchange_step {
    uint32_t packet;            /* number in the capture, from 1 */
    bool backward;              /* from exchange->to to exchange->from */
    bool enciphered;            /* it travelled inside TLS */
    enum step_kind kind;
    uint32_t bytes;             /* of the exchange's own protocol in this packet */
    char *text;                 /* "EHLO alice.example.org"; NULL when there is nothing to say */
    const char *state_before;   /* NULL: the protocol has no states here; equal: nothing moved */
    const char *state_after;
    const char *verb;           /* what moved the state: "EHLO" */
    const char *rfc;            /* section of the row that moved or allowed it */
};

struct exchange {
    unsigned number;            /* from 1 */
    uint32_t first, last;       /* packet numbers, from 1 */
    int64_t start, end;         /* nanoseconds since 1970 */
    const char *from, *to; /* names where the capture or its DNS answers tell them, else addresses; from began it */
    const char *from_address, *to_address;
    bool both_ways;             /* some packet goes backward */
    bool backward_begin;        /* of a connection: its server began this, so from is the server */
    bool open;                  /* may still grow */
    bool enciphered;            /* it travelled inside TLS */
    uint16_t server_port;       /* of the connection; 0 for none */
    unsigned connection;        /* exchanges of one TCP connection share it; 0 for none */
    const char *protocol;       /* "ARP", "TCP", "SMTP" ... */
    const char *name;           /* N_() "address resolution" */
    const struct layer_row *row;
    char *summary;              /* "who has 10.0.0.25?", never NULL */
    const char *state_before, *state_after; /* of the whole exchange; NULL for none */
    const char *rfc;            /* the section that rules it, or NULL */
    struct exchange_step *steps;
    size_t step_count;
    uint32_t packets[2];        /* forward, backward */
    uint64_t bytes[2];          /* of the exchange's own protocol: sums of the steps' */
    struct remark *remarks;
    size_t remark_count;
};

struct exchange_list;

struct exchange_options {
    bool reveal;                /* show passwords */
};

struct exchange_list *exchange_list_new(const struct exchange_options *options);
void exchange_list_free(struct exchange_list *list);

/* Adds to wants the fields that the engine needs to see in the packets. */
struct wants;
void exchange_wants(struct wants *wants);

/* Asks the trace for the names that it knows, whenever a new address appears. */
struct trace;
void exchange_names(struct exchange_list *list, const struct trace *trace);

/* Takes the next packet. The list keeps nothing of it that is not copied. */
void exchange_packet(struct exchange_list *list, const struct packet *packet);

/* No packet will follow: closes what is open. */
void exchange_finish(struct exchange_list *list);

/* Pointers stay valid until the list is freed; what they show may change while packets come. */
size_t exchange_count(const struct exchange_list *list);
const struct exchange *exchange_at(const struct exchange_list *list, size_t index);

/* A part of the list, by number; first 0: all of it. */
struct exchange_range {
    unsigned first, last;
};

static inline bool exchange_in_range(const struct exchange_range *range, const struct exchange *exchange)
{
    return range->first == 0 || (exchange->number >= range->first && exchange->number <= range->last);
}

/* When the first packet came. */
int64_t exchange_start_time(const struct exchange_list *list);

/* The exchanges that packet number belongs to: answers how many, and fills out with up to max, first to last. */
size_t exchange_of_packet(const struct exchange_list *list, uint32_t number, const struct exchange **out, size_t max);

#endif
