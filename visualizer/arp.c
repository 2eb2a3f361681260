/*
 * arp.c - the Address Resolution Protocol: who has this IPv4 address, and what
 * is the MAC address? RFC 826; gratuitous announcements and probes, RFC 5227.
 */
#include "visualizer/protocols.h"

#include <string.h>

enum {
    ARP_HARDWARE, ARP_PROTOCOL, ARP_HARDWARE_SIZE, ARP_PROTOCOL_SIZE, ARP_OPERATION, ARP_GRATUITOUS, ARP_ANNOUNCEMENT,
    ARP_PROBE, ARP_SENDER_ETHER, ARP_SENDER_IPV4, ARP_TARGET_ETHER, ARP_TARGET_IPV4, ARP_SENDER_HARDWARE,
    ARP_SENDER_PROTOCOL, ARP_TARGET_HARDWARE, ARP_TARGET_PROTOCOL, ARP_FIELDS
};

static const struct field_label operations[] = {
    { 1, N_("request") }, { 2, N_("reply") }, { 3, N_("reverse request") }, { 4, N_("reverse reply") }, { 0, NULL },
};

static const struct field_label hardware_types[] = {
    { 1, "Ethernet" }, { 6, "IEEE 802" }, { 0, NULL },
};

static const struct field_label protocol_types[] = {
    { 0x0800, "IPv4" }, { 0, NULL },
};

static const struct field_row rows[ARP_FIELDS] = {
    [ARP_HARDWARE] = { "arp.hw.type", FIELD_DECIMAL, 2, 1, N_("Hardware type"),
        N_("Which kind of link address is asked for; 1 is Ethernet."), hardware_types },
    [ARP_PROTOCOL] = { "arp.proto.type", FIELD_HEX, 2, 1, N_("Protocol type"),
        N_("Which kind of network address is known: IPv4."), protocol_types },
    [ARP_HARDWARE_SIZE] = { "arp.hw.size", FIELD_DECIMAL, 1, 1, N_("Hardware address size"),
        N_("Bytes of a link address: 6 for Ethernet."), NULL },
    [ARP_PROTOCOL_SIZE] = { "arp.proto.size", FIELD_DECIMAL, 1, 1, N_("Protocol address size"),
        N_("Bytes of a network address: 4 for IPv4."), NULL },
    [ARP_OPERATION] = { "arp.opcode", FIELD_DECIMAL, 2, 1, N_("Operation"),
        N_("A question (1) or an answer (2)."), operations },
    [ARP_GRATUITOUS] = { "arp.isgratuitous", FIELD_BOOLEAN, 0, 1, N_("Gratuitous"),
        N_("Nobody asked: a station says its own address, so that others update their tables."), NULL },
    [ARP_ANNOUNCEMENT] = { "arp.isannouncement", FIELD_BOOLEAN, 0, 1, N_("Announcement"),
        N_("A station tells everybody that it uses this address now (RFC 5227)."), NULL },
    [ARP_PROBE] = { "arp.isprobe", FIELD_BOOLEAN, 0, 1, N_("Probe"),
        N_("A station asks whether an address is free, before it takes it (RFC 5227)."), NULL },
    [ARP_SENDER_ETHER] = { "arp.src.hw_mac", FIELD_ETHER, 0, 1, N_("Sender's MAC address"),
        N_("The link address of who sends this: a request tells it to everybody, too."), NULL },
    [ARP_SENDER_IPV4] = { "arp.src.proto_ipv4", FIELD_IPV4, 0, 1, N_("Sender's IPv4 address"),
        N_("The network address of who sends this."), NULL },
    [ARP_TARGET_ETHER] = { "arp.dst.hw_mac", FIELD_ETHER, 0, 1, N_("Target's MAC address"),
        N_("Unknown (zeros) in a request: it is what is asked for."), NULL },
    [ARP_TARGET_IPV4] = { "arp.dst.proto_ipv4", FIELD_IPV4, 0, 1, N_("Target's IPv4 address"),
        N_("Whose link address is asked for."), NULL },
    [ARP_SENDER_HARDWARE] = { "arp.src.hw", FIELD_BYTES, 0, 1, N_("Sender's link address"),
        N_("A link address that is not Ethernet's."), NULL },
    [ARP_SENDER_PROTOCOL] = { "arp.src.proto", FIELD_BYTES, 0, 1, N_("Sender's network address"),
        N_("A network address that is not IPv4's."), NULL },
    [ARP_TARGET_HARDWARE] = { "arp.dst.hw", FIELD_BYTES, 0, 1, N_("Target's link address"),
        N_("A link address that is not Ethernet's."), NULL },
    [ARP_TARGET_PROTOCOL] = { "arp.dst.proto", FIELD_BYTES, 0, 1, N_("Target's network address"),
        N_("A network address that is not IPv4's."), NULL },
};

