/*
 * dhcp.c - the Dynamic Host Configuration Protocol (RFC 2131): a host that has
 * just come asks everybody for an address, and gets also all else it needs to
 * take part. The message is BOOTP's (RFC 951), what matters is in options.
 */
#include "visualizer/dhcp.h"

#include <string.h>

#include "visualizer/dns.h"
#include "visualizer/protocols.h"

enum { FIXED = 236, COOKIE_AT = 236, OPTIONS_AT = 240, MAGIC = 0x63825363 };

enum { PAD = 0, CLIENT_ID = 61, FULL_NAME = 81, RELAY = 82, SEARCH = 119, END = 255 };

static void fixed_fields(struct packet *packet, struct slice s)
{
    uint16_t flags = get_u16(s, 10);
    uint8_t size = get_u8(s, 2);
    field_number(packet, DHCP_TYPE, s, 0, 1, get_u8(s, 0));
    field_number(packet, DHCP_HARDWARE, s, 1, 1, get_u8(s, 1));
    field_number(packet, DHCP_HARDWARE_LENGTH, s, 2, 1, size);
    field_number(packet, DHCP_HOPS, s, 3, 1, get_u8(s, 3));
    field_number(packet, DHCP_ID, s, 4, 4, get_u32(s, 4));
    field_number(packet, DHCP_SECS, s, 8, 2, get_u16(s, 8));
    field_number(packet, DHCP_FLAGS, s, 10, 2, flags);
    field_number(packet, DHCP_BROADCAST_FLAG, s, 10, 2, flags >> 15);
    field_number(packet, DHCP_RESERVED, s, 10, 2, flags & 0x7fff);
    field_bytes(packet, DHCP_CLIENT, s, 12, 4);
    field_bytes(packet, DHCP_YOUR, s, 16, 4);
    field_bytes(packet, DHCP_SERVER, s, 20, 4);
    field_bytes(packet, DHCP_RELAY, s, 24, 4);
    bool ether = get_u8(s, 1) == 1 && size == 6;
    if (size > 16)
        size = 16;
    if (size > 0)
        field_bytes(packet, ether ? DHCP_MAC : DHCP_HARDWARE_ADDRESS, s, 28, size);
    if (size < 16)
        field_bytes(packet, DHCP_ADDRESS_PADDING, s, 28U + size, 16U - size);
    field_bytes(packet, DHCP_SERVER_NAME, s, 44, strnlen((const char *)s.at + 44, 64));
    field_bytes(packet, DHCP_FILE, s, 108, strnlen((const char *)s.at + 108, 128));
}

static void take_address(struct net_address *address, struct slice s, size_t at)
{
    if (get_u32(s, at) == 0)
        return;
    address->family = ADDRESS_IPV4;
    memcpy(address->bytes, s.at + at, 4);
}

static struct dhcp_detail *tell(struct packet *packet, struct slice s)
{
    struct dhcp_detail *detail = packet_memory(packet, sizeof *detail);
    detail->from_server = get_u8(s, 0) == 2;
    detail->id = get_u32(s, 4);
    if (get_u8(s, 1) == 1 && get_u8(s, 2) == 6) {
        detail->mac.family = ADDRESS_ETHER;
        memcpy(detail->mac.bytes, s.at + 28, 6);
    }
    take_address(&detail->your, s, 16);
    packet->layers[packet->current].detail = detail;
    return detail;
}

/* --- options ------------------------------------------------------------------------ */

static void numbers(struct packet *packet, unsigned row, struct slice value, size_t width)
{
    for (size_t at = 0; at + width <= value.len; at += width) {
        uint64_t number = width == 1 ? get_u8(value, at) : width == 2 ? get_u16(value, at) : get_u32(value, at);
        field_number(packet, row, value, at, width, number);
    }
}

static void known_option(struct packet *packet, const struct dhcp_option *option, struct slice value)
{
    switch (option->kind) {
    case KIND_IPV4:
        for (size_t at = 0; at + 4 <= value.len; at += 4)
            field_bytes(packet, option->row, value, at, 4);
        break;
    case KIND_TEXT:
        field_bytes(packet, option->row, value, 0, strnlen((const char *)value.at, value.len));
        break;
    case KIND_U8:
    case KIND_LIST:
    case KIND_BOOL:
        numbers(packet, option->row, value, 1);
        break;
    case KIND_U16:
        numbers(packet, option->row, value, 2);
        break;
    case KIND_U32:
        numbers(packet, option->row, value, 4);
        break;
    case KIND_S32:
        if (value.len >= 4)
            field_time(packet, option->row, value, 0, 4, (int32_t)get_u32(value, 0));
        break;
    }
}

/* A hardware type and address, or anything (RFC 2132 §9.14). */
static void client_id(struct packet *packet, struct slice value)
{
    uint8_t type = get_u8(value, 0);
    if (type == 1 && value.len == 7) {
        field_number(packet, DHCP_HARDWARE, value, 0, 1, type);
        field_bytes(packet, DHCP_MAC, value, 1, 6);
    } else {
        field_number(packet, DHCP_CLIENT_ID_TYPE, value, 0, 1, type);
        field_bytes(packet, DHCP_CLIENT_ID, value, 1, value.len - 1U);
    }
}

