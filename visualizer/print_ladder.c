/*
 * print_ladder.c - the conversation as a ladder between hosts: an arrow for
 * each thing said, the layer before it, the exchange's name behind.
 *
 * Two hosts stand at the sides; when others speak, a new head names them.
 * Segments that only carry data or only acknowledge are drawn together, with
 * a thinner line.
 */
#include "visualizer/print_exchange.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "io/text.h"

enum { LEFT = 15, INSIDE = 50, TEXT_MAX = INSIDE - 8 };

struct ladder {
    FILE *out;
    const char *hosts[2];       /* addresses of the present head */
};

static void repeat(struct buf *out, const char *mark, size_t times)
{
    while (times-- > 0)
        buf_add_text(out, mark);
}

static bool same_pair(const struct ladder *ladder, const char *left, const char *right)
{
    return ladder->hosts[0] && strcmp(ladder->hosts[0], left) == 0 && strcmp(ladder->hosts[1], right) == 0;
}

static void head(struct ladder *ladder, const struct exchange *exchange)
{
    const bool known = same_pair(ladder, exchange->from_address, exchange->to_address) ||
                       same_pair(ladder, exchange->to_address, exchange->from_address);
    if (known)
        return;
    const bool swapped = exchange->backward_begin; /* the client stands at the left */
    const char *left = swapped ? exchange->to : exchange->from, *right = swapped ? exchange->from : exchange->to;
    ladder->hosts[0] = swapped ? exchange->to_address : exchange->from_address;
    ladder->hosts[1] = swapped ? exchange->from_address : exchange->to_address;
    struct buf line;
    buf_init(&line, 4096);
    const size_t half = text_width(left) / 2;
    repeat(&line, " ", LEFT > half ? LEFT - half : 1);
    buf_add_text(&line, left);
    const size_t used = text_width(buf_text(&line)), other = text_width(right) / 2, where = LEFT + INSIDE + 1;
    repeat(&line, " ", where > used + other ? where - other - used : 2);
    buf_add_text(&line, right);
    fprintf(ladder->out, "\n%s\n%*s│%*s│\n", buf_text(&line), LEFT, "", INSIDE, "");
    buf_free(&line);
}

/* "7 ○5,6": where it lives, and for whom it works if for others. */
static void layers_mark(const struct layer_row *row, struct buf *out)
{
    char serves[LAYERS_SERVES_SIZE];
    const unsigned own = 1u << row->osi;
    buf_printf(out, "L%d", row->osi);
    if (row->serves & ~own)
        buf_printf(out, " ○%s", layers_serves(row->serves & ~own, serves));
}

static void draw_line(struct ladder *ladder, const struct exchange *exchange, const struct ladder_step *drawn)
{
    const bool starts_right = strcmp(exchange->from_address, ladder->hosts[0]) == 0;
    const bool rightward = starts_right != drawn->step->backward, first = drawn->first;
    struct buf line, mark;
    buf_init(&line, 1 << 14);
    buf_init(&mark, 64);
    layers_mark(exchange->row, &mark);
    if (first)
        buf_printf(&line, "%3u ", exchange->number);
    else
        buf_add_text(&line, "    ");
    text_pad(&line, buf_text(&mark), LEFT - 4);
    const char *stroke = drawn->thin ? "┄" : "─";
    size_t columns = 0;
    size_t size = text_cut(drawn->text, TEXT_MAX, &columns);
    const bool cut = size < strlen(drawn->text);
    if (cut)
        size = text_cut(drawn->text, TEXT_MAX - 1, &columns);
    columns += cut;
    buf_add_text(&line, rightward ? "│" : "│◂");
    repeat(&line, stroke, rightward ? 4 : 3);
    buf_printf(&line, " %.*s%s ", (int)size, drawn->text, cut ? "…" : "");
    repeat(&line, stroke, INSIDE - 6 - columns - (rightward ? 1 : 0));
    buf_add_text(&line, rightward ? "▸│" : "│");
    if (first)
        buf_printf(&line, "  %s", _(exchange->name));
    if (first && exchange->enciphered)
        buf_printf(&line, " (%s)", _("inside TLS"));
    const struct exchange_step *step = drawn->step;
    if (step && step->state_before && step->state_after && strcmp(step->state_before, step->state_after) != 0)
        buf_printf(&line, "  %s ─▸ %s", step->state_before, step->state_after);
    fprintf(ladder->out, "%s\n", buf_text(&line));
    buf_free(&line);
    buf_free(&mark);
}

static void draw_remarks(struct ladder *ladder, const struct exchange *exchange)
{
    for (size_t i = 0; i < exchange->remark_count; i++)
        fprintf(ladder->out, "%*s│ %s %s%s%s\n", LEFT, "", exchange->remarks[i].kind == REMARK_NOTE ? "·" : "!",
                _(exchange->remarks[i].text), exchange->remarks[i].rfc ? " " : "",
                exchange->remarks[i].rfc ? exchange->remarks[i].rfc : "");
}

static bool quiet(const struct exchange_step *step)
{
    return step->kind != STEP_SAYS || !step->text;
}

static char *quiet_text(size_t segments, uint64_t bytes)
{
    if (bytes == 0)
        return segments == 1 ? mem_printf("ACK") : mem_printf(_("ACK, %zu times"), segments);
    if (segments == 1)
        return mem_printf(_("%llu bytes"), (unsigned long long)bytes);
    return mem_printf(_("%zu segments, %llu bytes"), segments, (unsigned long long)bytes);
}

bool ladder_next(const struct exchange *exchange, size_t *at, struct ladder_step *line)
{
    if (*at >= exchange->step_count)
        return false;
    const struct exchange_step *step = &exchange->steps[*at];
    size_t end = *at + 1;
    *line = (struct ladder_step){ .step = step, .first = *at == 0, .thin = quiet(step) };
    if (line->thin) {
        uint64_t bytes = step->bytes;
        for (; end < exchange->step_count && quiet(&exchange->steps[end]) &&
             exchange->steps[end].backward == step->backward; end++)
            bytes += exchange->steps[end].bytes;
        line->text = quiet_text(end - *at, bytes);
    } else {
        line->text = mem_printf("%s", step->text);
    }
    *at = end;
    return true;
}

static void draw(struct ladder *ladder, const struct exchange *exchange)
{
    struct ladder_step line;
    head(ladder, exchange);
    for (size_t at = 0; ladder_next(exchange, &at, &line); free(line.text))
        draw_line(ladder, exchange, &line);
    draw_remarks(ladder, exchange);
}

int print_ladder(struct trace *trace, const struct print_options *options, FILE *out, struct buf *error)
{
    (void)error;
    struct exchange_list *list = print_collect(trace, options);
    struct ladder ladder = { .out = out };
    for (size_t i = 0; i < exchange_count(list); i++)
        if (exchange_in_range(&options->exchanges, exchange_at(list, i)) &&
            selection_exchange(options->selection, exchange_at(list, i)))
            draw(&ladder, exchange_at(list, i));
    exchange_list_free(list);
    return 0;
}
