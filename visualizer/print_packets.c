/*
 * print_packets.c - one line for each packet: number, time, from, to, protocol,
 * length and what it says, like tshark's summary.
 */
#include "visualizer/face.h"

#include <string.h>

#include "io/i18n.h"
#include "io/text.h"

struct work {
    const struct print_options *options;
    FILE *out;
};

static void add_padded(struct buf *text, const struct net_address *address)
{
    size_t start = text->len;
    net_address_write(address, text);
    if (text->len == start)
        buf_add_text(text, "-");
    while (text->len < start + 15)
        buf_add_text(text, " ");
}

static void add_seconds(struct buf *text, int64_t time)
{
    uint64_t positive = time < 0 ? 0 - (uint64_t)time : (uint64_t)time;
    buf_printf(text, "%s%llu.%06llu", time < 0 ? "-" : "", (unsigned long long)(positive / 1000000000),
               (unsigned long long)(positive % 1000000000 / 1000));
}

static void add_info(struct buf *text, const struct packet *packet, const struct layer *top)
{
    /* Several units of one application in a packet share the line. */
    const char *between = "";
    for (size_t i = 0; i < packet->layer_count; i++) {
        const struct layer *layer = &packet->layers[i];
        if (layer->protocol != top->protocol || layer->info == NULL || (layer->stream == NULL && layer != top))
            continue;
        buf_add_text(text, between);
        text_safe(text, layer->info, strlen(layer->info));
        between = " | ";
    }
    for (size_t i = 0; i < packet->layer_count; i++)
        if (packet->layers[i].error != NULL)
            buf_printf(text, " [%s: %s]", protocols[packet->layers[i].protocol]->name, _(packet->layers[i].error));
    if (packet->cut)
        buf_printf(text, " [%s]", _("cut short by the capture"));
}

static void print_packet(void *context, const struct packet *packet)
{
    struct work *work = context;
    struct buf text;
    buf_init(&text, 1 << 16);
    const struct layer *top = packet_top(packet);
    buf_printf(&text, "%5u ", packet->number);
    add_seconds(&text, packet->time - packet->first_time);
    buf_add_text(&text, " ");
    add_padded(&text, &packet->from);
    buf_add_text(&text, " → ");
    add_padded(&text, &packet->to);
    buf_printf(&text, " %-8s %4zu ", protocols[top->protocol]->name, packet->buffers[0].len);
    if (packet->passes_on != 0)
        buf_printf(&text, "[packet %u passes on] ", packet->passes_on);
    add_info(&text, packet, top);
    buf_add_text(&text, "\n");
    fwrite(text.data, 1, text.len, work->out);
    buf_free(&text);
}

int print_packets(struct trace *trace, const struct print_options *options, FILE *out, struct buf *error)
{
    (void)error;
    struct work work = { options, out };
    struct wants *wants = wants_new();
    wants->info = true;
    face_pass(trace, options->selection, print_packet, &work, wants);
    wants_free(wants);
    return 0;
}
