#include "visualizer/ip.h"

const struct field_label ip_protocol_labels[] = {
    { IP_HOP_BY_HOP, "IPv6 hop-by-hop options" }, { IP_ICMP, "ICMP" }, { 2, "IGMP" }, { IP_IPIP, "IPv4" },
    { IP_TCP, "TCP" }, { IP_UDP, "UDP" }, { IP_IPV6, "IPv6" }, { IP_ROUTING, "IPv6 routing" },
    { IP_FRAGMENT, "IPv6 fragment" }, { 47, "GRE" }, { 50, "ESP" }, { 51, "AH" }, { IP_ICMPV6, "ICMPv6" },
    { IP_NOTHING, "IPv6 no next header" }, { IP_DESTINATION, "IPv6 destination options" }, { 89, "OSPF" },
    { 132, "SCTP" }, { 0, NULL },
};

const struct field_label dscp_labels[] = {
    { 0, "default" }, { 8, "CS1" }, { 10, "AF11" }, { 16, "CS2" }, { 24, "CS3" }, { 26, "AF31" }, { 32, "CS4" },
    { 40, "CS5" }, { 46, "EF" }, { 48, "CS6" }, { 56, "CS7" }, { 0, NULL },
};

const struct field_label ecn_labels[] = {
    { 0, N_("not capable") }, { 1, N_("capable (1)") }, { 2, N_("capable (0)") }, { 3, N_("congestion experienced") },
    { 0, NULL },
};

void ip_payload(struct packet *packet, uint8_t protocol, struct slice slice)
{
    static const struct {
        uint8_t number;
        enum protocol_id protocol;
    } known[] = {
        { IP_TCP, PROTOCOL_TCP }, { IP_UDP, PROTOCOL_UDP }, { IP_ICMP, PROTOCOL_ICMPV4 },
        { IP_ICMPV6, PROTOCOL_ICMPV6 }, { IP_IPIP, PROTOCOL_IPV4 }, { IP_IPV6, PROTOCOL_IPV6 },
        { IP_HOP_BY_HOP, PROTOCOL_IPV6_HOP_BY_HOP }, { IP_DESTINATION, PROTOCOL_IPV6_DESTINATION },
        { IP_ROUTING, PROTOCOL_IPV6_ROUTING }, { IP_FRAGMENT, PROTOCOL_IPV6_FRAGMENT },
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].number == protocol) {
            packet_decode(packet, known[i].protocol, slice);
            return;
        }
    packet_decode(packet, PROTOCOL_DATA, slice);
}

void ip_reassembled_fields(struct packet *packet, unsigned first_row, const struct reassembled *result)
{
    struct slice whole = result->whole;
    field_bytes(packet, first_row + REASSEMBLED_FRAGMENTS, whole, 0, whole.len);
    for (size_t i = 0; i < result->count; i++) {
        const struct fragment *piece = &result->pieces[i];
        field_number(packet, first_row + REASSEMBLED_FRAGMENT, whole, piece->offset, piece->length, piece->packet);
        if (piece->overlap)
            field_number(packet, first_row + REASSEMBLED_OVERLAP, whole, piece->offset, piece->length, 1);
        if (piece->conflict)
            field_number(packet, first_row + REASSEMBLED_CONFLICT, whole, piece->offset, piece->length, 1);
    }
    field_number(packet, first_row + REASSEMBLED_COUNT, whole, 0, 0, result->count);
    field_number(packet, first_row + REASSEMBLED_LENGTH, whole, 0, 0, whole.len);
    field_bytes(packet, first_row + REASSEMBLED_DATA, whole, 0, whole.len);
}
