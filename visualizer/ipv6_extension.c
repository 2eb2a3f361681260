/*
 * ipv6_extension.c - the headers between IPv6's own and what it carries
 * (RFC 8200 §4): options for every router on the way, options for the
 * destination, a route, and fragments. Each says what comes after it; each is
 * a layer of its own, as Wireshark shows them.
 */
#include "visualizer/ip.h"
#include "visualizer/protocols.h"

#include <string.h>

/* --- options: hop by hop, and for the destination ------------------------------------ */

enum {
    OPTIONS_NEXT, OPTIONS_LENGTH, OPTIONS_BYTES, OPTION, OPTION_TYPE, OPTION_ACTION, OPTION_CHANGE, OPTION_REST,
    OPTION_LENGTH, OPTION_PAD1, OPTION_PADN, OPTION_ALERT, OPTION_JUMBO, OPTION_TUNNEL, OPTION_HOME,
    OPTION_EXPERIMENTAL, OPTION_UNKNOWN,
    OPTIONS_FIELDS
};

enum { PAD1 = 0, PADN = 1, TUNNEL_LIMIT = 4, ROUTER_ALERT = 5, JUMBO = 0xc2, HOME_ADDRESS = 0xc9, EXPERIMENTAL = 0x1e };

static const struct field_label option_types[] = {
    { PAD1, N_("one byte of padding") }, { PADN, N_("padding") }, { TUNNEL_LIMIT, N_("tunnel encapsulation limit") },
    { ROUTER_ALERT, N_("router alert") }, { JUMBO, N_("jumbo payload") }, { HOME_ADDRESS, N_("home address") },
    { 0, NULL },
};

static const struct field_label alerts[] = {
    { 0, N_("multicast listener discovery") }, { 1, "RSVP" }, { 2, N_("active networks") }, { 0, NULL },
};

#define OPTION_ROWS(prefix)                                                                                           \
    [OPTIONS_NEXT] = { prefix ".nxt", FIELD_DECIMAL, 1, 1, N_("Next header"), N_("What comes behind this header."),   \
        ip_protocol_labels },                                                                                         \
    [OPTIONS_LENGTH] = { prefix ".len", FIELD_DECIMAL, 1, 1, N_("Length"),                                            \
        N_("Units of eight bytes of this header, the first not counted."), NULL },                                    \
    [OPTIONS_BYTES] = { prefix ".len_oct", FIELD_DECIMAL, 2, 1, N_("Length in bytes"),                                \
        N_("The same in bytes, the first eight counted."), NULL },                                                    \
    [OPTION] = { "ipv6.opt", FIELD_LABEL, 0, 1, N_("Option"), N_("One option."), NULL },                              \
    [OPTION_TYPE] = { "ipv6.opt.type", FIELD_HEX, 1, 2, N_("Type"), N_("Which option."), option_types },              \
    [OPTION_ACTION] = { "ipv6.opt.type.action", FIELD_DECIMAL, 1, 3, N_("Action"),                                    \
        N_("What to do by who does not know the option: 0 skip it, otherwise drop the packet."), NULL },              \
    [OPTION_CHANGE] = { "ipv6.opt.type.change", FIELD_BOOLEAN, 1, 3, N_("May change"),                                \
        N_("Routers may change the option on the way."), NULL },                                                      \
    [OPTION_REST] = { "ipv6.opt.type.rest", FIELD_HEX, 1, 3, N_("Number"), N_("The rest of the type."), NULL },       \
    [OPTION_LENGTH] = { "ipv6.opt.length", FIELD_DECIMAL, 1, 2, N_("Length"), N_("Bytes of its data."), NULL },       \
    [OPTION_PAD1] = { "ipv6.opt.pad1", FIELD_LABEL, 0, 2, N_("Padding"), N_("One byte of padding."), NULL },          \
    [OPTION_PADN] = { "ipv6.opt.padn", FIELD_BYTES, 1, 2, N_("Padding"), N_("Bytes of padding."), NULL },             \
    [OPTION_ALERT] = { "ipv6.opt.router_alert", FIELD_DECIMAL, 2, 2, N_("Router alert"),                              \
        N_("Every router shall look at this packet, for this reason (RFC 2711)."), alerts },                          \
    [OPTION_JUMBO] = { "ipv6.opt.jumbo", FIELD_DECIMAL, 4, 2, N_("Jumbo payload length"),                             \
        N_("The packet is longer than the 16 bits of the header can say (RFC 2675)."), NULL },                        \
    [OPTION_TUNNEL] = { "ipv6.opt.tel", FIELD_DECIMAL, 1, 2, N_("Tunnel limit"),                                      \
        N_("In how many further tunnels the packet may be put (RFC 2473)."), NULL },                                  \
    [OPTION_HOME] = { "ipv6.opt.mipv6.home_address", FIELD_IPV6, 0, 2, N_("Home address"),                            \
        N_("Where the mobile sender is at home (RFC 6275)."), NULL },                                                 \
    [OPTION_EXPERIMENTAL] = { "ipv6.opt.experimental", FIELD_BYTES, 0, 2, N_("Experiment"),                           \
        N_("An option for experiments (RFC 4727)."), NULL },                                                          \
    [OPTION_UNKNOWN] = { "ipv6.opt.unknown", FIELD_BYTES, 0, 2, N_("Unknown option"),                                 \
        N_("The bytes of an option that is not known here."), NULL },

