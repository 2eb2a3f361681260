#include "compose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "client/body.h"
#include "core/date.h"
#include "core/encoded_word.h"
#include "core/header.h"
#include "core/mem.h"
#include "io/i18n.h"

void envelope_free(struct envelope *envelope)
{
    free(envelope->sender);
    for (size_t i = 0; i < envelope->count; i++)
        free(envelope->recipients[i]);
    free(envelope->recipients);
    *envelope = (struct envelope){ .count = 0 };
}

static bool has_8bit(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] > 127)
            return true;
    return false;
}

static bool is_known(const struct envelope *envelope, const char *mailbox)
{
    for (size_t i = 0; i < envelope->count; i++)
        if (strcmp(envelope->recipients[i], mailbox) == 0)
            return true;
    return false;
}

void envelope_add(struct envelope *envelope, const struct people *people)
{
    envelope->recipients = mem_grow(envelope->recipients, envelope->count + people->count,
                                    sizeof *envelope->recipients);
    for (size_t i = 0; i < people->count; i++) {
        const char *mailbox = people->rows[i].mailbox;
        if (is_known(envelope, mailbox))
            continue;
        envelope->recipients[envelope->count++] = mem_text(mailbox);
        envelope->utf8 |= has_8bit(span_of(mailbox));
    }
}

void envelope_look(struct envelope *envelope, struct span message)
{
    size_t header = header_length(message);
    envelope->eight_bit |= has_8bit(message);
    envelope->utf8 |= has_8bit((struct span){ message.at, header });
    if (envelope->sender != NULL)
        envelope->utf8 |= has_8bit(span_of(envelope->sender));
}

static void fill_random(void *bytes, size_t size)
{
    if (getrandom(bytes, size, 0) != (ssize_t)size)
        abort(); /* never for so few bytes */
}

int compose_date(struct buf *out)
{
    struct date date;
    struct tm local;
    time_t now = time(NULL);
    localtime_r(&now, &local);
    date_from_unix(now, (int)(local.tm_gmtoff / 60), &date);
    return buf_add_text(out, "Date: ") | date_write(&date, out) | buf_add_text(out, "\r\n");
}

/* RFC 5322 §3.6.4: unique in the world, by the clock, by chance, and by the domain on the right side. */
int compose_message_id(const char *domain, struct buf *out)
{
    unsigned char random[8];
    struct date date;
    fill_random(random, sizeof random);
    date_from_unix(time(NULL), 0, &date);
    int status = buf_printf(out, "Message-ID: <%04d%02d%02d%02d%02d%02d.", date.year, date.month, date.day, date.hour,
                            date.minute, date.second);
    for (size_t i = 0; i < sizeof random; i++)
        status |= buf_printf(out, "%02x", random[i]);
    return status | buf_printf(out, "@%s>\r\n", *domain != '[' ? domain : "localhost");
}

static int write_field(const char *name, const char *value, struct buf *out)
{
    size_t column = strlen(name) + 2;
    if (value == NULL || *value == '\0')
        return 0;
    return buf_printf(out, "%s: ", name) | encoded_write(span_of(value), &column, out) | buf_add_text(out, "\r\n");
}

/* Text and files as the parts of a multipart (RFC 2046 §5.1.3). */
static int write_parts(const struct composition *composition, struct buf *out, struct buf *error)
{
    unsigned char random[12];
    char boundary[32] = "=_";   /* no line of base64 or quoted-printable can hold it */
    fill_random(random, sizeof random);
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(boundary + 2 + 2 * i, 3, "%02x", random[i]);
    int full = buf_printf(out, "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"%s\"\r\n\r\n--%s\r\n",
                          boundary, boundary);
    full |= body_write_text(composition->body, false, out) | buf_add_text(out, "\r\n");
    for (size_t i = 0; i < composition->file_count; i++) {
        full |= buf_printf(out, "--%s\r\n", boundary);
        if (body_write_file(composition->files[i], out, error) != 0)
            return -1;
    }
    full |= buf_printf(out, "--%s--\r\n", boundary);
    if (full != 0)
        buf_add_text(error, _("the letter is too large"));
    return full;
}

struct lists {
    struct people from, to, cc, bcc;
};

static int write_message(const struct composition *composition, const struct lists *lists, struct buf *out,
                         struct buf *error)
{
    const char *mailbox = lists->from.rows[0].mailbox;
    int full = people_write("From", &lists->from, out) | people_write("To", &lists->to, out) |
               people_write("Cc", &lists->cc, out) | write_field("Subject", composition->subject, out) |
               compose_date(out) | compose_message_id(people_domain(mailbox), out) |
               write_field("In-Reply-To", composition->in_reply_to, out) |
               write_field("References", composition->references, out);
    if (composition->file_count > 0)
        return write_parts(composition, out, error);
    full |= body_write_text(composition->body, true, out);
    if (full != 0)
        buf_add_text(error, _("the letter is too large"));
    return full;
}

