/*
 * capture_format.h - between capture.c and the two file formats, and nobody else.
 *
 * A format is two functions. next() looks at the block at scan, and answers
 * what it found; capture.c keeps the list. read() reads the packet block at an
 * offset that next() had found good, so it need not doubt it again.
 */
#ifndef PLI_VISUALIZER_CAPTURE_FORMAT_H
#define PLI_VISUALIZER_CAPTURE_FORMAT_H

#include <string.h>

#include "visualizer/capture.h"

/* Longer packets do not exist; a length beyond it is damage (Wireshark's limit, too). */
enum { CAPTURE_LONGEST = 262144, CAPTURE_LONGEST_BLOCK = 16 << 20 };

enum scan_result {
    SCAN_PACKET,    /* a packet lies at *found; scan is after it */
    SCAN_OTHER,     /* a block without packet; scan is after it */
    SCAN_END,       /* exactly at the end of what there is */
    SCAN_SHORT,     /* the file ends within the block at scan */
    SCAN_BROKEN,    /* damage at scan; error was set */
};

/* A pcapng section: its byte order and its interfaces. A pcap file is one section with one interface. */
struct section {
    uint64_t start;
    size_t first_interface;
    size_t interface_count;
    bool swapped;
};

struct capture_format {
    const char *name;
    enum scan_result (*next)(struct capture *capture, uint64_t *found);
    void (*read)(struct capture *capture, uint64_t offset, struct record *record);
    int64_t (*time)(struct capture *capture, uint64_t offset);
};

enum { OFFSET_GROUP = 16 };

struct capture {
    char *path;
    int descriptor;
    const uint8_t *map;
    uint64_t size;          /* of the file when it was last looked at */
    uint64_t reserved;      /* bytes of address space of the map */
    uint64_t released;      /* pages before this were given back */
    uint64_t done;          /* and before this they may be, next time */
    const struct capture_format *format;
    bool swapped;           /* pcap: the file has the other byte order */
    bool nanoseconds;       /* pcap */
    uint32_t record_header; /* pcap: 16 bytes, or 24 in the Kuznetzov variant */
    uint64_t scan;          /* what comes next in indexing */
    uint64_t *bases;        /* where the first of each OFFSET_GROUP packets lies */
    uint32_t *steps;        /* how far behind it each of them lies: half the memory of whole offsets */
    size_t count, forgotten, room; /* packets; room is a multiple of OFFSET_GROUP, for those not forgotten */
    bool forgetful;
    struct section *sections;
    size_t section_count;
    struct interface *interfaces;
    size_t interface_count;
    struct capture_hooks hooks;
    struct buf error;
    bool broken;
};

extern const struct capture_format capture_pcap, capture_pcapng;

/* Looks at the first bytes: 1 it is this format, 0 it is not, -1 it is, but cut short within its header. */
int capture_pcap_start(struct capture *capture);
int capture_pcapng_start(struct capture *capture);

static inline uint32_t capture_u32(const struct capture *capture, uint64_t offset, bool swapped)
{
    uint32_t value;
    memcpy(&value, capture->map + offset, sizeof value);
    return swapped ? __builtin_bswap32(value) : value;
}

uint16_t capture_u16(const struct capture *capture, uint64_t offset, bool swapped);
struct interface *capture_add_interface(struct capture *capture);
void capture_break(struct capture *capture, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ticks of a clock with so many per second, as nanoseconds since 1970; nothing overflows. */
int64_t capture_nanoseconds(uint64_t ticks, uint64_t per_second, int64_t offset_seconds);

#endif
