/*
 * tui.h - the ncurses view: an exchange and a packet at a time, forward and
 * back, with both models side by side.
 *
 * The caller opens the trace; the pass over the packets is done here, a slice
 * at a time between keys, so that a large capture can be used at once.
 *
 * Of a capture that grows (live.h), what comes is shown as it comes; of a wire,
 * what it holds is marked and can be let go, dropped, doubled, delayed, bent.
 *
 * One file per view: tui_main (exchange list, stack of layers, why),
 * tui_envelope, tui_fields, tui_dialogue, tui_ladder, tui_tls, tui_machine,
 * tui_letter, tui_bits, tui_notes, tui_statistics.
 * tui_live has what concerns a wire. They share tui_state (where we are) and draw with io/screen.
 */
#ifndef PLI_VISUALIZER_TUI_H
#define PLI_VISUALIZER_TUI_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"

struct live;
struct trace;

struct tui_options {
    const char *title;   /* what the title line calls the capture: its file's name */
    const char *file, *keylog; /* to read the capture again for a display filter; NULL: there are no filters */
    const char *notes;   /* the recording that notes are kept beside; NULL: they are not kept */
    const char *filter;  /* to begin with, compiles; or NULL */
    struct live *live;   /* more packets may come: go on looking for them; NULL for a file */
    uint32_t packet;     /* to begin with, if the capture has so many; 0: the first */
    bool reveal;         /* passwords are shown from the beginning */
};

/* 0 when the user has left; -1 and one full sentence in error when there is no usable terminal. */
int tui_run(struct trace *trace, const struct tui_options *options, struct buf *error);

#endif
