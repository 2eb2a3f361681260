/*
 * print_layers.c - the stack of each packet, outermost first, with the layer
 * number of the OSI model and the layer name of the TCP/IP model at which each
 * protocol lives, and how many bytes it takes.
 */
#include "visualizer/face.h"

#include <string.h>

#include "io/i18n.h"
#include "io/text.h"

struct work {
    const struct print_options *options;
    FILE *out;
};

static void add_layer(struct buf *text, const struct packet *packet, const struct layer *layer)
{
    const struct protocol *protocol = protocols[layer->protocol];
    const struct model_layer *osi = layers_osi(protocol->osi), *tcpip = layers_tcpip((int)protocol->tcpip);
    buf_printf(text, "  %d %-12s %-14s %-12s", protocol->osi, _(osi->name), _(tcpip->name), protocol->name);
    if (layer->protocol == PROTOCOL_FRAME)
        buf_printf(text, " %6zu  ", packet->buffers[0].len);
    else
        buf_printf(text, " %6u  ", layer->header);
    if (layer->info != NULL)
        text_safe(text, layer->info, strlen(layer->info));
    if (layer->first_packet != packet->number)
        buf_printf(text, _(" (begun in packet %u)"), layer->first_packet);
    if (layer->error != NULL)
        buf_printf(text, " [%s]", _(layer->error));
    if (layer->cut)
        buf_printf(text, " [%s]", _("cut short by the capture"));
    buf_add_text(text, "\n");
}

static void print_packet(void *context, const struct packet *packet)
{
    struct work *work = context;
    struct buf text;
    buf_init(&text, 1 << 24);
    buf_printf(&text, _("packet %u"), packet->number);
    buf_add_text(&text, "\n");
    for (size_t i = 0; i < packet->layer_count; i++)
        add_layer(&text, packet, &packet->layers[i]);
    fwrite(text.data, 1, text.len, work->out);
    buf_free(&text);
}

int print_layers(struct trace *trace, const struct print_options *options, FILE *out, struct buf *error)
{
    (void)error;
    struct work work = { options, out };
    struct wants *wants = wants_new();
    wants->info = true;
    face_pass(trace, options->selection, print_packet, &work, wants);
    wants_free(wants);
    return 0;
}
