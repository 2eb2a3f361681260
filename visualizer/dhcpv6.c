/*
 * dhcpv6.c - DHCP for IPv6 (RFC 8415). Unlike for IPv4 the message is nothing
 * but options, options lie inside options, and parties are known by a DUID
 * (§11) instead of a hardware address. Router advertisements say whether hosts
 * shall ask at all (RFC 4861 §4.2, the M and O flags).
 */
#include "visualizer/dhcpv6.h"

#include <stdio.h>

#include "visualizer/dns.h"
#include "visualizer/protocols.h"

enum { HEADER = 4, RELAY_HEADER = 34, RELAY_FORW = 12, RELAY_REPL = 13, DEEPEST = 8 };

enum {
    CLIENT_ID = 1, SERVER_ID = 2, IA_NA = 3, IA_TA = 4, IA_ADDRESS = 5, REQUESTED = 6, RELAYED = 9, STATUS = 13,
    USER_CLASS = 15, VENDOR_CLASS = 16, VENDOR_OPTIONS = 17, SEARCH = 24, IA_PD = 25, IA_PREFIX = 26, FULL_NAME = 39,
};

enum { DUID_LLT = 1, DUID_EN = 2, DUID_LL = 3, DUID_UUID = 4 };

/* Seconds between 1970 and the DUID's epoch, 2000 (RFC 8415 §11.2). */
static const int64_t EPOCH_2000 = 946684800;

static void options(struct packet *packet, struct slice s, unsigned depth);

static void link_address(struct packet *packet, unsigned row, struct slice s, size_t at)
{
    char text[3 * 32 + 1] = "";
    size_t length = 0;
    for (size_t i = at; i < s.len && length + 4 < sizeof text; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, i == at ? "%02x" : ":%02x", s.at[i]);
    field_text(packet, row, s, at, s.len > at ? s.len - at : 0, (struct span){ text, length });
}

/* Who somebody is, for good, whatever card or address is in use (RFC 8415 §11). */
static void duid(struct packet *packet, struct slice s)
{
    if (s.len < 2)
        return;
    uint16_t type = get_u16(s, 0);
    field_bytes(packet, DHCPV6_DUID, s, 0, s.len);
    field_number(packet, DHCPV6_DUID_TYPE, s, 0, 2, type);
    if (type == DUID_LLT && s.len >= 8) {
        field_number(packet, DHCPV6_DUID_LLT_HARDWARE, s, 2, 2, get_u16(s, 2));
        field_time(packet, DHCPV6_DUID_TIME, s, 4, 4, (EPOCH_2000 + get_u32(s, 4)) * 1000000000);
        link_address(packet, DHCPV6_DUID_LLT_ADDRESS, s, 8);
    } else if (type == DUID_LL && s.len >= 4) {
        field_number(packet, DHCPV6_DUID_LL_HARDWARE, s, 2, 2, get_u16(s, 2));
        link_address(packet, DHCPV6_DUID_LL_ADDRESS, s, 4);
    } else if (type == DUID_EN && s.len > 6) {
        field_number(packet, DHCPV6_DUID_ENTERPRISE, s, 2, 4, get_u32(s, 2));
        field_bytes(packet, DHCPV6_DUID_IDENTIFIER, s, 6, s.len - 6U);
    } else if (type == DUID_UUID && s.len > 2) {
        field_bytes(packet, DHCPV6_DUID_UUID, s, 2, s.len - 2U);
    }
}

static void identity(struct packet *packet, unsigned row, struct slice s)
{
    char text[9];
    snprintf(text, sizeof text, "%08x", get_u32(s, 0));
    field_text(packet, row, s, 0, 4, (struct span){ text, 8 });
}

/* Non-temporary addresses, and delegated prefixes: an identity, two times, options (RFC 8415 §21.4, §21.21). */
static void association(struct packet *packet, struct slice s, unsigned depth)
{
    if (!packet_need(packet, s, 12))
        return;
    identity(packet, DHCPV6_IAID, s);
    field_number(packet, DHCPV6_T1, s, 4, 4, get_u32(s, 4));
    field_number(packet, DHCPV6_T2, s, 8, 4, get_u32(s, 8));
    options(packet, slice_from(s, 12), depth + 1);
}

