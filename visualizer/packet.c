#include "visualizer/packet.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "visualizer/capture.h"

/* Blocks double, so that a large reassembly costs few of them; a large one is not kept for the packets after it. */
enum { FIRST_BLOCK = 1024, KEPT_BLOCK = 1 << 12 };
/* Tunnels in tunnels in tunnels: no honest packet has so many layers. */
enum { DEEPEST_NESTING = 32, MOST_LAYERS = 10000, MOST_FIELDS = 200000 };

struct arena_block {
    struct arena_block *older;
    size_t size, used;
    max_align_t bytes[];
};

struct packet *packet_new(void)
{
    return mem_alloc(sizeof(struct packet));
}

static void free_blocks(struct arena_block *block)
{
    while (block != NULL) {
        struct arena_block *older = block->older;
        free(block);
        block = older;
    }
}

void packet_free(struct packet *packet)
{
    if (packet == NULL)
        return;
    free_blocks(packet->arena);
    free(packet->buffers);
    free(packet->layers);
    free(packet->fields);
    free(packet);
}

void packet_reset(struct packet *packet)
{
    if (packet->arena != NULL) {
        free_blocks(packet->arena->older);
        packet->arena->older = NULL;
        packet->arena->used = 0;
        if (packet->arena->size > KEPT_BLOCK) {
            free(packet->arena);
            packet->arena = NULL;
        }
    }
    packet->buffer_count = packet->layer_count = packet->field_count = 0;
    packet->from = packet->to = (struct net_address){ .family = ADDRESS_NONE };
    packet->from_port = packet->to_port = 0;
    packet->malformed = 0;
    packet->cut = packet->on_path = false;
    packet->passes_on = 0;
    packet->current = 0;
    packet->quoted = packet->nesting = 0;
    packet->flow = NULL;
    packet->in_two_steps = false;
    packet->rest = NULL;
}

void *packet_memory(struct packet *packet, size_t size)
{
    struct arena_block *block = packet->arena;
    size_t need = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    if (block == NULL || block->size - block->used < need) {
        size_t room = block == NULL ? FIRST_BLOCK : block->size < (1 << 20) ? block->size * 2 : block->size;
        if (room < need)
            room = need;
        struct arena_block *fresh = mem_grow(NULL, sizeof *fresh + room, 1);
        *fresh = (struct arena_block){ .older = block, .size = room };
        packet->arena = block = fresh;
    }
    void *memory = (char *)block->bytes + block->used;
    block->used += need;
    return memset(memory, 0, size);
}

static char *format_text(struct packet *packet, const char *before, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, again);
    va_end(again);
    size_t start = strlen(before);
    char *text = packet_memory(packet, start + (size_t)(size > 0 ? size : 0) + 1);
    memcpy(text, before, start);
    vsnprintf(text + start, (size_t)size + 1, format, arguments);
    return text;
}

char *packet_text(struct packet *packet, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = format_text(packet, "", format, arguments);
    va_end(arguments);
    return text;
}

struct slice packet_buffer(struct packet *packet, enum buffer_kind kind, const void *data, size_t len, bool copy)
{
    if (packet->buffer_count == packet->buffer_room) {
        packet->buffer_room = packet->buffer_room * 2 + 4;
        packet->buffers = mem_grow(packet->buffers, packet->buffer_room, sizeof *packet->buffers);
    }
    if (packet->buffer_count >= UINT16_MAX || len > UINT32_MAX)
        len = 0;
    if (copy && len > 0)
        data = memcpy(packet_memory(packet, len), data, len);
    struct slice slice = { .at = data, .len = (uint32_t)len, .wire = (uint32_t)len,
                           .buffer = (uint16_t)packet->buffer_count };
    packet->buffers[packet->buffer_count] = (struct buffer){ kind, data, len };
    if (packet->buffer_count < UINT16_MAX)
        packet->buffer_count++;
    return slice;
}

struct layer *packet_push(struct packet *packet, enum protocol_id protocol, struct slice slice, size_t header)
{
    if (packet->layer_count == packet->layer_room) {
        packet->layer_room = packet->layer_room * 2 + 8;
        packet->layers = mem_grow(packet->layers, packet->layer_room, sizeof *packet->layers);
    }
    if (packet->layer_count < MOST_LAYERS)
        packet->layer_count++;
    packet->current = (uint16_t)(packet->layer_count - 1);
    packet->want = packet->wants->rows[protocol];
    struct layer *layer = &packet->layers[packet->current];
    *layer = (struct layer){ .protocol = (uint8_t)protocol, .buffer = slice.buffer, .offset = slice.offset,
                             .header = (uint32_t)header, .length = slice.len, .first_packet = packet->number };
    return layer;
}

void packet_select(struct packet *packet, size_t layer)
{
    packet->current = (uint16_t)layer;
    packet->want = packet->wants->rows[packet->layers[layer].protocol];
}

