#include "summary.h"

#include <stdlib.h>
#include <string.h>

#include "core/address.h"
#include "core/content.h"
#include "core/conversation.h"
#include "core/date.h"
#include "core/header.h"
#include "core/mem.h"
#include "io/charset.h"

enum { TEXT_MAX = 8192 };

/* A text that is likely to come again: a person. */
static const char *known(struct mail_source *source, struct span text)
{
    if (source->known == NULL)
        source->known = mem_alloc(sizeof *source->known);
    return arena_intern(&source->texts, source->known, text);
}

static const char *decoded(struct mail_source *source, struct span value, bool person)
{
    struct buf out;
    buf_init(&out, TEXT_MAX);
    charset_header(value, &out);
    const char *text = person ? known(source, buf_span(&out)) : arena_text(&source->texts, buf_span(&out));
    buf_free(&out);
    return text;
}

static const char *address_text(struct mail_source *source, const struct address *address)
{
    struct buf out;
    buf_init(&out, TEXT_MAX);
    address_write_local(address->local, &out);
    if (address->domain.len > 0)
        buf_printf(&out, "@%.*s", (int)address->domain.len, address->domain.at);
    const char *text = known(source, buf_span(&out));
    buf_free(&out);
    return text;
}

/* The first mailbox of a list: its name, decoded, and its address. */
static void first_mailbox(struct mail_source *source, struct span value, const char **name, const char **mailbox)
{
    struct address_walk walk;
    struct address address;
    bool found = false;
    address_start(&walk, value);
    while (!found && address_next(&walk, &address))
        found = address.kind == ADDRESS_MAILBOX;
    if (!found) {
        *name = decoded(source, value, true);
    } else {
        const char *text = mailbox != NULL || address.name.len == 0 ? address_text(source, &address) : "";
        *name = address.name.len > 0 ? decoded(source, address.name, true) : text;
        if (mailbox != NULL)
            *mailbox = text;
    }
    address_finish(&walk);
}

/* The last ids are the nearest relatives: these are kept of a list that is too long. */
static void read_references(struct mail_source *source, struct mail_envelope *envelope, struct span value)
{
    uint64_t ids[SUMMARY_MAX_REFERENCES];
    size_t count = conversation_read_ids(value, ids, SUMMARY_MAX_REFERENCES);
    if (count == 0)
        return;
    uint64_t *room = arena_room(&source->texts, count * sizeof *room);
    memcpy(room, ids, count * sizeof *room);
    envelope->references = room;
    envelope->reference_count = (uint32_t)count;
}

static bool is_mixed(struct span value)
{
    struct content_field type;
    content_type_parse(value, &type);
    bool mixed = content_is(&type, "multipart", "mixed");
    content_free(&type);
    return mixed;
}

static void read_field(struct mail_source *source, struct mail_envelope *envelope, const struct header_field *field)
{
    struct date date;
    uint64_t id;
    if (span_is_nocase(field->name, "Subject"))
        envelope->subject = decoded(source, field->value, false);
    else if (span_is_nocase(field->name, "From"))
        first_mailbox(source, field->value, &envelope->from, &envelope->from_address);
    else if (span_is_nocase(field->name, "To"))
        first_mailbox(source, field->value, &envelope->to, NULL);
    else if (span_is_nocase(field->name, "Date") && date_parse(field->value, &date) == 0)
        envelope->date = date_to_unix(&date);
    else if (span_is_nocase(field->name, "Message-ID") && conversation_read_ids(field->value, &id, 1) == 1)
        envelope->id = id;
    else if (span_is_nocase(field->name, "References"))
        read_references(source, envelope, field->value);
    else if (span_is_nocase(field->name, "In-Reply-To") && envelope->reference_count == 0)
        read_references(source, envelope, field->value);
    else if (span_is_nocase(field->name, "Content-Type") && is_mixed(field->value))
        envelope->flags |= MAIL_ATTACHED;
}

static void empty_texts(struct mail_envelope *envelope)
{
    envelope->from = envelope->from_address = envelope->to = envelope->subject = "";
    envelope->references = NULL;
    envelope->reference_count = 0;
}

void summary_fill(struct mail_source *source, struct mail_envelope *envelope, struct span header)
{
    struct header_walk walk;
    struct header_field field;
    source->blank -= (envelope->flags & MAIL_BLANK) != 0 && source->blank > 0;
    envelope->flags &= ~(unsigned)(MAIL_BLANK | MAIL_ATTACHED);
    empty_texts(envelope);
    header_start(&walk, header);
    while (header_next(&walk, &field))
        read_field(source, envelope, &field);
    source->cache_stale = true;
}

struct mail_envelope *summary_add(struct mail_source *source, struct span uid)
{
    if ((source->count & (source->count - 1)) == 0) { /* the room is the next power of two, or more */
        size_t room = source->count > 0 ? 2 * source->count : 1;
        source->messages = mem_grow(source->messages, room, sizeof *source->messages);
    }
    struct mail_envelope *envelope = &source->messages[source->count++];
    *envelope = (struct mail_envelope){ .number = (unsigned)source->count, .flags = MAIL_BLANK };
    envelope->uid = uid.len > 0 ? arena_text(&source->texts, uid) : "";
    empty_texts(envelope);
    source->blank++;
    return envelope;
}

void summary_take(struct mail_source *source, struct mail_envelope *to, const struct mail_envelope *from)
{
    const char *uid = to->uid;
    unsigned number = to->number, flags = to->flags & (MAIL_KEPT | MAIL_RECENT);
    source->blank -= (from->flags & MAIL_BLANK) == 0 && (to->flags & MAIL_BLANK) != 0 && source->blank > 0;
    *to = *from;
    to->uid = uid;
    to->number = number;
    to->flags = flags | (from->flags & (MAIL_ATTACHED | MAIL_BLANK));
}

void summary_count(struct mail_source *source)
{
    source->blank = 0;
    for (size_t i = 0; i < source->count; i++) {
        source->messages[i].number = (unsigned)i + 1;
        source->blank += (source->messages[i].flags & MAIL_BLANK) != 0;
    }
}

void summary_remove(struct mail_source *source, unsigned flags)
{
    size_t kept = 0;
    for (size_t i = 0; i < source->count; i++)
        if ((source->messages[i].flags & flags) == 0)
            source->messages[kept++] = source->messages[i];
    source->cache_stale |= kept < source->count;
    source->count = kept;
    summary_count(source);
}

void summary_reset(struct mail_source *source)
{
    free(source->messages);
    free(source->known);
    arena_free(&source->texts);
    source->known = NULL;
    source->messages = NULL;
    source->count = source->blank = 0;
}
