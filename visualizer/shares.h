/*
 * shares.h - whose bytes travel: the share of each layer in all the bytes that
 * were on the wire.
 *
 * Headers count for the layer of their protocol. What is left of a frame is of
 * layer 7; or, inside TLS, of layer 7 as far as it was deciphered and of layer
 * 6 for the rest (records, handshakes, what stays ciphered).
 */
#ifndef PLI_VISUALIZER_SHARES_H
#define PLI_VISUALIZER_SHARES_H

#include "visualizer/layers.h"
#include "visualizer/print_exchange.h"

struct shares {
    uint64_t bytes[OSI_LAYERS + 1];     /* by OSI layer; [0] is unused */
    uint64_t total;
    size_t packets;
};

/* What is counted of a frame before it is known whether its exchanges are TLS. */
struct share_frame {
    uint32_t length, headers[OSI_LAYERS + 1], deciphered;
    bool tls;                           /* there is a record of TLS in it */
};

void shares_look(const struct packet *packet, struct share_frame *frame);
/* Adds a frame; tls: what is not headers is inside TLS. */
void shares_add(const struct share_frame *frame, bool tls, struct shares *shares);

/* Goes over the whole trace; counts the packets of the exchanges in range. */
void shares_count(struct trace *trace, const struct exchange_range *range, struct selection *selection,
                  struct shares *shares);

#endif
