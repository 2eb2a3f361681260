/*
 * icmpv4.c - the Internet Control Message Protocol (RFC 792): the network's own
 * messages. Echo asks whether a host is there; errors quote the packet that
 * they are about, so that its sender recognizes it.
 */
#include "visualizer/icmp.h"

#include <stdlib.h>

#include "core/mem.h"
#include "visualizer/checksum.h"
#include "visualizer/flow.h"
#include "visualizer/ip.h"
#include "visualizer/protocols.h"

enum {
    ICMP_TYPE, ICMP_CODE, ICMP_CHECKSUM, ICMP_CHECKSUM_STATUS, ICMP_IDENT, ICMP_IDENT_LE, ICMP_SEQ, ICMP_SEQ_LE,
    ICMP_RESPONSE_TO, ICMP_RESPONSE_TIME, ICMP_DATA_TIME, ICMP_DATA_TIME_RELATIVE, ICMP_UNUSED, ICMP_LENGTH, ICMP_MTU,
    ICMP_GATEWAY, ICMP_POINTER, ICMP_ADDRESSES, ICMP_ENTRY_SIZE, ICMP_LIFETIME, ICMP_FIELDS
};

enum {
    ECHO_REPLY = 0, UNREACHABLE = 3, SOURCE_QUENCH = 4, REDIRECT = 5, ECHO = 8, ROUTER_ADVERTISEMENT = 9,
    ROUTER_SOLICITATION = 10, TIME_EXCEEDED = 11, PARAMETER_PROBLEM = 12, TIMESTAMP = 13, TIMESTAMP_REPLY = 14,
};

static const struct field_label types[] = {
    { ECHO_REPLY, N_("echo reply") }, { UNREACHABLE, N_("destination unreachable") },
    { SOURCE_QUENCH, N_("source quench") }, { REDIRECT, N_("redirect") }, { ECHO, N_("echo request") },
    { ROUTER_ADVERTISEMENT, N_("router advertisement") }, { ROUTER_SOLICITATION, N_("router solicitation") },
    { TIME_EXCEEDED, N_("time to live exceeded") }, { PARAMETER_PROBLEM, N_("parameter problem") },
    { TIMESTAMP, N_("timestamp request") }, { TIMESTAMP_REPLY, N_("timestamp reply") }, { 0, NULL },
};

static const char *const unreachable[] = {
    N_("network unreachable"), N_("host unreachable"), N_("protocol unreachable"), N_("port unreachable"),
    N_("fragmentation needed"), N_("source route failed"), N_("network unknown"), N_("host unknown"),
    N_("source host isolated"), N_("network prohibited"), N_("host prohibited"),
    N_("network unreachable for this service"), N_("host unreachable for this service"),
    N_("administratively filtered"), N_("host precedence violation"), N_("precedence cutoff"),
};

static const struct field_row rows[ICMP_FIELDS] = {
    [ICMP_TYPE] = { "icmp.type", FIELD_DECIMAL, 1, 1, N_("Type"), N_("Which message this is."), types },
    [ICMP_CODE] = { "icmp.code", FIELD_DECIMAL, 1, 1, N_("Code"), N_("The message in more detail."), NULL },
    [ICMP_CHECKSUM] = { "icmp.checksum", FIELD_HEX, 2, 1, N_("Checksum"), N_("Over the whole message."), NULL },
    [ICMP_CHECKSUM_STATUS] = { "icmp.checksum.status", FIELD_DECIMAL, 1, 2, N_("Checksum status"),
        N_("Whether it is right."), checksum_labels },
    [ICMP_IDENT] = { "icmp.ident", FIELD_DECIMAL, 2, 1, N_("Identifier"),
        N_("The asking program's own number, which the reply repeats."), NULL },
    [ICMP_IDENT_LE] = { "icmp.ident_le", FIELD_DECIMAL, 2, FIELD_HIDDEN, N_("Identifier (bytes swapped)"),
        N_("The same as systems with the other byte order mean it."), NULL },
    [ICMP_SEQ] = { "icmp.seq", FIELD_DECIMAL, 2, 1, N_("Sequence number"),
        N_("Grows with each request, and the reply repeats it."), NULL },
    [ICMP_SEQ_LE] = { "icmp.seq_le", FIELD_DECIMAL, 2, FIELD_HIDDEN, N_("Sequence number (bytes swapped)"),
        N_("The same as systems with the other byte order mean it."), NULL },
    [ICMP_RESPONSE_TO] = { "icmp.resp_to", FIELD_FRAME, 4, 1, N_("Answers packet"),
        N_("The packet with the request."), NULL },
    [ICMP_RESPONSE_TIME] = { "icmp.resptime", FIELD_MILLISECONDS, 8, 1, N_("Time to answer"),
        N_("Milliseconds since the request: what ping shows."), NULL },
    [ICMP_DATA_TIME] = { "icmp.data_time", FIELD_TIME, 8, 1, N_("Time in the data"),
        N_("Many a ping writes the time into its data."), NULL },
    [ICMP_DATA_TIME_RELATIVE] = { "icmp.data_time_relative", FIELD_DURATION, 8, 1, N_("Time since then"),
        N_("Between the time in the data and the time of capture."), NULL },
    [ICMP_UNUSED] = { "icmp.unused", FIELD_BYTES, 0, 1, N_("Unused"), N_("Must be 0."), NULL },
    [ICMP_LENGTH] = { "icmp.length", FIELD_DECIMAL, 1, 1, N_("Length of the quotation"),
        N_("In words of four bytes, when something follows it (RFC 4884)."), NULL },
    [ICMP_MTU] = { "icmp.mtu", FIELD_DECIMAL, 2, 1, N_("MTU of the next hop"),
        N_("The largest packet that fits there: send smaller ones (RFC 1191)."), NULL },
    [ICMP_GATEWAY] = { "icmp.redir_gw", FIELD_IPV4, 0, 1, N_("Better router"),
        N_("The router to use for this destination from now on."), NULL },
    [ICMP_POINTER] = { "icmp.pointer", FIELD_DECIMAL, 4, 1, N_("Pointer"),
        N_("At which byte of the quoted packet the problem is."), NULL },
    [ICMP_ADDRESSES] = { "icmp.num_addrs", FIELD_DECIMAL, 1, 1, N_("Number of addresses"),
        N_("How many routers are advertised."), NULL },
    [ICMP_ENTRY_SIZE] = { "icmp.addr_entry_size", FIELD_DECIMAL, 1, 1, N_("Entry size"),
        N_("Words of four bytes for each router."), NULL },
    [ICMP_LIFETIME] = { "icmp.lifetime", FIELD_DECIMAL, 2, 1, N_("Lifetime"),
        N_("For how many seconds this holds."), NULL },
};

