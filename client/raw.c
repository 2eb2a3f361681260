#include "raw.h"

#include <stdlib.h>
#include <string.h>

#include "core/header.h"
#include "core/mem.h"
#include "io/i18n.h"

/* What the header holds, and where it ends: at the first line that is no field, if the empty line is missing. */
struct raw {
    struct span text;
    size_t header_end, body;
    bool from, date, message_id;
};

/* Without -i, a dot alone ends the message, as it did on a terminal. */
static size_t find_dot(struct span text)
{
    for (size_t at = 0; at < text.len;) {
        const char *lf = memchr(text.at + at, '\n', text.len - at);
        size_t end = lf != NULL ? (size_t)(lf - text.at) : text.len;
        size_t length = end - at;
        if (length > 0 && text.at[end - 1] == '\r')
            length--;
        if (length == 1 && text.at[at] == '.')
            return at;
        at = end + 1;
    }
    return text.len;
}

/* "From alice Tue Nov 24 ...": the separator of mail files, which programs leave in front. */
static size_t after_separator(struct span text)
{
    if (text.len < 5 || memcmp(text.at, "From ", 5) != 0)
        return 0;
    const char *lf = memchr(text.at, '\n', text.len);
    return lf != NULL ? (size_t)(lf - text.at) + 1 : text.len;
}

static void look(struct raw *raw)
{
    struct header_walk walk;
    struct header_field field;
    header_start(&walk, raw->text);
    raw->header_end = 0;
    while (header_next(&walk, &field)) {
        if (field.flags & HEADER_NO_FIELD) {
            raw->body = raw->header_end;
            return;
        }
        raw->header_end = walk.at;
        raw->from |= span_is_nocase(field.name, "From");
        raw->date |= span_is_nocase(field.name, "Date");
        raw->message_id |= span_is_nocase(field.name, "Message-ID");
    }
    raw->body = walk.at;
}

/* Who is named in the header. */
static int read_header(const struct raw *raw, const char *domain, struct people *people, struct buf *error)
{
    struct header_walk walk;
    struct header_field field;
    int status = 0;
    header_start(&walk, (struct span){ raw->text.at, raw->header_end });
    while (status == 0 && header_next(&walk, &field)) {
        if (!span_is_nocase(field.name, "To") && !span_is_nocase(field.name, "Cc") &&
            !span_is_nocase(field.name, "Bcc"))
            continue;
        struct buf list;
        buf_init(&list, field.value.len);
        header_unfold(field.value, &list);
        status = people_parse(buf_text(&list), domain, people, error);
        buf_free(&list);
    }
    return status;
}

/* The sender of the header; NULL when there is none that can be read. */
static char *header_sender(const struct raw *raw)
{
    struct header_field field;
    struct people people = { NULL, 0 };
    struct buf list, unused;
    char *sender = NULL;
    if (!header_find((struct span){ raw->text.at, raw->header_end }, "From", &field))
        return NULL;
    buf_init(&list, field.value.len);
    buf_init(&unused, 1000);
    header_unfold(field.value, &list);
    if (people_parse(buf_text(&list), "localhost", &people, &unused) == 0 && people.count > 0)
        sender = mem_text(people.rows[0].mailbox);
    people_free(&people);
    buf_free(&list);
    buf_free(&unused);
    return sender;
}

/* -f wins, "<>" and "" mean nobody (bounces); then the header's From; then who runs the program. */
static char *find_sender(const struct raw *raw, const struct raw_options *options, struct buf *error)
{
    struct people people = { NULL, 0 };
    char *sender = NULL;
    if (options->sender == NULL) {
        sender = header_sender(raw);
        return sender != NULL ? sender : people_self();
    }
    if (*options->sender == '\0' || strcmp(options->sender, "<>") == 0)
        return mem_text("");
    char *host = people_host();
    if (people_parse(options->sender, host, &people, error) == 0 && people.count == 1)
        sender = mem_text(people.rows[0].mailbox);
    else if (error->len == 0)
        buf_printf(error, _("\"%s\" is not one mail address"), options->sender);
    people_free(&people);
    free(host);
    return sender;
}

static int write_from(const struct raw_options *options, const char *sender, struct buf *out)
{
    char *self = *sender == '\0' ? people_self() : mem_text(sender);
    struct person person = { mem_text(options->name != NULL ? options->name : ""), self };
    struct people people = { &person, 1 };
    int status = people_write("From", &people, out);
    free(person.name);
    free(self);
    return status;
}

static int write_message(const struct raw *raw, const struct raw_options *options, const char *sender,
                         struct buf *out)
{
    struct header_walk walk;
    struct header_field field;
    int full = 0;
    if (!raw->from)
        full |= write_from(options, sender, out);
    header_start(&walk, (struct span){ raw->text.at, raw->header_end });
    while (header_next(&walk, &field))
        if (!span_is_nocase(field.name, "Bcc"))
            full |= buf_add(out, raw->text.at + field.offset, field.length);
    if (out->len > 0 && out->data[out->len - 1] != '\n')
        full |= buf_add_text(out, "\r\n");
    if (!raw->date)
        full |= compose_date(out);
    if (!raw->message_id)
        full |= compose_message_id(people_domain(sender), out);
    return full | buf_add_text(out, "\r\n") | buf_add(out, raw->text.at + raw->body, raw->text.len - raw->body);
}

int raw_compose(struct span text, const struct raw_options *options, struct buf *message, struct envelope *envelope,
                struct buf *error)
{
    struct raw raw = { .text = text };
    struct people people = { NULL, 0 };
    *envelope = (struct envelope){ .count = 0 };
    size_t skipped = after_separator(raw.text);
    raw.text = (struct span){ text.at + skipped, text.len - skipped };
    if (!options->ignore_dots)
        raw.text.len = find_dot(raw.text);
    look(&raw);
    envelope->sender = find_sender(&raw, options, error);
    if (envelope->sender == NULL)
        return -1;
    const char *domain = people_domain(envelope->sender);
    int status = options->from_header ? read_header(&raw, domain, &people, error) : 0;
    for (size_t i = 0; i < options->count && status == 0; i++)
        status = people_parse(options->recipients[i], domain, &people, error);
    if (status == 0 && people.count == 0) {
        buf_add_text(error, _("nobody is named to whom the letter goes"));
        status = -1;
    }
    if (status == 0 && write_message(&raw, options, envelope->sender, message) != 0) {
        buf_add_text(error, _("the letter is too large"));
        status = -1;
    }
    if (status == 0) {
        envelope_add(envelope, &people);
        envelope_look(envelope, buf_span(message));
    }
    people_free(&people);
    return status;
}
