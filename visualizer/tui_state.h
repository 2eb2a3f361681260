/*
 * tui_state.h - where we are in the capture, and how to get elsewhere: what
 * the views of tui.h share. No drawing here.
 *
 * The current packet rules; the current exchange is one that the packet
 * belongs to. A filter of words narrows the exchanges that are listed and
 * stepped over; a display filter (tui_limit.h) narrows the packets, too.
 */
#ifndef PLI_VISUALIZER_TUI_STATE_H
#define PLI_VISUALIZER_TUI_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/view.h"
#include "visualizer/exchange.h"
#include "visualizer/packet.h"
#include "visualizer/trace.h"
#include "visualizer/tui.h"
#include "visualizer/tui_limit.h"

enum { TUI_HOSTS = 8, TUI_FILTER_MAX = 256 };

struct tui {
    struct trace *trace;
    struct exchange_list *list;
    struct notes *notes;            /* bookmarks, and what the user noted */
    struct statistics *statistics;  /* what the pass counts besides */
    struct tui_options options;

    uint32_t packet;            /* current, from 1; 0 while there is none */
    size_t exchange;            /* index of the current one; meaningless while there is none */

    char filter[TUI_FILTER_MAX];
    struct limit *limit;        /* a display filter, which counts as well; NULL */
    size_t *shown;              /* indexes of the exchanges that pass both, ascending */
    size_t shown_count, shown_room;
    size_t judged;              /* exchanges that were held against the filter */

    const char *hosts[TUI_HOSTS]; /* in order of appearance */
    size_t host_count;
    size_t noted;               /* exchanges whose hosts were noted */
    bool many_hosts;            /* there are more */
    bool other_side;            /* we look from where the other host stands */
    bool reveal;                /* passwords are shown */

    bool passing;               /* packets remain to be gone over */
    bool finished;              /* no packet will come any more, and the exchanges know it */
    bool follow;                /* of a live capture: go along with what happens */
    size_t over;                /* the wire delivers this exchange (its index + 1); 0: none */
    bool playing;
    int speed;                  /* milliseconds a packet is shown while playing */
    int64_t shown_since;        /* while playing: milliseconds */
};

/* What every view lets do: numbers of their own start at TUI_OWN. */
enum tui_action {
    TUI_NEXT_PACKET = ACTION_OWN, TUI_BACK, TUI_NEXT_EXCHANGE, TUI_BACK_EXCHANGE, TUI_GO_TO,
    TUI_PLAY, TUI_FASTER, TUI_SLOWER, TUI_OTHER_SIDE, TUI_REVEAL,
    TUI_BOOKMARK, TUI_NEXT_BOOKMARK, TUI_BOOKMARKS, TUI_NOTE, TUI_NOTE_EXCHANGE,
    TUI_OWN = ACTION_OWN + 50
};

extern const struct key_table tui_step_keys; /* its next is list_keys */

void tui_start(struct tui *tui);
void tui_end(struct tui *tui);

/* Goes over more of the capture for a few milliseconds; false when nothing is left for now. */
bool tui_pass(struct tui *tui);
int tui_patience(const struct tui *tui);

/* An action of tui_step_keys, or ACTION_TICK: true when it was that. */
bool tui_step(struct tui *tui, struct views *views, int action);

void tui_go_packet(struct tui *tui, uint32_t number);
void tui_go_exchange(struct tui *tui, size_t index);
void tui_set_filter(struct tui *tui, const char *filter);
void tui_set_limit(struct tui *tui, struct limit *limit);  /* which belongs to the tui from now on; NULL: none */

/* NULL while there is none. Valid until the next few packets are asked for. */
const struct packet *tui_packet(const struct tui *tui);
const struct exchange *tui_exchange(const struct tui *tui);

/* The place of the current exchange in shown; SIZE_MAX when the filter hides it. */
size_t tui_shown_place(const struct tui *tui);

/* What the current exchange has to say about the current packet: the step that moved a state, else one with a text,
 * else any; NULL. */
const struct exchange_step *tui_packet_step(const struct tui *tui);

/* "2 of 4": the current packet's place among the packets of the current exchange. */
size_t tui_packet_place(const struct tui *tui, size_t *count);

/* Is the current packet on its way out, as we look at it? From the host that began the first exchange, or the other. */
bool tui_outgoing(const struct tui *tui);

/* Names of who sent the current packet and whom it is for. */
const char *tui_sender(const struct tui *tui);
const char *tui_receiver(const struct tui *tui);

#endif
