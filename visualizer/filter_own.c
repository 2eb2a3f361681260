/*
 * filter_own.c - the fields that only Pli has: the exchange a packet belongs
 * to, and the layers of both models.
 */
#include <string.h>

#include "io/i18n.h"
#include "visualizer/exchange.h"
#include "visualizer/filter_parts.h"

enum own {
    OWN_EXCHANGE, OWN_NUMBER, OWN_PROTOCOL, OWN_FROM, OWN_TO, OWN_SUMMARY, OWN_STATE, OWN_REMARK, OWN_KIND,
    OWN_OSI_LAYER, OWN_OSI_SERVES, OWN_OSI_STACK, OWN_TCPIP_LAYER, OWN_COUNT
};

static const struct field_label osi_labels[] = {
    { 1, N_("Physical") }, { 2, N_("Data link") }, { 3, N_("Network") }, { 4, N_("Transport") }, { 5, N_("Session") },
    { 6, N_("Presentation") }, { 7, N_("Application") }, { 0, NULL },
};
static const struct field_label tcpip_labels[] = {
    { TCPIP_NETWORK_ACCESS, N_("Network access") }, { TCPIP_INTERNET, N_("Internet") },
    { TCPIP_TRANSPORT, N_("Transport") }, { TCPIP_APPLICATION, N_("Application") }, { 0, NULL },
};

static const struct field_row rows[OWN_COUNT] = {
    [OWN_EXCHANGE] = { "exchange", FIELD_TEXT, 0, 1, N_("Exchange"), N_("The exchange's name: \"envelope\"."), NULL },
    [OWN_NUMBER] = { "exchange.number", FIELD_DECIMAL, 4, 1, N_("Number"), N_("The exchange's number."), NULL },
    [OWN_PROTOCOL] = { "exchange.protocol", FIELD_TEXT, 0, 1, N_("Protocol"), N_("Its protocol: \"SMTP\"."), NULL },
    [OWN_FROM] = { "exchange.from", FIELD_TEXT, 0, 1, N_("From"), N_("Who began it: a name or an address."), NULL },
    [OWN_TO] = { "exchange.to", FIELD_TEXT, 0, 1, N_("To"), N_("With whom: a name or an address."), NULL },
    [OWN_SUMMARY] = { "exchange.summary", FIELD_TEXT, 0, 1, N_("Summary"), N_("What it was about, in a line."), NULL },
    [OWN_STATE] = { "exchange.state", FIELD_TEXT, 0, 1, N_("State"),
        N_("The states that the packet moved the dialogue to."), NULL },
    [OWN_REMARK] = { "exchange.remark", FIELD_TEXT, 0, 1, N_("Remark"),
        N_("What is to be said about it: errors, losses, dangers."), NULL },
    [OWN_KIND] = { "exchange.kind", FIELD_TEXT, 0, 1, N_("Kind"),
        N_("The row of --print models: \"envelope\"."), NULL },
    [OWN_OSI_LAYER] = { "osi.layer", FIELD_DECIMAL, 1, 1, N_("OSI layer"),
        N_("The layer at which the exchange lives; of a packet in no exchange, that of its innermost protocol."),
        osi_labels },
    [OWN_OSI_SERVES] = { "osi.serves", FIELD_DECIMAL, 1, 1, N_("OSI layers served"),
        N_("The layers whose work the exchange does."), osi_labels },
    [OWN_OSI_STACK] = { "osi.stack", FIELD_DECIMAL, 1, 1, N_("OSI layers present"),
        N_("The layers of all protocols in the packet."), osi_labels },
    [OWN_TCPIP_LAYER] = { "tcpip.layer", FIELD_DECIMAL, 1, 1, N_("TCP/IP layer"),
        N_("The same as osi.layer in the other model: 1 Network access, 2 Internet, 3 Transport, 4 Application."),
        tcpip_labels },
};

