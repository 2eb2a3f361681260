/*
 * tui_lanes.h - the exchange list: a line for each exchange, with an arrow
 * between its hosts, seven OSI lanes and four TCP/IP lanes.
 *
 * In the lanes ● is where the exchange lives and ○ a layer whose work it does;
 * ■ is the layer of the TCP/IP model. Columns are given out by the width that
 * there is: hosts with arrows while there are few, their names where not.
 */
#ifndef PLI_VISUALIZER_TUI_LANES_H
#define PLI_VISUALIZER_TUI_LANES_H

#include "io/screen.h"
#include "visualizer/tui_state.h"

/* Where each column begins, counted from the left edge, and how wide it is; width 0: not shown. */
struct lanes {
    int number, number_width;
    int time, time_width;
    int hosts, hosts_width, host_cell; /* host_cell 0: "alice ─▸ mail" instead of arrows */
    int osi, tcpip, lane_step;
    int protocol, protocol_width;
    int name, name_width;
    int summary;
};

void lanes_arrange(struct lanes *lanes, const struct tui *tui, int columns);
void lanes_head(const struct lanes *lanes, const struct tui *tui, struct screen *screen, struct area line);
void lanes_line(const struct lanes *lanes, const struct tui *tui, struct screen *screen, struct area line,
                const struct exchange *exchange, unsigned selected);

/* A host's name cut to columns; of an address its end is kept: "…6.221". Answers out. */
const char *lanes_host(const char *host, int columns, char *out, size_t size);

/* "0.001602": seconds since the first packet, in at most 9 columns. Answers out, which holds 24 bytes. */
const char *lanes_time(const struct tui *tui, int64_t time, char *out);

#endif
