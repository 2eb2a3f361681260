/*
 * consequence.c - collects the faults and what came after them; the verdicts
 * are in consequence_tcp.c and consequence_other.c.
 */
#include "visualizer/consequence.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "io/text.h"
#include "visualizer/checksum.h"
#include "visualizer/consequence_build.h"
#include "visualizer/tcp.h"

enum { MOST_STORIES = 10000, MOST_MOMENTS = 1 << 24, MOST_REFUSALS = 1000, FRAME_MOST = 1 << 16 };

static const char *const sum_fields[] = { "ip.checksum.status", "tcp.checksum.status", "udp.checksum.status",
                                          "icmp.checksum.status", "icmpv6.checksum.status" };

struct consequences *consequences_new(const struct exchange_list *list, const struct trace *trace)
{
    struct consequences *all = mem_alloc(sizeof *all);
    all->list = list;
    all->trace = trace;
    fields_find("frame.comment", &all->comment, 1);
    fields_find("frame.interface_name", &all->interface, 1);
    for (size_t i = 0; i < sizeof sum_fields / sizeof sum_fields[0]; i++)
        fields_find(sum_fields[i], &all->sums[i], 1);
    return all;
}

void consequences_wants(struct wants *wants)
{
    wants_add(wants, "frame.comment");
    wants_add(wants, "frame.interface_name");
    for (size_t i = 0; i < sizeof sum_fields / sizeof sum_fields[0]; i++)
        wants_add(wants, sum_fields[i]);
}

static void free_told(struct told *told)
{
    for (size_t i = 0; i < told->story.deed_count; i++)
        free(told->story.deeds[i].text);
    for (size_t i = 0; i < told->story.count; i++)
        free(told->story.list[i].detail);
    free(told->story.list);
    free(told->story.what);
    free(told);
}

void consequences_free(struct consequences *all)
{
    if (all == NULL)
        return;
    struct way *way, *next;
    HASH_ITER(hh, all->ways, way, next) {
        HASH_DEL(all->ways, way);
        free(way);
    }
    for (size_t i = 0; i < all->count; i++)
        free_told(all->all[i]);
    for (size_t i = 0; i < all->name_count; i++)
        free(all->names[i]);
    free(all->all);
    free(all->names);
    free(all->moments);
    free(all->refusals);
    free(all);
}

/* --- names ---------------------------------------------------------------------------- */

/* The same text is kept once. */
static const char *keep_name(struct consequences *all, const char *text, size_t size)
{
    for (size_t i = 0; i < all->name_count; i++)
        if (strlen(all->names[i]) == size && memcmp(all->names[i], text, size) == 0)
            return all->names[i];
    all->names = mem_grow(all->names, all->name_count + 1, sizeof *all->names);
    return all->names[all->name_count++] = text_safe_copy((struct span){ text, size });
}

const char *consequence_name(struct consequences *all, const struct net_address *address)
{
    struct buf text;
    const char *known = trace_name(all->trace, address);
    if (known != NULL)
        return keep_name(all, known, strlen(known));
    buf_init(&text, 128);
    if (net_address_write(address, &text) != 0 || text.len == 0)
        buf_add_text(&text, "?");
    const char *name = keep_name(all, buf_text(&text), text.len);
    buf_free(&text);
    return name;
}

static const struct field *find(const struct packet *packet, const struct field_place *place)
{
    for (size_t i = 0; i < packet->field_count; i++)
        if (packet->fields[i].protocol == place->protocol && packet->fields[i].row == place->row)
            return &packet->fields[i];
    return NULL;
}

/* Whose cable it was recorded on: ports are called after their hosts, a host's second one gate.1. */
static const char *cable_of(struct consequences *all, const struct packet *packet)
{
    const struct field *name = find(packet, &all->interface);
    if (name == NULL)
        return "?";
    const char *dot = memchr(name->value.text, '.', name->size);
    return keep_name(all, name->value.text, dot != NULL ? (size_t)(dot - name->value.text) : name->size);
}

