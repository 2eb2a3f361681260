/*
 * icmpv6_options.c - the options of neighbour and router discovery: type,
 * length in units of eight bytes, value (RFC 4861 §4.6); DNS servers and search
 * domains (RFC 8106), routes (RFC 4191), captive portal (RFC 8910).
 */
#include "visualizer/icmpv6.h"

#include <string.h>

#include "visualizer/checksum.h"
#include "visualizer/dns.h"

enum option {
    SOURCE_LINK = 1, TARGET_LINK = 2, PREFIX = 3, REDIRECTED = 4, MTU = 5, INTERVAL = 7, NONCE = 14, ROUTE = 24,
    DNS_SERVERS = 25, DNS_DOMAINS = 31, PORTAL = 37,
};

static const struct field_label option_types[] = {
    { SOURCE_LINK, N_("source link-layer address") }, { TARGET_LINK, N_("target link-layer address") },
    { PREFIX, N_("prefix") }, { REDIRECTED, N_("redirected header") }, { MTU, "MTU" },
    { INTERVAL, N_("advertisement interval") }, { NONCE, N_("nonce") }, { ROUTE, N_("route") },
    { DNS_SERVERS, N_("DNS servers") }, { DNS_DOMAINS, N_("DNS search domains") }, { PORTAL, N_("captive portal") },
    { 0, NULL },
};

const struct field_label icmpv6_types[] = {
    { 1, N_("destination unreachable") }, { 2, N_("packet too big") }, { 3, N_("hop limit exceeded") },
    { 4, N_("parameter problem") }, { 128, N_("echo request") }, { 129, N_("echo reply") },
    { 130, N_("multicast listener query") }, { 131, N_("multicast listener report") },
    { 132, N_("multicast listener done") }, { 133, N_("router solicitation") }, { 134, N_("router advertisement") },
    { 135, N_("neighbour solicitation") }, { 136, N_("neighbour advertisement") }, { 137, N_("redirect") },
    { 143, N_("multicast listener report (version 2)") }, { 0, NULL },
};

static const struct field_label preferences[] = {
    { 0, N_("medium") }, { 1, N_("high") }, { 3, N_("low") }, { 0, NULL },
};

static const struct field_label record_types[] = {
    { 1, N_("includes") }, { 2, N_("excludes") }, { 3, N_("changed to include") }, { 4, N_("changed to exclude") },
    { 5, N_("allows new sources") }, { 6, N_("blocks old sources") }, { 0, NULL },
};

