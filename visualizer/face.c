#include "visualizer/face.h"

#include <string.h>

const struct face faces[] = {
    { "packets", N_("one line for each packet"), print_packets },
    { "fields", N_("the fields named by -e, as tshark -T fields prints them"), print_fields },
    { "layers", N_("the stack of layers in each packet, in both models"), print_layers },
    { "json", N_("everything about each packet, as JSON"), print_json },
};

const size_t face_count = sizeof faces / sizeof faces[0];

const struct face *face_find(const char *name)
{
    for (size_t i = 0; i < face_count; i++)
        if (strcmp(faces[i].name, name) == 0)
            return &faces[i];
    return NULL;
}

bool face_shows(const struct print_options *options, const struct packet *packet)
{
    return options->filter == NULL || packet->number > 0;
}

void face_pass(struct trace *trace, const struct print_options *options, trace_listener *listener, void *context,
               struct wants *wants)
{
    (void)options;
    trace_listen(trace, listener, context, wants);
    trace_forward_only(trace);
    trace_pass(trace, 0);
}
