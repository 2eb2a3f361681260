#include "visualizer/tui_statistics.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "io/page.h"
#include "io/text.h"
#include "visualizer/statistics.h"
#include "visualizer/tui_keys.h"

enum { LABEL = 16, BEFORE_BAR = 38, BEFORE_PLOT = 42, PLOT_MAX = 128 };

struct statistics_view {
    struct tui *tui;
    struct page page;
};

static const struct key_row rows[] = {
    { ACTION_CLOSE, "S", "close-statistics", NULL, N_("Back to the list.") },
};

const struct key_table tui_statistics_keys = { N_("Statistics"), rows, sizeof rows / sizeof rows[0], &tui_step_keys };

/* --- plots ------------------------------------------------------------------- */

static void label(struct page *page, unsigned paint, const char *text, size_t columns)
{
    struct buf padded;
    buf_init(&padded, 512);
    text_pad(&padded, text, columns);
    page_add(page, paint, buf_text(&padded));
    buf_free(&padded);
}

/* What is not nothing has at least one block. */
static void bar(struct page *page, unsigned paint, uint64_t value, uint64_t most, int columns)
{
    int blocks = most > 0 && columns > 0 ? (int)((double)value * columns / (double)most + 0.5) : 0;
    for (int i = 0; i < (blocks == 0 && value > 0 ? 1 : blocks); i++)
        page_add(page, paint, "\u2588");
    page_end(page);
}

/* Values as eighths of a line, the highest full; nothing is a dot. */
static void plot(struct page *page, unsigned paint, const uint64_t *values, size_t count)
{
    static const char *const eighths[] = { "\u2581", "\u2582", "\u2583", "\u2584", "\u2585", "\u2586", "\u2587",
                                           "\u2588" };
    uint64_t most = 1;
    for (size_t i = 0; i < count; i++)
        most = values[i] > most ? values[i] : most;
    for (size_t i = 0; i < count; i++)
        if (values[i] == 0)
            page_add(page, TONE_NONE, "\u00b7");
        else
            page_add(page, paint, eighths[(size_t)((double)values[i] * 7 / (double)most)]);
    page_end(page);
}

/* "0.41 ms": in 8 columns. */
static const char *duration(int64_t time, char *out, size_t size)
{
    const double value = (double)time;
    if (value < 1e6)
        snprintf(out, size, "%.0f \u00b5s", value / 1e3);
    else if (value < 1e9)
        snprintf(out, size, value < 1e8 ? "%.1f ms" : "%.0f ms", value / 1e6);
    else
        snprintf(out, size, "%.1f s", value / 1e9);
    return out;
}

static void heading(struct page *page, const char *text)
{
    page_add(page, TONE_PLAIN | PAINT_BOLD, " ");
    page_add(page, TONE_PLAIN | PAINT_BOLD, text);
    page_end(page);
}

/* --- the four parts ---------------------------------------------------------- */

static void build_layers(struct page *page, const struct shares *shares, int columns)
{
    uint64_t most = 0;
    for (int osi = 1; osi <= OSI_LAYERS; osi++)
        most = shares->bytes[osi] > most ? shares->bytes[osi] : most;
    heading(page, _("Bytes of each layer"));
    for (int osi = OSI_LAYERS; osi >= 1; osi--) {
        page_printf(page, TONE_LAYER + (unsigned)osi, "  %d ", osi);
        label(page, TONE_LAYER + (unsigned)osi, _(layers_osi(osi)->name), LABEL - 2);
        page_printf(page, TONE_PLAIN, "%11llu %3.0f %% ", (unsigned long long)shares->bytes[osi],
                    shares->total > 0 ? 100.0 * (double)shares->bytes[osi] / (double)shares->total : 0);
        bar(page, TONE_LAYER + (unsigned)osi, shares->bytes[osi], most, columns - BEFORE_BAR);
    }
}

/* A column for so many slots that all fit. */
static void build_time(struct page *page, const struct statistics *statistics, int columns)
{
    uint64_t packets[PLOT_MAX] = { 0 }, bytes[PLOT_MAX] = { 0 }, packets_most = 0, bytes_most = 0;
    const int wide = columns - BEFORE_PLOT, room = wide < 8 ? 8 : wide > PLOT_MAX ? PLOT_MAX : wide;
    const size_t each = (statistics->slots + (size_t)room - 1) / (size_t)room;
    char width[32];
    size_t count = 0;
    for (size_t i = 0; i < statistics->slots; i++) {
        count = i / each + 1;
        packets[i / each] += statistics->packets[i];
        bytes[i / each] += statistics->bytes[i];
    }
    for (size_t i = 0; i < count; i++) {
        packets_most = packets[i] > packets_most ? packets[i] : packets_most;
        bytes_most = bytes[i] > bytes_most ? bytes[i] : bytes_most;
    }
    page_printf(page, TONE_PLAIN | PAINT_BOLD, _(" Over time: a column is %s"),
                duration(statistics->width * (int64_t)(each > 0 ? each : 1), width, sizeof width));
    page_end(page);
    page_add(page, TONE_PLAIN, "  ");
    label(page, TONE_PLAIN, _("packets"), LABEL);
    page_printf(page, TONE_PLAIN, _("at most %10llu    "), (unsigned long long)packets_most);
    plot(page, TONE_PLAIN, packets, count);
    page_add(page, TONE_PLAIN, "  ");
    label(page, TONE_PLAIN, _("bytes"), LABEL);
    page_printf(page, TONE_PLAIN, _("at most %10llu    "), (unsigned long long)bytes_most);
    plot(page, TONE_PLAIN, bytes, count);
}

