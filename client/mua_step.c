#include "client/mua_step.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/link.h"
#include "client/mua_call.h"
#include "core/mem.h"
#include "core/pop3_state.h"
#include "io/dialog.h"
#include "io/i18n.h"
#include "io/prompt.h"
#include "io/text.h"
#include "io/work.h"

enum { COMMAND_MAX = 4096, DELAY_LONGEST = 600 };

/* --- in the network's thread ----------------------------------------------------------------- */

struct question {
    struct mua *mua;
    const char *verb;
    struct buf *text;
    enum mail_step answer;
    double delay;                 /* seconds */
};

/* The command as it may be edited: without its end; a literal's bytes are more than one line, and are left alone. */
static void edit(struct question *question)
{
    char line[COMMAND_MAX];
    size_t length = question->text->len;
    while (length > 0 && strchr("\r\n", question->text->data[length - 1]) != NULL)
        length--;
    if (length >= sizeof line || memchr(question->text->data, '\n', length) != NULL) {
        views_say(question->mua->views, TONE_BAD, _("This command is of several lines and cannot be edited here."));
        return;
    }
    memcpy(line, question->text->data, length);
    line[length] = '\0';
    if (prompt_line(question->mua->views, "C:", line, sizeof line) != 0)
        return;
    buf_clear(question->text);
    buf_printf(question->text, "%s\r\n", line);
}

static void delay(struct question *question)
{
    char text[16] = "2";
    if (prompt_line(question->mua->views, _("Seconds to wait:"), text, sizeof text) != 0)
        return;
    double seconds = strtod(text, NULL);
    question->delay = seconds >= 0 && seconds <= DELAY_LONGEST ? seconds : 0;
}

static void stop(struct step *step)
{
    pthread_mutex_lock(&step->lock);
    step->on = false;
    pthread_mutex_unlock(&step->lock);
}

/* In the screen's thread; the network's waits. */
static void ask(void *context, struct views *views)
{
    struct question *question = context;
    for (;;) {
        char *text = mem_printf(_("This is about to leave:\n\nC: %s\n%s"), buf_text(question->text),
                                question->delay > 0 ? _("It will wait first.") : "");
        int answer = dialog_ask(views, question->verb, text,
                                _("(s)end  (e)dit  (d)rop  (w)ait before it leaves  (g)o on without stopping"),
                                        "sedwg");
        free(text);
        if (answer == 'e')
            edit(question);
        else if (answer == 'w')
            delay(question);
        else if (answer == 'd')
            question->answer = MAIL_STEP_DROP;
        else if (answer == 'g')
            stop(question->mua->step);
        if (answer != 'e' && answer != 'w')
            return;
    }
}

/* Behind the tag, if there is one (IMAP), stands what the user says. */
static void replace(const char *said, struct buf *text)
{
    char tag[32] = "";
    const char *space = memchr(text->data, ' ', text->len);
    if (space != NULL && text->data[0] == 'A' && (size_t)(space - text->data) < sizeof tag - 1)
        memcpy(tag, text->data, (size_t)(space - text->data) + 1);
    buf_clear(text);
    buf_printf(text, "%s%s\r\n", tag, said);
}

enum mail_step step_before(struct mua *mua, const char *verb, struct buf *text)
{
    struct question question = { .mua = mua, .verb = verb, .text = text, .answer = MAIL_STEP_SEND };
    pthread_mutex_lock(&mua->step->lock);
    const char *said = mua->step->said;
    mua->step->said = NULL;
    bool stops = said == NULL && mua->step->on &&
                 (mua->step->verbs[0] == '\0' || link_lists(mua->step->verbs, verb));
    pthread_mutex_unlock(&mua->step->lock);
    if (said != NULL)
        replace(said, text);
    if (!stops)
        return MAIL_STEP_SEND;
    work_ask(mua->views, ask, &question);
    struct timespec wait = { (time_t)question.delay, (long)((question.delay - (double)(time_t)question.delay) * 1e9) };
    nanosleep(&wait, NULL);
    return question.answer;
}

