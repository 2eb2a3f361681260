/*
 * ipv4.c - the Internet Protocol, version 4 (RFC 791): from network to network,
 * router by router. Fragments are put together before what they carry is
 * decoded, as the destination does it.
 */
#include "visualizer/protocols.h"

#include <string.h>

#include "visualizer/checksum.h"
#include "visualizer/ip.h"
#include "visualizer/path.h"

enum {
    IP_VERSION, IP_HEADER_LENGTH, IP_DSFIELD, IP_DSCP, IP_ECN, IP_LENGTH, IP_ID, IP_FLAGS, IP_RESERVED, IP_DF, IP_MF,
    IP_OFFSET, IP_TTL, IP_PROTOCOL, IP_CHECKSUM, IP_CHECKSUM_STATUS, IP_SRC, IP_ADDR, IP_SRC_HOST, IP_HOST, IP_DST,
    IP_DST_HOST, IP_OPTION, IP_OPTION_COPY, IP_OPTION_CLASS, IP_OPTION_NUMBER, IP_OPTION_LENGTH, IP_OPTION_POINTER,
    IP_OPTION_ALERT, IP_RECORDED_ROUTE, IP_EMPTY_ROUTE, IP_SOURCE_ROUTE, IP_OVERFLOW, IP_STAMP_FLAG, IP_STAMP,
        IP_FRAGMENTS, IP_FIELDS = IP_FRAGMENTS + REASSEMBLED_DATA + 1
};

static const struct field_label option_labels[] = {
    { 0, N_("end of options") }, { 1, N_("no operation") }, { 7, N_("record route") }, { 68, N_("time stamp") },
    { 130, N_("security") }, { 131, N_("loose source route") }, { 137, N_("strict source route") },
    { 148, N_("router alert") }, { 0, NULL },
};

