/*
 * loopback.c - BSD's loopback interface: instead of a frame header there are
 * four bytes with the address family, in the byte order of the system that
 * recorded (LINKTYPE_NULL), or in that of the network (LINKTYPE_LOOP).
 * IPv6 has another number on each BSD.
 */
#include "visualizer/protocols.h"

enum { NULL_FAMILY, NULL_FIELDS };

static const struct field_label families[] = {
    { 2, "IPv4" }, { 24, "IPv6" }, { 28, "IPv6" }, { 30, "IPv6" }, { 0, NULL },
};

static const struct field_row rows[NULL_FIELDS] = {
    [NULL_FAMILY] = { "null.family", FIELD_DECIMAL, 4, 1, N_("Family"),
        N_("Which kind of packet follows: 2 is IPv4; 24, 28 and 30 are IPv6."), families },
};

static void decode(struct packet *packet, struct slice slice)
{
    packet_push(packet, PROTOCOL_LOOPBACK, slice, 4);
    if (!packet_need(packet, slice, 4))
        return;
    uint32_t family = get_u32(slice, 0);
    if (family > 0xffff)
        family = __builtin_bswap32(family);
    field_number(packet, NULL_FAMILY, slice, 0, 4, family);
    packet_info(packet, "family %u", family);
    struct slice rest = slice_from(slice, 4);
    if (family == 2)
        packet_decode(packet, PROTOCOL_IPV4, rest);
    else if (family == 24 || family == 28 || family == 30 || family == 10)
        packet_decode(packet, PROTOCOL_IPV6, rest);
    else
        packet_decode(packet, PROTOCOL_DATA, rest);
}

const struct protocol loopback_protocol = {
    .name = "loopback", .title = N_("BSD loopback"), .filter = "null", .osi = 2, .tcpip = TCPIP_NETWORK_ACCESS,
    .rows = rows, .row_count = NULL_FIELDS, .decode = decode,
};
