/*
 * icmpv6.c - ICMP for IPv6 (RFC 4443): echo and errors as in version 4, and
 * what other protocols did before: neighbour discovery in place of ARP, router
 * discovery (RFC 4861), multicast groups (RFC 2710, 3810). It shows that layers
 * are a design choice: the same job as ARP, one layer higher.
 */
#include "visualizer/icmpv6.h"

#include <arpa/inet.h>
#include <string.h>

#include "visualizer/checksum.h"
#include "visualizer/ip.h"
#include "visualizer/protocols.h"

enum {
    UNREACHABLE = 1, TOO_BIG = 2, TIME_EXCEEDED = 3, PARAMETER_PROBLEM = 4, ECHO = 128, ECHO_REPLY = 129,
    LISTENER_QUERY = 130, LISTENER_REPORT = 131, LISTENER_DONE = 132, ROUTER_SOLICITATION = 133,
    ROUTER_ADVERTISEMENT = 134, NEIGHBOUR_SOLICITATION = 135, NEIGHBOUR_ADVERTISEMENT = 136, REDIRECT = 137,
    LISTENER_REPORT_2 = 143,
};

static const char *label(uint8_t type)
{
    for (const struct field_label *row = icmpv6_types; row->text != NULL; row++)
        if (row->value == type)
            return row->text;
    return N_("unknown message");
}

static const char *address_text(struct packet *packet, struct slice slice, size_t at)
{
    char text[INET6_ADDRSTRLEN];
    if (slice.len < at + 16)
        return "?";
    return packet_text(packet, "%s", inet_ntop(AF_INET6, slice.at + at, text, sizeof text));
}

static void echo(struct packet *packet, struct slice slice, struct icmp_detail *detail)
{
    uint16_t ident = get_u16(slice, 4), sequence = get_u16(slice, 6);
    field_number(packet, ICMPV6_IDENT, slice, 4, 2, ident);
    field_number(packet, ICMPV6_SEQUENCE, slice, 6, 2, sequence);
    packet_info_add(packet, " id=0x%04x, seq=%u", ident, sequence);
    int64_t time;
    uint32_t request = icmp_match(packet, IP_ICMPV6, detail->type == ECHO, ident, sequence, &time);
    if (request != 0) {
        field_number(packet, ICMPV6_RESPONSE_TO, slice, 0, 0, request);
        field_time(packet, ICMPV6_RESPONSE_TIME, slice, 0, 0, time);
        packet_info_add(packet, " (answers %u)", request);
    }
    packet_header(packet, 8);
    packet_decode(packet, PROTOCOL_DATA, slice_from(slice, 8));
}

static void error(struct packet *packet, struct slice slice, struct icmp_detail *detail)
{
    if (detail->type == TOO_BIG)
        field_number(packet, ICMPV6_MTU, slice, 4, 4, get_u32(slice, 4));
    else if (detail->type == PARAMETER_PROBLEM)
        field_number(packet, ICMPV6_POINTER, slice, 4, 4, get_u32(slice, 4));
    else
        field_bytes(packet, ICMPV6_RESERVED, slice, 4, 4);
    icmp_quoted(packet, PROTOCOL_IPV6, slice_from(slice, 8));
}

static void set_target(struct packet *packet, struct slice slice, size_t at, struct icmp_detail *detail)
{
    if (!packet_need(packet, slice, at + 16))
        return;
    detail->target.family = ADDRESS_IPV6;
    memcpy(detail->target.bytes, slice.at + at, 16);
    packet_info_add(packet, " %s", address_text(packet, slice, at));
}

static void router_solicitation(struct packet *packet, struct slice slice, struct icmp_detail *detail)
{
    field_bytes(packet, ICMPV6_RESERVED, slice, 4, 4);
    icmpv6_options(packet, slice_from(slice, 8), detail);
}