static const struct field_row hop_by_hop_rows[OPTIONS_FIELDS] = { OPTION_ROWS("ipv6.hopopts") };
static const struct field_row destination_rows[OPTIONS_FIELDS] = { OPTION_ROWS("ipv6.dstopts") };

static void option_value(struct packet *packet, struct slice slice, size_t at, size_t length, uint8_t type)
{
    if (type == PADN)
        field_bytes(packet, OPTION_PADN, slice, at, length);
    else if (type == ROUTER_ALERT && length == 2)
        field_number(packet, OPTION_ALERT, slice, at, 2, get_u16(slice, at));
    else if (type == JUMBO && length == 4)
        field_number(packet, OPTION_JUMBO, slice, at, 4, get_u32(slice, at));
    else if (type == TUNNEL_LIMIT && length == 1)
        field_number(packet, OPTION_TUNNEL, slice, at, 1, get_u8(slice, at));
    else if (type == HOME_ADDRESS && length == 16)
        field_bytes(packet, OPTION_HOME, slice, at, 16);
    else if (length > 0 && (type & 0x1f) == EXPERIMENTAL)
        field_bytes(packet, OPTION_EXPERIMENTAL, slice, at, length);
    else if (length > 0)
        field_bytes(packet, OPTION_UNKNOWN, slice, at, length);
}

static void options(struct packet *packet, struct slice slice)
{
    size_t length;
    for (size_t at = 2; at < slice.len; at += length) {
        uint8_t type = get_u8(slice, at);
        field_number(packet, OPTION, slice, at, 1, 1);
        field_number(packet, OPTION_TYPE, slice, at, 1, type);
        length = 1;
        if (type == PAD1) {
            field_number(packet, OPTION_PAD1, slice, at, 1, 1);
            continue;
        }
        field_number(packet, OPTION_ACTION, slice, at, 1, type >> 6);
        field_number(packet, OPTION_CHANGE, slice, at, 1, type >> 5 & 1);
        field_number(packet, OPTION_REST, slice, at, 1, type & 0x1f);
        if (!packet_need(packet, slice, at + 2))
            return;
        length = 2 + (size_t)get_u8(slice, at + 1);
        field_number(packet, OPTION_LENGTH, slice, at + 1, 1, length - 2);
        if (length > slice.len - at) {
            packet_malformed(packet, N_("An option of an IPv6 extension header is longer than the header."));
            return;
        }
        option_value(packet, slice, at + 2, length - 2, type);
    }
}

static void decode_options(struct packet *packet, struct slice slice, enum protocol_id protocol)
{
    packet_push(packet, protocol, slice, 8);
    if (!packet_need(packet, slice, 8))
        return;
    size_t size = 8 * (1 + (size_t)get_u8(slice, 1));
    packet_header(packet, size);
    field_number(packet, OPTIONS_NEXT, slice, 0, 1, get_u8(slice, 0));
    field_number(packet, OPTIONS_LENGTH, slice, 1, 1, get_u8(slice, 1));
    field_number(packet, OPTIONS_BYTES, slice, 1, 1, size);
    if (!packet_need(packet, slice, size))
        return;
    packet_info(packet, "%zu bytes of options", size);
    if (!packet->wants->layers_only)
        options(packet, slice_part(slice, 0, size));
    ip_payload(packet, get_u8(slice, 0), slice_from(slice, size));
}

static void decode_hop_by_hop(struct packet *packet, struct slice slice)
{
    decode_options(packet, slice, PROTOCOL_IPV6_HOP_BY_HOP);
}

static void decode_destination(struct packet *packet, struct slice slice)
{
    decode_options(packet, slice, PROTOCOL_IPV6_DESTINATION);
}

