#include "handle_queue.h"

#include <stdlib.h>

#include "core/mem.h"

static void grow(struct handle_queue *queue)
{
    size_t size = queue->size * 2 + 64;
    uint64_t *ring = mem_grow(NULL, size, sizeof *ring);
    for (size_t i = 0; i < queue->count; i++)
        ring[i] = queue->ring[(queue->head + i) % queue->size];
    free(queue->ring);
    queue->ring = ring;
    queue->head = 0;
    queue->size = size;
}

void handle_queue_put(struct handle_queue *queue, uint64_t handle)
{
    if (queue->count == queue->size)
        grow(queue);
    queue->ring[(queue->head + queue->count++) % queue->size] = handle;
}

bool handle_queue_take(struct handle_queue *queue, uint64_t *handle)
{
    if (queue->count == 0)
        return false;
    *handle = queue->ring[queue->head];
    queue->head = (queue->head + 1) % queue->size;
    queue->count--;
    return true;
}

void handle_queue_free(struct handle_queue *queue)
{
    free(queue->ring);
    *queue = (struct handle_queue){ 0 };
}
