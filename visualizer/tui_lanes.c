#include "visualizer/tui_lanes.h"

#include <stdio.h>
#include <string.h>

#include "io/i18n.h"
#include "io/text.h"
#include "visualizer/tui_live.h"
#include "visualizer/tui_notes.h"

#define SPACED_FROM 96      /* columns: lanes with a space between them, and words above them */
#define PROTOCOL_FROM 128
#define TIME_COLUMNS 9
#define CELL_MIN 7

/* --- which column where -------------------------------------------------------- */

static int digits(size_t number)
{
    int count = 1;
    while (number >= 10) {
        number /= 10;
        count++;
    }
    return count;
}

/* Cells for all hosts, as wide as the longest name (within reason), if they fit into room. */
static int cell_for(const struct tui *tui, int room)
{
    size_t widest = 4;
    if (tui->many_hosts || tui->host_count < 2)
        return 0;
    for (size_t i = 0; i < tui->host_count; i++)
        if (text_width(tui->hosts[i]) > widest)
            widest = text_width(tui->hosts[i]);
    int most = room / (int)tui->host_count, cell = (int)widest + 2;
    cell = cell > most ? most : cell;
    return cell >= CELL_MIN ? cell : 0;
}

/* "alice \u25c2\u25b8 mail": as wide as the names are, within room. */
static int names_width(const struct tui *tui, int room)
{
    size_t widest = 4;
    for (size_t i = 0; i < tui->host_count; i++)
        if (text_width(tui->hosts[i]) > widest)
            widest = text_width(tui->hosts[i]);
    int width = 2 * (int)widest + 4;
    return tui->many_hosts || width > room ? room : width;
}

static int place(int *at, int width, int gap)
{
    int here = *at;
    *at += width + (width > 0 ? gap : 0);
    return here;
}

void lanes_arrange(struct lanes *lanes, const struct tui *tui, int columns)
{
    bool spaced = columns >= SPACED_FROM;
    int at = 1, gap = spaced ? 2 : 1;
    *lanes = (struct lanes){ .lane_step = spaced ? 2 : 1, .time_width = TIME_COLUMNS };
    lanes->number_width = digits(exchange_count(tui->list));
    lanes->number_width += lanes->number_width < 2;
    int room = columns >= 110 ? columns / 4 : columns >= SPACED_FROM ? columns * 2 / 9 : columns / 5;
    lanes->host_cell = cell_for(tui, room);
    lanes->hosts_width = lanes->host_cell > 0 ? lanes->host_cell * (int)tui->host_count
                                               : names_width(tui, room < 34 ? room : 34);
    lanes->protocol_width = columns >= PROTOCOL_FROM ? 9 : 0;
    lanes->name_width = columns >= 110 ? 24 : columns >= SPACED_FROM ? 20 : 18;
    lanes->number = place(&at, lanes->number_width, 1);
    lanes->time = place(&at, lanes->time_width, gap);
    lanes->hosts = place(&at, lanes->hosts_width, gap);
    lanes->osi = place(&at, spaced ? 13 : 7, spaced ? 3 : 1);
    lanes->tcpip = place(&at, spaced ? 7 : 4, gap);
    lanes->protocol = place(&at, lanes->protocol_width, gap);
    lanes->name = place(&at, lanes->name_width, gap);
    lanes->summary = at;
}

/* A part of a line. */
static struct area part(struct area line, int column, int width)
{
    area_left(&line, column);
    return area_left(&line, width);
}

/* --- head ---------------------------------------------------------------------- */

static int host_column(const struct lanes *lanes, size_t host)
{
    return (int)host * lanes->host_cell + lanes->host_cell / 2;
}

/* Of an address the end tells hosts apart, of a name the beginning. */
const char *lanes_host(const char *host, int columns, char *out, size_t size)
{
    size_t length = strlen(host), width = columns > 2 ? (size_t)columns - 1 : 1;
    bool address = length > 0 && strspn(host, "0123456789abcdef.:") == length;
    if (address && length > width + 1)
        snprintf(out, size, "%s%s", text_unicode() ? "\u2026" : "~", host + length - width);
    else
        snprintf(out, size, "%s", host);
    return out;
}

