/*
 * tcp_connection.h - all that is remembered of one TCP connection: the analysis
 * of both directions, their reassembly, and who decodes what they carry.
 *
 * Side 0 is the first end of the flow's key.
 */
#ifndef PLI_VISUALIZER_TCP_CONNECTION_H
#define PLI_VISUALIZER_TCP_CONNECTION_H

#include "visualizer/flow.h"
#include "visualizer/stream.h"
#include "visualizer/tcp_analysis.h"

enum completeness {
    COMPLETE_SYN = 1,
    COMPLETE_SYN_ACK = 2,
    COMPLETE_ACK = 4,
    COMPLETE_DATA = 8,
    COMPLETE_FIN = 16,
    COMPLETE_RST = 32,
};

/* Of a pass in two steps (packet.h) the second owns reassembly, state, chosen and over, the first all else. */
struct tcp_connection {
    struct tcp_side sides[2];
    struct reassembly reassembly[2];
    unsigned completeness;          /* enum completeness, of the packets before */
    int client;                     /* which side opened the connection */
    int64_t syn_time;               /* of the last SYN; 0 without */
    int64_t first_round_trip;       /* from it to the ACK; 0 while not known */
    struct stream stream;
    void *state;                    /* of the application's decoder; NULL when it was not opened */
    bool said_end[2];               /* the side sent a FIN or RST */
    bool chosen;                    /* the application was looked for */
    bool over;                      /* both directions have ended: the decoder's state was given back */
};

struct tcp_connection *tcp_connection_new(struct packet *packet, struct flow *flow);
void tcp_connection_free(struct tcp_connection *connection);

/* Who is the client is known now: the packet goes from side, and is it the client's? */
void tcp_connection_client(struct tcp_connection *connection, struct packet *packet, int client);

/* The segment's bytes to the reassembly, and what becomes complete to the application. */
unsigned tcp_connection_data(struct tcp_connection *connection, struct packet *packet, int side, uint32_t sequence,
                             struct slice bytes, bool fin);
void tcp_connection_acknowledged(struct tcp_connection *connection, struct packet *packet, int side,
                                 uint32_t acknowledgement);

#endif