static void address(struct packet *packet, struct slice s, unsigned depth)
{
    if (!packet_need(packet, s, 24))
        return;
    field_bytes(packet, DHCPV6_ADDRESS, s, 0, 16);
    field_number(packet, DHCPV6_ADDRESS_PREFERRED, s, 16, 4, get_u32(s, 16));
    field_number(packet, DHCPV6_ADDRESS_VALID, s, 20, 4, get_u32(s, 20));
    options(packet, slice_from(s, 24), depth + 1);
}

static void prefix(struct packet *packet, struct slice s, unsigned depth)
{
    if (!packet_need(packet, s, 25))
        return;
    field_number(packet, DHCPV6_PREFIX_PREFERRED, s, 0, 4, get_u32(s, 0));
    field_number(packet, DHCPV6_PREFIX_VALID, s, 4, 4, get_u32(s, 4));
    field_number(packet, DHCPV6_PREFIX_LENGTH, s, 8, 1, get_u8(s, 8));
    field_bytes(packet, DHCPV6_PREFIX, s, 9, 16);
    options(packet, slice_from(s, 25), depth + 1);
}

/* Complete names, with the dot of the root. */
static void names(struct packet *packet, unsigned row, struct slice s, size_t at)
{
    while (at < s.len) {
        struct dns_name name = dns_read_name(packet, s, at);
        if (name.taken == 0)
            return;
        const char *text = packet_text(packet, "%.*s.", (int)name.text.len, name.text.at);
        field_text(packet, row, s, at, name.taken, span_of(text));
        at += name.taken;
    }
}

/* The client's name, and who is to tell the DNS of it (RFC 4704 §4). */
static void full_name(struct packet *packet, struct slice s)
{
    if (s.len == 0)
        return;
    field_number(packet, DHCPV6_FQDN_FLAGS, s, 0, 1, get_u8(s, 0));
    names(packet, DHCPV6_FQDN_NAME, s, 1);
}

/* User class and vendor class: texts, each with its length before it. */
static void classes(struct packet *packet, struct slice s, size_t at, unsigned length_row, unsigned row)
{
    while (at + 2 <= s.len) {
        size_t size = get_u16(s, at);
        if (!packet_need(packet, s, at + 2 + size))
            return;
        if (length_row != DHCPV6_FIELDS)
            field_number(packet, length_row, s, at, 2, size);
        field_bytes(packet, row, s, at + 2, size);
        at += 2 + size;
    }
}

static void vendor_options(struct packet *packet, struct slice s)
{
    if (!packet_need(packet, s, 4))
        return;
    field_number(packet, DHCPV6_VENDOR, s, 0, 4, get_u32(s, 0));
    for (size_t at = 4; at + 4 <= s.len;) {
        size_t size = get_u16(s, at + 2);
        if (!packet_need(packet, s, at + 4 + size))
            return;
        field_number(packet, DHCPV6_VENDOR_CODE, s, at, 2, get_u16(s, at));
        field_number(packet, DHCPV6_VENDOR_LENGTH, s, at + 2, 2, size);
        field_bytes(packet, DHCPV6_VENDOR_DATA, s, at + 4, size);
        at += 4 + size;
    }
}

/* Options whose value is one thing, or several of the same size. */
static void plain_option(struct packet *packet, const struct dhcpv6_option *option, struct slice s)
{
    if (option->kind == DHCPV6_KIND_BYTES || option->kind == DHCPV6_KIND_TEXT) {
        if (s.len > option->skip)
            field_bytes(packet, option->row, s, option->skip, s.len - (size_t)option->skip);
        return;
    }
    size_t width = option->kind == DHCPV6_KIND_IPV6 ? 16 : option->kind == DHCPV6_KIND_U8 ? 1 : 2;
    for (size_t at = 0; at + width <= s.len; at += width) {
        if (width == 16)
            field_bytes(packet, option->row, s, at, width);
        else
            field_number(packet, option->row, s, at, width,
                         width == 1 ? get_u8(s, at) : (uint64_t)option->times * get_u16(s, at));
    }
}

static void message(struct packet *packet, struct slice s, unsigned depth);

