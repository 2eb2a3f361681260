/*
 * exchange_pending.c - exchanges that wait for an answer, by a text that names
 * the question: "arp 10.0.0.25 10.0.0.10".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "visualizer/exchange_build.h"

/* A flood of questions that nobody answers must not fill the memory: then all are forgotten. */
enum { PENDING_COUNT_MAX = 100000 };

struct exchange *pending_find(struct pending *table, const char *key)
{
    struct pending *found = NULL;
    HASH_FIND_STR(table, key, found);
    return found ? found->exchange : NULL;
}

void pending_set(struct pending **table, const char *key, struct exchange *exchange)
{
    struct pending *found = NULL;
    HASH_FIND_STR(*table, key, found);
    if (!found) {
        if (HASH_COUNT(*table) >= PENDING_COUNT_MAX)
            pending_free(table);
        found = mem_alloc(sizeof *found);
        snprintf(found->key, sizeof found->key, "%s", key);
        HASH_ADD_STR(*table, key, found);
    }
    found->exchange = exchange;
}

void pending_drop(struct pending **table, const char *key)
{
    struct pending *found = NULL;
    HASH_FIND_STR(*table, key, found);
    if (found) {
        HASH_DEL(*table, found);
        free(found);
    }
}

void pending_free(struct pending **table)
{
    struct pending *each, *next;
    HASH_ITER(hh, *table, each, next) {
        HASH_DEL(*table, each);
        free(each);
    }
}

struct slice exchange_layer_bytes(const struct packet *packet, const struct layer *layer)
{
    const struct buffer *buffer = &packet->buffers[layer->buffer];
    const size_t offset = layer->offset < buffer->len ? layer->offset : buffer->len;
    const size_t left = buffer->len - offset, size = layer->length < left ? layer->length : left;
    return (struct slice){ .at = buffer->data + offset, .len = (uint32_t)size, .wire = (uint32_t)size,
                           .offset = layer->offset, .buffer = layer->buffer };
}

struct net_address exchange_address(const struct field *field)
{
    struct net_address address = { .family = ADDRESS_NONE };
    if (!field)
        return address;
    address.family = field->size == 4 ? ADDRESS_IPV4 : field->size == 16 ? ADDRESS_IPV6
                     : field->size == 6 ? ADDRESS_ETHER : ADDRESS_NONE;
    if (address.family != ADDRESS_NONE)
        memcpy(address.bytes, field->value.bytes, field->size);
    return address;
}
