/*
 * vlan.c - the tag of IEEE 802.1Q: four bytes in an Ethernet frame that say
 * which virtual network it belongs to. Two tags (802.1ad) are a provider's
 * around a customer's.
 */
#include "visualizer/ethertype.h"
#include "visualizer/protocols.h"

enum { VLAN_PRIORITY, VLAN_DEI, VLAN_ID, VLAN_TYPE, VLAN_LEN, VLAN_FIELDS };

static const struct field_row rows[VLAN_FIELDS] = {
    [VLAN_PRIORITY] = { "vlan.priority", FIELD_DECIMAL, 2, 1, N_("Priority"),
        N_("How urgent the frame is, 0 to 7: voice overtakes mail."), NULL },
    [VLAN_DEI] = { "vlan.dei", FIELD_BOOLEAN, 2, 1, N_("Drop eligible"),
        N_("A switch that is short of room may drop this frame first."), NULL },
    [VLAN_ID] = { "vlan.id", FIELD_DECIMAL, 2, 1, N_("Virtual network"),
        N_("Which virtual LAN the frame belongs to, 1 to 4094."), NULL },
    [VLAN_TYPE] = { "vlan.etype", FIELD_HEX, 2, 1, N_("Type"),
        N_("Which protocol the frame carries behind the tag."), ethertype_labels },
    [VLAN_LEN] = { "vlan.len", FIELD_DECIMAL, 2, 1, N_("Length"),
        N_("A tagged IEEE 802.3 frame says its length here."), NULL },
};

static void decode(struct packet *packet, struct slice slice)
{
    packet_push(packet, PROTOCOL_VLAN, slice, 4);
    size_t index = packet->current;
    if (!packet_need(packet, slice, 4))
        return;
    uint16_t tag = get_u16(slice, 0), type = get_u16(slice, 2);
    field_number(packet, VLAN_PRIORITY, slice, 0, 2, tag >> 13);
    field_number(packet, VLAN_DEI, slice, 0, 2, tag >> 12 & 1);
    field_number(packet, VLAN_ID, slice, 0, 2, tag & 0xfff);
    packet_info(packet, "PRI: %d  DEI: %d  ID: %d", tag >> 13, tag >> 12 & 1, tag & 0xfff);
    struct slice rest = slice_from(slice, 4);
    if (type < 0x0600) {
        field_number(packet, VLAN_LEN, slice, 2, 2, type);
        packet_decode(packet, PROTOCOL_LLC, slice_part(rest, 0, type));
    } else {
        field_number(packet, VLAN_TYPE, slice, 2, 2, type);
        ethertype_decode(packet, type, rest);
    }
    /* What the carried packet leaves over is padding of the frame, not part of the tag. */
    packet->layers[index].length -= (uint32_t)ethertype_left_over(packet, index, rest);
}

const struct protocol vlan_protocol = {
    .name = "802.1Q", .title = N_("802.1Q virtual LAN"), .filter = "vlan", .osi = 2, .tcpip = TCPIP_NETWORK_ACCESS,
    .rows = rows, .row_count = VLAN_FIELDS, .decode = decode,
};
