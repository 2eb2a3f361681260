#include "watch.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "watch_ops.h"

/* Commands that wait for replies: more than this in flight is no dialogue any more. */
#define PENDING_MAX 65536

struct watch {
    const struct watch_ops *ops;
    struct machine machine;
    struct machine ahead;      /* where the commands that wait lead to, if all succeed */
    bool joined_late;
    bool tls_awaited;
    bool fed_client;           /* which direction was fed last: its events come first */
    uint64_t commands;
    struct watch_pending *pending; /* a ring of pending_room places */
    size_t pending_room, pending_first, pending_count;
    void *part;                /* the protocol's */
};

static const struct watch_ops *const protocols[] = {
    [WATCH_SMTP] = &watch_smtp_ops,
    [WATCH_POP3] = &watch_pop3_ops,
    [WATCH_IMAP] = &watch_imap_ops,
};

static const struct watch_ops *ops_of(enum watch_protocol protocol)
{
    return (size_t)protocol < sizeof protocols / sizeof protocols[0] ? protocols[protocol] : NULL;
}

struct watch *watch_new(enum watch_protocol protocol)
{
    const struct watch_ops *ops = ops_of(protocol);
    if (ops == NULL)
        return NULL;
    struct watch *watch = mem_alloc(sizeof *watch);
    watch->ops = ops;
    watch->part = mem_alloc(ops->part_size);
    machine_init(&watch->machine, ops->machine);
    watch->ahead = watch->machine;
    ops->open(watch->part);
    return watch;
}

void watch_free(struct watch *watch)
{
    if (watch == NULL)
        return;
    watch->ops->close(watch->part);
    free(watch->part);
    free(watch->pending);
    free(watch);
}

const struct machine_table *watch_machine(const struct watch *watch)
{
    return watch->ops->machine;
}

const char *watch_state(const struct watch *watch)
{
    return machine_state_name(&watch->machine);
}

void watch_joined_late(struct watch *watch)
{
    watch->joined_late = true;
}

bool watch_is_greeted(const struct watch *watch)
{
    return watch->joined_late || watch->machine.state != 0;
}

void watch_feed(struct watch *watch, bool from_client, const void *data, size_t size)
{
    watch->fed_client = from_client;
    watch->ops->feed(watch->part, from_client, data, size);
}

/* What was said in the clear behind the agreement on TLS, or sent behind it and not ciphered. */
static int next_before_tls(struct watch *watch, struct watch_event *event)
{
    for (int side = 0; side < 2; side++) {
        bool from_client = side == 1;
        uint64_t offset = watch->ops->offset(watch->part, from_client);
        size_t dropped = watch->ops->drop(watch->part, from_client);
        if (dropped == 0)
            continue;
        const char *state = machine_state_name(&watch->machine);
        *event = (struct watch_event){
            .kind = WATCH_ERROR, .from_client = from_client, .offset = offset, .length = dropped,
            .state_before = state, .state_after = state,
            .error = N_("These bytes come in the clear where TLS must begin: they are ignored, for anybody on the "
                        "way could have put them in."),
        };
        return 1;
    }
    return 0;
}

int watch_next(struct watch *watch, struct watch_event *event)
{
    if (watch->tls_awaited)
        return next_before_tls(watch, event);
    for (int turn = 0; turn < 2; turn++) {
        const char *state = machine_state_name(&watch->machine);
        *event = (struct watch_event){ .from_client = turn == 0 ? watch->fed_client : !watch->fed_client,
                                       .state_before = state, .state_after = state };
        if (watch->ops->next(watch, watch->part, event) != 1)
            continue;
        if (event->secret && event->masked.len == 0)
            event->masked = event->argument.len > 0 ? event->argument : event->text;
        if (!event->from_client && event->move != NULL && (event->move->flags & watch->ops->tls_flag)) {
            event->kind = WATCH_TLS;
            watch->tls_awaited = true;
        }
        return 1;
    }
    return 0;
}

void watch_tls_started(struct watch *watch)
{
    watch->tls_awaited = false;
    watch->ops->drop(watch->part, true);
    watch->ops->drop(watch->part, false);
    watch->pending_count = 0;
    machine_follow(&watch->machine, watch->ops->tls_started, OUTCOME_OK);
    watch->ahead = watch->machine;
}