/* --- what every packet tells ------------------------------------------------------------- */

static struct way *way_of(struct consequences *all, const struct wire_view *view, bool *backward, bool make)
{
    struct ends ends = { .family = (uint32_t)view->addresses_length };
    const size_t size = view->addresses_length / 2;
    int order = memcmp(view->addresses, view->addresses + size, size);
    if (order == 0)
        order = view->from_port < view->to_port ? -1 : 1;
    *backward = order > 0;
    memcpy(ends.address[*backward], view->addresses, size);
    memcpy(ends.address[!*backward], view->addresses + size, size);
    ends.port[*backward] = view->from_port;
    ends.port[!*backward] = view->to_port;
    struct way *way = NULL;
    HASH_FIND(hh, all->ways, &ends, sizeof ends, way);
    if (way == NULL && make) {
        way = mem_alloc(sizeof *way);
        way->ends = ends;
        HASH_ADD(hh, all->ways, ends, sizeof way->ends, way);
    }
    return way;
}

static uint32_t length_of(const struct wire_view *view)
{
    return (uint32_t)view->payload_length + ((view->flags & WIRE_SYN) != 0) + ((view->flags & WIRE_FIN) != 0);
}

/* What the first block of the SACK option reports: bytes that came early, or twice (RFC 2018 §4, RFC 2883 §4). */
static void read_sack(const struct packet *packet, const struct layer *layer, struct moment *moment)
{
    const struct buffer *buffer = &packet->buffers[layer->buffer];
    struct tcp_options options = { .scale = 0 };
    if (layer->header <= 20 || layer->offset + layer->header > buffer->len)
        return;
    const struct slice slice = { .at = buffer->data + layer->offset + 20, .len = layer->header - 20,
                                 .wire = layer->header - 20, .buffer = layer->buffer };
    tcp_options_read(slice, &options);
    if (options.sack_count == 0)
        return;
    moment->sack_left = options.sack_left[0];
    moment->sack_right = options.sack_right[0];
}

static void keep_moment(struct consequences *all, const struct packet *packet, const struct wire_view *view,
                        const struct wire_note *note)
{
    bool backward;
    if (view->protocol != 6 || view->addresses == NULL || all->moment_count == MOST_MOMENTS)
        return;
    struct way *way = way_of(all, view, &backward, true);
    const struct layer *layer = packet_layer(packet, PROTOCOL_TCP);
    const struct tcp_detail *tcp = layer != NULL ? layer->detail : NULL;
    if (all->moment_count == all->moment_room) {
        all->moment_room = all->moment_room * 2 + 256;
        all->moments = mem_grow(all->moments, all->moment_room, sizeof *all->moments);
    }
    all->moments[all->moment_count++] = (struct moment){
        .time = packet->time, .packet = packet->number, .sequence = view->sequence, .flags = view->flags,
        .acknowledgement = view->acknowledgement, .length = length_of(view), .backward = backward,
        .notes = tcp != NULL ? tcp->notes : 0, .repeats_held = note != NULL && note->deed == WIRE_DEED_AGAIN,
    };
    if (layer != NULL)
        read_sack(packet, layer, &all->moments[all->moment_count - 1]);
    const uint32_t here = (uint32_t)all->moment_count;
    if (way->last != 0)
        all->moments[way->last - 1].next = here;
    else
        way->first = here;
    way->last = here;
}

/* Behind the ICMP header stands the packet that the error is about. */
static void keep_refusal(struct consequences *all, const struct packet *packet)
{
    bool icmp = false, quotes = false;
    for (size_t i = 0; i < packet->layer_count; i++) {
        const unsigned protocol = packet->layers[i].protocol;
        quotes |= icmp && (protocol == PROTOCOL_IPV4 || protocol == PROTOCOL_IPV6);
        icmp |= protocol == PROTOCOL_ICMPV4 || protocol == PROTOCOL_ICMPV6;
    }
    if (!quotes || all->refusal_count == MOST_REFUSALS)
        return;
    all->refusals = mem_grow(all->refusals, all->refusal_count + 1, sizeof *all->refusals);
    all->refusals[all->refusal_count++] = (struct refusal){
        packet->number, packet->time, consequence_name(all, &packet->from), packet->quoted_from, packet->quoted_to };
}