static void build_trips(struct page *page, const struct statistics *statistics)
{
    static const struct { const char *name; unsigned osi; } kinds[TRIP_KINDS] = {
        [TRIP_TCP] = { "TCP", 4 }, [TRIP_SMTP] = { "SMTP", 7 }, [TRIP_POP] = { "POP3", 7 }, [TRIP_IMAP] = { "IMAP", 7 },
    };
    char least[32], middle[32], most[32];
    heading(page, _("Round trips: how many; shortest, median, longest; how they spread, doubling"));
    for (int kind = 0; kind < TRIP_KINDS; kind++) {
        const struct trips *trips = &statistics->trips[kind];
        uint64_t octaves[TRIP_OCTAVES] = { 0 };
        size_t first = TRIP_OCTAVES, last = 0;
        for (size_t i = 0; i < TRIP_OCTAVES * TRIP_PARTS; i++)
            octaves[i / TRIP_PARTS] += trips->classes[i];
        for (size_t i = 0; i < TRIP_OCTAVES; i++)
            if (octaves[i] != 0) {
                first = first < i ? first : i;
                last = i;
            }
        if (trips->count == 0)
            continue;
        page_add(page, TONE_LAYER + kinds[kind].osi, "  ");
        label(page, TONE_LAYER + kinds[kind].osi, kinds[kind].name, 5);
        page_printf(page, TONE_PLAIN, "%6zu ", trips->count);
        label(page, TONE_PLAIN, duration(trips->least, least, sizeof least), 9);
        label(page, TONE_PLAIN | PAINT_BOLD, duration(trips_median(trips), middle, sizeof middle), 9);
        label(page, TONE_PLAIN, duration(trips->most, most, sizeof most), 10);
        plot(page, TONE_LAYER + kinds[kind].osi, octaves + first, last + 1 - first);
    }
}

static void build_protocols(struct page *page, const struct statistics *statistics, int columns)
{
    size_t most = 0;
    for (size_t i = 0; i < statistics->protocol_count; i++)
        most = statistics->protocols[i].count > most ? statistics->protocols[i].count : most;
    heading(page, _("Exchanges of each protocol"));
    for (size_t i = 0; i < statistics->protocol_count; i++) {
        const unsigned paint = TONE_LAYER + (unsigned)statistics->protocols[i].osi;
        page_add(page, paint, "  ");
        label(page, paint, statistics->protocols[i].name, LABEL);
        page_printf(page, TONE_PLAIN, "%11zu       ", statistics->protocols[i].count);
        bar(page, paint, statistics->protocols[i].count, most, columns - BEFORE_BAR);
    }
}

/* --- the view ---------------------------------------------------------------- */

static void head(void *context, struct buf *left, struct buf *right)
{
    const struct shares *shares = &((struct statistics_view *)context)->tui->statistics->shares;
    buf_add_text(left, _("Statistics"));
    buf_printf(right, _("%zu packets, %llu bytes"), shares->packets, (unsigned long long)shares->total);
}

static void draw(void *context, struct screen *screen, struct area area)
{
    struct statistics_view *view = context;
    struct tui *tui = view->tui;
    statistics_exchanges(tui->statistics, tui->list, trace_capture(tui->trace), tui->finished);
    page_clear(&view->page);
    build_layers(&view->page, &tui->statistics->shares, area.columns);
    build_time(&view->page, tui->statistics, area.columns);
    build_trips(&view->page, tui->statistics);
    build_protocols(&view->page, tui->statistics, area.columns);
    page_draw(&view->page, screen, area);
}

static enum view_answer act(void *context, struct views *views, int action, const struct screen_event *event)
{
    struct statistics_view *view = context;
    (void)event;
    if (!page_act(&view->page, action))
        tui_step(view->tui, views, action);
    return VIEW_STAYS;
}

static int patience(void *context)
{
    return tui_patience(((struct statistics_view *)context)->tui);
}

static void close_view(void *context)
{
    struct statistics_view *view = context;
    page_free(&view->page);
    free(view);
}

void statistics_push(struct tui *tui, struct views *views)
{
    static const struct view_ops ops = {
        .keys = &tui_statistics_keys, .rows = 12, .columns = 60, .head = head, .draw = draw, .act = act,
        .patience = patience, .close = close_view,
    };
    struct statistics_view *view = mem_alloc(sizeof *view);
    view->tui = tui;
    page_init(&view->page);
    views_push(views, &ops, view);
}
