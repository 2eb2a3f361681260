#include "visualizer/tui_limit.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "io/prompt.h"
#include "visualizer/filter.h"
#include "visualizer/selection.h"
#include "visualizer/tui_state.h"

enum { SLICE = 256 };

struct limit {
    const struct tui *tui;
    struct filter *filter;
    struct selection *selection;
    struct trace *trace;
    char *text;
};

static void judge(void *context, const struct packet *packet)
{
    const struct limit *limit = context;
    selection_judge(limit->selection, packet, limit->tui->list);
}

struct limit *limit_new(const struct tui *tui, const char *filter, size_t *column, struct buf *message)
{
    struct limit *limit = mem_alloc(sizeof *limit);
    struct wants *wants = wants_new();
    limit->tui = tui;
    limit->text = mem_text(filter);
    limit->filter = filter_compile(filter, column, message);
    if (limit->filter != NULL && tui->options.file == NULL)
        buf_add_text(message, _("Here no display filter can be used."));
    else if (limit->filter != NULL)
        limit->trace = trace_open(tui->options.file, tui->options.keylog, message);
    if (limit->trace != NULL) {
        limit->selection = selection_new(limit->filter);
        filter_wants(limit->filter, wants);
        trace_listen(limit->trace, judge, limit, wants);
        trace_forward_only(limit->trace);
    }
    wants_free(wants);
    if (limit->trace != NULL)
        return limit;
    limit_free(limit);
    return NULL;
}

void limit_free(struct limit *limit)
{
    if (limit == NULL)
        return;
    trace_free(limit->trace);
    selection_free(limit->selection);
    filter_free(limit->filter);
    free(limit->text);
    free(limit);
}

bool limit_pass(struct limit *limit, bool *done)
{
    const size_t before = trace_passed(limit->trace), end = trace_passed(limit->tui->trace);
    if (before < end)
        trace_pass(limit->trace, end - before < SLICE ? end - before : SLICE);
    *done = trace_passed(limit->trace) >= end || trace_passed(limit->trace) == before;
    return trace_passed(limit->trace) > before;
}

const char *limit_text(const struct limit *limit)
{
    return limit != NULL ? limit->text : "";
}

bool limit_packet(const struct limit *limit, uint32_t number)
{
    return limit == NULL || selection_has(limit->selection, number);
}

bool limit_exchange(const struct limit *limit, const struct exchange *exchange)
{
    return limit == NULL || selection_exchange(limit->selection, exchange);
}

/* --- the question -------------------------------------------------------------------------- */

/* The byte at which the column-th character begins. */
static size_t byte_of(const char *text, size_t column)
{
    size_t at = 0;
    for (size_t i = 1; i < column && text[at] != '\0'; i++)
        do
            at++;
        while (((unsigned char)text[at] & 0xc0) == 0x80);
    return at;
}

static size_t complete(const void *context, const char *text, size_t cursor, size_t columns, struct buf *more,
                       struct buf *choices)
{
    (void)context;
    return filter_complete(text, cursor, columns, more, choices);
}

void limit_ask(struct tui *tui, struct views *views)
{
    char text[FILTER_LONGEST] = "";
    struct buf message;
    struct prompt prompt = { .label = _("Display filter:"), .text = text, .size = sizeof text, .cursor = SIZE_MAX,
                             .complete = complete,
                             .hint = _("As in Wireshark: tcp.port == 25 and smtp. Tab completes names."),
                             .tone = TONE_NONE };
    buf_init(&message, 4096);
    memcpy(text, limit_text(tui->limit), strlen(limit_text(tui->limit)) + 1);
    while (prompt_ask(views, &prompt) == 0) {
        size_t column = 0;
        buf_clear(&message);
        struct limit *limit = text[strspn(text, " ")] != '\0' ? limit_new(tui, text, &column, &message) : NULL;
        if (message.len == 0) {
            tui_set_limit(tui, limit);
            break;
        }
        prompt.hint = buf_text(&message);
        prompt.tone = TONE_BAD;
        prompt.cursor = column > 0 ? byte_of(text, column) : SIZE_MAX;
    }
    buf_free(&message);
}