/* --- stories -------------------------------------------------------------------------------- */

static void add_deed(struct told *told, const struct wire_note *note, int64_t at)
{
    struct consequence_story *story = &told->story;
    if (story->deed_count == CONSEQUENCE_DEEDS)
        return;
    story->deeds[story->deed_count++] = (struct consequence_deed){
        note->deed, note->fault, at, note->duration,
        text_safe_copy(note->fault != 0 ? note->text : (struct span){ "", 0 }) };
    told->lost |= note->deed == WIRE_DEED_DROP;
    told->twice |= note->deed == WIRE_DEED_DUPLICATE;
    told->changed |= note->deed == WIRE_DEED_CORRUPT || note->deed == WIRE_DEED_CHANGE
        || note->deed == WIRE_DEED_REWRITE;
    const bool kept = note->deed == WIRE_DEED_HOLD || note->deed == WIRE_DEED_REORDER
        || note->deed == WIRE_DEED_DELAY || note->deed == WIRE_DEED_LIMIT;
    told->late |= kept;
    if (note->deed == WIRE_DEED_DELAY)
        story->kept = at - story->time + note->duration;
    else if (kept)
        story->went_on = false;     /* until a note tells that it did */
}

static struct told *story_of(const struct consequences *all, uint64_t number)
{
    for (size_t i = all->count; i > 0; i--)
        if (all->all[i - 1]->number == number)
            return all->all[i - 1];
    return NULL;
}

static struct net_address address_at(const uint8_t *bytes, size_t size)
{
    struct net_address address = { .family = size == 4 ? ADDRESS_IPV4 : size == 16 ? ADDRESS_IPV6 : ADDRESS_NONE };
    memcpy(address.bytes, bytes, size);
    return address;
}

static char *segment_words(const struct told *told)
{
    struct buf text;
    buf_init(&text, 256);
    if (told->flags & (WIRE_SYN | WIRE_FIN | WIRE_RST))
        buf_printf(&text, "%s%s%s%s", told->flags & WIRE_SYN ? "SYN" : "", told->flags & WIRE_FIN ? "FIN" : "",
                   told->flags & WIRE_RST ? "RST" : "", told->flags & WIRE_SYN && told->flags & WIRE_ACK ? "-ACK" : "");
    else if (told->length == 0)
        buf_add_text(&text, "ACK");
    char *words = mem_text(buf_text(&text));
    buf_free(&text);
    return words;
}

/* Who and what it was, as the host sent it: with the bit flipped back that the wire had flipped. */
static void describe(struct consequences *all, struct told *told, const struct packet *packet,
                     const struct wire_view *view)
{
    struct consequence_story *story = &told->story;
    const struct layer *top = packet_top(packet);
    story->from = cable_of(all, packet);
    story->to = "?";
    story->protocol = top != NULL ? protocols[top->protocol]->name : "?";
    story->what = mem_text("");
    if (view->addresses == NULL)
        return;
    const size_t size = view->addresses_length / 2;
    told->from = address_at(view->addresses, size);
    told->to = address_at(view->addresses + size, size);
    told->protocol = view->protocol;
    story->from = consequence_name(all, &told->from);
    story->to = consequence_name(all, &told->to);
    if (view->protocol == 6 || view->protocol == 17)
        story->bytes = (uint32_t)view->payload_length;
    if (view->protocol != 6)
        return;
    told->tcp = true;
    told->sequence = view->sequence;
    told->acknowledgement = view->acknowledgement;
    told->length = length_of(view);
    told->flags = view->flags;
    told->way = way_of(all, view, &told->backward, true);
    story->protocol = "TCP";
    free(story->what);
    story->what = segment_words(told);
}

