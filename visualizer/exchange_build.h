/*
 * exchange_build.h - the inside of the exchange engine: what its parts share.
 *
 * One file for each group of protocols (exchange_link.c, exchange_name.c,
 * exchange_tcp.c ...) looks at the layers of a packet, keeps what it has to
 * remember from packet to packet, and builds exchanges with the functions
 * here. Nobody else includes this.
 */
#ifndef PLI_VISUALIZER_EXCHANGE_BUILD_H
#define PLI_VISUALIZER_EXCHANGE_BUILD_H

#include <uthash.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "visualizer/exchange.h"
#include "visualizer/exchange_wants.h"
#include "visualizer/packet.h"

enum { HOST_SHOWN = 64, HOST_ADDRESS = 48 };

/* Everybody who sends or receives. shown is the name when one is known, and changes in place when it is learned. */
struct host {
    char address[HOST_ADDRESS];
    char shown[HOST_SHOWN];
    bool asked;                 /* the trace for its name */
    int rank;                   /* how good the source of the name is */
    UT_hash_handle hh;
};

enum { NAME_NONE, NAME_ANSWER, NAME_POINTER, NAME_GIVEN }; /* ranks: an A answer, a PTR answer, the capture's own */

struct member {                 /* packet belongs to exchange */
    uint32_t packet, exchange;  /* exchange: index */
};

struct copy {                   /* packet is the same as an earlier one, on another cable */
    uint32_t packet, of;
};

struct link_part;
struct name_part;
struct tcp_part;
struct letter_part;

struct exchange_list {
    struct exchange_options options;
    struct exchange_places *places;
    const struct trace *trace;  /* for names; may be NULL */
    int64_t start;              /* of the first packet */
    bool started;
    struct exchange **all;
    size_t count, room;
    struct member *members;     /* in the order of packets */
    size_t member_count, member_room;
    struct copy *copies;        /* in the order of packets */
    size_t copy_count;
    struct host *hosts;
    struct link_part *link;
    struct name_part *name;
    struct tcp_part *tcp;
    struct letter_part *letter;
};

/* --- hosts -------------------------------------------------------------------------- */

struct host *host_of(struct exchange_list *list, const struct net_address *address);
struct host *host_of_text(struct exchange_list *list, const char *address);
/* A name was learned. Names of a lower rank than the present one's are ignored. */
void host_name(struct exchange_list *list, const struct net_address *address, struct span name, int rank);
void hosts_free(struct exchange_list *list);

/* --- exchanges ---------------------------------------------------------------------- */

struct beginning {
    enum layer_id row;
    const char *protocol;       /* "SMTP" */
    const char *name;           /* N_() */
    const char *rfc;            /* or NULL */
    const struct host *from, *to;
    unsigned connection;
};

/* A new exchange that begins with the packet (which still has to be added as a step). */
struct exchange *exchange_begin(struct exchange_list *list, const struct packet *packet, const struct beginning *how);

/* Adds the packet and what it says. The answer may be filled further until the next call. */
struct exchange_step *exchange_add(struct exchange_list *list, struct exchange *exchange, const struct packet *packet,
                                   enum step_kind kind, bool backward);

/* The same for an earlier packet. */
struct exchange_step *exchange_add_at(struct exchange_list *list, struct exchange *exchange, uint32_t packet,
                                      int64_t time, enum step_kind kind, bool backward);
/* The last step when it is of this packet and direction, else a new one. */
struct exchange_step *exchange_also(struct exchange_list *list, struct exchange *exchange, const struct packet *packet,
                                    bool backward);
/* Adds to what the step says, while that is not too long. */
void exchange_says_also(struct exchange_step *step, const char *between, const char *text);

/* The text of the step, or of the summary: printf, from texts that are UTF-8 and safe to show. */
void exchange_says(struct exchange_step *step, const char *format, ...) __attribute__((format(printf, 2, 3)));
void exchange_summary(struct exchange *exchange, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Bytes that the step carries. */
void exchange_bytes(struct exchange *exchange, struct exchange_step *step, uint32_t bytes);

/* The state of the dialogue before and after a step; the exchange's own follow. */
void exchange_states(struct exchange *exchange, struct exchange_step *step, const char *before, const char *after);

/* The same remark is made once in an exchange. packet may be 0. */
void exchange_remark(struct exchange *exchange, enum remark_kind kind, uint32_t packet, const char *text,
                     const char *rfc);

/* Nothing more will be added. */
void exchange_close(struct exchange *exchange);

/* Bytes from outside made safe to show, cut to a sensible length with "…"; to free(). */
char *exchange_text(struct span bytes);

/* The exchange that the packet was added to last; NULL. */
struct exchange *exchange_last_of(const struct exchange_list *list, uint32_t packet);

/* --- what is open, by a key ------------------------------------------------------------ */

enum { PENDING_KEY = 160 };

struct pending {
    char key[PENDING_KEY];
    struct exchange *exchange;
    UT_hash_handle hh;
};

void pending_set(struct pending **table, const char *key, struct exchange *exchange);
struct exchange *pending_find(struct pending *table, const char *key);
void pending_drop(struct pending **table, const char *key);
void pending_free(struct pending **table);

/* The bytes of a layer, header included. */
struct slice exchange_layer_bytes(const struct packet *packet, const struct layer *layer);
/* An address field's value. */
struct net_address exchange_address(const struct field *field);

/* --- the parts: each looks at a packet; true when it has put it into an exchange ------- */

struct link_part *link_part_new(void);
void link_part_free(struct link_part *part);
bool link_packet(struct exchange_list *list, const struct packet *packet);
/* What nobody has put into an exchange: UDP data, unknown protocols. */
void link_other(struct exchange_list *list, const struct packet *packet);

struct name_part *name_part_new(void);
void name_part_free(struct name_part *part);
/* The exchange that it was put into; NULL. connection: of TCP, 0 for none. */
struct exchange *name_packet(struct exchange_list *list, const struct packet *packet, unsigned connection);

struct tcp_part *tcp_part_new(void);
void tcp_part_free(struct tcp_part *part);
bool tcp_packet(struct exchange_list *list, const struct packet *packet);
void tcp_finish(struct exchange_list *list);

#endif
