/*
 * ethernet.c - Ethernet II and IEEE 802.3 frames, and the LLC header of the
 * latter. The field after the two addresses is a type from 0x0600 up, a length
 * below (IEEE 802.3 §3.2.6). The frame check sequence is checked by the card
 * and usually not in captures; frames shorter than 60 bytes were padded.
 */
#include "visualizer/ethertype.h"

#include <string.h>

#include "visualizer/checksum.h"
#include "visualizer/protocols.h"

enum {
    ETH_DST, ETH_DST_LOCAL, ETH_DST_GROUP, ETH_SRC, ETH_SRC_LOCAL, ETH_SRC_GROUP, ETH_ADDR, ETH_LG, ETH_IG, ETH_TYPE,
    ETH_LEN, ETH_PADDING, ETH_TRAILER, ETH_FCS, ETH_FCS_STATUS, ETH_FIELDS
};

const struct field_label ethertype_labels[] = {
    { ETHERTYPE_IPV4, "IPv4" }, { ETHERTYPE_ARP, "ARP" }, { ETHERTYPE_RARP, "RARP" }, { ETHERTYPE_VLAN, "802.1Q" },
    { ETHERTYPE_IPV6, "IPv6" }, { ETHERTYPE_SERVICE_VLAN, "802.1ad" }, { 0x8847, "MPLS" }, { 0x8863,
        "PPPoE discovery" },
    { 0x8864, "PPPoE" }, { 0x888e, "802.1X" }, { 0x88cc, "LLDP" }, { 0, NULL },
};

static const struct field_row rows[ETH_FIELDS] = {
    [ETH_DST] = { "eth.dst", FIELD_ETHER, 0, 1, N_("Destination"),
        N_("The MAC address of the neighbour the frame is for; ff:ff:ff:ff:ff:ff is everybody."), NULL },
    [ETH_DST_LOCAL] = { "eth.dst.lg", FIELD_BOOLEAN, 0, 2, N_("Locally administered"),
        N_("The address was given by somebody here, not by the card's maker."), NULL },
    [ETH_DST_GROUP] = { "eth.dst.ig", FIELD_BOOLEAN, 0, 2, N_("Group address"),
        N_("The frame is for a group of stations (multicast or broadcast)."), NULL },
    [ETH_SRC] = { "eth.src", FIELD_ETHER, 0, 1, N_("Source"),
        N_("The MAC address of the neighbour that sent the frame: the last router, not the far sender."), NULL },
    [ETH_SRC_LOCAL] = { "eth.src.lg", FIELD_BOOLEAN, 0, 2, N_("Locally administered"),
        N_("The address was given by somebody here, not by the card's maker."), NULL },
    [ETH_SRC_GROUP] = { "eth.src.ig", FIELD_BOOLEAN, 0, 2, N_("Group address"),
        N_("A sender is never a group: here this bit is 0."), NULL },
    [ETH_ADDR] = { "eth.addr", FIELD_ETHER, 0, FIELD_HIDDEN, N_("Address"), N_("Destination or source."), NULL },
    [ETH_LG] = { "eth.lg", FIELD_BOOLEAN, 0, FIELD_HIDDEN, N_("Locally administered"),
        N_("Of the destination or the source."), NULL },
    [ETH_IG] = { "eth.ig", FIELD_BOOLEAN, 0, FIELD_HIDDEN, N_("Group address"),
        N_("Of the destination or the source."), NULL },
    [ETH_TYPE] = { "eth.type", FIELD_HEX, 2, 1, N_("Type"),
        N_("Which protocol the frame carries: this is how layer 2 finds layer 3."), ethertype_labels },
    [ETH_LEN] = { "eth.len", FIELD_DECIMAL, 2, 1, N_("Length"),
        N_("An IEEE 802.3 frame says its length here; LLC inside says what it carries."), NULL },
    [ETH_PADDING] = { "eth.padding", FIELD_BYTES, 0, 1, N_("Padding"),
        N_("Zeros that bring a short frame to the 60 bytes Ethernet demands."), NULL },
    [ETH_TRAILER] = { "eth.trailer", FIELD_BYTES, 0, 1, N_("Trailer"),
        N_("Bytes after what the frame carries that are not padding."), NULL },
    [ETH_FCS] = { "eth.fcs", FIELD_HEX, 4, 1, N_("Frame check sequence"),
        N_("A CRC over the frame; the receiving card drops the frame when it is wrong."), NULL },
    [ETH_FCS_STATUS] = { "eth.fcs.status", FIELD_DECIMAL, 1, 2, N_("Frame check sequence status"),
        N_("Whether it is right: the card checks it, and what it drops is in no capture."), checksum_labels },
};

