#include "visualizer/exchange_wants.h"

#include <stdlib.h>

#include "core/mem.h"
#include "visualizer/exchange.h"

static const char *const names[WANT_FIELDS] = {
    [WANT_ARP_OPERATION] = "arp.opcode",
    [WANT_ARP_SENDER] = "arp.src.proto_ipv4",
    [WANT_ARP_TARGET] = "arp.dst.proto_ipv4",
    [WANT_ARP_SENDER_MAC] = "arp.src.hw_mac",
    [WANT_IP_ID] = "ip.id",
    [WANT_IP_MORE] = "ip.flags.mf",
    [WANT_IP_OFFSET] = "ip.frag_offset",
    [WANT_IP6_ID] = "ipv6.fraghdr.ident",
    [WANT_IP6_MORE] = "ipv6.fraghdr.more",
    [WANT_IP6_OFFSET] = "ipv6.fraghdr.offset",
    [WANT_ICMP_TYPE] = "icmp.type",
    [WANT_ICMP_CODE] = "icmp.code",
    [WANT_ICMP_IDENT] = "icmp.ident",
    [WANT_ICMP_SEQUENCE] = "icmp.seq",
    [WANT_ICMP6_TYPE] = "icmpv6.type",
    [WANT_ICMP6_CODE] = "icmpv6.code",
    [WANT_ICMP6_IDENT] = "icmpv6.echo.identifier",
    [WANT_ICMP6_SEQUENCE] = "icmpv6.echo.sequence_number",
    [WANT_NS_TARGET] = "icmpv6.nd.ns.target_address",
    [WANT_NA_TARGET] = "icmpv6.nd.na.target_address",
    [WANT_ND_MAC] = "icmpv6.opt.linkaddr",
    [WANT_RA_PREFIX] = "icmpv6.opt.prefix",
    [WANT_RA_LIFETIME] = "icmpv6.nd.ra.router_lifetime",
    [WANT_DNS_ID] = "dns.id",
    [WANT_DNS_RESPONSE] = "dns.flags.response",
    [WANT_DNS_RCODE] = "dns.flags.rcode",
    [WANT_DNS_QUERY_NAME] = "dns.qry.name",
    [WANT_DNS_QUERY_TYPE] = "dns.qry.type",
    [WANT_DNS_NAME] = "dns.resp.name",
    [WANT_DNS_A] = "dns.a",
    [WANT_DNS_AAAA] = "dns.aaaa",
    [WANT_DNS_MX] = "dns.mx.mail_exchange",
    [WANT_DNS_CNAME] = "dns.cname",
    [WANT_DNS_PTR] = "dns.ptr.domain_name",
    [WANT_DNS_NS] = "dns.ns",
    [WANT_DNS_TXT] = "dns.txt",
    [WANT_DNS_SPF] = "dns.spf",
    [WANT_DHCP_TRANSACTION] = "dhcp.id",
    [WANT_DHCP_TYPE] = "dhcp.option.dhcp",
    [WANT_DHCP_YOUR] = "dhcp.ip.your",
    [WANT_DHCP_HARDWARE] = "dhcp.hw.mac_addr",
    [WANT_DHCP6_TYPE] = "dhcpv6.msgtype",
    [WANT_DHCP6_TRANSACTION] = "dhcpv6.xid",
    [WANT_DHCP6_ADDRESS] = "dhcpv6.iaaddr.ip",
};

struct exchange_places {
    struct field_place place[WANT_FIELDS];
    bool known[WANT_FIELDS];
};

struct exchange_places *exchange_places_new(void)
{
    struct exchange_places *places = mem_alloc(sizeof *places);
    for (size_t i = 0; i < WANT_FIELDS; i++)
        places->known[i] = fields_find(names[i], &places->place[i], 1) > 0;
    return places;
}

void exchange_places_free(struct exchange_places *places)
{
    free(places);
}

void exchange_wants(struct wants *wants)
{
    for (size_t i = 0; i < WANT_FIELDS; i++)
        wants_add(wants, names[i]);
}

bool exchange_field_is(const struct exchange_places *places, const struct field *field, enum exchange_field which)
{
    const struct field_place *place = &places->place[which];
    return places->known[which] && field->protocol == place->protocol && field->row == place->row;
}

const struct field *exchange_field_nth(const struct exchange_places *places, const struct packet *packet,
                                       enum exchange_field which, size_t n)
{
    for (size_t i = 0; i < packet->field_count; i++)
        if (exchange_field_is(places, &packet->fields[i], which) && n-- == 0)
            return &packet->fields[i];
    return NULL;
}

const struct field *exchange_field(const struct exchange_places *places, const struct packet *packet,
                                   enum exchange_field which)
{
    return exchange_field_nth(places, packet, which, 0);
}

uint64_t exchange_number(const struct exchange_places *places, const struct packet *packet, enum exchange_field which,
                         uint64_t otherwise)
{
    const struct field *field = exchange_field(places, packet, which);
    return field ? field->value.number : otherwise;
}
