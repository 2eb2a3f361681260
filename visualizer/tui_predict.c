#include "visualizer/tui_predict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "io/page.h"
#include "io/prompt.h"
#include "io/reader.h"
#include "visualizer/live.h"
#include "visualizer/predict.h"
#include "visualizer/tui_keys.h"
#include "visualizer/tui_live.h"
#include "visualizer/tui_stack.h"

enum { PREDICT_ANSWER_IT = ACTION_OPEN, PREDICT_NEXT = TUI_OWN, PREDICT_SHOW, PREDICT_SUMMARY, PREDICT_LEAVE };
enum { LINES = 64, BEFORE = 24, SEARCHED = 256 };

enum state {
    WAITING,            /* for a packet that something can be asked about */
    ASKING,
    SHOWN,
    OVER,               /* no packet is left */
};

struct predict_view {
    struct tui *tui;
    enum state state;
    uint32_t number;                /* of the packet that is asked about */
    struct predict_question question;
    struct predict_score score;
    bool answered;                  /* not only shown */
    enum predict_verdict verdict;
    char guess[PREDICT_ANSWER];
};

static const struct key_row rows[] = {
    { PREDICT_ANSWER_IT, "Enter a", "answer", N_("Answer"), N_("Say what will be there.") },
    { PREDICT_NEXT, "n Right Space", "next-question", N_("Next"),
      N_("On to the next question; a held packet is delivered.") },
    { PREDICT_SHOW, "s", "show", N_("Show"), N_("Show it without answering: it does not count.") },
    { PREDICT_SUMMARY, "m", "summary", N_("Summary"), N_("How many answers of each sort were right.") },
    { PREDICT_LEAVE, "q Esc p", "leave", N_("Close"), N_("Back to the list, to this packet.") },
};

const struct key_table tui_predict_keys = { N_("Predict"), rows, sizeof rows / sizeof rows[0], &views_keys };

/* --- the next question --------------------------------------------------------------------------- */

static bool ask_about(struct predict_view *view, uint32_t number)
{
    struct predict_question questions[PREDICT_ROWS_MAX];
    struct tui *tui = view->tui;
    tui_go_packet(tui, number);
    tui->follow = false;
    size_t count = predict_questions(tui_packet(tui), tui_exchange(tui), questions);
    view->number = number;
    if (count == 0)
        return false;
    view->question = *predict_choose(&view->score, questions, count);
    view->state = ASKING;
    view->answered = false;
    return true;
}

/* A wire that holds: the oldest held packet, or none yet. */
static void look_at_wire(struct predict_view *view)
{
    for (int i = 0; i < LINES; i++) {
        uint32_t front = tui_live_front(view->tui);
        if (tui_live_held(view->tui, front) == NULL || ask_about(view, front))
            return;
        tui_live_act(view->tui, NULL, LIVE_STEP);
    }
}

/* A slice at a time, for a large recording may have little to ask about. */
static void look(struct predict_view *view)
{
    struct tui *tui = view->tui;
    if (tui_live_is_wire(tui) && !tui->options.live->ended) {
        look_at_wire(view);
        return;
    }
    for (int i = 0; i < SEARCHED && view->number < trace_passed(tui->trace); i++)
        if (ask_about(view, view->number + 1))
            return;
    if (view->number >= trace_passed(tui->trace) && tui->finished)
        view->state = OVER;
}

static void go_on(struct predict_view *view)
{
    if (view->state == ASKING || view->state == OVER)
        return;
    if (view->state == SHOWN && tui_live_held(view->tui, view->number) != NULL)
        tui_live_act(view->tui, NULL, LIVE_STEP);
    view->state = WAITING;
    look(view);
}

/* --- drawing --------------------------------------------------------------------------------------- */

struct line {
    const struct exchange *exchange;
    const struct exchange_step *step;
};

static int by_packet(const void *a, const void *b)
{
    const struct line *one = a, *two = b;
    return one->step->packet < two->step->packet ? -1 : one->step->packet > two->step->packet;
}

/* What was said before the packet, as far as a screen may show of it. */
static size_t said_before(const struct predict_view *view, struct line lines[LINES])
{
    const struct tui *tui = view->tui;
    size_t count = 0, from = tui->exchange + 1 < exchange_count(tui->list) ? tui->exchange + 1 : tui->exchange;
    size_t end = from > BEFORE ? from - BEFORE : 0;
    for (size_t i = from + 1; i-- > end && count < LINES;) {
        const struct exchange *exchange = exchange_at(tui->list, i);
        for (size_t step = exchange != NULL ? exchange->step_count : 0; step-- > 0 && count < LINES;)
            if (exchange->steps[step].packet < view->number && exchange->steps[step].text != NULL)
                lines[count++] = (struct line){ exchange, &exchange->steps[step] };
    }
    qsort(lines, count, sizeof *lines, by_packet);
    return count;
}

