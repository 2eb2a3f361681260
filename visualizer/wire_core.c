#include "wire_core.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "visualizer/filter.h"
#include "visualizer/wire_change.h"
#include "visualizer/wire_core_parts.h"

struct wire_core *wire_core_new(const struct wire_out *out)
{
    struct wire_core *core = mem_alloc(sizeof *core);
    core->out = *out;
    core->table = wire_switch_new();
    core->dissect = wire_dissect_new();
    return core;
}

void wire_core_free(struct wire_core *core)
{
    if (core == NULL)
        return;
    wire_core_clear_faults(core);
    while (core->first != NULL) {
        struct kept *kept = core->first;
        core->first = kept->next;
        free(kept->sent);
        free(kept);
    }
    wire_dissect_free(core->dissect);
    filter_free(core->only);
    filter_free(core->until);
    free(core->table);
    free(core);
}

unsigned wire_core_add_port(struct wire_core *core, const char *name, unsigned segment)
{
    unsigned port = wire_switch_add(core->table, segment);
    core->names[port] = name;
    return port;
}

const char *wire_core_port_name(const struct wire_core *core, unsigned port)
{
    return core->names[port];
}

int wire_core_add_fault(struct wire_core *core, const struct wire_fault *fault)
{
    if (core->fault_count == WIRE_MOST_FAULTS)
        return -1;
    core->faults[core->fault_count] = *fault;
    core->faults[core->fault_count++].given = ++core->given;
    return 0;
}

void wire_core_clear_faults(struct wire_core *core)
{
    while (core->fault_count > 0)
        wire_fault_free(&core->faults[--core->fault_count]);
}

static void send_to(struct wire_core *core, const struct wire_ports *to, const uint8_t *data, size_t length)
{
    for (unsigned port = 0; port < core->table->ports; port++)
        if (wire_ports_has(to, port))
            core->out.send(core->out.context, port, data, length);
}

void wire_deliver(struct wire_core *core, unsigned from, const uint8_t *data, size_t length)
{
    struct wire_ports to = wire_switch_route(core->table, from, data, length);
    send_to(core, &to, data, length);
}

struct kept *wire_keep(struct wire_core *core, unsigned port, const uint8_t *data, size_t length, int64_t now)
{
    struct kept *kept = mem_alloc(sizeof *kept + length);
    memcpy(kept->data, data, length);
    kept->length = length;
    kept->port = port;
    kept->since = now;
    kept->number = core->arrived;
    struct kept **end = &core->first;
    while (*end != NULL)
        end = &(*end)->next;
    *end = kept;
    core->kept++;
    return kept;
}

/* What becomes of a packet that stands in the recording already. */
static void note(struct wire_core *core, const struct kept *kept, const char *sentence, enum wire_deed deed)
{
    struct wire_note note = { .deed = deed, .of = kept->number, .count = kept->again };
    if (core->out.note != NULL)
        core->out.note(core->out.context, kept->port, sentence, &note);
}

/* Takes one out of the list, sends it unless it is to be lost, and frees it. */
void wire_let_go(struct wire_core *core, struct kept **place, bool lost)
{
    struct kept *kept = *place;
    *place = kept->next;
    core->kept--;
    if (lost)
        note(core, kept, _("The wire: thrown away."), WIRE_DEED_DROP);
    else if (kept->wait != WAIT_TIME)
        note(core, kept, _("The wire: goes on."), WIRE_DEED_RELEASE);
    if (!lost)
        wire_deliver(core, kept->port, kept->data, kept->length);
    free(kept->sent);
    free(kept);
}

/* The held frame that this one repeats. */
static struct kept *repeated(const struct wire_core *core, unsigned port, const struct wire_view *view)
{
    for (struct kept *kept = core->first; kept != NULL; kept = kept->next) {
        if (kept->wait != WAIT_STEP || kept->port != port)
            continue;
        struct wire_view first = kept->sent != NULL ? wire_view_of(kept->sent, kept->sent_length)
                                                    : wire_view_of(kept->data, kept->length);
        if (wire_view_same(&first, view))
            return kept;
    }
    return NULL;
}

