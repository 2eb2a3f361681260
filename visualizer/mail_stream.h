/*
 * mail_stream.h - SMTP, POP3 and IMAP as stream decoders.
 *
 * All three stand on core/watch: the very parsers and state tables that the
 * server runs say what each line is, which state it met and made, and whether
 * the protocol allowed it. This file adds what a packet view needs: a layer
 * on the packet that completed the line, the fields under Wireshark's names,
 * and the change to TLS after STARTTLS, from where the dialogue goes on with
 * what TLS carried.
 *
 * What the exchange engine wants to know stands in a mail_detail, the layer's
 * detail: the events of the dialogue that the layer's bytes are.
 */
#ifndef PLI_VISUALIZER_MAIL_STREAM_H
#define PLI_VISUALIZER_MAIL_STREAM_H

#include "core/watch.h"
#include "visualizer/packet.h"
#include "visualizer/stream.h"

extern const struct stream_ops smtp_stream_ops;
extern const struct stream_ops pop_stream_ops;
extern const struct stream_ops imap_stream_ops;

bool smtp_looks(enum direction direction, struct span first);
bool pop_looks(enum direction direction, struct span first);
bool imap_looks(enum direction direction, struct span first);


/* One event of the dialogue: a watch_event whose texts are in the packet's arena, cut to MAIL_TEXT_MAX. */
enum { MAIL_TEXT_MAX = 1000 };

struct mail_detail {
    enum watch_protocol protocol;
    enum direction direction;
    bool enciphered;            /* it travelled inside TLS */
    bool injected;              /* it came in the clear after STARTTLS was agreed */
    const struct watch_event *events;
    size_t event_count;
};

#endif
