/*
 * export_html.c - one page that steps through the capture in any browser: it
 * holds all it needs, asks no network and runs from a file.
 *
 * page.html is the page; here its data are made: the exchanges with their
 * steps, the packets with layers, fields and bytes, the rows of the layer
 * table, the user's bookmarks and notes, and the page's own words in the language of the user. Passwords are
 * masked in all of them unless reveal was asked for.
 */
#include "visualizer/export.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/i18n.h"
#include "io/palette.h"
#include "io/text.h"
#include "visualizer/exchange.h"
#include "visualizer/notes.h"
#include "visualizer/secret.h"

/* What a browser still shows at once, and how many bytes of a buffer are worth looking at. */
enum { PACKETS_MAX = 5000, BYTES_MAX = 4096, PAGE_MAX = 1 << 30, LINE_MAX_SIZE = 1 << 16 };

static const char page[] =
#include "page.inc"
    ;

static const struct {
    const char *key, *text;
} words[] = {
    { "packet", N_("packet") }, { "exchange", N_("exchange") }, { "packets", N_("packets") },
    { "exchanges", N_("exchanges") }, { "of", N_("of") }, { "why", N_("Why this layer?") },
    { "disputed", N_("Disputed:") }, { "source", N_("Source:") }, { "fields", N_("Fields") }, { "bytes", N_("Bytes") },
    { "state", N_("State:") }, { "serves", N_("its work is done by") }, { "inside", N_("inside TLS") },
    { "note", N_("Note:") }, { "bookmark", N_("bookmark") },
    { "next", N_("Next packet") }, { "back", N_("Packet before") }, { "nextExchange", N_("Next exchange") },
    { "backExchange", N_("Exchange before") }, { "play", N_("Play") }, { "stop", N_("Stop") },
    { "time", N_("time") }, { "between", N_("between") }, { "what", N_("what happens") },
    { "keys", N_("Keys: → ← step packets, ↓ ↑ step exchanges, 1–7 choose a layer, p plays, Home and End.") },
    { "frame", N_("frame") }, { "reassembled", N_("put together from fragments") },
    { "stream", N_("put together from segments") }, { "plaintext", N_("deciphered") },
    { "more", N_("(further bytes are left out)") }, { "empty", N_("The capture has no packets.") },
};

static json_t *text_of(struct buf *text)
{
    json_t *value = json_stringn(text->len > 0 ? text->data : "", text->len);
    buf_clear(text);
    return value;
}

static json_t *text_or_null(const char *text)
{
    return text != NULL && *text != '\0' ? json_string(text) : json_null();
}

/* --- exchanges -------------------------------------------------------------------------- */

static json_t *serves_array(unsigned serves)
{
    json_t *array = json_array();
    for (int osi = OSI_LAYERS; osi >= 1; osi--)
        if (serves & 1u << osi)
            json_array_append_new(array, json_integer(osi));
    return array;
}

static json_t *steps_array(const struct exchange *exchange)
{
    json_t *array = json_array();
    for (size_t i = 0; i < exchange->step_count; i++) {
        const struct exchange_step *step = &exchange->steps[i];
        const bool moves = step->state_before != NULL && step->state_after != NULL &&
                           strcmp(step->state_before, step->state_after) != 0;
        json_array_append_new(array, json_pack("{si sb so so so so si}", "packet", (int)step->packet,
                                               "back", (int)step->backward, "text", text_or_null(step->text),
                                               "before", text_or_null(moves ? step->state_before : NULL),
                                               "after", text_or_null(moves ? step->state_after : NULL),
                                               "rfc", text_or_null(step->rfc), "size", (int)step->bytes));
    }
    return array;
}

static json_t *remarks_array(const struct exchange *exchange)
{
    json_t *array = json_array();
    for (size_t i = 0; i < exchange->remark_count; i++)
        json_array_append_new(array, json_pack("{sb ss so}", "bad", exchange->remarks[i].kind != REMARK_NOTE,
                                               "text", _(exchange->remarks[i].text),
                                               "rfc", text_or_null(exchange->remarks[i].rfc)));
    return array;
}

static json_t *note_of(const struct notes *notes, enum note_place place, uint32_t number)
{
    struct buf text;
    const struct note *note = notes_find(notes, place, number);
    if (note == NULL || note->text == NULL)
        return json_null();
    buf_init(&text, LINE_MAX_SIZE);
    text_safe(&text, note->text, strlen(note->text));
    json_t *value = text_of(&text);
    buf_free(&text);
    return value;
}

static json_t *exchange_object(const struct exchange *exchange, const struct notes *notes, int64_t start)
{
    const struct layer_row *row = exchange->row;
    return json_pack("{si si si sf ss ss sb ss ss ss sb si si so so so so so so so}",
                     "number", (int)exchange->number, "first", (int)exchange->first, "last", (int)exchange->last,
                     "time", (double)(exchange->start - start) / 1e9, "from", exchange->from, "to", exchange->to,
                     "both", (int)exchange->both_ways, "protocol", exchange->protocol, "name", _(exchange->name),
                     "summary", exchange->summary, "inside", (int)exchange->enciphered, "osi", row->osi,
                     "tcpip", row->tcpip, "serves", serves_array(row->serves & ~(1u << row->osi)),
                     "why", text_or_null(_(row->why)),
                     "dispute", text_or_null(row->dispute != NULL ? _(row->dispute) : NULL),
                     "source", text_or_null(row->source), "steps", steps_array(exchange),
                     "remarks", remarks_array(exchange),
                     "note", note_of(notes, NOTE_ON_EXCHANGE, exchange->number));
}