static const char *wrong_sum(const struct consequences *all, const struct packet *packet)
{
    static const char *const names[] = { "IPv4", "TCP", "UDP", "ICMP", "ICMPv6" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct field *status = find(packet, &all->sums[i]);
        if (status != NULL && status->value.number == CHECKSUM_BAD)
            return names[i];
    }
    return NULL;
}

static void begin_story(struct consequences *all, const struct packet *packet, const struct wire_note *note)
{
    const struct buffer *frame = &packet->buffers[0];
    if (all->count == MOST_STORIES || frame->len > FRAME_MOST) {
        all->more++;
        return;
    }
    struct told *told = mem_alloc(sizeof *told);
    uint8_t *bytes = (uint8_t *)mem_copy(frame->data, frame->len);
    if (note->deed == WIRE_DEED_CORRUPT && note->byte < frame->len)
        bytes[note->byte] ^= (uint8_t)(1u << note->bit);
    const struct wire_view view = wire_view_of(bytes, frame->len);
    told->story = (struct consequence_story){ .packet = packet->number, .time = packet->time, .struck = 1,
                                              .went_on = true };
    told->number = packet->number;
    told->wrong = wrong_sum(all, packet);
    describe(all, told, packet, &view);
    free(bytes);
    add_deed(told, note, packet->time);
    if ((all->count & (all->count - 1)) == 0)
        all->all = mem_grow(all->all, all->count ? all->count * 2 : 1, sizeof *all->all);
    all->all[all->count++] = told;
}

/* A line that is slow strikes every packet: one story tells of all. */
static bool same_limit(struct consequences *all, const struct wire_note *note)
{
    for (size_t i = all->count; note->deed == WIRE_DEED_LIMIT && i > 0; i--) {
        struct consequence_story *story = &all->all[i - 1]->story;
        if (story->deeds[0].deed == WIRE_DEED_LIMIT && story->deeds[0].fault == note->fault) {
            story->struck++;
            return true;
        }
    }
    return false;
}

static void take_note(struct consequences *all, const struct packet *packet, const struct wire_note *note)
{
    struct told *told;
    if (note->deed == WIRE_DEED_CHANGE) {
        told = story_of(all, note->of);
        if (told != NULL) {
            told->number = packet->number;
            told->wrong = wrong_sum(all, packet);
            add_deed(told, note, packet->time);
            told->story.went_on = false;
        }
    } else if (note->deed != WIRE_DEED_AGAIN && note->deed != WIRE_DEED_RELEASE && !same_limit(all, note)) {
        begin_story(all, packet, note);
    }
}

void consequences_packet(struct consequences *all, const struct packet *packet)
{
    struct wire_note note;
    const struct field *comment = find(packet, &all->comment);
    const bool noted = comment != NULL
        && wire_note_read((struct span){ comment->value.text, comment->size }, &note);
    all->last_time = packet->time;
    if (noted)
        take_note(all, packet, &note);
    if (all->count == 0)
        return;
    if (packet->passes_on != 0) {
        struct told *told = story_of(all, packet->passes_on);
        if (told != NULL && told->passed_on == 0 && told->number != packet->number) {
            told->passed_on = packet->number;
            told->router = cable_of(all, packet);
        }
        return;
    }
    if (packet->layer_count > 1 && packet->layers[1].protocol == PROTOCOL_ETHERNET) {
        const struct wire_view view = wire_view_of(packet->buffers[0].data, packet->buffers[0].len);
        keep_moment(all, packet, &view, noted ? &note : NULL);
    }
    keep_refusal(all, packet);
}

/* --- the end ------------------------------------------------------------------------------- */