void ethertype_decode(struct packet *packet, uint16_t type, struct slice slice)
{
    switch (type) {
    case ETHERTYPE_IPV4:
        packet_decode(packet, PROTOCOL_IPV4, slice);
        break;
    case ETHERTYPE_IPV6:
        packet_decode(packet, PROTOCOL_IPV6, slice);
        break;
    case ETHERTYPE_ARP:
    case ETHERTYPE_RARP:
        packet_decode(packet, PROTOCOL_ARP, slice);
        break;
    case ETHERTYPE_VLAN:
    case ETHERTYPE_SERVICE_VLAN:
    case ETHERTYPE_OLD_SERVICE_VLAN:
        packet_decode(packet, PROTOCOL_VLAN, slice);
        break;
    default:
        packet_decode(packet, PROTOCOL_DATA, slice);
        break;
    }
}

size_t ethertype_left_over(const struct packet *packet, size_t index, struct slice slice)
{
    if (index + 1 >= packet->layer_count)
        return 0;
    const struct layer *inner = &packet->layers[index + 1];
    return inner->buffer == slice.buffer && inner->length < slice.len ? slice.len - inner->length : 0;
}

static void address_fields(struct packet *packet, struct slice slice, size_t at, unsigned row)
{
    uint8_t first = get_u8(slice, at);
    field_bytes(packet, row, slice, at, 6);
    field_bytes(packet, ETH_ADDR, slice, at, 6);
    field_number(packet, row + 1, slice, at, 1, first >> 1 & 1);
    field_number(packet, ETH_LG, slice, at, 1, first >> 1 & 1);
    field_number(packet, row + 2, slice, at, 1, first & 1);
    field_number(packet, ETH_IG, slice, at, 1, first & 1);
}

static bool all_zero(struct slice slice, size_t at, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (get_u8(slice, at + i) != 0)
            return false;
    return true;
}

/* What is behind the carried packet: padding up to 60 bytes, then perhaps the check sequence. */
static void after_payload(struct packet *packet, struct slice frame, size_t left)
{
    size_t at = frame.len - left;
    size_t padding = at < 60 ? 60 - at : 0;
    if (padding > left)
        padding = left;
    if (padding > 0 && all_zero(frame, at, padding)) {
        field_bytes(packet, ETH_PADDING, frame, at, padding);
        at += padding;
        left -= padding;
    }
    /* From 64 bytes on, what is left over ends with the check sequence, if the frame was recorded as a whole. */
    bool check = left >= 4 && frame.len >= 64 && frame.len == frame.wire;
    if (check)
        left -= 4;
    if (left > 0)
        field_bytes(packet, ETH_TRAILER, frame, at, left);
    if (check) {
        field_number(packet, ETH_FCS, frame, frame.len - 4U, 4, get_u32(frame, frame.len - 4U));
        field_number(packet, ETH_FCS_STATUS, frame, frame.len - 4U, 4, CHECKSUM_UNVERIFIED);
    }
}

static bool trailer_wanted(const struct packet *packet)
{
    return field_wanted(packet, ETH_PADDING) || field_wanted(packet, ETH_TRAILER) || field_wanted(packet, ETH_FCS) ||
           field_wanted(packet, ETH_FCS_STATUS);
}

static void decode(struct packet *packet, struct slice frame)
{
    packet_push(packet, PROTOCOL_ETHERNET, frame, 14);
    size_t index = packet->current;
    if (!packet_need(packet, frame, 14))
        return;
    packet->to.family = packet->from.family = ADDRESS_ETHER;
    memcpy(packet->to.bytes, frame.at, 6);
    memcpy(packet->from.bytes, frame.at + 6, 6);
    if (!packet->wants->layers_only) {
        address_fields(packet, frame, 0, ETH_DST);
        address_fields(packet, frame, 6, ETH_SRC);
    }
    uint16_t type = get_u16(frame, 12);
    struct slice rest = slice_from(frame, 14);
    packet_info(packet, "type 0x%04x", type);
    if (type < 0x0600) {
        field_number(packet, ETH_LEN, frame, 12, 2, type);
        packet_decode(packet, PROTOCOL_LLC, slice_part(rest, 0, type));
    } else {
        field_number(packet, ETH_TYPE, frame, 12, 2, type);
        ethertype_decode(packet, type, rest);
    }
    packet_select(packet, index);
    size_t left = trailer_wanted(packet) ? ethertype_left_over(packet, index, rest) : 0;
    if (left > 0)
        after_payload(packet, frame, left);
}

const struct protocol ethernet_protocol = {
    .name = "Ethernet", .title = N_("Ethernet II"), .filter = "eth", .osi = 2, .tcpip = TCPIP_NETWORK_ACCESS,
    .rows = rows, .row_count = ETH_FIELDS, .decode = decode,
};
