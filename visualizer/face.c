#include "visualizer/face.h"

#include <string.h>

const struct face faces[] = {
    { "exchanges", N_("one line for each exchange: a table of contents of the conversation"), print_exchanges, false },
    { "ladder", N_("the conversation as arrows between hosts, with layers and states"), print_ladder, false },
    { "letter", N_("each letter, followed from hop to hop"), print_letter, false },
    { "consequences", N_("each fault of the lab's wire: who noticed it, who repaired it, who never knew"),
      print_consequences, false },
    { "consequences-json", N_("the same, as JSON"), print_consequences_json, false },
    { "packets", N_("one line for each packet"), print_packets, false },
    { "fields", N_("the fields named by -e, as tshark -T fields prints them"), print_fields, false },
    { "layers", N_("the stack of layers in each packet, in both models"), print_layers, false },
    { "json", N_("everything about each packet, as JSON"), print_json, false },
    { "shares", N_("whose bytes are on the wire: the share of each layer"), print_shares, false },
    { "machines", N_("the tables that SMTP, POP3 and IMAP run on: every move, and the RFC that says so"),
      print_machines, true },
    { "models", N_("the two models, and which exchange belongs to which layer, and why"), print_models, true },
};

const size_t face_count = sizeof faces / sizeof faces[0];

const struct face *face_find(const char *name)
{
    for (size_t i = 0; i < face_count; i++)
        if (strcmp(faces[i].name, name) == 0)
            return &faces[i];
    return NULL;
}

struct filtered {
    struct selection *selection;
    trace_listener *listener;
    void *context;
};

static void take(void *context, const struct packet *packet)
{
    const struct filtered *filtered = context;
    if (selection_packet(filtered->selection, packet))
        filtered->listener(filtered->context, packet);
}

void face_pass(struct trace *trace, struct selection *selection, trace_listener *listener, void *context,
               const struct wants *wants)
{
    struct filtered filtered = { selection, listener, context };
    struct wants *all = wants_new();
    all->values_only = true;
    wants_also(all, wants);
    selection_wants(selection, all);
    trace_listen(trace, take, &filtered, all);
    trace_forward_only(trace);
    do {
        trace_pass(trace, 0);
    } while (trace_wait(trace));
    trace_pass(trace, 0); /* what came with the end */
    wants_free(all);
}
