/*
 * capture_pcap.c - the classic pcap file: a header of 24 bytes, then for each
 * packet a header of 16 bytes and the bytes (pcap-savefile(5)). The magic
 * number tells the byte order and whether fractions are micro- or nanoseconds.
 */
#include "visualizer/capture_format.h"

#include <string.h>

#include "core/mem.h"
#include "io/i18n.h"

enum {
    MAGIC_MICROSECONDS = (int)0xa1b2c3d4,
    MAGIC_NANOSECONDS = (int)0xa1b23c4d,
    MAGIC_KUZNETZOV = (int)0xa1b2cd34, /* old Linux libpcap with 8 more bytes in each packet header */
};

enum { FILE_HEADER = 24, SNAP_AT = 16, LINK_AT = 20 };

static bool magic_known(struct capture *capture, uint32_t magic)
{
    int value = (int)magic;
    capture->nanoseconds = value == MAGIC_NANOSECONDS;
    capture->record_header = value == MAGIC_KUZNETZOV ? 24 : 16;
    return value == MAGIC_MICROSECONDS || value == MAGIC_NANOSECONDS || value == MAGIC_KUZNETZOV;
}

int capture_pcap_start(struct capture *capture)
{
    if (capture->size < 4)
        return 0;
    capture->swapped = false;
    if (!magic_known(capture, capture_u32(capture, 0, false))) {
        capture->swapped = true;
        if (!magic_known(capture, capture_u32(capture, 0, true)))
            return 0;
    }
    if (capture->size < FILE_HEADER)
        return -1;
    struct interface *interface = capture_add_interface(capture);
    /* The upper bits of the link type tell of a frame check sequence and are not part of it. */
    interface->link = (uint16_t)(capture_u32(capture, LINK_AT, capture->swapped) & 0xffff);
    interface->snap = capture_u32(capture, SNAP_AT, capture->swapped);
    interface->ticks = capture->nanoseconds ? 1000000000 : 1000000;
    capture->format = &capture_pcap;
    capture->scan = FILE_HEADER;
    return 1;
}

static enum scan_result next(struct capture *capture, uint64_t *found)
{
    uint64_t left = capture->size - capture->scan;
    if (left == 0)
        return SCAN_END;
    if (left < capture->record_header)
        return SCAN_SHORT;
    uint32_t captured = capture_u32(capture, capture->scan + 8, capture->swapped);
    if (captured > CAPTURE_LONGEST) {
        capture_break(capture, _("%s is damaged at byte %llu, after packet %zu: the next packet claims %u bytes, "
                                 "and none is longer than %d. Everything before is shown."),
                      capture->path, (unsigned long long)capture->scan, capture->count, captured, CAPTURE_LONGEST);
        return SCAN_BROKEN;
    }
    if (left - capture->record_header < captured)
        return SCAN_SHORT;
    *found = capture->scan;
    capture->scan += capture->record_header + captured;
    return SCAN_PACKET;
}

static int64_t time_at(struct capture *capture, uint64_t offset)
{
    int64_t seconds = capture_u32(capture, offset, capture->swapped);
    int64_t fraction = capture_u32(capture, offset + 4, capture->swapped);
    return seconds * 1000000000 + (capture->nanoseconds ? fraction : fraction * 1000);
}

static void read_record(struct capture *capture, uint64_t offset, struct record *record)
{
    record->data = capture->map + offset + capture->record_header;
    record->captured = capture_u32(capture, offset + 8, capture->swapped);
    record->length = capture_u32(capture, offset + 12, capture->swapped);
    record->time = time_at(capture, offset);
    record->link = capture->interfaces[0].link;
}

const struct capture_format capture_pcap = { "pcap", next, read_record, time_at };