/* All faults count; the first that strikes is obeyed. */
static const struct wire_fault *find_fault(struct wire_core *core, unsigned port, const struct wire_view *view,
                                           const struct packet *packet)
{
    const struct wire_fault *struck = NULL;
    struct wire_ports to = wire_switch_peek(core->table, port, view->data, view->length);
    struct wire_subject subject = { .view = view, .from = core->names[port], .number = core->arrived,
                                    .packet = packet, .exchanges = wire_dissect_exchanges(core->dissect) };
    unsigned count = 0;
    for (unsigned i = 0; i < core->table->ports; i++)
        if (wire_ports_has(&to, i) && count++ == 0)
            subject.to = core->names[i];
    if (count > 1)
        subject.to = NULL;
    for (size_t i = 0; i < core->fault_count; i++)
        if (wire_fault_strikes(&core->faults[i], &subject) && struck == NULL)
            struck = &core->faults[i];
    return struck;
}

/* A line of so many bits per second takes this long for a frame; the next one has to wait until it is out. */
static int64_t line_is_free(struct wire_core *core, unsigned port, size_t length, uint64_t rate, int64_t now)
{
    int64_t begin = core->free_at[port] > now ? core->free_at[port] : now;
    core->free_at[port] = begin + (int64_t)(length * 8 * UINT64_C(1000000000) / rate);
    return core->free_at[port];
}

/* Kept and let go at once: the copy has to live until it is sent. */
static void change(struct wire_core *core, unsigned port, const struct wire_view *view, const struct packet *packet,
                   const struct wire_fault *fault, int64_t time, int64_t now)
{
    struct buf comment, changed;
    uint32_t byte;
    uint8_t bit;
    buf_init(&comment, 8192);
    buf_init(&changed, 1 << 17);
    wire_change(fault, packet, view->data, view->length, &changed, &byte, &bit);
    wire_describe(&comment, fault, (enum wire_deed)fault->action, 0, byte, bit);
    struct kept *kept = wire_keep(core, port, (const uint8_t *)changed.data, changed.len, now);
    kept->wait = WAIT_TIME;
    kept->due = now;
    core->out.record(core->out.context, port, time, kept->data, kept->length, buf_text(&comment));
    buf_free(&changed);
    buf_free(&comment);
}

void wire_describe(struct buf *comment, const struct wire_fault *fault, enum wire_deed deed, uint64_t of, uint32_t byte,
                   uint8_t bit)
{
    struct wire_note note = { .deed = deed, .fault = fault->given, .of = of, .duration = fault->delay, .byte = byte,
                              .bit = bit };
    char *sentence = mem_printf(_("The wire: %s"), fault->text);
    wire_note_write(comment, sentence, &note);
    free(sentence);
}

static void obey(struct wire_core *core, unsigned port, const uint8_t *data, size_t length,
                 const struct wire_fault *fault, int64_t time, int64_t now)
{
    struct buf comment;
    buf_init(&comment, 8192);
    wire_describe(&comment, fault, (enum wire_deed)fault->action, 0, 0, 0);
    core->out.record(core->out.context, port, time, data, length, buf_text(&comment));
    buf_free(&comment);
    struct kept *kept = NULL;
    if (fault->action != WIRE_DROP && fault->action != WIRE_DUPLICATE)
        kept = wire_keep(core, port, data, length, now);
    switch (fault->action) {
    case WIRE_DUPLICATE:
        wire_deliver(core, port, data, length);
        wire_deliver(core, port, data, length);
        break;
    case WIRE_DELAY:
        kept->wait = WAIT_TIME;
        kept->due = now + fault->delay;
        break;
    case WIRE_LIMIT:
        kept->wait = WAIT_TIME;
        kept->due = line_is_free(core, port, length, fault->rate, now);
        break;
    case WIRE_REORDER:
        kept->wait = WAIT_OTHERS;
        kept->others = fault->times;
        break;
    default:    /* dropped: nothing more; held: WAIT_STEP is what wire_keep() made */
        break;
    }
}

/* Frames that wait for others to pass go right behind the last of these. */
static void one_has_passed(struct wire_core *core, unsigned port)
{
    struct kept **place = &core->first;
    while (*place != NULL) {
        struct kept *kept = *place;
        if (kept->wait == WAIT_OTHERS && kept->port == port && --kept->others == 0)
            wire_let_go(core, place, false);
        else
            place = &kept->next;
    }
}

