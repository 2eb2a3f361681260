/*
 * Whole capture files, whatever is in them: the pass over all packets, every
 * field written, the exchanges, and each packet once more out of order. The
 * second look at a packet must show the same layers as the first.
 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "visualizer/exchange.h"
#include "visualizer/trace.h"

enum { MOST_PACKETS = 200 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    struct exchange_list *list;
    size_t layers[MOST_PACKETS];
};

static void take(void *context, const struct packet *packet)
{
    struct seen *seen = context;
    struct buf text;
    buf_init(&text, 1 << 20);
    for (size_t i = 0; i < packet->field_count; i++) {
        const struct field *field = &packet->fields[i];
        if ((size_t)field->offset + field->length > packet->buffers[field->buffer].len)
            abort();
        field_write(field, &text);
        field_describe(field, &text);
        buf_clear(&text);
    }
    buf_free(&text);
    if (packet->number <= MOST_PACKETS)
        seen->layers[packet->number - 1] = packet->layer_count;
    exchange_packet(seen->list, packet);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int file = memfd_create("capture", MFD_CLOEXEC);
    struct buf error;
    buf_init(&error, 4096);
    if (file < 0 || write(file, data, size) != (ssize_t)size)
        abort();
    struct capture *capture = capture_open_descriptor(file, "fuzz", &error);
    struct trace *trace = capture != NULL ? trace_of_capture(capture, NULL, &error) : NULL;
    if (trace != NULL) {
        struct wants *wants = wants_new();
        struct seen seen = { .list = exchange_list_new(&(struct exchange_options){ 0 }) };
        wants_everything(wants);
        trace_listen(trace, take, &seen, wants);
        trace_pass(trace, 0);
        exchange_finish(seen.list);
        for (uint32_t number = (uint32_t)trace_passed(trace); number >= 1; number--) {
            const struct packet *packet = trace_packet(trace, number);
            if (packet == NULL || (number <= MOST_PACKETS && packet->layer_count != seen.layers[number - 1]))
                abort();
        }
        exchange_list_free(seen.list);
        wants_free(wants);
    }
    trace_free(trace);
    buf_free(&error);
    return 0;
}
