/*
 * wire_debug.c - the debugger of the wire: hold, step, run until something
 * comes, throw away, and change what is held.
 */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "visualizer/filter.h"
#include "visualizer/wire_change.h"
#include "visualizer/wire_core_parts.h"

static struct kept **oldest_held(struct wire_core *core)
{
    struct kept **place = &core->first;
    while (*place != NULL && (*place)->wait != WAIT_STEP)
        place = &(*place)->next;
    return place;
}

static void run(struct wire_core *core, enum run how, struct filter *until)
{
    filter_free(core->until);
    core->until = until;
    core->run = how;
    core->holding = how == RUN_NOT;
}

void wire_core_hold(struct wire_core *core, struct filter *only)
{
    filter_free(core->only);
    core->only = only;
    run(core, RUN_NOT, NULL);
}

/* Is it what is run to? Of a frame that was held before, only what it says itself is looked at. */
static bool run_ends(const struct wire_core *core, const struct packet *packet, bool begins)
{
    if (core->run == RUN_EXCHANGE)
        return begins;
    return core->run == RUN_FILTER && packet != NULL &&
           filter_matches_in(core->until, packet, wire_dissect_exchanges(core->dissect));
}

void wire_run_look(struct wire_core *core, const struct packet *packet)
{
    if (core->run != RUN_NOT && run_ends(core, packet, wire_dissect_begins(core->dissect)))
        run(core, RUN_NOT, NULL);
}

/* The oldest goes, and those behind it up to the one that is run to. */
static void run_held(struct wire_core *core)
{
    struct kept **place = oldest_held(core);
    if (*place != NULL)
        wire_let_go(core, place, false);
    while (core->run != RUN_NOT && *(place = oldest_held(core)) != NULL) {
        const struct kept *kept = *place;
        const struct packet *packet =
            core->run == RUN_FILTER ? wire_dissect_alone(core->dissect, kept->data, kept->length, kept->number) : NULL;
        if (run_ends(core, packet, kept->begins))
            run(core, RUN_NOT, NULL);
        else
            wire_let_go(core, place, false);
    }
}

void wire_core_until(struct wire_core *core, struct filter *filter)
{
    run(core, filter != NULL ? RUN_FILTER : RUN_EXCHANGE, filter);
    filter_free(core->only);
    core->only = NULL;
    run_held(core);
}

bool wire_core_step(struct wire_core *core)
{
    struct kept **place = oldest_held(core);
    if (*place == NULL)
        return false;
    wire_let_go(core, place, false);
    return true;
}

bool wire_core_drop(struct wire_core *core)
{
    struct kept **place = oldest_held(core);
    if (*place == NULL)
        return false;
    wire_let_go(core, place, true);
    return true;
}

/* Room for a frame that has become longer. */
static struct kept *resize(struct kept **place, size_t length)
{
    if (length > (*place)->length)
        *place = mem_grow(*place, 1, sizeof **place + length);
    (*place)->length = length;
    return *place;
}

/* The frame stays; what goes on is not what came, so it is recorded once more. */
static void strike_change(struct wire_core *core, struct kept **place, const struct wire_fault *fault, int64_t time)
{
    struct kept *kept = *place;
    struct buf comment, changed;
    uint32_t byte;
    uint8_t bit;
    buf_init(&comment, 8192);
    buf_init(&changed, 1 << 17);
    const struct packet *packet = wire_dissect_alone(core->dissect, kept->data, kept->length, kept->number);
    wire_change(fault, packet, kept->data, kept->length, &changed, &byte, &bit);
    wire_describe(&comment, fault, WIRE_DEED_CHANGE, kept->number, byte, bit);
    if (kept->sent == NULL) {
        kept->sent = (uint8_t *)mem_copy(kept->data, kept->length);
        kept->sent_length = kept->length;
    }
    kept = resize(place, changed.len);
    memcpy(kept->data, changed.data, changed.len);
    kept->number = ++core->arrived;
    core->out.record(core->out.context, kept->port, time, kept->data, kept->length, buf_text(&comment));
    buf_free(&changed);
    buf_free(&comment);
}

static void strike(struct wire_core *core, struct kept **place, const struct wire_fault *fault, int64_t time,
                   int64_t now)
{
    struct kept *kept = *place;
    const bool changes = fault->action == WIRE_CORRUPT || fault->action == WIRE_REWRITE;
    if (!changes && fault->action != WIRE_DROP) {
        struct wire_note note = { .deed = (enum wire_deed)fault->action, .fault = fault->given, .of = kept->number,
                                  .duration = fault->delay };
        char *sentence = mem_printf(_("The wire: %s"), fault->text);
        if (core->out.note != NULL)
            core->out.note(core->out.context, kept->port, sentence, &note);
        free(sentence);
    }
    switch (fault->action) {
    case WIRE_CORRUPT: case WIRE_REWRITE:
        strike_change(core, place, fault, time);
        break;
    case WIRE_DROP:
        wire_let_go(core, place, true);
        break;
    case WIRE_DUPLICATE:
        wire_deliver(core, kept->port, kept->data, kept->length);
        wire_let_go(core, place, false);
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
    const bool finds = fault->field != NULL || fault->action == WIRE_REWRITE;
    if (finds && !wire_change_can(fault, wire_dissect_alone(core->dissect, (*place)->data, (*place)->length,
                                                            (*place)->number), (*place)->data, (*place)->length))
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
    run(core, RUN_NOT, NULL);
    core->holding = false;
    filter_free(core->only);
    core->only = NULL;
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
