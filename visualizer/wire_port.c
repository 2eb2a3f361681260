#include "wire_port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/i18n.h"

enum {
    SLOTS = 1024,
    VLAN_ROOM = 4,      /* kept free before each frame: see put_vlan_back */
    HEADER_ROOM = 192,  /* what the kernel puts before a frame in its slot, generously */
};

struct wire_port_out {
    unsigned count;
    struct iovec data[WIRE_BATCH];
    struct mmsghdr messages[WIRE_BATCH];
};

static int fail(struct buf *error, const char *sentence, const char *name)
{
    buf_printf(error, sentence, name, strerror(errno));
    return -1;
}

static int device_number(int fd, bool index, const char *name, int *value)
{
    struct ifreq ask;
    memset(&ask, 0, sizeof ask);
    memcpy(ask.ifr_name, name, strlen(name) + 1);
    if (ioctl(fd, index ? SIOCGIFINDEX : SIOCGIFMTU, &ask) != 0)
        return -1;
    *value = index ? ask.ifr_ifindex : ask.ifr_mtu;
    return 0;
}

static int map_ring(struct wire_port *port, int mtu)
{
    int version = TPACKET_V2, yes = 1, room = VLAN_ROOM;
    port->slot_size = 2048;
    while (port->slot_size < (unsigned)mtu + ETH_HLEN + HEADER_ROOM)
        port->slot_size *= 2;
    unsigned block = port->slot_size < 65536 ? 65536 : port->slot_size;
    struct tpacket_req want = {
        .tp_block_size = block,
        .tp_block_nr = (unsigned)((size_t)SLOTS * port->slot_size / block),
        .tp_frame_size = port->slot_size,
        .tp_frame_nr = SLOTS,
    };
    if (setsockopt(port->fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version) != 0
        || setsockopt(port->fd, SOL_PACKET, PACKET_RESERVE, &room, sizeof room) != 0
        || setsockopt(port->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof yes) != 0
        || setsockopt(port->fd, SOL_PACKET, PACKET_RX_RING, &want, sizeof want) != 0)
        return -1;
    port->slots = SLOTS;
    port->ring_size = (size_t)SLOTS * port->slot_size;
    port->ring = mmap(NULL, port->ring_size, PROT_READ | PROT_WRITE, MAP_SHARED, port->fd, 0);
    if (port->ring == MAP_FAILED) {
        port->ring = NULL;
        return -1;
    }
    return 0;
}

/* Straight to the device, without the queue in which the kernel would shape traffic; optional. */
static void send_directly(int fd)
{
    int yes = 1;
    (void)setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &yes, sizeof yes);
}

/* A card that was unplugged on purpose does not count as lost; every address is ours to hear. */
static int listen_to_all(int fd, unsigned index)
{
    struct packet_mreq all = { .mr_ifindex = (int)index, .mr_type = PACKET_MR_PROMISC };
    return setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all);
}

int wire_port_open(struct wire_port *port, const char *name, struct buf *error)
{
    memset(port, 0, sizeof *port);
    port->fd = -1;
    if (strlen(name) >= IFNAMSIZ) {
        buf_printf(error, _("\"%s\" is too long for the name of a network device."), name);
        return -1;
    }
    memcpy(port->name, name, strlen(name) + 1);
    /* Protocol 0: nothing arrives before the ring is there and the socket is bound to its device. */
    port->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (port->fd < 0)
        return fail(error, _("No packet socket for %s: %s. It needs CAP_NET_RAW, which a user namespace gives."), name);
    int index, mtu;
    if (device_number(port->fd, true, name, &index) != 0
        || device_number(port->fd, false, name, &mtu) != 0)
        return fail(error, _("The device %s cannot be used: %s."), name);
    port->index = (unsigned)index;
    if (map_ring(port, mtu) != 0)
        return fail(error, _("The kernel gives no packet ring for %s: %s."), name);
    send_directly(port->fd);
    struct sockaddr_ll where = {
        .sll_family = AF_PACKET,
        .sll_protocol = htons(ETH_P_ALL),
        .sll_ifindex = index,
    };
    if (listen_to_all(port->fd, port->index) != 0 || bind(port->fd, (struct sockaddr *)&where, sizeof where) != 0)
        return fail(error, _("The device %s cannot be listened to: %s."), name);
    port->out = mem_alloc(sizeof *port->out);
    return 0;
}

void wire_port_close(struct wire_port *port)
{
    if (port->ring != NULL)
        munmap(port->ring, port->ring_size);
    if (port->fd >= 0)
        close(port->fd);
    free(port->out);
    port->ring = NULL;
    port->out = NULL;
    port->fd = -1;
}

static struct tpacket2_hdr *slot_at(const struct wire_port *port, unsigned slot)
{
    return (struct tpacket2_hdr *)(void *)(port->ring + (size_t)slot * port->slot_size);
}