static const char *label(uint8_t type)
{
    for (const struct field_label *row = types; row->text != NULL; row++)
        if (row->value == type)
            return row->text;
    return N_("unknown message");
}

/* Echo messages of the same identifier between two hosts are a flow. */
uint32_t icmp_match(struct packet *packet, uint8_t protocol, bool request, uint16_t ident, uint16_t sequence,
                    int64_t *time)
{
    if (packet->pass == NULL || packet->quoted > 0)
        return 0;
    uint16_t ports[2] = { packet->from_port, packet->to_port };
    packet->from_port = packet->to_port = ident;
    bool backward;
    struct flow *flow = flow_of(packet, protocol, &backward);
    packet->from_port = ports[0];
    packet->to_port = ports[1];
    if (flow->memory == NULL) {
        flow->memory = mem_alloc(ICMP_REQUESTS * sizeof(struct icmp_request));
        flow->release = free;
    }
    struct icmp_request *known = (struct icmp_request *)flow->memory + sequence % ICMP_REQUESTS;
    if (request) {
        *known = (struct icmp_request){ packet->number, sequence, packet->time };
        return 0;
    }
    if (known->packet == 0 || known->sequence != sequence)
        return 0;
    *time = packet->time - known->time;
    return known->packet;
}

/* Linux' ping begins its data with a struct timeval of the sender's byte order, in seconds and microseconds. */
static void data_time(struct packet *packet, struct slice data)
{
    if (data.len < 16)
        return;
    uint64_t seconds = 0, fraction = 0;
    for (size_t i = 8; i > 0; i--) {
        seconds = seconds << 8 | get_u8(data, i - 1);
        fraction = fraction << 8 | get_u8(data, 8 + i - 1);
    }
    int64_t now = packet->time / 1000000000;
    if (seconds + 3600 * 24 < (uint64_t)now || seconds > (uint64_t)now + 3600 * 24 || fraction >= 1000000)
        return;
    int64_t time = (int64_t)seconds * 1000000000 + (int64_t)fraction * 1000;
    field_time(packet, ICMP_DATA_TIME, data, 0, 8, time);
    field_time(packet, ICMP_DATA_TIME_RELATIVE, data, 0, 0, packet->time - time);
}

static void ident_fields(struct packet *packet, struct slice slice)
{
    uint16_t ident = get_u16(slice, 4), sequence = get_u16(slice, 6);
    field_number(packet, ICMP_IDENT, slice, 4, 2, ident);
    field_number(packet, ICMP_IDENT_LE, slice, 4, 2, __builtin_bswap16(ident));
    field_number(packet, ICMP_SEQ, slice, 6, 2, sequence);
    field_number(packet, ICMP_SEQ_LE, slice, 6, 2, __builtin_bswap16(sequence));
}