static void head_hosts(const struct lanes *lanes, const struct tui *tui, struct screen *screen, struct area line)
{
    struct area hosts = part(line, lanes->hosts, lanes->hosts_width);
    if (lanes->host_cell == 0) {
        screen_put(screen, hosts, 0, 0, TONE_NONE, _("from, to"));
        return;
    }
    for (size_t i = 0; i < tui->host_count; i++) {
        char name[64];
        struct area cell = area_left(&hosts, lanes->host_cell);
        cell.columns--;
        lanes_host(tui->hosts[i], cell.columns, name, sizeof name);
        int spare = cell.columns - (int)text_width(name);
        screen_put(screen, cell, 0, spare > 0 ? (spare + 1) / 2 : 0, TONE_PLAIN | PAINT_BOLD, name);
    }
}

void lanes_head(const struct lanes *lanes, const struct tui *tui, struct screen *screen, struct area line)
{
    char one[2] = "";
    screen_put(screen, part(line, lanes->number, lanes->number_width), 0, lanes->number_width - 1, TONE_NONE, "#");
    screen_put(screen, part(line, lanes->time, lanes->time_width), 0, 1, TONE_NONE, _("seconds"));
    head_hosts(lanes, tui, screen, line);
    for (int layer = OSI_LAYERS; layer >= 1; layer--) {
        one[0] = layers_osi(layer)->letter;
        screen_put(screen, line, 0, lanes->osi + (OSI_LAYERS - layer) * lanes->lane_step,
                   (unsigned)(TONE_LAYER + layer) | PAINT_BOLD, one);
    }
    for (int layer = TCPIP_LAYERS; layer >= 1; layer--) {
        one[0] = layers_tcpip(layer)->letter;
        screen_put(screen, line, 0, lanes->tcpip + (TCPIP_LAYERS - layer) * lanes->lane_step,
                   TONE_PLAIN | PAINT_BOLD, one);
    }
    if (lanes->protocol_width > 0)
        screen_put(screen, line, 0, lanes->protocol, TONE_NONE, _("protocol"));
    screen_put(screen, part(line, lanes->name, lanes->name_width), 0, 0, TONE_NONE, _("exchange"));
    screen_put(screen, line, 0, lanes->summary, TONE_NONE, _("what"));
}

/* --- a line -------------------------------------------------------------------- */

const char *lanes_time(const struct tui *tui, int64_t time, char *out)
{
    int64_t since = time - capture_time(trace_capture(tui->trace), 1);
    double seconds = (double)since / 1e9;
    snprintf(out, 24, "%.*f", seconds < 100 ? 6 : seconds < 10000 ? 4 : seconds < 1e6 ? 2 : 0, seconds);
    return out;
}

static long host_index(const struct tui *tui, const char *name)
{
    for (size_t i = 0; i < tui->host_count; i++)
        if (strcmp(tui->hosts[i], name) == 0)
            return (long)i;
    return -1;
}

static void draw_arrow(const struct lanes *lanes, const struct tui *tui, struct screen *screen, struct area area,
                       const struct exchange *exchange, unsigned paint)
{
    long from = host_index(tui, exchange->from), to = host_index(tui, exchange->to);
    for (size_t i = 0; i < tui->host_count; i++)
        screen_put(screen, area, 0, host_column(lanes, i), TONE_NONE | PAINT_FAINT | (paint & PAINT_SELECTED),
                   "\u2502");
    if (from < 0 || to < 0 || from == to) {
        screen_put(screen, area, 0, 0, paint, exchange->from);
        return;
    }
    int start = host_column(lanes, (size_t)from), end = host_column(lanes, (size_t)to);
    int left = start < end ? start : end, right = start < end ? end : start;
    bool to_right = start < end;
    for (int column = left + 1; column < right; column++)
        screen_put(screen, area, 0, column, paint, "\u2500");
    screen_put(screen, area, 0, left, paint, !to_right || exchange->both_ways ? "\u25c2" : "\u2500");
    screen_put(screen, area, 0, right, paint, to_right || exchange->both_ways ? "\u25b8" : "\u2500");
}

