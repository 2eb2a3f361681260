#include "visualizer/secret.h"

#include <stdio.h>
#include <string.h>

#include "visualizer/mail_stream.h"
#include "visualizer/pdu_stream.h"

static const struct mail_detail *detail_of(const struct layer *layer)
{
    bool mail = layer->protocol == PROTOCOL_SMTP || layer->protocol == PROTOCOL_POP || layer->protocol == PROTOCOL_IMAP;
    return mail ? layer->detail : NULL;
}

static const struct watch_event *secret_event(const struct layer *layer)
{
    const struct mail_detail *detail = detail_of(layer);
    for (size_t i = 0; detail != NULL && i < detail->event_count; i++)
        if (detail->events[i].secret)
            return &detail->events[i];
    return NULL;
}

const char *secret_masked(const struct layer *layer)
{
    const struct pdu_detail *detail = layer->detail;
    bool line = layer->protocol == PROTOCOL_HTTP || layer->protocol == PROTOCOL_FTP;
    return line && detail != NULL ? detail->masked : NULL;
}

bool secret_layer(const struct layer *layer)
{
    return secret_event(layer) != NULL || secret_masked(layer) != NULL;
}

bool secret_bytes(const struct packet *packet, uint16_t buffer, uint32_t offset, uint32_t length)
{
    for (size_t i = 0; i < packet->layer_count; i++) {
        const struct layer *layer = &packet->layers[i];
        if (layer->buffer == buffer && offset < layer->offset + layer->length && layer->offset < offset + length &&
            secret_layer(layer))
            return true;
    }
    return false;
}

void secret_mask(const struct watch_event *event, struct buf *out)
{
    if (event->tag.len > 0) {
        buf_add_span(out, event->tag);
        buf_add_text(out, " ");
    }
    if (event->kind == WATCH_COMMAND && event->word != NULL)
        buf_printf(out, "%s ", event->word->name);
    buf_add_text(out, SECRET_DOTS);
}

const char *secret_info(const struct layer *layer, bool reveal, char *out, size_t size)
{
    const struct watch_event *event = reveal ? NULL : secret_event(layer);
    if (!reveal && secret_masked(layer) != NULL)
        return secret_masked(layer);
    if (event == NULL || layer->info == NULL)
        return layer->info;
    struct buf line;
    buf_init(&line, 4096);
    secret_mask(event, &line);
    snprintf(out, size, "%s", buf_text(&line));
    buf_free(&line);
    return out;
}
