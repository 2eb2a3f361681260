#include "visualizer/trace.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "visualizer/chains.h"
#include "visualizer/flow.h"
#include "visualizer/pipeline.h"
#include "visualizer/tls_keys.h"

/* Replays that are kept ready: one for each flow that somebody looks at. */
enum { REPLAYS = 8 };

/* How many packets before the wanted one are kept in full, because people step back. */
enum { KEPT_BEFORE = 32 };

struct listener {
    trace_listener *function;
    void *context;
};

/* The packets that brought the fragments which packet completed. */
struct completion {
    uint32_t packet;
    size_t start, count;    /* in trace->fragments */
};

struct replay {
    struct pass *pass;
    uint32_t flow;
    uint32_t position;      /* the last packet replayed; 0 before the first */
    uint64_t used;
};

struct kept {
    struct packet *packet;
    uint64_t used;
};

struct name {
    struct net_address address;
    char *text;
};

struct trace {
    struct capture *capture;
    struct tls_keys *keys;
    struct name *names;
    size_t name_count;
    struct wire_note *notes;    /* their texts are owned */
    size_t note_count;

    struct pass *pass;
    struct packet *packet;
    struct wants *wants;
    struct listener *listeners;
    size_t listener_count;
    bool forward_only;
    unsigned threads;       /* 0: as many as pay */
    struct pipeline *pipeline; /* to the second thread, during a pass with two; NULL */
    bool (*more)(void *context);
    void *more_context;
    uint32_t passed;
    int64_t first_time, previous_time;

    struct chains chains;   /* unless forward_only */
    struct completion *completions;
    size_t completion_count;
    uint32_t *fragments;
    size_t fragment_count;

    struct wants *everything, *nothing;
    struct replay replays[REPLAYS];
    struct kept kept[TRACE_KEPT];
    uint64_t clock;
};

/* --- opening ------------------------------------------------------------------------ */

static void take_secrets(void *context, uint32_t type, struct span data)
{
    struct trace *trace = context;
    if (type == CAPTURE_SECRETS_TLS)
        tls_keys_add(trace->keys, data);
}

/* Notes about the packet that they stand with are that packet's comment. */
static void take_note(struct trace *trace, struct span text)
{
    enum { MOST_NOTES = 100000 };
    struct wire_note note;
    if (trace->note_count >= MOST_NOTES || !wire_note_read(text, &note) || note.of == 0 || note.at == 0)
        return;
    note.text.at = span_copy(note.text);
    if ((trace->note_count & (trace->note_count - 1)) == 0)
        trace->notes = mem_grow(trace->notes, trace->note_count ? trace->note_count * 2 : 1, sizeof *trace->notes);
    trace->notes[trace->note_count++] = note;
}

static void take_comment(void *context, struct span text)
{
    struct trace *trace = context;
    tls_keys_add(trace->keys, text);
    take_note(trace, text);
}

static void take_name(void *context, const uint8_t *address, size_t size, struct span text)
{
    struct trace *trace = context;
    enum { MOST_NAMES = 10000 };
    if (trace->name_count >= MOST_NAMES)
        return;
    trace->names = mem_grow(trace->names, trace->name_count + 1, sizeof *trace->names);
    struct name *name = &trace->names[trace->name_count++];
    *name = (struct name){ .address.family = size == 4 ? ADDRESS_IPV4 : ADDRESS_IPV6, .text = span_copy(text) };
    memcpy(name->address.bytes, address, size);
}

struct trace *trace_open(const char *path, const char *keylog, struct buf *error)
{
    struct capture *capture = capture_open(path, error);
    return capture == NULL ? NULL : trace_of_capture(capture, keylog, error);
}

struct trace *trace_of_capture(struct capture *capture, const char *keylog, struct buf *error)
{
    struct trace *trace = mem_alloc(sizeof *trace);
    trace->capture = capture;
    trace->keys = tls_keys_new();
    trace->wants = wants_new();
    trace->wants->values_only = true;
    trace->everything = wants_new();
    wants_everything(trace->everything);
    trace->nothing = wants_new();
    trace->pass = pass_new(trace->keys);
    trace->packet = packet_new();
    capture_set_hooks(capture, &(struct capture_hooks){ trace, take_secrets, take_comment, take_name });
    if (keylog != NULL && tls_keys_read(trace->keys, keylog, error) != 0) {
        trace_free(trace);
        return NULL;
    }
    return trace;
}