/* --- a route ----------------------------------------------------------------------------- */

enum {
    ROUTING_NEXT, ROUTING_LENGTH, ROUTING_BYTES, ROUTING_TYPE, ROUTING_LEFT, ROUTING_RESERVED, ROUTING_ADDRESS,
    ROUTING_HOME_RESERVED, ROUTING_HOME, SEGMENT_LAST, SEGMENT_FLAGS, SEGMENT_TAG, SEGMENT_ADDRESS, ROUTING_UNKNOWN,
    ROUTING_FIELDS
};

enum { SOURCE_ROUTE = 0, MOBILE = 2, SEGMENT_ROUTING = 4 };

static const struct field_label routing_types[] = {
    { SOURCE_ROUTE, N_("source route (deprecated)") }, { MOBILE, N_("mobile IPv6") },
    { SEGMENT_ROUTING, N_("segment routing") }, { 0, NULL },
};

static const struct field_row routing_rows[ROUTING_FIELDS] = {
    [ROUTING_NEXT] = { "ipv6.routing.nxt", FIELD_DECIMAL, 1, 1, N_("Next header"),
        N_("What comes behind this header."), ip_protocol_labels },
    [ROUTING_LENGTH] = { "ipv6.routing.len", FIELD_DECIMAL, 1, 1, N_("Length"),
        N_("Units of eight bytes of this header, the first not counted."), NULL },
    [ROUTING_BYTES] = { "ipv6.routing.len_oct", FIELD_DECIMAL, 2, 1, N_("Length in bytes"),
        N_("The same in bytes, the first eight counted."), NULL },
    [ROUTING_TYPE] = { "ipv6.routing.type", FIELD_DECIMAL, 1, 1, N_("Type"), N_("Which kind of route."),
        routing_types },
    [ROUTING_LEFT] = { "ipv6.routing.segleft", FIELD_DECIMAL, 1, 1, N_("Segments left"),
        N_("How many stations are still to be visited."), NULL },
    [ROUTING_RESERVED] = { "ipv6.routing.src.reserved", FIELD_BYTES, 0, 1, N_("Reserved"), N_("Must be 0."), NULL },
    [ROUTING_ADDRESS] = { "ipv6.routing.src.addr", FIELD_IPV6, 0, 1, N_("Address"),
        N_("A station of the route; routers ignore such routes now (RFC 5095)."), NULL },
    [ROUTING_HOME_RESERVED] = { "ipv6.routing.mipv6.reserved", FIELD_BYTES, 0, 1, N_("Reserved"), N_("Must be 0."),
        NULL },
    [ROUTING_HOME] = { "ipv6.routing.mipv6.home_address", FIELD_IPV6, 0, 1, N_("Home address"),
        N_("Where the mobile receiver is at home (RFC 6275)."), NULL },
    [SEGMENT_LAST] = { "ipv6.routing.srh.last_entry", FIELD_DECIMAL, 1, 1, N_("Last entry"),
        N_("The number of the last segment in the list (RFC 8754)."), NULL },
    [SEGMENT_FLAGS] = { "ipv6.routing.srh.flags", FIELD_HEX, 1, 1, N_("Flags"), N_("None are defined."), NULL },
    [SEGMENT_TAG] = { "ipv6.routing.srh.tag", FIELD_BYTES, 0, 1, N_("Tag"), N_("Packets of one class."), NULL },
    [SEGMENT_ADDRESS] = { "ipv6.routing.srh.addr", FIELD_IPV6, 0, 1, N_("Segment"),
        N_("A station of the route, the last one first."), NULL },
    [ROUTING_UNKNOWN] = { "ipv6.routing.unknown_data", FIELD_BYTES, 0, 1, N_("Data"),
        N_("A route of a kind that is not known here."), NULL },
};

