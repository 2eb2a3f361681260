/*
 * The line splitter: the same lines however the bytes are cut, and memory
 * that stays within one line and one feed.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/line.h"

#define LINE_LIMIT 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t digest(const uint8_t *data, size_t size, size_t step)
{
    struct line_splitter splitter;
    struct line line;
    uint64_t hash = 1469598103934665603u;
    line_init(&splitter, LINE_LIMIT);
    for (size_t at = 0; at < size; at += step) {
        line_feed(&splitter, data + at, step < size - at ? step : size - at);
        while (line_next(&splitter, &line) == 1) {
            for (size_t i = 0; i < line.text.len; i++)
                hash = (hash ^ (unsigned char)line.text.at[i]) * 1099511628211u;
            hash = (hash ^ line.flags ^ line.raw_length << 8 ^ line.offset << 16) * 1099511628211u;
        }
        if (splitter.in.len > LINE_LIMIT + 1 + step)
            abort();
    }
    line_free(&splitter);
    return hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t whole = digest(data, size, size > 0 ? size : 1);
    if (digest(data, size, 1) != whole || digest(data, size, 7) != whole)
        abort();
    return 0;
}
