/*
 * handle_queue.h - a queue of numbers, first in, first out; it grows as needed.
 */
#ifndef PLI_SERVER_HANDLE_QUEUE_H
#define PLI_SERVER_HANDLE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed: empty. */
struct handle_queue {
    uint64_t *ring;
    size_t head, count, size;
};

void handle_queue_put(struct handle_queue *queue, uint64_t handle);
bool handle_queue_take(struct handle_queue *queue, uint64_t *handle); /* false: it is empty */
void handle_queue_free(struct handle_queue *queue);

#endif