static void route(struct packet *packet, struct slice slice, uint8_t type)
{
    unsigned row = type == SOURCE_ROUTE ? ROUTING_ADDRESS : type == MOBILE ? ROUTING_HOME : SEGMENT_ADDRESS;
    size_t end = slice.len;
    if (type == SOURCE_ROUTE)
        field_bytes(packet, ROUTING_RESERVED, slice, 4, 4);
    else if (type == MOBILE)
        field_bytes(packet, ROUTING_HOME_RESERVED, slice, 4, 4);
    else if (type == SEGMENT_ROUTING) {
        field_number(packet, SEGMENT_LAST, slice, 4, 1, get_u8(slice, 4));
        field_number(packet, SEGMENT_FLAGS, slice, 5, 1, get_u8(slice, 5));
        field_bytes(packet, SEGMENT_TAG, slice, 6, 2);
        size_t segments = 8 + 16 * (1 + (size_t)get_u8(slice, 4));
        end = segments < end ? segments : end;
    } else {
        field_bytes(packet, ROUTING_UNKNOWN, slice, 4, slice.len - 4);
        return;
    }
    for (size_t at = 8; at + 16 <= end; at += 16)
        field_bytes(packet, row, slice, at, 16);
    /* The destination at the end of the route is who checks the checksum (RFC 8200 §8.1). */
    if (packet->quoted == 0 && get_u8(slice, 3) > 0 && end >= 24)
        memcpy(packet->to.bytes, slice.at + (type == SEGMENT_ROUTING ? 8 : (end - 24) / 16 * 16 + 8), 16);
}

static void decode_routing(struct packet *packet, struct slice slice)
{
    packet_push(packet, PROTOCOL_IPV6_ROUTING, slice, 8);
    if (!packet_need(packet, slice, 8))
        return;
    size_t size = 8 * (1 + (size_t)get_u8(slice, 1));
    packet_header(packet, size);
    field_number(packet, ROUTING_NEXT, slice, 0, 1, get_u8(slice, 0));
    field_number(packet, ROUTING_LENGTH, slice, 1, 1, get_u8(slice, 1));
    field_number(packet, ROUTING_BYTES, slice, 1, 1, size);
    field_number(packet, ROUTING_TYPE, slice, 2, 1, get_u8(slice, 2));
    field_number(packet, ROUTING_LEFT, slice, 3, 1, get_u8(slice, 3));
    if (!packet_need(packet, slice, size))
        return;
    packet_info(packet, "type %d, %d segments left", get_u8(slice, 2), get_u8(slice, 3));
    route(packet, slice_part(slice, 0, size), get_u8(slice, 2));
    ip_payload(packet, get_u8(slice, 0), slice_from(slice, size));
}

/* --- fragments ----------------------------------------------------------------------------- */

enum {
    FRAGMENT_NEXT, FRAGMENT_RESERVED, FRAGMENT_OFFSET, FRAGMENT_BITS, FRAGMENT_MORE, FRAGMENT_ID, FRAGMENT_WHOLE,
    FRAGMENT_FIELDS = FRAGMENT_WHOLE + REASSEMBLED_DATA + 1
};

static const struct field_row fragment_rows[FRAGMENT_FIELDS] = {
    [FRAGMENT_NEXT] = { "ipv6.fraghdr.nxt", FIELD_DECIMAL, 1, 1, N_("Next header"),
        N_("What the whole packet carries."), ip_protocol_labels },
    [FRAGMENT_RESERVED] = { "ipv6.fraghdr.reserved_octet", FIELD_HEX, 1, 1, N_("Reserved"), N_("Must be 0."), NULL },
    [FRAGMENT_OFFSET] = { "ipv6.fraghdr.offset", FIELD_DECIMAL, 2, 1, N_("Offset"),
        N_("Where this fragment belongs in the whole packet, in units of eight bytes."), NULL },
    [FRAGMENT_BITS] = { "ipv6.fraghdr.reserved_bits", FIELD_DECIMAL, 2, 1, N_("Reserved bits"), N_("Must be 0."),
        NULL },
    [FRAGMENT_MORE] = { "ipv6.fraghdr.more", FIELD_BOOLEAN, 2, 1, N_("More fragments"),
        N_("This is not the last fragment."), NULL },
    [FRAGMENT_ID] = { "ipv6.fraghdr.ident", FIELD_HEX, 4, 1, N_("Identification"),
        N_("The same number in all fragments of a packet, so that they find each other."), NULL },
    [FRAGMENT_WHOLE + REASSEMBLED_FRAGMENTS] = { "ipv6.fragments", FIELD_LABEL, 0, 1, N_("Fragments"),
        N_("The packet that this fragment completes, put together."), NULL },
    [FRAGMENT_WHOLE + REASSEMBLED_FRAGMENT] = { "ipv6.fragment", FIELD_FRAME, 4, 2, N_("Fragment"),
        N_("The packet of the capture that brought one of the fragments."), NULL },
    [FRAGMENT_WHOLE + REASSEMBLED_OVERLAP] = { "ipv6.fragment.overlap", FIELD_BOOLEAN, 1, 3, N_("Overlap"),
        N_("The fragment repeats bytes of another: forbidden in IPv6 (RFC 5722)."), NULL },
    [FRAGMENT_WHOLE + REASSEMBLED_CONFLICT] = { "ipv6.fragment.overlap.conflict", FIELD_BOOLEAN, 1, 3,
        N_("Conflicting overlap"),
        N_("The fragment repeats bytes, but differently: an attack on those who check only one of the two."), NULL },
    [FRAGMENT_WHOLE + REASSEMBLED_COUNT] = { "ipv6.fragment.count", FIELD_DECIMAL, 4, 2, N_("Number of fragments"),
        N_("How many fragments made the packet."), NULL },
    [FRAGMENT_WHOLE + REASSEMBLED_LENGTH] = { "ipv6.reassembled.length", FIELD_DECIMAL, 4, 2,
        N_("Reassembled length"), N_("Bytes that the whole packet carries."), NULL },
    [FRAGMENT_WHOLE + REASSEMBLED_DATA] = { "ipv6.reassembled.data", FIELD_BYTES, 0, 2, N_("Reassembled data"),
        N_("What the whole packet carries."), NULL },
};

