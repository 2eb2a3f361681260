/*
 * capture.h - a recording: pcap or pcapng, read through a map of the file.
 *
 * Opening reads the headers only. capture_index() then walks over the records
 * and notes where each packet lies (8 bytes a packet); a packet's bytes and
 * time are read from the map when they are asked for. So a large file costs
 * little memory and is usable at once, and a file that grows (or a live
 * capture) is only indexed further.
 *
 * We read the files ourselves because libpcap hides what we need: the secrets
 * blocks with TLS keys, comments, names. Damage is expected: everything before
 * it is shown, and capture_error() says what is wrong and where.
 *
 * Formats: the pcap man page pcap-savefile(5), draft-ietf-opsawg-pcapng.
 */
#ifndef PLI_VISUALIZER_CAPTURE_H
#define PLI_VISUALIZER_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"

/* Link types that we decode (LINKTYPE_ numbers as in the file). */
enum link_type {
    LINK_LOOPBACK_NULL = 0,
    LINK_ETHERNET = 1,
    LINK_RAW_BSD = 12,
    LINK_RAW_OPENBSD = 14,
    LINK_RAW = 101,
    LINK_LOOPBACK = 108,
    LINK_COOKED = 113,
    LINK_IPV4 = 228,
    LINK_IPV6 = 229,
    LINK_COOKED_V2 = 276,
};

struct capture;

/* One packet as the file has it; the pointers are valid until the next record is read. */
struct record {
    const uint8_t *data;
    uint32_t captured;      /* bytes at data */
    uint32_t length;        /* bytes it had on the wire */
    int64_t time;           /* nanoseconds since 1970 */
    uint32_t interface;     /* index, for capture_interface() */
    uint32_t interface_in_section; /* as the file numbers it */
    uint32_t section;       /* of a pcapng file, from 1 */
    uint16_t link;          /* enum link_type, or another number */
    struct span comment;    /* empty; of several, the first */
};

struct interface {
    uint16_t link;
    uint32_t snap;          /* longest packet kept, 0 for no limit */
    uint64_t ticks;         /* of the clock per second */
    int64_t offset;         /* seconds to add */
    char *name;             /* or NULL */
    char *description;
};

/* What a recording holds besides packets; set before indexing. Text is not NUL-terminated. */
struct capture_hooks {
    void *context;
    void (*secrets)(void *context, uint32_t type, struct span data);  /* a decryption secrets block */
    void (*comment)(void *context, struct span text);                 /* of the file or an interface or a packet */
    void (*name)(void *context, const uint8_t *address, size_t size, struct span name); /* name resolution block */
};

enum { CAPTURE_SECRETS_TLS = 0x544c534b };

/* NULL on failure, with one full sentence (translated) in error. path "-" reads standard input. */
struct capture *capture_open(const char *path, struct buf *error);
/* The same over an open file that can be mapped (it may grow); it is closed by capture_free. path: for messages. */
struct capture *capture_open_descriptor(int descriptor, const char *path, struct buf *error);
void capture_free(struct capture *capture);
void capture_set_hooks(struct capture *capture, const struct capture_hooks *hooks);

enum capture_state {
    CAPTURE_MORE,   /* stopped at the limit: there are more records */
    CAPTURE_END,    /* all that there is now; a growing file or live capture may have more later */
    CAPTURE_BROKEN, /* damage: what comes before it is indexed, capture_error() tells */
};

/* Indexes up to limit further records (0: all). */
enum capture_state capture_index(struct capture *capture, size_t limit);
size_t capture_count(const struct capture *capture);    /* indexed so far */
/* NULL, or one full sentence (translated): what is damaged and where. */
const char *capture_error(const struct capture *capture);

/* number from 1 to capture_count(). */
bool capture_record(struct capture *capture, uint32_t number, struct record *record);
int64_t capture_time(struct capture *capture, uint32_t number);
/* Nobody will ask again for what is indexed now. false, and nothing is forgotten: in a pcapng file what stands behind
 * (keys, names) matters for what stands before, so that it is indexed as a whole first. */
bool capture_forget(struct capture *capture);
/* The packet will be looked at: the processor may fetch its beginning meanwhile. */
void capture_soon(const struct capture *capture, uint32_t number);
/* Packets before number were seen for now: their pages may leave memory. */
void capture_done_with(struct capture *capture, uint32_t number);
/* From number on they will be looked at (again). */
void capture_rewound(struct capture *capture, uint32_t number);

const char *capture_format(const struct capture *capture); /* "pcap", "pcapng" */
uint64_t capture_bytes(const struct capture *capture);      /* of the file so far */
const struct interface *capture_interface(const struct capture *capture, size_t index);

#endif
