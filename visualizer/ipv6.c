/*
 * ipv6.c - the Internet Protocol, version 6 (RFC 8200): longer addresses, a
 * simpler header of always 40 bytes, no checksum, no fragmentation by routers.
 * What IPv4 has as options are headers of their own here (ipv6_extension.c).
 */
#include "visualizer/protocols.h"

#include <arpa/inet.h>
#include <string.h>

#include "visualizer/ip.h"
#include "visualizer/path.h"

enum {
    IPV6_VERSION, IPV6_IP_VERSION, IPV6_CLASS, IPV6_DSCP, IPV6_ECN, IPV6_FLOW, IPV6_LENGTH, IPV6_NEXT, IPV6_HOPS,
    IPV6_SRC, IPV6_ADDR, IPV6_SRC_HOST, IPV6_HOST, IPV6_SRC_MAC, IPV6_MAC, IPV6_DST, IPV6_DST_HOST, IPV6_DST_MAC,
    IPV6_FIELDS
};

static const struct field_row rows[IPV6_FIELDS] = {
    [IPV6_VERSION] = { "ipv6.version", FIELD_DECIMAL, 1, 1, N_("Version"),
        N_("Which Internet Protocol: 6."), NULL },
    [IPV6_IP_VERSION] = { "ip.version", FIELD_DECIMAL, 1, FIELD_HIDDEN, N_("Version"),
        N_("Which Internet Protocol: 6."), NULL },
    [IPV6_CLASS] = { "ipv6.tclass", FIELD_HEX, 4, 1, N_("Traffic class"),
        N_("How routers should treat the packet when there is not room for all (RFC 2474)."), NULL },
    [IPV6_DSCP] = { "ipv6.tclass.dscp", FIELD_DECIMAL, 4, 2, N_("Service class"),
        N_("Which class of service the packet belongs to; 0 is ordinary."), dscp_labels },
    [IPV6_ECN] = { "ipv6.tclass.ecn", FIELD_DECIMAL, 4, 2, N_("Congestion notification"),
        N_("Routers can mark the packet instead of dropping it when they are congested (RFC 3168)."), ecn_labels },
    [IPV6_FLOW] = { "ipv6.flow", FIELD_HEX, 3, 1, N_("Flow label"),
        N_("The sender marks packets that belong together, so that routers keep them on one path (RFC 6437)."), NULL },
    [IPV6_LENGTH] = { "ipv6.plen", FIELD_DECIMAL, 2, 1, N_("Payload length"),
        N_("Bytes behind this header, extension headers included."), NULL },
    [IPV6_NEXT] = { "ipv6.nxt", FIELD_DECIMAL, 1, 1, N_("Next header"),
        N_("What comes behind this header: an extension header, or what the packet carries."), ip_protocol_labels },
    [IPV6_HOPS] = { "ipv6.hlim", FIELD_DECIMAL, 1, 1, N_("Hop limit"),
        N_("How many routers may still forward the packet: what IPv4 calls time to live."), NULL },
    [IPV6_SRC] = { "ipv6.src", FIELD_IPV6, 0, 1, N_("Source"),
        N_("The address of who sent the packet."), NULL },
    [IPV6_ADDR] = { "ipv6.addr", FIELD_IPV6, 0, FIELD_HIDDEN, N_("Address"), N_("Source or destination."), NULL },
    [IPV6_SRC_HOST] = { "ipv6.src_host", FIELD_IPV6, 0, FIELD_HIDDEN, N_("Source host"),
        N_("The sender's name, or address."), NULL },
    [IPV6_HOST] = { "ipv6.host", FIELD_IPV6, 0, FIELD_HIDDEN, N_("Host"), N_("Source or destination."), NULL },
    [IPV6_SRC_MAC] = { "ipv6.src_sa_mac", FIELD_ETHER, 0, 2, N_("MAC address in the source"),
        N_("The address was made from this MAC address (RFC 4291, modified EUI-64): it can be recognized anywhere."),
            NULL },
    [IPV6_MAC] = { "ipv6.sa_mac", FIELD_ETHER, 0, FIELD_HIDDEN, N_("MAC address"), N_("In source or destination."),
        NULL },
    [IPV6_DST] = { "ipv6.dst", FIELD_IPV6, 0, 1, N_("Destination"),
        N_("The address of who shall get the packet; ff00::/8 are groups."), NULL },
    [IPV6_DST_HOST] = { "ipv6.dst_host", FIELD_IPV6, 0, FIELD_HIDDEN, N_("Destination host"),
        N_("The receiver's name, or address."), NULL },
    [IPV6_DST_MAC] = { "ipv6.dst_sa_mac", FIELD_ETHER, 0, 2, N_("MAC address in the destination"),
        N_("The address was made from this MAC address (RFC 4291, modified EUI-64)."), NULL },
};

