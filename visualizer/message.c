/*
 * message.c - walks through a letter's header with the parser that server and
 * client use (core/header), and notes what the letter's view wants to know.
 */
#include "visualizer/message.h"

#include <string.h>

#include "core/header.h"
#include "io/charset.h"
#include "io/text.h"
#include "visualizer/message_fields.h"

enum { VALUE_MAX = 4096 };

struct reading {
    struct packet *packet;
    struct slice letter;
    struct message_detail *detail;
};

static size_t place(const struct reading *reading, struct span part)
{
    return part.len ? (size_t)((const uint8_t *)part.at - reading->letter.at) : 0;
}

/* Unfolded, encoded words read, and safe to show, in the packet's arena. */
static const char *shown(const struct reading *reading, struct span value)
{
    struct buf plain, safe;
    buf_init(&plain, VALUE_MAX);
    buf_init(&safe, 6 * VALUE_MAX);
    charset_header(value, &plain);
    for (size_t i = 0; i < plain.len; i++)
        if (plain.data[i] == '\t')
            plain.data[i] = ' ';
    text_safe(&safe, plain.data, plain.len);
    const char *text = packet_text(reading->packet, "%s", buf_text(&safe));
    buf_free(&plain);
    buf_free(&safe);
    return text;
}

static void content_type(const struct reading *reading, struct span value)
{
    const char *semicolon = memchr(value.at, ';', value.len);
    const size_t type = semicolon ? (size_t)(semicolon - value.at) : value.len;
    const size_t at = place(reading, value);
    field_bytes(reading->packet, MESSAGE_CONTENT_TYPE_TYPE, reading->letter, at, type);
    if (semicolon && value.len > type + 1)
        field_bytes(reading->packet, MESSAGE_CONTENT_TYPE_PARAMETERS, reading->letter, at + type + 1,
                    value.len - type - 1);
}

static void extension(const struct reading *reading, const struct header_field *field)
{
    const size_t name = place(reading, field->name);
    field_bytes(reading->packet, MESSAGE_EXTENSION, reading->letter, name, (size_t)field->length);
    field_bytes(reading->packet, MESSAGE_EXTENSION_TYPE, reading->letter, name, field->name.len);
    if (field->value.len > 0)
        field_bytes(reading->packet, MESSAGE_EXTENSION_VALUE, reading->letter, place(reading, field->value),
                    field->value.len);
}

static void note(const struct reading *reading, enum message_field row, struct span value)
{
    struct message_detail *detail = reading->detail;
    const char **first = NULL;
    switch (row) {
    case MESSAGE_MESSAGE_ID: first = &detail->message_id; break;
    case MESSAGE_FROM: first = &detail->from; break;
    case MESSAGE_TO: first = &detail->to; break;
    case MESSAGE_SUBJECT: first = &detail->subject; break;
    case MESSAGE_DATE: first = &detail->date; break;
    case MESSAGE_RECEIVED:
        if (detail->received_count < MESSAGE_RECEIVED_MAX)
            detail->received[detail->received_count++] = shown(reading, value);
        return;
    default: return;
    }
    if (!*first)
        *first = shown(reading, value);
}

/* The value as long as Wireshark takes it: with white space at its end. */
static size_t with_spaces(const struct reading *reading, struct span value)
{
    const char *end = (const char *)reading->letter.at + reading->letter.len;
    size_t size = value.len;
    while (value.at + size < end && (value.at[size] == ' ' || value.at[size] == '\t'))
        size++;
    return size;
}

static void take_field(const struct reading *reading, const struct header_field *field)
{
    if (field->flags & HEADER_NO_FIELD)
        return;
    const enum message_field row = message_field_of(field->name);
    if (row == MESSAGE_EXTENSION) {
        extension(reading, field);
        return;
    }
    field_bytes(reading->packet, row, reading->letter, place(reading, field->value),
                with_spaces(reading, field->value));
    if (row == MESSAGE_CONTENT_TYPE)
        content_type(reading, field->value);
    note(reading, row, field->value);
}

void message_decode(struct packet *packet, struct slice letter, bool cut, struct stream *stream)
{
    struct layer *layer = packet_push(packet, PROTOCOL_MESSAGE, letter, 0);
    layer->stream = stream;
    layer->cut = cut;
    /* Often only that there is one matters. */
    const struct wants *wants = packet->wants;
    if (wants->values_only && !wants->info && memchr(packet->want, 1, protocols[PROTOCOL_MESSAGE]->row_count) == NULL)
        return;
    struct message_detail *detail = packet_memory(packet, sizeof *detail);
    const struct reading reading = { packet, letter, detail };
    layer->detail = detail;
    detail->size = letter.len;
    detail->cut = cut;
    struct header_walk walk;
    struct header_field field;
    header_start(&walk, (struct span){ (const char *)letter.at, letter.len });
    while (header_next(&walk, &field) == 1)
        take_field(&reading, &field);
    packet_header(packet, walk.at);
    detail->header_only = walk.at >= letter.len;
    if (detail->from || detail->subject)
        packet_info(packet, "from: %s, subject: %s", detail->from ? detail->from : "",
                    detail->subject ? detail->subject : "");
}
