#include "visualizer/tui_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "io/list.h"
#include "io/prompt.h"
#include "visualizer/live.h"
#include "visualizer/notes.h"
#include "visualizer/tui_live.h"
#include "visualizer/tui_notes.h"

#define SLICE_PACKETS 256
#define SLICE_MILLISECONDS 12
#define LIVE_MILLISECONDS 100
#define HURRY_MILLISECONDS 10    /* while the wire delivers packet after packet */
#define PLAY_MILLISECONDS 1000
#define OF_PACKET_MAX 64

static const struct key_row rows[] = {
    { TUI_NEXT_PACKET, "n Right Space", "next-packet", N_("Next packet"), N_("To the next packet.") },
    { TUI_BACK, "b Left", "back", N_("Back"), N_("To the packet before.") },
    { TUI_NEXT_EXCHANGE, "N", "next-exchange", N_("Next exchange"), N_("To the first packet of the next exchange.") },
    { TUI_BACK_EXCHANGE, "B", "back-exchange", N_("Back"), N_("To the first packet of the exchange before.") },
    { TUI_GO_TO, "#", "go-to", NULL, N_("To a packet by its number.") },
    { TUI_PLAY, "P", "play", N_("Play"), N_("Go on by itself, a packet at a time; again: stop.") },
    { TUI_FASTER, "+", "faster", NULL, N_("Play faster.") },
    { TUI_SLOWER, "-", "slower", NULL, N_("Play slower.") },
    { TUI_OTHER_SIDE, "v", "other-side", NULL,
      N_("Look from the other host: what went out comes in, and the other way round.") },
    { TUI_REVEAL, "r", "reveal", NULL, N_("Show passwords, or hide them again.") },
    { TUI_BOOKMARK, "m", "bookmark", NULL, N_("Set a bookmark at this packet, or take it away.") },
    { TUI_NEXT_BOOKMARK, "'", "next-bookmark", NULL, N_("To the next bookmark; from the last to the first.") },
    { TUI_BOOKMARKS, "M", "bookmarks", NULL, N_("List the bookmarks and notes.") },
    { TUI_NOTE, "i", "note", NULL, N_("Write a note on this packet; it is kept beside the recording.") },
    { TUI_NOTE_EXCHANGE, "I", "note-exchange", NULL, N_("Write a note on this exchange.") },
};

const struct key_table tui_step_keys = { N_("Stepping"), rows, sizeof rows / sizeof rows[0], &list_keys };

/* --- the filter -------------------------------------------------------------- */

static bool holds(const char *text, const char *word, size_t length)
{
    for (; text != NULL && *text != '\0'; text++)
        if (strncasecmp(text, word, length) == 0)
            return true;
    return false;
}

static bool word_fits(const struct exchange *exchange, const char *word, size_t length)
{
    return holds(exchange->protocol, word, length) || holds(_(exchange->name), word, length) ||
           holds(exchange->summary, word, length) || holds(exchange->from, word, length) ||
           holds(exchange->to, word, length);
}

/* Every word of the filter occurs somewhere in the line. */
static bool fits(const struct exchange *exchange, const char *filter)
{
    for (;;) {
        filter += strspn(filter, " ");
        size_t length = strcspn(filter, " ");
        if (length == 0)
            return true;
        if (!word_fits(exchange, filter, length))
            return false;
        filter += length;
    }
}

static void judge_new(struct tui *tui)
{
    for (; tui->judged < exchange_count(tui->list); tui->judged++) {
        const struct exchange *exchange = exchange_at(tui->list, tui->judged);
        if (!fits(exchange, tui->filter) || !limit_exchange(tui->limit, exchange))
            continue;
        if (tui->shown_count == tui->shown_room) {
            tui->shown_room = tui->shown_room > 0 ? tui->shown_room * 2 : 256;
            tui->shown = mem_grow(tui->shown, tui->shown_room, sizeof *tui->shown);
        }
        tui->shown[tui->shown_count++] = tui->judged;
    }
}

static bool go_near(struct tui *tui, int step);

static void judge_anew(struct tui *tui)
{
    tui->shown_count = tui->judged = 0;
    judge_new(tui);
}

