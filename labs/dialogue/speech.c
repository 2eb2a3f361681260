/*
 * speech.c - C: and S:. Lines of our own side are sent; those of the other
 * side are waited for and compared.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/mem.h"
#include "core/smtp_words.h"
#include "files.h"
#include "io/i18n.h"
#include "pattern.h"
#include "steps.h"

/* Milliseconds between pieces, so that they arrive one by one. */
enum { MAX_SENT = 8 << 20, GAP = 15, BYTE_GAP = 1 };

static char speaker_of(const struct step *step)
{
    return step->from_client ? 'C' : 'S';
}

static void rest(int milliseconds, int64_t until)
{
    struct timespec gap = { 0, milliseconds * 1000000L };
    if (wire_now() + milliseconds < until)
        nanosleep(&gap, NULL);
}

/* Sends one piece as it is. */
static int send_piece(struct run *run, const struct step *step, const char *data, size_t size)
{
    struct buf error;
    int outcome = STEP_ON;
    struct session *session = run_session(run, step);
    buf_init(&error, 500);
    if (wire_write(session->wire, data, size, run_until(run), &error) != 0)
        outcome = run_fail(run, step, "%s", buf_text(&error));
    buf_free(&error);
    return outcome;
}

static int send_all(struct run *run, const struct step *step, struct span bytes, const struct template_cuts *cuts)
{
    struct session *session = run_session(run, step);
    size_t from = 0, next = 0;
    int outcome = STEP_ON;
    struct event *event = result_event(run->result, step, speaker_of(step), bytes);
    if (event != NULL)
        event->state = session->state;
    while (outcome == STEP_ON && from < bytes.len) {
        size_t to = step->flags & SPEECH_BYTEWISE ? from + 1 : next < cuts->count ? cuts->at[next++] : bytes.len;
        outcome = send_piece(run, step, bytes.at + from, to - from);
        from = to;
        if (from < bytes.len)
            rest(step->flags & SPEECH_BYTEWISE ? BYTE_GAP : GAP, run->until);
    }
    session_sent(session, bytes.at, bytes.len);
    if (event != NULL)
        event->note = session->note;
    return outcome;
}

/* The file that the text names, as the content of a letter. */
static int load_data(struct run *run, const struct step *step, struct buf *text)
{
    struct fault fault;
    struct span name = buf_span(text);
    struct buf file;
    const struct span arguments[] = { name };
    buf_init(&file, MAX_SENT);
    int status = values_call(run->values, "file", arguments, 1, &file, &fault);
    buf_clear(text);
    if (status == 0 && files_to_smtp(buf_span(&file), text) != 0)
        status = fault_at(&fault, 0, _("the text becomes too long"));
    buf_free(&file);
    return status == 0 ? STEP_ON : run_fail_fault(run, step, &fault);
}

static int speak(struct run *run, const struct step *step)
{
    struct template_cuts cuts = { .count = 0 };
    struct buf text;
    struct fault fault;
    int outcome = STEP_ON;
    if (step->unsendable.text[0] != '\0')
        return run_fail_fault(run, step, &step->unsendable);
    buf_init(&text, MAX_SENT);
    if (template_expand(&step->sent, run->values, &text, &cuts, &fault) != 0)
        outcome = run_fail_fault(run, step, &fault);
    else if (step->flags & SPEECH_DATA)
        outcome = load_data(run, step, &text);
    else if (!(step->flags & SPEECH_RAW))
        buf_add_text(&text, "\r\n");
    if (outcome == STEP_ON)
        outcome = send_all(run, step, buf_span(&text), &cuts);
    buf_free(&text);
    return outcome;
}

/* What lies before us to be looked at: a line, or a whole reply. */
struct heard {
    struct buf text;     /* without the end of line */
    size_t size;         /* raw, in the session's buffer */
    bool bare;           /* the line ends with a bare LF */
};

