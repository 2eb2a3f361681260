/*
 * exchange_link.c - address resolution, IP fragments, and whatever nobody else
 * knows. A question and its answer are one exchange, repeated questions
 * included.
 */
#include "visualizer/exchange_link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

bool link_is_zero(const struct net_address *address)
{
    static const uint8_t zero[16];
    return memcmp(address->bytes, zero, sizeof zero) == 0;
}

const struct host *link_frame_sender(struct exchange_list *list, const struct packet *packet)
{
    const struct layer *ethernet = packet_layer(packet, PROTOCOL_ETHERNET);
    struct net_address sender = { .family = ADDRESS_ETHER };
    const struct slice bytes = ethernet ? exchange_layer_bytes(packet, ethernet) : (struct slice){ .at = NULL };
    if (bytes.len < 12)
        return host_of(list, &packet->from);
    memcpy(sender.bytes, bytes.at + 6, 6);
    return host_of(list, &sender);
}

struct exchange *link_begin(struct exchange_list *list, const struct packet *packet, enum layer_id row,
                                   const char *protocol, const char *name, const char *rfc, const struct host *from,
                                   const struct host *to)
{
    const struct beginning how = { row, protocol, name, rfc, from, to, 0 };
    return exchange_begin(list, packet, &how);
}

const char *link_hardware_address(const struct exchange_list *list, const struct packet *packet,
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
    const bool announces = net_address_equal(sender, target), probes = link_is_zero(sender);
    const struct host *from = probes ? link_frame_sender(list, packet) : host_of(list, sender), *to = host_of(list,
            target);
    char key[PENDING_KEY];
    snprintf(key, sizeof key, "arp %s %s", to->address, from->address);
    struct exchange *exchange = pending_find(list->link->pending, key);
    const char *name = announces ? N_("address announcement") : probes ? N_("address probe") : N_("address resolution");
    if (!exchange || announces)
        exchange = link_begin(list, packet, LAYER_ARP, "ARP", name, announces || probes ? "RFC 5227" : "RFC 826",
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
        exchange = link_begin(list, packet, LAYER_ARP, "ARP", N_("address announcement"), "RFC 826", answering, asking);
    struct exchange_step *step = exchange_add(list, exchange, packet, STEP_SAYS, asked);
    link_hardware_address(list, packet, WANT_ARP_SENDER_MAC, mac);
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

/* --- fragments ----------------------------------------------------------------------------------------- */

/* Offsets are counted in units of eight octets (RFC 791 §3.1, RFC 8200 §4.5). */
enum { FRAGMENT_UNIT = 8 };

struct fragment {
    uint64_t ident, offset;     /* offset: in octets */
    bool more;
};

static bool is_fragment(const struct exchange_list *list, const struct packet *packet, struct fragment *fragment)
{
    const bool six = exchange_field(list->places, packet, WANT_IP6_OFFSET) != NULL;
    fragment->ident = number(list, packet, six ? WANT_IP6_ID : WANT_IP_ID);
    fragment->offset = number(list, packet, six ? WANT_IP6_OFFSET : WANT_IP_OFFSET) * FRAGMENT_UNIT;
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
        exchange = link_begin(list, packet, LAYER_IP, six ? "IPv6" : "IPv4", N_("IP fragmentation"),
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
        exchange = link_begin(list, packet, row, protocol, udp ? N_("datagrams") : N_("other traffic"), NULL, from, to);
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
