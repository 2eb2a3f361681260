/*
 * exchange_tcp.h - a TCP connection as the exchange engine follows it: what is
 * open at each layer. For exchange_tcp.c, exchange_tls.c and the mail files.
 */
#ifndef PLI_VISUALIZER_EXCHANGE_TCP_H
#define PLI_VISUALIZER_EXCHANGE_TCP_H

#include "visualizer/exchange_build.h"
#include "visualizer/mail_stream.h"
#include "visualizer/tcp.h"
#include "visualizer/tls.h"

/* A packet whose exchange is known only when a later one completes what it began. */
struct orphan {
    uint32_t packet, bytes;
    int64_t time;
    enum direction direction;       /* of the packet */
    enum direction belongs;         /* of the data that it carries or acknowledges */
};

enum { ORPHANS_MAX = 64 };

struct dialogue;

struct connection {
    unsigned number;                /* tcp.stream + 1 */
    const struct host *client, *server;
    uint16_t port;                  /* the server's */
    struct exchange *current;       /* what the connection is busy with */

    struct exchange *opening, *closing, *reset, *repair, *repair_of, *window, *probe, *probe_of, *data;
    bool established;
    bool fin[2];
    enum direction closer, window_of;

    struct exchange *tls, *records, *alerts, *tickets;
    bool tls_done[2];
    bool enciphered;                /* the application's bytes travel inside TLS */

    struct exchange *text;          /* HTTP, FTP ...: the request that is being answered */
    bool text_answered;
    struct dialogue *dialogue;      /* SMTP, POP3, IMAP; owned */

    struct orphan orphans[ORPHANS_MAX];
    size_t orphan_count;
};

/* A new exchange of the connection; from the client when client is true. */
struct exchange *connection_begin(struct exchange_list *list, struct connection *connection,
                                  const struct packet *packet,
                                  enum layer_id row, const char *protocol, const char *name, const char *rfc,
                                  enum direction from);
/* Does a packet of this direction go backward in the exchange? */
bool connection_backward(const struct connection *connection, const struct exchange *exchange,
                         enum direction direction);
/* The packets that wait for a direction's data to be complete belong to this exchange. */
void connection_adopt(struct exchange_list *list, struct connection *connection, struct exchange *exchange,
                      enum direction direction);

struct exchange_step *connection_add(struct exchange_list *list, struct connection *connection,
                                     struct exchange *exchange, const struct packet *packet,
                                     const struct tcp_detail *tcp, enum step_kind kind);

/* exchange_tcp_state.c: a segment's business with the connection itself; true when it had any. */
bool connection_business(struct exchange_list *list, struct connection *connection, const struct packet *packet,
                         const struct tcp_detail *tcp);
bool connection_completes_opening(const struct exchange_list *list, const struct connection *connection,
                                  const struct tcp_detail *tcp);
void connection_opened(struct exchange_list *list, struct connection *connection, const struct packet *packet,
                       const struct tcp_detail *tcp);
void connection_opening_summary(struct connection *connection, const char *how);
void connection_closing_ack(struct exchange_list *list, struct connection *connection, const struct packet *packet,
                            const struct tcp_detail *tcp);
void connection_notes(struct connection *connection, const struct packet *packet, const struct tcp_detail *tcp);

void tls_layer(struct exchange_list *list, struct connection *connection, const struct packet *packet,
               const struct layer *layer);

void mail_layer(struct exchange_list *list, struct connection *connection, const struct packet *packet,
                const struct layer *layer);
/* A letter that became complete in the mail layer before. */
void mail_letter(struct exchange_list *list, struct connection *connection, const struct packet *packet,
                 const struct layer *layer);
void dialogue_free(struct dialogue *dialogue);

#endif
