/*
 * pcapng_write.h - writes a recording that our own reader, Wireshark and
 * tcpdump open.
 *
 * A pcapng file is a row of blocks (draft-ietf-opsawg-pcapng): a section
 * header, one interface description per place of capture, then in any order
 * packets, names of addresses, and secrets with which TLS can be deciphered.
 * Secrets have to stand before the packets that need them, so the caller adds
 * keys as soon as it knows them.
 *
 * Times are nanoseconds since 1970. What was written becomes visible to
 * readers of the file at pcapng_write_flush(), always in whole blocks. A
 * writer that met an error (disk full) stays in it: everything later is
 * ignored, and pcapng_write_close() tells.
 */
#ifndef PLI_VISUALIZER_PCAPNG_WRITE_H
#define PLI_VISUALIZER_PCAPNG_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"

struct pcapng_writer;

enum pcapng_direction { PCAPNG_UNKNOWN, PCAPNG_INBOUND, PCAPNG_OUTBOUND };

struct pcapng_packet {
    uint32_t interface;             /* from 0, in the order they were added */
    int64_t time;                   /* nanoseconds since 1970 */
    struct span data;               /* what was captured of it */
    uint32_t length;                /* what it had on the wire; 0: as captured */
    enum pcapng_direction direction;
    const char *comment;            /* UTF-8, or NULL */
};

/* Creates or empties the file. NULL, and one full sentence (translated) in error. */
struct pcapng_writer *pcapng_write_open(const char *path, const char *application, struct buf *error);

/* Answers the index. link: enum link_type of capture.h; name and description NULL for none. */
uint32_t pcapng_write_interface(struct pcapng_writer *writer, uint16_t link, const char *name,
                                const char *description);

/* size 4: IPv4, 16: IPv6; in network order. Written with the next names_end. */
void pcapng_write_name(struct pcapng_writer *writer, const uint8_t *address, size_t size, const char *name);
void pcapng_write_names_end(struct pcapng_writer *writer);

/* The names of a file in the form of hosts(5), as a block. -1: it cannot be read (errno). */
int pcapng_write_hosts(struct pcapng_writer *writer, const char *path);

/* Lines of a TLS key log (SSLKEYLOGFILE). */
void pcapng_write_tls_keys(struct pcapng_writer *writer, struct span lines);

void pcapng_write_packet(struct pcapng_writer *writer, const struct pcapng_packet *packet);

/* Counts of an interface, for the end of the recording. */
void pcapng_write_counts(struct pcapng_writer *writer, uint32_t interface, int64_t time, uint64_t received,
                         uint64_t dropped);

/* Text (UTF-8) about an interface at a time, which is no packet: a statistics block that counts nothing. */
void pcapng_write_note(struct pcapng_writer *writer, uint32_t interface, int64_t time, const char *text);

uint64_t pcapng_write_size(const struct pcapng_writer *writer);      /* bytes so far */
int pcapng_write_flush(struct pcapng_writer *writer);
/* Flushes, closes and frees. 0, or -1 and one full sentence in error. */
int pcapng_write_close(struct pcapng_writer *writer, struct buf *error);

#endif
