#include "steps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "headers.h"
#include "io/i18n.h"

/* A note in the history: something that nobody said. */
static void note(struct run *run, const struct step *step, const char *text)
{
    struct event *event = result_event(run->result, step, ' ', span_of(text));
    if (event != NULL)
        event->state = run_session(run, step)->state;
}

static struct wire *make_wire(struct run *run, const struct step *step, const char *service, const char **host,
                              int *outcome)
{
    struct settings *settings = run->settings;
    struct wire *wire = NULL;
    struct buf error;
    buf_init(&error, 500);
    if (settings->listens) {
        wire = wire_accept(settings->listening, settings->listening_count, run_until(run), &error);
    } else {
        const struct service *found = settings_service(settings, span_of(service));
        if (found == NULL) {
            *outcome = run_skip(run, step, _("no server is known for %s: --connect %s=HOST:PORT"), service, service);
            buf_free(&error);
            return NULL;
        }
        *host = found->host;
        wire = wire_connect(found->host, found->port, run_until(run), &error);
    }
    if (wire == NULL)
        *outcome = run_fail(run, step, "%s", buf_text(&error));
    buf_free(&error);
    return wire;
}

int step_connect(struct run *run, const struct step *step)
{
    struct session *session = run_session(run, step);
    const char *host = NULL;
    char port[12];
    int outcome = STEP_ON;
    bool implicit_tls;
    char *service = run_word(run, step, 0);
    if (service == NULL)
        return STEP_FAILED;
    char *how = step->word_count > 1 ? run_word(run, step, 1) : NULL;
    session_close(session);
    enum protocol protocol = session_protocol(span_of(service), &implicit_tls);
    struct wire *wire = make_wire(run, step, service, &host, &outcome);
    if (wire != NULL) {
        session_open(session, protocol, !run->settings->listens, wire);
        run->last_port = wire_port(wire, !run->settings->listens);
        snprintf(port, sizeof port, "%d", run->last_port);
        values_set_text(run->values, "port", port);
        note(run, step, step->source);
        if (implicit_tls && (how == NULL || strcmp(how, "clear") != 0))
            outcome = step_tls_at_once(run, step, session, host);
    }
    free(service);
    free(how);
    return outcome;
}

int step_close(struct run *run, const struct step *step)
{
    struct session *session = run_session(run, step);
    struct buf error;
    int outcome = STEP_ON;
    char *how = step->word_count > 0 ? run_word(run, step, 0) : NULL;
    if (step->word_count > 0 && how == NULL)
        return STEP_FAILED;
    buf_init(&error, 500);
    note(run, step, step->source);
    if (session->wire == NULL) {
        outcome = run_fail(run, step, _("there is no connection"));
    } else if (how != NULL && strcmp(how, "half") == 0) {
        if (wire_finish(session->wire, run_until(run), &error) != 0)
            outcome = run_fail(run, step, "%s", buf_text(&error));
    } else if (how != NULL && strcmp(how, "reset") != 0) {
        outcome = run_fail(run, step, _("close: half, close: reset, or close alone"));
    } else {
        if (how != NULL)
            wire_reset(session->wire);
        session_close(session);
    }
    buf_free(&error);
    free(how);
    return outcome;
}

/* Something came where nothing should. */
static int unexpected(struct run *run, const struct step *step, const char *sentence)
{
    struct session *session = run_session(run, step);
    run_compare(run, span_of(step->source), buf_span(&session->in));
    struct event *event = result_event(run->result, step, session->we_are_client ? 'S' : 'C', buf_span(&session->in));
    if (event != NULL) {
        event->illegal = true;
        event->state = session->state;
    }
    return run_fail(run, step, "%s", sentence);
}

int step_closed(struct run *run, const struct step *step)
{
    struct session *session = run_session(run, step);
    struct buf error;
    if (session->wire == NULL)
        return run_fail(run, step, _("there is no connection"));
    buf_init(&error, 500);
    enum session_news news = session->in.len > 0 ? SESSION_GOT : session_read(session, run_until(run), &error);
    buf_free(&error);
    if (news == SESSION_GOT)
        return unexpected(run, step, _("the other side goes on talking, where it should close the connection"));
    if (news == SESSION_LATE)
        return run_fail(run, step, _("the other side did not close the connection within %g seconds"), run->within);
    note(run, step, _("closed"));
    session_close(session);
    return STEP_ON;
}

int step_state(struct run *run, const struct step *step)
{
    struct session *session = run_session(run, step);
    struct buf text;
    struct fault fault;
    int outcome = STEP_ON;
    buf_init(&text, 200);
    if (template_expand(&step->sent, run->values, &text, NULL, &fault) != 0) {
        outcome = run_fail_fault(run, step, &fault);
    } else if (session->watch == NULL) {
        outcome = run_fail(run, step, _("there is no connection of a protocol that has states"));
    } else if (strcmp(buf_text(&text), session->state) != 0) {
        run_compare(run, buf_span(&text), span_of(session->state));
        outcome = run_fail(run, step, _("the dialogue is in another state"));
    }
    buf_free(&text);
    return outcome;
}