void tui_set_limit(struct tui *tui, struct limit *limit)
{
    limit_free(tui->limit);
    tui->limit = limit;
    tui->passing = true; /* over the packets once more */
    judge_anew(tui);
}

/* A slice of the display filter's own reading; false when nothing is left. */
static bool pass_limit(struct tui *tui)
{
    bool done = true;
    if (tui->limit == NULL || !limit_pass(tui->limit, &done))
        return false;
    if (done) {
        judge_anew(tui);
        if (tui->shown_count > 0 && tui_shown_place(tui) == SIZE_MAX)
            tui_go_exchange(tui, tui->shown[0]);
        if (!limit_packet(tui->limit, tui->packet) && !go_near(tui, 1))
            go_near(tui, -1);
    }
    return !done;
}

void tui_set_filter(struct tui *tui, const char *filter)
{
    snprintf(tui->filter, sizeof tui->filter, "%s", filter);
    judge_anew(tui);
    if (tui->shown_count > 0 && tui_shown_place(tui) == SIZE_MAX)
        tui_go_exchange(tui, tui->shown[0]);
}

size_t tui_shown_place(const struct tui *tui)
{
    size_t low = 0, high = tui->shown_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (tui->shown[middle] < tui->exchange)
            low = middle + 1;
        else
            high = middle;
    }
    return low < tui->shown_count && tui->shown[low] == tui->exchange ? low : SIZE_MAX;
}

/* --- going over the capture -------------------------------------------------- */

static void note_host(struct tui *tui, const char *name)
{
    if (name == NULL || tui->many_hosts)
        return;
    for (size_t i = 0; i < tui->host_count; i++)
        if (strcmp(tui->hosts[i], name) == 0)
            return;
    if (tui->host_count == TUI_HOSTS)
        tui->many_hosts = true;
    else
        tui->hosts[tui->host_count++] = name;
}

/* At the end all anew: a name may have become known for what was an address. */
static void find_hosts(struct tui *tui, bool anew)
{
    if (anew) {
        tui->host_count = tui->noted = 0;
        tui->many_hosts = false;
    }
    for (size_t i = tui->noted; i < exchange_count(tui->list) && !tui->many_hosts; i++) {
        note_host(tui, exchange_at(tui->list, i)->from);
        note_host(tui, exchange_at(tui->list, i)->to);
    }
    tui->noted = exchange_count(tui->list);
}

static int64_t milliseconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* true: there may be more packets, now or later. */
static bool grows(const struct tui *tui)
{
    return tui->options.live != NULL && !tui->options.live->ended;
}

bool tui_pass(struct tui *tui)
{
    int64_t end = milliseconds_now() + SLICE_MILLISECONDS;
    bool more = true, growing = grows(tui) && live_take(tui->options.live, 0);
    while (more && milliseconds_now() < end)
        more = trace_pass(tui->trace, SLICE_PACKETS);
    if (!more && !growing && !tui->finished) {
        exchange_finish(tui->list);
        tui->finished = true;
    }
    bool limiting = !more && tui->limit != NULL;
    while (limiting && milliseconds_now() < end)
        limiting = pass_limit(tui);
    judge_new(tui);
    find_hosts(tui, !more);
    tui->passing = more || limiting;
    bool follow = tui->follow;
    if (tui->packet == 0 && trace_passed(tui->trace) > 0)
        tui_go_packet(tui, 1);
    if (tui->options.packet != 0 && trace_passed(tui->trace) >= tui->options.packet) {
        tui_go_packet(tui, tui->options.packet);
        tui->options.packet = 0;
    }
    if (follow && limit_packet(tui->limit, tui_live_front(tui)))
        tui_go_packet(tui, tui_live_front(tui));
    tui->follow = follow;
    return more;
}

int tui_patience(const struct tui *tui)
{
    if (tui->passing)
        return 0;
    int until = tui->playing ? tui->speed : -1;
    int live = tui->over != 0 ? HURRY_MILLISECONDS : LIVE_MILLISECONDS;
    return grows(tui) && (until < 0 || until > live) ? live : until;
}