struct consequence *consequence_add(struct told *told, enum consequence_kind kind, const char *host,
                                    const char *protocol, enum layer_id row)
{
    struct consequence_story *story = &told->story;
    story->list = mem_grow(story->list, story->count + 1, sizeof *story->list);
    struct consequence *consequence = &story->list[story->count++];
    *consequence = (struct consequence){ .kind = kind, .host = host, .protocol = protocol, .row = layers_row(row),
                                         .count = 1 };
    return consequence;
}

void consequence_when(struct consequence *consequence, const struct told *told, uint32_t packet, int64_t time)
{
    consequence->packet = packet;
    consequence->after = time - told->story.time;
}

/* What was done later to packets that were kept. */
static void later_deeds(struct consequences *all)
{
    const struct wire_note *notes;
    const size_t count = trace_wire_notes(all->trace, &notes);
    for (size_t i = 0; i < count; i++) {
        struct told *told = story_of(all, notes[i].of);
        if (told == NULL)
            continue;
        if (notes[i].deed != WIRE_DEED_RELEASE) {
            add_deed(told, &notes[i], notes[i].at);
            if (notes[i].deed == WIRE_DEED_DELAY)
                told->story.went_on = true;
        }
        if (notes[i].deed == WIRE_DEED_RELEASE || notes[i].deed == WIRE_DEED_DROP) {
            told->story.went_on = notes[i].deed == WIRE_DEED_RELEASE;
            told->story.kept = notes[i].at - told->story.time;
        }
    }
}

static void settle(const struct consequences *all, struct told *told)
{
    struct consequence_story *story = &told->story;
    if (story->deeds[0].deed == WIRE_DEED_LIMIT)
        story->went_on = true;      /* it has no other end than the line's */
    if (told->lost)
        story->went_on = false;
    else if (!story->went_on) {
        story->kept = all->last_time - story->time;
        told->lost = true;
    }
    story->harmed = told->lost || told->changed;
    const struct exchange *of[8];
    const size_t count = exchange_of_packet(all->list, story->packet, of, 8);
    if (count > 0)
        story->exchange = of[(count < 8 ? count : 8) - 1];
    if (!told->tcp && story->exchange != NULL) {
        const bool forward = strcmp(story->from, story->exchange->from) == 0 || told->from.family == ADDRESS_NONE;
        story->to = forward ? story->exchange->to : story->exchange->from;
        if (told->from.family == ADDRESS_NONE && strcmp(story->to, story->from) == 0)
            story->to = story->exchange->from;
    }
}

static int by_kind(const void *a, const void *b)
{
    const struct consequence *one = a, *other = b;
    if (one->kind != other->kind)
        return (int)one->kind - (int)other->kind;
    if (one->row->osi != other->row->osi)
        return one->row->osi - other->row->osi;
    return one->packet < other->packet ? -1 : one->packet > other->packet;
}

/* A router in between looked at the packet and let it pass. */
static void judge_routers(struct told *told)
{
    if (told->passed_on == 0 || !told->changed)
        return;
    consequence_add(told, CONSEQUENCE_PASSED_ON, told->router, told->from.family == ADDRESS_IPV6 ? "IPv6" : "IPv4",
                    LAYER_IP)->packet = told->passed_on;
}

void consequences_finish(struct consequences *all)
{
    later_deeds(all);
    for (size_t i = 0; i < all->count; i++) {
        struct told *told = all->all[i];
        settle(all, told);
        judge_routers(told);
        if (told->tcp)
            consequence_judge_tcp(all, told);
        else
            consequence_judge_other(all, told);
        if (told->story.count > 1)
            qsort(told->story.list, told->story.count, sizeof *told->story.list, by_kind);
    }
}

size_t consequences_count(const struct consequences *all)
{
    return all->count;
}

const struct consequence_story *consequences_at(const struct consequences *all, size_t index)
{
    return index < all->count ? &all->all[index]->story : NULL;
}

size_t consequences_more(const struct consequences *all)
{
    return all->more;
}
