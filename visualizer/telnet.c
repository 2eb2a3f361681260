/*
 * telnet.c - TELNET (RFC 854, 855): what is typed, what is shown, and between
 * them commands behind the byte 255 (IAC), by which both ends negotiate how
 * their terminals behave. A session layer, if TCP/IP has one anywhere.
 */
#include <string.h>

#include "visualizer/pdu_stream.h"
#include "visualizer/protocols.h"

enum { COMMAND, OPTION, OPTION_DATA, DATA, WIDTH, HEIGHT, TELNET_FIELDS };

enum { SE = 240, SB = 250, WILL = 251, DONT = 254, IAC = 255, NAWS = 31 };

static const struct field_label commands[] = {
    { 236, N_("end of file") }, { 237, N_("suspend") }, { 238, N_("abort") }, { 239, N_("end of record") },
    { 240, N_("suboption ends") }, { 241, N_("nothing") }, { 242, N_("data mark") }, { 243, N_("break") },
    { 244, N_("interrupt") }, { 245, N_("abort output") }, { 246, N_("are you there?") },
    { 247, N_("erase character") }, { 248, N_("erase line") }, { 249, N_("go ahead") },
    { 250, N_("suboption begins") }, { 251, N_("I will") }, { 252, N_("I won't") }, { 253, N_("do") },
    { 254, N_("don't") }, { 0, NULL },
};

static const struct field_label option_names[] = {
    { 0, N_("binary") }, { 1, N_("echo") }, { 3, N_("no go-ahead") }, { 5, N_("status") }, { 6, N_("timing mark") },
    { 24, N_("kind of terminal") }, { 31, N_("window size") }, { 32, N_("speed") }, { 33, N_("flow control") },
    { 34, N_("line mode") }, { 35, N_("X display") }, { 36, N_("environment") }, { 37, N_("authentication") },
    { 38, N_("encryption") }, { 39, N_("new environment") }, { 0, NULL },
};

static const struct field_row rows[TELNET_FIELDS] = {
    [COMMAND] = { "telnet.cmd", FIELD_DECIMAL, 1, 1, N_("Command"),
                  N_("What stands behind the byte 255: mostly an offer or a request about the terminal."), commands },
    [OPTION] = { "telnet.subcmd", FIELD_DECIMAL, 1, 2, N_("Option"), N_("What it is about."), option_names },
    [OPTION_DATA] = { "telnet.option_data", FIELD_BYTES, 0, 2, N_("Value"), N_("What is agreed about it."), NULL },
    [DATA] = { "telnet.data", FIELD_TEXT, 0, 1, N_("Data"),
               N_("What was typed or is shown. Passwords too, key by key."), NULL },
    [WIDTH] = { "telnet.naws_subopt.width", FIELD_DECIMAL, 2, 2, N_("Width"), N_("Columns of the window."), NULL },
    [HEIGHT] = { "telnet.naws_subopt.height", FIELD_DECIMAL, 2, 2, N_("Height"), N_("Lines of the window."), NULL },
};

/* The octets of a command that begins with IAC: 2, 3 with an option, more with a suboption; 0: not all is there. */
static size_t command_size(struct slice bytes, size_t at)
{
    size_t left = bytes.len - at;
    uint8_t command = get_u8(bytes, at + 1);
    if (left < 2)
        return 0;
    if (command >= WILL && command <= DONT)
        return left < 3 ? 0 : 3;
    if (command != SB)
        return 2;
    for (size_t i = at + 2; i + 1 < bytes.len; i++) {
        if (bytes.at[i] != IAC)
            continue;
        if (bytes.at[i + 1] == SE)
            return i + 2 - at;
        i++;
    }
    return 0;
}

/* All of a segment, but for a command that is not complete. */
static uint64_t size(void *memory, enum direction direction, struct slice bytes)
{
    size_t at = 0;
    (void)memory;
    (void)direction;
    while (at < bytes.len) {
        size_t taken = bytes.at[at] == IAC ? command_size(bytes, at) : 1;
        if (taken == 0)
            return at == 0 ? PDU_UNKNOWN : at;
        at += taken;
    }
    return at;
}

static void command(struct packet *packet, struct slice bytes, size_t at, size_t length)
{
    uint8_t code = get_u8(bytes, at + 1), option = get_u8(bytes, at + 2);
    const char *name = field_label_of(&rows[COMMAND], code), *about = field_label_of(&rows[OPTION], option);
    field_number(packet, COMMAND, bytes, at + 1, 1, code);
    if (length >= 3)
        field_number(packet, OPTION, bytes, at + 2, 1, option);
    packet_info_add(packet, length >= 3 ? "<%s %s>" : "<%s>", name ? name : "?", about ? about : "?");
    if (code != SB)
        return;
    if (option == NAWS && length >= 9) {
        field_number(packet, WIDTH, bytes, at + 3, 2, get_u16(bytes, at + 3));
        field_number(packet, HEIGHT, bytes, at + 5, 2, get_u16(bytes, at + 5));
    } else if (length > 5) {
        field_bytes(packet, OPTION_DATA, bytes, at + 3, length - 5);
    }
    field_number(packet, COMMAND, bytes, at + length - 1, 1, SE);
}

/* Line by line, as it is shown. */
static size_t text(struct packet *packet, struct slice bytes, size_t at)
{
    size_t end = at;
    while (end < bytes.len && bytes.at[end] != IAC && (end == at || bytes.at[end - 1] != '\n'))
        end++;
    field_bytes(packet, DATA, bytes, at, end - at);
    packet_info_add(packet, "%.*s", (int)(end - at < 80 ? end - at : 80), (const char *)bytes.at + at);
    return end;
}

static void fields(void *memory, struct packet *packet, enum direction direction, struct slice bytes, bool cut)
{
    (void)memory;
    (void)cut;
    packet_info(packet, direction == FROM_CLIENT ? "C: " : "S: ");
    for (size_t at = 0; at < bytes.len;) {
        size_t length = bytes.at[at] == IAC ? command_size(bytes, at) : 0;
        if (length > 0) {
            command(packet, bytes, at, length);
            at += length;
        } else if (bytes.at[at] == IAC) {
            return; /* cut */
        } else {
            at = text(packet, bytes, at);
        }
    }
}

static const struct pdu_kind kind = { "TELNET", PROTOCOL_TELNET, 0, size, fields };

static void *open_stream(struct stream *stream)
{
    return pdu_open(stream, &kind);
}

const struct stream_ops telnet_stream_ops = {
    .name = "TELNET", .open = open_stream, .data = pdu_data, .gap = pdu_gap, .end = pdu_end, .close = pdu_close,
};

const struct protocol telnet_protocol = {
    .name = "TELNET", .title = N_("Terminal dialogue"), .filter = "telnet", .osi = 7, .tcpip = TCPIP_APPLICATION,
    .rows = rows, .row_count = TELNET_FIELDS,
};
