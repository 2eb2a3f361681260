#include "visualizer/shares.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "visualizer/packet.h"

enum { EXCHANGES_MAX = 64 };

struct work {
    struct exchange_list *list;
    struct selection *selection;
    struct share_frame *frames;
    size_t count, room;
};

static void count_layer(const struct packet *packet, size_t index, struct share_frame *frame)
{
    const struct layer *layer = &packet->layers[index];
    const struct protocol *protocol = protocols[layer->protocol];
    if (layer->protocol == PROTOCOL_TLS)
        frame->tls = true;
    if (layer->buffer != 0 || layer->protocol == PROTOCOL_FRAME || protocol->osi > 4)
        return;
    /* Innermost, and not a carrier of bytes that nobody decodes: ARP and ICMP are theirs altogether. */
    const bool whole = index + 1 == packet->layer_count && protocol->osi < 4;
    frame->headers[protocol->osi] += whole ? layer->length : layer->header;
}

void shares_look(const struct packet *packet, struct share_frame *frame)
{
    *frame = (struct share_frame){ .length = (uint32_t)packet->buffers[0].len };
    for (size_t i = 0; i < packet->layer_count; i++)
        count_layer(packet, i, frame);
    for (size_t i = 1; i < packet->buffer_count; i++)
        if (packet->buffers[i].kind == BUFFER_PLAINTEXT)
            frame->deciphered += (uint32_t)packet->buffers[i].len;
}

static void take(void *context, const struct packet *packet)
{
    struct work *work = context;
    exchange_packet(work->list, packet);
    selection_packet(work->selection, packet);
    if (work->count == work->room) {
        work->room = work->room > 0 ? 2 * work->room : 1024;
        work->frames = mem_grow(work->frames, work->room, sizeof *work->frames);
    }
    shares_look(packet, &work->frames[work->count++]);
}

/* Is the frame in an exchange of the range? Whether one of them is TLS, or inside it, goes to tls. */
static bool wanted(const struct work *work, size_t index, const struct exchange_range *range, bool *tls)
{
    const struct exchange *exchanges[EXCHANGES_MAX];
    size_t count = exchange_of_packet(work->list, (uint32_t)index + 1, exchanges, EXCHANGES_MAX);
    bool in = range->first == 0;
    for (size_t i = 0; i < count && i < EXCHANGES_MAX; i++) {
        in = in || exchange_in_range(range, exchanges[i]);
        *tls = *tls || exchanges[i]->enciphered || exchanges[i]->row->osi == 6;
    }
    return in;
}

void shares_add(const struct share_frame *frame, bool tls, struct shares *shares)
{
    uint32_t rest = frame->length;
    for (int osi = 1; osi <= 4; osi++) {
        const uint32_t header = frame->headers[osi] < rest ? frame->headers[osi] : rest;
        shares->bytes[osi] += header;
        rest -= header;
    }
    const uint32_t seven = !tls ? rest : frame->deciphered < rest ? frame->deciphered : rest;
    shares->bytes[7] += seven;
    shares->bytes[6] += rest - seven;
    shares->total += frame->length;
    shares->packets++;
}

void shares_count(struct trace *trace, const struct exchange_range *range, struct selection *selection,
                  struct shares *shares)
{
    const struct exchange_options how = { .reveal = false };
    struct work work = { .list = exchange_list_new(&how), .selection = selection };
    struct wants *wants = wants_new();
    *shares = (struct shares){ .total = 0 };
    exchange_wants(wants);
    selection_wants(selection, wants);
    face_pass(trace, NULL, take, &work, wants);
    exchange_finish(work.list);
    for (size_t i = 0; i < work.count; i++) {
        bool tls = work.frames[i].tls;
        if (wanted(&work, i, range, &tls) && selection_has(selection, (uint32_t)i + 1))
            shares_add(&work.frames[i], tls, shares);
    }
    wants_free(wants);
    exchange_list_free(work.list);
    free(work.frames);
}