static void echo(struct packet *packet, struct slice slice, uint8_t type)
{
    uint16_t ident = get_u16(slice, 4), sequence = get_u16(slice, 6);
    ident_fields(packet, slice);
    packet_info_add(packet, " id=0x%04x, seq=%u", ident, sequence);
    int64_t time;
    uint32_t request = icmp_match(packet, IP_ICMP, type == ECHO, ident, sequence, &time);
    if (request != 0) {
        field_number(packet, ICMP_RESPONSE_TO, slice, 0, 0, request);
        field_time(packet, ICMP_RESPONSE_TIME, slice, 0, 0, time);
        packet_info_add(packet, " (answers %u)", request);
    }
    struct slice data = slice_from(slice, 8);
    data_time(packet, data);
    packet_header(packet, 8);
    packet_decode(packet, PROTOCOL_DATA, data);
}

/* The quoted packet: its headers are shown, but it is not on this wire now. */
void icmp_quoted(struct packet *packet, enum protocol_id protocol, struct slice quoted)
{
    packet_header(packet, 8);
    if (quoted.len == 0)
        return;
    packet->quoted++;
    packet_decode(packet, protocol, quoted);
    packet->quoted--;
}

static void error_fields(struct packet *packet, struct slice slice, uint8_t type, uint8_t code)
{
    if (type == REDIRECT) {
        field_bytes(packet, ICMP_GATEWAY, slice, 4, 4);
        return;
    }
    if (type == PARAMETER_PROBLEM) {
        field_number(packet, ICMP_POINTER, slice, 4, 1, get_u8(slice, 4));
        field_bytes(packet, ICMP_UNUSED, slice, 5, 3);
        return;
    }
    bool mtu = type == UNREACHABLE && code == 4;
    if (type == SOURCE_QUENCH)
        return;
    if (get_u8(slice, 5) == 0)
        field_bytes(packet, ICMP_UNUSED, slice, 4, mtu ? 2 : 4);
    else {
        field_bytes(packet, ICMP_UNUSED, slice, 4, 1);
        field_number(packet, ICMP_LENGTH, slice, 5, 1, get_u8(slice, 5));
        if (!mtu)
            field_bytes(packet, ICMP_UNUSED, slice, 6, 2);
    }
    if (mtu)
        field_number(packet, ICMP_MTU, slice, 6, 2, get_u16(slice, 6));
}

static void router_advertisement(struct packet *packet, struct slice slice)
{
    field_number(packet, ICMP_ADDRESSES, slice, 4, 1, get_u8(slice, 4));
    field_number(packet, ICMP_ENTRY_SIZE, slice, 5, 1, get_u8(slice, 5));
    field_number(packet, ICMP_LIFETIME, slice, 6, 2, get_u16(slice, 6));
}

static void tell(struct packet *packet, uint8_t type, uint8_t code)
{
    struct icmp_detail *detail = packet_memory(packet, sizeof *detail);
    *detail = (struct icmp_detail){ .type = type, .code = code };
    packet->layers[packet->current].detail = detail;
}

static void decode(struct packet *packet, struct slice slice)
{
    packet_push(packet, PROTOCOL_ICMPV4, slice, 8);
    if (!packet_need(packet, slice, 4))
        return;
    uint8_t type = get_u8(slice, 0), code = get_u8(slice, 1);
    field_number(packet, ICMP_TYPE, slice, 0, 1, type);
    field_number(packet, ICMP_CODE, slice, 1, 1, code);
    field_number(packet, ICMP_CHECKSUM, slice, 2, 2, get_u16(slice, 2));
    if (field_wanted(packet, ICMP_CHECKSUM_STATUS))
        field_number(packet, ICMP_CHECKSUM_STATUS, slice, 2, 2,
                     checksum_of(slice));
    packet_info(packet, "%s", label(type));
    if (type == UNREACHABLE && code < sizeof unreachable / sizeof unreachable[0])
        packet_info_add(packet, " (%s)", unreachable[code]);
    tell(packet, type, code);
    if (!packet_need(packet, slice, 8))
        return;
    if (type == ECHO || type == ECHO_REPLY)
        echo(packet, slice, type);
    else if (type == UNREACHABLE || type == SOURCE_QUENCH || type == REDIRECT || type == TIME_EXCEEDED ||
             type == PARAMETER_PROBLEM) {
        error_fields(packet, slice, type, code);
        icmp_quoted(packet, PROTOCOL_IPV4, slice_from(slice, 8));
    } else if (type == ROUTER_ADVERTISEMENT)
        router_advertisement(packet, slice);
    else if (type == TIMESTAMP || type == TIMESTAMP_REPLY)
        ident_fields(packet, slice);
}

const struct protocol icmpv4_protocol = {
    .name = "ICMP", .title = N_("Internet Control Message Protocol"), .filter = "icmp", .osi = 3,
    .tcpip = TCPIP_INTERNET, .rows = rows, .row_count = ICMP_FIELDS, .decode = decode,
};
