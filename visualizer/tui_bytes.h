/*
 * tui_bytes.h - the bytes of a packet's buffer in hexadecimal, each in the
 * colour of the layer it belongs to; the layer's digit stands before the line
 * and its first byte is underlined, for eyes and terminals without colours.
 */
#ifndef PLI_VISUALIZER_TUI_BYTES_H
#define PLI_VISUALIZER_TUI_BYTES_H

#include "io/screen.h"
#include "visualizer/packet.h"

/* Bytes in a line of that many columns: 16, or 8 where it is narrow. */
uint32_t bytes_per_line(int columns);

struct bytes_look {
    uint16_t buffer;
    size_t top;                  /* first line in view */
    uint32_t mark, mark_length;  /* bytes that stand out */
    bool reveal;                 /* secrets are shown */
};

void bytes_draw(const struct packet *packet, const struct bytes_look *look, struct screen *screen, struct area area);

/* "frame", "reassembled", "deciphered" */
const char *bytes_buffer_name(enum buffer_kind kind);

/* A layer as people count it: the frame is 1's. */
int bytes_osi(const struct layer *layer);

#endif
