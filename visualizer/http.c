/*
 * http.c - HTTP/1 (RFC 9112): a first line, header fields as a letter has them,
 * an empty line, a body. How long the body is, the header says in one of three
 * ways (§6): a length, pieces each with its length, or all until the connection
 * closes. HTTP/2 and later are no text: they are data here.
 */
#include "visualizer/http.h"

#include <stdio.h>
#include <string.h>

#include "visualizer/pdu_stream.h"
#include "visualizer/protocols.h"
#include "visualizer/secret.h"
#include "visualizer/text_line.h"

enum { REQUESTS_KEPT = 16, HEADER_MAX = 1 << 16, FIRST_LINE_MAX = 8192, URI_KEPT = 256 };

struct asked {
    uint32_t packet;
    int64_t time;
    bool head, connect;
    char uri[URI_KEPT];
};

struct http {
    struct asked asked[REQUESTS_KEPT]; /* a ring: requests that are not answered yet */
    unsigned first, count;
    unsigned requests, responses;
    bool tunnel;                /* CONNECT or Upgrade: what follows is something else */
};

/* --- where a message ends ----------------------------------------------------------- */

/* "GET /path HTTP/1.1", "HTTP/1.1 200 OK": as far as the bytes go. */
static bool looks_http(enum direction direction, struct slice line)
{
    if (direction == FROM_SERVER)
        return line.len >= 7 && memcmp(line.at, "HTTP/1.", 7) == 0;
    size_t method = text_word(line, 0), i = 0;
    while (i < method && line.at[i] >= 'A' && line.at[i] <= 'Z')
        i++;
    return method >= 3 && method <= 16 && i == method && line.len > method + 9 &&
           memmem(line.at, line.len, " HTTP/1.", 8) != NULL;
}

bool http_looks(enum direction direction, struct span first)
{
    struct slice bytes = { .at = (const uint8_t *)first.at, .len = (uint32_t)first.len, .wire = (uint32_t)first.len };
    return looks_http(direction, text_line(bytes, 0));
}

/* Behind the empty line; 0: it has not come. */
static size_t header_end(struct slice bytes)
{
    for (size_t at = text_next_line(bytes, 0); at < bytes.len; at = text_next_line(bytes, at)) {
        if (bytes.at[at - 1] != '\n')
            return 0;
        if (text_line(bytes, at).len == 0 && memchr(bytes.at + at, '\n', bytes.len - at) != NULL)
            return text_next_line(bytes, at);
    }
    return 0;
}

/* The value of a header field. */
static struct slice header(struct slice head, const char *name)
{
    size_t length = strlen(name);
    for (size_t at = text_next_line(head, 0); at < head.len; at = text_next_line(head, at)) {
        struct slice line = text_line(head, at);
        if (line.len > length && line.at[length] == ':' && text_is(line, 0, length, name))
            return slice_from(line, text_blanks(line, length + 1));
    }
    return slice_part(head, head.len, 0);
}

static uint64_t number(struct slice text, unsigned base)
{
    uint64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        const char *digits = "0123456789abcdef", c = (char)text.at[i];
        const char *found = memchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c, base);
        if (found == NULL)
            break;
        if (value > UINT64_MAX / 64)
            return UINT64_MAX / 64;
        value = value * base + (unsigned)(found - digits);
    }
    return value;
}

/* Pieces: a length in hexadecimal, a line end, the octets, a line end; the last has none (RFC 9112 §7.1). */
static uint64_t chunks_end(struct slice bytes, size_t at)
{
    while (at < bytes.len) {
        size_t next = text_next_line(bytes, at);
        if (bytes.at[next - 1] != '\n')
            return PDU_UNKNOWN;
        uint64_t length = number(text_line(bytes, at), 16);
        if (length == 0) {
            while (next < bytes.len && text_line(bytes, next).len > 0) /* trailer fields */
                next = text_next_line(bytes, next);
            size_t end = text_next_line(bytes, next);
            return next < bytes.len && bytes.at[end - 1] == '\n' ? end : PDU_UNKNOWN;
        }
        if (length + 2 > bytes.len - next)
            return PDU_UNKNOWN;
        at = next + (size_t)length + 2;
    }
    return PDU_UNKNOWN;
}