static const struct field_row rows[IP_FIELDS] = {
    [IP_VERSION] = { "ip.version", FIELD_DECIMAL, 1, 1, N_("Version"),
        N_("Which Internet Protocol: 4."), NULL },
    [IP_HEADER_LENGTH] = { "ip.hdr_len", FIELD_DECIMAL, 1, 1, N_("Header length"),
        N_("Bytes of this header: 20, and more with options; on the wire it counts words of four."), NULL },
    [IP_DSFIELD] = { "ip.dsfield", FIELD_HEX, 1, 1, N_("Differentiated services"),
        N_("How routers should treat the packet when there is not room for all (RFC 2474)."), NULL },
    [IP_DSCP] = { "ip.dsfield.dscp", FIELD_DECIMAL, 1, 2, N_("Service class"),
        N_("Which class of service the packet belongs to; 0 is ordinary."), dscp_labels },
    [IP_ECN] = { "ip.dsfield.ecn", FIELD_DECIMAL, 1, 2, N_("Congestion notification"),
        N_("Routers can mark the packet instead of dropping it when they are congested (RFC 3168)."), ecn_labels },
    [IP_LENGTH] = { "ip.len", FIELD_DECIMAL, 2, 1, N_("Total length"),
        N_("Bytes of this packet, header included; what is behind it in the frame is padding."), NULL },
    [IP_ID] = { "ip.id", FIELD_HEX, 2, 1, N_("Identification"),
        N_("The same number in all fragments of a packet, so that they find each other."), NULL },
    [IP_FLAGS] = { "ip.flags", FIELD_HEX, 1, 1, N_("Flags"),
        N_("Three bits about fragmentation."), NULL },
    [IP_RESERVED] = { "ip.flags.rb", FIELD_BOOLEAN, 1, 2, N_("Reserved"),
        N_("Must be 0."), NULL },
    [IP_DF] = { "ip.flags.df", FIELD_BOOLEAN, 1, 2, N_("Don't fragment"),
        N_("A router must rather drop the packet and say so than cut it: how senders find the path's MTU."), NULL },
    [IP_MF] = { "ip.flags.mf", FIELD_BOOLEAN, 1, 2, N_("More fragments"),
        N_("This is a fragment, and not the last one."), NULL },
    [IP_OFFSET] = { "ip.frag_offset", FIELD_DECIMAL, 2, 1, N_("Fragment offset"),
        N_("Where this fragment belongs in the whole packet, in units of eight bytes."), NULL },
    [IP_TTL] = { "ip.ttl", FIELD_DECIMAL, 1, 1, N_("Time to live"),
        N_("How many routers may still forward the packet; each takes one away, so that loops end."), NULL },
    [IP_PROTOCOL] = { "ip.proto", FIELD_DECIMAL, 1, 1, N_("Protocol"),
        N_("What the packet carries: this is how layer 3 finds layer 4."), ip_protocol_labels },
    [IP_CHECKSUM] = { "ip.checksum", FIELD_HEX, 2, 1, N_("Header checksum"),
        N_("Over this header only; every router must compute it anew, because the time to live changes."), NULL },
    [IP_CHECKSUM_STATUS] = { "ip.checksum.status", FIELD_DECIMAL, 1, 2, N_("Header checksum status"),
        N_("Whether it is right; a wrong one on the sender's side may only mean that its card computes it."),
        checksum_labels },
    [IP_SRC] = { "ip.src", FIELD_IPV4, 0, 1, N_("Source"),
        N_("The address of who sent the packet, unchanged all the way (but for address translators)."), NULL },
    [IP_ADDR] = { "ip.addr", FIELD_IPV4, 0, FIELD_HIDDEN, N_("Address"), N_("Source or destination."), NULL },
    [IP_SRC_HOST] = { "ip.src_host", FIELD_IPV4, 0, FIELD_HIDDEN, N_("Source host"),
        N_("The sender's name, or address."), NULL },
    [IP_HOST] = { "ip.host", FIELD_IPV4, 0, FIELD_HIDDEN, N_("Host"), N_("Source or destination."), NULL },
    [IP_DST] = { "ip.dst", FIELD_IPV4, 0, 1, N_("Destination"),
        N_("The address of who shall get the packet; every router looks at it."), NULL },
    [IP_DST_HOST] = { "ip.dst_host", FIELD_IPV4, 0, FIELD_HIDDEN, N_("Destination host"),
        N_("The receiver's name, or address."), NULL },
    [IP_OPTION] = { "ip.opt.type", FIELD_DECIMAL, 1, 1, N_("Option"),
        N_("An option of the header; most routers dislike them."), option_labels },
    [IP_OPTION_COPY] = { "ip.opt.type.copy", FIELD_BOOLEAN, 1, 2, N_("Copied"),
        N_("The option belongs into every fragment."), NULL },
    [IP_OPTION_CLASS] = { "ip.opt.type.class", FIELD_DECIMAL, 1, 2, N_("Class"),
        N_("0 controls, 2 measures."), NULL },
    [IP_OPTION_NUMBER] = { "ip.opt.type.number", FIELD_DECIMAL, 1, 2, N_("Number"),
        N_("Which option of its class."), NULL },
    [IP_OPTION_LENGTH] = { "ip.opt.len", FIELD_DECIMAL, 1, 2, N_("Length"),
        N_("Bytes of the option, type and length included."), NULL },
    [IP_OPTION_POINTER] = { "ip.opt.ptr", FIELD_DECIMAL, 1, 2, N_("Pointer"),
        N_("Where the next router writes or reads in the option."), NULL },
    [IP_OPTION_ALERT] = { "ip.opt.ra", FIELD_DECIMAL, 2, 2, N_("Router alert"),
        N_("0: every router shall look at this packet (RFC 2113)."), NULL },
    [IP_RECORDED_ROUTE] = { "ip.rec_rt", FIELD_IPV4, 0, 2, N_("Recorded route"),
        N_("The address of a router that the packet passed."), NULL },
    [IP_EMPTY_ROUTE] = { "ip.empty_rt", FIELD_IPV4, 0, 2, N_("Empty place"),
        N_("Room for the address of a router that the packet will pass."), NULL },
    [IP_OVERFLOW] = { "ip.opt.overflow", FIELD_DECIMAL, 1, 2, N_("Overflow"),
        N_("How many routers found no room for their time."), NULL },
    [IP_STAMP_FLAG] = { "ip.opt.flag", FIELD_HEX, 1, 2, N_("Flag"),
        N_("Whether routers write their addresses, too."), NULL },
    [IP_STAMP] = { "ip.opt.time_stamp", FIELD_DECIMAL, 4, 2, N_("Time"),
        N_("When a router had the packet: milliseconds since midnight."), NULL },
    [IP_SOURCE_ROUTE] = { "ip.src_rt", FIELD_IPV4, 0, 2, N_("Source route"),
        N_("The address of a router that the sender wants the packet to pass."), NULL },
    [IP_FRAGMENTS + REASSEMBLED_FRAGMENTS] = { "ip.fragments", FIELD_BYTES, 0, 1, N_("Fragments"),
        N_("The packet that this fragment completes, put together."), NULL },
    [IP_FRAGMENTS + REASSEMBLED_FRAGMENT] = { "ip.fragment", FIELD_FRAME, 4, 2, N_("Fragment"),
        N_("The packet of the capture that brought one of the fragments."), NULL },
    [IP_FRAGMENTS + REASSEMBLED_OVERLAP] = { "ip.fragment.overlap", FIELD_BOOLEAN, 1, 3, N_("Overlap"),
        N_("The fragment repeats bytes that another one had brought."), NULL },
    [IP_FRAGMENTS + REASSEMBLED_CONFLICT] = { "ip.fragment.overlap.conflict", FIELD_BOOLEAN, 1, 3,
        N_("Conflicting overlap"),
        N_("The fragment repeats bytes, but differently: an attack on those who check only one of the two."), NULL },
    [IP_FRAGMENTS + REASSEMBLED_COUNT] = { "ip.fragment.count", FIELD_DECIMAL, 4, 2, N_("Number of fragments"),
        N_("How many fragments made the packet."), NULL },
    [IP_FRAGMENTS + REASSEMBLED_LENGTH] = { "ip.reassembled.length", FIELD_DECIMAL, 4, 2, N_("Reassembled length"),
        N_("Bytes that the whole packet carries."), NULL },
    [IP_FRAGMENTS + REASSEMBLED_DATA] = { "ip.reassembled.data", FIELD_BYTES, 0, 2, N_("Reassembled data"),
        N_("What the whole packet carries."), NULL },
};

