/*
 * cooked.c - the header that Linux puts in place of the link layer's when it
 * records on "any" interface or on one without a proper link layer. It was
 * never on a wire: of the real frame it keeps the type and the sender.
 * LINKTYPE_LINUX_SLL has 16 bytes, LINKTYPE_LINUX_SLL2 has 20.
 */
#include "visualizer/ethertype.h"

#include <string.h>

#include "visualizer/capture.h"
#include "visualizer/protocols.h"

enum {
    SLL_TYPE, SLL_INTERFACE, SLL_HARDWARE, SLL_SIZE, SLL_ETHER, SLL_UNUSED, SLL_PROTOCOL, SLL_FIELDS
};

static const struct field_label packet_types[] = {
    { 0, N_("to us") }, { 1, N_("broadcast") }, { 2, N_("multicast") }, { 3, N_("to somebody else") },
    { 4, N_("sent by us") }, { 0, NULL },
};

static const struct field_label hardware_types[] = {
    { 1, "Ethernet" }, { 772, N_("loopback") }, { 65534, N_("none") }, { 512, "PPP" }, { 0, NULL },
};

static const struct field_row rows[SLL_FIELDS] = {
    [SLL_TYPE] = { "sll.pkttype", FIELD_DECIMAL, 2, 1, N_("Packet type"),
        N_("Whether the packet came for us, for others, or was sent by us."), packet_types },
    [SLL_INTERFACE] = { "sll.ifindex", FIELD_DECIMAL, 4, 1, N_("Interface index"),
        N_("The number of the interface in the system that recorded (version 2 only)."), NULL },
    [SLL_HARDWARE] = { "sll.hatype", FIELD_DECIMAL, 2, 1, N_("Link type"),
        N_("What kind of interface it was, as ARP numbers them."), hardware_types },
    [SLL_SIZE] = { "sll.halen", FIELD_DECIMAL, 2, 1, N_("Address length"),
        N_("How many bytes of the sender's link address follow."), NULL },
    [SLL_ETHER] = { "sll.src.eth", FIELD_ETHER, 0, 1, N_("Source"), N_("The sender's MAC address."), NULL },
    [SLL_UNUSED] = { "sll.unused", FIELD_BYTES, 0, 1, N_("Unused"), N_("Room for longer addresses."), NULL },
    [SLL_PROTOCOL] = { "sll.etype", FIELD_HEX, 2, 1, N_("Protocol"),
        N_("Which protocol the frame carries, an Ethernet type."), ethertype_labels },
};

/* Where the two versions have the same things. */
struct layout {
    size_t size, protocol, type, type_width, hardware, length, length_width, address, interface;
};

static const struct layout layouts[2] = {
    { 16, 14, 0, 2, 2, 4, 2, 6, 0 },
    { 20, 0, 10, 1, 8, 11, 1, 12, 4 },
};

static uint32_t number_at(struct slice slice, size_t at, size_t width)
{
    return width == 1 ? get_u8(slice, at) : get_u16(slice, at);
}

static void decode(struct packet *packet, struct slice slice)
{
    const struct layout *layout = &layouts[packet->record->link == LINK_COOKED_V2];
    packet_push(packet, PROTOCOL_COOKED, slice, layout->size);
    if (!packet_need(packet, slice, layout->size))
        return;
    uint32_t length = number_at(slice, layout->length, layout->length_width);
    uint16_t protocol = get_u16(slice, layout->protocol), hardware = get_u16(slice, layout->hardware);
    if (layout->interface > 0) {
        field_number(packet, SLL_PROTOCOL, slice, layout->protocol, 2, protocol);
        field_number(packet, SLL_INTERFACE, slice, layout->interface, 4, get_u32(slice, layout->interface));
        field_number(packet, SLL_HARDWARE, slice, layout->hardware, 2, hardware);
    }
    field_number(packet, SLL_TYPE, slice, layout->type, layout->type_width,
                 number_at(slice, layout->type, layout->type_width));
    if (layout->interface == 0)
        field_number(packet, SLL_HARDWARE, slice, layout->hardware, 2, hardware);
    field_number(packet, SLL_SIZE, slice, layout->length, layout->length_width, length);
    if (length == 6) {
        field_bytes(packet, SLL_ETHER, slice, layout->address, 6);
        packet->from.family = ADDRESS_ETHER;
        memcpy(packet->from.bytes, slice.at + layout->address, 6);
    }
    if (length < 8)
        field_bytes(packet, SLL_UNUSED, slice, layout->address + length, 8 - length);
    if (layout->interface == 0)
        field_number(packet, SLL_PROTOCOL, slice, layout->protocol, 2, protocol);
    packet_info(packet, "type 0x%04x", protocol);
    ethertype_decode(packet, protocol, slice_from(slice, layout->size));
}

const struct protocol cooked_protocol = {
    .name = "Linux cooked", .title = N_("Linux cooked capture"), .filter = "sll", .osi = 2,
    .tcpip = TCPIP_NETWORK_ACCESS, .rows = rows, .row_count = SLL_FIELDS, .decode = decode,
};