static unsigned code_of(struct slice line)
{
    return text_code(slice_from(line, text_blanks(line, text_word(line, 0))));
}

/* RFC 9112 §6.3. */
static uint64_t size(void *memory, enum direction direction, struct slice bytes)
{
    const struct http *http = memory;
    struct slice line = text_line(bytes, 0);
    bool whole = memchr(bytes.at, '\n', bytes.len) != NULL;
    if (http->tunnel || (whole && !looks_http(direction, line)) || (!whole && bytes.len > FIRST_LINE_MAX))
        return PDU_FOREIGN;
    size_t end = header_end(bytes);
    if (end == 0)
        return bytes.len > HEADER_MAX ? PDU_FOREIGN : PDU_UNKNOWN;
    struct slice head = slice_part(bytes, 0, end);
    if (direction == FROM_SERVER) {
        const struct asked *asked = http->count > 0 ? &http->asked[http->first] : NULL;
        unsigned code = code_of(line);
        if (code < 200 || code == 204 || code == 304 || (asked && (asked->head || (asked->connect && code < 300))))
            return end;
    }
    struct slice coding = header(head, "Transfer-Encoding"), length = header(head, "Content-Length");
    if (coding.len >= 7 && text_is(coding, coding.len - 7U, coding.len, "chunked"))
        return chunks_end(bytes, end);
    if (length.len > 0)
        return end + number(length, 10);
    return direction == FROM_SERVER ? PDU_ENDLESS : end;
}

/* --- what is in it ------------------------------------------------------------------- */

static void parameters(struct packet *packet, struct slice query)
{
    for (size_t at = 0; at < query.len;) {
        const uint8_t *end = memchr(query.at + at, '&', query.len - at);
        size_t next = end == NULL ? query.len : (size_t)(end - query.at);
        field_bytes(packet, HTTP_PARAMETER, query, at, next - at);
        at = next + 1;
    }
}

static void target(struct packet *packet, struct slice uri, struct slice host)
{
    const uint8_t *mark = memchr(uri.at, '?', uri.len);
    size_t path = mark == NULL ? uri.len : (size_t)(mark - uri.at);
    field_bytes(packet, HTTP_URI, uri, 0, uri.len);
    if (mark != NULL) {
        field_bytes(packet, HTTP_PATH, uri, 0, path);
        field_bytes(packet, HTTP_QUERY, uri, path + 1, uri.len - path - 1);
        parameters(packet, slice_from(uri, path + 1));
    }
    if (host.len > 0 && uri.len > 0 && uri.at[0] == '/' && field_wanted(packet, HTTP_FULL_URI)) {
        const char *full = packet_text(packet, "%s://%.*s%.*s",
                                       packet->buffers[uri.buffer].kind == BUFFER_PLAINTEXT ? "https" : "http",
                                       (int)host.len, (const char *)host.at, (int)uri.len, (const char *)uri.at);
        field_text(packet, HTTP_FULL_URI, uri, 0, 0, span_of(full));
    }
}

static void request(struct http *http, struct packet *packet, struct slice line, struct slice host)
{
    size_t method = text_word(line, 0), from = text_blanks(line, method), to = text_word(line, from);
    size_t version = text_blanks(line, to);
    struct slice uri = slice_part(line, from, to - from);
    field_number(packet, HTTP_REQUEST, line, 0, 0, 1);
    field_number(packet, HTTP_REQUEST_NUMBER, line, 0, 0, ++http->requests);
    field_bytes(packet, HTTP_METHOD, line, 0, method);
    target(packet, uri, host);
    field_bytes(packet, HTTP_REQUEST_VERSION, line, version, line.len - version);
    if (http->count == REQUESTS_KEPT) {
        http->first = (http->first + 1) % REQUESTS_KEPT;
        http->count--;
    }
    struct asked *asked = &http->asked[(http->first + http->count++) % REQUESTS_KEPT];
    *asked = (struct asked){ .packet = packet->number, .time = packet->time, .head = text_is(line, 0, method, "HEAD"),
                             .connect = text_is(line, 0, method, "CONNECT") };
    snprintf(asked->uri, sizeof asked->uri, "%.*s%.*s", (int)host.len, (const char *)host.at, (int)uri.len,
             (const char *)uri.at);
}