static void route_option(struct packet *packet, struct slice option, uint8_t type)
{
    size_t next = get_u8(option, 2), at = 3;
    field_number(packet, IP_OPTION_POINTER, option, 2, 1, next);
    for (; at + 4 <= option.len; at += 4)
        field_bytes(packet, at + 1 < next ? IP_RECORDED_ROUTE : type == 7 ? IP_EMPTY_ROUTE : IP_SOURCE_ROUTE, option,
                    at, 4);
    /* The destination at the end of the route is whom the transport layer means. */
    if (type != 7 && packet->quoted == 0 && at > 3 && next < option.len)
        memcpy(packet->to.bytes, option.at + at - 4, 4);
}

static void stamp_option(struct packet *packet, struct slice option)
{
    uint8_t flag = get_u8(option, 3) & 15;
    field_number(packet, IP_OPTION_POINTER, option, 2, 1, get_u8(option, 2));
    field_number(packet, IP_OVERFLOW, option, 3, 1, get_u8(option, 3) >> 4);
    field_number(packet, IP_STAMP_FLAG, option, 3, 1, flag);
    for (size_t at = flag == 0 ? 4 : 8; at + 4 <= option.len; at += flag == 0 ? 4 : 8)
        field_number(packet, IP_STAMP, option, at, 4, get_u32(option, at));
}

