/*
 * machine.h - the state machine that all three protocols run on.
 *
 * A protocol is a table: (state, verb, outcome) -> (next state, mode, flags,
 * RFC section). A row that is missing is a protocol error. The server asks
 * machine_allows() before it obeys a command and calls machine_step() when it
 * replies; a client or a watcher calls the same two with what it sees. So the
 * table is the only place that says what is legal when, and diagrams are
 * drawn from it (machine_dot).
 *
 * machine_step(), and machine_follow() for onlookers, make a move by the one
 * function that assigns the state, and it can narrate every move.
 */
#ifndef PLI_CORE_MACHINE_H
#define PLI_CORE_MACHINE_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

/* How the server answered; what each means on the wire is the protocol's to say. */
enum outcome {
    OUTCOME_OK,     /* SMTP 2xx, POP3 +OK, IMAP OK */
    OUTCOME_MORE,   /* SMTP 3xx, POP3 "+ ", IMAP "+": the client is to go on */
    OUTCOME_NO,     /* SMTP 4xx 5xx, POP3 -ERR, IMAP NO */
    OUTCOME_BAD,    /* IMAP BAD */
    OUTCOME_BYE,    /* SMTP 421, IMAP BYE: the server ends the dialogue */
};

struct move {
    int state;
    int verb;           /* the protocol's verb enum; the greeting and the end of data are verbs too */
    enum outcome outcome;
    int next;
    int mode;           /* how to read what the client sends next: the protocol's mode enum, 0 its commands */
    unsigned flags;     /* the protocol's */
    const char *rfc;    /* "RFC 1939 §5" */
};

struct machine_table {
    const char *protocol;           /* "POP3" */
    const char *const *state_names; /* RFC words: "AUTHORIZATION" */
    size_t state_count;
    const char *const *verb_names;
    size_t verb_count;
    const struct move *moves;
    size_t move_count;
};

struct machine {
    const struct machine_table *table;
    int state;
    void (*narrate)(void *context, const struct machine *before, const struct move *move); /* or NULL */
    void *context;
};

void machine_init(struct machine *machine, const struct machine_table *table); /* state 0 */

/* Is there any row for the verb in this state? NULL when not; the first such row (for its RFC section) when so. */
const struct move *machine_allows(const struct machine *machine, int verb);

/* Makes the move and answers its row; NULL, and no move, when no row fits. */
const struct move *machine_step(struct machine *machine, int verb, enum outcome outcome);

/*
 * For onlookers, who must believe what they see: where no row fits, moves as the first row with this verb and
 * outcome does, from whatever state. NULL, and no move, when the table has none.
 */
const struct move *machine_follow(struct machine *machine, int verb, enum outcome outcome);

const char *machine_state_name(const struct machine *machine);

/* The table as a Graphviz drawing; lit: a state to emphasize, or -1. */
int machine_dot(const struct machine_table *table, int lit, struct buf *out);

#endif
