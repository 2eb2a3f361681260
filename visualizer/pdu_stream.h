/*
 * pdu_stream.h - cuts a connection's bytes into the units of a protocol: for
 * stream decoders that only need to say where a unit ends and what is in it.
 *
 * A unit that lies whole in one segment is shown there; otherwise its bytes
 * are collected, at most PDU_MAX, and shown in the packet that completes it.
 * Of a longer one the beginning is shown, and the rest is passed over.
 */
#ifndef PLI_VISUALIZER_PDU_STREAM_H
#define PLI_VISUALIZER_PDU_STREAM_H

#include "visualizer/stream.h"

enum { PDU_MAX = 1 << 18 };

#define PDU_UNKNOWN UINT64_C(0)  /* more bytes are needed to tell */
#define PDU_ENDLESS UINT64_MAX   /* up to the end of the direction */
#define PDU_FOREIGN (UINT64_MAX - 1) /* this is another protocol: nothing more is cut in this connection */

struct pdu_kind {
    const char *name;
    enum protocol_id protocol;
    size_t memory;      /* of the decoder's own state for a connection, zeroed */
    /* How long is the unit that begins here? PDU_... above, or octets. Called again when more came. */
    uint64_t (*size)(void *memory, enum direction direction, struct slice bytes);
    /* The unit, or its beginning when it was too long (cut). Its layer is the current one. */
    void (*fields)(void *memory, struct packet *packet, enum direction direction, struct slice bytes, bool cut);
};

void *pdu_open(struct stream *stream, const struct pdu_kind *kind);

extern const struct stream_ops http_stream_ops, ftp_stream_ops, telnet_stream_ops;
bool http_looks(enum direction direction, struct span first);

/* The rest of a struct stream_ops. */
void pdu_data(void *state, struct packet *packet, const struct stream_data *data);
void pdu_gap(void *state, struct packet *packet, enum direction direction, uint64_t length);
void pdu_end(void *state, struct packet *packet, enum direction direction);
void pdu_close(void *state);

/* The detail of such a unit's layer, for secret.h. */
struct pdu_detail {
    const char *masked; /* in the packet's arena: "PASS ••••••••"; NULL: it holds no secret */
};

#endif