/* Type, length, value; types 0 and 1 have neither length nor value (RFC 791 §3.1). */
static void options(struct packet *packet, struct slice slice)
{
    size_t length;
    for (size_t at = 0; at < slice.len; at += length) {
        uint8_t type = get_u8(slice, at);
        length = type <= 1 ? 1 : get_u8(slice, at + 1);
        field_number(packet, IP_OPTION, slice, at, 1, type);
        field_number(packet, IP_OPTION_COPY, slice, at, 1, type >> 7);
        field_number(packet, IP_OPTION_CLASS, slice, at, 1, type >> 5 & 3);
        field_number(packet, IP_OPTION_NUMBER, slice, at, 1, type & 0x1f);
        if (type == 0)
            return;
        if (type == 1)
            continue;
        if (length < 2 || length > slice.len - at) {
            packet_malformed(packet, N_("An option of the IPv4 header has an impossible length."));
            return;
        }
        field_number(packet, IP_OPTION_LENGTH, slice, at + 1, 1, length);
        struct slice option = slice_part(slice, at, length);
        if (type == 7 || type == 131 || type == 137)
            route_option(packet, option, type);
        else if (type == 68)
            stamp_option(packet, option);
        else if (type == 148 && length == 4)
            field_number(packet, IP_OPTION_ALERT, option, 2, 2, get_u16(option, 2));
    }
}

static void address_fields(struct packet *packet, struct slice slice)
{
    field_bytes(packet, IP_SRC, slice, 12, 4);
    field_bytes(packet, IP_ADDR, slice, 12, 4);
    field_bytes(packet, IP_SRC_HOST, slice, 12, 4);
    field_bytes(packet, IP_HOST, slice, 12, 4);
    field_bytes(packet, IP_DST, slice, 16, 4);
    field_bytes(packet, IP_ADDR, slice, 16, 4);
    field_bytes(packet, IP_DST_HOST, slice, 16, 4);
    field_bytes(packet, IP_HOST, slice, 16, 4);
}

static void header_fields(struct packet *packet, struct slice slice, size_t header)
{
    uint8_t service = get_u8(slice, 1), flags = get_u8(slice, 6) >> 5;
    field_number(packet, IP_VERSION, slice, 0, 1, get_u8(slice, 0) >> 4);
    field_number(packet, IP_HEADER_LENGTH, slice, 0, 1, header);
    field_number(packet, IP_DSFIELD, slice, 1, 1, service);
    field_number(packet, IP_DSCP, slice, 1, 1, service >> 2);
    field_number(packet, IP_ECN, slice, 1, 1, service & 3);
    field_number(packet, IP_LENGTH, slice, 2, 2, get_u16(slice, 2));
    field_number(packet, IP_ID, slice, 4, 2, get_u16(slice, 4));
    field_number(packet, IP_FLAGS, slice, 6, 1, flags);
    field_number(packet, IP_RESERVED, slice, 6, 1, flags >> 2);
    field_number(packet, IP_DF, slice, 6, 1, flags >> 1 & 1);
    field_number(packet, IP_MF, slice, 6, 1, flags & 1);
    field_number(packet, IP_OFFSET, slice, 6, 2, get_u16(slice, 6) & 0x1fff);
    field_number(packet, IP_TTL, slice, 8, 1, get_u8(slice, 8));
    field_number(packet, IP_PROTOCOL, slice, 9, 1, get_u8(slice, 9));
    field_number(packet, IP_CHECKSUM, slice, 10, 2, get_u16(slice, 10));
    if (field_wanted(packet, IP_CHECKSUM_STATUS))
        field_number(packet, IP_CHECKSUM_STATUS, slice, 10, 2, checksum_of(slice_part(slice, 0, header)));
    address_fields(packet, slice);
    if (header > 20)
        options(packet, slice_part(slice, 20, header - 20));
}

