#include "visualizer/tcp_connection.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "visualizer/application.h"

struct tcp_connection *tcp_connection_new(struct packet *packet, struct flow *flow)
{
    struct tcp_connection *connection = mem_alloc(sizeof *connection);
    tcp_side_start(&connection->sides[0]);
    tcp_side_start(&connection->sides[1]);
    connection->stream.number = flow->number;
    connection->stream.keys = packet->pass->keys;
    return connection;
}

void tcp_connection_free(struct tcp_connection *connection)
{
    if (connection->state != NULL)
        connection->stream.application->ops->close(connection->state);
    for (int side = 0; side < 2; side++) {
        tcp_side_free(&connection->sides[side]);
        reassembly_free(&connection->reassembly[side]);
    }
    free(connection);
}

void tcp_connection_client(struct tcp_connection *connection, struct packet *packet, int client)
{
    const struct flow *flow = packet->flow;
    struct stream *stream = &connection->stream;
    connection->client = client;
    stream->client = stream->server = (struct net_address){ .family = packet->from.family };
    memcpy(stream->client.bytes, flow->key.ends[client], sizeof stream->client.bytes);
    memcpy(stream->server.bytes, flow->key.ends[!client], sizeof stream->server.bytes);
    stream->client_port = flow->key.ports[client];
    stream->server_port = flow->key.ports[!client];
}

static void choose_application(struct tcp_connection *connection, enum direction direction, struct slice bytes)
{
    struct stream *stream = &connection->stream;
    const struct application *application = application_by_port(stream->server_port, false);
    if (application == NULL)
        application = application_by_bytes(direction, (struct span){ (const char *)bytes.at, bytes.len });
    connection->chosen = true;
    if (application == NULL || application->ops == NULL)
        return;
    stream->application = application;
    connection->state = application->ops->open(stream);
}

/* What the decoder remembers is most of what a connection needs: a long capture cannot keep it for all. */
static void close_application(struct tcp_connection *connection)
{
    if (connection->state != NULL)
        connection->stream.application->ops->close(connection->state);
    connection->state = NULL;
    connection->over = true;
}

/* What the reassembly's sink needs to know. */
struct delivery {
    struct tcp_connection *connection;
    enum direction direction;
};

static void deliver_data(void *context, struct packet *packet, struct slice bytes, uint64_t position,
                         uint32_t from_packet)
{
    struct delivery *delivery = context;
    struct tcp_connection *connection = delivery->connection;
    if (!connection->chosen)
        choose_application(connection, delivery->direction, bytes);
    if (connection->over)
        packet_decode(packet, PROTOCOL_DATA, bytes); /* nothing may come after a FIN */
    if (connection->state == NULL)
        return;
    struct stream_data data = { delivery->direction, bytes, position, from_packet };
    connection->stream.application->ops->data(connection->state, packet, &data);
}

static void deliver_gap(void *context, struct packet *packet, uint64_t length)
{
    struct delivery *delivery = context;
    struct tcp_connection *connection = delivery->connection;
    if (connection->state != NULL)
        connection->stream.application->ops->gap(connection->state, packet, delivery->direction, length);
}

static void deliver_end(void *context, struct packet *packet)
{
    struct delivery *delivery = context;
    struct tcp_connection *connection = delivery->connection;
    if (connection->state != NULL && connection->stream.application->ops->end != NULL)
        connection->stream.application->ops->end(connection->state, packet, delivery->direction);
    if (connection->reassembly[0].ended && connection->reassembly[1].ended)
        close_application(connection);
}

unsigned tcp_connection_data(struct tcp_connection *connection, struct packet *packet, int side, uint32_t sequence,
                             struct slice bytes, bool fin)
{
    struct delivery delivery = { connection, side == connection->client ? FROM_CLIENT : FROM_SERVER };
    struct reassembly_sink sink = { &delivery, deliver_data, deliver_gap, deliver_end };
    return reassembly_segment(&connection->reassembly[side], packet, sequence, bytes, fin, &sink);
}

void tcp_connection_acknowledged(struct tcp_connection *connection, struct packet *packet, int side,
                                 uint32_t acknowledgement)
{
    struct delivery delivery = { connection, side == connection->client ? FROM_CLIENT : FROM_SERVER };
    struct reassembly_sink sink = { &delivery, deliver_data, deliver_gap, deliver_end };
    reassembly_acknowledged(&connection->reassembly[side], packet, acknowledgement, &sink);
}
