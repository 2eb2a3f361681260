/*
 * POP3 in both directions: the same events however the bytes are cut, every
 * byte in one event, memory bounded.
 */
#include <stdint.h>
#include <stdlib.h>

#include "core/pop3_parse.h"
#include "core/pop3_words.h"

#define PRIME 1099511628211u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t mix(uint64_t hash, struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.at[i]) * PRIME;
    return hash;
}

static uint64_t digest(const uint8_t *data, size_t size, size_t step, int way)
{
    struct pop3_parser parser;
    struct pop3_event event;
    uint64_t hash = 1469598103934665603u, seen = 0;
    pop3_parse_init(&parser, way < 2);
    parser.mode = way == 1 ? POP3_MODE_SASL : POP3_MODE_COMMAND;
    parser.multiline = way == 3;
    for (size_t at = 0; at < size; at += step) {
        pop3_parse_feed(&parser, data + at, step < size - at ? step : size - at);
        while (pop3_parse_next(&parser, &event) != 0) {
            if (event.offset != seen)
                abort();
            seen += event.length;
            hash = mix(mix(mix(hash, event.argument), event.code), event.text);
            hash = (hash ^ event.flags ^ (uint64_t)event.kind << 8 ^ (uint64_t)event.verb << 16 ^ event.length << 24 ^
                    (uint64_t)(event.error != NULL) << 60) * PRIME;
            pop3_word_of_code(event.code);
        }
        if (parser.lines.in.len > POP3_SASL_MAX + 1 + step)
            abort();
    }
    pop3_parse_free(&parser);
    return hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int way = 0; way < 4; way++) {
        uint64_t whole = digest(data, size, size > 0 ? size : 1, way);
        if (digest(data, size, 1, way) != whole || digest(data, size, 7, way) != whole)
            abort();
    }
    return 0;
}
