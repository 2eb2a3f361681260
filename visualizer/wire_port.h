/*
 * wire_port.h - one end of a cable, held in the hand of the wire program.
 *
 * Each host of the lab has a pair of virtual Ethernet devices: the near end is
 * the host's eth0, the far end stays in the middle, named after the host. No
 * bridge joins the far ends. The wire opens a packet socket on each
 * (packet(7)): it receives what the host sends, and what it sends the host
 * receives. So nothing passes that the wire did not pass on.
 *
 * Frames are received in a ring that the kernel shares with us (TPACKET_V2 in
 * the kernel's packet_mmap.rst), with the kernel's own time of arrival, and
 * sent many at a time. Frames stay valid, and may be sent without a copy,
 * until wire_port_flush() and wire_port_release().
 */
#ifndef PLI_VISUALIZER_WIRE_PORT_H
#define PLI_VISUALIZER_WIRE_PORT_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"

enum { WIRE_BATCH = 128 }; /* frames that can wait for one flush */

struct wire_port_out;

struct wire_port {
    char name[IFNAMSIZ];
    int fd;
    unsigned index;         /* of the device */
    uint8_t *ring;
    size_t ring_size;
    unsigned slot_size;
    unsigned slots;
    unsigned next;          /* slot that is read next */
    unsigned done;          /* slot that is given back next */
    struct wire_port_out *out;
    uint64_t received;
    uint64_t sent;
    uint64_t lost;          /* no room in the ring: the kernel dropped it */
    uint64_t unsent;        /* the kernel refused to send it */
};

struct wire_frame {
    uint8_t *data;
    uint32_t length;
    int64_t time;           /* nanoseconds since 1970 */
};

/* 0, or -1 and one full sentence (translated) in error. */
int wire_port_open(struct wire_port *port, const char *name, struct buf *error);
void wire_port_close(struct wire_port *port);

/* The frame that waits next, left where it is; false when none waits. */
bool wire_port_peek(struct wire_port *port, struct wire_frame *frame);
void wire_port_take(struct wire_port *port);    /* the peeked one is read */
void wire_port_release(struct wire_port *port); /* gives all that were taken back to the kernel */

/* Frames leave at the flush, in order; the data must stay until then. Flushes by itself when full. */
void wire_port_send(struct wire_port *port, const uint8_t *data, size_t length);
void wire_port_flush(struct wire_port *port);

/* The device went down or away: takes note, so that poll() does not tell it again and again. */
void wire_port_clear(struct wire_port *port);

/* Asks the kernel how many frames did not fit into the ring; adds them to port->lost. */
void wire_port_count(struct wire_port *port);

/*
 * Makes a device send and receive frames as a real wire carries them: never
 * longer than its MTU and with their checksums filled in. Modern cards and
 * veth leave both to hardware that here does not exist.
 */
int wire_port_plain(const char *name, struct buf *error);

#endif