static void full_name(struct packet *packet, struct slice value)
{
    uint8_t flags = get_u8(value, 0);
    field_number(packet, DHCP_FQDN_FLAGS, value, 0, 1, flags);
    field_number(packet, DHCP_FQDN_RESERVED, value, 0, 1, flags >> 4);
    field_number(packet, DHCP_FQDN_N, value, 0, 1, flags >> 3 & 1);
    field_number(packet, DHCP_FQDN_E, value, 0, 1, flags >> 2 & 1);
    field_number(packet, DHCP_FQDN_O, value, 0, 1, flags >> 1 & 1);
    field_number(packet, DHCP_FQDN_S, value, 0, 1, flags & 1);
    field_number(packet, DHCP_FQDN_RCODE1, value, 1, 1, get_u8(value, 1));
    field_number(packet, DHCP_FQDN_RCODE2, value, 2, 1, get_u8(value, 2));
    if (value.len <= 3)
        return;
    if (flags & 4) {
        struct dns_name name;
        dns_name_field(packet, DHCP_FQDN_NAME, slice_from(value, 3), 0, &name);
    } else
        field_bytes(packet, DHCP_FQDN_NAME, value, 3, value.len - 3U);
}

static void relay(struct packet *packet, struct slice value)
{
    for (size_t at = 0; at + 2 <= value.len;) {
        uint8_t type = get_u8(value, at);
        size_t size = get_u8(value, at + 1);
        field_number(packet, DHCP_AGENT_OPTION, value, at, 1, type);
        field_number(packet, DHCP_AGENT_LENGTH, value, at + 1, 1, size);
        if (type == 1 || type == 2)
            field_bytes(packet, type == 1 ? DHCP_AGENT_CIRCUIT : DHCP_AGENT_REMOTE, value, at + 2, size);
        at += 2 + size;
    }
}

static void search(struct packet *packet, struct slice value)
{
    for (size_t at = 0; at < value.len;) {
        struct dns_name name;
        at = dns_name_field(packet, DHCP_SEARCH, value, at, &name);
        if (name.taken == 0)
            return;
    }
}

static void note(struct dhcp_detail *detail, uint8_t code, struct slice value)
{
    if (code == 53)
        detail->message = get_u8(value, 0);
    else if (code == 50 && value.len >= 4)
        take_address(&detail->requested, value, 0);
    else if (code == 54 && value.len >= 4)
        take_address(&detail->server, value, 0);
}

static void option_fields(struct packet *packet, uint8_t code, struct slice value)
{
    if (code == CLIENT_ID && value.len > 0)
        client_id(packet, value);
    else if (code == FULL_NAME)
        full_name(packet, value);
    else if (code == RELAY)
        relay(packet, value);
    else if (code == SEARCH)
        search(packet, value);
    for (size_t i = 0; i < dhcp_option_count; i++)
        if (dhcp_options[i].code == code)
            known_option(packet, &dhcp_options[i], value);
}

/* All up to the end of the message; END is followed by padding. */
static void options(struct packet *packet, struct slice s, struct dhcp_detail *detail)
{
    for (size_t at = 0; at < s.len;) {
        uint8_t code = get_u8(s, at);
        if (code == PAD) {
            size_t end = at;
            while (end < s.len && get_u8(s, end) == PAD)
                end++;
            field_number(packet, DHCP_OPTION, s, at, end - at, 0);
            field_bytes(packet, DHCP_OPTION_PADDING, s, at, end - at);
            at = end;
            continue;
        }
        if (code == END) {
            field_number(packet, DHCP_OPTION, s, at, 1, END);
            field_number(packet, DHCP_OPTION_END, s, at, 1, END);
            if (at + 1 < s.len)
                field_bytes(packet, DHCP_OPTION_PADDING, s, at + 1, s.len - at - 1);
            return;
        }
        if (!packet_need(packet, s, at + 2) || !packet_need(packet, s, at + 2 + get_u8(s, at + 1)))
            return;
        struct slice value = slice_part(s, at + 2, get_u8(s, at + 1));
        field_number(packet, DHCP_OPTION, s, at, 1, code);
        field_number(packet, DHCP_OPTION_LENGTH, s, at + 1, 1, value.len);
        field_bytes(packet, DHCP_OPTION_VALUE, value, 0, value.len);
        note(detail, code, value);
        option_fields(packet, code, value);
        at += 2 + value.len;
    }
}

static void summary(struct packet *packet, const struct dhcp_detail *detail)
{
    const char *name = detail->from_server ? N_("reply") : N_("request");
    for (const struct field_label *label = dhcp_messages; label->text != NULL; label++)
        if (label->value == detail->message)
            name = label->text;
    packet_info(packet, "%s, transaction 0x%08x", name, detail->id);
}

static void decode(struct packet *packet, struct slice s)
{
    packet_push(packet, PROTOCOL_DHCP, s, s.len);
    if (!packet_need(packet, s, FIXED))
        return;
    struct dhcp_detail *detail = tell(packet, s);
    if (!packet->wants->layers_only)
        fixed_fields(packet, s);
    if (get_u32(s, COOKIE_AT) == MAGIC) {
        field_bytes(packet, DHCP_COOKIE, s, COOKIE_AT, 4);
        options(packet, slice_from(s, OPTIONS_AT), detail);
    }
    summary(packet, detail);
}

const struct protocol dhcp_protocol = {
    .name = "DHCP", .title = N_("Dynamic Host Configuration Protocol"), .filter = "dhcp", .osi = 7,
    .tcpip = TCPIP_APPLICATION, .rows = dhcp_rows, .row_count = DHCP_FIELDS, .decode = decode,
};