void trace_free(struct trace *trace)
{
    if (trace == NULL)
        return;
    for (size_t i = 0; i < TRACE_KEPT; i++)
        packet_free(trace->kept[i].packet);
    for (size_t i = 0; i < REPLAYS; i++)
        pass_free(trace->replays[i].pass);
    for (size_t i = 0; i < trace->name_count; i++)
        free(trace->names[i].text);
    free(trace->names);
    for (size_t i = 0; i < trace->note_count; i++)
        free((char *)trace->notes[i].text.at);
    free(trace->notes);
    packet_free(trace->packet);
    pass_free(trace->pass);
    wants_free(trace->wants);
    wants_free(trace->everything);
    wants_free(trace->nothing);
    free(trace->listeners);
    chains_free(&trace->chains);
    free(trace->completions);
    free(trace->fragments);
    tls_keys_free(trace->keys);
    capture_free(trace->capture);
    free(trace);
}

void trace_listen(struct trace *trace, trace_listener *listener, void *context, const struct wants *wants)
{
    trace->listeners = mem_grow(trace->listeners, trace->listener_count + 1, sizeof *trace->listeners);
    trace->listeners[trace->listener_count++] = (struct listener){ listener, context };
    if (wants != NULL)
        wants_also(trace->wants, wants);
    else
        trace->wants->values_only = false;
}

void trace_forward_only(struct trace *trace)
{
    trace->forward_only = true;
}

void trace_threads(struct trace *trace, unsigned threads)
{
    trace->threads = threads;
}

/* --- decoding ----------------------------------------------------------------------- */

static void begin(struct trace *trace, struct packet *packet, struct record *record, struct pass *pass,
                  uint32_t number, int64_t previous_time, const struct wants *wants)
{
    packet_reset(packet);
    capture_record(trace->capture, number, record);
    packet->number = number;
    packet->time = record->time;
    packet->first_time = trace->first_time;
    packet->previous_time = previous_time;
    packet->capture = trace->capture;
    packet->record = record;
    packet->pass = pass;
    packet->wants = wants;
    packet->in_two_steps = trace->pipeline != NULL;
    pass->packet_flow = FLOW_NONE;
    pass->fragment_count = 0;
    packet_begin(packet);
}

static void decode(struct trace *trace, struct packet *packet, struct pass *pass, uint32_t number,
                   int64_t previous_time, const struct wants *wants)
{
    struct record record;
    begin(trace, packet, &record, pass, number, previous_time, wants);
    packet_finish(packet);
}

/* --- the pass ------------------------------------------------------------------------ */

static void keep_completion(struct trace *trace, uint32_t number)
{
    const struct pass *pass = trace->pass;
    if ((trace->completion_count & (trace->completion_count - 1)) == 0)
        trace->completions = mem_grow(trace->completions, trace->completion_count * 2 + 1, sizeof *trace->completions);
    trace->completions[trace->completion_count++] =
        (struct completion){ number, trace->fragment_count, pass->fragment_count };
    trace->fragments = mem_grow(trace->fragments, trace->fragment_count + pass->fragment_count,
                                sizeof *trace->fragments);
    memcpy(trace->fragments + trace->fragment_count, pass->fragments_of,
           pass->fragment_count * sizeof *trace->fragments);
    trace->fragment_count += pass->fragment_count;
}

/* The second step; in a thread of its own when there is a pipeline. */
static void finish(void *context, struct packet *packet)
{
    struct trace *trace = context;
    packet_finish(packet);
    for (size_t i = 0; i < trace->listener_count; i++)
        trace->listeners[i].function(trace->listeners[i].context, packet);
}

