/*
 * Display filters: the text up to the first zero byte is one, the rest a frame
 * it is asked about. What compiles must have an answer in time, and the same
 * one twice.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/mem.h"
#include "visualizer/exchange.h"
#include "visualizer/filter.h"
#include "visualizer/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t letter[] = "\2\0\0\0\0\2\2\0\0\0\0\1\x08\0E\0\0.\0\0@\0@\6\0\0\xa\0\0\1\xa\0\0\2\4\0\0\x19"
                                "\0\0\0\1\0\0\0\1P\x18\xff\xff\0\0\0\0QUIT\r\n";

struct subject {
    struct filter *filter;
    struct exchange_list *list;
};

static void take(void *context, const struct packet *packet)
{
    struct subject *subject = context;
    exchange_packet(subject->list, packet);
    if (filter_matches_in(subject->filter, packet, subject->list) !=
        filter_matches_in(subject->filter, packet, subject->list))
        abort();
}

static int capture_of(const uint8_t *frame, uint32_t size)
{
    uint8_t head[24] = { 0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0 }, record[16] = { 0 };
    int file = memfd_create("capture", MFD_CLOEXEC);
    memset(head + 16, 0xff, 2);
    head[20] = 1;
    memcpy(record + 8, &size, 4);
    memcpy(record + 12, &size, 4);
    if (file < 0 || write(file, head, sizeof head) < 0 || write(file, record, sizeof record) < 0 ||
        write(file, frame, size) < 0)
        abort();
    return file;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = memchr(data, 0, size);
    char *text = span_copy((struct span){ (const char *)data, end != NULL ? (size_t)(end - data) : size });
    const uint8_t *frame = end != NULL && end + 1 < data + size ? end + 1 : letter;
    const uint32_t frame_size = (uint32_t)(frame == letter ? sizeof letter - 1 : (size_t)(data + size - frame));
    struct buf message;
    buf_init(&message, 4096);
    struct subject subject = { .filter = filter_compile(text, NULL, &message) };
    if ((subject.filter == NULL) != (message.len > 0))
        abort();
    for (size_t i = 0; i < message.len; i++)
        if ((unsigned char)message.data[i] < ' ' || message.data[i] == 0x7f)
            abort();
    if (subject.filter != NULL) {
        struct capture *capture = capture_open_descriptor(capture_of(frame, frame_size), "fuzz", &message);
        struct trace *trace = trace_of_capture(capture, NULL, &message);
        struct wants *wants = wants_new();
        subject.list = exchange_list_new(&(struct exchange_options){ .reveal = false });
        filter_wants(subject.filter, wants);
        exchange_wants(wants);
        trace_listen(trace, take, &subject, wants);
        trace_pass(trace, 0);
        exchange_list_free(subject.list);
        wants_free(wants);
        trace_free(trace);
    }
    filter_free(subject.filter);
    buf_free(&message);
    free(text);
    return 0;
}