static void record_repeated(struct wire_core *core, unsigned port, const uint8_t *data, size_t length, int64_t time,
                            const struct kept *held)
{
    struct wire_note note = { .deed = WIRE_DEED_AGAIN, .of = held->number, .count = held->again };
    struct buf comment;
    buf_init(&comment, 1024);
    char *sentence = mem_printf(_("The wire: packet %llu again (%u), which is being held; kept as one."),
                                (unsigned long long)held->number, held->again);
    wire_note_write(&comment, sentence, &note);
    free(sentence);
    core->out.record(core->out.context, port, time, data, length, buf_text(&comment));
    buf_free(&comment);
}

static void record_held(struct wire_core *core, unsigned port, const uint8_t *data, size_t length, int64_t time)
{
    const struct wire_note held = { .deed = WIRE_DEED_HOLD };
    struct buf comment;
    buf_init(&comment, 1024);
    wire_note_write(&comment, _("The wire: held until somebody lets it go."), &held);
    core->out.record(core->out.context, port, time, data, length, buf_text(&comment));
    buf_free(&comment);
}

/* Frames are read only while somebody asks what is in them. */
static bool dissects(const struct wire_core *core)
{
    bool asked = core->holding || core->run != RUN_NOT;
    for (size_t i = 0; i < core->fault_count && !asked; i++)
        asked = wire_fault_dissects(&core->faults[i]);
    return asked;
}

static bool wants(const struct wire_core *core, const struct filter *filter, const struct packet *packet)
{
    return filter_matches_in(filter, packet, wire_dissect_exchanges(core->dissect));
}

void wire_core_keys(struct wire_core *core, struct span lines)
{
    wire_dissect_keys(core->dissect, lines);
}

void wire_core_arrive(struct wire_core *core, unsigned port, const uint8_t *data, size_t length, int64_t time,
                      int64_t now)
{
    core->arrived++;
    struct wire_view view = wire_view_of(data, length);
    const struct packet *packet = dissects(core) ? wire_dissect_frame(core->dissect, port, data, length, core->arrived,
                                                                      time) : NULL;
    struct kept *held = core->kept > 0 ? repeated(core, port, &view) : NULL;
    if (held != NULL) {
        held->again++;
        record_repeated(core, port, data, length, time, held);
        return;
    }
    const struct wire_fault *fault = core->fault_count > 0 ? find_fault(core, port, &view, packet) : NULL;
    wire_run_look(core, packet);
    if (fault != NULL && (fault->action == WIRE_CORRUPT || fault->action == WIRE_REWRITE)) {
        change(core, port, &view, packet, fault, time, now);
    } else if (fault != NULL) {
        obey(core, port, data, length, fault, time, now);
    } else if (core->holding && (core->only == NULL || wants(core, core->only, packet))) {
        record_held(core, port, data, length, time);
        wire_keep(core, port, data, length, now)->begins = packet != NULL && wire_dissect_begins(core->dissect);
    } else {
        core->out.record(core->out.context, port, time, data, length, NULL);
        wire_deliver(core, port, data, length);
        one_has_passed(core, port);
    }
    if (core->kept > WIRE_MOST_KEPT)
        wire_let_go(core, &core->first, false);
    wire_core_wake(core, now);
}

/* The kept frame that waits for a time, and for the earliest; the place of the end when there is none. */
static struct kept **earliest(struct wire_core *core)
{
    struct kept **found = NULL, **place = &core->first;
    for (; *place != NULL; place = &(*place)->next)
        if ((*place)->wait == WAIT_TIME && (found == NULL || (*place)->due < (*found)->due))
            found = place;
    return found != NULL ? found : place;
}

int64_t wire_core_due(struct wire_core *core)
{
    const struct kept *next = *earliest(core);
    return next != NULL ? next->due : -1;
}

void wire_core_wake(struct wire_core *core, int64_t now)
{
    for (;;) {
        struct kept **place = earliest(core);
        if (*place == NULL || (*place)->due > now)
            return;
        unsigned port = (*place)->port;
        wire_let_go(core, place, false);
        one_has_passed(core, port);
    }
}

uint64_t wire_core_count(const struct wire_core *core)
{
    return core->arrived;
}

bool wire_core_is_idle(const struct wire_core *core)
{
    return core->fault_count == 0 && core->kept == 0 && !core->holding && core->run == RUN_NOT;
}
