#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "io/i18n.h"
#include "io/text.h"

enum { MAX_REPORT = 1 << 20, SHOWN_FIRST = 6, SHOWN_LAST = 60, SHOWN_BYTES = 240 };

void totals_add(struct totals *totals, const struct result *result)
{
    int points = result->script->points;
    if (result->verdict == VERDICT_NOT_RUN) {
        totals->not_run++;
        return;
    }
    totals->possible += points;
    if (result->verdict == VERDICT_PASSED) {
        totals->passed++;
        totals->points += points;
    } else {
        totals->failed++;
    }
}

static void add_safe_text(struct buf *out, const char *text)
{
    text_safe(out, text, strlen(text));
}

/* Our own text: translations and drawings, as the terminal can show them. */
static void add_ours(struct buf *out, const char *text)
{
    if (text_unicode())
        buf_add_text(out, text);
    else
        text_ascii(out, text);
}

void report_name(const struct result *result, struct buf *out)
{
    add_safe_text(out, result->script->path);
    if (result->script->row_count > 0)
        buf_printf(out, "#%zu", result->test);
    buf_add_text(out, ": ");
    add_safe_text(out, result->title != NULL ? result->title : "");
}

void report_rfcs(const struct script *script, struct buf *out)
{
    for (size_t i = 0; i < script->rfc_count; i++) {
        const struct script_rfc *rfc = &script->rfcs[i];
        char text[60];
        snprintf(text, sizeof text, "%sRFC %d%s%s", i > 0 ? ", " : "", rfc->number, rfc->section[0] != '\0' ? " §" : "",
                 rfc->section);
        add_ours(out, text);
    }
}

/* Bytes from the other side, in one line and not too many. */
static void add_foreign(struct buf *out, struct span bytes, size_t full_size)
{
    size_t shown = bytes.len < SHOWN_BYTES ? bytes.len : SHOWN_BYTES;
    text_safe(out, bytes.at, shown);
    if (shown < full_size) {
        char text[60];
        snprintf(text, sizeof text, _("… (%zu bytes)"), full_size);
        add_ours(out, text);
    }
}

static void add_event(const struct result *result, size_t i, const char *margin, struct buf *out)
{
    const struct event *event = &result->events[i];
    char speaker[8] = "   ";
    buf_add_text(out, margin);
    add_ours(out, event->illegal ? "▸" : " ");
    if (event->speaker != ' ')
        snprintf(speaker, sizeof speaker, "%c: ", event->speaker);
    buf_printf(out, "%4zu  ", i + 1);
    if (result->script->session_count > 1 && event->session[0] != '\0') {
        buf_add_text(out, "[");
        add_safe_text(out, event->session);
        buf_add_text(out, "] ");
    }
    buf_add_text(out, speaker);
    struct span text = buf_span(&event->text);
    while (text.len > 0 && (text.at[text.len - 1] == '\r' || text.at[text.len - 1] == '\n'))
        text.len--;
    add_foreign(out, text, event->size > RESULT_MAX_TEXT ? event->size : text.len);
    buf_add_text(out, "\n");
}

static void add_events(const struct result *result, const char *margin, struct buf *out)
{
    size_t count = result->event_count;
    for (size_t i = 0; i < count; i++) {
        if (count > SHOWN_FIRST + SHOWN_LAST && i == SHOWN_FIRST) {
            buf_add_text(out, margin);
            add_ours(out, "        …\n");
            i = count - SHOWN_LAST;
        }
        add_event(result, i, margin, out);
    }
}

/* "   expected  503 *". Labels are padded in the language in which they are shown. */
static void add_label(const char *margin, const char *label, struct buf *out)
{
    struct buf text;
    buf_init(&text, 200);
    text_pad(&text, label, 10);
    buf_printf(out, "%s      ", margin);
    add_ours(out, buf_text(&text));
    buf_free(&text);
}

static void add_row(const char *margin, const char *label, const char *text, struct buf *out)
{
    add_label(margin, label, out);
    add_ours(out, text);
    buf_add_text(out, "\n");
}

static void add_foreign_row(const char *margin, const char *label, const struct buf *bytes, struct buf *out)
{
    add_label(margin, label, out);
    if (bytes->len == 0)
        add_ours(out, _("(nothing)"));
    else
        add_foreign(out, buf_span(bytes), bytes->len);
    buf_add_text(out, "\n");
}

static void add_word(const char *margin, const struct word *word, struct buf *out)
{
    char text[600];
    snprintf(text, sizeof text, "%s (%s)", _(word->meaning), word->rfc);
    add_row(margin, word->name, text, out);
}

