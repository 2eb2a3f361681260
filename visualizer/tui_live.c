#include "visualizer/tui_live.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "io/list.h"
#include "io/prompt.h"
#include "io/reader.h"
#include "visualizer/live.h"
#include "visualizer/tui_bits.h"
#include "visualizer/tui_lanes.h"

enum { ANSWER_MAX = 64 * 1024, AT_A_TICK = 32 };

const struct key_row live_rows[LIVE_ROWS] = {
    { LIVE_STEP, "Space", "deliver", N_("Deliver"),
      N_("Deliver the packet that the wire has held for the longest time.") },
    { LIVE_OVER, "o", "deliver-exchange", N_("Exchange"),
      N_("Deliver on until a packet of another exchange is held; again: stop.") },
    { LIVE_HOLD, "h", "hold", N_("Hold on/off"), N_("Hold all that comes from now on; again: let all go.") },
    { LIVE_DROP, "D", "drop", N_("Drop"), N_("Throw the held packet away.") },
    { LIVE_DUPLICATE, "2", "duplicate", NULL, N_("Deliver the held packet twice.") },
    { LIVE_DELAY, "z", "delay", NULL, N_("Deliver the held packet later: after a time that is asked for.") },
    { LIVE_CORRUPT, "x", "corrupt", N_("Corrupt"), N_("Flip a bit of the held packet: choose it among its bytes.") },
    { LIVE_SAY, "!", "tell", NULL, N_("Tell the wire a command of its own: \"fault drop the 2nd SYN\", \"held\".") },
};

static struct live_wire *wire_of(const struct tui *tui)
{
    return tui->options.live != NULL ? tui->options.live->wire : NULL;
}

bool tui_live_is_wire(const struct tui *tui)
{
    return wire_of(tui) != NULL;
}

const struct live_held *tui_live_held(const struct tui *tui, uint32_t packet)
{
    return wire_of(tui) != NULL ? live_wire_find(wire_of(tui), packet) : NULL;
}

bool tui_live_in(const struct tui *tui, const struct exchange *exchange)
{
    size_t count = 0;
    const struct live_held *held = wire_of(tui) != NULL ? live_wire_held(wire_of(tui), &count) : NULL;
    for (size_t i = 0; i < count; i++)
        for (size_t step = exchange->step_count; held[i].packet >= exchange->first && step-- > 0;)
            if (exchange->steps[step].packet == held[i].packet)
                return true;
    return false;
}

/* The first of the held ones that is in the recording, and that we have been over. */
static const struct live_held *oldest(const struct tui *tui)
{
    size_t count = 0;
    const struct live_held *held = wire_of(tui) != NULL ? live_wire_held(wire_of(tui), &count) : NULL;
    for (size_t i = 0; i < count; i++)
        if (held[i].packet > 0 && held[i].packet <= trace_passed(tui->trace))
            return &held[i];
    return NULL;
}

uint32_t tui_live_front(const struct tui *tui)
{
    const struct live_held *held = oldest(tui);
    return held != NULL ? held->packet : (uint32_t)trace_passed(tui->trace);
}

/* --- saying -------------------------------------------------------------------------------- */

static void answer_head(void *text, struct buf *left, struct buf *right)
{
    (void)text;
    (void)right;
    buf_add_text(left, _("The wire answers"));
}

static void answer_build(void *text, struct page *page, int columns)
{
    page_paragraph(page, TONE_PLAIN, columns - 2, 1, span_of(text));
}

static void answer_close(void *text)
{
    free(text);
}

/* A line is shown below, a list on a screen of its own. */
static void show_answer(struct views *views, struct buf *answer, bool bad)
{
    static const struct reader_source source = { .head = answer_head, .build = answer_build, .close = answer_close };
    char *text = mem_text(buf_text(answer)), *end = text + strlen(text);
    while (end > text && end[-1] == '\n')
        *--end = '\0';
    for (char *at = text; *at != '\0'; at++)
        if (*at == '\t')
            *at = ' ';
    if (strchr(text, '\n') != NULL)
        reader_push(views, &source, text);
    else if (*text != '\0')
        views_say(views, bad ? TONE_BAD : TONE_PLAIN, "%s", text + (strncmp(text, "error: ", 7) == 0 ? 7 : 0));
    if (strchr(text, '\n') == NULL)
        free(text);
}

