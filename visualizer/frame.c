/*
 * frame.c - what the recording itself says of a packet: when, how long, where.
 * It is no protocol, but it stands for the physical layer: a capture begins
 * above it, and all that is left of the wire is a time and a length.
 *
 * The link type tells which decoder begins.
 */
#include "visualizer/protocols.h"

#include <string.h>

#include "visualizer/capture.h"

enum {
    FRAME_SECTION, FRAME_INTERFACE, FRAME_INTERFACE_NAME, FRAME_INTERFACE_DESCRIPTION, FRAME_ENCAPSULATION, FRAME_TIME,
        FRAME_EPOCH,
    FRAME_DELTA, FRAME_DELTA_SHOWN, FRAME_RELATIVE, FRAME_NUMBER, FRAME_LENGTH, FRAME_CAPTURED, FRAME_PROTOCOLS,
    FRAME_COMMENT, FRAME_MALFORMED, FRAME_FIELDS
};

static const struct field_row rows[FRAME_FIELDS] = {
    [FRAME_SECTION] = { "frame.section_number", FIELD_DECIMAL, 4, 1, N_("Section"),
        N_("Which section of a pcapng file the packet is in, counted from 1."), NULL },
    [FRAME_INTERFACE] = { "frame.interface_id", FIELD_DECIMAL, 4, 1, N_("Interface"),
        N_("The number of the interface that recorded the packet, in a pcapng file."), NULL },
    [FRAME_INTERFACE_NAME] = { "frame.interface_name", FIELD_TEXT, 0, 2, N_("Interface name"),
        N_("What the recording system called the interface."), NULL },
    [FRAME_INTERFACE_DESCRIPTION] = { "frame.interface_description", FIELD_TEXT, 0, 2, N_("Interface description"),
        N_("What people called the interface."), NULL },
    [FRAME_ENCAPSULATION] = { "frame.encap_type", FIELD_SIGNED, 2, 1, N_("Encapsulation"),
        N_("Which link layer the first byte belongs to, as Wireshark numbers them."), NULL },
    [FRAME_TIME] = { "frame.time", FIELD_TIME, 8, 1, N_("Time"),
        N_("When the packet was recorded, by the clock of the recording system."), NULL },
    [FRAME_EPOCH] = { "frame.time_epoch", FIELD_DURATION, 8, 1, N_("Seconds since 1970"),
        N_("The same time, counted in seconds since 1970 began in Greenwich."), NULL },
    [FRAME_DELTA] = { "frame.time_delta", FIELD_DURATION, 8, 1, N_("Time since the packet before"),
        N_("How long after the packet before it this one was recorded."), NULL },
    [FRAME_DELTA_SHOWN] = { "frame.time_delta_displayed", FIELD_DURATION, 8, 1,
        N_("Time since the packet shown before"),
        N_("How long after the packet shown before it this one was recorded."), NULL },
    [FRAME_RELATIVE] = { "frame.time_relative", FIELD_DURATION, 8, 1, N_("Time since the first packet"),
        N_("How long after the first packet of the capture this one was recorded."), NULL },
    [FRAME_NUMBER] = { "frame.number", FIELD_DECIMAL, 4, 1, N_("Number"),
        N_("The packet's place in the capture, from 1."), NULL },
    [FRAME_LENGTH] = { "frame.len", FIELD_DECIMAL, 4, 1, N_("Length on the wire"),
        N_("How many bytes the frame had on the wire, without preamble and frame check sequence."), NULL },
    [FRAME_CAPTURED] = { "frame.cap_len", FIELD_DECIMAL, 4, 1, N_("Length in the capture"),
        N_("How many of them were recorded: fewer when the capture was limited to a snap length."), NULL },
    [FRAME_PROTOCOLS] = { "frame.protocols", FIELD_TEXT, 0, 1, N_("Protocols"),
        N_("The stack of protocols in this packet, outer to inner."), NULL },
    [FRAME_COMMENT] = { "frame.comment", FIELD_TEXT, 0, 1, N_("Comment"),
        N_("What somebody wrote about this packet into the capture file."), NULL },
    [FRAME_MALFORMED] = { "_ws.malformed", FIELD_LABEL, 0, 1, N_("Malformed"),
        N_("Something in this packet breaks the rules of its protocol; the layer says what."), NULL },
};

/* How each link type begins, and the number Wireshark gives it. */
static const struct link {
    uint16_t type;
    enum protocol_id protocol;
    unsigned char encapsulation;
} links[] = {
    { LINK_ETHERNET, PROTOCOL_ETHERNET, 1 },   { LINK_LOOPBACK_NULL, PROTOCOL_LOOPBACK, 15 },
    { LINK_LOOPBACK, PROTOCOL_LOOPBACK, 174 },  { LINK_COOKED, PROTOCOL_COOKED, 25 },
    { LINK_COOKED_V2, PROTOCOL_COOKED, 210 },  { LINK_RAW, PROTOCOL_FRAME, 7 },
    { LINK_RAW_BSD, PROTOCOL_FRAME, 7 },       { LINK_RAW_OPENBSD, PROTOCOL_FRAME, 7 },
    { LINK_IPV4, PROTOCOL_IPV4, 129 },         { LINK_IPV6, PROTOCOL_IPV6, 130 },
};