int own_find(const char *name)
{
    for (int i = 0; i < OWN_COUNT; i++)
        if (strcmp(rows[i].name, name) == 0)
            return i;
    return -1;
}

const struct field_row *own_row(size_t index)
{
    return index < OWN_COUNT ? &rows[index] : NULL;
}

const struct field_row *filter_own_field(size_t index)
{
    return own_row(index);
}

bool own_asks_exchanges(int which)
{
    return which != OWN_OSI_STACK;
}

static void push_text(struct evaluation *evaluation, const char *text)
{
    if (text != NULL)
        evaluation_push(evaluation, (struct value){ .kind = VALUE_TEXT, .bytes = (const uint8_t *)text,
                                                    .size = strlen(text) });
}

/* The name as the tables have it, and as this user sees it. */
static void push_name(struct evaluation *evaluation, const char *name)
{
    push_text(evaluation, name);
    if (strcmp(_(name), name) != 0)
        push_text(evaluation, _(name));
}

static void push_number(struct evaluation *evaluation, unsigned number)
{
    evaluation_push(evaluation, (struct value){ .kind = VALUE_NUMBER, .number = number, .size = 1 });
}

static void push_layers(struct evaluation *evaluation, unsigned mask)
{
    for (unsigned osi = 1; osi <= OSI_LAYERS; osi++)
        if (mask & 1u << osi)
            push_number(evaluation, osi);
}

static unsigned stack_of(const struct packet *packet)
{
    unsigned mask = 0;
    for (size_t i = 0; i < packet->layer_count; i++)
        mask |= 1u << protocols[packet->layers[i].protocol]->osi;
    return mask;
}

static void push_state(struct evaluation *evaluation, const struct exchange *exchange)
{
    for (size_t i = 0; i < exchange->step_count; i++)
        if (exchange->steps[i].packet == evaluation->packet->number)
            push_text(evaluation, exchange->steps[i].state_after);
}

static void push_of_exchange(struct evaluation *evaluation, const struct exchange *exchange, enum own which)
{
    switch (which) {
    case OWN_EXCHANGE:    push_name(evaluation, exchange->name); break;
    case OWN_NUMBER:      push_number(evaluation, exchange->number); break;
    case OWN_PROTOCOL:    push_text(evaluation, exchange->protocol); break;
    case OWN_FROM:        push_text(evaluation, exchange->from); break;
    case OWN_TO:          push_text(evaluation, exchange->to); break;
    case OWN_SUMMARY:     push_text(evaluation, exchange->summary); break;
    case OWN_STATE:       push_state(evaluation, exchange); break;
    case OWN_KIND:        push_text(evaluation, exchange->row->key); break;
    case OWN_OSI_LAYER:   push_number(evaluation, (unsigned)exchange->row->osi); break;
    case OWN_OSI_SERVES:  push_layers(evaluation, exchange->row->serves); break;
    case OWN_TCPIP_LAYER: push_number(evaluation, (unsigned)exchange->row->tcpip); break;
    case OWN_REMARK:
        for (size_t i = 0; i < exchange->remark_count; i++)
            push_name(evaluation, exchange->remarks[i].text);
        break;
    case OWN_OSI_STACK: case OWN_COUNT:
        break;
    }
}

void own_values(struct evaluation *evaluation, int which)
{
    const struct layer *top = packet_top(evaluation->packet);
    if (which == OWN_OSI_STACK) {
        push_layers(evaluation, stack_of(evaluation->packet));
        return;
    }
    for (size_t i = 0; i < evaluation->exchange_count; i++)
        push_of_exchange(evaluation, evaluation->exchanges[i], (enum own)which);
    if (evaluation->exchange_count > 0 || top == NULL)
        return;
    if (which == OWN_OSI_LAYER)
        push_number(evaluation, (unsigned)protocols[top->protocol]->osi);
    else if (which == OWN_TCPIP_LAYER)
        push_number(evaluation, (unsigned)protocols[top->protocol]->tcpip);
}
