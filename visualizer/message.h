/*
 * message.h - a letter as it stands in the dialogue: header fields, MIME parts
 * (RFC 5322, RFC 2045), under Wireshark's names (imf, mime_multipart).
 *
 * What the presentation layer did stands beside it: which part travels in
 * which encoding and charset, what the encoded words of a subject say.
 */
#ifndef PLI_VISUALIZER_MESSAGE_H
#define PLI_VISUALIZER_MESSAGE_H

#include "visualizer/packet.h"
#include "visualizer/stream.h"

enum { MESSAGE_RECEIVED_MAX = 50, MESSAGE_PARTS_MAX = 20 };

/* The layer's detail, for the letter's view; texts in UTF-8 without control characters, NULL where there is none. */
struct message_detail {
    const char *message_id, *from, *to, *subject, *date;
    const char *received[MESSAGE_RECEIVED_MAX]; /* unfolded, newest first, as in the header */
    size_t received_count;
    size_t size;                                /* bytes of the letter */
    const char *parts[MESSAGE_PARTS_MAX];       /* "text/plain; charset utf-8; base64" */
    size_t part_count;
    bool header_only;                           /* no byte of a body */
    bool cut;                                   /* not all of it is there */
};

/* Pushes a message layer over a whole letter. */
void message_decode(struct packet *packet, struct slice letter, bool cut, struct stream *stream);

#endif