static int read_lists(const struct composition *composition, const char *from, struct lists *lists, struct buf *error)
{
    if (people_parse(from, "localhost", &lists->from, error) != 0)
        return -1;
    if (lists->from.count != 1) {
        buf_add_text(error, _("a letter comes from exactly one address"));
        return -1;
    }
    const char *domain = people_domain(lists->from.rows[0].mailbox);
    if (people_parse(composition->to, domain, &lists->to, error) != 0 ||
        people_parse(composition->cc, domain, &lists->cc, error) != 0 ||
        people_parse(composition->bcc, domain, &lists->bcc, error) != 0)
        return -1;
    if (lists->to.count + lists->cc.count + lists->bcc.count > 0)
        return 0;
    buf_add_text(error, _("nobody is named to whom the letter goes"));
    return -1;
}

/* What was typed, in UTF-8 whatever the locale is. NULL stays NULL. free() it. */
static char *utf8_text(const char *text)
{
    struct buf out;
    if (text == NULL)
        return NULL;
    buf_init(&out, COMPOSE_MAX);
    body_utf8(span_of(text), &out);
    char *copy = mem_text(buf_text(&out));
    buf_free(&out);
    return copy;
}

int compose(const struct composition *given, struct buf *message, struct envelope *envelope, struct buf *error)
{
    struct lists lists = { .from = { NULL, 0 } };
    struct composition composition = *given;
    char *from = given->from != NULL ? utf8_text(given->from) : people_self();
    char *to = utf8_text(given->to), *cc = utf8_text(given->cc), *bcc = utf8_text(given->bcc);
    char *subject = utf8_text(given->subject);
    *envelope = (struct envelope){ .count = 0 };
    composition.to = to;
    composition.cc = cc;
    composition.bcc = bcc;
    composition.subject = subject;
    int status = read_lists(&composition, from, &lists, error);
    if (status == 0)
        status = write_message(&composition, &lists, message, error);
    if (status == 0) {
        envelope->sender = mem_text(lists.from.rows[0].mailbox);
        envelope_add(envelope, &lists.to);
        envelope_add(envelope, &lists.cc);
        envelope_add(envelope, &lists.bcc);
        envelope_look(envelope, buf_span(message));
    }
    people_free(&lists.from);
    people_free(&lists.to);
    people_free(&lists.cc);
    people_free(&lists.bcc);
    free(from);
    free(to);
    free(cc);
    free(bcc);
    free(subject);
    return status;
}

/* The values of all fields of that name, with ", " between; NULL when there is none. free() it. */
static char *field_values(struct span draft, const char *name)
{
    struct header_walk walk;
    struct header_field field;
    struct buf out;
    buf_init(&out, draft.len + 2);
    header_start(&walk, draft);
    while (header_next(&walk, &field)) {
        if (!span_is_nocase(field.name, name) || field.value.len == 0)
            continue;
        if (out.len > 0)
            buf_add_text(&out, ", ");
        header_unfold(field.value, &out);
    }
    char *values = out.len > 0 ? mem_text(buf_text(&out)) : NULL;
    buf_free(&out);
    return values;
}

/* The paths of its Attach fields. */
static size_t attached(struct span draft, char **files)
{
    struct header_walk walk;
    struct header_field field;
    size_t count = 0;
    header_start(&walk, draft);
    while (header_next(&walk, &field) && count < DRAFT_FILES_MAX)
        if (span_is_nocase(field.name, "Attach") && field.value.len > 0)
            files[count++] = span_copy(field.value);
    return count;
}

int compose_draft(struct span draft, struct buf *message, struct envelope *envelope, struct buf *error)
{
    static const char *const names[] = { "From", "To", "Cc", "Bcc", "Subject", "In-Reply-To", "References" };
    char *values[7], *files[DRAFT_FILES_MAX];
    for (int i = 0; i < 7; i++)
        values[i] = field_values(draft, names[i]);
    size_t count = attached(draft, files);
    size_t header = header_length(draft);
    struct composition composition = {
        .from = values[0], .to = values[1], .cc = values[2], .bcc = values[3], .subject = values[4],
        .in_reply_to = values[5], .references = values[6], .body = { draft.at + header, draft.len - header },
        .files = (const char *const *)files, .file_count = count,
    };
    int status = compose(&composition, message, envelope, error);
    while (count > 0)
        free(files[--count]);
    for (int i = 0; i < 7; i++)
        free(values[i]);
    return status;
}