const struct field_row icmpv6_rows[ICMPV6_FIELDS] = {
    [ICMPV6_TYPE] = { "icmpv6.type", FIELD_DECIMAL, 1, 1, N_("Type"),
        N_("Which message this is; below 128 it is an error."), icmpv6_types },
    [ICMPV6_CODE] = { "icmpv6.code", FIELD_DECIMAL, 1, 1, N_("Code"),
        N_("The message in more detail."), NULL },
    [ICMPV6_CHECKSUM] = { "icmpv6.checksum", FIELD_HEX, 2, 1, N_("Checksum"),
        N_("Over the message and the IPv6 addresses."), NULL },
    [ICMPV6_CHECKSUM_STATUS] = { "icmpv6.checksum.status", FIELD_DECIMAL, 1, 2, N_("Checksum status"),
        N_("Whether it is right."), checksum_labels },
    [ICMPV6_IDENT] = { "icmpv6.echo.identifier", FIELD_HEX, 2, 1, N_("Identifier"),
        N_("The asking program's own number, which the reply repeats."), NULL },
    [ICMPV6_SEQUENCE] = { "icmpv6.echo.sequence_number", FIELD_DECIMAL, 2, 1, N_("Sequence number"),
        N_("Grows with each request, and the reply repeats it."), NULL },
    [ICMPV6_RESPONSE_TO] = { "icmpv6.resp_to", FIELD_FRAME, 4, 1, N_("Answers packet"),
        N_("The packet with the request."), NULL },
    [ICMPV6_RESPONSE_TIME] = { "icmpv6.resptime", FIELD_MILLISECONDS, 8, 1, N_("Time to answer"),
        N_("Milliseconds since the request: what ping shows."), NULL },
    [ICMPV6_RESERVED] = { "icmpv6.reserved", FIELD_BYTES, 0, 1, N_("Reserved"),
        N_("Must be 0."), NULL },
    [ICMPV6_MTU] = { "icmpv6.mtu", FIELD_DECIMAL, 4, 1, N_("MTU of the next hop"),
        N_("The largest packet that fits there: only the sender may cut packets in IPv6."), NULL },
    [ICMPV6_POINTER] = { "icmpv6.pointer", FIELD_DECIMAL, 4, 1, N_("Pointer"),
        N_("At which byte of the quoted packet the problem is."), NULL },
    [ICMPV6_DATA] = { "icmpv6.data", FIELD_BYTES, 0, 1, N_("Data"),
        N_("A message of a type that is not known here."), NULL },
    [ICMPV6_RA_HOPS] = { "icmpv6.nd.ra.cur_hop_limit", FIELD_DECIMAL, 1, 1, N_("Hop limit"),
        N_("What hosts on this link should put into their packets."), NULL },
    [ICMPV6_RA_FLAGS] = { "icmpv6.nd.ra.flag", FIELD_HEX, 1, 1, N_("Flags"),
        N_("How hosts get addresses here."), NULL },
    [ICMPV6_RA_MANAGED] = { "icmpv6.nd.ra.flag.m", FIELD_BOOLEAN, 1, 2, N_("Managed"),
        N_("Addresses come from DHCPv6."), NULL },
    [ICMPV6_RA_OTHER] = { "icmpv6.nd.ra.flag.o", FIELD_BOOLEAN, 1, 2, N_("Other configuration"),
        N_("Other things, as DNS servers, come from DHCPv6."), NULL },
    [ICMPV6_RA_HOME] = { "icmpv6.nd.ra.flag.h", FIELD_BOOLEAN, 1, 2, N_("Home agent"),
        N_("The router is a home agent for mobile hosts."), NULL },
    [ICMPV6_RA_PREFERENCE] = { "icmpv6.nd.ra.flag.prf", FIELD_DECIMAL, 1, 2, N_("Preference"),
        N_("How much to prefer this router among others (RFC 4191)."), preferences },
    [ICMPV6_RA_PROXY] = { "icmpv6.nd.ra.flag.p", FIELD_BOOLEAN, 1, 2, N_("Proxy"),
        N_("The router forwards advertisements of another."), NULL },
    [ICMPV6_RA_RESERVED] = { "icmpv6.nd.ra.flag.rsv", FIELD_DECIMAL, 1, 2, N_("Reserved"),
        N_("Must be 0."), NULL },
    [ICMPV6_RA_LIFETIME] = { "icmpv6.nd.ra.router_lifetime", FIELD_DECIMAL, 2, 1, N_("Router lifetime"),
        N_("For how many seconds this is a default router; 0: it is none."), NULL },
    [ICMPV6_RA_REACHABLE] = { "icmpv6.nd.ra.reachable_time", FIELD_DECIMAL, 4, 1, N_("Reachable time"),
        N_("For how many milliseconds a neighbour counts as reachable."), NULL },
    [ICMPV6_RA_RETRANS] = { "icmpv6.nd.ra.retrans_timer", FIELD_DECIMAL, 4, 1, N_("Repetition time"),
        N_("Milliseconds between solicitations."), NULL },
    [ICMPV6_NS_TARGET] = { "icmpv6.nd.ns.target_address", FIELD_IPV6, 0, 1, N_("Target"),
        N_("Whose link-layer address is asked for."), NULL },
    [ICMPV6_NA_FLAGS] = { "icmpv6.nd.na.flag", FIELD_HEX, 4, 1, N_("Flags"),
        N_("What kind of answer this is."), NULL },
    [ICMPV6_NA_ROUTER] = { "icmpv6.nd.na.flag.r", FIELD_BOOLEAN, 4, 2, N_("Router"),
        N_("The sender is a router."), NULL },
    [ICMPV6_NA_SOLICITED] = { "icmpv6.nd.na.flag.s", FIELD_BOOLEAN, 4, 2, N_("Solicited"),
        N_("It was asked for."), NULL },
    [ICMPV6_NA_OVERRIDE] = { "icmpv6.nd.na.flag.o", FIELD_BOOLEAN, 4, 2, N_("Override"),
        N_("Replace what you know by this."), NULL },
    [ICMPV6_NA_RESERVED] = { "icmpv6.nd.na.flag.rsv", FIELD_DECIMAL, 4, 2, N_("Reserved"),
        N_("Must be 0."), NULL },
    [ICMPV6_NA_TARGET] = { "icmpv6.nd.na.target_address", FIELD_IPV6, 0, 1, N_("Target"),
        N_("Whose link-layer address is told."), NULL },
    [ICMPV6_RD_TARGET] = { "icmpv6.nd.rd.target_address", FIELD_IPV6, 0, 1, N_("Target"),
        N_("Where to send packets for the destination from now on."), NULL },
    [ICMPV6_RD_DESTINATION] = { "icmpv6.rd.na.destination_address", FIELD_IPV6, 0, 1, N_("Destination"),
        N_("For which destination."), NULL },
    [ICMPV6_MLD_DELAY] = { "icmpv6.mld.maximum_response_delay", FIELD_DECIMAL, 2, 1, N_("Maximum response delay"),
        N_("Within how many milliseconds to answer."), NULL },
    [ICMPV6_MLD_CODE] = { "icmpv6.mld.maximum_response_code", FIELD_DECIMAL, 2, 1, N_("Maximum response code"),
        N_("Within which time to answer."), NULL },
    [ICMPV6_MLD_ADDRESS] = { "icmpv6.mld.multicast_address", FIELD_IPV6, 0, 1, N_("Group"),
        N_("Which multicast group it is about."), NULL },
    [ICMPV6_MLD_FLAGS] = { "icmpv6.mld.flag", FIELD_HEX, 1, 1, N_("Flags"),
        N_("For other routers."), NULL },
    [ICMPV6_MLD_SUPPRESS] = { "icmpv6.mld.flag.s", FIELD_BOOLEAN, 1, 2, N_("Suppress"),
        N_("Other routers shall not restart their timers."), NULL },
    [ICMPV6_MLD_ROBUSTNESS] = { "icmpv6.mld.flag.qrv", FIELD_DECIMAL, 1, 2, N_("Robustness"),
        N_("How many losses are made up for."), NULL },
    [ICMPV6_MLD_RESERVED] = { "icmpv6.mld.flag.reserved", FIELD_DECIMAL, 1, 2, N_("Reserved"),
        N_("Must be 0."), NULL },
    [ICMPV6_MLD_INTERVAL] = { "icmpv6.mld.qqi", FIELD_DECIMAL, 1, 1, N_("Interval"),
        N_("How often the router asks."), NULL },
    [ICMPV6_MLD_SOURCES] = { "icmpv6.mld.nb_sources", FIELD_DECIMAL, 2, 1, N_("Number of sources"),
        N_("How many senders it is about."), NULL },
    [ICMPV6_MLD_SOURCE] = { "icmpv6.mld.source_address", FIELD_IPV6, 0, 1, N_("Source"),
        N_("One of them."), NULL },
    [ICMPV6_MLDR_RECORDS] = { "icmpv6.mldr.nb_mcast_records", FIELD_DECIMAL, 2, 1, N_("Number of records"),
        N_("How many groups are reported."), NULL },
    [ICMPV6_MLDR_RECORD] = { "icmpv6.mldr.mar", FIELD_LABEL, 0, 1, N_("Record"),
        N_("One group."), NULL },
    [ICMPV6_MLDR_TYPE] = { "icmpv6.mldr.mar.record_type", FIELD_DECIMAL, 1, 2, N_("Record type"),
        N_("What the host wants of it."), record_types },
    [ICMPV6_MLDR_EXTRA] = { "icmpv6.mldr.mar.aux_data_len", FIELD_DECIMAL, 1, 2, N_("Extra data"),
        N_("Words of four bytes of other data."), NULL },
    [ICMPV6_MLDR_SOURCES] = { "icmpv6.mldr.mar.nb_sources", FIELD_DECIMAL, 2, 2, N_("Number of sources"),
        N_("From how many senders."), NULL },
    [ICMPV6_MLDR_ADDRESS] = { "icmpv6.mldr.mar.multicast_address", FIELD_IPV6, 0, 2, N_("Group"),
        N_("The multicast group."), NULL },
    [ICMPV6_MLDR_SOURCE] = { "icmpv6.mldr.mar.source_address", FIELD_IPV6, 0, 2, N_("Source"),
        N_("A sender."), NULL },
    [ICMPV6_OPTION] = { "icmpv6.opt", FIELD_LABEL, 0, 1, N_("Option"),
        N_("One option."), NULL },
    [ICMPV6_OPTION_TYPE] = { "icmpv6.opt.type", FIELD_DECIMAL, 1, 2, N_("Type"),
        N_("Which option."), option_types },
    [ICMPV6_OPTION_LENGTH] = { "icmpv6.opt.length", FIELD_DECIMAL, 1, 2, N_("Length"),
        N_("In units of eight bytes."), NULL },
    [ICMPV6_OPTION_LINK] = { "icmpv6.opt.linkaddr", FIELD_ETHER, 0, 2, N_("Link-layer address"),
        N_("The MAC address."), NULL },
    [ICMPV6_OPTION_SOURCE_LINK] = { "icmpv6.opt.src_linkaddr", FIELD_ETHER, 0, FIELD_HIDDEN,
        N_("Source link-layer address"),
        N_("The sender's MAC address."), NULL },
    [ICMPV6_OPTION_TARGET_LINK] = { "icmpv6.opt.target_linkaddr", FIELD_ETHER, 0, FIELD_HIDDEN,
        N_("Target link-layer address"),
        N_("The MAC address that was asked for."), NULL },
    [ICMPV6_OPTION_RESERVED] = { "icmpv6.opt.reserved", FIELD_LABEL, 0, 2, N_("Reserved"),
        N_("Must be 0."), NULL },
    [ICMPV6_OPTION_MTU] = { "icmpv6.opt.mtu", FIELD_DECIMAL, 4, 2, N_("MTU"),
        N_("The largest packet on this link."), NULL },
    [ICMPV6_PREFIX_LENGTH] = { "icmpv6.opt.prefix.length", FIELD_DECIMAL, 1, 2, N_("Prefix length"),
        N_("How many bits of the prefix count."), NULL },
    [ICMPV6_PREFIX_FLAGS] = { "icmpv6.opt.prefix.flag", FIELD_HEX, 1, 2, N_("Flags"),
        N_("What to do with the prefix."), NULL },
    [ICMPV6_PREFIX_ON_LINK] = { "icmpv6.opt.prefix.flag.l", FIELD_BOOLEAN, 1, 3, N_("On link"),
        N_("Addresses with this prefix are neighbours."), NULL },
    [ICMPV6_PREFIX_AUTONOMOUS] = { "icmpv6.opt.prefix.flag.a", FIELD_BOOLEAN, 1, 3, N_("Autonomous"),
        N_("Hosts make their own addresses with it (SLAAC)."), NULL },
    [ICMPV6_PREFIX_ROUTER] = { "icmpv6.opt.prefix.flag.r", FIELD_BOOLEAN, 1, 3, N_("Router address"),
        N_("The prefix is the router's whole address."), NULL },
    [ICMPV6_PREFIX_RESERVED] = { "icmpv6.opt.prefix.flag.reserved", FIELD_DECIMAL, 1, 3, N_("Reserved"),
        N_("Must be 0."), NULL },
    [ICMPV6_PREFIX_VALID] = { "icmpv6.opt.prefix.valid_lifetime", FIELD_DECIMAL, 4, 2, N_("Valid lifetime"),
        N_("For how many seconds such addresses may be used."), NULL },
    [ICMPV6_PREFIX_PREFERRED] = { "icmpv6.opt.prefix.preferred_lifetime", FIELD_DECIMAL, 4, 2, N_("Preferred lifetime"),
        N_("For how many seconds new connections may use them."), NULL },
    [ICMPV6_PREFIX] = { "icmpv6.opt.prefix", FIELD_IPV6, 0, 2, N_("Prefix"),
        N_("The beginning of all addresses on this link."), NULL },
    [ICMPV6_REDIRECTED] = { "icmpv6.opt.redirected_packet", FIELD_LABEL, 0, 2, N_("Redirected packet"),
        N_("The packet that is to go elsewhere."), NULL },
    [ICMPV6_ROUTE_FLAGS] = { "icmpv6.opt.route_info.flag", FIELD_HEX, 1, 2, N_("Flags"),
        N_("About the route."), NULL },
    [ICMPV6_ROUTE_PREFERENCE] = { "icmpv6.opt.route_info.flag.route_preference", FIELD_DECIMAL, 1, 3, N_("Preference"),
        N_("How much to prefer it."), preferences },
    [ICMPV6_ROUTE_RESERVED] = { "icmpv6.opt.route_info.flag.reserved", FIELD_DECIMAL, 1, 3, N_("Reserved"),
        N_("Must be 0."), NULL },
    [ICMPV6_ROUTE_LIFETIME] = { "icmpv6.opt.route_lifetime", FIELD_DECIMAL, 4, 2, N_("Route lifetime"),
        N_("For how many seconds it holds."), NULL },
    [ICMPV6_RDNSS_LIFETIME] = { "icmpv6.opt.rdnss.lifetime", FIELD_DECIMAL, 4, 2, N_("Lifetime"),
        N_("For how many seconds the DNS servers may be used."), NULL },
    [ICMPV6_RDNSS] = { "icmpv6.opt.rdnss", FIELD_IPV6, 0, 2, N_("DNS server"),
        N_("A DNS server for the hosts on this link."), NULL },
    [ICMPV6_DNSSL_LIFETIME] = { "icmpv6.opt.dnssl.lifetime", FIELD_DECIMAL, 4, 2, N_("Lifetime"),
        N_("For how many seconds the search domains hold."), NULL },
    [ICMPV6_DNSSL] = { "icmpv6.opt.dnssl", FIELD_TEXT, 0, 2, N_("Search domain"),
        N_("A domain to try behind short names."), NULL },
    [ICMPV6_OPTION_NONCE] = { "icmpv6.opt.nonce", FIELD_BYTES, 0, 2, N_("Nonce"),
        N_("A random number that the answer repeats."), NULL },
    [ICMPV6_OPTION_PORTAL] = { "icmpv6.opt.captive_portal", FIELD_TEXT, 0, 2, N_("Captive portal"),
        N_("Where to sign in to this network."), NULL },
    [ICMPV6_OPTION_INTERVAL] = { "icmpv6.opt.advertisement_interval", FIELD_DECIMAL, 4, 2, N_("Advertisement interval"),
        N_("Milliseconds between advertisements."), NULL },
};