/* Says it, shows what is answered, and looks at what has become of it. */
static void say(struct tui *tui, struct views *views, const char *words)
{
    struct buf answer;
    buf_init(&answer, ANSWER_MAX);
    bool bad = live_wire_say(tui->options.live, words, &answer) != 0;
    if (views != NULL)
        show_answer(views, &answer, bad);
    buf_free(&answer);
    tui_pass(tui);
}

void tui_live_fault(struct tui *tui, struct views *views, const char *before, uint32_t packet, const char *after)
{
    char words[256];
    snprintf(words, sizeof words, "fault %s packet %" PRIu64 "%s", before, live_wire_number(wire_of(tui), packet),
             after);
    tui->follow = true;
    say(tui, views, words);
}

/* --- acting -------------------------------------------------------------------------------- */

static void toggle_hold(struct tui *tui, struct views *views)
{
    bool holds = live_wire_holds(wire_of(tui)) || oldest(tui) != NULL;
    tui->over = 0;
    say(tui, views, holds ? "go" : "hold");
    views_say(views, TONE_PLAIN, "%s", holds ? _("Everything is let go, and nothing more is held.")
                                             : _("Whatever comes from now on is held until you deliver it."));
}

void tui_live_hold(struct tui *tui)
{
    if (wire_of(tui) != NULL && !live_wire_holds(wire_of(tui)))
        say(tui, NULL, "hold");
}

static void deliver(struct tui *tui, struct views *views)
{
    tui->follow = true;
    tui->over = 0;
    say(tui, views, "step");
}

static bool belongs(const struct tui *tui, uint32_t packet, size_t exchange)
{
    enum { MOST = 64 };
    const struct exchange *exchanges[MOST];
    size_t count = exchange_of_packet(tui->list, packet, exchanges, MOST);
    for (size_t i = 0; i < count && i < MOST; i++)
        if (exchanges[i]->number == exchange + 1)
            return true;
    return count == 0; /* of no exchange: nothing to stop for */
}

void tui_live_tick(struct tui *tui)
{
    for (int i = 0; tui->over != 0 && i < AT_A_TICK; i++) {
        const struct live_held *held = oldest(tui);
        if (held == NULL) {
            if (!live_wire_holds(wire_of(tui)) || tui->options.live->ended)
                tui->over = 0;
            return;
        }
        if (belongs(tui, held->packet, tui->over - 1))
            say(tui, NULL, "step");
        else
            tui->over = 0;
    }
}

static void deliver_exchange(struct tui *tui, struct views *views)
{
    const struct live_held *held = oldest(tui);
    if (tui->over != 0) {
        tui->over = 0;
        return;
    }
    if (held == NULL) {
        views_say(views, TONE_BAD, _("No packet is being held."));
        return;
    }
    tui_go_packet(tui, held->packet);
    tui->follow = true;
    tui->over = tui->exchange + 1;
    tui_live_tick(tui);
}

static void delay(struct tui *tui, struct views *views, uint32_t packet)
{
    char time[32] = "2 s", after[64];
    if (prompt_line(views, _("Deliver it after (2 s, 300 ms):"), time, sizeof time) != 0 || time[0] == '\0')
        return;
    snprintf(after, sizeof after, " by %s", time);
    tui_live_fault(tui, views, "delay", packet, after);
}

static void ask(struct tui *tui, struct views *views)
{
    char words[512] = "";
    if (prompt_line(views, _("Tell the wire:"), words, sizeof words) == 0 && words[0] != '\0')
        say(tui, views, words);
}

/* What is done to one packet: to the current one if it is held, else to the oldest. */
static void meddle(struct tui *tui, struct views *views, int action)
{
    const struct live_held *held = tui_live_held(tui, tui->packet);
    if (held == NULL && (held = oldest(tui)) != NULL && action == LIVE_CORRUPT)
        tui_go_packet(tui, held->packet);
    if (held == NULL)
        views_say(views, TONE_BAD, _("No packet is being held."));
    else if (action == LIVE_DROP)
        tui_live_fault(tui, views, "drop", held->packet, "");
    else if (action == LIVE_DUPLICATE)
        tui_live_fault(tui, views, "duplicate", held->packet, "");
    else if (action == LIVE_DELAY)
        delay(tui, views, held->packet);
    else
        bits_push(tui, views);
}