static void pass_over(struct trace *trace, uint32_t number)
{
    capture_soon(trace->capture, number + 2);
    struct pipeline_place here = { .packet = trace->packet };
    struct pipeline_place *place = trace->pipeline != NULL ? pipeline_next(trace->pipeline) : &here;
    if (number == 1)
        trace->first_time = trace->previous_time = capture_time(trace->capture, 1);
    begin(trace, place->packet, &place->record, trace->pass, number, trace->previous_time, trace->wants);
    trace->previous_time = place->record.time;
    trace->passed = number;
    if (!trace->forward_only) {
        chains_add(&trace->chains, number, trace->pass->packet_flow, capture_count(trace->capture));
        if (trace->pass->fragment_count > 0)
            keep_completion(trace, number);
    }
    if (trace->pipeline != NULL)
        pipeline_push(trace->pipeline);
    else
        finish(trace, place->packet);
    if (number % 1024 == 0)
        capture_done_with(trace->capture, number);
}

static void index_all(struct trace *trace)
{
    while (capture_index(trace->capture, 1 << 16) == CAPTURE_MORE)
        capture_done_with(trace->capture, (uint32_t)capture_count(trace->capture));
    capture_rewound(trace->capture, trace->passed + 1);
}

/* Index, look, forget, in slices: so a file of any size needs the same memory. */
static bool pass_forgetting(struct trace *trace)
{
    enum { SLICE = 1 << 8 }; /* what was indexed is still near the processor when it is looked at */
    bool forgets = true;
    enum capture_state state = CAPTURE_MORE;
    while (state == CAPTURE_MORE && (forgets = capture_forget(trace->capture))) {
        state = capture_index(trace->capture, SLICE);
        while (trace->passed < capture_count(trace->capture))
            pass_over(trace, trace->passed + 1);
    }
    return forgets;
}

/* Listeners that only look at values can hear of packets in another thread: it pays for a large capture. */
static bool pays(const struct trace *trace)
{
    enum { LARGE = 4 << 20 };
    if (trace->threads > 0)
        return trace->threads > 1;
    return capture_bytes(trace->capture) >= LARGE && trace->more == NULL && sysconf(_SC_NPROCESSORS_ONLN) > 1;
}

/*
 * With a second thread nothing that it reads may come with the index: keys and comments do, but only in pcapng, which
 * is indexed to its end before the first packet is given away.
 */
static void pass_values(struct trace *trace)
{
    trace->pipeline = pays(trace) ? pipeline_start(finish, trace) : NULL;
    if (!pass_forgetting(trace)) {
        index_all(trace);
        while (trace->passed < capture_count(trace->capture))
            pass_over(trace, trace->passed + 1);
    }
    pipeline_end(trace->pipeline);
    trace->pipeline = NULL;
}

bool trace_pass(struct trace *trace, size_t limit)
{
    if (trace->forward_only && trace->wants->values_only && limit == 0) {
        pass_values(trace);
        return false;
    }
    if (trace->passed == capture_count(trace->capture))
        index_all(trace);
    size_t indexed = capture_count(trace->capture);
    for (size_t done = 0; trace->passed < indexed && (limit == 0 || done < limit); done++)
        pass_over(trace, trace->passed + 1);
    return trace->passed < indexed;
}

void trace_more(struct trace *trace, bool (*more)(void *context), void *context)
{
    trace->more = more;
    trace->more_context = context;
}

bool trace_wait(struct trace *trace)
{
    return trace->more != NULL && trace->more(trace->more_context);
}

size_t trace_passed(const struct trace *trace)
{
    return trace->passed;
}

/* --- any packet again ------------------------------------------------------------------ */

static struct kept *kept_packet(struct trace *trace, uint32_t number)
{
    for (size_t i = 0; i < TRACE_KEPT; i++)
        if (trace->kept[i].packet != NULL && trace->kept[i].packet->number == number)
            return &trace->kept[i];
    return NULL;
}

/* The place of the packet that was not looked at for the longest time. */
static struct kept *free_place(struct trace *trace)
{
    struct kept *oldest = &trace->kept[0];
    for (size_t i = 1; i < TRACE_KEPT; i++)
        if (trace->kept[i].used < oldest->used)
            oldest = &trace->kept[i];
    if (oldest->packet == NULL)
        oldest->packet = packet_new();
    return oldest;
}

