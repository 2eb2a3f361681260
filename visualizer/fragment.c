#include "visualizer/fragment.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "core/mem.h"
#include "visualizer/flow.h"

enum { LARGEST = 65535, MOST_PIECES = 1024, MOST_DATAGRAMS = 256, MOST_BYTES = 8 << 20 };

struct datagram {
    struct fragment_key key;
    uint8_t *bytes;             /* as far as pieces reach */
    uint8_t *present;           /* for each byte of bytes: did it come? */
    size_t reach;
    size_t have;                /* bytes that came */
    size_t total;               /* known when the last piece came; 0 before */
    struct fragment *pieces;
    size_t count;
    UT_hash_handle hh;
};

struct fragment_table {
    struct datagram *datagrams; /* uthash keeps them in the order of their first piece */
    size_t bytes;
    uint32_t *packets;          /* of what was completed last, for the pass */
};

struct fragment_table *fragment_table_new(void)
{
    return mem_alloc(sizeof(struct fragment_table));
}

static void forget(struct fragment_table *table, struct datagram *datagram)
{
    HASH_DEL(table->datagrams, datagram);
    table->bytes -= 2 * datagram->reach;
    free(datagram->bytes);
    free(datagram->present);
    free(datagram->pieces);
    free(datagram);
}

void fragment_table_free(struct fragment_table *table)
{
    while (table->datagrams != NULL)
        forget(table, table->datagrams);
    free(table->packets);
    free(table);
}

static struct datagram *find(struct fragment_table *table, const struct fragment_key *key)
{
    struct datagram *datagram;
    HASH_FIND(hh, table->datagrams, key, sizeof *key, datagram);
    if (datagram != NULL)
        return datagram;
    while (table->datagrams != NULL &&
           (HASH_COUNT(table->datagrams) >= MOST_DATAGRAMS || table->bytes > MOST_BYTES))
        forget(table, table->datagrams);
    datagram = mem_alloc(sizeof *datagram);
    datagram->key = *key;
    HASH_ADD(hh, table->datagrams, key, sizeof datagram->key, datagram);
    return datagram;
}

static void reach(struct fragment_table *table, struct datagram *datagram, size_t end)
{
    if (end <= datagram->reach)
        return;
    datagram->bytes = mem_grow(datagram->bytes, end, 1);
    datagram->present = mem_grow(datagram->present, end, 1);
    memset(datagram->present + datagram->reach, 0, end - datagram->reach);
    table->bytes += 2 * (end - datagram->reach);
    datagram->reach = end;
}

static void put(struct datagram *datagram, size_t offset, struct slice piece, struct fragment *note)
{
    for (size_t i = 0; i < piece.len; i++) {
        if (!datagram->present[offset + i]) {
            datagram->present[offset + i] = 1;
            datagram->bytes[offset + i] = piece.at[i];
            datagram->have++;
            continue;
        }
        note->overlap = true;
        note->conflict |= datagram->bytes[offset + i] != piece.at[i];
    }
}

static int by_offset(const void *a, const void *b)
{
    const struct fragment *first = a, *second = b;
    if (first->offset != second->offset)
        return first->offset < second->offset ? -1 : 1;
    return first->packet < second->packet ? -1 : first->packet > second->packet;
}

static int by_packet(const void *a, const void *b)
{
    uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;
    return first < second ? -1 : first > second;
}

static void tell_pass(struct packet *packet, const struct datagram *datagram)
{
    struct fragment_table *table = packet->pass->fragments;
    table->packets = mem_grow(table->packets, datagram->count, sizeof *table->packets);
    for (size_t i = 0; i < datagram->count; i++)
        table->packets[i] = datagram->pieces[i].packet;
    qsort(table->packets, datagram->count, sizeof *table->packets, by_packet);
    packet->pass->fragments_of = table->packets;
    packet->pass->fragment_count = datagram->count;
}

static void finish(struct packet *packet, struct datagram *datagram, struct reassembled *result)
{
    size_t size = datagram->count * sizeof *datagram->pieces;
    struct fragment *pieces = packet_memory(packet, size);
    memcpy(pieces, datagram->pieces, size);
    qsort(pieces, datagram->count, sizeof *pieces, by_offset);
    *result = (struct reassembled){
        packet_buffer(packet, BUFFER_FRAGMENTS, datagram->bytes, datagram->total, true), pieces, datagram->count };
    tell_pass(packet, datagram);
}

bool fragment_add(struct packet *packet, const struct fragment_key *key, size_t offset, struct slice piece, bool more,
                  struct reassembled *result)
{
    struct fragment_table *table = packet->pass->fragments;
    size_t end = offset + piece.len;
    if (end > LARGEST || piece.len == 0 || piece.len < piece.wire)
        return false;
    struct datagram *datagram = find(table, key);
    if (datagram->count >= MOST_PIECES)
        return false;
    reach(table, datagram, end);
    datagram->pieces = mem_grow(datagram->pieces, datagram->count + 1, sizeof *datagram->pieces);
    struct fragment *note = &datagram->pieces[datagram->count++];
    *note = (struct fragment){ .packet = packet->number, .offset = (uint32_t)offset, .length = piece.len };
    put(datagram, offset, piece, note);
    if (!more && datagram->total == 0)
        datagram->total = end;
    if (datagram->total == 0 || datagram->reach < datagram->total || datagram->have < datagram->reach)
        return false;
    finish(packet, datagram, result);
    forget(table, datagram);
    return true;
}
