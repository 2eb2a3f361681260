#include "visualizer/path.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "visualizer/capture.h"
#include "visualizer/flow.h"
#include "visualizer/wire_note.h"

enum {
    SLOTS = 1 << 13,        /* packets that are remembered at most; a newer one takes the place of an older */
    PLACES = 6,             /* interfaces that are remembered of one packet */
    COMPARED = 64,          /* bytes from the IP header on: with those of TCP, UDP or ICMP, and their checksum */
};

struct sight {
    uint64_t key;           /* 0: nothing here */
    uint32_t first;         /* the packet as it was seen first */
    uint32_t places[PLACES];
    uint8_t place_count;
    uint8_t hops;           /* when it was seen last */
};

struct path_table {
    struct sight sights[SLOTS];
};

struct path_table *path_table_new(void)
{
    return mem_alloc(sizeof(struct path_table));
}

void path_table_free(struct path_table *table)
{
    free(table);
}

/* Words multiplied and folded, over what no router changes. */
static uint64_t key_of(struct slice slice, size_t hops, size_t sum)
{
    uint8_t bytes[COMPARED] = { 0 };
    uint64_t words[COMPARED / sizeof(uint64_t)], key = 0xcbf29ce484222325U ^ slice.wire;
    memcpy(bytes, slice.at, slice.len < COMPARED ? slice.len : COMPARED);
    bytes[hops] = 0;
    if (sum > 0)
        bytes[sum] = bytes[sum + 1] = 0;
    memcpy(words, bytes, sizeof words);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        key = (key ^ words[i]) * 0x9e3779b97f4a7c15U;
        key ^= key >> 32;
    }
    return key != 0 ? key : 1;
}

static bool was_at(const struct sight *sight, uint32_t place)
{
    for (size_t i = 0; i < sight->place_count; i++)
        if (sight->places[i] == place)
            return true;
    return false;
}

static void add_place(struct sight *sight, uint32_t place)
{
    if (!was_at(sight, place) && sight->place_count < PLACES)
        sight->places[sight->place_count++] = place;
}

/* The packet that a comment of the wire says this one is, changed; 0. */
static uint32_t said_to_be(const struct packet *packet)
{
    struct wire_note note;
    if (packet->record->comment.len == 0 || !wire_note_read(packet->record->comment, &note)
        || note.deed != WIRE_DEED_CHANGE || note.of == 0 || note.of >= packet->number)
        return 0;
    return (uint32_t)note.of;
}

void path_look(struct packet *packet, struct slice slice, size_t hops, size_t sum)
{
    if (packet->pass == NULL || packet->record == NULL || packet->quoted > 0 || packet->on_path)
        return;
    packet->on_path = true;
    const uint64_t key = key_of(slice, hops, sum);
    const uint8_t left = get_u8(slice, hops);
    const uint32_t place = packet->record->interface;
    struct sight *sight = &packet->pass->path->sights[key % SLOTS];
    const bool known = sight->key == key && sight->first < packet->number;
    if (known && (left < sight->hops || (left == sight->hops && !was_at(sight, place)))) {
        packet->passes_on = sight->first;
        sight->hops = left;
        add_place(sight, place);
        return;
    }
    packet->passes_on = said_to_be(packet);
    *sight = (struct sight){ .key = key, .first = packet->passes_on ? packet->passes_on : packet->number,
                             .places = { place }, .place_count = 1, .hops = left };
}
