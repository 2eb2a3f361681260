/*
 * wire.h - one end of a connection, of either side, plain or under TLS.
 *
 * Every wait has an end, given as a moment of wire_now(). What goes in and out
 * is bytes: no line, no protocol. TLS begins where it is told to, also with
 * bytes lying before it: they stay where they are, for the caller to see.
 */
#ifndef PLI_LABS_DIALOGUE_WIRE_H
#define PLI_LABS_DIALOGUE_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/tls.h"
#include "io/net.h"

struct wire;

int64_t wire_now(void);    /* milliseconds of a clock that only goes forward */

/* NULL and a sentence in error. host and port as people write them. */
struct wire *wire_connect(const char *host, const char *port, int64_t until, struct buf *error);
struct wire *wire_accept(const int *listening, size_t count, int64_t until, struct buf *error);

/* Ends it at once: by FIN, and close_notify under TLS. NULL is fine. */
void wire_close(struct wire *wire);

/* The handshake. name: whom a client wants to reach. 0, or -1 and a sentence. The context must outlive the wire. */
int wire_start_tls(struct wire *wire, struct tls_context *context, const char *name, int64_t until, struct buf *error);
const struct tls *wire_tls(const struct wire *wire);    /* NULL: in the clear */

int wire_write(struct wire *wire, const void *data, size_t size, int64_t until, struct buf *error);

enum wire_news { WIRE_BYTES, WIRE_LATE, WIRE_ENDED, WIRE_BROKEN };

/* Adds what comes to in, waiting for the first byte. BROKEN: a sentence is in error; also when in is full. */
enum wire_news wire_read(struct wire *wire, struct buf *in, int64_t until, struct buf *error);

/* Says that nothing more will come from us; what the other side says can still be read. */
int wire_finish(struct wire *wire, int64_t until, struct buf *error);
void wire_reset(struct wire *wire);                /* the close that follows is a reset */
int wire_port(const struct wire *wire, bool own);  /* 0: unknown */

#endif