/* The best that can come of a command: for most it is OK, for DATA that the server says go on. */
static void hope(struct machine *machine, int verb)
{
    if (machine_step(machine, verb, OUTCOME_OK) == NULL)
        machine_step(machine, verb, OUTCOME_MORE);
}

void watch_check(struct watch *watch, int verb, struct watch_event *event)
{
    event->move = machine_allows(&watch->ahead, verb);
    hope(&watch->ahead, verb);
    if (event->move != NULL || event->error != NULL || event->word == NULL)
        return;
    if (!watch_is_greeted(watch))
        event->error = N_("The client speaks before the server has greeted.");
    else if (!watch->joined_late)
        event->error = N_("The protocol does not allow this command in this state.");
}

void watch_mask(struct watch_event *event, struct span part)
{
    event->secret = part.len > 0;
    event->masked = event->secret ? part : (struct span){ NULL, 0 };
}

static void grow(struct watch *watch)
{
    size_t room = watch->pending_room == 0 ? 8 : watch->pending_room * 2;
    struct watch_pending *ring = mem_alloc(room * sizeof *ring);
    for (size_t i = 0; i < watch->pending_count; i++)
        ring[i] = watch->pending[(watch->pending_first + i) % watch->pending_room];
    free(watch->pending);
    watch->pending = ring;
    watch->pending_room = room;
    watch->pending_first = 0;
}

void watch_queue(struct watch *watch, int verb, unsigned detail, struct watch_event *event)
{
    if (event->number == 0)
        event->number = ++watch->commands;
    event->command = event->word;
    if (watch->pending_count == PENDING_MAX) {
        event->error = N_("Too many commands wait for their replies; this one's will not be recognized.");
        return;
    }
    if (watch->pending_count == watch->pending_room)
        grow(watch);
    watch->pending[(watch->pending_first + watch->pending_count++) % watch->pending_room] =
        (struct watch_pending){ verb, detail, event->number, event->word };
}

const struct watch_pending *watch_oldest(const struct watch *watch)
{
    return watch->pending_count > 0 ? &watch->pending[watch->pending_first] : NULL;
}

const struct watch_pending *watch_promote(struct watch *watch, uint64_t number)
{
    for (size_t i = 0; i < watch->pending_count; i++) {
        struct watch_pending found = watch->pending[(watch->pending_first + i) % watch->pending_room];
        if (found.number != number)
            continue;
        for (; i > 0; i--)
            watch->pending[(watch->pending_first + i) % watch->pending_room] =
                watch->pending[(watch->pending_first + i - 1) % watch->pending_room];
        watch->pending[watch->pending_first] = found;
        return watch_oldest(watch);
    }
    return NULL;
}

void watch_answered(struct watch *watch)
{
    if (watch->pending_count > 0) {
        watch->pending_first = (watch->pending_first + 1) % watch->pending_room;
        watch->pending_count--;
    }
    if (watch->pending_count == 0)
        watch->ahead = watch->machine;
}

void watch_belongs(const struct watch *watch, struct watch_event *event)
{
    const struct watch_pending *oldest = watch_oldest(watch);
    if (oldest != NULL) {
        event->command = oldest->word;
        event->number = oldest->number;
    } else if (event->error == NULL && watch_is_greeted(watch) && !watch->joined_late) {
        event->error = N_("The server replies to no command.");
    }
}

void watch_move(struct watch *watch, int verb, enum outcome outcome, struct watch_event *event)
{
    event->state_before = machine_state_name(&watch->machine);
    event->move = machine_step(&watch->machine, verb, outcome);
    /* A refusal needs no row: what is not allowed is refused and moves nothing. */
    if (event->move == NULL && (outcome == OUTCOME_OK || outcome == OUTCOME_MORE || outcome == OUTCOME_BYE)) {
        event->move = machine_follow(&watch->machine, verb, outcome);
        if (event->move != NULL && event->error == NULL && !watch->joined_late)
            event->error = N_("The server accepts what the protocol does not allow in this state.");
    }
    event->state_after = machine_state_name(&watch->machine);
    if (watch->pending_count == 0)
        watch->ahead = watch->machine;
}
