/*
 * The watch: any bytes from both sides in any order, TLS at any moment. Each
 * byte belongs to one event at most, states have names, and what a text says
 * is secret lies inside it.
 *
 * Input: the protocol, then pieces: a byte (direction, TLS, length) and what follows.
 */
#include <stdint.h>
#include <stdlib.h>

#include "core/watch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_inside(struct span part, struct span whole)
{
    return part.len == 0 || (part.at >= whole.at && part.at + part.len <= whole.at + whole.len);
}

static void drain(struct watch *watch, uint64_t *seen)
{
    struct watch_event event;
    while (watch_next(watch, &event) == 1) {
        if (event.offset < seen[event.from_client] || event.state_before == NULL || event.state_after == NULL)
            abort();
        if (!is_inside(event.argument, event.text) || !is_inside(event.masked, event.text))
            abort();
        if (event.secret != (event.masked.len > 0))
            abort();
        seen[event.from_client] = event.offset + event.length;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t seen[2] = { 0, 0 };
    if (size < 1)
        return 0;
    struct watch *watch = watch_new((enum watch_protocol)(data[0] % 3));
    if (watch == NULL)
        return 0;
    if (data[0] & 0x80)
        watch_joined_late(watch);
    for (size_t at = 1; at < size;) {
        uint8_t head = data[at++];
        size_t length = head & 0x3f;
        if (length > size - at)
            length = size - at;
        if (length == 0 && (head & 0x40))
            watch_tls_started(watch);
        watch_feed(watch, head & 0x80, data + at, length);
        drain(watch, seen);
        at += length;
    }
    watch_free(watch);
    return 0;
}
