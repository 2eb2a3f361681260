#include "run.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "keywords.h"

enum { DEFAULT_TIME = 60, MAX_TITLE = 1000 };

struct session *run_session(struct run *run, const struct step *step)
{
    return &run->sessions[step->session];
}

int64_t run_until(const struct run *run)
{
    int64_t until = wire_now() + (int64_t)(run->within * 1000);
    return until < run->until ? until : run->until;
}

static void say(struct result *result, const struct step *step, enum verdict verdict, const char *format,
                va_list arguments)
{
    char text[1500];
    vsnprintf(text, sizeof text, format, arguments);
    result->verdict = verdict;
    result->place = step->place;
    free(result->source);
    result->source = mem_text(step->source);
    buf_clear(&result->reason);
    buf_add_text(&result->reason, text);
}

int run_fail(struct run *run, const struct step *step, const char *format, ...)
{
    va_list arguments;
    struct result *result = run->result;
    const struct session *session = run_session(run, step);
    va_start(arguments, format);
    say(result, step, VERDICT_FAILED, format, arguments);
    va_end(arguments);
    if (result->state[0] == '\0' && session->state != NULL)
        snprintf(result->state, sizeof result->state, "%s", session->state);
    result_word(result, session->command);
    result_word(result, session->reply);
    if (session->move != NULL && result->state_rfc == NULL)
        result->state_rfc = session->move->rfc;
    return STEP_FAILED;
}

int run_fail_fault(struct run *run, const struct step *step, const struct fault *fault)
{
    int outcome = run_fail(run, step, "%s", fault->text);
    run->result->place.column = step->place.column + (int)fault->offset;
    return outcome;
}

int run_skip(struct run *run, const struct step *step, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(run->result, step, VERDICT_NOT_RUN, format, arguments);
    va_end(arguments);
    return STEP_NOT_RUN;
}

static void add_cut(struct buf *out, struct span text)
{
    buf_clear(out);
    buf_add(out, text.at, text.len < out->max ? text.len : out->max);
}

void run_compare(struct run *run, struct span expected, struct span received)
{
    run->result->compares = true;
    add_cut(&run->result->expected, expected);
    add_cut(&run->result->received, received);
}

char *run_word(struct run *run, const struct step *step, size_t i)
{
    struct buf text;
    struct fault fault;
    buf_init(&text, 1 << 20);
    char *word = NULL;
    if (template_expand(&step->words[i], run->values, &text, NULL, &fault) != 0)
        run_fail_fault(run, step, &fault);
    else
        word = mem_copy(text.data != NULL ? text.data : "", text.len);
    buf_free(&text);
    return word;
}

/* The text of a header in the user's language, with the values of the row. */
static char *text_of(const struct template *english, const struct template *french, struct values *values)
{
    struct buf text;
    const struct template *template = french->count > 0 && strcmp(i18n_language(), "fr") == 0 ? french : english;
    if (template->count == 0)
        return NULL;
    buf_init(&text, MAX_TITLE);
    template_describe(template, values, &text);
    char *copy = mem_copy(text.data != NULL ? text.data : "", text.len);
    buf_free(&text);
    return copy;
}

static void not_run(struct result *result, const char *format, const char *what, const char *why)
{
    result->verdict = VERDICT_NOT_RUN;
    result->place = (struct place){ .file = result->script->path };
    buf_printf(&result->reason, format, what, why);
}

/* What the profile says about this dialogue: false when it is not to be run. */
static bool fits_profile(const struct run *run, size_t test)
{
    const struct profile *profile = &run->settings->profile;
    const char *why = profile_excepts(profile, run->script->path, test);
    const char *server = profile->name != NULL ? profile->name : _("this server");
    if (why != NULL) {
        not_run(run->result, _("not for %s: %s"), server, why);
        return false;
    }
    for (size_t i = 0; i < run->script->need_count; i++)
        if ((why = profile_lacks(profile, run->script->needs[i])) != NULL) {
            not_run(run->result, _("needs %s: %s"), run->script->needs[i], why);
            return false;
        }
    return true;
}

static void set_numbered(struct values *values, const char *name, size_t number, const char *text)
{
    char full[40];
    snprintf(full, sizeof full, number == 0 ? "%s" : "%s%zu", name, number + 1);
    values_set_text(values, full, text);
}

/* ${user} and ${password} may also come from the command line, for all dialogues the same. */
static bool give_accounts(struct run *run)
{
    size_t count = (size_t)run->script->accounts;
    char text[20];
    if (run->settings->account_count == 0 || count == 0)
        return true;
    const struct account *accounts = settings_take_accounts(run->settings, count);
    if (accounts == NULL) {
        snprintf(text, sizeof text, "%zu", run->settings->account_count);
        not_run(run->result, _("no account is left: the file of accounts has only %s%s"), text, "");
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        set_numbered(run->values, "user", i, accounts[i].user);
        set_numbered(run->values, "password", i, accounts[i].password);
    }
    return true;
}

static bool give_row(struct run *run, size_t test)
{
    const struct script *script = run->script;
    struct fault fault;
    struct buf text;
    buf_init(&text, 1 << 20);
    for (size_t i = 0; i < script->column_count; i++) {
        buf_clear(&text);
        if (template_expand(&script->rows[test - 1].values[i], run->values, &text, NULL, &fault) != 0) {
            run->result->verdict = VERDICT_FAILED;
            run->result->place = (struct place){ .file = script->path };
            buf_add_text(&run->result->reason, fault.text);
            buf_free(&text);
            return false;
        }
        values_set(run->values, script->columns[i], buf_span(&text));
    }
    buf_free(&text);
    return true;
}

static void run_steps(struct run *run)
{
    int outcome = STEP_ON;
    while (outcome == STEP_ON && run->next < run->script->step_count) {
        const struct step *step = &run->script->steps[run->next++];
        if (wire_now() > run->until)
            outcome = run_fail(run, step, _("the time for the whole dialogue is over"));
        else
            outcome = step->keyword->run(run, step);
    }
}

void run_test(const struct script *script, size_t test, struct settings *settings, struct result *result)
{
    struct run run = { .script = script, .settings = settings, .result = result, .within = settings->timeout };
    int64_t started = wire_now();
    run.until = started + (int64_t)((script->time > 0 ? script->time : DEFAULT_TIME) * 1000);
    run.values = values_copy(settings->values);
    values_folder(run.values, script->folder);
    for (size_t i = 0; i < SCRIPT_MAX_SESSIONS; i++)
        run.sessions[i] = (struct session){ .state = "", .ended = true };
    bool ready = give_accounts(&run) && give_row(&run, test);
    result->title = text_of(&script->title, &script->title_fr, run.values);
    result->discreet = settings->discreet;
    result->hint = text_of(&script->hint, &script->hint_fr, run.values);
    if (ready && fits_profile(&run, test))
        run_steps(&run);
    for (size_t i = 0; i < script->session_count; i++)
        session_close(&run.sessions[i]);
    values_free(run.values);
    result->seconds = (double)(wire_now() - started) / 1000;
}
