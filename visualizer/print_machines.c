/*
 * print_machines.c - the tables that the protocols run on, as text: every move
 * from state to state, what answer makes it, and the RFC section that says so.
 */
#include "visualizer/face.h"

#include "core/watch.h"

static const char *outcome_name(enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_OK: return "OK";
    case OUTCOME_MORE: return "MORE";
    case OUTCOME_NO: return "NO";
    case OUTCOME_BAD: return "BAD";
    case OUTCOME_BYE: return "BYE";
    }
    return "";
}

static void print_table(const struct machine_table *table, FILE *out)
{
    for (size_t i = 0; i < table->move_count; i++) {
        const struct move *move = &table->moves[i];
        fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\n", table->protocol, table->state_names[move->state],
                table->verb_names[move->verb], outcome_name(move->outcome), table->state_names[move->next], move->rfc);
    }
}

int print_machines(struct trace *trace, const struct print_options *options, FILE *out, struct buf *error)
{
    (void)trace;
    (void)options;
    (void)error;
    static const enum watch_protocol mail[] = { WATCH_SMTP, WATCH_POP3, WATCH_IMAP };
    fputs("protocol\tstate\tverb\toutcome\tnext\trfc\n", out);
    for (size_t i = 0; i < sizeof mail / sizeof mail[0]; i++) {
        struct watch *watch = watch_new(mail[i]);
        print_table(watch_machine(watch), out);
        watch_free(watch);
    }
    return 0;
}