static enum session_news look(struct run *run, const struct step *step, struct heard *heard, struct buf *error)
{
    struct session *session = run_session(run, step);
    struct span line;
    buf_clear(&heard->text);
    heard->bare = false;
    if (wire_now() > run->until) /* however much the other side has to say */
        return SESSION_LATE;
    if (step->flags & SPEECH_REPLY)
        return session_reply(session, run_until(run), &heard->size, &heard->text, error);
    enum session_news news = session_line(session, 0, run_until(run), &line, error);
    if (news != SESSION_GOT)
        return news;
    heard->size = line.len;
    line.len--;
    heard->bare = line.len == 0 || line.at[line.len - 1] != '\r';
    line.len -= !heard->bare;
    buf_add_span(&heard->text, line);
    return SESSION_GOT;
}

/* Takes what was looked at, line by line, into the history. The event of its last line, or NULL. */
static struct event *take(struct run *run, const struct step *step, size_t size)
{
    struct session *session = run_session(run, step);
    struct event *event = NULL;
    while (size > 0) {
        const char *lf = memchr(session->in.data, '\n', size);
        size_t length = lf != NULL ? (size_t)(lf + 1 - session->in.data) : size, shown = length;
        while (shown > 0 && (session->in.data[shown - 1] == '\n' || session->in.data[shown - 1] == '\r'))
            shown--;
        event = result_event(run->result, step, speaker_of(step), (struct span){ session->in.data, shown });
        if (event != NULL)
            event->state = session->state;
        session_take(session, length);
        if (event != NULL)
            event->note = session->note;
        size -= length;
    }
    return event;
}

static void describe(struct run *run, const struct step *step, struct buf *out)
{
    if (step->flags & SPEECH_NOT)
        buf_add_text(out, _("anything but "));
    template_describe(&step->met, run->values, out);
}

/* The expected reply code has a row, too. */
static void explain_code(struct run *run, const struct step *step, const struct buf *expected)
{
    int code = 0;
    if (run_session(run, step)->protocol != PROTOCOL_SMTP || expected->len < 3)
        return;
    for (size_t i = 0; i < 3; i++) {
        if (expected->data[i] < '0' || expected->data[i] > '9')
            return;
        code = code * 10 + (expected->data[i] - '0');
    }
    result_word(run->result, smtp_word_of_reply(code));
}

/* What came is not what the step wants. */
static int mismatch(struct run *run, const struct step *step, struct heard *heard)
{
    struct session *session = run_session(run, step);
    struct buf expected;
    const char *before = session->state;
    buf_init(&expected, 4000);
    describe(run, step, &expected);
    run_compare(run, buf_span(&expected), buf_span(&heard->text));
    snprintf(run->result->state, sizeof run->result->state, "%s", before);
    struct event *event = take(run, step, heard->size);
    if (event != NULL)
        event->illegal = true;
    result_word(run->result, session->command);
    explain_code(run, step, &expected);
    buf_free(&expected);
    if (heard->bare)
        return run_fail(run, step, _("the line ends with a bare LF, where CR LF belongs"));
    return run_fail(run, step, _("this is not what the dialogue expects here"));
}

static void show_unfinished(struct run *run, const struct step *step, struct buf *expected)
{
    struct session *session = run_session(run, step);
    run_compare(run, buf_span(expected), buf_span(&session->in));
    if (session->in.len > 0) {
        struct event *event = result_event(run->result, step, speaker_of(step), buf_span(&session->in));
        if (event != NULL)
            event->illegal = true;
    }
}

/* Nothing came that could be looked at. */
static int missing(struct run *run, const struct step *step, enum session_news news, struct buf *error)
{
    struct buf expected;
    buf_init(&expected, 4000);
    describe(run, step, &expected);
    show_unfinished(run, step, &expected);
    explain_code(run, step, &expected);
    buf_free(&expected);
    if (news == SESSION_BROKEN)
        return run_fail(run, step, "%s", buf_text(error));
    if (news == SESSION_ENDED)
        return run_fail(run, step, _("the other side closed the connection instead"));
    return run_fail(run, step, _("nothing came within %g seconds"), run->within);
}