static void response(struct http *http, struct packet *packet, struct slice line)
{
    size_t version = text_word(line, 0), at = text_blanks(line, version), end = text_word(line, at);
    size_t phrase = text_blanks(line, end);
    unsigned code = code_of(line);
    const char *text = http_code_text(code);
    field_number(packet, HTTP_RESPONSE, line, 0, 0, 1);
    field_number(packet, HTTP_RESPONSE_NUMBER, line, 0, 0, ++http->responses);
    field_bytes(packet, HTTP_RESPONSE_VERSION, line, 0, version);
    field_number(packet, HTTP_CODE, line, at, end - at, code);
    if (text != NULL)
        field_text(packet, HTTP_CODE_TEXT, line, at, end - at, span_of(text));
    if (phrase < line.len)
        field_bytes(packet, HTTP_PHRASE, line, phrase, line.len - phrase);
    if (http->count == 0)
        return;
    const struct asked *asked = &http->asked[http->first];
    field_number(packet, HTTP_REQUEST_IN, line, 0, 0, asked->packet);
    field_time(packet, HTTP_TIME, line, 0, 0, packet->time - asked->time);
    field_text(packet, HTTP_RESPONSE_FOR, line, 0, 0, span_of(packet_text(packet, "http://%s", asked->uri)));
    http->tunnel |= code == 101 || (asked->connect && code >= 200 && code < 300);
    if (code >= 200 || code == 101) { /* others announce that the response is yet to come */
        http->first = (http->first + 1) % REQUESTS_KEPT;
        http->count--;
    }
}

/* Answers whether one of them holds a secret. */
static bool headers(struct packet *packet, struct slice head, unsigned line_row)
{
    bool secret = false;
    for (size_t at = text_next_line(head, 0), next; at < head.len; at = next) {
        struct slice line = text_line(head, at);
        next = text_next_line(head, at);
        const uint8_t *colon = memchr(line.at, ':', line.len);
        if (colon == NULL)
            continue;
        size_t name = (size_t)(colon - line.at), value = text_blanks(line, name + 1);
        const struct http_header *known = http_headers;
        while (known->name != NULL && !text_is(line, 0, name, known->name))
            known++;
        field_bytes(packet, line_row, head, at, next - at);
        if (known->name != NULL)
            field_bytes(packet, known->row, line, value, line.len - value);
        if (known->name != NULL && known->row == HTTP_CONTENT_LENGTH_HEADER)
            field_number(packet, HTTP_CONTENT_LENGTH, line, value, line.len - value,
                         number(slice_from(line, value), 10));
        secret |= known->secret;
    }
    return secret;
}

static void fields(void *memory, struct packet *packet, enum direction direction, struct slice bytes, bool cut)
{
    struct http *http = memory;
    size_t end = header_end(bytes);
    struct slice head = slice_part(bytes, 0, end > 0 ? end : bytes.len), line = text_line(bytes, 0);
    size_t layer = packet->current;
    (void)cut;
    if (direction == FROM_CLIENT)
        request(http, packet, line, header(head, "Host"));
    else
        response(http, packet, line);
    bool secret = headers(packet, head, direction == FROM_CLIENT ? HTTP_REQUEST_LINE : HTTP_RESPONSE_LINE);
    const int shown = (int)(line.len < 200 ? line.len : 200);
    packet_info(packet, "%.*s", shown, (const char *)line.at);
    if (secret) {
        struct pdu_detail *detail = packet_memory(packet, sizeof *detail);
        detail->masked = packet_text(packet, "%.*s " SECRET_DOTS, shown, (const char *)line.at);
        packet->layers[layer].detail = detail;
    }
    packet_header(packet, head.len);
}

static const struct pdu_kind kind = { "HTTP", PROTOCOL_HTTP, sizeof(struct http), size, fields };

static void *open_stream(struct stream *stream)
{
    return pdu_open(stream, &kind);
}

const struct stream_ops http_stream_ops = {
    .name = "HTTP", .open = open_stream, .data = pdu_data, .gap = pdu_gap, .end = pdu_end, .close = pdu_close,
};

const struct protocol http_protocol = {
    .name = "HTTP", .title = N_("Hypertext Transfer Protocol"), .filter = "http", .osi = 7, .tcpip = TCPIP_APPLICATION,
    .rows = http_rows, .row_count = HTTP_FIELDS,
};