void packet_header(struct packet *packet, size_t header)
{
    packet->layers[packet->current].header = (uint32_t)header;
}

void packet_info(struct packet *packet, const char *format, ...)
{
    if (!packet->wants->info)
        return;
    va_list arguments;
    va_start(arguments, format);
    packet->layers[packet->current].info = format_text(packet, "", format, arguments);
    va_end(arguments);
}

void packet_info_add(struct packet *packet, const char *format, ...)
{
    if (!packet->wants->info)
        return;
    const char *before = packet->layers[packet->current].info;
    if (before == NULL)
        before = "";
    if (strlen(before) > 400)
        return;
    va_list arguments;
    va_start(arguments, format);
    packet->layers[packet->current].info = format_text(packet, before, format, arguments);
    va_end(arguments);
}

void packet_malformed(struct packet *packet, const char *reason)
{
    struct layer *layer = &packet->layers[packet->current];
    if (layer->error != NULL)
        return;
    layer->error = reason;
    packet->malformed++;
}

bool packet_need(struct packet *packet, struct slice slice, size_t size)
{
    if (slice.len >= size)
        return true;
    if (slice.wire > slice.len) {
        packet->layers[packet->current].cut = true;
        packet->cut = true;
    } else
        packet_malformed(packet, N_("The packet ends before this layer is complete."));
    return false;
}

void packet_decode(struct packet *packet, enum protocol_id protocol, struct slice slice)
{
    if (packet->nesting >= DEEPEST_NESTING || protocols[protocol]->decode == NULL)
        protocol = PROTOCOL_DATA;
    packet->nesting++;
    protocols[protocol]->decode(packet, slice);
    packet->nesting--;
}

void packet_begin(struct packet *packet)
{
    const struct record *record = packet->record;
    struct slice frame = packet_buffer(packet, BUFFER_FRAME, record->data, record->captured, false);
    if (record->length > frame.wire)
        frame.wire = record->length;
    packet_decode(packet, PROTOCOL_FRAME, frame);
}

void packet_finish(struct packet *packet)
{
    if (packet->rest != NULL)
        packet->rest(packet, packet->what);
    frame_finish(packet);
    packet->record = NULL;
    packet->flow = NULL;
}

struct field *packet_add_field(struct packet *packet, unsigned row, struct slice slice, size_t offset, size_t length)
{
    if (packet->field_count == packet->field_room) {
        packet->field_room = packet->field_room * 2 + 64;
        packet->fields = mem_grow(packet->fields, packet->field_room, sizeof *packet->fields);
    }
    if (packet->field_count < MOST_FIELDS)
        packet->field_count++;
    struct field *field = &packet->fields[packet->field_count - 1];
    if (offset > slice.len)
        offset = slice.len;
    if (length > slice.len - offset)
        length = slice.len - offset;
    field->protocol = packet->layers[packet->current].protocol;
    field->row = (uint16_t)row;
    field->layer = packet->current;
    field->buffer = slice.buffer;
    field->offset = slice.offset + (uint32_t)offset;
    field->length = (uint32_t)length;
    field->size = 0;
    return field;
}

void packet_add_bytes(struct packet *packet, unsigned row, struct slice slice, size_t offset, size_t length)
{
    struct field *field = packet_add_field(packet, row, slice, offset, length);
    field->value.bytes = slice.at + (offset < slice.len ? offset : slice.len);
    field->size = field->length;
}

void packet_add_text(struct packet *packet, unsigned row, struct slice slice, size_t offset, size_t length,
                     struct span text)
{
    struct field *field = packet_add_field(packet, row, slice, offset, length);
    char *copy = packet_memory(packet, text.len + 1);
    if (text.len > 0)
        memcpy(copy, text.at, text.len);
    field->value.text = copy;
    field->size = (uint32_t)text.len;
}

const struct layer *packet_layer(const struct packet *packet, enum protocol_id protocol)
{
    for (size_t i = packet->layer_count; i > 0; i--)
        if (packet->layers[i - 1].protocol == protocol)
            return &packet->layers[i - 1];
    return NULL;
}

const struct layer *packet_top(const struct packet *packet)
{
    size_t last = packet->layer_count;
    while (last > 1 && packet->layers[last - 1].protocol == PROTOCOL_DATA)
        last--;
    return last > 0 ? &packet->layers[last - 1] : NULL;
}

bool net_address_equal(const struct net_address *a, const struct net_address *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

int net_address_write(const struct net_address *address, struct buf *out)
{
    char text[INET6_ADDRSTRLEN];
    const uint8_t *b = address->bytes;
    switch (address->family) {
    case ADDRESS_IPV4:
        return buf_printf(out, "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
    case ADDRESS_IPV6:
        return buf_add_text(out, inet_ntop(AF_INET6, b, text, sizeof text));
    case ADDRESS_ETHER:
        return buf_printf(out, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
    case ADDRESS_NONE:
        break;
    }
    return 0;
}
