/*
 * exchange_tcp.c - TCP connections: handshake, data, acknowledgements,
 * retransmission, window, close and reset; and who gets the data.
 *
 * Each packet of a connection is asked in turn what it does at which layer, so
 * it can belong to several exchanges: the last data, the FIN. A packet that
 * only acknowledges belongs to what it acknowledges. A segment that completes
 * nothing waits (an orphan) for the one that does.
 */
#include "visualizer/exchange_tcp.h"
#include "visualizer/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tcp_part {
    struct connection **all;        /* by tcp.stream */
    size_t count;
};

struct tcp_part *tcp_part_new(void)
{
    return mem_alloc(sizeof(struct tcp_part));
}

void tcp_part_free(struct tcp_part *part)
{
    for (size_t i = 0; i < part->count; i++) {
        if (part->all[i])
            dialogue_free(part->all[i]->dialogue);
        free(part->all[i]);
    }
    free(part->all);
    free(part);
}

static struct connection *connection_of(struct exchange_list *list, const struct packet *packet,
                                        const struct tcp_detail *tcp)
{
    struct tcp_part *part = list->tcp;
    if (tcp->stream >= part->count) {
        const size_t count = (size_t)tcp->stream + 64;
        part->all = mem_grow(part->all, count, sizeof *part->all);
        memset(part->all + part->count, 0, (count - part->count) * sizeof *part->all);
        part->count = count;
    }
    struct connection *connection = part->all[tcp->stream];
    if (connection)
        return connection;
    connection = part->all[tcp->stream] = mem_alloc(sizeof *connection);
    const bool client = tcp->direction == FROM_CLIENT;
    connection->number = tcp->stream + 1;
    connection->client = host_of(list, client ? &packet->from : &packet->to);
    connection->server = host_of(list, client ? &packet->to : &packet->from);
    connection->port = client ? packet->to_port : packet->from_port;
    return connection;
}

struct exchange *connection_begin(struct exchange_list *list, struct connection *connection,
                                  const struct packet *packet,
                                  enum layer_id row, const char *protocol, const char *name, const char *rfc,
                                  enum direction from)
{
    const bool client = from == FROM_CLIENT;
    const struct beginning how = { row, protocol, name, rfc, client ? connection->client : connection->server,
                                   client ? connection->server : connection->client, connection->number };
    struct exchange *exchange = exchange_begin(list, packet, &how);
    exchange->backward_begin = !client;
    exchange->server_port = connection->port;
    return exchange;
}

bool connection_backward(const struct connection *connection, const struct exchange *exchange, enum direction direction)
{
    (void)connection;
    return (direction == FROM_SERVER) != exchange->backward_begin;
}

void connection_adopt(struct exchange_list *list, struct connection *connection, struct exchange *exchange,
                      enum direction direction)
{
    size_t kept = 0;
    for (size_t i = 0; i < connection->orphan_count; i++) {
        const struct orphan orphan = connection->orphans[i];
        if (orphan.belongs != direction) {
            connection->orphans[kept++] = orphan;
            continue;
        }
        struct exchange_step *step =
            exchange_add_at(list, exchange, orphan.packet, orphan.time, orphan.bytes ? STEP_DATA : STEP_ACK,
                            connection_backward(connection, exchange, orphan.direction));
        exchange_bytes(exchange, step, orphan.bytes);
    }
    connection->orphan_count = kept;
}

struct exchange_step *connection_add(struct exchange_list *list, struct connection *connection,
                                     struct exchange *exchange,
                                     const struct packet *packet, const struct tcp_detail *tcp, enum step_kind kind)
{
    return exchange_add(list, exchange, packet, kind, connection_backward(connection, exchange, tcp->direction));
}

/* --- data that no application of ours explains ------------------------------------------------- */

static void data_summary(const struct connection *connection)
{
    exchange_summary(connection->data, _("port %u: %llu bytes sent, %llu received"), connection->port,
                     (unsigned long long)connection->data->bytes[0], (unsigned long long)connection->data->bytes[1]);
}