/* 1 it fits, 0 it does not, -1 the pattern cannot be used, and the test has failed. */
static int fits(struct run *run, const struct step *step, struct heard *heard)
{
    struct fault fault;
    int match = pattern_match(&step->met, run->values, buf_span(&heard->text), &fault);
    if (match < 0) {
        run_fail_fault(run, step, &fault);
        return -1;
    }
    if (heard->bare)
        return 0;
    return step->flags & SPEECH_NOT ? !match : match;
}

/* After the tagged answer of IMAP's last command there is nothing to wait for. */
static bool ends_command(const struct session *session, const struct heard *heard)
{
    size_t tag = strlen(session->tag);
    return session->protocol == PROTOCOL_IMAP && session->we_are_client && tag > 0 && heard->text.len > tag &&
           memcmp(heard->text.data, session->tag, tag) == 0 && heard->text.data[tag] == ' ';
}

/* One line, or reply, of the other side. */
static int hear_one(struct run *run, const struct step *step, struct heard *heard, struct buf *error)
{
    const bool passes = (step->flags & SPEECH_UNTIL) != 0, may = (step->flags & (SPEECH_OPTIONAL | SPEECH_MANY)) != 0;
    int64_t until = run_until(run);
    for (;;) {
        enum session_news news = passes && wire_now() > until ? SESSION_LATE : look(run, step, heard, error);
        if (news != SESSION_GOT)
            return may && news != SESSION_BROKEN ? STEP_ON : missing(run, step, news, error);
        int match = fits(run, step, heard);
        if (match < 0)
            return STEP_FAILED;
        if (match == 1)
            take(run, step, heard->size);
        if (match == 1 && !(step->flags & SPEECH_MANY))
            return STEP_ON;
        if (match == 0 && may)
            return STEP_ON;
        if (match == 0 && (!passes || ends_command(run_session(run, step), heard)))
            return mismatch(run, step, heard);
        if (match == 0)
            take(run, step, heard->size);
    }
}

/* Exactly these bytes. */
static int hear_raw(struct run *run, const struct step *step)
{
    struct session *session = run_session(run, step);
    struct buf expected, error;
    struct fault fault;
    enum session_news news = SESSION_GOT;
    buf_init(&expected, MAX_SENT);
    buf_init(&error, 500);
    int outcome = STEP_ON;
    if (template_expand(&step->sent, run->values, &expected, NULL, &fault) != 0)
        outcome = run_fail_fault(run, step, &fault);
    while (outcome == STEP_ON && news == SESSION_GOT && session->in.len < expected.len)
        news = session_read(session, run_until(run), &error);
    size_t size = session->in.len < expected.len ? session->in.len : expected.len;
    bool same = size == expected.len && (size == 0 || memcmp(session->in.data, expected.data, size) == 0);
    if (outcome == STEP_ON && !same) {
        run_compare(run, buf_span(&expected), (struct span){ session->in.data, size });
        outcome = run_fail(run, step, _("these are not the bytes that the dialogue expects here"));
    }
    struct event *event = size > 0 ? result_event(run->result, step, speaker_of(step),
                                                  (struct span){ session->in.data, size }) : NULL;
    if (event != NULL)
        event->illegal = !same;
    session_take(session, size);
    buf_free(&expected);
    buf_free(&error);
    return outcome;
}

static int hear(struct run *run, const struct step *step)
{
    struct heard heard = { .bare = false };
    struct buf error;
    if (step->flags & (SPEECH_RAW | SPEECH_BYTEWISE))
        return hear_raw(run, step);
    if (step->unmeetable.text[0] != '\0')
        return run_fail_fault(run, step, &step->unmeetable);
    buf_init(&heard.text, SESSION_MAX_UNREAD);
    buf_init(&error, 500);
    int outcome = hear_one(run, step, &heard, &error);
    buf_free(&heard.text);
    buf_free(&error);
    return outcome;
}

