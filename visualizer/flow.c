/* Keys are short and of fixed size: words multiplied and folded are spread well enough (Fibonacci hashing). */
#define HASH_FUNCTION(key, size, value) ((value) = key_hash(key))

#include "visualizer/flow.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "core/mem.h"
#include "visualizer/fragment.h"
#include "visualizer/path.h"
#include "visualizer/tcp_connection.h"

struct flow_table {
    struct flow *entries;           /* uthash */
    struct flow *last;              /* found last: packets of a flow come in bursts */
    struct flow **all;              /* by id */
    size_t count, room;
    uint32_t numbers[256];          /* next number for each IP protocol */
    uint64_t salt;
};

static unsigned key_hash(const void *key)
{
    uint64_t words[sizeof(struct flow_key) / sizeof(uint64_t)], hash = 0;
    memcpy(words, key, sizeof words);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        hash = (hash ^ words[i]) * 0x9e3779b97f4a7c15U;
        hash ^= hash >> 29;
    }
    return (unsigned)(hash >> 32);
}

struct pass *pass_new(struct tls_keys *keys)
{
    struct pass *pass = mem_alloc(sizeof *pass);
    pass->flows = mem_alloc(sizeof *pass->flows);
    if (getrandom(&pass->flows->salt, sizeof pass->flows->salt, GRND_NONBLOCK) < 0)
        pass->flows->salt = (uintptr_t)pass;
    pass->fragments = fragment_table_new();
    pass->path = path_table_new();
    pass->keys = keys;
    pass->packet_flow = FLOW_NONE;
    return pass;
}

static void release_flow(struct flow *flow)
{
    if (flow->tcp != NULL)
        tcp_connection_free(flow->tcp);
    if (flow->release != NULL)
        flow->release(flow->memory);
    free(flow);
}

void pass_free(struct pass *pass)
{
    if (pass == NULL)
        return;
    HASH_CLEAR(hh, pass->flows->entries);
    for (size_t i = 0; i < pass->flows->count; i++)
        release_flow(pass->flows->all[i]);
    free(pass->flows->all);
    free(pass->flows);
    fragment_table_free(pass->fragments);
    path_table_free(pass->path);
    free(pass);
}

static struct flow *make_flow(struct packet *packet, const struct flow_key *key)
{
    struct pass *pass = packet->pass;
    struct flow_table *table = pass->flows;
    struct flow *flow = mem_alloc(sizeof *flow);
    flow->key = *key;
    flow->id = (uint32_t)table->count;
    flow->number = table->numbers[key->protocol]++;
    if (pass->replay != NULL) {
        flow->id = pass->replay->id;
        flow->number = pass->replay->number;
        flow->reused = pass->replay->reused;
    }
    flow->first_packet = packet->number;
    flow->first_time = flow->last_time = packet->time;
    if (table->count == table->room) {
        table->room = table->room * 2 + 64;
        table->all = mem_grow(table->all, table->room, sizeof *table->all);
    }
    table->all[table->count++] = flow;
    HASH_ADD(hh, table->entries, key, sizeof flow->key, flow);
    return flow;
}

static bool fill_key(const struct packet *packet, uint8_t protocol, struct flow_key *key)
{
    int order = memcmp(packet->from.bytes, packet->to.bytes, sizeof packet->from.bytes);
    bool backward = order > 0 || (order == 0 && packet->from_port > packet->to_port);
    memcpy(key->ends[backward], packet->from.bytes, sizeof key->ends[0]);
    memcpy(key->ends[!backward], packet->to.bytes, sizeof key->ends[0]);
    key->ports[backward] = packet->from_port;
    key->ports[!backward] = packet->to_port;
    key->family = (uint8_t)packet->from.family;
    key->protocol = protocol;
    key->zero = 0;
    return backward;
}

struct flow *flow_of(struct packet *packet, uint8_t protocol, bool *backward)
{
    struct flow_table *table = packet->pass->flows;
    struct flow_key key = { .salt = table->salt };
    *backward = fill_key(packet, protocol, &key);
    struct flow *flow = table->last;
    if (flow == NULL || memcmp(&flow->key, &key, sizeof key) != 0) {
        HASH_FIND(hh, table->entries, &key, sizeof key, flow);
        if (flow == NULL)
            flow = make_flow(packet, &key);
        table->last = flow;
    }
    flow->packets++;
    packet->flow = flow;
    packet->pass->packet_flow = flow->id;
    return flow;
}

struct flow *flow_of_quoted(struct packet *packet, uint8_t protocol, uint16_t from_port, uint16_t to_port)
{
    struct net_address from = packet->from, to = packet->to;
    uint16_t ports[2] = { packet->from_port, packet->to_port };
    bool backward;
    packet->from = packet->quoted_from;
    packet->to = packet->quoted_to;
    packet->from_port = from_port;
    packet->to_port = to_port;
    struct flow *flow = flow_of(packet, protocol, &backward);
    packet->from = from;
    packet->to = to;
    packet->from_port = ports[0];
    packet->to_port = ports[1];
    return flow;
}

struct flow *flow_replace(struct packet *packet, struct flow *flow)
{
    struct flow_table *table = packet->pass->flows;
    struct flow_key key = flow->key;
    HASH_DEL(table->entries, flow);
    flow->packets--;
    struct flow *fresh = make_flow(packet, &key);
    fresh->reused = true;
    fresh->packets = 1;
    table->last = packet->flow = fresh;
    packet->pass->packet_flow = fresh->id;
    return fresh;
}

struct flow *flow_at(const struct pass *pass, uint32_t id)
{
    /* A replay has one flow only, under the number that it has in the pass. */
    if (pass->replay != NULL)
        return pass->flows->count > 0 && id == pass->replay->id ? pass->flows->all[pass->flows->count - 1] : NULL;
    return id < pass->flows->count ? pass->flows->all[id] : NULL;
}