static const struct link *link_of(uint16_t type)
{
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
        if (links[i].type == type)
            return &links[i];
    return NULL;
}

static void text_field(struct packet *packet, unsigned row, struct slice slice, const char *text)
{
    if (text != NULL)
        field_text(packet, row, slice, 0, 0, span_of(text));
}

static void capture_fields(struct packet *packet, struct slice frame, const struct link *link)
{
    const struct record *record = packet->record;
    const struct interface *interface =
        packet->capture != NULL ? capture_interface(packet->capture, record->interface) : NULL;
    if (interface != NULL && strcmp(capture_format(packet->capture), "pcapng") == 0) {
        const char *name = interface->name != NULL ? interface->name : interface->description;
        field_number(packet, FRAME_SECTION, frame, 0, 0, record->section);
        field_number(packet, FRAME_INTERFACE, frame, 0, 0, record->interface_in_section);
        text_field(packet, FRAME_INTERFACE_NAME, frame, name != NULL ? name : "unknown");
        text_field(packet, FRAME_INTERFACE_DESCRIPTION, frame, interface->description);
    }
    field_time(packet, FRAME_ENCAPSULATION, frame, 0, 0, link != NULL ? link->encapsulation : 0);
    field_time(packet, FRAME_TIME, frame, 0, 0, packet->time);
    field_time(packet, FRAME_EPOCH, frame, 0, 0, packet->time);
    field_time(packet, FRAME_DELTA, frame, 0, 0, packet->time - packet->previous_time);
    field_time(packet, FRAME_DELTA_SHOWN, frame, 0, 0, packet->time - packet->previous_time);
    field_time(packet, FRAME_RELATIVE, frame, 0, 0, packet->time - packet->first_time);
    field_number(packet, FRAME_NUMBER, frame, 0, 0, packet->number);
    field_number(packet, FRAME_LENGTH, frame, 0, 0, record->length);
    field_number(packet, FRAME_CAPTURED, frame, 0, 0, record->captured);
    if (record->comment.len > 0)
        field_text(packet, FRAME_COMMENT, frame, 0, 0, record->comment);
}

static bool names_next_by_type(enum protocol_id protocol)
{
    return protocol == PROTOCOL_ETHERNET || protocol == PROTOCOL_VLAN || protocol == PROTOCOL_COOKED;
}

/* The stack as Wireshark writes it: neighbours of equal name count once, and "ethertype" stands for the lookup. */
static void protocols_field(struct packet *packet)
{
    const struct link *link = link_of(packet->record->link);
    struct buf text;
    buf_init(&text, 4096);
    if (link != NULL && link->encapsulation == 7)
        buf_add_text(&text, "raw");
    for (size_t i = 1; i < packet->layer_count; i++) {
        const struct layer *layer = &packet->layers[i];
        if (i > 1 && layer->protocol == layer[-1].protocol && layer->stream != NULL && layer->protocol != PROTOCOL_DNS)
            continue;
        if (text.len > 0)
            buf_add_text(&text, ":");
        bool multicast = layer->protocol == PROTOCOL_DNS && (packet->to_port == 5353 || packet->from_port == 5353);
        buf_add_text(&text, multicast ? "mdns" : protocols[layer->protocol]->filter);
        bool more = i + 1 < packet->layer_count && layer[1].protocol != PROTOCOL_LLC;
        if (names_next_by_type((enum protocol_id)layer->protocol) && more)
            buf_add_text(&text, ":ethertype");
    }
    field_text(packet, FRAME_PROTOCOLS, (struct slice){ .buffer = 0 }, 0, 0, buf_span(&text));
    buf_free(&text);
}

static void decode(struct packet *packet, struct slice frame)
{
    const struct link *link = link_of(packet->record->link);
    packet_push(packet, PROTOCOL_FRAME, frame, 0);
    if (frame.wire > frame.len)
        packet->cut = packet->layers[0].cut = true;
    if (!packet->wants->layers_only)
        capture_fields(packet, frame, link);
    packet_info(packet, "%u bytes", packet->record->length);
    enum protocol_id first = link != NULL ? link->protocol : PROTOCOL_DATA;
    if (first == PROTOCOL_FRAME)
        first = get_u8(frame, 0) >> 4 == 6 ? PROTOCOL_IPV6 : PROTOCOL_IPV4;
    packet_decode(packet, first, frame);
}

void frame_finish(struct packet *packet)
{
    packet_select(packet, 0);
    if (field_wanted(packet, FRAME_PROTOCOLS))
        protocols_field(packet);
    if (packet->malformed > 0)
        field_number(packet, FRAME_MALFORMED, (struct slice){ .buffer = 0 }, 0, 0, 1);
}

const struct protocol frame_protocol = {
    .name = "frame", .title = N_("Frame on the wire"), .filter = "frame", .osi = 1, .tcpip = TCPIP_NETWORK_ACCESS,
    .rows = rows, .row_count = FRAME_FIELDS, .decode = decode,
};