/* The kernel takes a VLAN tag out of the frame and hands it over beside it: back to where it was on the wire. */
static void put_vlan_back(const struct tpacket2_hdr *header, struct wire_frame *frame)
{
    uint16_t type = htons(header->tp_status & TP_STATUS_VLAN_TPID_VALID ? header->tp_vlan_tpid : ETH_P_8021Q);
    uint16_t tag = htons(header->tp_vlan_tci);
    memmove(frame->data - VLAN_ROOM, frame->data, 2 * ETH_ALEN);
    frame->data -= VLAN_ROOM;
    frame->length += VLAN_ROOM;
    memcpy(frame->data + 2 * ETH_ALEN, &type, sizeof type);
    memcpy(frame->data + 2 * ETH_ALEN + 2, &tag, sizeof tag);
}

bool wire_port_peek(struct wire_port *port, struct wire_frame *frame)
{
    struct tpacket2_hdr *header = slot_at(port, port->next);
    uint32_t status = __atomic_load_n(&header->tp_status, __ATOMIC_ACQUIRE);
    /* A slot that was taken keeps its status until it is given back: once around the ring is enough. */
    if ((status & TP_STATUS_USER) == 0 || (port->next + 1) % port->slots == port->done)
        return false;
    frame->data = (uint8_t *)header + header->tp_mac;
    frame->length = header->tp_snaplen;
    frame->time = (int64_t)header->tp_sec * 1000000000 + header->tp_nsec;
    if (status & TP_STATUS_VLAN_VALID) {
        put_vlan_back(header, frame);
        header->tp_status = status & ~(uint32_t)(TP_STATUS_VLAN_VALID | TP_STATUS_VLAN_TPID_VALID);
        header->tp_mac = (uint16_t)(header->tp_mac - VLAN_ROOM);
        header->tp_snaplen = frame->length;
    }
    return true;
}

void wire_port_take(struct wire_port *port)
{
    port->next = (port->next + 1) % port->slots;
    port->received++;
}

void wire_port_release(struct wire_port *port)
{
    for (; port->done != port->next; port->done = (port->done + 1) % port->slots)
        __atomic_store_n(&slot_at(port, port->done)->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
}

void wire_port_send(struct wire_port *port, const uint8_t *data, size_t length)
{
    struct wire_port_out *out = port->out;
    if (out->count == WIRE_BATCH)
        wire_port_flush(port);
    struct iovec *piece = &out->data[out->count];
    piece->iov_base = (void *)(uintptr_t)data;
    piece->iov_len = length;
    struct msghdr *message = &out->messages[out->count].msg_hdr;
    memset(message, 0, sizeof *message);
    message->msg_iov = piece;
    message->msg_iovlen = 1;
    out->count++;
}

void wire_port_flush(struct wire_port *port)
{
    struct wire_port_out *out = port->out;
    unsigned done = 0;
    while (done < out->count) {
        int sent = sendmmsg(port->fd, out->messages + done, out->count - done, 0);
        if (sent > 0) {
            port->sent += (unsigned)sent;
            done += (unsigned)sent;
        } else if (errno != EINTR) {
            /* No buffer, device down, too long: a real wire would lose this frame too. */
            port->unsent++;
            done++;
        }
    }
    out->count = 0;
}

void wire_port_clear(struct wire_port *port)
{
    int error;
    socklen_t size = sizeof error;
    (void)getsockopt(port->fd, SOL_SOCKET, SO_ERROR, &error, &size);
}

void wire_port_count(struct wire_port *port)
{
    struct tpacket_stats stats;
    socklen_t size = sizeof stats;
    if (getsockopt(port->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size) == 0)
        port->lost += stats.tp_drops;
}

int wire_port_plain(const char *name, struct buf *error)
{
    static const uint32_t settings[] = {
        ETHTOOL_STXCSUM, ETHTOOL_SRXCSUM, ETHTOOL_STSO, ETHTOOL_SUFO, ETHTOOL_SGSO, ETHTOOL_SGRO, ETHTOOL_SSG,
    };
    if (strlen(name) >= IFNAMSIZ) {
        buf_printf(error, _("\"%s\" is too long for the name of a network device."), name);
        return -1;
    }
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail(error, _("No socket to ask about %s: %s."), name);
    int result = 0;
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        struct ethtool_value off = { .cmd = settings[i], .data = 0 };
        struct ifreq ask;
        memset(&ask, 0, sizeof ask);
        memcpy(ask.ifr_name, name, strlen(name) + 1);
        ask.ifr_data = (void *)&off;
        /* A device that has no such feature says so; only the checksums of what it sends are indispensable. */
        if (ioctl(fd, SIOCETHTOOL, &ask) != 0 && settings[i] == ETHTOOL_STXCSUM)
            result = fail(error, _("The device %s keeps leaving its checksums to hardware: %s."), name);
    }
    close(fd);
    return result;
}