static void draw_before(const struct predict_view *view, struct screen *screen, struct area area)
{
    struct line lines[LINES];
    size_t count = exchange_count(view->tui->list) > 0 ? said_before(view, lines) : 0;
    size_t shown = area.rows > 0 ? (size_t)area.rows : 0;
    for (size_t i = count > shown ? count - shown : 0; i < count; i++) {
        const struct exchange *exchange = lines[i].exchange;
        bool backward = lines[i].step->backward;
        struct area row = area_top(&area, 1);
        int column = screen_printf(screen, row, 0, 1, TONE_NONE, "%5u  ", lines[i].step->packet);
        column = screen_printf(screen, row, 0, column, TONE_PLAIN, "%s \u2500\u25b8 %s  ",
                               backward ? exchange->to : exchange->from, backward ? exchange->from : exchange->to);
        screen_put(screen, row, 0, column < 34 ? 34 : column, (unsigned)(TONE_LAYER + exchange->row->osi),
                   lines[i].step->text);
    }
}

static const char *verdict_word(enum predict_verdict verdict)
{
    return verdict == PREDICT_RIGHT ? _("Right!") : verdict == PREDICT_PARTLY ? _("Partly right.") : _("No.");
}

static void draw_answer(const struct predict_view *view, struct screen *screen, struct area area)
{
    const struct predict_question *question = &view->question;
    struct page page;
    page_init(&page);
    page_add(&page, TONE_PLAIN, " ");
    if (view->answered)
        page_printf(&page, view->verdict == PREDICT_WRONG ? TONE_BAD | PAINT_BOLD : TONE_GOOD | PAINT_BOLD, "%s ",
                    verdict_word(view->verdict));
    page_printf(&page, TONE_PLAIN, _("It is "));
    page_printf(&page, TONE_PLAIN | PAINT_BOLD, "%s", question->answer);
    if (question->label != NULL)
        page_printf(&page, TONE_PLAIN, " (%s)", _(question->label));
    if (view->answered && view->verdict != PREDICT_RIGHT)
        page_printf(&page, TONE_NONE, _(", not %s"), view->guess);
    page_add(&page, TONE_PLAIN, ". ");
    if (question->meaning != NULL)
        page_paragraph(&page, TONE_PLAIN, area.columns - 1, 1, span_of(_(question->meaning)));
    if (question->rfc != NULL)
        page_printf(&page, TONE_NONE, " %s", question->rfc);
    page_draw(&page, screen, area);
    page_free(&page);
}

/* What may be known: who speaks to whom, by which protocol; of a question about layers, what kind of exchange. */
static void draw_question(const struct predict_view *view, struct screen *screen, struct area area)
{
    const struct predict_row *row = &predict_rows[view->question.row];
    const struct exchange *exchange = tui_exchange(view->tui);
    int column = screen_printf(screen, area, 0, 1, TONE_PLAIN | PAINT_BOLD, _("packet %u"), view->number);
    column = screen_printf(screen, area, 0, column + 2, TONE_PLAIN, "%s \u2500\u2500\u25b8 %s   ",
                           tui_sender(view->tui), tui_receiver(view->tui));
    if (exchange != NULL)
        column = screen_put(screen, area, 0, column, TONE_PLAIN, exchange->protocol);
    if (exchange != NULL && row->field == NULL)
        screen_printf(screen, area, 0, column, TONE_PLAIN, ": %s", _(exchange->name));
    if (tui_live_held(view->tui, view->number) != NULL)
        screen_printf(screen, area_right(&area, 10), 0, 1, TONE_BAD | PAINT_CHIP | PAINT_BOLD, " %s ", _("HELD"));
    screen_put(screen, area, 2, 1, TONE_PLAIN | PAINT_BOLD, _(row->question));
    if (view->state == ASKING)
        screen_printf(screen, area, 3, 1, TONE_NONE, _("Enter to answer: %s"), _(row->form));
}

static void draw(void *context, struct screen *screen, struct area area)
{
    struct predict_view *view = context;
    if (view->state == WAITING || view->state == OVER) {
        draw_before(view, screen, area_top(&area, area.rows - 3));
        screen_rule(screen, area_top(&area, 1), 0, TONE_NONE);
        screen_put(screen, area, 0, 1, TONE_PLAIN,
                   view->state == OVER ? _("There is nothing more to ask about; m shows the summary.")
                                       : _("Waiting for a packet to ask about \u2026"));
        return;
    }
    if (view->state == SHOWN) {
        stack_draw(view->tui, screen, area_bottom(&area, STACK_ROWS));
        screen_rule(screen, area_bottom(&area, 1), 0, TONE_NONE);
        draw_answer(view, screen, area_bottom(&area, 4));
    }
    struct area question = area_bottom(&area, view->state == SHOWN ? 3 : 5);
    screen_rule(screen, area_bottom(&area, 1), 0, TONE_NONE);
    draw_question(view, screen, question);
    draw_before(view, screen, area);
}