/* --- packets ---------------------------------------------------------------------------- */

struct work {
    const struct export_options *options;
    struct exchange_list *list;
    struct notes *notes;
    json_t *packets;
    json_t *meanings;       /* of the fields: each said once */
    struct buf text;
    size_t count, passed;   /* packets shown, and all */
};

static json_t *field_array(struct work *work, const struct packet *packet, const struct field *field)
{
    const struct field_row *row = field_row(field);
    const bool bytes = row->type == FIELD_TEXT || row->type == FIELD_BYTES;
    if (bytes && !work->options->reveal &&
        (secret_layer(&packet->layers[field->layer]) ||
         secret_bytes(packet, field->buffer, field->offset, field->length)))
        buf_add_text(&work->text, SECRET_DOTS);
    else
        field_describe(field, &work->text);
    if (json_object_get(work->meanings, row->name) == NULL)
        json_object_set_new(work->meanings, row->name, json_pack("[ss]", _(row->title), _(row->meaning)));
    return json_pack("[s o i i i i]", row->name, text_of(&work->text), (int)row->depth, (int)field->buffer,
                     (int)field->offset, (int)field->length);
}

static json_t *layer_object(struct work *work, const struct packet *packet, size_t index)
{
    char hidden[4096];
    const struct layer *layer = &packet->layers[index];
    const struct protocol *protocol = protocols[layer->protocol];
    json_t *fields = json_array();
    for (size_t i = 0; i < packet->field_count; i++)
        if (packet->fields[i].layer == index && field_row(&packet->fields[i])->depth != FIELD_HIDDEN)
            json_array_append_new(fields, field_array(work, packet, &packet->fields[i]));
    const char *info = secret_info(layer, work->options->reveal, hidden, sizeof hidden);
    if (info != NULL)
        text_safe(&work->text, info, strlen(info));
    return json_pack("{ss ss si si si si si so so so}", "name", protocol->name, "title", _(protocol->title),
                     "osi", protocol->osi, "buffer", (int)layer->buffer, "offset", (int)layer->offset,
                     "header", (int)layer->header, "length", (int)layer->length, "info", text_of(&work->text),
                     "error", text_or_null(layer->error != NULL ? _(layer->error) : NULL), "fields", fields);
}

static json_t *buffer_object(struct work *work, const struct packet *packet, uint16_t index)
{
    static const char *const kinds[] = { [BUFFER_FRAME] = "frame", [BUFFER_FRAGMENTS] = "reassembled",
                                         [BUFFER_STREAM] = "stream", [BUFFER_PLAINTEXT] = "plaintext" };
    const struct buffer *buffer = &packet->buffers[index];
    for (size_t i = 0; i < buffer->len && i < BYTES_MAX; i++) {
        if (!work->options->reveal && secret_bytes(packet, index, (uint32_t)i, 1))
            buf_add_text(&work->text, "--");
        else
            buf_printf(&work->text, "%02x", buffer->data[i]);
    }
    return json_pack("{ss so sb}", "kind", kinds[buffer->kind], "hex", text_of(&work->text),
                     "more", buffer->len > BYTES_MAX);
}

static json_t *exchanges_of(const struct work *work, uint32_t number)
{
    const struct exchange *found[64];
    size_t count = exchange_of_packet(work->list, number, found, sizeof found / sizeof found[0]);
    json_t *array = json_array();
    for (size_t i = 0; i < count && i < sizeof found / sizeof found[0]; i++)
        if (selection_exchange(work->options->selection, found[i]))
            json_array_append_new(array, json_integer(found[i]->number));
    return array;
}

static void take_packet(void *context, const struct packet *packet)
{
    struct work *work = context;
    exchange_packet(work->list, packet);
    work->passed++;
    if (!selection_packet(work->options->selection, packet))
        return;
    if (++work->count > PACKETS_MAX)
        return;
    json_t *layers = json_array(), *buffers = json_array();
    for (size_t i = 0; i < packet->layer_count; i++)
        json_array_append_new(layers, layer_object(work, packet, i));
    for (size_t i = 0; i < packet->buffer_count; i++)
        json_array_append_new(buffers, buffer_object(work, packet, (uint16_t)i));
    json_array_append_new(work->packets, json_pack("{si sf so so}", "number", (int)packet->number, "time",
                                                   (double)(packet->time - packet->first_time) / 1e9,
                                                   "layers", layers, "buffers", buffers));
}

/* --- the page --------------------------------------------------------------------------- */