static void router_advertisement(struct packet *packet, struct slice slice, struct icmp_detail *detail)
{
    if (!packet_need(packet, slice, 16))
        return;
    uint8_t flags = get_u8(slice, 5);
    field_number(packet, ICMPV6_RA_HOPS, slice, 4, 1, get_u8(slice, 4));
    field_number(packet, ICMPV6_RA_FLAGS, slice, 5, 1, flags);
    field_number(packet, ICMPV6_RA_MANAGED, slice, 5, 1, flags >> 7);
    field_number(packet, ICMPV6_RA_OTHER, slice, 5, 1, flags >> 6 & 1);
    field_number(packet, ICMPV6_RA_HOME, slice, 5, 1, flags >> 5 & 1);
    field_number(packet, ICMPV6_RA_PREFERENCE, slice, 5, 1, flags >> 3 & 3);
    field_number(packet, ICMPV6_RA_PROXY, slice, 5, 1, flags >> 2 & 1);
    field_number(packet, ICMPV6_RA_RESERVED, slice, 5, 1, flags & 3);
    field_number(packet, ICMPV6_RA_LIFETIME, slice, 6, 2, get_u16(slice, 6));
    field_number(packet, ICMPV6_RA_REACHABLE, slice, 8, 4, get_u32(slice, 8));
    field_number(packet, ICMPV6_RA_RETRANS, slice, 12, 4, get_u32(slice, 12));
    icmpv6_options(packet, slice_from(slice, 16), detail);
}

static void neighbour_solicitation(struct packet *packet, struct slice slice, struct icmp_detail *detail)
{
    field_bytes(packet, ICMPV6_RESERVED, slice, 4, 4);
    packet_info_add(packet, " for");
    set_target(packet, slice, 8, detail);
    field_bytes(packet, ICMPV6_NS_TARGET, slice, 8, 16);
    icmpv6_options(packet, slice_from(slice, 24), detail);
}

