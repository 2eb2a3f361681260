/*
 * ftp.c - the File Transfer Protocol (RFC 959): commands and three-digit
 * replies in lines, as SMTP has them, over one connection; every list and every
 * file over another, whose ports the first one agrees on (PORT, PASV, and
 * RFC 2428's EPRT and EPSV). Nothing is hidden: passwords least of all.
 */
#include <string.h>

#include "visualizer/pdu_stream.h"
#include "visualizer/protocols.h"
#include "visualizer/secret.h"
#include "visualizer/text_line.h"

enum { REQUEST, REQUEST_COMMAND, REQUEST_ARGUMENT, RESPONSE, RESPONSE_CODE, RESPONSE_ARGUMENT, FTP_FIELDS };

static const struct field_label codes[] = {
    { 110, N_("restart marker") }, { 120, N_("ready in some minutes") },
    { 125, N_("the data connection is open, the transfer starts") }, { 150, N_("the data connection will be opened") },
    { 200, N_("done") }, { 202, N_("not needed here") }, { 211, N_("system's status") }, { 212, N_("folder's status") },
    { 213, N_("file's status") }, { 214, N_("help") }, { 215, N_("kind of system") }, { 220, N_("ready") },
    { 221, N_("closing") }, { 225, N_("the data connection is open") }, { 226, N_("transfer complete") },
    { 227, N_("passive: connect there") }, { 229, N_("extended passive: connect there") }, { 230, N_("logged in") },
    { 234, N_("TLS may begin") }, { 250, N_("file action done") }, { 257, N_("path") }, { 331, N_("password, please") },
    { 332, N_("account, please") }, { 350, N_("more is needed") }, { 421, N_("closing: not available") },
    { 425, N_("no data connection") }, { 426, N_("transfer broken off") }, { 450, N_("file busy") },
    { 451, N_("failure here") }, { 452, N_("no room") }, { 500, N_("not understood") },
    { 501, N_("argument not understood") }, { 502, N_("not implemented") }, { 503, N_("wrong order") },
    { 504, N_("not with that argument") }, { 530, N_("not logged in") }, { 532, N_("an account is needed to store") },
    { 550, N_("no such file, or no right to it") }, { 551, N_("kind of page unknown") },
    { 552, N_("more than may be kept") },
    { 553, N_("name not allowed") }, { 0, NULL },
};

static const struct field_row rows[FTP_FIELDS] = {
    [REQUEST] = { "ftp.request", FIELD_BOOLEAN, 1, 1, N_("Request"), N_("Whether the client speaks."), NULL },
    [REQUEST_COMMAND] = { "ftp.request.command", FIELD_TEXT, 0, 1, N_("Command"), N_("The verb."), NULL },
    [REQUEST_ARGUMENT] = { "ftp.request.arg", FIELD_TEXT, 0, 1, N_("Argument"), N_("What follows the verb."), NULL },
    [RESPONSE] = { "ftp.response", FIELD_BOOLEAN, 1, 1, N_("Response"), N_("Whether the server speaks."), NULL },
    [RESPONSE_CODE] = { "ftp.response.code", FIELD_DECIMAL, 4, 1, N_("Code"),
                        N_("Three digits; the first says how it went, as in SMTP, which took them from here."), codes },
    [RESPONSE_ARGUMENT] = { "ftp.response.arg", FIELD_TEXT, 0, 1, N_("Text"), N_("The same for people."), NULL },
};

/* All complete lines of a segment are one unit: a reply of several lines is read as a whole. */
static uint64_t size(void *memory, enum direction direction, struct slice bytes)
{
    (void)memory;
    (void)direction;
    const uint8_t *end = memrchr(bytes.at, '\n', bytes.len);
    return end == NULL ? PDU_UNKNOWN : (uint64_t)(end - bytes.at) + 1;
}

static void request(struct packet *packet, struct slice line)
{
    size_t verb = text_word(line, 0), argument = text_blanks(line, verb);
    field_bytes(packet, REQUEST_COMMAND, line, 0, verb);
    if (argument < line.len)
        field_bytes(packet, REQUEST_ARGUMENT, line, argument, line.len - argument);
    if (text_is(line, 0, verb, "PASS") && argument < line.len) {
        struct pdu_detail *detail = packet_memory(packet, sizeof *detail);
        detail->masked = "PASS " SECRET_DOTS;
        packet->layers[packet->current].detail = detail;
        packet_info(packet, "C: PASS ********");
    } else {
        packet_info(packet, "C: %.*s", (int)(line.len < 200 ? line.len : 200), (const char *)line.at);
    }
}

static void response(struct packet *packet, struct slice line)
{
    unsigned code = text_code(line);
    size_t text = code > 0 ? 4 : 0;
    if (code > 0)
        field_number(packet, RESPONSE_CODE, line, 0, 3, code);
    if (text < line.len)
        field_bytes(packet, RESPONSE_ARGUMENT, line, text, line.len - text);
    packet_info(packet, "S: %.*s", (int)(line.len < 200 ? line.len : 200), (const char *)line.at);
}

static void fields(void *memory, struct packet *packet, enum direction direction, struct slice bytes, bool cut)
{
    (void)memory;
    (void)cut;
    struct slice line = text_line(bytes, 0);
    field_number(packet, REQUEST, bytes, 0, 0, direction == FROM_CLIENT);
    field_number(packet, RESPONSE, bytes, 0, 0, direction == FROM_SERVER);
    if (direction == FROM_CLIENT)
        request(packet, line);
    else
        response(packet, line);
}

static const struct pdu_kind kind = { "FTP", PROTOCOL_FTP, 0, size, fields };

static void *open_stream(struct stream *stream)
{
    return pdu_open(stream, &kind);
}

const struct stream_ops ftp_stream_ops = {
    .name = "FTP", .open = open_stream, .data = pdu_data, .gap = pdu_gap, .end = pdu_end, .close = pdu_close,
};

const struct protocol ftp_protocol = {
    .name = "FTP", .title = N_("File Transfer Protocol"), .filter = "ftp", .osi = 7, .tcpip = TCPIP_APPLICATION,
    .rows = rows, .row_count = FTP_FIELDS,
};