static void link_option(struct packet *packet, struct slice option, uint8_t type, struct icmp_detail *detail)
{
    size_t size = option.len >= 2 ? option.len - 2 : 0;
    field_bytes(packet, ICMPV6_OPTION_LINK, option, 2, size);
    field_bytes(packet, type == SOURCE_LINK ? ICMPV6_OPTION_SOURCE_LINK : ICMPV6_OPTION_TARGET_LINK, option, 2, size);
    if (size >= 6) {
        detail->link.family = ADDRESS_ETHER;
        memcpy(detail->link.bytes, option.at + 2, 6);
    }
}

static void prefix_option(struct packet *packet, struct slice option)
{
    uint8_t flags = get_u8(option, 3);
    field_number(packet, ICMPV6_PREFIX_LENGTH, option, 2, 1, get_u8(option, 2));
    field_number(packet, ICMPV6_PREFIX_FLAGS, option, 3, 1, flags);
    field_number(packet, ICMPV6_PREFIX_ON_LINK, option, 3, 1, flags >> 7);
    field_number(packet, ICMPV6_PREFIX_AUTONOMOUS, option, 3, 1, flags >> 6 & 1);
    field_number(packet, ICMPV6_PREFIX_ROUTER, option, 3, 1, flags >> 5 & 1);
    field_number(packet, ICMPV6_PREFIX_RESERVED, option, 3, 1, flags & 0x1f);
    field_number(packet, ICMPV6_PREFIX_VALID, option, 4, 4, get_u32(option, 4));
    field_number(packet, ICMPV6_PREFIX_PREFERRED, option, 8, 4, get_u32(option, 8));
    field_number(packet, ICMPV6_OPTION_RESERVED, option, 12, 4, 1);
    field_bytes(packet, ICMPV6_PREFIX, option, 16, 16);
}