static bool put_together(struct packet *packet, struct slice slice, struct slice *payload)
{
    uint16_t word = get_u16(slice, 2);
    struct fragment_key key = { .id = get_u32(slice, 4), .family = ADDRESS_IPV6, .protocol = get_u8(slice, 0) };
    memcpy(key.from, packet->from.bytes, sizeof key.from);
    memcpy(key.to, packet->to.bytes, sizeof key.to);
    struct reassembled result;
    if (packet->pass == NULL || packet->quoted > 0 ||
        !fragment_add(packet, &key, word & 0xfff8, *payload, word & 1, &result))
        return false;
    ip_reassembled_fields(packet, FRAGMENT_WHOLE, &result);
    *payload = result.whole;
    return true;
}

static void decode_fragment(struct packet *packet, struct slice slice)
{
    packet_push(packet, PROTOCOL_IPV6_FRAGMENT, slice, 8);
    if (!packet_need(packet, slice, 8))
        return;
    uint16_t word = get_u16(slice, 2);
    field_number(packet, FRAGMENT_NEXT, slice, 0, 1, get_u8(slice, 0));
    field_number(packet, FRAGMENT_RESERVED, slice, 1, 1, get_u8(slice, 1));
    field_number(packet, FRAGMENT_OFFSET, slice, 2, 2, word >> 3);
    field_number(packet, FRAGMENT_BITS, slice, 2, 2, word >> 1 & 3);
    field_number(packet, FRAGMENT_MORE, slice, 2, 2, word & 1);
    field_number(packet, FRAGMENT_ID, slice, 4, 4, get_u32(slice, 4));
    packet_info(packet, "offset %d, %s, id 0x%08x", word & 0xfff8, word & 1 ? "more follow" : "the last",
                get_u32(slice, 4));
    struct slice payload = slice_from(slice, 8);
    bool whole = (word & 0xfff9) == 0 || (packet->quoted > 0 && (word & 0xfff8) == 0);
    if (whole || put_together(packet, slice, &payload))
        ip_payload(packet, get_u8(slice, 0), payload);
    else
        packet_decode(packet, PROTOCOL_DATA, payload);
}

const struct protocol ipv6_hop_by_hop_protocol = {
    .name = "IPv6 hop-by-hop", .title = N_("IPv6 hop-by-hop options"), .filter = "ipv6.hopopts", .osi = 3,
    .tcpip = TCPIP_INTERNET, .rows = hop_by_hop_rows, .row_count = OPTIONS_FIELDS, .decode = decode_hop_by_hop,
};

const struct protocol ipv6_destination_protocol = {
    .name = "IPv6 destination", .title = N_("IPv6 destination options"), .filter = "ipv6.dstopts", .osi = 3,
    .tcpip = TCPIP_INTERNET, .rows = destination_rows, .row_count = OPTIONS_FIELDS, .decode = decode_destination,
};

const struct protocol ipv6_routing_protocol = {
    .name = "IPv6 routing", .title = N_("IPv6 routing header"), .filter = "ipv6.routing", .osi = 3,
    .tcpip = TCPIP_INTERNET, .rows = routing_rows, .row_count = ROUTING_FIELDS, .decode = decode_routing,
};

const struct protocol ipv6_fragment_protocol = {
    .name = "IPv6 fragment", .title = N_("IPv6 fragment header"), .filter = "ipv6.fraghdr", .osi = 3,
    .tcpip = TCPIP_INTERNET, .rows = fragment_rows, .row_count = FRAGMENT_FIELDS, .decode = decode_fragment,
};