static void head(void *context, struct buf *left, struct buf *right)
{
    const struct predict_view *view = context;
    unsigned asked, right_ones, partly;
    predict_total(&view->score, &asked, &right_ones, &partly);
    buf_printf(left, _("Predict \u00b7 %s"), view->tui->options.title);
    if (asked > 0)
        buf_printf(right, _("%u of %u right"), right_ones, asked);
    if (view->score.streak > 1)
        buf_printf(right, _(" \u00b7 %u in a row"), view->score.streak);
}

/* --- the summary ------------------------------------------------------------------------------------ */

static void summary_head(void *context, struct buf *left, struct buf *right)
{
    (void)context;
    (void)right;
    buf_add_text(left, _("What was predicted"));
}

static void summary_build(void *context, struct page *page, int columns)
{
    const struct predict_score *score = &((struct predict_view *)context)->score;
    unsigned asked, right, partly;
    (void)columns;
    predict_total(score, &asked, &right, &partly);
    page_printf(page, TONE_PLAIN | PAINT_BOLD, _(" %u of %u right, %u partly; at most %u in a row"), right, asked,
                partly, score->longest);
    page_end(page);
    page_end(page);
    for (size_t i = 0; i < predict_row_count; i++) {
        enum { BAR = 20 };
        if (score->asked[i] == 0)
            continue;
        unsigned full = score->right[i] * BAR / score->asked[i];
        page_add(page, TONE_PLAIN, " ");
        for (unsigned at = 0; at < BAR; at++)
            page_add(page, at < full ? TONE_GOOD : TONE_NONE | PAINT_FAINT, at < full ? "\u2588" : "\u00b7");
        page_printf(page, TONE_PLAIN, "  %2u/%-2u  %s", score->right[i], score->asked[i], _(predict_rows[i].about));
        page_end(page);
    }
}

/* --- acting ------------------------------------------------------------------------------------------- */

static void answer(struct predict_view *view, struct views *views)
{
    char label[128];
    if (view->state != ASKING) {
        go_on(view);
        return;
    }
    snprintf(label, sizeof label, "%s ", _(predict_rows[view->question.row].form));
    label[strlen(label) - 1] = ':';
    view->guess[0] = '\0';
    if (prompt_line(views, label, view->guess, sizeof view->guess) != 0 || view->guess[0] == '\0')
        return;
    view->verdict = predict_judge(&view->question, view->guess);
    predict_note(&view->score, &view->question, view->verdict);
    view->answered = true;
    view->state = SHOWN;
}

static enum view_answer leave(struct predict_view *view, struct views *views)
{
    unsigned asked, right, partly;
    predict_total(&view->score, &asked, &right, &partly);
    if (asked > 0)
        views_say(views, TONE_PLAIN, _("%u of %u right, %u partly; at most %u in a row."), right, asked, partly,
                  view->score.longest);
    return VIEW_CLOSES;
}

static enum view_answer act(void *context, struct views *views, int action, const struct screen_event *event)
{
    static const struct reader_source summary = { .head = summary_head, .build = summary_build };
    struct predict_view *view = context;
    (void)event;
    switch (action) {
    case PREDICT_ANSWER_IT:
        answer(view, views);
        break;
    case PREDICT_NEXT:
        if (view->state == ASKING)
            views_say(views, TONE_PLAIN, _("First an answer (Enter), or s to be shown."));
        go_on(view);
        break;
    case PREDICT_SHOW:
        if (view->state == ASKING)
            view->state = SHOWN;
        break;
    case PREDICT_SUMMARY:
        reader_push(views, &summary, view);
        break;
    case PREDICT_LEAVE:
        return leave(view, views);
    case ACTION_TICK:
        tui_step(view->tui, views, ACTION_TICK);
        if (view->state == WAITING)
            look(view);
        break;
    default:
        break;
    }
    return VIEW_STAYS;
}

static int patience(void *context)
{
    const struct predict_view *view = context;
    return view->state == WAITING && !tui_live_is_wire(view->tui) && view->number < trace_passed(view->tui->trace)
               ? 0 : tui_patience(view->tui);
}

void predict_push(struct tui *tui, struct views *views)
{
    static const struct view_ops ops = {
        .keys = &tui_predict_keys, .rows = 20, .columns = 60, .head = head, .draw = draw, .act = act,
        .patience = patience, .close = free,
    };
    struct predict_view *view = mem_alloc(sizeof *view);
    view->tui = tui;
    view->number = tui->packet > 0 && tui->packet != 1 ? tui->packet : 0;
    tui->follow = false;
    tui->playing = false;
    tui_live_hold(tui);
    look(view);
    views_push(views, &ops, view);
}
