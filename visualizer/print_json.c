/*
 * print_json.c - all that the decoders know of each packet, as an array of JSON
 * objects: number, time, and the layers outer to inner, each with both models
 * and its fields in order (names as in Wireshark, values as texts, because one
 * name may occur several times).
 */
#include "visualizer/face.h"

#include <jansson.h>
#include <string.h>

#include "io/i18n.h"

struct work {
    const struct print_options *options;
    FILE *out;
    bool any;
};

static json_t *text_of(struct buf *text)
{
    json_t *value = json_stringn(text->len > 0 ? text->data : "", text->len);
    buf_clear(text);
    return value;
}

static json_t *field_object(const struct field *field, struct buf *text)
{
    json_t *object = json_object();
    json_object_set_new(object, "name", json_string(field_row(field)->name));
    field_write(field, text);
    json_object_set_new(object, "value", text_of(text));
    if (field->length > 0) {
        json_object_set_new(object, "buffer", json_integer(field->buffer));
        json_object_set_new(object, "offset", json_integer(field->offset));
        json_object_set_new(object, "length", json_integer(field->length));
    }
    return object;
}

static json_t *layer_object(const struct packet *packet, size_t index, struct buf *text)
{
    const struct layer *layer = &packet->layers[index];
    const struct protocol *protocol = protocols[layer->protocol];
    json_t *object = json_object(), *fields = json_array();
    json_object_set_new(object, "protocol", json_string(protocol->filter));
    json_object_set_new(object, "osi", json_integer(protocol->osi));
    json_object_set_new(object, "tcpip", json_string(layers_tcpip((int)protocol->tcpip)->name));
    json_object_set_new(object, "buffer", json_integer(layer->buffer));
    json_object_set_new(object, "offset", json_integer(layer->offset));
    json_object_set_new(object, "header", json_integer(layer->header));
    json_object_set_new(object, "length", json_integer(layer->length));
    if (layer->error != NULL)
        json_object_set_new(object, "malformed", json_string(layer->error));
    if (layer->cut)
        json_object_set_new(object, "cut", json_true());
    for (size_t i = 0; i < packet->field_count; i++)
        if (packet->fields[i].layer == index)
            json_array_append_new(fields, field_object(&packet->fields[i], text));
    json_object_set_new(object, "fields", fields);
    return object;
}

static void print_packet(void *context, const struct packet *packet)
{
    struct work *work = context;
    struct buf text;
    buf_init(&text, 1 << 24);
    json_t *object = json_object(), *layers = json_array();
    json_object_set_new(object, "number", json_integer(packet->number));
    buf_printf(&text, "%lld.%09lld", (long long)(packet->time / 1000000000), (long long)(packet->time % 1000000000));
    json_object_set_new(object, "time", text_of(&text));
    for (size_t i = 0; i < packet->layer_count; i++)
        json_array_append_new(layers, layer_object(packet, i, &text));
    json_object_set_new(object, "layers", layers);
    fputs(work->any ? ",\n" : "[\n", work->out);
    json_dumpf(object, work->out, JSON_COMPACT);
    work->any = true;
    json_decref(object);
    buf_free(&text);
}

int print_json(struct trace *trace, const struct print_options *options, FILE *out, struct buf *error)
{
    (void)error;
    struct work work = { options, out, false };
    struct wants *wants = wants_new();
    wants_everything(wants);
    face_pass(trace, options->selection, print_packet, &work, wants);
    fputs(work.any ? "\n]\n" : "[]\n", out);
    wants_free(wants);
    return 0;
}