/* The prefix may be cut after its length (RFC 4191 §2.3). */
static void route_option(struct packet *packet, struct slice option)
{
    uint8_t flags = get_u8(option, 3);
    field_number(packet, ICMPV6_PREFIX_LENGTH, option, 2, 1, get_u8(option, 2));
    field_number(packet, ICMPV6_ROUTE_FLAGS, option, 3, 1, flags);
    field_number(packet, ICMPV6_ROUTE_PREFERENCE, option, 3, 1, flags >> 3 & 3);
    field_number(packet, ICMPV6_ROUTE_RESERVED, option, 3, 1, flags & 0xe7);
    field_number(packet, ICMPV6_ROUTE_LIFETIME, option, 4, 4, get_u32(option, 4));
    if (!field_wanted(packet, ICMPV6_PREFIX) || option.len < 8)
        return;
    size_t size = option.len - 8 < 16 ? option.len - 8 : 16;
    uint8_t *prefix = packet_memory(packet, 16);
    memcpy(prefix, option.at + 8, size);
    struct field *field = packet_add_field(packet, ICMPV6_PREFIX, option, 8, size);
    field->value.bytes = prefix;
    field->size = 16;
}

static void domains_option(struct packet *packet, struct slice option)
{
    field_number(packet, ICMPV6_OPTION_RESERVED, option, 2, 2, 1);
    field_number(packet, ICMPV6_DNSSL_LIFETIME, option, 4, 4, get_u32(option, 4));
    for (size_t at = 8; at < option.len && get_u8(option, at) != 0;) {
        struct dns_name name = dns_read_name(packet, option, at);
        if (name.taken == 0)
            return;
        field_text(packet, ICMPV6_DNSSL, option, at, name.taken, name.text);
        at += name.taken;
    }
}

