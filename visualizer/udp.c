/*
 * udp.c - the User Datagram Protocol (RFC 768): ports and a checksum on top of
 * IP, nothing more. Whoever needs order or certainty must see to it.
 */

#include "visualizer/checksum.h"
#include "visualizer/flow.h"
#include "visualizer/ip.h"
#include "visualizer/protocols.h"

enum {
    UDP_SRCPORT, UDP_DSTPORT, UDP_PORT, UDP_LENGTH, UDP_CHECKSUM, UDP_CHECKSUM_STATUS, UDP_STREAM, UDP_TIME_RELATIVE,
    UDP_TIME_DELTA, UDP_PAYLOAD, UDP_FIELDS
};

static const struct field_row rows[UDP_FIELDS] = {
    [UDP_SRCPORT] = { "udp.srcport", FIELD_DECIMAL, 2, 1, N_("Source port"),
        N_("Which program of the sender this comes from."), NULL },
    [UDP_DSTPORT] = { "udp.dstport", FIELD_DECIMAL, 2, 1, N_("Destination port"),
        N_("Which program of the receiver this is for: 53 is DNS, 67 and 68 are DHCP."), NULL },
    [UDP_PORT] = { "udp.port", FIELD_DECIMAL, 2, FIELD_HIDDEN, N_("Port"), N_("Source or destination."), NULL },
    [UDP_LENGTH] = { "udp.length", FIELD_DECIMAL, 2, 1, N_("Length"),
        N_("Bytes of the datagram, these eight included."), NULL },
    [UDP_CHECKSUM] = { "udp.checksum", FIELD_HEX, 2, 1, N_("Checksum"),
        N_("Over header, data and the IP addresses; with IPv4 it may be left out (0)."), NULL },
    [UDP_CHECKSUM_STATUS] = { "udp.checksum.status", FIELD_DECIMAL, 1, 2, N_("Checksum status"),
        N_("Whether it is right; a wrong one on the sender's side may only mean that its card computes it."),
        checksum_labels },
    [UDP_STREAM] = { "udp.stream", FIELD_DECIMAL, 4, 1, N_("Stream"),
        N_("The number of this pair of ends in the capture, counted from 0; UDP itself knows no connections."), NULL },
    [UDP_TIME_RELATIVE] = { "udp.time_relative", FIELD_DURATION, 8, 1, N_("Time since the first datagram"),
        N_("Between these two ends."), NULL },
    [UDP_TIME_DELTA] = { "udp.time_delta", FIELD_DURATION, 8, 1, N_("Time since the previous datagram"),
        N_("Between these two ends."), NULL },
    [UDP_PAYLOAD] = { "udp.payload", FIELD_BYTES, 0, 1, N_("Payload"), N_("The application's bytes."), NULL },
};

/* Who is behind which port: the server's side decides. */
static const struct {
    uint16_t port;
    enum protocol_id protocol;
} applications[] = {
    { 53, PROTOCOL_DNS }, { 5353, PROTOCOL_DNS }, { 67, PROTOCOL_DHCP }, { 68, PROTOCOL_DHCP },
    { 546, PROTOCOL_DHCPV6 }, { 547, PROTOCOL_DHCPV6 },
};

static enum protocol_id application_of(uint16_t from, uint16_t to)
{
    for (size_t i = 0; i < sizeof applications / sizeof applications[0]; i++)
        if (applications[i].port == from || applications[i].port == to)
            return applications[i].protocol;
    return PROTOCOL_DATA;
}

static enum checksum_status status_of(const struct packet *packet, struct slice datagram)
{
    if (get_u16(datagram, 6) == 0)
        return packet->from.family == ADDRESS_IPV6 ? CHECKSUM_ILLEGAL : CHECKSUM_NOT_PRESENT;
    return checksum_with_addresses(packet, IP_UDP, datagram);
}

static void flow_fields(struct packet *packet, struct slice slice)
{
    bool backward;
    struct flow *flow = flow_of(packet, IP_UDP, &backward);
    field_number(packet, UDP_STREAM, slice, 0, 0, flow->number);
    field_time(packet, UDP_TIME_RELATIVE, slice, 0, 0, packet->time - flow->first_time);
    field_time(packet, UDP_TIME_DELTA, slice, 0, 0, packet->time - flow->last_time);
    flow->last_time = packet->time;
}

static void decode(struct packet *packet, struct slice slice)
{
    packet_push(packet, PROTOCOL_UDP, slice, 8);
    if (!packet_need(packet, slice, 8))
        return;
    uint16_t from = get_u16(slice, 0), to = get_u16(slice, 2), length = get_u16(slice, 4);
    field_number(packet, UDP_SRCPORT, slice, 0, 2, from);
    field_number(packet, UDP_DSTPORT, slice, 2, 2, to);
    field_number(packet, UDP_PORT, slice, 0, 2, from);
    field_number(packet, UDP_PORT, slice, 2, 2, to);
    field_number(packet, UDP_LENGTH, slice, 4, 2, length);
    packet_info(packet, "%u → %u Len=%d", from, to, length - 8);
    if (length != 0 && length < 8) {
        packet_malformed(packet, N_("The UDP datagram claims to be shorter than its header."));
        return;
    }
    if (length > slice.wire && packet->quoted == 0)
        packet_malformed(packet, N_("The UDP datagram claims more bytes than its IP packet carries."));
    struct slice whole = slice_part(slice, 0, length > 0 ? length : SIZE_MAX);
    field_number(packet, UDP_CHECKSUM, slice, 6, 2, get_u16(slice, 6));
    if (field_wanted(packet, UDP_CHECKSUM_STATUS))
        field_number(packet, UDP_CHECKSUM_STATUS, slice, 6, 2, status_of(packet, whole));
    if (packet->quoted == 0) {
        packet->from_port = from;
        packet->to_port = to;
        if (packet->pass != NULL)
            flow_fields(packet, slice);
    } else if (packet->pass != NULL)
        field_number(packet, UDP_STREAM, slice, 0, 0, flow_of_quoted(packet, IP_UDP, from, to)->number);
    struct slice payload = slice_from(whole, 8);
    if (payload.len > 0)
        field_bytes(packet, UDP_PAYLOAD, payload, 0, payload.len);
    packet->layers[packet->current].length = whole.len;
    packet_decode(packet, payload.wire > 0 ? application_of(from, to) : PROTOCOL_DATA, payload);
}

const struct protocol udp_protocol = {
    .name = "UDP", .title = N_("User Datagram Protocol"), .filter = "udp", .osi = 4, .tcpip = TCPIP_TRANSPORT,
    .rows = rows, .row_count = UDP_FIELDS, .decode = decode,
};
