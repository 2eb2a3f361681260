#include "wire_view.h"

#include <string.h>

enum {
    TYPE_IPV4 = 0x0800,
    TYPE_ARP = 0x0806,
    TYPE_VLAN = 0x8100,
    TYPE_VLAN_OUTER = 0x88a8,
    TYPE_IPV6 = 0x86dd,
    TCP = 6,
    UDP = 17,
};

/* What is left of the frame while the headers are taken off one by one. */
struct rest {
    const uint8_t *at;
    size_t length;
};

static uint16_t two(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static bool take(struct rest *rest, size_t size)
{
    if (rest->length < size)
        return false;
    rest->at += size;
    rest->length -= size;
    return true;
}

/* Ethernet pads short frames: the network layer knows how long the packet really is. */
static void cut(struct rest *rest, size_t length)
{
    if (rest->length > length)
        rest->length = length;
}

static void read_tcp(struct wire_view *view, struct rest *rest)
{
    const uint8_t *at = rest->at;
    if (rest->length < 20)
        return;
    view->from_port = two(at);
    view->to_port = two(at + 2);
    view->sequence = (uint32_t)two(at + 4) << 16 | two(at + 6);
    view->acknowledgement = (uint32_t)two(at + 8) << 16 | two(at + 10);
    view->flags = at[13];
    take(rest, (size_t)(at[12] >> 4) * 4);
}

static void read_udp(struct wire_view *view, struct rest *rest)
{
    const uint8_t *at = rest->at;
    if (!take(rest, 8))
        return;
    view->from_port = two(at);
    view->to_port = two(at + 2);
}

static void read_transport(struct wire_view *view, struct rest *rest, uint8_t protocol)
{
    view->protocol = protocol;
    if (protocol == TCP)
        read_tcp(view, rest);
    else if (protocol == UDP)
        read_udp(view, rest);
}

static void read_ipv4(struct wire_view *view, struct rest *rest)
{
    const uint8_t *at = rest->at;
    if (rest->length < 20 || at[0] >> 4 != 4)
        return;
    view->addresses = at + 12;
    view->addresses_length = 8;
    cut(rest, two(at + 2));
    bool later_fragment = (two(at + 6) & 0x1fff) != 0;
    if (!take(rest, (size_t)(at[0] & 15) * 4))
        return;
    if (later_fragment)
        view->protocol = at[9];
    else
        read_transport(view, rest, at[9]);
}

static void read_ipv6(struct wire_view *view, struct rest *rest)
{
    const uint8_t *at = rest->at;
    if (rest->length < 40 || at[0] >> 4 != 6)
        return;
    view->addresses = at + 8;
    view->addresses_length = 32;
    cut(rest, 40u + two(at + 4));
    take(rest, 40);
    read_transport(view, rest, at[6]);
}

struct wire_view wire_view_of(const uint8_t *frame, size_t length)
{
    struct wire_view view = { .data = frame, .length = length };
    struct rest rest = { frame, length };
    if (take(&rest, 14)) {
        view.type = two(frame + 12);
        while ((view.type == TYPE_VLAN || view.type == TYPE_VLAN_OUTER) && rest.length >= 4) {
            view.type = two(rest.at + 2);
            take(&rest, 4);
        }
        if (view.type == TYPE_IPV4)
            read_ipv4(&view, &rest);
        else if (view.type == TYPE_IPV6)
            read_ipv6(&view, &rest);
        else if (view.type == TYPE_ARP && rest.length >= 8)
            view.arp = two(rest.at + 6);
    }
    view.payload = rest.at;
    view.payload_length = rest.length;
    return view;
}

static bool same_bytes(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length)
{
    return a_length == b_length && (a_length == 0 || memcmp(a, b, a_length) == 0);
}

/* A repeated segment or datagram has another IPv4 identification, another timestamp, maybe another acknowledgement. */
bool wire_view_same(const struct wire_view *a, const struct wire_view *b)
{
    if (a->addresses == NULL || b->addresses == NULL || (a->protocol != TCP && a->protocol != UDP))
        return same_bytes(a->data, a->length, b->data, b->length);
    return a->type == b->type && a->protocol == b->protocol && a->from_port == b->from_port
        && a->to_port == b->to_port && a->sequence == b->sequence
        && ((a->flags ^ b->flags) & (WIRE_SYN | WIRE_FIN | WIRE_RST)) == 0
        && same_bytes(a->addresses, a->addresses_length, b->addresses, b->addresses_length)
        && same_bytes(a->payload, a->payload_length, b->payload, b->payload_length);
}

bool wire_view_contains(const struct wire_view *view, const char *text, size_t length)
{
    return view->payload_length > 0 && memmem(view->payload, view->payload_length, text, length) != NULL;
}