void tui_start(struct tui *tui)
{
    tui->speed = PLAY_MILLISECONDS;
    tui->follow = tui->options.live != NULL;
    tui_pass(tui);
}

void tui_end(struct tui *tui)
{
    limit_free(tui->limit);
    notes_free(tui->notes);
    free(tui->shown);
}

/* --- moving ------------------------------------------------------------------ */

static bool has_packet(const struct exchange *exchange, uint32_t number)
{
    for (size_t i = 0; i < exchange->step_count; i++)
        if (exchange->steps[i].packet == number)
            return true;
    return false;
}

void tui_go_packet(struct tui *tui, uint32_t number)
{
    const struct exchange *exchanges[OF_PACKET_MAX];
    if (number < 1 || number > trace_passed(tui->trace))
        return;
    tui->packet = number;
    tui->follow = tui->options.live != NULL && number == trace_passed(tui->trace);
    const struct exchange *now = tui_exchange(tui);
    if (now != NULL && number >= now->first && number <= now->last && has_packet(now, number))
        return;
    if (exchange_of_packet(tui->list, number, exchanges, OF_PACKET_MAX) > 0)
        tui->exchange = exchanges[0]->number - 1;
}

void tui_go_exchange(struct tui *tui, size_t index)
{
    if (index >= exchange_count(tui->list))
        return;
    const struct exchange *exchange = exchange_at(tui->list, index);
    tui->exchange = index;
    tui->packet = exchange->first;
    for (size_t i = 0; i < exchange->step_count && !limit_packet(tui->limit, tui->packet); i++)
        tui->packet = exchange->steps[i].packet;
    tui->follow = false;
}

/* To the next packet that fits the display filter, or the one before; false when there is none. */
static bool go_near(struct tui *tui, int step)
{
    const uint32_t last = (uint32_t)trace_passed(tui->trace);
    uint32_t number = tui->packet;
    do
        number += (uint32_t)step;
    while (number >= 1 && number <= last && !limit_packet(tui->limit, number));
    if (number < 1 || number > last)
        return false;
    tui_go_packet(tui, number);
    return true;
}

/* The next exchange that is shown, or the one before. */
static void go_shown(struct tui *tui, bool forward)
{
    size_t place = tui_shown_place(tui);
    if (place == SIZE_MAX) {
        if (tui->shown_count > 0)
            tui_go_exchange(tui, tui->shown[0]);
    } else if (forward && place + 1 < tui->shown_count) {
        tui_go_exchange(tui, tui->shown[place + 1]);
    } else if (!forward && tui->packet != exchange_at(tui->list, tui->exchange)->first) {
        tui_go_exchange(tui, tui->exchange); /* first to its own beginning */
    } else if (!forward && place > 0) {
        tui_go_exchange(tui, tui->shown[place - 1]);
    }
}

static void go_to(struct tui *tui, struct views *views)
{
    char number[16] = "", *end;
    if (prompt_line(views, _("Packet number:"), number, sizeof number) != 0 || number[0] == '\0')
        return;
    unsigned long packet = strtoul(number, &end, 10);
    if (*end != '\0' || packet < 1 || packet > trace_passed(tui->trace))
        views_say(views, TONE_BAD, _("There is no packet %s: they are numbered 1 to %zu."), number,
                  trace_passed(tui->trace));
    else
        tui_go_packet(tui, (uint32_t)packet);
}

/* Of what still comes, playing waits for the next packet at the end. */
static void play(struct tui *tui)
{
    int64_t now = milliseconds_now();
    if (!tui->playing || tui->passing || now - tui->shown_since < tui->speed)
        return;
    tui->shown_since = now;
    bool moved = go_near(tui, 1);
    tui->follow = false;
    tui->playing = (moved && tui->packet < trace_passed(tui->trace)) || grows(tui);
}

static void tick(struct tui *tui)
{
    if (tui->passing || (tui->options.live != NULL && !tui->finished))
        tui_pass(tui);
    tui_live_tick(tui);
    play(tui);
}