int step_speech(struct run *run, const struct step *step)
{
    struct session *session = run_session(run, step);
    if (session->wire == NULL)
        return run_fail(run, step, _("there is no connection: a line \"connect:\" comes first"));
    return step->from_client == session->we_are_client ? speak(run, step) : hear(run, step);
}

/* Which line of the block is met by what came? Those that must come first, in the order in which they are written. */
static int find_in_block(struct run *run, const struct step *block, const bool *met, struct heard *heard, size_t *found)
{
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < block->members; i++) {
            const struct step *line = block + 1 + i;
            bool may = (line->flags & (SPEECH_OPTIONAL | SPEECH_MANY)) != 0;
            if (may != (round == 1) || (met[i] && !(line->flags & SPEECH_MANY)))
                continue;
            int match = fits(run, line, heard);
            *found = i;
            if (match != 0)
                return match;
        }
    return 0;
}

/* The lines that have still to come, as what was expected. */
static size_t count_missing(struct run *run, const struct step *block, const bool *met, struct buf *expected)
{
    size_t count = 0;
    for (size_t i = 0; i < block->members; i++) {
        const struct step *line = block + 1 + i;
        if (met[i] || (line->flags & (SPEECH_OPTIONAL | SPEECH_MANY)))
            continue;
        if (expected != NULL && count > 0)
            buf_add_text(expected, _("  or  "));
        if (expected != NULL)
            describe(run, line, expected);
        count++;
    }
    return count;
}

static bool has_optional(const struct step *block)
{
    for (size_t i = 0; i < block->members; i++)
        if (block[1 + i].flags & (SPEECH_OPTIONAL | SPEECH_MANY))
            return true;
    return false;
}

static int block_failed(struct run *run, const struct step *block, const bool *met, struct heard *heard,
                        enum session_news news, struct buf *error)
{
    struct buf expected;
    const struct step *line = block + 1;
    int outcome;
    buf_init(&expected, 4000);
    if (news == SESSION_GOT) {
        outcome = mismatch(run, line, heard);
    } else {
        outcome = missing(run, line, news, error);
    }
    count_missing(run, block, met, &expected);
    if (expected.len > 0)
        run_compare(run, buf_span(&expected), news == SESSION_GOT ? buf_span(&heard->text)
                                                                 : (struct span){ NULL, 0 });
    buf_free(&expected);
    return outcome;
}

static int hear_block(struct run *run, const struct step *block, bool *met, struct heard *heard, struct buf *error)
{
    for (;;) {
        size_t found = 0;
        bool complete = count_missing(run, block, met, NULL) == 0;
        if (complete && !has_optional(block))
            return STEP_ON;
        enum session_news news = look(run, block + 1, heard, error);
        if (news != SESSION_GOT && complete && news != SESSION_BROKEN)
            return STEP_ON;
        if (news != SESSION_GOT)
            return block_failed(run, block, met, heard, news, error);
        int match = find_in_block(run, block, met, heard, &found);
        if (match < 0)
            return STEP_FAILED;
        if (match == 0)
            return complete ? STEP_ON : block_failed(run, block, met, heard, news, error);
        take(run, block + 1 + found, heard->size);
        met[found] = true;
    }
}

int step_any_order(struct run *run, const struct step *step)
{
    struct session *session = run_session(run, step + 1);
    struct heard heard = { .bare = false };
    struct buf error;
    int outcome = STEP_ON;
    run->next += step->members;
    if (session->wire == NULL)
        return run_fail(run, step, _("there is no connection: a line \"connect:\" comes first"));
    if (step[1].from_client == session->we_are_client) {
        for (size_t i = 0; outcome == STEP_ON && i < step->members; i++)
            outcome = speak(run, step + 1 + i);
        return outcome;
    }
    bool *met = mem_alloc(step->members * sizeof *met);
    buf_init(&heard.text, SESSION_MAX_UNREAD);
    buf_init(&error, 500);
    outcome = hear_block(run, step, met, &heard, &error);
    buf_free(&heard.text);
    buf_free(&error);
    free(met);
    return outcome;
}
