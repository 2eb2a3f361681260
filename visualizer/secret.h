/*
 * secret.h - which bytes of a packet are a password or the like.
 *
 * The watch that follows a mail dialogue marks the lines that hold a secret.
 * Screens mask these lines wherever their bytes appear, until the user asks
 * to see them: that they can be read on the wire is worth showing, reading
 * them out in a classroom is not.
 */
#ifndef PLI_VISUALIZER_SECRET_H
#define PLI_VISUALIZER_SECRET_H

#include <stdbool.h>
#include <stdint.h>

#include "core/watch.h"
#include "visualizer/packet.h"

/* Does the layer's line hold a secret? */
bool secret_layer(const struct layer *layer);

/* What may be shown of a layer of HTTP or FTP that holds a secret: "PASS ••••••••"; NULL: it holds none. */
const char *secret_masked(const struct layer *layer);

/* Do these bytes of a buffer touch a line that does? */
bool secret_bytes(const struct packet *packet, uint16_t buffer, uint32_t offset, uint32_t length);

/* The line of an event with its secret masked: "AUTH PLAIN ••••••••". Adds to out. */
void secret_mask(const struct watch_event *event, struct buf *out);

/* What to show of a layer's one-line summary; NULL when it has none. Valid until the next call. */
const char *secret_info(const struct layer *layer, bool reveal, char *out, size_t size);

#define SECRET_DOTS "\u2022\u2022\u2022\u2022\u2022\u2022\u2022\u2022"

#endif
