/*
 * exchange_link.c - address resolution, neighbour and router discovery, ICMP,
 * IP fragments, and whatever nobody else knows.
 *
 * A question and its answer are one exchange, repeated questions included; a
 * ping is one exchange however often it asks.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "visualizer/exchange_build.h"

struct link_part {
    struct pending *pending;
};

struct link_part *link_part_new(void)
{
    return mem_alloc(sizeof(struct link_part));
}

void link_part_free(struct link_part *part)
{
    pending_free(&part->pending);
    free(part);
}

static uint64_t number(const struct exchange_list *list, const struct packet *packet, enum exchange_field which)
{
    return exchange_number(list->places, packet, which, 0);
}

/* --- ARP (RFC 826, RFC 5227) ------------------------------------------------------------ */

static bool is_zero(const struct net_address *address)
{
    static const uint8_t zero[16];
    return memcmp(address->bytes, zero, sizeof zero) == 0;
}

/* Who sent the frame, by MAC address: whoever has no network address yet is known by nothing else. */
static const struct host *frame_sender(struct exchange_list *list, const struct packet *packet)
{
    const struct layer *ethernet = packet_layer(packet, PROTOCOL_ETHERNET);
    struct net_address sender = { .family = ADDRESS_ETHER };
    const struct slice bytes = ethernet ? exchange_layer_bytes(packet, ethernet) : (struct slice){ .at = NULL };
    if (bytes.len < 12)
        return host_of(list, &packet->from);
    memcpy(sender.bytes, bytes.at + 6, 6);
    return host_of(list, &sender);
}

static struct exchange *begin_link(struct exchange_list *list, const struct packet *packet, enum layer_id row,
                                   const char *protocol, const char *name, const char *rfc, const struct host *from,
                                   const struct host *to)
{
    const struct beginning how = { row, protocol, name, rfc, from, to, 0 };
    return exchange_begin(list, packet, &how);
}

