/*
 * watch_ops.h - what a protocol adds to the watch: its parsers.
 *
 * For core/watch*.c only. The generic half (watch.c) owns the machine, the
 * queue of commands that wait for their reply and the TLS boundary; a protocol
 * (watch_smtp.c ...) owns its two parsers in its part of the struct and turns
 * their events into watch events with the helpers below. One row in watch.c
 * makes it known.
 */
#ifndef PLI_CORE_WATCH_OPS_H
#define PLI_CORE_WATCH_OPS_H

#include "watch.h"

struct watch_ops {
    const struct machine_table *machine;
    const struct word_table *words;
    size_t part_size;          /* of the protocol's part, which is zeroed before open */
    int greeting;              /* verb of the server's first reply */
    int tls_started;           /* verb of a finished TLS handshake */
    unsigned tls_flag;         /* in a move: TLS begins behind this reply */
    void (*open)(void *part);
    void (*close)(void *part);
    void (*feed)(void *part, bool from_client, const void *data, size_t size);
    /* 1 and an event from what was fed of that direction, or 0. Its fields are zeroed and from_client is set. */
    int (*next)(struct watch *watch, void *part, struct watch_event *event);
    uint64_t (*offset)(void *part, bool from_client);          /* of the first byte that made no event yet */
    size_t (*drop)(void *part, bool from_client);              /* forgets that, answers how many bytes it was */
};

extern const struct watch_ops watch_smtp_ops;
extern const struct watch_ops watch_pop3_ops;
extern const struct watch_ops watch_imap_ops;

/* A command that waits for its reply. */
struct watch_pending {
    int verb;
    unsigned detail;           /* the protocol's: POP3 has an argument, say */
    uint64_t number;
    const struct word *word;
};

/* Is the verb legal in the state that the commands before it lead to if they succeed? Fills move, states, error. */
void watch_check(struct watch *watch, int verb, struct watch_event *event);

/* Its reply will be awaited behind those of the commands before it. event's word is kept, its number filled if 0. */
void watch_queue(struct watch *watch, int verb, unsigned detail, struct watch_event *event);

/* The oldest command without a final reply; NULL when none waits. */
const struct watch_pending *watch_oldest(const struct watch *watch);

/* Where replies may overtake each other (IMAP): the command of that number becomes the oldest. NULL if none waits. */
const struct watch_pending *watch_promote(struct watch *watch, uint64_t number);

/* What is said now belongs to the oldest command: fills command, number and the states, and moves nothing. */
void watch_belongs(const struct watch *watch, struct watch_event *event);

/* The server's answer to the verb is known: moves the state, fills move, states and error. */
void watch_move(struct watch *watch, int verb, enum outcome outcome, struct watch_event *event);

/* The reply to the oldest command is complete: the next command is the oldest. */
void watch_answered(struct watch *watch);

/* This part of the text is a password or the like. Nothing when it is empty. */
void watch_mask(struct watch_event *event, struct span part);

/* Was the greeting seen, or has it to be done without? Until then, the server's first reply is the greeting. */
bool watch_is_greeted(const struct watch *watch);

#endif
