/*
 * exchange_icmp.c - ICMP in both versions of IP: neighbour and router discovery,
 * echo, and the errors. A ping is one exchange however often it asks.
 */
#include "visualizer/exchange_link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t number(const struct exchange_list *list, const struct packet *packet, enum exchange_field which)
{
    return exchange_number(list->places, packet, which, 0);
}

/* --- neighbour and router discovery (RFC 4861) -------------------------------------------- */

/* Duplicate address detection: a host without an address asks whether anybody has the one it wants. */
static void nd_probe(struct exchange_list *list, const struct packet *packet, const struct host *to)
{
    char key[PENDING_KEY];
    snprintf(key, sizeof key, "dad %s", to->address);
    struct exchange *exchange = pending_find(list->link->pending, key);
    if (!exchange)
        exchange = link_begin(list, packet, LAYER_NEIGHBOUR, "ICMPv6", N_("address probe"), "RFC 4862 §5.4",
                              link_frame_sender(list, packet), to);
    exchange_says(exchange_add(list, exchange, packet, STEP_SAYS, false), _("neighbour solicitation: who has %s?"),
                  to->address);
    exchange_summary(exchange, _("does anybody use %s?"), to->address);
    pending_set(&list->link->pending, key, exchange);
}

static void solicit(struct exchange_list *list, const struct packet *packet)
{
    const struct net_address target = exchange_address(exchange_field(list->places, packet, WANT_NS_TARGET));
    const struct host *from = host_of(list, &packet->from), *to = host_of(list, &target);
    if (link_is_zero(&packet->from)) {
        nd_probe(list, packet, to);
        return;
    }
    char key[PENDING_KEY];
    snprintf(key, sizeof key, "nd %s %s", to->address, from->address);
    struct exchange *exchange = pending_find(list->link->pending, key);
    if (!exchange)
        exchange =
            link_begin(list, packet, LAYER_NEIGHBOUR, "ICMPv6", N_("neighbour discovery"), "RFC 4861 §7.2", from, to);
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
    if (!exchange || exchange->from_address == link_frame_sender(list, packet)->address)
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
        exchange = link_begin(list, packet, LAYER_NEIGHBOUR, "ICMPv6", N_("neighbour announcement"), "RFC 4861 §7.2.6",
                              owner, asking);
    struct exchange_step *step = exchange_add(list, exchange, packet, STEP_SAYS, asked);
    link_hardware_address(list, packet, WANT_ND_MAC, mac);
    exchange_says(step, _("neighbour advertisement: %s is at %s"), owner->address, mac);
    exchange_summary(exchange, asked ? _("who has %s? it is at %s") : _("%s is at %s"), owner->address, mac);
    pending_drop(&list->link->pending, key);
    exchange_close(exchange);
}

static void ask_router(struct exchange_list *list, const struct packet *packet)
{
    struct exchange *exchange = pending_find(list->link->pending, "router");
    if (!exchange)
        exchange = link_begin(list, packet, LAYER_ROUTER, "ICMPv6", N_("router discovery"), "RFC 4861 §6",
                              host_of(list, &packet->from), host_of(list, &packet->to));
    exchange_says(exchange_add(list, exchange, packet, STEP_SAYS, false), _("router solicitation"));
    exchange_summary(exchange, _("is there a router?"));
    pending_set(&list->link->pending, "router", exchange);
}

/* A lifetime of 0: not a default router; what it tells of the net counts all the same (RFC 4861 §4.2). */
static void summarize_router(struct exchange_list *list, const struct packet *packet, struct exchange *exchange,
                             const char *router)
{
    const struct net_address prefix = exchange_address(exchange_field(list->places, packet, WANT_RA_PREFIX));
    const bool leads_out = exchange_number(list->places, packet, WANT_RA_LIFETIME, 1) != 0;
    if (prefix.family != ADDRESS_IPV6)
        exchange_summary(exchange, leads_out ? _("%s is a router") : _("%s is no default router"), router);
    else
        exchange_summary(exchange, leads_out ? _("%s is a router, prefix %s")
                                             : _("%s tells the prefix %s, and is no default router"), router,
                         host_of(list, &prefix)->address);
}

static void router_says(struct exchange_list *list, const struct packet *packet)
{
    struct exchange *exchange = pending_find(list->link->pending, "router");
    const struct host *router = host_of(list, &packet->from);
    const bool asked = exchange != NULL;
    if (!asked)
        exchange = link_begin(list, packet, LAYER_ROUTER, "ICMPv6", N_("router discovery"), "RFC 4861 §6", router,
                              host_of(list, &packet->to));
    struct exchange_step *step = exchange_add(list, exchange, packet, STEP_SAYS, asked);
    exchange_says(step, _("router advertisement"));
    summarize_router(list, packet, exchange, router->shown);
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
        exchange = link_begin(list, packet, LAYER_ICMP, six ? "ICMPv6" : "ICMP", N_("ping"),
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
        struct exchange *exchange = link_begin(list, packet, table[i].row, six ? "ICMPv6" : "ICMP", table[i].name,
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

bool icmp_packet(struct exchange_list *list, const struct packet *packet)
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
        exchange = link_begin(list, packet, LAYER_ICMP, "ICMPv6", N_("multicast membership"), "RFC 3810", from,
                              host_of(list, &packet->to));
        pending_set(&list->link->pending, key, exchange);
    }
    exchange_says(exchange_add(list, exchange, packet, STEP_SAYS, false), _("multicast listener report"));
    exchange_summary(exchange, ngettext("%u report", "%u reports", exchange->packets[0]), exchange->packets[0]);
}

bool icmp6_packet(struct exchange_list *list, const struct packet *packet)
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