static void draw_hosts(const struct lanes *lanes, const struct tui *tui, struct screen *screen, struct area line,
                       const struct exchange *exchange, unsigned selected)
{
    struct area area = part(line, lanes->hosts, lanes->hosts_width);
    unsigned paint = (unsigned)(TONE_LAYER + exchange->row->osi) | selected;
    if (lanes->host_cell > 0) {
        draw_arrow(lanes, tui, screen, area, exchange, paint);
        return;
    }
    int half = (area.columns - 4) / 2;
    char name[64];
    screen_put(screen, area_left(&area, half), 0, 0, TONE_PLAIN | selected,
               lanes_host(exchange->from, half, name, sizeof name));
    screen_put(screen, area_left(&area, 4), 0, 0, paint, exchange->both_ways ? " \u25c2\u25b8 " : " \u2500\u25b8 ");
    screen_put(screen, area, 0, 0, TONE_PLAIN | selected, lanes_host(exchange->to, area.columns, name, sizeof name));
}

static void draw_lanes(const struct lanes *lanes, struct screen *screen, struct area line, const struct layer_row *row,
                       unsigned selected)
{
    for (int layer = OSI_LAYERS; layer >= 1; layer--) {
        bool lives = row->osi == layer, serves = (row->serves & 1u << layer) != 0;
        unsigned paint = lives || serves ? (unsigned)(TONE_LAYER + layer) | PAINT_BOLD : TONE_NONE | PAINT_FAINT;
        screen_put(screen, line, 0, lanes->osi + (OSI_LAYERS - layer) * lanes->lane_step, paint | selected,
                   lives ? "\u25cf" : serves ? "\u25cb" : "\u00b7");
    }
    for (int layer = TCPIP_LAYERS; layer >= 1; layer--) {
        bool lives = row->tcpip == layer;
        unsigned paint = lives ? (unsigned)(TONE_LAYER + row->osi) : TONE_NONE | PAINT_FAINT;
        screen_put(screen, line, 0, lanes->tcpip + (TCPIP_LAYERS - layer) * lanes->lane_step, paint | selected,
                   lives ? "\u25a0" : "\u00b7");
    }
}

/* "!" where something was wrong or unsafe. */
static bool has_alarm(const struct exchange *exchange)
{
    for (size_t i = 0; i < exchange->remark_count; i++)
        if (exchange->remarks[i].kind != REMARK_NOTE)
            return true;
    return false;
}

void lanes_line(const struct lanes *lanes, const struct tui *tui, struct screen *screen, struct area line,
                const struct exchange *exchange, unsigned selected)
{
    char time[24];
    if (selected)
        screen_put(screen, line, 0, 0, TONE_PLAIN | PAINT_BOLD | selected, "\u25b8");
    struct area number = part(line, lanes->number, lanes->number_width);
    snprintf(time, sizeof time, "%u", exchange->number);
    screen_put_right(screen, number, 0, TONE_PLAIN | selected, time);
    struct area when = part(line, lanes->time, lanes->time_width);
    screen_put_right(screen, when, 0, TONE_NONE | selected, lanes_time(tui, exchange->start, time));
    draw_hosts(lanes, tui, screen, line, exchange, selected);
    draw_lanes(lanes, screen, line, exchange->row, selected);
    struct area protocol = part(line, lanes->protocol, lanes->protocol_width);
    int end = screen_put(screen, protocol, 0, 0, TONE_PLAIN | selected, exchange->protocol);
    if (exchange->enciphered)
        screen_put(screen, protocol, 0, end, (TONE_LAYER + 6) | selected, "+TLS");
    struct area name = part(line, lanes->name, lanes->name_width);
    screen_put(screen, name, 0, 0, (unsigned)(TONE_LAYER + exchange->row->osi) | PAINT_BOLD | selected,
               _(exchange->name));
    if (tui_live_in(tui, exchange))
        screen_put(screen, line, 0, lanes->summary - 1, TONE_BAD | PAINT_BOLD | selected, "\u25ae");
    else if (has_alarm(exchange))
        screen_put(screen, line, 0, lanes->summary - 1, TONE_BAD | PAINT_BOLD | selected, "!");
    int column = tui_notes_mark(tui, screen, line, lanes->summary, exchange, selected);
    screen_put(screen, line, 0, column, TONE_PLAIN | selected, exchange->summary);
}
