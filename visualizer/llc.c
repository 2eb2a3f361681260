/*
 * llc.c - the logical link control header of an IEEE 802.3 frame (IEEE 802.2),
 * and SNAP, which puts an Ethernet type behind it (RFC 1042).
 */
#include "visualizer/ethertype.h"
#include "visualizer/protocols.h"

enum { LLC_DSAP, LLC_SSAP, LLC_CONTROL, LLC_OUI, LLC_TYPE, LLC_FIELDS };

static const struct field_label access_points[] = {
    { 0x42, "Spanning Tree" }, { 0xaa, "SNAP" }, { 0xe0, "NetWare" }, { 0xf0, "NetBIOS" }, { 0xfe,
        "ISO network layer" },
    { 0, NULL },
};

static const struct field_row rows[LLC_FIELDS] = {
    [LLC_DSAP] = { "llc.dsap", FIELD_HEX, 1, 1, N_("Destination access point"),
        N_("Which service at the receiver the frame is for."), access_points },
    [LLC_SSAP] = { "llc.ssap", FIELD_HEX, 1, 1, N_("Source access point"),
        N_("Which service at the sender it comes from."), access_points },
    [LLC_CONTROL] = { "llc.control", FIELD_HEX, 2, 1, N_("Control"),
        N_("The kind of LLC frame; 0x03 is an unnumbered one."), NULL },
    [LLC_OUI] = { "llc.oui", FIELD_DECIMAL, 3, 1, N_("Organization"),
        N_("Who defines the type that follows; 0 is Ethernet."), NULL },
    [LLC_TYPE] = { "llc.type", FIELD_HEX, 2, 1, N_("Type"),
        N_("An Ethernet type, after RFC 1042."), ethertype_labels },
};

static void decode(struct packet *packet, struct slice slice)
{
    packet_push(packet, PROTOCOL_LLC, slice, 3);
    if (!packet_need(packet, slice, 3))
        return;
    uint8_t destination = get_u8(slice, 0), source = get_u8(slice, 1), control = get_u8(slice, 2);
    field_number(packet, LLC_DSAP, slice, 0, 1, destination);
    field_number(packet, LLC_SSAP, slice, 1, 1, source);
    field_number(packet, LLC_CONTROL, slice, 2, 1, control);
    packet_info(packet, "DSAP 0x%02x SSAP 0x%02x control 0x%02x", destination, source, control);
    if (destination != 0xaa || source != 0xaa || control != 3) {
        packet_decode(packet, PROTOCOL_DATA, slice_from(slice, (control & 3) == 3 ? 3 : 4));
        return;
    }
    packet_header(packet, 8);
    if (!packet_need(packet, slice, 8))
        return;
    uint32_t organization = get_u24(slice, 3);
    field_number(packet, LLC_OUI, slice, 3, 3, organization);
    field_number(packet, LLC_TYPE, slice, 6, 2, get_u16(slice, 6));
    if (organization == 0)
        ethertype_decode(packet, get_u16(slice, 6), slice_from(slice, 8));
    else
        packet_decode(packet, PROTOCOL_DATA, slice_from(slice, 8));
}

const struct protocol llc_protocol = {
    .name = "LLC", .title = N_("Logical Link Control"), .filter = "llc", .osi = 2, .tcpip = TCPIP_NETWORK_ACCESS,
    .rows = rows, .row_count = LLC_FIELDS, .decode = decode,
};