static json_t *model_array(const struct model_layer *(*layer_of)(int), int count)
{
    json_t *array = json_array();
    for (int number = 1; number <= count; number++) {
        const struct model_layer *layer = layer_of(number);
        json_array_append_new(array, json_pack("{si ss ss ss}", "number", number, "name", _(layer->name),
                                               "unit", _(layer->unit), "does", _(layer->does)));
    }
    return array;
}

static json_t *hues_array(void)
{
    char hue[16];
    json_t *array = json_array();
    for (int osi = 1; osi <= OSI_LAYERS; osi++) {
        snprintf(hue, sizeof hue, "#%06x", (unsigned)palette_layer(osi)->rgb_light);
        json_array_append_new(array, json_string(hue));
    }
    return array;
}

static json_t *page_data(struct work *work)
{
    json_t *data = json_object(), *texts = json_object(), *exchanges = json_array(), *of_osi = json_array();
    const char *slash = strrchr(work->options->file, '/');
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        json_object_set_new(texts, words[i].key, json_string(_(words[i].text)));
    for (size_t i = 0; i < exchange_count(work->list); i++)
        if (selection_exchange(work->options->selection, exchange_at(work->list, i)))
            json_array_append_new(exchanges, exchange_object(exchange_at(work->list, i), work->notes,
                                                             exchange_start_time(work->list)));
    for (int osi = 1; osi <= OSI_LAYERS; osi++)
        json_array_append_new(of_osi, json_integer(layers_tcpip_of_osi(osi)));
    for (size_t i = 0; i < json_array_size(work->packets); i++) {
        json_t *packet = json_array_get(work->packets, i);
        const uint32_t number = (uint32_t)json_integer_value(json_object_get(packet, "number"));
        const struct note *note = notes_find(work->notes, NOTE_ON_PACKET, number);
        json_object_set_new(packet, "exchanges", exchanges_of(work, number));
        json_object_set_new(packet, "note", note_of(work->notes, NOTE_ON_PACKET, number));
        json_object_set_new(packet, "bookmark", json_boolean(note != NULL && note->bookmark));
    }
    text_safe(&work->text, slash != NULL ? slash + 1 : work->options->file,
              strlen(slash != NULL ? slash + 1 : work->options->file));
    json_object_set_new(data, "title", text_of(&work->text));
    json_object_set_new(data, "language", json_string(_("en"))); /* TRANSLATORS: the code of this language */
    json_object_set_new(data, "count", json_integer((json_int_t)work->passed));
    json_object_set_new(data, "texts", texts);
    json_object_set_new(data, "hues", hues_array());
    json_object_set_new(data, "osi", model_array(layers_osi, OSI_LAYERS));
    json_object_set_new(data, "tcpip", model_array(layers_tcpip, TCPIP_LAYERS));
    json_object_set_new(data, "tcpipOfOsi", of_osi);
    json_object_set_new(data, "meanings", json_incref(work->meanings));
    json_object_set_new(data, "exchanges", exchanges);
    json_object_set_new(data, "packets", json_incref(work->packets));
    return data;
}

/* In a script element nothing may look like a tag: JSON can write '<' in another way. */
static int add_data(const char *part, size_t size, void *context)
{
    struct buf *out = context;
    for (size_t i = 0; i < size; i++)
        if ((part[i] == '<' ? buf_add_text(out, "\\u003c") : buf_add(out, part + i, 1)) != 0)
            return -1;
    return 0;
}

static int write_page(struct work *work, const char *path, struct buf *error)
{
    static const char mark[] = "@DATA@";
    const char *split = strstr(page, mark);
    struct buf out;
    json_t *data = page_data(work);
    buf_init(&out, PAGE_MAX);
    buf_add(&out, page, (size_t)(split - page));
    int status = json_dump_callback(data, add_data, &out, JSON_COMPACT);
    if (status == 0)
        status = buf_add_text(&out, split + strlen(mark));
    if (status != 0)
        buf_add_text(error, _("The capture is too large for one page."));
    else
        status = export_text(path, &out, error);
    json_decref(data);
    buf_free(&out);
    return status;
}

int export_html(struct trace *trace, const struct export_options *options, const char *path, struct buf *error)
{
    const struct exchange_options how = { .reveal = options->reveal };
    struct work work = { .options = options, .list = exchange_list_new(&how), .packets = json_array(),
                         .meanings = json_object(), .text = { .max = LINE_MAX_SIZE } };
    struct wants *wants = wants_new();
    int status = -1;
    wants_everything(wants);
    exchange_wants(wants);
    exchange_names(work.list, trace);
    trace_listen(trace, take_packet, &work, wants);
    trace_forward_only(trace);
    trace_pass(trace, 0);
    exchange_finish(work.list);
    work.notes = notes_open(options->file, exchange_start_time(work.list), error);
    if (work.count > PACKETS_MAX)
        buf_printf(error, _("%zu packets are too many for one page: at most %d."), work.count, PACKETS_MAX);
    else
        status = write_page(&work, path, error);
    wants_free(wants);
    notes_free(work.notes);
    exchange_list_free(work.list);
    json_decref(work.packets);
    json_decref(work.meanings);
    buf_free(&work.text);
    return status;
}