static int seconds_of(struct run *run, const struct step *step, double *seconds)
{
    struct fault fault;
    char *word = run_word(run, step, 0);
    if (word == NULL)
        return STEP_FAILED;
    int status = header_seconds(span_of(word), seconds, &fault);
    free(word);
    return status == 0 ? STEP_ON : run_fail_fault(run, step, &fault);
}

int step_pause(struct run *run, const struct step *step)
{
    double seconds;
    if (seconds_of(run, step, &seconds) != STEP_ON)
        return STEP_FAILED;
    int64_t until = wire_now() + (int64_t)(seconds * 1000), now;
    while ((now = wire_now()) < until && now < run->until) {
        int64_t left = until - now < 500 ? until - now : 500;
        struct timespec piece = { 0, left * 1000000 };
        nanosleep(&piece, NULL);
    }
    return STEP_ON;
}

int step_silence(struct run *run, const struct step *step)
{
    struct session *session = run_session(run, step);
    struct buf error;
    double seconds;
    if (seconds_of(run, step, &seconds) != STEP_ON)
        return STEP_FAILED;
    if (session->wire == NULL)
        return run_fail(run, step, _("there is no connection"));
    int64_t until = wire_now() + (int64_t)(seconds * 1000);
    buf_init(&error, 500);
    if (until > run->until)
        until = run->until;
    enum session_news news = session->in.len > 0 ? SESSION_GOT : session_read(session, until, &error);
    buf_free(&error);
    if (news == SESSION_GOT)
        return unexpected(run, step, _("something came, where the other side should say nothing"));
    return STEP_ON; /* who closes says nothing, too */
}

int step_within(struct run *run, const struct step *step)
{
    return seconds_of(run, step, &run->within);
}

/* The two words of a step: STEP_ON and both to free(), or STEP_FAILED. */
static int two_words(struct run *run, const struct step *step, struct buf words[2])
{
    struct fault fault;
    int status = 0;
    for (size_t i = 0; i < 2; i++) {
        buf_init(&words[i], 1 << 20);
        if (status == 0)
            status = template_expand(&step->words[i], run->values, &words[i], NULL, &fault);
    }
    if (status == 0)
        return STEP_ON;
    buf_free(&words[0]);
    buf_free(&words[1]);
    return run_fail_fault(run, step, &fault);
}

static void free_two(struct buf words[2])
{
    buf_free(&words[0]);
    buf_free(&words[1]);
}

int step_set(struct run *run, const struct step *step)
{
    struct buf words[2];
    if (two_words(run, step, words) != STEP_ON)
        return STEP_FAILED;
    int status = values_set(run->values, buf_text(&words[0]), buf_span(&words[1]));
    free_two(words);
    return status == 0 ? STEP_ON : run_fail(run, step, _("too many values, or too long ones"));
}

static int compare(struct run *run, const struct step *step, bool wanted)
{
    struct buf words[2];
    int outcome = STEP_ON;
    if (two_words(run, step, words) != STEP_ON)
        return STEP_FAILED;
    bool same = words[0].len == words[1].len &&
                memcmp(buf_text(&words[0]), buf_text(&words[1]), words[0].len) == 0;
    if (same != wanted) {
        run_compare(run, buf_span(&words[0]), buf_span(&words[1]));
        outcome = run_fail(run, step, wanted ? _("these two are not the same") : _("these two are the same"));
    }
    free_two(words);
    return outcome;
}

int step_same(struct run *run, const struct step *step)
{
    return compare(run, step, true);
}

int step_differ(struct run *run, const struct step *step)
{
    return compare(run, step, false);
}

int step_less(struct run *run, const struct step *step)
{
    struct buf words[2];
    char *ends[2];
    int outcome = STEP_ON;
    if (two_words(run, step, words) != STEP_ON)
        return STEP_FAILED;
    errno = 0;
    long long first = strtoll(buf_text(&words[0]), &ends[0], 10), second = strtoll(buf_text(&words[1]), &ends[1], 10);
    bool numbers = errno == 0 && words[0].len > 0 && words[1].len > 0 && *ends[0] == '\0' && *ends[1] == '\0';
    if (!numbers || first >= second) {
        run_compare(run, buf_span(&words[0]), buf_span(&words[1]));
        outcome = run_fail(run, step, numbers ? _("the first is not less than the second")
                                              : _("these are not numbers"));
    }
    free_two(words);
    return outcome;
}