static void set_addresses(struct packet *packet, struct slice slice)
{
    struct net_address *from = packet->quoted > 0 ? &packet->quoted_from : &packet->from;
    struct net_address *to = packet->quoted > 0 ? &packet->quoted_to : &packet->to;
    *from = *to = (struct net_address){ .family = ADDRESS_IPV4 };
    memcpy(from->bytes, slice.at + 12, 4);
    memcpy(to->bytes, slice.at + 16, 4);
}

static void summary(struct packet *packet, struct slice s, uint8_t protocol)
{
    packet_info(packet, "%d.%d.%d.%d → %d.%d.%d.%d, protocol %d, ttl %d", get_u8(s, 12), get_u8(s, 13), get_u8(s, 14),
                get_u8(s, 15), get_u8(s, 16), get_u8(s, 17), get_u8(s, 18), get_u8(s, 19), protocol, get_u8(s, 8));
}

/* A fragment: answers whether payload is now a whole one. */
static bool put_together(struct packet *packet, struct slice slice, struct slice *payload)
{
    uint16_t word = get_u16(slice, 6);
    struct fragment_key key = { .id = get_u16(slice, 4), .family = ADDRESS_IPV4, .protocol = get_u8(slice, 9) };
    memcpy(key.from, slice.at + 12, 4);
    memcpy(key.to, slice.at + 16, 4);
    struct reassembled result;
    packet_info_add(packet, ", fragment at %d", (word & 0x1fff) * 8);
    if (packet->pass == NULL || packet->quoted > 0 ||
        !fragment_add(packet, &key, (size_t)(word & 0x1fff) * 8, *payload, word & 0x2000, &result))
        return false;
    ip_reassembled_fields(packet, IP_FRAGMENTS, &result);
    *payload = result.whole;
    return true;
}

static void decode(struct packet *packet, struct slice slice)
{
    packet_push(packet, PROTOCOL_IPV4, slice, 20);
    if (!packet_need(packet, slice, 20))
        return;
    size_t header = (size_t)(get_u8(slice, 0) & 15) * 4;
    /* A card that cuts large packets itself (TSO) sees a length of 0. */
    size_t total = get_u16(slice, 2) > 0 ? get_u16(slice, 2) : slice.wire;
    if (get_u8(slice, 0) >> 4 != 4) {
        field_number(packet, IP_VERSION, slice, 0, 1, get_u8(slice, 0) >> 4);
        packet_malformed(packet, N_("The version in the IPv4 header is not 4."));
        return;
    }
    set_addresses(packet, slice);
    if (header < 20 || total < header) {
        packet_malformed(packet, header < 20 ? N_("The IPv4 header claims less than 20 bytes.")
                                             : N_("The IPv4 packet claims to be shorter than its header."));
        return;
    }
    packet_header(packet, header);
    struct slice whole = slice_part(slice, 0, total);
    packet->layers[packet->current].length = whole.len;
    path_look(packet, whole, 8, 10);
    if (!packet->wants->layers_only)
        header_fields(packet, slice, header);
    if (packet->wants->info)
        summary(packet, slice, get_u8(slice, 9));
    if (!packet_need(packet, slice, header))
        return;
    struct slice payload = slice_from(whole, header);
    bool fragment = (get_u16(slice, 6) & 0x3fff) != 0;
    if (fragment && !put_together(packet, slice, &payload)) {
        /* What an ICMP error quotes of a first fragment is still worth reading. */
        if (packet->quoted > 0 && (get_u16(slice, 6) & 0x1fff) == 0)
            ip_payload(packet, get_u8(slice, 9), payload);
        else
            packet_decode(packet, PROTOCOL_DATA, payload);
        return;
    }
    ip_payload(packet, get_u8(slice, 9), payload);
}

const struct protocol ipv4_protocol = {
    .name = "IPv4", .title = N_("Internet Protocol version 4"), .filter = "ip", .osi = 3, .tcpip = TCPIP_INTERNET,
    .rows = rows, .row_count = IP_FIELDS, .decode = decode,
};
