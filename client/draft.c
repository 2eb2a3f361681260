#include "client/draft.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "client/letter.h"
#include "core/address.h"
#include "core/header.h"
#include "core/mailto.h"
#include "core/mem.h"
#include "io/charset.h"
#include "io/i18n.h"
#include "io/text.h"

/* A decoded value on one line of the draft: nothing in it may begin a field of its own, or reach the editor raw. */
static void add_value(struct buf *out, const char *value, size_t size)
{
    text_safe(out, value, size);
}

static void add_field(struct buf *out, const char *name, const char *value)
{
    buf_printf(out, "%s: ", name);
    if (value != NULL)
        add_value(out, value, strlen(value));
    buf_add_text(out, "\n");
}

void draft_new(const char *from, const char *to, const char *subject, struct buf *out)
{
    add_field(out, "From", from);
    add_field(out, "To", to);
    add_field(out, "Subject", subject);
    buf_add_text(out, "\n");
}

/* A display name, in quotes where it holds what has a meaning in an address (RFC 5322 §3.2.3). */
static void add_name(struct buf *out, const char *name)
{
    bool quoted = strpbrk(name, "()<>[]:;@\\,.\"") != NULL;
    buf_add_text(out, quoted ? "\"" : "");
    for (; *name != '\0'; name++) {
        if (*name == '"' || *name == '\\')
            buf_add_text(out, "\\");
        buf_add(out, name, 1);
    }
    buf_add_text(out, quoted ? "\" " : " ");
}

/* Is it the address of who writes? */
static bool is_own(const struct address *address, const char *from)
{
    struct buf mailbox;
    buf_init(&mailbox, 2000);
    address_write_mailbox((struct span){ NULL, 0 }, address->local, address->domain, &mailbox);
    const char *found = from != NULL ? strcasestr(from, buf_text(&mailbox)) : NULL;
    char before = found != NULL && found > from ? found[-1] : '<';
    char after = found != NULL ? found[mailbox.len] : ' ';
    buf_free(&mailbox);
    return found != NULL && strchr("< ,", before) != NULL && (after == '\0' || strchr("> ,", after) != NULL);
}

/*
 * Adds those of a field to a list that has *count already, but for own (or NULL). Addresses are taken apart before they
 * are decoded: a decoded name may hold a comma. false: there is no such field.
 */
static bool add_addresses(struct span letter, const char *field_name, const char *own, size_t *count, struct buf *out)
{
    struct header_field field;
    struct address_walk walk;
    struct address address;
    if (!header_find(letter, field_name, &field))
        return false;
    address_start(&walk, field.value);
    while (address_next(&walk, &address) == 1) {
        if (address.kind != ADDRESS_MAILBOX || is_own(&address, own))
            continue;
        struct buf name, safe;
        buf_init(&name, out->max);
        buf_init(&safe, out->max);
        charset_header(address.name, &name);
        text_safe(&safe, buf_text(&name), name.len);
        buf_add_text(out, (*count)++ > 0 ? ", " : "");
        if (safe.len > 0)
            add_name(out, buf_text(&safe));
        buf_clear(&safe);
        address_write_mailbox((struct span){ NULL, 0 }, address.local, address.domain, &safe);
        buf_printf(out, name.len > 0 ? "<" : "");
        add_value(out, buf_text(&safe), safe.len);
        buf_printf(out, name.len > 0 ? ">" : "");
        buf_free(&name);
        buf_free(&safe);
    }
    address_finish(&walk);
    return true;
}

static void copy_field(struct span letter, const char *from, const char *to, struct buf *out)
{
    struct buf value;
    buf_init(&value, out->max);
    if (letter_field(letter, from, &value)) {
        buf_printf(out, "%s: ", to);
        add_value(out, value.data, value.len);
        buf_add_text(out, "\n");
    }
    buf_free(&value);
}

static void add_subject(struct span letter, const char *prefix, struct buf *out)
{
    struct buf subject;
    buf_init(&subject, out->max);
    letter_field(letter, "Subject", &subject);
    bool answered = strncasecmp(buf_text(&subject), prefix, strlen(prefix) - 1) == 0;
    buf_printf(out, "Subject: %s", answered ? "" : prefix);
    add_value(out, buf_text(&subject), subject.len);
    buf_add_text(out, "\n");
    buf_free(&subject);
}

/* "The "References:" field will contain the contents of the parent's "References:" field (if any) followed by the
 * contents of the parent's "Message-ID:" field" (RFC 5322 §3.6.4). */
static void add_references(struct span letter, struct buf *out)
{
    struct buf all;
    buf_init(&all, out->max);
    if (!letter_field(letter, "References", &all))
        letter_field(letter, "In-Reply-To", &all);
    if (all.len > 0)
        buf_add_text(&all, " ");
    if (letter_field(letter, "Message-ID", &all))
        add_field(out, "References", buf_text(&all));
    buf_free(&all);
}

static void add_who_wrote(struct span letter, struct buf *out)
{
    struct buf who, safe;
    buf_init(&who, out->max);
    buf_init(&safe, out->max);
    if (letter_field(letter, "From", &who)) {
        text_safe(&safe, who.data, who.len);
        buf_printf(out, _("%s wrote:"), buf_text(&safe));
        buf_add_text(out, "\n");
    }
    buf_free(&who);
    buf_free(&safe);
}