/* RFC 4291 appendix A: ff:fe in the middle of the last eight bytes, and the local bit turned. */
static void mac_field(struct packet *packet, unsigned row, struct slice slice, size_t at)
{
    struct slice interface = slice_part(slice, at + 8, 8);
    if (get_u16(interface, 3) != 0xfffe || (get_u8(interface, 0) & 2) == 0 || get_u8(slice, at) == 0xff)
        return;
    uint8_t *mac = packet_memory(packet, 6);
    memcpy(mac, interface.at, 3);
    memcpy(mac + 3, interface.at + 5, 3);
    mac[0] ^= 2;
    unsigned places[] = { row, IPV6_MAC };
    for (size_t i = 0; i < 2; i++)
        if (field_wanted(packet, places[i])) {
            struct field *field = packet_add_field(packet, places[i], interface, 0, 8);
            field->value.bytes = mac;
            field->size = 6;
        }
}

static void address_fields(struct packet *packet, struct slice slice)
{
    field_bytes(packet, IPV6_SRC, slice, 8, 16);
    field_bytes(packet, IPV6_ADDR, slice, 8, 16);
    field_bytes(packet, IPV6_SRC_HOST, slice, 8, 16);
    field_bytes(packet, IPV6_HOST, slice, 8, 16);
    field_bytes(packet, IPV6_DST, slice, 24, 16);
    field_bytes(packet, IPV6_ADDR, slice, 24, 16);
    field_bytes(packet, IPV6_DST_HOST, slice, 24, 16);
    field_bytes(packet, IPV6_HOST, slice, 24, 16);
    if (field_wanted(packet, IPV6_SRC_MAC) || field_wanted(packet, IPV6_MAC))
        mac_field(packet, IPV6_SRC_MAC, slice, 8);
    if (field_wanted(packet, IPV6_DST_MAC) || field_wanted(packet, IPV6_MAC))
        mac_field(packet, IPV6_DST_MAC, slice, 24);
}

static void header_fields(struct packet *packet, struct slice slice)
{
    uint32_t first = get_u32(slice, 0);
    field_number(packet, IPV6_VERSION, slice, 0, 1, first >> 28);
    field_number(packet, IPV6_IP_VERSION, slice, 0, 1, first >> 28);
    field_number(packet, IPV6_CLASS, slice, 0, 4, first >> 20 & 0xff);
    field_number(packet, IPV6_DSCP, slice, 0, 4, first >> 22 & 0x3f);
    field_number(packet, IPV6_ECN, slice, 0, 4, first >> 20 & 3);
    field_number(packet, IPV6_FLOW, slice, 1, 3, first & 0xfffff);
    field_number(packet, IPV6_LENGTH, slice, 4, 2, get_u16(slice, 4));
    field_number(packet, IPV6_NEXT, slice, 6, 1, get_u8(slice, 6));
    field_number(packet, IPV6_HOPS, slice, 7, 1, get_u8(slice, 7));
    address_fields(packet, slice);
}

static void summary(struct packet *packet, struct slice slice)
{
    char from[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN];
    packet_info(packet, "%s → %s, next header %d, hop limit %d",
                inet_ntop(AF_INET6, slice.at + 8, from, sizeof from),
                inet_ntop(AF_INET6, slice.at + 24, to, sizeof to), get_u8(slice, 6), get_u8(slice, 7));
}

static void decode(struct packet *packet, struct slice slice)
{
    packet_push(packet, PROTOCOL_IPV6, slice, 40);
    if (!packet_need(packet, slice, 40))
        return;
    if (get_u8(slice, 0) >> 4 != 6) {
        field_number(packet, IPV6_VERSION, slice, 0, 1, get_u8(slice, 0) >> 4);
        packet_malformed(packet, N_("The version in the IPv6 header is not 6."));
        return;
    }
    struct net_address *from = packet->quoted > 0 ? &packet->quoted_from : &packet->from;
    struct net_address *to = packet->quoted > 0 ? &packet->quoted_to : &packet->to;
    from->family = to->family = ADDRESS_IPV6;
    memcpy(from->bytes, slice.at + 8, 16);
    memcpy(to->bytes, slice.at + 24, 16);
    if (!packet->wants->layers_only)
        header_fields(packet, slice);
    if (packet->wants->info)
        summary(packet, slice);
    /* A jumbogram (RFC 2675) has 0 here, and so has what a card cuts itself: then the frame tells. */
    size_t length = get_u16(slice, 4);
    struct slice payload = slice_part(slice, 40, length > 0 ? length : SIZE_MAX);
    if (get_u8(slice, 6) == IP_NOTHING)
        payload.len = payload.wire = 0;
    packet->layers[packet->current].length = 40 + payload.len;
    path_look(packet, slice_part(slice, 0, 40 + (size_t)payload.wire), 7, 0);
    ip_payload(packet, get_u8(slice, 6), payload);
}

const struct protocol ipv6_protocol = {
    .name = "IPv6", .title = N_("Internet Protocol version 6"), .filter = "ipv6", .osi = 3, .tcpip = TCPIP_INTERNET,
    .rows = rows, .row_count = IPV6_FIELDS, .decode = decode,
};
