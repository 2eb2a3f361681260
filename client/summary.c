#include "summary.h"

#include <stdlib.h>
#include <string.h>

#include "core/address.h"
#include "core/date.h"
#include "core/header.h"
#include "core/mem.h"
#include "io/charset.h"

enum { TEXT_MAX = 8192 };

static void set(char **place, const char *text)
{
    char *copy = mem_text(text);
    free(*place);
    *place = copy;
}

static void set_decoded(char **place, struct span value)
{
    struct buf out;
    buf_init(&out, TEXT_MAX);
    charset_header(value, &out);
    set(place, buf_text(&out));
    buf_free(&out);
}

/* Message-IDs are no text: only unfolded. */
static void set_plain(char **place, struct span value)
{
    struct buf out;
    buf_init(&out, TEXT_MAX);
    header_unfold(value, &out);
    set(place, buf_text(&out));
    buf_free(&out);
}

static char *address_text(const struct address *address)
{
    struct buf out;
    buf_init(&out, TEXT_MAX);
    address_write_local(address->local, &out);
    if (address->domain.len > 0)
        buf_printf(&out, "@%.*s", (int)address->domain.len, address->domain.at);
    char *text = mem_text(buf_text(&out));
    buf_free(&out);
    return text;
}

/* The first mailbox of a list: its name, decoded, and its address. false: there is none. */
static bool first_mailbox(struct span value, char **name, char **mailbox)
{
    struct address_walk walk;
    struct address address;
    bool found = false;
    address_start(&walk, value);
    while (!found && address_next(&walk, &address))
        found = address.kind == ADDRESS_MAILBOX;
    if (found) {
        char *text = address_text(&address);
        set_decoded(name, address.name);
        if (**name == '\0')
            set(name, text);
        if (mailbox != NULL)
            set(mailbox, text);
        free(text);
    }
    address_finish(&walk);
    return found;
}

static void read_field(struct mail_envelope *envelope, const struct header_field *field)
{
    struct date date;
    if (span_is_nocase(field->name, "Subject"))
        set_decoded(&envelope->subject, field->value);
    else if (span_is_nocase(field->name, "From") &&
             !first_mailbox(field->value, &envelope->from, &envelope->from_address))
        set_decoded(&envelope->from, field->value);
    else if (span_is_nocase(field->name, "To") && !first_mailbox(field->value, &envelope->to, NULL))
        set_decoded(&envelope->to, field->value);
    else if (span_is_nocase(field->name, "Date") && date_parse(field->value, &date) == 0)
        envelope->date = date_to_unix(&date);
    else if (span_is_nocase(field->name, "Message-ID"))
        set_plain(&envelope->message_id, field->value);
    else if (span_is_nocase(field->name, "In-Reply-To"))
        set_plain(&envelope->in_reply_to, field->value);
    else if (span_is_nocase(field->name, "References"))
        set_plain(&envelope->references, field->value);
}

static void empty_texts(struct mail_envelope *envelope)
{
    char **texts[] = { &envelope->from, &envelope->from_address, &envelope->to, &envelope->subject,
                       &envelope->message_id, &envelope->in_reply_to, &envelope->references };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        set(texts[i], "");
}

void summary_fill(struct mail_envelope *envelope, struct span header)
{
    struct header_walk walk;
    struct header_field field;
    empty_texts(envelope);
    header_start(&walk, header);
    while (header_next(&walk, &field))
        read_field(envelope, &field);
}

void summary_clear(struct mail_envelope *envelope)
{
    free(envelope->uid);
    free(envelope->from);
    free(envelope->from_address);
    free(envelope->to);
    free(envelope->subject);
    free(envelope->message_id);
    free(envelope->in_reply_to);
    free(envelope->references);
    *envelope = (struct mail_envelope){ .number = 0 };
}

struct mail_envelope *summary_add(struct mail_source *source)
{
    if ((source->count & (source->count - 1)) == 0) { /* the room is the next power of two, or more */
        size_t room = source->count > 0 ? 2 * source->count : 1;
        source->messages = mem_grow(source->messages, room, sizeof *source->messages);
    }
    struct mail_envelope *envelope = &source->messages[source->count++];
    *envelope = (struct mail_envelope){ .number = (unsigned)source->count };
    set(&envelope->uid, "");
    empty_texts(envelope);
    return envelope;
}

void summary_remove(struct mail_source *source, unsigned flags)
{
    size_t kept = 0;
    for (size_t i = 0; i < source->count; i++) {
        if (source->messages[i].flags & flags) {
            summary_clear(&source->messages[i]);
            continue;
        }
        source->messages[kept] = source->messages[i];
        source->messages[kept].number = (unsigned)kept + 1;
        kept++;
    }
    source->count = kept;
}

void summary_reset(struct mail_source *source)
{
    for (size_t i = 0; i < source->count; i++)
        summary_clear(&source->messages[i]);
    free(source->messages);
    source->messages = NULL;
    source->count = 0;
}
