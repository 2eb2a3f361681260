/*
 * application.h - which application speaks on a connection or a pair of ports.
 *
 * One row for each: the ports it is known by (the kit's own included), whether
 * it begins with TLS, how its first bytes look, and the operations that decode
 * it. A new application is one row in application.c.
 */
#ifndef PLI_VISUALIZER_APPLICATION_H
#define PLI_VISUALIZER_APPLICATION_H

#include "visualizer/stream.h"

struct application {
    const char *name;               /* "SMTP" */
    enum protocol_id protocol;
    const uint16_t *ports;          /* server ports, ends with 0 */
    bool tls;                       /* these ports speak TLS from the first byte (RFC 8314 implicit TLS) */
    const struct stream_ops *ops;   /* over TCP (TLS's, with tls); NULL */
    /* Do these first bytes of a direction look like it? For ports nobody knows, and inside TLS. May be NULL. */
    bool (*looks)(enum direction direction, struct span first);
    const struct stream_ops *inside; /* with tls: what TLS carries; NULL: it is found by the first bytes */
};

/* By server port; NULL. With tls, the row whose ports begin with TLS comes first. */
const struct application *application_by_port(uint16_t port, bool tls);
/* By the first bytes of a direction; NULL: not known (yet). */
const struct application *application_by_bytes(enum direction direction, struct span first);

#endif
