/*
 * report_json.c - results as JSON. Keys:
 *
 *     passed, failed, not_run, points, possible, dialogues: [
 *         file, test, title, rfc: [{number, section}], points, verdict ("passed", "failed", "not run"), reason,
 *         seconds, steps: [{number, line, session, speaker, text, state, illegal}],
 *         failure: {file, line, column, source, expected, received, state, state_rfc, words: [{name, meaning, rfc}],
 *                   hint} or null ]
 */
#include <errno.h>
#include <string.h>

#include "io/i18n.h"
#include "io/text.h"
#include "report.h"

enum { MAX_STRING = 1 << 16 };

/* Any bytes as a string that JSON can hold and a terminal can show. */
static json_t *safe_string(struct span bytes)
{
    struct buf text;
    buf_init(&text, MAX_STRING);
    text_safe(&text, bytes.at, bytes.len);
    json_t *string = json_stringn(text.data != NULL ? text.data : "", text.len);
    buf_free(&text);
    return string != NULL ? string : json_string("?");
}

static json_t *safe_text(const char *text)
{
    return safe_string(span_of(text));
}

static json_t *rfcs_of(const struct script *script)
{
    json_t *list = json_array();
    for (size_t i = 0; i < script->rfc_count; i++)
        json_array_append_new(list, json_pack("{s:i, s:s}", "number", script->rfcs[i].number, "section",
                                              script->rfcs[i].section));
    return list;
}

static json_t *steps_of(const struct result *result)
{
    json_t *list = json_array();
    for (size_t i = 0; i < result->event_count; i++) {
        const struct event *event = &result->events[i];
        char speaker[2] = { event->speaker, '\0' };
        json_array_append_new(list, json_pack(
            "{s:i, s:i, s:o, s:s, s:o, s:s, s:b}", "number", (int)i + 1, "line", event->place.line, "session",
            safe_text(event->session), "speaker", speaker, "text", safe_string(buf_span(&event->text)), "state",
            event->state, "illegal", event->illegal));
    }
    return list;
}

static json_t *words_of(const struct result *result)
{
    json_t *list = json_array();
    for (size_t i = 0; i < result->word_count; i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "name", result->words[i]->name, "meaning",
                                              _(result->words[i]->meaning), "rfc", result->words[i]->rfc));
    return list;
}

static json_t *failure_of(const struct result *result)
{
    if (result->verdict != VERDICT_FAILED)
        return json_null();
    json_t *failure = json_pack("{s:o, s:i, s:i, s:o, s:s, s:o, s:o}", "file", safe_text(result->place.file), "line",
                                result->place.line, "column", result->place.column, "source",
                                safe_text(result->source), "state", result->state, "words", words_of(result), "hint",
                                result->hint != NULL ? safe_text(result->hint) : json_null());
    json_object_set_new(failure, "state_rfc", result->state_rfc != NULL ? json_string(result->state_rfc) : json_null());
    json_object_set_new(failure, "expected", result->compares ? safe_string(buf_span(&result->expected)) : json_null());
    json_object_set_new(failure, "received", result->compares ? safe_string(buf_span(&result->received)) : json_null());
    return failure;
}

json_t *report_json(const struct result *result)
{
    static const char *const verdicts[] = { [VERDICT_PASSED] = "passed", [VERDICT_FAILED] = "failed",
                                            [VERDICT_NOT_RUN] = "not run" };
    return json_pack("{s:o, s:i, s:o, s:o, s:i, s:s, s:o, s:f, s:o, s:o}", "file", safe_text(result->script->path),
                     "test", (int)result->test, "title", safe_text(result->title), "rfc", rfcs_of(result->script),
                     "points", result->script->points, "verdict", verdicts[result->verdict], "reason",
                     safe_string(buf_span(&result->reason)), "seconds", result->seconds, "steps", steps_of(result),
                     "failure", failure_of(result));
}

int report_json_write(json_t *dialogues, const struct totals *totals, const char *path)
{
    json_t *all = json_pack("{s:i, s:i, s:i, s:i, s:i, s:O}", "passed", (int)totals->passed, "failed",
                            (int)totals->failed, "not_run", (int)totals->not_run, "points", totals->points, "possible",
                            totals->possible, "dialogues", dialogues);
    FILE *file = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
    if (file == NULL) {
        json_decref(all);
        return -1;
    }
    int status = json_dumpf(all, file, JSON_INDENT(1)) == 0 && fputc('\n', file) != EOF ? 0 : -1;
    if ((file == stdout ? fflush(file) : fclose(file)) != 0)
        status = -1;
    json_decref(all);
    return status;
}