static void add_lesson(const struct result *result, const char *margin, struct buf *out)
{
    struct buf text;
    buf_init(&text, 4000);
    report_rfcs(result->script, &text);
    if (text.len > 0)
        add_row(margin, _("read"), buf_text(&text), out);
    buf_clear(&text);
    add_safe_text(&text, result->hint != NULL ? result->hint : "");
    if (text.len > 0)
        add_row(margin, _("hint"), buf_text(&text), out);
    buf_free(&text);
}

static void add_state(const struct result *result, const char *margin, struct buf *out)
{
    char text[200];
    if (result->state[0] == '\0')
        return;
    snprintf(text, sizeof text, "%s%s%s%s", result->state, result->state_rfc != NULL ? "  (" : "",
             result->state_rfc != NULL ? result->state_rfc : "", result->state_rfc != NULL ? ")" : "");
    add_row(margin, _("state"), text, out);
}

static void add_failure(const struct result *result, const char *margin, struct buf *out)
{
    struct buf text;
    buf_init(&text, 4000);
    if (result->compares) {
        add_foreign_row(margin, _("expected"), &result->expected, out);
        add_foreign_row(margin, _("received"), &result->received, out);
    }
    add_safe_text(&text, result->reason.len > 0 ? buf_text((struct buf *)&result->reason) : "");
    add_row(margin, _("because"), buf_text(&text), out);
    buf_free(&text);
    add_state(result, margin, out);
    for (size_t i = 0; i < result->event_count; i++)
        if (result->events[i].illegal && result->events[i].note != NULL)
            add_row(margin, _("note"), _(result->events[i].note), out);
    for (size_t i = 0; i < result->word_count; i++)
        add_word(margin, result->words[i], out);
    add_lesson(result, margin, out);
}

void report_explain(const struct result *result, const char *margin, struct buf *out)
{
    if (result->verdict == VERDICT_NOT_RUN) {
        buf_add_text(out, margin);
        add_safe_text(out, buf_text((struct buf *)&result->reason));
        buf_add_text(out, "\n");
        return;
    }
    if (result->discreet) {   /* what may be known of a hidden test */
        add_state(result, margin, out);
        add_lesson(result, margin, out);
        return;
    }
    if (result->verdict == VERDICT_FAILED && result->place.file != NULL) {
        buf_add_text(out, margin);
        add_safe_text(out, result->place.file);
        buf_printf(out, ":%d:%d: ", result->place.line, result->place.column);
        add_safe_text(out, result->source != NULL ? result->source : "");
        buf_add_text(out, "\n");
    }
    add_events(result, margin, out);
    if (result->verdict == VERDICT_FAILED)
        add_failure(result, margin, out);
}

void report_text(const struct result *result, bool verbose, FILE *out)
{
    struct buf text;
    const char *const words[] = { [VERDICT_PASSED] = _("passed"), [VERDICT_FAILED] = _("FAILED"),
                                  [VERDICT_NOT_RUN] = _("not run") };
    if (result->verdict == VERDICT_PASSED && !verbose)
        return;
    buf_init(&text, MAX_REPORT);
    add_ours(&text, words[result->verdict]);
    buf_add_text(&text, "  ");
    report_name(result, &text);
    buf_add_text(&text, "\n");
    if (result->verdict != VERDICT_PASSED || verbose)
        report_explain(result, "    ", &text);
    fwrite(text.data, 1, text.len, out);
    buf_free(&text);
}

void report_text_end(const struct totals *totals, FILE *out)
{
    fprintf(out, _("%zu passed, %zu failed, %zu not run; %d of %d points\n"), totals->passed, totals->failed,
            totals->not_run, totals->points, totals->possible);
}

void report_tap(const struct result *result, size_t number, FILE *out)
{
    struct buf text;
    buf_init(&text, MAX_REPORT);
    buf_printf(&text, "%sok %zu - ", result->verdict == VERDICT_FAILED ? "not " : "", number);
    size_t start = text.len;
    report_name(result, &text);
    for (size_t i = start; i < text.len; i++)
        if (text.data[i] == '#' && i > start && text.data[i - 1] == ' ')
            text.data[i] = '.';    /* " #" would begin a directive */
    if (result->verdict == VERDICT_NOT_RUN) {
        buf_add_text(&text, " # SKIP ");
        add_safe_text(&text, buf_text((struct buf *)&result->reason));
    }
    buf_add_text(&text, "\n");
    if (result->verdict == VERDICT_FAILED)
        report_explain(result, "# ", &text);
    fwrite(text.data, 1, text.len, out);
    buf_free(&text);
}