static void data_layer(struct exchange_list *list, struct connection *connection, const struct packet *packet,
                       const struct tcp_detail *tcp, uint32_t bytes)
{
    if (!connection->data && packet_layer(packet, PROTOCOL_TLS)) /* deciphered, but nobody knows the application */
        connection->data = connection_begin(list, connection, packet, LAYER_APPLICATION, protocols[PROTOCOL_DATA]->name,
                                            N_("application data"), NULL, tcp->direction);
    if (!connection->data)
        connection->data = connection_begin(list, connection, packet, LAYER_TCP_DATA, "TCP", N_("data transfer"),
                                            "RFC 9293 §3.8", tcp->direction);
    struct exchange *exchange = connection->current = connection->data;
    connection_adopt(list, connection, exchange, tcp->direction);
    exchange_bytes(exchange, connection_add(list, connection, exchange, packet, tcp, STEP_DATA), bytes);
    exchange->enciphered |= connection->enciphered;
    data_summary(connection);
}

/* A secret is masked, unless the user wants to see it; that it can be read is said in any case. */
static char *first_line(struct exchange_list *list, struct exchange *exchange, const struct packet *packet,
                        const struct layer *layer)
{
    const char *masked = secret_masked(layer);
    if (masked != NULL) {
        if (!exchange->enciphered)
            exchange_remark(exchange, REMARK_SECURITY, packet->number,
                            N_("A password or a cookie travels in the clear: everybody on the way can read it."), NULL);
        if (!list->options.reveal)
            return mem_text(masked);
    }
    const struct slice bytes = exchange_layer_bytes(packet, layer);
    size_t size = 0;
    while (size < bytes.len && bytes.at[size] != '\r' && bytes.at[size] != '\n')
        size++;
    return exchange_text((struct span){ (const char *)bytes.at, size });
}

/* HTTP, FTP: a request and what is answered to it. TELNET and transferred files: one exchange a connection. */
static void text_layer(struct exchange_list *list, struct connection *connection, const struct packet *packet,
                       const struct tcp_detail *tcp, const struct layer *layer)
{
    const bool whole = layer->protocol == PROTOCOL_TELNET || layer->protocol == PROTOCOL_FTP_DATA;
    const bool client = tcp->direction == FROM_CLIENT;
    if (!connection->text || (client && connection->text_answered && !whole)) {
        const char *name = layer->protocol == PROTOCOL_HTTP     ? N_("request and response")
                           : layer->protocol == PROTOCOL_TELNET ? N_("terminal dialogue")
                           : whole                              ? N_("file transfer")
                           : client                             ? N_("command and reply") : N_("FTP greeting");
        connection->text = connection_begin(list, connection, packet, LAYER_APPLICATION,
                                            protocols[layer->protocol]->name,
                                            name, NULL, tcp->direction);
        connection->text_answered = false;
    }
    const bool answered = connection->text_answered;
    connection->text_answered |= !client;
    struct exchange *exchange = connection->current = connection->text;
    connection_adopt(list, connection, exchange, tcp->direction);
    struct exchange_step *step = connection_add(list, connection, exchange, packet, tcp, whole ? STEP_DATA : STEP_SAYS);
    exchange_bytes(exchange, step, layer->length);
    exchange->enciphered |= connection->enciphered;
    if (whole) {
        exchange_summary(exchange, _("%llu bytes sent, %llu received"), (unsigned long long)exchange->bytes[0],
                         (unsigned long long)exchange->bytes[1]);
        return;
    }
    char *line = first_line(list, exchange, packet, layer);
    exchange_says(step, "%s", line);
    if (exchange->summary[0] == '\0')
        exchange_summary(exchange, "%s", line);
    else if (step->backward && !answered) {
        char *asked = mem_text(exchange->summary);
        exchange_summary(exchange, "%s → %s", asked, line);
        free(asked);
    }
    free(line);
}

/* --- a segment -------------------------------------------------------------------------------------- */

/* Did a layer behind TCP put the packet into an exchange? */
static bool application_layers(struct exchange_list *list, struct connection *connection, const struct packet *packet,
                               const struct tcp_detail *tcp, size_t after)
{
    bool taken = false;
    for (size_t i = after; i < packet->layer_count; i++) {
        const struct layer *layer = &packet->layers[i];
        switch (layer->protocol) {
        case PROTOCOL_TLS:
            tls_layer(list, connection, packet, layer);
            taken |= layer->detail != NULL && exchange_last_of(list, packet->number) != NULL;
            break;
        case PROTOCOL_SMTP:
        case PROTOCOL_POP:
        case PROTOCOL_IMAP:
            mail_layer(list, connection, packet, layer);
            taken = true;
            break;
        case PROTOCOL_MESSAGE:
            mail_letter(list, connection, packet, layer);
            break;
        case PROTOCOL_DNS: {
            struct exchange *lookup = name_packet(list, packet, connection->number);
            if (lookup)
                connection_adopt(list, connection, lookup, tcp->direction);
            connection->current = lookup ? lookup : connection->current;
            taken = true;
            break;
        }
        case PROTOCOL_HTTP:
        case PROTOCOL_FTP:
        case PROTOCOL_FTP_DATA:
        case PROTOCOL_TELNET:
            text_layer(list, connection, packet, tcp, layer);
            taken = true;
            break;
        case PROTOCOL_DATA:
            data_layer(list, connection, packet, tcp, layer->length);
            taken = true;
            break;
        default:
            break;
        }
    }
    return taken;
}

