#include "wire_core.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/i18n.h"

enum wait { WAIT_STEP, WAIT_TIME, WAIT_OTHERS };

/* A frame that is kept. They form one list, in the order of arrival. */
struct kept {
    struct kept *next;
    enum wait wait;
    int64_t due;            /* WAIT_TIME */
    unsigned others;        /* WAIT_OTHERS: frames from the same port that are to pass first */
    uint64_t number;
    unsigned port;
    int64_t since;
    unsigned again;
    uint8_t *sent;          /* as the host sent it, when the wire has changed it since; owned */
    size_t length;
    uint8_t data[];
};

struct wire_core {
    struct wire_out out;
    struct wire_switch *table;
    const char *names[WIRE_MAX_PORTS];
    int64_t free_at[WIRE_MAX_PORTS];    /* under a limit: when the line of this port is free again */
    struct wire_fault faults[WIRE_MOST_FAULTS];
    size_t fault_count;
    struct kept *first;
    size_t kept;
    uint64_t arrived;
    uint64_t given;         /* faults */
    bool holding;
};

struct wire_core *wire_core_new(const struct wire_out *out)
{
    struct wire_core *core = mem_alloc(sizeof *core);
    core->out = *out;
    core->table = wire_switch_new();
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

static void deliver(struct wire_core *core, unsigned from, const uint8_t *data, size_t length)
{
    struct wire_ports to = wire_switch_route(core->table, from, data, length);
    send_to(core, &to, data, length);
}

static struct kept *keep(struct wire_core *core, unsigned port, const uint8_t *data, size_t length, int64_t now)
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
static void let_go(struct wire_core *core, struct kept **place, bool lost)
{
    struct kept *kept = *place;
    *place = kept->next;
    core->kept--;
    if (lost)
        note(core, kept, _("The wire: thrown away."), WIRE_DEED_DROP);
    else if (kept->wait != WAIT_TIME)
        note(core, kept, _("The wire: goes on."), WIRE_DEED_RELEASE);
    if (!lost)
        deliver(core, kept->port, kept->data, kept->length);
    free(kept->sent);
    free(kept);
}

static struct kept **oldest_held(struct wire_core *core)
{
    struct kept **place = &core->first;
    while (*place != NULL && (*place)->wait != WAIT_STEP)
        place = &(*place)->next;
    return place;
}

/* The held frame that this one repeats. */
static struct kept *repeated(const struct wire_core *core, unsigned port, const struct wire_view *view)
{
    for (struct kept *kept = core->first; kept != NULL; kept = kept->next) {
        if (kept->wait != WAIT_STEP || kept->port != port)
            continue;
        struct wire_view first = wire_view_of(kept->sent != NULL ? kept->sent : kept->data, kept->length);
        if (wire_view_same(&first, view))
            return kept;
    }
    return NULL;
}

/* All faults count; the first that strikes is obeyed. */
static const struct wire_fault *find_fault(struct wire_core *core, unsigned port, const struct wire_view *view)
{
    const struct wire_fault *struck = NULL;
    struct wire_ports to = wire_switch_peek(core->table, port, view->data, view->length);
    struct wire_subject subject = { .view = view, .from = core->names[port], .number = core->arrived };
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

static void flip(struct wire_core *core, unsigned port, const uint8_t *data, size_t length,
                 const struct wire_fault *fault, struct buf *comment, int64_t time, int64_t now)
{
    /* Kept and let go at once: the copy has to live until it is sent. */
    struct kept *kept = keep(core, port, data, length, now);
    kept->wait = WAIT_TIME;
    kept->due = now;
    if (fault->byte < length)
        kept->data[fault->byte] ^= (uint8_t)(1u << fault->bit);
    core->out.record(core->out.context, port, time, kept->data, length, buf_text(comment));
}

/* What a fault does to a packet: in words, and for programs. */
static void describe(struct buf *comment, const struct wire_fault *fault, enum wire_deed deed, uint64_t of)
{
    struct wire_note note = { .deed = deed, .fault = fault->given, .of = of, .duration = fault->delay };
    if (fault->action == WIRE_CORRUPT) {
        note.byte = fault->byte;
        note.bit = fault->bit;
    }
    char *sentence = mem_printf(_("The wire: %s"), fault->text);
    wire_note_write(comment, sentence, &note);
    free(sentence);
}

static void obey(struct wire_core *core, unsigned port, const uint8_t *data, size_t length,
                 const struct wire_fault *fault, int64_t time, int64_t now)
{
    struct buf comment;
    buf_init(&comment, 8192);
    describe(&comment, fault, (enum wire_deed)fault->action, 0);
    if (fault->action == WIRE_CORRUPT) {
        flip(core, port, data, length, fault, &comment, time, now);
    } else {
        core->out.record(core->out.context, port, time, data, length, buf_text(&comment));
        struct kept *kept = NULL;
        if (fault->action != WIRE_DROP && fault->action != WIRE_DUPLICATE)
            kept = keep(core, port, data, length, now);
        switch (fault->action) {
        case WIRE_DUPLICATE:
            deliver(core, port, data, length);
            deliver(core, port, data, length);
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
        default:    /* dropped: nothing more; held: WAIT_STEP is what keep() made */
            break;
        }
    }
    buf_free(&comment);
}

/* Frames that wait for others to pass go right behind the last of these. */
static void one_has_passed(struct wire_core *core, unsigned port)
{
    struct kept **place = &core->first;
    while (*place != NULL) {
        struct kept *kept = *place;
        if (kept->wait == WAIT_OTHERS && kept->port == port && --kept->others == 0)
            let_go(core, place, false);
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

void wire_core_arrive(struct wire_core *core, unsigned port, const uint8_t *data, size_t length, int64_t time,
                      int64_t now)
{
    core->arrived++;
    struct wire_view view = wire_view_of(data, length);
    struct kept *held = core->kept > 0 ? repeated(core, port, &view) : NULL;
    if (held != NULL) {
        held->again++;
        record_repeated(core, port, data, length, time, held);
        return;
    }
    const struct wire_fault *fault = core->fault_count > 0 ? find_fault(core, port, &view) : NULL;
    if (fault != NULL) {
        obey(core, port, data, length, fault, time, now);
    } else {
        if (core->holding) {
            record_held(core, port, data, length, time);
            keep(core, port, data, length, now);
        } else {
            core->out.record(core->out.context, port, time, data, length, NULL);
            deliver(core, port, data, length);
            one_has_passed(core, port);
        }
    }
    if (core->kept > WIRE_MOST_KEPT)
        let_go(core, &core->first, false);
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
        let_go(core, place, false);
        one_has_passed(core, port);
    }
}

void wire_core_hold(struct wire_core *core)
{
    core->holding = true;
}

bool wire_core_step(struct wire_core *core)
{
    struct kept **place = oldest_held(core);
    if (*place == NULL)
        return false;
    let_go(core, place, false);
    return true;
}

bool wire_core_drop(struct wire_core *core)
{
    struct kept **place = oldest_held(core);
    if (*place == NULL)
        return false;
    let_go(core, place, true);
    return true;
}

/* The frame stays; what goes on is not what came, so it is recorded once more. */
static void strike_bit(struct wire_core *core, struct kept *kept, const struct wire_fault *fault, int64_t time)
{
    struct buf comment;
    buf_init(&comment, 8192);
    describe(&comment, fault, WIRE_DEED_CHANGE, kept->number);
    if (kept->sent == NULL)
        kept->sent = (uint8_t *)mem_copy(kept->data, kept->length);
    if (fault->byte < kept->length)
        kept->data[fault->byte] ^= (uint8_t)(1u << fault->bit);
    kept->number = ++core->arrived;
    core->out.record(core->out.context, kept->port, time, kept->data, kept->length, buf_text(&comment));
    buf_free(&comment);
}

static void strike(struct wire_core *core, struct kept **place, const struct wire_fault *fault, int64_t time,
                   int64_t now)
{
    struct kept *kept = *place;
    if (fault->action != WIRE_CORRUPT && fault->action != WIRE_DROP) {
        struct wire_note note = { .deed = (enum wire_deed)fault->action, .fault = fault->given, .of = kept->number,
                                  .duration = fault->delay };
        char *sentence = mem_printf(_("The wire: %s"), fault->text);
        if (core->out.note != NULL)
            core->out.note(core->out.context, kept->port, sentence, &note);
        free(sentence);
    }
    switch (fault->action) {
    case WIRE_CORRUPT:
        strike_bit(core, kept, fault, time);
        break;
    case WIRE_DROP:
        let_go(core, place, true);
        break;
    case WIRE_DUPLICATE:
        deliver(core, kept->port, kept->data, kept->length);
        let_go(core, place, false);
        break;
    case WIRE_DELAY:
        kept->wait = WAIT_TIME;
        kept->due = now + fault->delay;
        break;
    case WIRE_REORDER:
        kept->wait = WAIT_OTHERS;
        kept->others = fault->times;
        break;
    default:    /* held it is already; a limit is for a line, not for a frame */
        break;
    }
}

bool wire_core_strike(struct wire_core *core, const struct wire_fault *fault, int64_t time, int64_t now)
{
    struct kept **place = &core->first;
    while (*place != NULL && ((*place)->wait != WAIT_STEP || (*place)->number != fault->number))
        place = &(*place)->next;
    if (*place == NULL || fault->action == WIRE_HOLD || fault->action == WIRE_LIMIT)
        return false;
    struct wire_fault given = *fault;
    given.given = ++core->given;
    strike(core, place, &given, time, now);
    return true;
}

bool wire_core_is_holding(const struct wire_core *core)
{
    return core->holding;
}

void wire_core_go(struct wire_core *core)
{
    core->holding = false;
    while (wire_core_step(core))
        continue;
}

bool wire_core_held(const struct wire_core *core, size_t index, struct wire_held *held)
{
    const struct kept *kept = core->first;
    while (kept != NULL && (kept->wait != WAIT_STEP || index-- > 0))
        kept = kept->next;
    if (kept == NULL)
        return false;
    *held = (struct wire_held){ kept->number, kept->port, kept->since, kept->again, kept->data, kept->length };
    return true;
}

uint64_t wire_core_count(const struct wire_core *core)
{
    return core->arrived;
}

bool wire_core_is_idle(const struct wire_core *core)
{
    return core->fault_count == 0 && core->kept == 0 && !core->holding;
}