static const char *hardware_address(const struct exchange_list *list, const struct packet *packet,
                                    enum exchange_field which, char out[HOST_ADDRESS])
{
    const struct field *field = exchange_field(list->places, packet, which);
    const uint8_t *b = field && field->size >= 6 ? field->value.bytes : NULL;
    if (b)
        snprintf(out, HOST_ADDRESS, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
    else
        snprintf(out, HOST_ADDRESS, "?");
    return out;
}

static void arp_request(struct exchange_list *list, const struct packet *packet, const struct net_address *sender,
                        const struct net_address *target)
{
    const bool announces = net_address_equal(sender, target), probes = is_zero(sender);
    const struct host *from = probes ? frame_sender(list, packet) : host_of(list, sender), *to = host_of(list, target);
    char key[PENDING_KEY];
    snprintf(key, sizeof key, "arp %s %s", to->address, from->address);
    struct exchange *exchange = pending_find(list->link->pending, key);
    const char *name = announces ? N_("address announcement") : probes ? N_("address probe") : N_("address resolution");
    if (!exchange || announces)
        exchange = begin_link(list, packet, LAYER_ARP, "ARP", name, announces || probes ? "RFC 5227" : "RFC 826",
                              from, to);
    else
        exchange_remark(exchange, REMARK_NOTE, packet->number,
                        N_("Nobody answered at once: the question was repeated."), NULL);
    struct exchange_step *step = exchange_add(list, exchange, packet, STEP_SAYS, false);
    if (announces) {
        exchange_says(step, _("ARP %s is mine"), from->address);
        exchange_summary(exchange, _("%s is mine"), from->address);
        exchange_close(exchange);
        return;
    }
    exchange_says(step, _("ARP who has %s? tell %s"), to->address, from->address);
    exchange_summary(exchange, probes ? _("does anybody use %s?") : _("who has %s?"), to->address);
    pending_set(&list->link->pending, key, exchange);
}

static void arp_reply(struct exchange_list *list, const struct packet *packet, const struct net_address *sender,
                      const struct net_address *target)
{
    const struct host *answering = host_of(list, sender), *asking = host_of(list, target);
    char key[PENDING_KEY], mac[HOST_ADDRESS];
    snprintf(key, sizeof key, "arp %s %s", answering->address, asking->address);
    struct exchange *exchange = pending_find(list->link->pending, key);
    const bool asked = exchange != NULL;
    if (!asked)
        exchange = begin_link(list, packet, LAYER_ARP, "ARP", N_("address announcement"), "RFC 826", answering, asking);
    struct exchange_step *step = exchange_add(list, exchange, packet, STEP_SAYS, asked);
    hardware_address(list, packet, WANT_ARP_SENDER_MAC, mac);
    exchange_says(step, _("ARP %s is at %s"), answering->address, mac);
    if (asked)
        exchange_summary(exchange, _("who has %s? it is at %s"), answering->address, mac);
    else
        exchange_summary(exchange, _("%s is at %s (nobody asked in this capture)"), answering->address, mac);
    pending_drop(&list->link->pending, key);
    exchange_close(exchange);
}

static bool arp_packet(struct exchange_list *list, const struct packet *packet)
{
    const struct net_address sender = exchange_address(exchange_field(list->places, packet, WANT_ARP_SENDER));
    const struct net_address target = exchange_address(exchange_field(list->places, packet, WANT_ARP_TARGET));
    const uint64_t operation = number(list, packet, WANT_ARP_OPERATION);
    if (sender.family == ADDRESS_NONE || target.family == ADDRESS_NONE)
        return false;
    if (operation == 1)
        arp_request(list, packet, &sender, &target);
    else if (operation == 2)
        arp_reply(list, packet, &sender, &target);
    return operation == 1 || operation == 2;
}

/* --- neighbour and router discovery (RFC 4861) -------------------------------------------- */

/* Duplicate address detection: a host without an address asks whether anybody has the one it wants. */
static void nd_probe(struct exchange_list *list, const struct packet *packet, const struct host *to)
{
    char key[PENDING_KEY];
    snprintf(key, sizeof key, "dad %s", to->address);
    struct exchange *exchange = pending_find(list->link->pending, key);
    if (!exchange)
        exchange = begin_link(list, packet, LAYER_NEIGHBOUR, "ICMPv6", N_("address probe"), "RFC 4862 §5.4",
                              frame_sender(list, packet), to);
    exchange_says(exchange_add(list, exchange, packet, STEP_SAYS, false), _("neighbour solicitation: who has %s?"),
                  to->address);
    exchange_summary(exchange, _("does anybody use %s?"), to->address);
    pending_set(&list->link->pending, key, exchange);
}

static void solicit(struct exchange_list *list, const struct packet *packet)
{
    const struct net_address target = exchange_address(exchange_field(list->places, packet, WANT_NS_TARGET));
    const struct host *from = host_of(list, &packet->from), *to = host_of(list, &target);
    if (is_zero(&packet->from)) {
        nd_probe(list, packet, to);
        return;
    }
    char key[PENDING_KEY];
    snprintf(key, sizeof key, "nd %s %s", to->address, from->address);
    struct exchange *exchange = pending_find(list->link->pending, key);
    if (!exchange)
        exchange =
            begin_link(list, packet, LAYER_NEIGHBOUR, "ICMPv6", N_("neighbour discovery"), "RFC 4861 §7.2", from, to);
    exchange_says(exchange_add(list, exchange, packet, STEP_SAYS, false), _("neighbour solicitation: who has %s?"),
                  to->address);
    exchange_summary(exchange, _("who has %s?"), to->address);
    pending_set(&list->link->pending, key, exchange);
}

/* The probe that this advertisement answers: somebody else's, for the same address. */
static struct exchange *probe_answered(struct exchange_list *list, const struct packet *packet,
                                       const struct host *owner)
{
    char key[PENDING_KEY];
    snprintf(key, sizeof key, "dad %s", owner->address);
    struct exchange *exchange = pending_find(list->link->pending, key);
    pending_drop(&list->link->pending, key);
    if (!exchange || exchange->from_address == frame_sender(list, packet)->address)
        return NULL; /* nobody objected, and now it announces the address as its own */
    exchange_remark(exchange, REMARK_ERROR, packet->number, N_("The address is in use already."), "RFC 4862 §5.4.4");
    return exchange;
}

static void advertise(struct exchange_list *list, const struct packet *packet)
{
    const struct net_address target = exchange_address(exchange_field(list->places, packet, WANT_NA_TARGET));
    const struct host *owner = host_of(list, &target), *asking = host_of(list, &packet->to);
    char key[PENDING_KEY], mac[HOST_ADDRESS];
    snprintf(key, sizeof key, "nd %s %s", owner->address, asking->address);
    struct exchange *exchange = pending_find(list->link->pending, key);
    if (!exchange)
        exchange = probe_answered(list, packet, owner);
    const bool asked = exchange != NULL;
    if (!asked)
        exchange = begin_link(list, packet, LAYER_NEIGHBOUR, "ICMPv6", N_("neighbour announcement"), "RFC 4861 §7.2.6",
                              owner, asking);
    struct exchange_step *step = exchange_add(list, exchange, packet, STEP_SAYS, asked);
    hardware_address(list, packet, WANT_ND_MAC, mac);
    exchange_says(step, _("neighbour advertisement: %s is at %s"), owner->address, mac);
    exchange_summary(exchange, asked ? _("who has %s? it is at %s") : _("%s is at %s"), owner->address, mac);
    pending_drop(&list->link->pending, key);
    exchange_close(exchange);
}

static void ask_router(struct exchange_list *list, const struct packet *packet)
{
    struct exchange *exchange = pending_find(list->link->pending, "router");
    if (!exchange)
        exchange = begin_link(list, packet, LAYER_ROUTER, "ICMPv6", N_("router discovery"), "RFC 4861 §6",
                              host_of(list, &packet->from), host_of(list, &packet->to));
    exchange_says(exchange_add(list, exchange, packet, STEP_SAYS, false), _("router solicitation"));
    exchange_summary(exchange, _("is there a router?"));
    pending_set(&list->link->pending, "router", exchange);
}

static void router_says(struct exchange_list *list, const struct packet *packet)
{
    struct exchange *exchange = pending_find(list->link->pending, "router");
    const struct host *router = host_of(list, &packet->from);
    const bool asked = exchange != NULL;
    if (!asked)
        exchange = begin_link(list, packet, LAYER_ROUTER, "ICMPv6", N_("router discovery"), "RFC 4861 §6", router,
                              host_of(list, &packet->to));
    struct exchange_step *step = exchange_add(list, exchange, packet, STEP_SAYS, asked);
    const struct net_address prefix = exchange_address(exchange_field(list->places, packet, WANT_RA_PREFIX));
    exchange_says(step, _("router advertisement"));
    if (prefix.family == ADDRESS_IPV6)
        exchange_summary(exchange, _("%s is a router, prefix %s"), router->shown, host_of(list, &prefix)->address);
    else
        exchange_summary(exchange, _("%s is a router"), router->shown);
    pending_drop(&list->link->pending, "router");
    exchange_close(exchange);
}

/* --- echo ------------------------------------------------------------------------------------- */

static void echo(struct exchange_list *list, const struct packet *packet, bool reply, uint64_t ident,
                 uint64_t sequence, bool six)
{
    const struct host *asking = host_of(list, reply ? &packet->to : &packet->from);
    const struct host *asked = host_of(list, reply ? &packet->from : &packet->to);
    char key[PENDING_KEY];
    snprintf(key, sizeof key, "echo %s %s %u", asking->address, asked->address, (unsigned)ident);
    struct exchange *exchange = pending_find(list->link->pending, key);
    if (!exchange) {
        exchange = begin_link(list, packet, LAYER_ICMP, six ? "ICMPv6" : "ICMP", N_("ping"),
                              six ? "RFC 4443 §4" : "RFC 792", reply ? asked : asking, reply ? asking : asked);
        pending_set(&list->link->pending, key, exchange);
    }
    const bool backward = reply && exchange->from_address == asking->address;
    struct exchange_step *step = exchange_add(list, exchange, packet, STEP_SAYS, backward);
    exchange_says(step, reply ? _("echo reply %u") : _("echo request %u"), (unsigned)sequence);
    char *asks =
        mem_printf(ngettext("%u echo request", "%u echo requests", exchange->packets[0]), exchange->packets[0]);
    char *answers = mem_printf(ngettext("%u reply", "%u replies", exchange->packets[1]), exchange->packets[1]);
    exchange_summary(exchange, "%s, %s", asks, answers);
    free(asks);
    free(answers);
}

/* --- errors of ICMP ------------------------------------------------------------------------------ */

/* Where the quoted packet was going: the address and port behind the quoted headers. */
static char *quoted_target(struct exchange_list *list, const struct packet *packet)
{
    const struct layer *ip = packet_layer(packet, PROTOCOL_IPV4), *six = packet_layer(packet, PROTOCOL_IPV6);
    const struct layer *udp = packet_layer(packet, PROTOCOL_UDP), *tcp = packet_layer(packet, PROTOCOL_TCP);
    const struct layer *quoted = six ? six : ip, *transport = udp ? udp : tcp;
    if (!quoted || quoted == packet->layers)
        return mem_text("?");
    const struct slice bytes = exchange_layer_bytes(packet, quoted);
    struct net_address to = { .family = six ? ADDRESS_IPV6 : ADDRESS_IPV4 };
    const size_t at = six ? 24 : 16, size = six ? 16 : 4;
    if (bytes.len >= at + size)
        memcpy(to.bytes, bytes.at + at, size);
    const struct host *host = host_of(list, &to);
    if (!transport || transport < quoted)
        return mem_text(host->shown);
    return mem_printf("%s %s %u", host->shown, udp ? "UDP" : "TCP",
                      get_u16(exchange_layer_bytes(packet, transport), 2));
}

struct icmp_error {
    unsigned type;
    int code;               /* -1: any */
    enum layer_id row;
    const char *name, *says, *rfc;
};

static const struct icmp_error errors[] = {
    { 3, 0, LAYER_ICMP, N_("destination unreachable"), N_("no route to the network of %s"), "RFC 792" },
    { 3, 1, LAYER_ICMP, N_("destination unreachable"), N_("host not reachable: %s"), "RFC 792" },
    { 3, 2, LAYER_ICMP, N_("destination unreachable"), N_("the host does not speak this protocol: %s"), "RFC 792" },
    { 3, 3, LAYER_ICMP_PORT, N_("port unreachable"), N_("nobody listens on %s"), "RFC 1122 §3.2.2.1" },
    { 3, 4, LAYER_ICMP, N_("packet too big"), N_("too big for a link on the way to %s, and must not be cut"),
      "RFC 1191" },
    { 3, 13, LAYER_ICMP, N_("destination unreachable"), N_("forbidden by a filter: %s"), "RFC 792" },
    { 3, -1, LAYER_ICMP, N_("destination unreachable"), N_("cannot be delivered: %s"), "RFC 792" },
    { 5, -1, LAYER_ICMP, N_("redirect"), N_("there is a better way to %s"), "RFC 792" },
    { 11, -1, LAYER_ICMP, N_("time exceeded"), N_("the way to %s was too long, or a fragment missing"), "RFC 792" },
    { 12, -1, LAYER_ICMP, N_("parameter problem"), N_("wrong header on the way to %s"), "RFC 792" },
};

static const struct icmp_error errors_six[] = {
    { 1, 4, LAYER_ICMP_PORT, N_("port unreachable"), N_("nobody listens on %s"), "RFC 4443 §3.1" },
    { 1, 0, LAYER_ICMP, N_("destination unreachable"), N_("no route to %s"), "RFC 4443 §3.1" },
    { 1, 1, LAYER_ICMP, N_("destination unreachable"), N_("forbidden by a filter: %s"), "RFC 4443 §3.1" },
    { 1, -1, LAYER_ICMP, N_("destination unreachable"), N_("host not reachable: %s"), "RFC 4443 §3.1" },
    { 2, -1, LAYER_ICMP, N_("packet too big"), N_("too big for a link on the way to %s"), "RFC 4443 §3.2" },
    { 3, -1, LAYER_ICMP, N_("time exceeded"), N_("the way to %s was too long, or a fragment missing"),
      "RFC 4443 §3.3" },
    { 4, -1, LAYER_ICMP, N_("parameter problem"), N_("wrong header on the way to %s"), "RFC 4443 §3.4" },
    { 137, -1, LAYER_ICMP, N_("redirect"), N_("there is a better way to %s"), "RFC 4861 §8" },
};

static bool error_packet(struct exchange_list *list, const struct packet *packet, unsigned type, int code, bool six)
{
    const struct icmp_error *table = six ? errors_six : errors;
    const size_t count = six ? sizeof errors_six / sizeof errors_six[0] : sizeof errors / sizeof errors[0];
    for (size_t i = 0; i < count; i++) {
        if (table[i].type != type || (table[i].code >= 0 && table[i].code != code))
            continue;
        struct exchange *exchange = begin_link(list, packet, table[i].row, six ? "ICMPv6" : "ICMP", table[i].name,
                                               table[i].rfc, host_of(list, &packet->from), host_of(list, &packet->to));
        char *target = quoted_target(list, packet);
        struct exchange_step *step = exchange_add(list, exchange, packet, STEP_SAYS, false);
        exchange_says(step, _(table[i].says), target);
        exchange_summary(exchange, _(table[i].says), target);
        free(target);
        exchange_close(exchange);
        return true;
    }
    return false;
}

static bool icmp_packet(struct exchange_list *list, const struct packet *packet)
{
    const unsigned type = (unsigned)number(list, packet, WANT_ICMP_TYPE);
    if (type == 0 || type == 8) {
        echo(list, packet, type == 0, number(list, packet, WANT_ICMP_IDENT), number(list, packet, WANT_ICMP_SEQUENCE),
             false);
        return true;
    }
    return error_packet(list, packet, type, (int)number(list, packet, WANT_ICMP_CODE), false);
}

/* Hosts tell routers and switches which groups they listen to (RFC 3810, RFC 2710). */
static void membership(struct exchange_list *list, const struct packet *packet)
{
    const struct host *from = host_of(list, &packet->from);
    char key[PENDING_KEY];
    snprintf(key, sizeof key, "mld %s", from->address);
    struct exchange *exchange = pending_find(list->link->pending, key);
    if (!exchange) {
        exchange = begin_link(list, packet, LAYER_ICMP, "ICMPv6", N_("multicast membership"), "RFC 3810", from,
                              host_of(list, &packet->to));
        pending_set(&list->link->pending, key, exchange);
    }
    exchange_says(exchange_add(list, exchange, packet, STEP_SAYS, false), _("multicast listener report"));
    exchange_summary(exchange, ngettext("%u report", "%u reports", exchange->packets[0]), exchange->packets[0]);
}

static bool icmp6_packet(struct exchange_list *list, const struct packet *packet)
{
    enum {
        MLD_QUERY = 130,
        MLD_REPORT,
        MLD_DONE,
        MLD_REPORT_2 = 143,
        ECHO_REQUEST = 128,
        ECHO_REPLY,
        ROUTER_SOLICITATION = 133,
        ROUTER_ADVERTISEMENT,
        SOLICITATION,
        ADVERTISEMENT
    };
    const unsigned type = (unsigned)number(list, packet, WANT_ICMP6_TYPE);
    switch (type) {
    case ECHO_REQUEST:
    case ECHO_REPLY:
        echo(list, packet, type == ECHO_REPLY, number(list, packet, WANT_ICMP6_IDENT),
             number(list, packet, WANT_ICMP6_SEQUENCE), true);
        return true;
    case ROUTER_SOLICITATION:
        ask_router(list, packet);
        return true;
    case ROUTER_ADVERTISEMENT:
        router_says(list, packet);
        return true;
    case SOLICITATION:
        solicit(list, packet);
        return true;
    case ADVERTISEMENT:
        advertise(list, packet);
        return true;
    case MLD_QUERY:
    case MLD_REPORT:
    case MLD_DONE:
    case MLD_REPORT_2:
        membership(list, packet);
        return true;
    default:
        return error_packet(list, packet, type, (int)number(list, packet, WANT_ICMP6_CODE), true);
    }
}

/* --- fragments ----------------------------------------------------------------------------------------- */

struct fragment {
    uint64_t ident, offset;
    bool more;
};

static bool is_fragment(const struct exchange_list *list, const struct packet *packet, struct fragment *fragment)
{
    const bool six = exchange_field(list->places, packet, WANT_IP6_OFFSET) != NULL;
    fragment->ident = number(list, packet, six ? WANT_IP6_ID : WANT_IP_ID);
    fragment->offset = number(list, packet, six ? WANT_IP6_OFFSET : WANT_IP_OFFSET);
    fragment->more = number(list, packet, six ? WANT_IP6_MORE : WANT_IP_MORE) != 0;
    return fragment->more || fragment->offset > 0;
}

static void fragment_packet(struct exchange_list *list, const struct packet *packet, const struct fragment *fragment)
{
    const struct host *from = host_of(list, &packet->from), *to = host_of(list, &packet->to);
    const bool six = packet->from.family == ADDRESS_IPV6;
    char key[PENDING_KEY];
    snprintf(key, sizeof key, "fragment %s %s %llu", from->address, to->address, (unsigned long long)fragment->ident);
    struct exchange *exchange = pending_find(list->link->pending, key);
    if (!exchange) {
        exchange = begin_link(list, packet, LAYER_IP, six ? "IPv6" : "IPv4", N_("IP fragmentation"),
                              six ? "RFC 8200 §4.5" : "RFC 791 §3.2", from, to);
        pending_set(&list->link->pending, key, exchange);
    }
    struct exchange_step *step = exchange_add(list, exchange, packet, STEP_SAYS, false);
    const struct layer *ip = &packet->layers[0];
    for (size_t i = 0; i < packet->layer_count; i++)
        if (packet->layers[i].protocol == (six ? PROTOCOL_IPV6 : PROTOCOL_IPV4)) {
            ip = &packet->layers[i];
            break;
        }
    exchange_bytes(exchange, step, ip->length > ip->header ? ip->length - ip->header : 0);
    exchange_says(step, fragment->more ? _("fragment at byte %llu, more follow") : _("fragment at byte %llu, the last"),
                  (unsigned long long)fragment->offset);
    exchange_summary(
        exchange, ngettext("%zu fragment carries %llu bytes", "%zu fragments carry %llu bytes", exchange->step_count),
        exchange->step_count, (unsigned long long)exchange->bytes[0]);
    if (!fragment->more) {
        pending_drop(&list->link->pending, key);
        exchange_close(exchange);
    }
}

bool link_packet(struct exchange_list *list, const struct packet *packet)
{
    struct fragment fragment;
    const bool cut = is_fragment(list, packet, &fragment);
    if (cut)
        fragment_packet(list, packet, &fragment);
    for (size_t i = 0; i < packet->layer_count; i++) {
        switch (packet->layers[i].protocol) {
        case PROTOCOL_ARP:
            return arp_packet(list, packet);
        case PROTOCOL_ICMPV4:
            return icmp_packet(list, packet) || cut;
        case PROTOCOL_ICMPV6:
            return icmp6_packet(list, packet) || cut;
        default:
            break;
        }
    }
    return cut;
}

/* --- the rest ---------------------------------------------------------------------------------------------- */

static void link_ends(struct exchange_list *list, const struct packet *packet, const struct host **from,
                      const struct host **to)
{
    struct net_address ends[2] = { packet->from, packet->to };
    const struct layer *ethernet = packet_layer(packet, PROTOCOL_ETHERNET);
    if (packet->from.family == ADDRESS_NONE && ethernet) {
        const struct slice bytes = exchange_layer_bytes(packet, ethernet);
        for (int i = 0; i < 2 && bytes.len >= 12; i++) {
            ends[i].family = ADDRESS_ETHER;
            memcpy(ends[i].bytes, bytes.at + (i == 0 ? 6 : 0), 6);
        }
    }
    *from = ends[0].family == ADDRESS_NONE ? host_of_text(list, "?") : host_of(list, &ends[0]);
    *to = ends[1].family == ADDRESS_NONE ? host_of_text(list, "?") : host_of(list, &ends[1]);
}

static enum layer_id row_of(const struct packet *packet, const struct layer *top)
{
    if (packet_layer(packet, PROTOCOL_UDP))
        return top->protocol == PROTOCOL_UDP || top->protocol == PROTOCOL_DATA ? LAYER_UDP : LAYER_APPLICATION;
    if (packet->from.family == ADDRESS_IPV4 || packet->from.family == ADDRESS_IPV6)
        return LAYER_IP;
    return LAYER_FRAME;
}

void link_other(struct exchange_list *list, const struct packet *packet)
{
    const struct layer *top = packet_top(packet);
    const struct host *from, *to;
    if (!top)
        return;
    link_ends(list, packet, &from, &to);
    const char *protocol = protocols[top->protocol]->name;
    const bool udp = packet_layer(packet, PROTOCOL_UDP) != NULL;
    char key[PENDING_KEY], back[PENDING_KEY];
    snprintf(key, sizeof key, "other %s %s %u %s %u", protocol, from->address, packet->from_port, to->address,
             packet->to_port);
    snprintf(back, sizeof back, "other %s %s %u %s %u", protocol, to->address, packet->to_port, from->address,
             packet->from_port);
    struct exchange *exchange = pending_find(list->link->pending, key);
    const bool backward = !exchange && (exchange = pending_find(list->link->pending, back)) != NULL;
    if (!exchange) {
        const enum layer_id row = row_of(packet, top);
        exchange = begin_link(list, packet, row, protocol, udp ? N_("datagrams") : N_("other traffic"), NULL, from, to);
        pending_set(&list->link->pending, key, exchange);
    }
    exchange_bytes(exchange, exchange_add(list, exchange, packet, STEP_DATA, backward), top->length);
    const size_t count = exchange->step_count;
    if (udp)
        exchange_summary(exchange, ngettext("%zu datagram, ports %u and %u", "%zu datagrams, ports %u and %u", count),
                         count, backward ? packet->to_port : packet->from_port,
                         backward ? packet->from_port : packet->to_port);
    else
        exchange_summary(exchange, ngettext("%zu packet", "%zu packets", count), count);
}