/* What no application has claimed is plain data; the handshake is not made of it. */
static void adopt_all(struct exchange_list *list, struct connection *connection)
{
    if (connection->orphan_count == 0)
        return;
    if (!connection->current || connection->current == connection->opening) {
        const struct orphan *first = &connection->orphans[0];
        const struct packet packet = { .number = first->packet, .time = first->time };
        connection->current = connection->data =
            connection_begin(list, connection, &packet, LAYER_TCP_DATA, "TCP", N_("data transfer"), "RFC 9293 §3.8",
                             first->direction);
    }
    connection_adopt(list, connection, connection->current, FROM_CLIENT);
    connection_adopt(list, connection, connection->current, FROM_SERVER);
    if (connection->current == connection->data)
        data_summary(connection);
}

static void keep_orphan(struct exchange_list *list, struct connection *connection, const struct packet *packet,
                        const struct tcp_detail *tcp)
{
    const enum direction belongs = tcp->length ? tcp->direction : (enum direction)!tcp->direction;
    if (connection->orphan_count == ORPHANS_MAX) /* a long wait: they belong to what goes on */
        adopt_all(list, connection);
    connection->orphans[connection->orphan_count++] =
        (struct orphan){ packet->number, tcp->length, packet->time, tcp->direction, belongs };
}

/* A segment that says nothing above TCP. */
static void bare_segment(struct exchange_list *list, struct connection *connection, const struct packet *packet,
                         const struct layer *layer)
{
    const struct tcp_detail *tcp = layer->detail;
    const bool nobody = layer->stream &&
        !layer->stream->application; /* decodes it; or the capture has no bytes of it */
    const bool plain = nobody || (packet->cut && connection->current == connection->opening);
    struct exchange *exchange = tcp->acknowledges ? exchange_last_of(list, tcp->acknowledges) : connection->current;
    if (tcp->length > 0 && plain) {
        data_layer(list, connection, packet, tcp, tcp->length);
    } else if (tcp->length > 0 || (tcp->acknowledges && !exchange)) {
        keep_orphan(list, connection, packet, tcp);
    } else if (exchange && exchange == connection->closing) {
        connection_closing_ack(list, connection, packet, tcp);
    } else if (exchange) {
        connection_add(list, connection, exchange, packet, tcp, STEP_ACK);
    } else {
        data_layer(list, connection, packet, tcp, 0); /* the capture began in the middle */
    }
}

bool tcp_packet(struct exchange_list *list, const struct packet *packet)
{
    size_t at = 0;
    while (at < packet->layer_count && packet->layers[at].protocol != PROTOCOL_TCP) {
        if (packet->layers[at].protocol == PROTOCOL_ICMPV4 || packet->layers[at].protocol == PROTOCOL_ICMPV6)
            return false; /* what it quotes is no segment */
        at++;
    }
    const struct tcp_detail *tcp = at < packet->layer_count ? packet->layers[at].detail : NULL;
    if (!tcp)
        return false;
    struct connection *connection = connection_of(list, packet, tcp);
    bool taken = connection_completes_opening(list, connection, tcp);
    if (taken)
        connection_opened(list, connection, packet, tcp);
    taken |= application_layers(list, connection, packet, tcp, at + 1);
    connection_notes(connection, packet, tcp);
    taken |= connection_business(list, connection, packet, tcp);
    if (!taken)
        bare_segment(list, connection, packet, &packet->layers[at]);
    return true;
}

void tcp_finish(struct exchange_list *list)
{
    for (size_t i = 0; i < list->tcp->count; i++) {
        struct connection *connection = list->tcp->all[i];
        if (!connection)
            continue;
        adopt_all(list, connection);
        if (connection->opening && !connection->established && !connection->opening->both_ways)
            connection_opening_summary(connection, _("SYN: no answer"));
    }
}