static void add_quoted(struct span letter, struct buf *out)
{
    struct buf text, safe;
    buf_init(&text, out->max);
    buf_init(&safe, SIZE_MAX / 2);
    letter_text(letter, &text);
    text_safe_lines(&safe, buf_text(&text), text.len);
    const char *at = buf_text(&safe);
    while (*at != '\0') {
        size_t length = strcspn(at, "\n");
        if (length == 3 && memcmp(at, "-- ", 3) == 0)
            break; /* a signature is not quoted */
        buf_printf(out, "%s%.*s\n", *at == '>' ? ">" : "> ", (int)length, at);
        at += length + (at[length] == '\n');
    }
    buf_free(&text);
    buf_free(&safe);
}

void draft_reply(const char *from, struct span letter, bool all, struct buf *out)
{
    size_t count = 0;
    add_field(out, "From", from);
    buf_add_text(out, "To: ");
    if (!add_addresses(letter, "Reply-To", NULL, &count, out))
        add_addresses(letter, "From", NULL, &count, out);
    if (all) {
        count = 0;
        buf_add_text(out, "\nCc: ");
        add_addresses(letter, "To", from, &count, out);
        add_addresses(letter, "Cc", from, &count, out);
    }
    buf_add_text(out, "\n");
    add_subject(letter, "Re: ", out);
    copy_field(letter, "Message-ID", "In-Reply-To", out);
    add_references(letter, out);
    buf_add_text(out, "\n");
    add_who_wrote(letter, out);
    add_quoted(letter, out);
}

void draft_forward(const char *from, struct span letter, struct buf *out)
{
    static const char *const names[] = { "From", "To", "Cc", "Date", "Subject" };
    struct buf text, safe;
    add_field(out, "From", from);
    add_field(out, "To", NULL);
    add_subject(letter, "Fwd: ", out);
    buf_printf(out, "\n\n%s\n", _("---------- the letter that is passed on ----------"));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        copy_field(letter, names[i], names[i], out);
    buf_init(&text, out->max);
    buf_init(&safe, SIZE_MAX / 2);
    letter_text(letter, &text);
    text_safe_lines(&safe, buf_text(&text), text.len);
    buf_printf(out, "\n%s", buf_text(&safe));
    buf_free(&text);
    buf_free(&safe);
}

int draft_mailto(const char *from, const char *link, struct buf *out)
{
    struct mailto mailto;
    int status = mailto_parse(span_of(link), &mailto);
    if (status == 0) {
        draft_new(from, buf_text(&mailto.to), buf_text(&mailto.subject), out);
        if (mailto.cc.len > 0)
            draft_add_field(out, "Cc", buf_text(&mailto.cc));
        if (mailto.in_reply_to.len > 0)
            draft_add_field(out, "In-Reply-To", buf_text(&mailto.in_reply_to));
        text_safe_lines(out, buf_text(&mailto.body), mailto.body.len);
        if (mailto.body.len > 0)
            buf_add_text(out, "\n");
    }
    mailto_free(&mailto);
    return status;
}

void draft_add_field(struct buf *draft, const char *name, const char *value)
{
    struct buf rest;
    size_t header = header_length(buf_span(draft));
    const char *text = buf_text(draft);
    size_t end = header >= 2 && text[header - 1] == '\n' && text[header - 2] == '\n' ? header - 1 : header;
    buf_init(&rest, draft->max);
    buf_add(&rest, text + end, draft->len - end);
    draft->len = end;
    add_field(draft, name, value);
    buf_add_span(draft, buf_span(&rest));
    buf_free(&rest);
}

char *draft_field(struct span draft, const char *name)
{
    struct header_field field;
    struct buf value;
    buf_init(&value, draft.len + 1);
    if (header_find(draft, name, &field))
        header_unfold(field.value, &value);
    char *text = mem_text(buf_text(&value));
    buf_free(&value);
    return text;
}

void draft_set_field(struct buf *draft, const char *name, const char *value, bool also)
{
    struct header_walk walk;
    struct header_field field;
    struct buf out;
    bool done = false;
    buf_init(&out, draft->max);
    header_start(&walk, buf_span(draft));
    while (header_next(&walk, &field) == 1) {
        bool this_one = !also && span_is_nocase(field.name, name);
        if (!this_one)
            buf_add(&out, draft->data + field.offset, field.length);
        else if (!done && value[0] != '\0')
            buf_printf(&out, "%s: %s\n", name, value);
        done = done || this_one;
    }
    if (!done && value[0] != '\0')
        buf_printf(&out, "%s: %s\n", name, value);
    buf_add_text(&out, "\n");
    buf_add(&out, draft->data + walk.at, draft->len - walk.at);
    buf_free(draft);
    *draft = out;
}

void draft_drop_last(struct buf *draft, const char *name)
{
    struct header_walk walk;
    struct header_field field, last = { .length = 0 };
    header_start(&walk, buf_span(draft));
    while (header_next(&walk, &field) == 1)
        if (span_is_nocase(field.name, name))
            last = field;
    if (last.length == 0)
        return;
    memmove(draft->data + last.offset, draft->data + last.offset + last.length,
            draft->len - last.offset - last.length);
    draft->len -= last.length;
}

void draft_sign(struct buf *draft, const char *signature)
{
    if (signature == NULL)
        return;
    buf_add_text(draft, "\n-- \n");
    text_safe_lines(draft, signature, strlen(signature));
    if (*signature != '\0' && signature[strlen(signature) - 1] != '\n')
        buf_add_text(draft, "\n");
}

bool draft_has_recipient(struct span draft)
{
    static const char *const names[] = { "To", "Cc", "Bcc" };
    struct header_field field;
    for (size_t i = 0; i < 3; i++)
        if (header_find(draft, names[i], &field) && field.value.len > 0)
            return true;
    return false;
}

bool draft_has_text(struct span draft)
{
    for (size_t i = header_length(draft); i < draft.len; i++)
        if (strchr(" \t\r\n", draft.at[i]) == NULL)
            return true;
    return false;
}
