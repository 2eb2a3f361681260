/*
 * live_pcap.c - packets from a network device, by libpcap: each is added to a
 * pcapng file, which is read like any other.
 *
 * The file lies in memory unless one was named; then the memory is bounded,
 * and the capture ends when that much is full.
 */
#include "visualizer/live.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "visualizer/capture.h"
#include "visualizer/pcapng_write.h"

enum {
    LONGEST = 262144,               /* bytes of a packet: no device has longer ones */
    KERNEL_BUFFER = 8 << 20,        /* what may wait while we draw or sleep */
    WHAT_WAITS = -1,                /* for pcap_dispatch(): no more than the buffer holds */
};

static const uint64_t MEMORY_MAX = (uint64_t)512 << 20;

struct device {
    pcap_t *pcap;
    int fd;
    struct pcapng_writer *writer;
    bool in_memory;
    bool nanoseconds;               /* of the time stamps; else microseconds */
    struct live_limits limits;
    uint32_t packets;
    int64_t end;                    /* CLOCK_MONOTONIC; 0: none */
};

static int64_t now(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* --- taking packets ---------------------------------------------------------------------------- */

static void keep(u_char *context, const struct pcap_pkthdr *header, const u_char *bytes)
{
    struct device *device = (struct device *)context;
    if (device->limits.packets != 0 && device->packets >= device->limits.packets)
        return;
    int64_t fraction = device->nanoseconds ? header->ts.tv_usec : (int64_t)header->ts.tv_usec * 1000;
    struct pcapng_packet packet = {
        .time = (int64_t)header->ts.tv_sec * 1000000000 + fraction,
        .data = { (const char *)bytes, header->caplen },
        .length = header->len,
    };
    pcapng_write_packet(device->writer, &packet);
    device->packets++;
}

static void wait_for_packets(const struct device *device, int milliseconds)
{
    int64_t left = device->end == 0 ? milliseconds : (device->end - now(CLOCK_MONOTONIC)) / 1000000 + 1;
    if (left > milliseconds)
        left = milliseconds;
    struct pollfd readable = { .fd = device->fd, .events = POLLIN };
    if (left > 0)
        (void)poll(&readable, 1, (int)left);
}

/* Whatever ends it, is said in one sentence; what was asked for (-c, -a) needs none. */
static void look_for_end(struct live *live, struct device *device, int taken)
{
    char text[512];
    if (taken == PCAP_ERROR) {
        snprintf(text, sizeof text, _("The capture on %s has ended: %s."), live->title, pcap_geterr(device->pcap));
        live_end(live, true, text);
    } else if (pcapng_write_flush(device->writer) != 0) {
        live_end(live, true, _("The recording could not be written: is the disk full?"));
    } else if (device->in_memory && pcapng_write_size(device->writer) >= MEMORY_MAX) {
        snprintf(text, sizeof text,
                 _("The capture has ended: %d MB are what is kept in memory. With -w FILE there is no limit."),
                 (int)(MEMORY_MAX >> 20));
        live_end(live, false, text);
    } else if ((device->limits.packets != 0 && device->packets >= device->limits.packets) ||
               (device->end != 0 && now(CLOCK_MONOTONIC) >= device->end)) {
        live_end(live, false, NULL);
    }
}

static void take(struct live *live, int milliseconds)
{
    struct device *device = live->context;
    if (milliseconds > 0)
        wait_for_packets(device, milliseconds);
    look_for_end(live, device, pcap_dispatch(device->pcap, WHAT_WAITS, keep, (u_char *)device));
}

/* --- opening and closing ------------------------------------------------------------------------ */

static void close_device(struct live *live)
{
    struct device *device = live->context;
    struct pcap_stat counts;
    struct buf error;
    buf_init(&error, 1024);
    if (device->writer != NULL) {
        if (device->pcap != NULL && pcap_stats(device->pcap, &counts) == 0)
            pcapng_write_counts(device->writer, 0, now(CLOCK_REALTIME), counts.ps_recv, counts.ps_drop);
        pcapng_write_close(device->writer, &error);
    }
    if (device->pcap != NULL)
        pcap_close(device->pcap);
    buf_free(&error);
    free(device);
}

static void say_devices(struct buf *error)
{
    char text[PCAP_ERRBUF_SIZE];
    pcap_if_t *first = NULL;
    if (pcap_findalldevs(&first, text) != 0)
        return;
    buf_add_text(error, _(" There are:"));
    for (pcap_if_t *at = first; at != NULL; at = at->next)
        if (at->flags & PCAP_IF_UP)
            buf_printf(error, " %s", at->name);
    buf_add_text(error, ".");
    pcap_freealldevs(first);
}

static void explain(const char *name, pcap_t *pcap, int result, struct buf *error)
{
    switch (result) {
    case PCAP_ERROR_NO_SUCH_DEVICE:
        buf_printf(error, _("There is no network device %s here."), name);
        say_devices(error);
        break;
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
        buf_printf(error, _("You have no right to look at the packets of %s. In the lab network you have it: "
                            "scripts/netlab run HOST visualizer -i eth0. Elsewhere it takes root, or the right "
                            "cap_net_raw."), name);
        break;
    case PCAP_ERROR_IFACE_NOT_UP:
        buf_printf(error, _("The network device %s is not up."), name);
        break;
    default:
        buf_printf(error, _("Packets of %s cannot be captured: %s."), name, pcap_geterr(pcap));
    }
}

static int activate(struct device *device, const char *name, struct buf *error)
{
    char text[PCAP_ERRBUF_SIZE] = "";
    device->pcap = pcap_create(name, text);
    if (device->pcap == NULL) {
        buf_printf(error, _("Packets of %s cannot be captured: %s."), name, text);
        return -1;
    }
    pcap_set_snaplen(device->pcap, LONGEST);
    pcap_set_buffer_size(device->pcap, KERNEL_BUFFER);
    pcap_set_immediate_mode(device->pcap, 1);
    device->nanoseconds = pcap_set_tstamp_precision(device->pcap, PCAP_TSTAMP_PRECISION_NANO) == 0;
    int result = pcap_activate(device->pcap);
    if (result < 0) {
        explain(name, device->pcap, result, error);
        return -1;
    }
    device->fd = pcap_get_selectable_fd(device->pcap);
    return pcap_setnonblock(device->pcap, 1, text);
}

/* DLT_ numbers, which libpcap gives, are LINKTYPE_ numbers, which files have, but for the raw ones. */
static uint16_t link_of(const struct device *device)
{
    int link = pcap_datalink(device->pcap);
    return link == DLT_RAW ? LINK_RAW : (uint16_t)link;
}

/* The file is opened a second time, to be read while it grows. */
static int open_recording(struct device *device, struct live *live, const char *out, struct buf *error)
{
    char path[64];
    int memory = -1;
    if (out == NULL) {
        memory = memfd_create("capture", MFD_CLOEXEC);
        snprintf(path, sizeof path, "/proc/self/fd/%d", memory);
    }
    device->writer = pcapng_write_open(out != NULL ? out : path, "Pli " PLI_VERSION, error);
    if (device->writer != NULL) {
        pcapng_write_interface(device->writer, link_of(device), live->title, NULL);
        pcapng_write_hosts(device->writer, "/etc/hosts");
        pcapng_write_flush(device->writer);
        int reading = open(out != NULL ? out : path, O_RDONLY | O_CLOEXEC);
        live_set_path(live, reading);
        live->capture = reading < 0 ? NULL : capture_open_descriptor(reading, live->title, error);
    }
    if (memory >= 0)
        close(memory);
    device->in_memory = out == NULL;
    return live->capture != NULL ? 0 : -1;
}

struct live *live_pcap_open(const char *name, const char *out, const struct live_limits *limits, struct buf *error)
{
    struct live *live = live_new(name);
    struct device *device = mem_alloc(sizeof *device);
    live->context = device;
    live->take = take;
    live->close = close_device;
    device->limits = *limits;
    if (activate(device, name, error) != 0 || open_recording(device, live, out, error) != 0) {
        live_close(live);
        return NULL;
    }
    if (limits->seconds > 0)
        device->end = now(CLOCK_MONOTONIC) + (int64_t)(limits->seconds * 1e9);
    return live;
}
