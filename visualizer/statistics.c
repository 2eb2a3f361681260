#include "visualizer/statistics.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "visualizer/packet.h"
#include "visualizer/tcp.h"

#define FIRST_WIDTH 1000000     /* nanoseconds */
#define STREAMS_MAX (1u << 24)

struct statistics *statistics_new(void)
{
    struct statistics *statistics = mem_alloc(sizeof *statistics);
    *statistics = (struct statistics){ .width = FIRST_WIDTH };
    return statistics;
}

void statistics_free(struct statistics *statistics)
{
    if (statistics != NULL)
        free(statistics->tls);
    free(statistics);
}

/* --- round trips ------------------------------------------------------------- */

static void trip_add(struct trips *trips, int64_t took)
{
    int octave = 0;
    if (took < 0)
        return; /* clocks of two interfaces */
    while (octave + 1 < TRIP_OCTAVES && took >> (octave + 1) != 0)
        octave++;
    const int64_t above = took - ((int64_t)1 << octave);
    const int64_t part = above < 0 ? 0 : above * TRIP_PARTS >> octave;
    trips->classes[octave * TRIP_PARTS + (part < TRIP_PARTS ? part : TRIP_PARTS - 1)]++;
    if (trips->count++ == 0 || took < trips->least)
        trips->least = took;
    if (took > trips->most)
        trips->most = took;
}

int64_t trips_median(const struct trips *trips)
{
    size_t seen = 0;
    for (int i = 0; i < TRIP_OCTAVES * TRIP_PARTS; i++) {
        seen += trips->classes[i];
        if (2 * seen < trips->count || seen == 0)
            continue;
        const int64_t base = (int64_t)1 << (i / TRIP_PARTS);
        const int64_t middle = base + base * (2 * (i % TRIP_PARTS) + 1) / (2 * TRIP_PARTS);
        return middle < trips->least ? trips->least : middle > trips->most ? trips->most : middle;
    }
    return 0;
}

/* --- packets ----------------------------------------------------------------- */

static void widen(struct statistics *statistics)
{
    for (size_t i = 0; i < STATISTICS_SLOTS / 2; i++) {
        statistics->packets[i] = statistics->packets[2 * i] + statistics->packets[2 * i + 1];
        statistics->bytes[i] = statistics->bytes[2 * i] + statistics->bytes[2 * i + 1];
    }
    const size_t half = STATISTICS_SLOTS / 2;
    memset(statistics->packets + half, 0, half * sizeof *statistics->packets);
    memset(statistics->bytes + half, 0, half * sizeof *statistics->bytes);
    statistics->slots = (statistics->slots + 1) / 2;
    statistics->width *= 2;
}

/* A clock that went back counts at the beginning, one that is absurd at the end. */
static void count_time(struct statistics *statistics, int64_t time, uint32_t length)
{
    if (statistics->shares.packets == 1)
        statistics->start = time;
    const int64_t since = time > statistics->start ? time - statistics->start : 0;
    while (since / statistics->width >= STATISTICS_SLOTS && statistics->width <= INT64_MAX / 4)
        widen(statistics);
    size_t slot = (size_t)(since / statistics->width);
    slot = slot < STATISTICS_SLOTS ? slot : STATISTICS_SLOTS - 1;
    statistics->packets[slot]++;
    statistics->bytes[slot] += length;
    if (slot >= statistics->slots)
        statistics->slots = slot + 1;
}

/* Has its connection gone over to TLS? A record may end in a later packet than this one. */
static bool is_tls(struct statistics *statistics, uint32_t stream, bool record)
{
    if (record && stream >= statistics->streams && stream < STREAMS_MAX) {
        const size_t room = 2 * (size_t)stream + 64;
        statistics->tls = mem_grow(statistics->tls, room, 1);
        memset(statistics->tls + statistics->streams, 0, room - statistics->streams);
        statistics->streams = room;
    }
    if (record && stream < statistics->streams)
        statistics->tls[stream] = 1;
    return record || (stream < statistics->streams && statistics->tls[stream] != 0);
}

void statistics_packet(void *context, const struct packet *packet)
{
    struct statistics *statistics = context;
    const struct tcp_detail *tcp = NULL;
    struct share_frame frame;
    shares_look(packet, &frame);
    for (size_t i = 0; i < packet->layer_count && tcp == NULL; i++)
        if (packet->layers[i].protocol == PROTOCOL_TCP)
            tcp = packet->layers[i].detail;
    shares_add(&frame, tcp != NULL ? is_tls(statistics, tcp->stream, frame.tls) : frame.tls, &statistics->shares);
    count_time(statistics, packet->time, frame.length);
    if (tcp != NULL && tcp->acknowledges != 0 && tcp->acknowledges < packet->number)
        trip_add(&statistics->trips[TRIP_TCP], packet->time - capture_time(packet->capture, tcp->acknowledges));
}

/* --- exchanges --------------------------------------------------------------- */

static void count_protocol(struct statistics *statistics, const struct exchange *exchange)
{
    size_t i = 0;
    while (i < statistics->protocol_count && strcmp(statistics->protocols[i].name, exchange->protocol) != 0)
        i++;
    if (i == STATISTICS_PROTOCOLS)
        return;
    if (i == statistics->protocol_count) {
        statistics->protocols[i].name = exchange->protocol;
        statistics->protocols[i].osi = exchange->row->osi;
        statistics->protocols[i].count = 0;
        statistics->protocol_count++;
    }
    statistics->protocols[i].count++;
}

/* From the last thing that was asked before the first answer, to that. */
static void count_reply(struct statistics *statistics, const struct exchange *exchange, struct capture *capture)
{
    static const struct { const char *name; enum trip_kind kind; } kinds[] = {
        { "SMTP", TRIP_SMTP }, { "POP3", TRIP_POP }, { "POP", TRIP_POP }, { "IMAP", TRIP_IMAP },
    };
    size_t kind = 0;
    uint32_t asked = 0, answered = 0;
    while (kind < sizeof kinds / sizeof kinds[0] && strcmp(kinds[kind].name, exchange->protocol) != 0)
        kind++;
    if (kind == sizeof kinds / sizeof kinds[0] || exchange->backward_begin)
        return;
    for (size_t i = 0; i < exchange->step_count && answered == 0; i++) {
        const struct exchange_step *step = &exchange->steps[i];
        if (step->kind != STEP_ACK && !step->backward)
            asked = step->packet;
        else if (step->kind != STEP_ACK && asked != 0)
            answered = step->packet;
    }
    if (answered != 0)
        trip_add(&statistics->trips[kinds[kind].kind],
                 capture_time(capture, answered) - capture_time(capture, asked));
}

void statistics_exchanges(struct statistics *statistics, const struct exchange_list *list, struct capture *capture,
                          bool finished)
{
    const size_t count = exchange_count(list);
    if (statistics->complete || (!finished && count < statistics->counted + statistics->counted / 4 + 1))
        return;
    statistics->counted = count;
    statistics->complete = finished;
    statistics->protocol_count = 0;
    memset(&statistics->trips[TRIP_SMTP], 0, (TRIP_KINDS - TRIP_SMTP) * sizeof statistics->trips[0]);
    for (size_t i = 0; i < count; i++) {
        count_protocol(statistics, exchange_at(list, i));
        count_reply(statistics, exchange_at(list, i), capture);
    }
}