static void option_value(struct packet *packet, struct slice option, struct icmp_detail *detail)
{
    uint8_t type = get_u8(option, 0);
    switch (type) {
    case SOURCE_LINK:
    case TARGET_LINK:
        link_option(packet, option, type, detail);
        break;
    case PREFIX:
        if (packet_need(packet, option, 32))
            prefix_option(packet, option);
        break;
    case MTU:
        field_number(packet, ICMPV6_OPTION_RESERVED, option, 2, 2, 1);
        field_number(packet, ICMPV6_OPTION_MTU, option, 4, 4, get_u32(option, 4));
        break;
    case REDIRECTED:
        field_number(packet, ICMPV6_OPTION_RESERVED, option, 2, 6, 1);
        field_number(packet, ICMPV6_REDIRECTED, option, 8, option.len, 1);
        break;
    case INTERVAL:
        field_number(packet, ICMPV6_OPTION_RESERVED, option, 2, 2, 1);
        field_number(packet, ICMPV6_OPTION_INTERVAL, option, 4, 4, get_u32(option, 4));
        break;
    case NONCE:
        field_bytes(packet, ICMPV6_OPTION_NONCE, option, 2, option.len - 2U);
        break;
    case ROUTE:
        route_option(packet, option);
        break;
    case DNS_SERVERS:
        field_number(packet, ICMPV6_OPTION_RESERVED, option, 2, 2, 1);
        field_number(packet, ICMPV6_RDNSS_LIFETIME, option, 4, 4, get_u32(option, 4));
        for (size_t at = 8; at + 16 <= option.len; at += 16)
            field_bytes(packet, ICMPV6_RDNSS, option, at, 16);
        break;
    case DNS_DOMAINS:
        domains_option(packet, option);
        break;
    case PORTAL:
        field_bytes(packet, ICMPV6_OPTION_PORTAL, option, 2, strnlen((const char *)option.at + 2, option.len - 2U));
        break;
    default:
        break;
    }
}

void icmpv6_options(struct packet *packet, struct slice options, struct icmp_detail *detail)
{
    for (size_t at = 0; at < options.wire;) {
        if (!packet_need(packet, options, at + 2))
            return;
        size_t length = 8 * (size_t)get_u8(options, at + 1);
        field_number(packet, ICMPV6_OPTION, options, at, length, 1);
        field_number(packet, ICMPV6_OPTION_TYPE, options, at, 1, get_u8(options, at));
        field_number(packet, ICMPV6_OPTION_LENGTH, options, at + 1, 1, get_u8(options, at + 1));
        if (length == 0) {
            packet_malformed(packet, N_("An option of an ICMPv6 message claims a length of 0."));
            return;
        }
        if (!packet_need(packet, options, at + length))
            return;
        option_value(packet, slice_part(options, at, length), detail);
        at += length;
    }
}
