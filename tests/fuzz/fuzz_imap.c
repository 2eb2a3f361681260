/*
 * IMAP in both directions: the same events however the bytes are cut, events
 * that tile the stream, sets and names that survive whatever is in them.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/imap_name.h"
#include "core/imap_parse.h"
#include "core/imap_set.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct digest {
    uint64_t hash, offset;
};

static void mix(struct digest *digest, uint64_t value)
{
    digest->hash = (digest->hash ^ value) * 1099511628211u;
}

static void mix_span(struct digest *digest, struct span span)
{
    for (size_t i = 0; i < span.len; i++)
        mix(digest, (unsigned char)span.at[i]);
    mix(digest, span.len);
}

static void mix_nodes(struct digest *digest, const struct imap_node *node, unsigned depth)
{
    if (depth > IMAP_DEPTH_MAX)
        abort();
    for (; node != NULL; node = node->next) {
        mix(digest, node->type);
        mix_span(digest, node->text);
        mix_nodes(digest, node->child, depth + 1);
    }
}

static void values(struct digest *digest, const struct imap_node *node)
{
    for (; node != NULL; node = node->next) {
        struct imap_set set = { .count = 0 };
        struct buf out;
        buf_init(&out, 1 << 20);
        if (imap_set_parse(node->text, &set) != 0)
            imap_set_free(&set);
        imap_set_resolve(&set, 7);
        for (size_t i = 1; i < set.count; i++)
            if (set.ranges[i - 1].last >= set.ranges[i].first)
                abort();
        imap_set_write(&set, &out);
        imap_name_to_utf8(node->text, &out);
        mix_span(digest, buf_span(&out));
        imap_set_free(&set);
        buf_free(&out);
    }
}

static void take(struct digest *digest, const struct imap_event *event, int status)
{
    if (event->offset != digest->offset)
        abort();
    digest->offset += event->length;
    if (status > 0 && event->kind == IMAP_EVENT_DATA) {
        for (size_t i = 0; i < event->line.len; i++)
            mix(digest, (unsigned char)event->line.at[i]);
        return;
    }
    mix(digest, (uint64_t)(status + 1) << 8 | event->kind);
    mix_span(digest, event->line);
    mix_span(digest, event->command.tag);
    mix_nodes(digest, event->command.arguments, 0);
    mix_span(digest, event->response.code);
    mix_nodes(digest, event->response.code_arguments, 0);
    mix_nodes(digest, event->response.arguments, 0);
    values(digest, event->command.arguments);
}

static struct digest run(enum imap_direction direction, const uint8_t *data, size_t size, size_t step)
{
    struct imap_limits limits = imap_limits_command;
    limits.line = 512;
    struct imap_parse parse;
    struct imap_event event;
    struct digest digest = { 1469598103934665603u, 0 };
    imap_parse_init(&parse, direction, &limits);
    for (size_t at = 0; at < size; at += step) {
        imap_parse_feed(&parse, data + at, step < size - at ? step : size - at);
        for (int status; (status = imap_parse_next(&parse, &event)) != 0;) {
            take(&digest, &event, status);
            if (event.fatal)
                goto end;
        }
    }
end:
    imap_parse_free(&parse);
    return digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int direction = IMAP_FROM_CLIENT; direction <= IMAP_FROM_SERVER; direction++) {
        const struct digest whole = run((enum imap_direction)direction, data, size, size > 0 ? size : 1);
        const struct digest bytes = run((enum imap_direction)direction, data, size, 1);
        const struct digest sevens = run((enum imap_direction)direction, data, size, 7);
        if (whole.hash != bytes.hash || whole.hash != sevens.hash || whole.offset != bytes.offset)
            abort();
    }
    return 0;
}