bool tui_live_act(struct tui *tui, struct views *views, int action)
{
    if (wire_of(tui) == NULL)
        return false;
    switch (action) {
    case LIVE_STEP:
        deliver(tui, views);
        return true;
    case LIVE_OVER:
        deliver_exchange(tui, views);
        return true;
    case LIVE_HOLD:
        toggle_hold(tui, views);
        return true;
    case LIVE_SAY:
        ask(tui, views);
        return true;
    case LIVE_DROP: case LIVE_DUPLICATE: case LIVE_DELAY: case LIVE_CORRUPT:
        meddle(tui, views, action);
        return true;
    default:
        return false;
    }
}

/* --- the banner ---------------------------------------------------------------------------- */

static int put_chip(struct screen *screen, struct area line, enum tone tone, const char *word)
{
    int column = screen_printf(screen, line, 0, 2, (unsigned)tone | PAINT_CHIP | PAINT_BOLD, " %s ", word);
    return screen_put(screen, line, 0, column, TONE_PLAIN, " ");
}

static void put_held(const struct tui *tui, const struct live_held *held, struct screen *screen, struct area line)
{
    int column = put_chip(screen, line, TONE_BAD, _("HELD"));
    column = screen_printf(screen, line, 0, column, TONE_PLAIN | PAINT_BOLD, _("packet %u, for %u s "), held->packet,
                           (unsigned)held->seconds);
    uint64_t number = live_wire_number(tui->options.live->wire, held->packet);
    if (held->again > 0)
        column = screen_printf(screen, line, 0, column, TONE_BAD,
                               ngettext("\u00b7 %s has sent it again %u time; kept as one ",
                                        "\u00b7 %s has sent it again %u times; kept as one ", held->again),
                               tui_sender(tui), held->again);
    if (number != held->packet)
        screen_printf(screen, line, 0, column, TONE_NONE, _("(the wire's packet %llu) "), (unsigned long long)number);
}

static void put_waiting(const struct tui *tui, struct screen *screen, struct area line)
{
    size_t count;
    const struct live_held *held = oldest(tui);
    live_wire_held(tui->options.live->wire, &count);
    int column = put_chip(screen, line, TONE_BAD, _("HOLDING"));
    if (count == 0)
        screen_put(screen, line, 0, column, TONE_PLAIN, _("all that comes is held; nothing has come yet "));
    else if (held == NULL)
        screen_printf(screen, line, 0, column, TONE_PLAIN,
                      ngettext("%zu packet is held, from before this recording ",
                               "%zu packets are held, from before this recording ", count), count);
    else
        screen_printf(screen, line, 0, column, TONE_PLAIN,
                      ngettext("%zu packet is held: packet %u ", "%zu packets are held, first packet %u ", count),
                      count, held->packet);
}

void tui_live_banner(const struct tui *tui, struct screen *screen, struct area line)
{
    const struct live *live = tui->options.live;
    size_t count = 0;
    if (live == NULL)
        return;
    if (live->wire != NULL)
        live_wire_held(live->wire, &count);
    const struct live_held *held = tui_live_held(tui, tui->packet);
    if (live->ended) {
        int column = put_chip(screen, line, TONE_NONE, _("ENDED"));
        screen_printf(screen, line, 0, column, TONE_PLAIN, "%s ",
                      live->why.len > 0 ? live->why.data : _("What was captured stays to be looked at."));
    } else if (live->wire == NULL) {
        int column = put_chip(screen, line, TONE_GOOD, _("LIVE"));
        screen_put(screen, line, 0, column, TONE_NONE, tui->follow ? _("the newest packet is shown ")
                                                                   : _("G goes to the newest packet "));
    } else if (held != NULL) {
        put_held(tui, held, screen, line);
    } else if (count > 0 || live_wire_holds(live->wire)) {
        put_waiting(tui, screen, line);
    } else {
        int column = put_chip(screen, line, TONE_GOOD, _("LIVE"));
        screen_put(screen, line, 0, column, TONE_NONE, _("the wire passes everything on; h holds it "));
    }
}
