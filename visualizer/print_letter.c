/*
 * print_letter.c - one letter followed over its hops: who handed it to whom, by
 * which protocol, what the envelope said and what the header says.
 *
 * The passages of a letter are found by its Message-ID. Who plays which role:
 * whoever hands over a letter that carries no Received line yet is the user's
 * agent (MUA); later hops are between transfer agents (MTA); POP3 and IMAP
 * bring it from the delivery agent's mailbox (MDA) to a MUA. Ports 587 and 465 are submission (RFC
 * 6409, RFC 8314), and there a MSA takes it. What a MDA does with the letter,
 * from the mailbox's folder to the disk, is on no wire.
 */
#include "visualizer/print_exchange.h"

#include <stdlib.h>
#include <string.h>

#include "io/i18n.h"
#include "visualizer/exchange_letter.h"

bool letter_same(const struct letter_passage *a, const struct letter_passage *b)
{
    return a->message_id && b->message_id && strcmp(a->message_id, b->message_id) == 0;
}

static bool seen_before(const struct exchange_list *list, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (letter_same(letter_at(list, i), letter_at(list, index)))
            return true;
    return false;
}

/* The exchanges of the passage's connection, from its first to its last. */
static void range_of(const struct exchange_list *list, const struct letter_passage *letter, unsigned *first,
                     unsigned *last)
{
    *first = *last = letter->exchange->number;
    for (size_t i = 0; i < exchange_count(list); i++) {
        const struct exchange *exchange = exchange_at(list, i);
        if (exchange->connection != letter->exchange->connection || exchange->connection == 0)
            continue;
        if (exchange->number < *first)
            *first = exchange->number;
        if (exchange->number > *last)
            *last = exchange->number;
    }
}

static bool is_submission(const struct exchange *exchange)
{
    switch (exchange->server_port) {
    case 587: case 465: case 2587: case 2465:
        return true;
    default:
        return false;
    }
}

struct letter_roles letter_roles(const struct letter_passage *letter)
{
    const struct exchange *exchange = letter->exchange;
    const char *client = exchange->backward_begin ? exchange->to : exchange->from;
    const char *server = exchange->backward_begin ? exchange->from : exchange->to;
    if (strcmp(exchange->protocol, "SMTP") == 0)
        return (struct letter_roles){ letter->received_count == 0 ? "MUA" : "MTA",
                                      is_submission(exchange) ? "MSA" : "MTA", client, server };
    if (exchange->row->id == LAYER_CONTENT && strcmp(exchange->name, "append") == 0)
        return (struct letter_roles){ "MUA", "MDA", client, server };
    return (struct letter_roles){ "MDA", "MUA", server, client };
}

static void print_passage(const struct exchange_list *list, const struct letter_passage *letter, unsigned hop,
                          FILE *out)
{
    const struct exchange *exchange = letter->exchange;
    const struct letter_roles roles = letter_roles(letter);
    const int64_t begin = letter->envelope ? letter->envelope->start : exchange->start;
    unsigned first, last;
    range_of(list, letter, &first, &last);
    fprintf(out, " %u %-8s %-24s ──%s%s%s──▸ %-8s %-24s", hop, roles.giver, roles.from, exchange->protocol,
            is_submission(exchange) ? _(" submission") : "", exchange->enciphered ? ", TLS" : "", roles.taker,
                roles.to);
    fprintf(out, " %s %u–%u  %.1f ms%s\n", _("exchanges"), first, last, (double)(exchange->end - begin) / 1e6,
            letter->header_only ? _("  (header only)") : "");
    if (letter->answer)
        fprintf(out, "   %s\n", letter->answer);
}

static void print_letter_of(const struct exchange_list *list, size_t index, FILE *out)
{
    const struct letter_passage *letter = letter_at(list, index), *latest = letter;
    fprintf(out, " %s  \"%s\"  %s → %s\n", letter->message_id ? letter->message_id : _("(no Message-ID)"),
            letter->subject ? letter->subject : "", letter->from ? letter->from : "?", letter->to ? letter->to : "?");
    unsigned hop = 0;
    for (size_t i = index; i < letter_count(list); i++) {
        const struct letter_passage *passage = letter_at(list, i);
        if (i != index && !letter_same(letter, passage))
            continue;
        print_passage(list, passage, ++hop, out);
        if (passage->received_count >= latest->received_count)
            latest = passage;
    }
    for (size_t i = index; i < letter_count(list); i++) {
        const struct letter_passage *passage = letter_at(list, i);
        if (passage->envelope && (i == index || letter_same(letter, passage)))
            fprintf(out, " %-9s %s\n", _("envelope"), passage->envelope->summary);
    }
    fprintf(out, " %-9s From: %s   To: %s\n", _("header"), latest->from ? latest->from : "?",
            latest->to ? latest->to : "?");
    for (size_t i = latest->received_count; i > 0; i--)
        fprintf(out, " %-9s %s\n", i == latest->received_count ? "Received" : "", latest->received[i - 1]);
    for (size_t i = 0; i < latest->part_count; i++)
        fprintf(out, " %-9s %s\n", i == 0 ? _("layer 6") : "", latest->parts[i]);
    fputc('\n', out);
}

/* A letter is shown whole, with all its passages, when one of them is let through. */
bool letter_selected(const struct exchange_list *list, const struct selection *selection, size_t index)
{
    for (size_t i = index; i < letter_count(list); i++) {
        const struct letter_passage *passage = letter_at(list, i);
        if ((i == index || letter_same(letter_at(list, index), passage)) &&
            (selection_exchange(selection, passage->exchange) ||
             (passage->envelope && selection_exchange(selection, passage->envelope))))
            return true;
    }
    return false;
}

bool print_letters(const struct exchange_list *list, const struct selection *selection, FILE *out)
{
    bool any = false;
    for (size_t i = 0; i < letter_count(list); i++) {
        if (seen_before(list, i) || !letter_selected(list, selection, i))
            continue;
        print_letter_of(list, i, out);
        any = true;
    }
    return any;
}

int print_letter(struct trace *trace, const struct print_options *options, FILE *out, struct buf *error)
{
    struct exchange_list *list = print_collect(trace, options);
    const bool none = letter_count(list) == 0, shown = print_letters(list, options->selection, out);
    exchange_list_free(list);
    if (shown || (!none && options->selection))
        return 0;
    buf_add_text(error, _("No letter goes over in this capture, or only inside TLS whose keys are not known."));
    return -1;
}