static const char *dotted(struct packet *packet, struct slice slice, size_t at)
{
    return packet_text(packet, "%d.%d.%d.%d", get_u8(slice, at), get_u8(slice, at + 1), get_u8(slice, at + 2),
                       get_u8(slice, at + 3));
}

static void summary(struct packet *packet, struct slice slice, uint16_t operation, bool announced)
{
    const char *sender = dotted(packet, slice, 14), *target = dotted(packet, slice, 24);
    if (operation == 1 && announced)
        packet_info(packet, "ARP Announcement for %s", sender);
    else if (operation == 1)
        packet_info(packet, "Who has %s? Tell %s", target, sender);
    else if (operation == 2)
        packet_info(packet, "%s is at %02x:%02x:%02x:%02x:%02x:%02x", sender, get_u8(slice, 8), get_u8(slice, 9),
                    get_u8(slice, 10), get_u8(slice, 11), get_u8(slice, 12), get_u8(slice, 13));
    else
        packet_info(packet, "operation %d", operation);
}

/* Ethernet and IPv4, which is nearly always so. */
static void usual(struct packet *packet, struct slice slice, uint16_t operation)
{
    bool same = get_u32(slice, 14) == get_u32(slice, 24);
    bool asks_nobody = operation == 1 && get_u32(slice, 18) == 0 && get_u16(slice, 22) == 0;
    bool announced = same && operation == 1;
    if (same)
        field_number(packet, ARP_GRATUITOUS, slice, 0, 0, 1);
    if (announced)
        field_number(packet, ARP_ANNOUNCEMENT, slice, 0, 0, 1);
    if (asks_nobody && get_u32(slice, 14) == 0)
        field_number(packet, ARP_PROBE, slice, 0, 0, 1);
    field_bytes(packet, ARP_SENDER_ETHER, slice, 8, 6);
    field_bytes(packet, ARP_SENDER_IPV4, slice, 14, 4);
    field_bytes(packet, ARP_TARGET_ETHER, slice, 18, 6);
    field_bytes(packet, ARP_TARGET_IPV4, slice, 24, 4);
    if (packet->wants->info)
        summary(packet, slice, operation, announced);
}

static void decode(struct packet *packet, struct slice slice)
{
    struct layer *layer = packet_push(packet, PROTOCOL_ARP, slice, 8);
    if (!packet_need(packet, slice, 8))
        return;
    size_t hardware = get_u8(slice, 4), protocol = get_u8(slice, 5);
    size_t size = 8 + 2 * (hardware + protocol);
    uint16_t operation = get_u16(slice, 6);
    field_number(packet, ARP_HARDWARE, slice, 0, 2, get_u16(slice, 0));
    field_number(packet, ARP_PROTOCOL, slice, 2, 2, get_u16(slice, 2));
    field_number(packet, ARP_HARDWARE_SIZE, slice, 4, 1, hardware);
    field_number(packet, ARP_PROTOCOL_SIZE, slice, 5, 1, protocol);
    field_number(packet, ARP_OPERATION, slice, 6, 2, operation);
    layer->header = (uint32_t)size;
    if (!packet_need(packet, slice, size))
        return;
    layer->length = (uint32_t)size;
    if (hardware == 6 && protocol == 4 && get_u16(slice, 2) == 0x0800) {
        usual(packet, slice, operation);
        return;
    }
    field_bytes(packet, ARP_SENDER_HARDWARE, slice, 8, hardware);
    field_bytes(packet, ARP_SENDER_PROTOCOL, slice, 8 + hardware, protocol);
    field_bytes(packet, ARP_TARGET_HARDWARE, slice, 8 + hardware + protocol, hardware);
    field_bytes(packet, ARP_TARGET_PROTOCOL, slice, 8 + 2 * hardware + protocol, protocol);
    packet_info(packet, "operation %d", operation);
}

const struct protocol arp_protocol = {
    .name = "ARP", .title = N_("Address Resolution Protocol"), .filter = "arp", .osi = 2,
    .tcpip = TCPIP_NETWORK_ACCESS, .rows = rows, .row_count = ARP_FIELDS, .decode = decode,
};
