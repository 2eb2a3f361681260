#include "wire_switch.h"

#include <string.h>

#include "core/mem.h"

enum { ADDRESS = 6, HEADER = 14, CHAIN = 8 };

struct wire_switch *wire_switch_new(void)
{
    return mem_alloc(sizeof(struct wire_switch));
}

unsigned wire_switch_add(struct wire_switch *table, unsigned segment)
{
    table->segment[table->ports] = (uint16_t)segment;
    return table->ports++;
}

bool wire_ports_has(const struct wire_ports *ports, unsigned port)
{
    return ports->bits[port / 64] >> port % 64 & 1;
}

/* An address belongs to one of CHAIN neighbouring entries. The segment counts: a router may use one address on both. */
static size_t chain_of(const uint8_t *mac, unsigned segment)
{
    uint64_t hash = 1469598103934665603u ^ segment; /* FNV-1a */
    for (int i = 0; i < ADDRESS; i++)
        hash = (hash ^ mac[i]) * 1099511628211u;
    return (size_t)(hash % (WIRE_ADDRESSES / CHAIN)) * CHAIN;
}

static struct wire_address *find(struct wire_switch *table, const uint8_t *mac, unsigned segment)
{
    size_t first = chain_of(mac, segment);
    for (size_t i = first; i < first + CHAIN; i++) {
        struct wire_address *entry = &table->table[i];
        if (entry->port != 0 && table->segment[entry->port - 1] == segment && memcmp(entry->mac, mac, ADDRESS) == 0)
            return entry;
    }
    return NULL;
}

static struct wire_address *make_room(struct wire_switch *table, const uint8_t *mac, unsigned segment)
{
    size_t first = chain_of(mac, segment);
    struct wire_address *oldest = &table->table[first];
    for (size_t i = first; i < first + CHAIN; i++)
        if (table->table[i].used < oldest->used)
            oldest = &table->table[i];
    memcpy(oldest->mac, mac, ADDRESS);
    return oldest;
}

static bool is_group(const uint8_t *mac)
{
    return mac[0] & 1;
}

static struct wire_ports all_others(const struct wire_switch *table, unsigned from)
{
    struct wire_ports ports = { { 0 } };
    for (unsigned i = 0; i < table->ports; i++)
        if (i != from && table->segment[i] == table->segment[from])
            ports.bits[i / 64] |= UINT64_C(1) << i % 64;
    return ports;
}

static void learn(struct wire_switch *table, unsigned from, const uint8_t *source)
{
    unsigned segment = table->segment[from];
    struct wire_address *entry = find(table, source, segment);
    if (entry == NULL)
        entry = make_room(table, source, segment);
    entry->port = (uint16_t)(from + 1);
    entry->used = ++table->clock;
}

struct wire_ports wire_switch_peek(struct wire_switch *table, unsigned from, const uint8_t *frame, size_t length)
{
    struct wire_ports ports = { { 0 } };
    if (length < HEADER)
        return ports;
    struct wire_address *known = is_group(frame) ? NULL : find(table, frame, table->segment[from]);
    if (known == NULL)
        return all_others(table, from);
    unsigned port = known->port - 1u;
    if (port != from)   /* a neighbour on the same port has it already */
        ports.bits[port / 64] |= UINT64_C(1) << port % 64;
    return ports;
}

struct wire_ports wire_switch_route(struct wire_switch *table, unsigned from, const uint8_t *frame, size_t length)
{
    if (length >= HEADER && !is_group(frame + ADDRESS))
        learn(table, from, frame + ADDRESS);
    return wire_switch_peek(table, from, frame, length);
}