bool tui_step(struct tui *tui, struct views *views, int action)
{
    switch (action) {
    case ACTION_TICK:
        tick(tui);
        return true;
    case TUI_NEXT_PACKET:
        go_near(tui, 1);
        return true;
    case TUI_BACK:
        go_near(tui, -1);
        return true;
    case TUI_NEXT_EXCHANGE: case TUI_BACK_EXCHANGE:
        go_shown(tui, action == TUI_NEXT_EXCHANGE);
        return true;
    case TUI_GO_TO:
        go_to(tui, views);
        return true;
    case TUI_PLAY:
        tui->playing = !tui->playing;
        tui->shown_since = milliseconds_now();
        return true;
    case TUI_FASTER: case TUI_SLOWER:
        tui->speed = action == TUI_FASTER ? tui->speed / 2 : tui->speed * 2;
        tui->speed = tui->speed < 50 ? 50 : tui->speed > 8000 ? 8000 : tui->speed;
        views_say(views, TONE_PLAIN, _("Playing shows a packet for %d ms."), tui->speed);
        return true;
    case TUI_OTHER_SIDE:
        tui->other_side = !tui->other_side;
        return true;
    case TUI_REVEAL:
        tui->reveal = !tui->reveal;
        views_say(views, TONE_PLAIN, "%s", tui->reveal ? _("Passwords are shown.") : _("Passwords are hidden."));
        return true;
    default:
        return tui_notes_act(tui, views, action);
    }
}

/* --- what is here ------------------------------------------------------------ */

const struct packet *tui_packet(const struct tui *tui)
{
    return tui->packet > 0 ? trace_packet(tui->trace, tui->packet) : NULL;
}

const struct exchange *tui_exchange(const struct tui *tui)
{
    return tui->exchange < exchange_count(tui->list) ? exchange_at(tui->list, tui->exchange) : NULL;
}

static int worth(const struct exchange_step *step)
{
    if (step->state_before != NULL && step->state_after != NULL && strcmp(step->state_before, step->state_after) != 0)
        return 3;
    return step->text != NULL ? 2 : 1;
}

const struct exchange_step *tui_packet_step(const struct tui *tui)
{
    const struct exchange *exchange = tui_exchange(tui);
    const struct exchange_step *best = NULL;
    for (size_t i = 0; exchange != NULL && i < exchange->step_count; i++) {
        const struct exchange_step *step = &exchange->steps[i];
        if (step->packet == tui->packet && (best == NULL || worth(step) > worth(best)))
            best = step;
    }
    return best;
}

/* Steps are in the order of packets, except where one was retransmitted: equal neighbours count once. */
size_t tui_packet_place(const struct tui *tui, size_t *count)
{
    const struct exchange *exchange = tui_exchange(tui);
    size_t place = 0;
    uint32_t last = 0;
    *count = 0;
    for (size_t i = 0; exchange != NULL && i < exchange->step_count; i++) {
        if (exchange->steps[i].packet == last)
            continue;
        last = exchange->steps[i].packet;
        (*count)++;
        if (last == tui->packet)
            place = *count;
    }
    return place;
}

/* The step tells the direction within the exchange; without one the exchange's own is taken. */
static bool backward(const struct tui *tui)
{
    const struct exchange_step *step = tui_packet_step(tui);
    return step != NULL && step->backward;
}

const char *tui_sender(const struct tui *tui)
{
    const struct exchange *exchange = tui_exchange(tui);
    return exchange == NULL ? "" : backward(tui) ? exchange->to : exchange->from;
}

const char *tui_receiver(const struct tui *tui)
{
    const struct exchange *exchange = tui_exchange(tui);
    return exchange == NULL ? "" : backward(tui) ? exchange->from : exchange->to;
}

bool tui_outgoing(const struct tui *tui)
{
    bool first_host = tui->host_count > 0 && strcmp(tui_sender(tui), tui->hosts[0]) == 0;
    /* Between hosts that are neither, whoever began the exchange is looked at. */
    if (tui->host_count > 0 && !first_host && strcmp(tui_receiver(tui), tui->hosts[0]) != 0)
        first_host = !backward(tui);
    return first_host != tui->other_side;
}
