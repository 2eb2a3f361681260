#include "client/hops.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "client/letter.h"
#include "core/date.h"
#include "core/header.h"
#include "core/mem.h"
#include "io/i18n.h"

enum { HOPS_MAX = 100, FIELD_MAX = 16384 };

/* What follows a clause's word up to the next white space; comments are passed over. */
static void take_clause(struct hop *hop, struct span word, struct span value)
{
    struct { const char *name; struct span *place; } clauses[] = {
        { "from", &hop->from }, { "by", &hop->by }, { "with", &hop->with }, { "id", &hop->id }, { "for", &hop->to },
    };
    for (size_t i = 0; i < sizeof clauses / sizeof clauses[0]; i++)
        if (span_is_nocase(word, clauses[i].name) && clauses[i].place->len == 0)
            *clauses[i].place = value;
}

/* The next word outside of comments; its length 0 at the end or at ";". */
static struct span next_word(struct span *rest)
{
    unsigned depth = 0;
    size_t at = 0;
    while (at < rest->len && (depth > 0 || rest->at[at] == ' ' || rest->at[at] == '\t' || rest->at[at] == '(')) {
        depth += rest->at[at] == '(';
        depth -= depth > 0 && rest->at[at] == ')';
        at++;
    }
    size_t begin = at;
    while (at < rest->len && strchr(" \t(;", rest->at[at]) == NULL)
        at++;
    struct span word = { rest->at + begin, at - begin };
    *rest = (struct span){ rest->at + at, rest->len - at };
    return word;
}

void hop_read(struct span value, struct hop *hop)
{
    struct date date;
    *hop = (struct hop){ .dated = false };
    buf_init(&hop->text, FIELD_MAX);
    header_unfold(value, &hop->text);
    const char *text = buf_text(&hop->text), *end = strrchr(text, ';');
    if (end != NULL && date_parse(span_of(end + 1), &date) == 0) {
        hop->dated = true;
        hop->date = date_to_unix(&date);
    }
    struct span rest = { text, end != NULL ? (size_t)(end - text) : strlen(text) };
    struct span word = next_word(&rest);
    while (word.len > 0) {
        struct span before = word;
        word = next_word(&rest);
        take_clause(hop, before, word);
    }
}

static void add_time(struct page *page, int64_t seconds)
{
    char text[40] = "";
    time_t time = (time_t)seconds;
    struct tm tm;
    if (localtime_r(&time, &tm) != NULL)
        strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm);
    page_printf(page, TONE_NONE, "%s  ", text);
}

static void add_delay(struct page *page, int64_t seconds)
{
    if (seconds < 0)
        page_printf(page, TONE_BAD, _("%" PRId64 " s: a clock is wrong"), seconds);
    else if (seconds < 120)
        page_printf(page, seconds < 10 ? TONE_GOOD : TONE_LAYER + 5, "+%" PRId64 " s", seconds);
    else
        page_printf(page, TONE_BAD, "+%" PRId64 " min", seconds / 60);
}

static void add_span(struct page *page, unsigned paint, const char *before, struct span text)
{
    if (text.len == 0)
        return;
    page_add(page, TONE_NONE, before);
    page_add_span(page, paint, text);
}

static void add_hop(struct page *page, size_t number, const struct hop *hop, const struct hop *before)
{
    page_printf(page, (TONE_LAYER + 7) | PAINT_BOLD, "   %zu ", number);
    if (hop->dated)
        add_time(page, hop->date);
    if (hop->dated && before != NULL && before->dated)
        add_delay(page, hop->date - before->date);
    page_end(page);
    add_span(page, TONE_PLAIN, "     ", hop->from);
    add_span(page, TONE_PLAIN | PAINT_BOLD, hop->from.len > 0 ? " \u2500\u2500\u25b8 " : "     \u2500\u2500\u25b8 ",
            hop->by);
    page_end(page);
    add_span(page, TONE_LAYER + 6, "       with ", hop->with);
    add_span(page, TONE_PLAIN, "  id ", hop->id);
    add_span(page, TONE_PLAIN, "  for ", hop->to);
    page_end(page);
}

static void add_hops(struct span letter, struct page *page, int columns)
{
    struct hop *hops = mem_alloc(HOPS_MAX * sizeof *hops);
    struct header_walk walk;
    struct header_field field;
    size_t count = 0;
    header_start(&walk, letter);
    while (header_next(&walk, &field) == 1)
        if (span_is_nocase(field.name, "Received") && count < HOPS_MAX)
            hop_read(field.value, &hops[count++]);
    if (count == 0)
        page_paragraph(page, TONE_NONE, columns - 1, 3, span_of(_("No server wrote that it had this letter.")));
    for (size_t i = count; i-- > 0;) /* each server writes above what was there */
        add_hop(page, count - i, &hops[i], i + 1 < count ? &hops[i + 1] : NULL);
    if (count > 1 && hops[0].dated && hops[count - 1].dated) {
        page_add(page, TONE_NONE, _("   in all: "));
        add_delay(page, hops[0].date - hops[count - 1].date);
        page_end(page);
    }
    for (size_t i = 0; i < count; i++)
        buf_free(&hops[i].text);
    free(hops);
}

static void add_fields(struct span letter, struct page *page, const char *const *names, int columns)
{
    for (; *names != NULL; names++) {
        struct buf value;
        buf_init(&value, FIELD_MAX);
        page_printf(page, (TONE_LAYER + 7) | PAINT_BOLD, "   %s: ", *names);
        if (letter_field(letter, *names, &value))
            page_paragraph(page, TONE_PLAIN, columns - 1, 5, buf_span(&value));
        else
            page_paragraph(page, TONE_NONE, columns - 1, 5, span_of(_("(not there)")));
        buf_free(&value);
    }
}

static void add_title(struct page *page, const char *text, int columns)
{
    page_end(page);
    page_paragraph(page, TONE_PLAIN | PAINT_BOLD, columns - 1, 1, span_of(text));
}

void hops_build(struct span letter, struct page *page, int columns)
{
    static const char *const envelope[] = { "Return-Path", "Delivered-To", NULL };
    static const char *const header[] = { "From", "Sender", "To", "Cc", "Date", "Message-ID", NULL };
    add_title(page, _("The envelope, as delivery wrote it down: MAIL FROM and RCPT TO"), columns);
    add_fields(letter, page, envelope, columns);
    add_title(page, _("The header, which the writer's program wrote: nobody checks that it says the same"), columns);
    add_fields(letter, page, header, columns);
    add_title(page, _("The servers, the first one first; each wrote one Received field"), columns);
    add_hops(letter, page, columns);
}