/* --- in the screen's ---------------------------------------------------------------------------- */

void step_menu(struct mua *mua)
{
    char verbs[STEP_VERBS_MAX];
    struct step *step = mua->step;
    if (step->on) {
        stop(step);
        views_say(mua->views, TONE_PLAIN, _("Commands leave without stopping again."));
        return;
    }
    memcpy(verbs, step->verbs, sizeof verbs);
    if (prompt_line(mua->views, _("Stop before which commands? (STORE EXPUNGE; nothing: before each)"), verbs,
                    sizeof verbs) != 0)
        return;
    pthread_mutex_lock(&step->lock);
    memcpy(step->verbs, verbs, sizeof verbs);
    step->on = true;
    pthread_mutex_unlock(&step->lock);
    views_say(mua->views, TONE_GOOD, _("Commands stop before they leave; S ends that."));
}

/* Why the user cannot say this here; NULL when it can be said. */
static const char *refusal(const struct mua *mua, const char *line)
{
    size_t length = strcspn(line, " ");
    char *verb = mem_copy(line, length);
    bool pop3 = strcmp(mua->source->ops->name, "POP3") == 0;
    bool argument = line[length] == ' ' && line[length + 1] != '\0';
    const char *reason = NULL;
    if (link_lists("STARTTLS STLS LOGIN AUTHENTICATE AUTH USER PASS APOP SELECT EXAMINE CLOSE UNSELECT IDLE LOGOUT "
                   "QUIT COMPRESS APPEND", verb))
        reason = N_("The program itself has to say this: it would not know any more where it stands.");
    else if (strchr(line, '{') != NULL || length == 0)
        reason = N_("One line can be said here, without a literal.");
    else if (pop3 && pop3_reply_is_multiline(pop3_verb_of((struct span){ line, length }), argument))
        reason = N_("Its answer has several lines, for which nobody would wait here.");
    free(verb);
    return reason;
}

/* The last thing that the server said. */
static void show_answer(struct mua *mua)
{
    struct wire_line line;
    size_t count = wire_count(mua->wire);
    if (count == 0 || !wire_get(mua->wire, count - 1, &line))
        return;
    views_say(mua->views, TONE_PLAIN, "S: %s", line.text);
    wire_line_free(&line);
}

void step_prompt(struct mua *mua)
{
    static char line[COMMAND_MAX];
    bool changed;
    if (mua->source == NULL || strcmp(mua->source->ops->name, "Maildir") == 0) {
        views_say(mua->views, TONE_PLAIN, _("There is no server at the other end."));
        return;
    }
    if (prompt_line(mua->views, "C:", line, sizeof line) != 0)
        return;
    const char *reason = refusal(mua, line);
    if (reason != NULL) {
        views_say(mua->views, TONE_BAD, "%s", _(reason));
        return;
    }
    if (mua->watch_fd >= 0) /* IDLE has to end first */
        mua_check(mua, &changed);
    mua->step->said = line;
    if (mua_check(mua, &changed) == 0)
        show_answer(mua);
    mua->step->said = NULL;
}

void step_pretend(struct mua *mua)
{
    const struct prompt prompt = { .label = _("The server cannot:"), .text = mua->hidden, .size = sizeof mua->hidden,
                                   .cursor = SIZE_MAX, .tone = TONE_NONE, .hint = _(
                                       "IDLE UIDPLUS MOVE LITERAL+ SORT ...; nothing: it can what it says") };
    if (mua->source == NULL || prompt_ask(mua->views, &prompt) != 0)
        return;
    mua_hide(mua, mua->hidden[0] != '\0' ? mua->hidden : NULL);
    if (mua->hidden[0] != '\0')
        views_say(mua->views, TONE_PLAIN, _("From now on we act as if the server could not: %s"), mua->hidden);
    else
        views_say(mua->views, TONE_PLAIN, _("From now on we believe what the server says it can."));
}
