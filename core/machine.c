#include "machine.h"

#include <string.h>

void machine_init(struct machine *machine, const struct machine_table *table)
{
    *machine = (struct machine){ .table = table };
}

const struct move *machine_allows(const struct machine *machine, int verb)
{
    const struct machine_table *table = machine->table;
    for (size_t i = 0; i < table->move_count; i++)
        if (table->moves[i].state == machine->state && table->moves[i].verb == verb)
            return &table->moves[i];
    return NULL;
}

static const struct move *find(const struct machine *machine, int verb, enum outcome outcome)
{
    const struct machine_table *table = machine->table;
    for (size_t i = 0; i < table->move_count; i++) {
        const struct move *move = &table->moves[i];
        if (move->state == machine->state && move->verb == verb && move->outcome == outcome)
            return move;
    }
    return NULL;
}

static const struct move *make(struct machine *machine, const struct move *move)
{
    if (move == NULL)
        return NULL;
    if (machine->narrate != NULL)
        machine->narrate(machine->context, machine, move);
    machine->state = move->next;
    return move;
}

const struct move *machine_step(struct machine *machine, int verb, enum outcome outcome)
{
    return make(machine, find(machine, verb, outcome));
}

const struct move *machine_follow(struct machine *machine, int verb, enum outcome outcome)
{
    const struct machine_table *table = machine->table;
    const struct move *move = find(machine, verb, outcome);
    for (size_t i = 0; move == NULL && i < table->move_count; i++)
        if (table->moves[i].verb == verb && table->moves[i].outcome == outcome)
            move = &table->moves[i];
    return make(machine, move);
}

const char *machine_state_name(const struct machine *machine)
{
    return machine->table->state_names[machine->state];
}

/* Has an edge from the same state to the same state been drawn before row i? */
static bool drawn_before(const struct machine_table *table, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (table->moves[j].state == table->moves[i].state && table->moves[j].next == table->moves[i].next)
            return true;
    return false;
}

static int dot_edge(const struct machine_table *table, size_t first, struct buf *out)
{
    const struct move *edge = &table->moves[first];
    int status = buf_printf(out, "  s%d -> s%d [label=\"", edge->state, edge->next);
    int last_verb = -1;
    for (size_t i = first; i < table->move_count; i++) {
        const struct move *move = &table->moves[i];
        if (move->state != edge->state || move->next != edge->next || move->verb == last_verb)
            continue;
        status |= buf_printf(out, "%s%s", last_verb < 0 ? "" : "\\n", table->verb_names[move->verb]);
        last_verb = move->verb;
    }
    return status | buf_add_text(out, "\"];\n");
}

int machine_dot(const struct machine_table *table, int lit, struct buf *out)
{
    int status = buf_printf(out, "digraph \"%s\" {\n  rankdir=LR;\n  node [shape=box, style=rounded];\n",
                            table->protocol);
    for (size_t i = 0; i < table->state_count; i++)
        status |= buf_printf(out, "  s%zu [label=\"%s\"%s];\n", i, table->state_names[i],
                             (int)i == lit ? ", style=\"rounded,filled\", fillcolor=gold" : "");
    for (size_t i = 0; i < table->move_count; i++)
        if (!drawn_before(table, i))
            status |= dot_edge(table, i, out);
    return status | buf_add_text(out, "}\n");
}