static void neighbour_advertisement(struct packet *packet, struct slice slice, struct icmp_detail *detail)
{
    uint32_t flags = get_u32(slice, 4);
    field_number(packet, ICMPV6_NA_FLAGS, slice, 4, 4, flags);
    field_number(packet, ICMPV6_NA_ROUTER, slice, 4, 4, flags >> 31);
    field_number(packet, ICMPV6_NA_SOLICITED, slice, 4, 4, flags >> 30 & 1);
    field_number(packet, ICMPV6_NA_OVERRIDE, slice, 4, 4, flags >> 29 & 1);
    field_number(packet, ICMPV6_NA_RESERVED, slice, 4, 4, flags & 0x1fffffff);
    set_target(packet, slice, 8, detail);
    field_bytes(packet, ICMPV6_NA_TARGET, slice, 8, 16);
    icmpv6_options(packet, slice_from(slice, 24), detail);
    if (detail->link.family == ADDRESS_ETHER) {
        const uint8_t *mac = detail->link.bytes;
        packet_info_add(packet, " is at %02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
    }
}

static void redirect(struct packet *packet, struct slice slice, struct icmp_detail *detail)
{
    field_bytes(packet, ICMPV6_RESERVED, slice, 4, 4);
    set_target(packet, slice, 8, detail);
    field_bytes(packet, ICMPV6_RD_TARGET, slice, 8, 16);
    if (!packet_need(packet, slice, 40))
        return;
    field_bytes(packet, ICMPV6_RD_DESTINATION, slice, 24, 16);
    icmpv6_options(packet, slice_from(slice, 40), detail);
}

static void sources(struct packet *packet, unsigned row, struct slice slice, size_t at, unsigned count)
{
    for (unsigned i = 0; i < count && at + 16 <= slice.len; i++, at += 16)
        field_bytes(packet, row, slice, at, 16);
}

/* Version 2 is longer (RFC 3810 §8.1). */
static void listener_query(struct packet *packet, struct slice slice, struct icmp_detail *detail)
{
    bool second = detail->type == LISTENER_QUERY && slice.wire >= 28;
    field_number(packet, second ? ICMPV6_MLD_CODE : ICMPV6_MLD_DELAY, slice, 4, 2, get_u16(slice, 4));
    field_bytes(packet, ICMPV6_RESERVED, slice, 6, 2);
    set_target(packet, slice, 8, detail);
    field_bytes(packet, ICMPV6_MLD_ADDRESS, slice, 8, 16);
    if (!second)
        return;
    uint8_t flags = get_u8(slice, 24);
    field_number(packet, ICMPV6_MLD_FLAGS, slice, 24, 1, flags);
    field_number(packet, ICMPV6_MLD_SUPPRESS, slice, 24, 1, flags >> 3 & 1);
    field_number(packet, ICMPV6_MLD_ROBUSTNESS, slice, 24, 1, flags & 7);
    field_number(packet, ICMPV6_MLD_RESERVED, slice, 24, 1, flags >> 4);
    field_number(packet, ICMPV6_MLD_INTERVAL, slice, 25, 1, get_u8(slice, 25));
    field_number(packet, ICMPV6_MLD_SOURCES, slice, 26, 2, get_u16(slice, 26));
    sources(packet, ICMPV6_MLD_SOURCE, slice, 28, get_u16(slice, 26));
}

static void listener_report(struct packet *packet, struct slice slice, struct icmp_detail *detail)
{
    (void)detail;
    unsigned records = get_u16(slice, 6);
    field_bytes(packet, ICMPV6_RESERVED, slice, 4, 2);
    field_number(packet, ICMPV6_MLDR_RECORDS, slice, 6, 2, records);
    size_t at = 8;
    for (unsigned i = 0; i < records; i++) {
        if (!packet_need(packet, slice, at + 20))
            return;
        unsigned count = get_u16(slice, at + 2);
        size_t extra = 4 * (size_t)get_u8(slice, at + 1);
        field_number(packet, ICMPV6_MLDR_RECORD, slice, at, 20, 1);
        field_number(packet, ICMPV6_MLDR_TYPE, slice, at, 1, get_u8(slice, at));
        field_number(packet, ICMPV6_MLDR_EXTRA, slice, at + 1, 1, get_u8(slice, at + 1));
        field_number(packet, ICMPV6_MLDR_SOURCES, slice, at + 2, 2, count);
        field_bytes(packet, ICMPV6_MLDR_ADDRESS, slice, at + 4, 16);
        packet_info_add(packet, " %s", address_text(packet, slice, at + 4));
        at += 20;
        sources(packet, ICMPV6_MLDR_SOURCE, slice, at, count);
        at += 16 * (size_t)count + extra;
    }
}

static const struct {
    uint8_t type;
    uint8_t size;           /* of the fixed part */
    void (*decode)(struct packet *packet, struct slice slice, struct icmp_detail *detail);
} messages[] = {
    { UNREACHABLE, 8, error },
    { TOO_BIG, 8, error },
    { TIME_EXCEEDED, 8, error },
    { PARAMETER_PROBLEM, 8, error },
    { ECHO, 8, echo },
    { ECHO_REPLY, 8, echo },
    { LISTENER_QUERY, 24, listener_query },
    { LISTENER_REPORT, 24, listener_query },
    { LISTENER_DONE, 24, listener_query },
    { ROUTER_SOLICITATION, 8, router_solicitation },
    { ROUTER_ADVERTISEMENT, 16, router_advertisement },
    { NEIGHBOUR_SOLICITATION, 24, neighbour_solicitation },
    { NEIGHBOUR_ADVERTISEMENT, 24, neighbour_advertisement },
    { REDIRECT, 40, redirect },
    { LISTENER_REPORT_2, 8, listener_report },
};

static void decode(struct packet *packet, struct slice slice)
{
    packet_push(packet, PROTOCOL_ICMPV6, slice, slice.len);
    if (!packet_need(packet, slice, 4))
        return;
    struct icmp_detail *detail = packet_memory(packet, sizeof *detail);
    detail->type = get_u8(slice, 0);
    detail->code = get_u8(slice, 1);
    packet->layers[packet->current].detail = detail;
    field_number(packet, ICMPV6_TYPE, slice, 0, 1, detail->type);
    field_number(packet, ICMPV6_CODE, slice, 1, 1, detail->code);
    field_number(packet, ICMPV6_CHECKSUM, slice, 2, 2, get_u16(slice, 2));
    if (field_wanted(packet, ICMPV6_CHECKSUM_STATUS))
        field_number(packet, ICMPV6_CHECKSUM_STATUS, slice, 2, 2,
                     checksum_with_addresses(packet, IP_ICMPV6, slice));
    packet_info(packet, "%s", label(detail->type));
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++)
        if (messages[i].type == detail->type) {
            if (packet_need(packet, slice, messages[i].size))
                messages[i].decode(packet, slice, detail);
            return;
        }
    if (slice.len > 4)
        field_bytes(packet, ICMPV6_DATA, slice, 4, slice.len - 4);
}

const struct protocol icmpv6_protocol = {
    .name = "ICMPv6", .title = N_("Internet Control Message Protocol version 6"), .filter = "icmpv6", .osi = 3,
    .tcpip = TCPIP_INTERNET, .rows = icmpv6_rows, .row_count = ICMPV6_FIELDS, .decode = decode,
};