static void option_fields(struct packet *packet, uint16_t code, struct slice s, unsigned depth)
{
    switch (code) {
    case CLIENT_ID:
    case SERVER_ID:
        duid(packet, s);
        break;
    case IA_NA:
    case IA_PD:
        association(packet, s, depth);
        break;
    case IA_TA:
        if (packet_need(packet, s, 4)) {
            identity(packet, DHCPV6_IATA, s);
            options(packet, slice_from(s, 4), depth + 1);
        }
        break;
    case IA_ADDRESS:
        address(packet, s, depth);
        break;
    case IA_PREFIX:
        prefix(packet, s, depth);
        break;
    case RELAYED:
        message(packet, s, depth + 1);
        break;
    case STATUS:
        if (s.len >= 2)
            field_number(packet, DHCPV6_STATUS, s, 0, 2, get_u16(s, 0));
        break;
    case USER_CLASS:
        classes(packet, s, 0, DHCPV6_USER_CLASS_LENGTH, DHCPV6_USER_CLASS);
        break;
    case VENDOR_CLASS:
        if (packet_need(packet, s, 4)) {
            field_number(packet, DHCPV6_VENDOR_CLASS, s, 0, 4, get_u32(s, 0));
            classes(packet, s, 4, DHCPV6_FIELDS, DHCPV6_VENDOR_CLASS_DATA);
        }
        break;
    case VENDOR_OPTIONS:
        vendor_options(packet, s);
        break;
    case SEARCH:
        names(packet, DHCPV6_SEARCH, s, 0);
        break;
    case FULL_NAME:
        full_name(packet, s);
        break;
    default:
        break;
    }
    for (size_t i = 0; i < dhcpv6_option_count; i++)
        if (dhcpv6_options[i].code == code)
            plain_option(packet, &dhcpv6_options[i], s);
}

/* Two bytes of code, two of length, the value; depth bounds options inside options. */
static void options(struct packet *packet, struct slice s, unsigned depth)
{
    for (size_t at = 0; at < s.len;) {
        if (!packet_need(packet, s, at + 4) || !packet_need(packet, s, at + 4 + get_u16(s, at + 2)))
            return;
        struct slice value = slice_part(s, at + 4, get_u16(s, at + 2));
        uint16_t code = get_u16(s, at);
        field_number(packet, DHCPV6_OPTION, s, at, 2, code);
        field_number(packet, DHCPV6_OPTION_LENGTH, s, at + 2, 2, value.len);
        if (depth < DEEPEST)
            option_fields(packet, code, value, depth);
        else
            packet_malformed(packet, N_("Options lie inside options too deep to be followed."));
        at += 4 + value.len;
    }
}

/* A client's or a server's message; or a relay's, which carries such a message as an option (RFC 8415 §8, §9). */
static void message(struct packet *packet, struct slice s, unsigned depth)
{
    uint8_t type = get_u8(s, 0);
    bool relay = type == RELAY_FORW || type == RELAY_REPL;
    if (!packet_need(packet, s, relay ? RELAY_HEADER : HEADER))
        return;
    field_number(packet, DHCPV6_TYPE, s, 0, 1, type);
    if (relay) {
        field_number(packet, DHCPV6_HOPS, s, 1, 1, get_u8(s, 1));
        field_bytes(packet, DHCPV6_LINK, s, 2, 16);
        field_bytes(packet, DHCPV6_PEER, s, 18, 16);
    } else {
        field_number(packet, DHCPV6_ID, s, 1, 3, get_u24(s, 1));
    }
    options(packet, slice_from(s, relay ? RELAY_HEADER : HEADER), depth);
}

static void decode(struct packet *packet, struct slice s)
{
    packet_push(packet, PROTOCOL_DHCPV6, s, s.len);
    const char *name = field_label_of(&dhcpv6_rows[DHCPV6_TYPE], get_u8(s, 0));
    if (get_u8(s, 0) == RELAY_FORW || get_u8(s, 0) == RELAY_REPL)
        packet_info(packet, "%s", name);
    else
        packet_info(packet, "%s, transaction 0x%06x", name ? name : "?", get_u24(s, 1));
    message(packet, s, 0);
}

const struct protocol dhcpv6_protocol = {
    .name = "DHCPv6", .title = N_("Dynamic Host Configuration Protocol for IPv6"), .filter = "dhcpv6", .osi = 7,
    .tcpip = TCPIP_APPLICATION, .rows = dhcpv6_rows, .row_count = DHCPV6_FIELDS, .decode = decode,
};
