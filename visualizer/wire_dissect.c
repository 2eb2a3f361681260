#include "wire_dissect.h"

#include "core/mem.h"
#include "visualizer/capture.h"
#include "visualizer/exchange.h"
#include "visualizer/flow.h"
#include "visualizer/packet.h"
#include "visualizer/tls_keys.h"

#include <stdlib.h>

struct wire_dissect {
    struct tls_keys *keys;
    struct wants *wants;
    struct packet *packet, *alone;
    struct pass *pass;              /* NULL until the first frame */
    struct exchange_list *list;
    uint64_t frames;
    int64_t first, previous;
};

struct wire_dissect *wire_dissect_new(void)
{
    struct wire_dissect *dissect = mem_alloc(sizeof *dissect);
    dissect->keys = tls_keys_new();
    dissect->wants = wants_new();
    wants_everything(dissect->wants);
    dissect->wants->info = false;
    dissect->packet = packet_new();
    dissect->alone = packet_new();
    return dissect;
}

static void forget(struct wire_dissect *dissect)
{
    if (dissect->pass != NULL)
        pass_free(dissect->pass);
    exchange_list_free(dissect->list);
    dissect->pass = NULL;
    dissect->list = NULL;
    dissect->frames = 0;
}

void wire_dissect_free(struct wire_dissect *dissect)
{
    if (dissect == NULL)
        return;
    forget(dissect);
    packet_free(dissect->packet);
    packet_free(dissect->alone);
    wants_free(dissect->wants);
    tls_keys_free(dissect->keys);
    free(dissect);
}

void wire_dissect_keys(struct wire_dissect *dissect, struct span lines)
{
    tls_keys_add(dissect->keys, lines);
}

static void decode(struct wire_dissect *dissect, struct packet *packet, struct pass *pass, const struct record *record,
                   uint64_t number)
{
    packet_reset(packet);
    packet->number = (uint32_t)number;
    packet->time = record->time;
    packet->first_time = dissect->first;
    packet->previous_time = dissect->previous;
    packet->record = record;
    packet->pass = pass;
    packet->wants = dissect->wants;
    pass->packet_flow = FLOW_NONE;
    pass->fragment_count = 0;
    packet_begin(packet);
    packet_finish(packet);
}

static struct record record_of(unsigned port, const uint8_t *data, size_t length, int64_t time)
{
    return (struct record){ .data = data, .captured = (uint32_t)length, .length = (uint32_t)length, .time = time,
                            .interface = port, .link = LINK_ETHERNET };
}

const struct packet *wire_dissect_frame(struct wire_dissect *dissect, unsigned port, const uint8_t *data, size_t length,
                                        uint64_t number, int64_t time)
{
    const struct record record = record_of(port, data, length, time);
    if (dissect->frames == DISSECT_MOST)
        forget(dissect);
    if (dissect->pass == NULL) {
        dissect->pass = pass_new(dissect->keys);
        dissect->list = exchange_list_new(&(struct exchange_options){ .reveal = false });
        dissect->first = dissect->previous = time;
    }
    decode(dissect, dissect->packet, dissect->pass, &record, number);
    exchange_packet(dissect->list, dissect->packet);
    dissect->previous = time;
    dissect->frames++;
    return dissect->packet;
}

const struct exchange_list *wire_dissect_exchanges(const struct wire_dissect *dissect)
{
    return dissect->list;
}

bool wire_dissect_begins(const struct wire_dissect *dissect)
{
    enum { MOST = 16 };
    const struct exchange *exchanges[MOST];
    const uint32_t number = dissect->packet->number;
    size_t count = dissect->list != NULL ? exchange_of_packet(dissect->list, number, exchanges, MOST) : 0;
    for (size_t i = 0; i < count && i < MOST; i++)
        if (exchanges[i]->first == number)
            return true;
    return false;
}

const struct packet *wire_dissect_alone(struct wire_dissect *dissect, const uint8_t *data, size_t length,
                                        uint64_t number)
{
    const struct record record = record_of(0, data, length, dissect->previous);
    struct pass *pass = pass_new(dissect->keys);
    decode(dissect, dissect->alone, pass, &record, number);
    pass_free(pass);
    dissect->alone->pass = NULL;
    return dissect->alone;
}