static const struct completion *completion_of(const struct trace *trace, uint32_t number)
{
    size_t low = 0, high = trace->completion_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (trace->completions[middle].packet < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < trace->completion_count && trace->completions[low].packet == number ? &trace->completions[low] : NULL;
}

static void replay_one(struct trace *trace, struct pass *pass, uint32_t number, bool keep)
{
    const struct completion *completion = completion_of(trace, number);
    for (size_t i = 0; completion != NULL && i < completion->count; i++) {
        uint32_t piece = trace->fragments[completion->start + i];
        if (piece != number)
            decode(trace, trace->packet, pass, piece, 0, trace->nothing);
    }
    struct kept *place = keep ? free_place(trace) : NULL;
    int64_t previous = capture_time(trace->capture, number > 1 ? number - 1 : 1);
    decode(trace, keep ? place->packet : trace->packet, pass, number, previous,
           keep ? trace->everything : trace->nothing);
    if (keep)
        place->used = ++trace->clock;
}

/* A replay of the flow that has not gone past the packet; a new one if need be. */
static struct replay *find_replay(struct trace *trace, uint32_t flow, uint32_t number)
{
    struct replay *oldest = &trace->replays[0];
    for (size_t i = 0; i < REPLAYS; i++) {
        struct replay *replay = &trace->replays[i];
        if (replay->pass != NULL && replay->flow == flow && replay->position < number)
            return replay;
        if (replay->used < oldest->used)
            oldest = replay;
    }
    pass_free(oldest->pass);
    *oldest = (struct replay){ .pass = pass_new(trace->keys), .flow = flow };
    oldest->pass->replay = flow_at(trace->pass, flow);
    return oldest;
}

static void replay_flow(struct trace *trace, uint32_t flow, uint32_t number)
{
    struct replay *replay = find_replay(trace, flow, number);
    uint32_t window[KEPT_BEFORE], at = replay->position == 0 ? trace->chains.chains[flow].first
                                                             : trace->chains.next[replay->position - 1];
    /* Where the packets begin that are to be kept: the last few before the wanted one. */
    size_t count = 0;
    for (uint32_t ahead = at; ahead != 0 && ahead <= number; ahead = trace->chains.next[ahead - 1])
        window[count++ % KEPT_BEFORE] = ahead;
    uint32_t from = count > KEPT_BEFORE ? window[count % KEPT_BEFORE] : at;
    for (; at != 0 && at <= number; at = trace->chains.next[at - 1]) {
        replay_one(trace, replay->pass, at, at >= from);
        replay->position = at;
    }
    replay->used = ++trace->clock;
}

const struct packet *trace_packet(struct trace *trace, uint32_t number)
{
    if (number < 1 || number > trace->passed || trace->forward_only)
        return NULL;
    struct kept *place = kept_packet(trace, number);
    if (place == NULL) {
        uint32_t flow = trace->chains.flow[number - 1];
        if (flow != FLOW_NONE)
            replay_flow(trace, flow, number);
        else {
            struct pass *alone = pass_new(trace->keys);
            replay_one(trace, alone, number, true);
            pass_free(alone);
        }
        place = kept_packet(trace, number);
    }
    place->used = ++trace->clock;
    return place->packet;
}

size_t trace_flow(struct trace *trace, uint32_t number, uint32_t *numbers, size_t max)
{
    if (number < 1 || number > trace->passed || trace->forward_only || trace->chains.flow[number - 1] == FLOW_NONE)
        return 0;
    size_t count = 0;
    const struct chains *chains = &trace->chains;
    for (uint32_t at = chains->chains[chains->flow[number - 1]].first; at != 0; at = chains->next[at - 1], count++)
        if (count < max)
            numbers[count] = at;
    return count;
}

struct capture *trace_capture(const struct trace *trace)
{
    return trace->capture;
}

const char *trace_name(const struct trace *trace, const struct net_address *address)
{
    for (size_t i = 0; i < trace->name_count; i++)
        if (net_address_equal(&trace->names[i].address, address))
            return trace->names[i].text;
    return NULL;
}

size_t trace_wire_notes(const struct trace *trace, const struct wire_note **notes)
{
    *notes = trace->notes;
    return trace->note_count;
}
