#include "visualizer/tui_why.h"

#include <stdio.h>
#include <string.h>

#include "io/i18n.h"
#include "io/page.h"
#include "io/reader.h"

static unsigned layer_tone(int layer)
{
    return (unsigned)(TONE_LAYER + layer);
}

static unsigned remark_paint(enum remark_kind kind)
{
    return kind == REMARK_NOTE ? TONE_NONE : TONE_BAD | PAINT_BOLD;
}

static const char *remark_word(enum remark_kind kind)
{
    static const char *const words[] = {
        [REMARK_NOTE] = N_("Note"), [REMARK_ERROR] = N_("Not allowed"), [REMARK_SECURITY] = N_("Not safe"),
        [REMARK_LOSS] = N_("Lost and repaired"),
    };
    return _(words[kind]);
}

static void add_remark(struct page *page, const struct remark *remark, int columns)
{
    page_printf(page, remark_paint(remark->kind), " %s (%s %u): ", remark_word(remark->kind), _("packet"),
                remark->packet);
    page_paragraph(page, TONE_PLAIN, columns - 2, 1, span_of(_(remark->text)));
}

/* --- the pane -------------------------------------------------------------------- */

static const struct remark *worst_remark(const struct exchange *exchange)
{
    for (size_t i = 0; i < exchange->remark_count; i++)
        if (exchange->remarks[i].kind != REMARK_NOTE)
            return &exchange->remarks[i];
    return NULL;
}

void why_draw(const struct tui *tui, struct screen *screen, struct area area)
{
    const struct exchange *exchange = tui_exchange(tui);
    struct page page;
    if (exchange == NULL || area.rows < 1)
        return;
    const struct layer_row *row = exchange->row;
    const struct remark *remark = worst_remark(exchange);
    char serves[LAYERS_SERVES_SIZE], question[64];
    page_init(&page);
    if (row->serves == 1u << row->osi)
        snprintf(question, sizeof question, _(" Why layer %d?"), row->osi);
    else
        snprintf(question, sizeof question, _(" Why layer %d, working for %s?"), row->osi,
                 layers_serves(row->serves, serves));
    if (remark != NULL && area.rows > 1)
        add_remark(&page, remark, area.columns);
    page_add(&page, layer_tone(row->osi) | PAINT_BOLD, question);
    page_add(&page, TONE_PLAIN, " ");
    page_paragraph(&page, TONE_PLAIN, area.columns - 1, 1, span_of(_(row->why)));
    if (row->dispute != NULL)
        page_paragraph(&page, TONE_NONE, area.columns - 1, 1, span_of(_(row->dispute)));
    if (page.line_count > (size_t)area.rows) {
        page_draw(&page, screen, area);
        struct area last = area_bottom(&area, 1);
        screen_put_right(screen, area_right(&last, 10), 0, TONE_NONE, _("  w: more "));
    } else {
        page_draw(&page, screen, area);
    }
    page_free(&page);
}

/* --- the page -------------------------------------------------------------------- */

static void heading(struct page *page, const char *text)
{
    page_end(page);
    page_add(page, TONE_PLAIN, " ");
    page_add(page, TONE_PLAIN | PAINT_BOLD | PAINT_UNDERLINE, text);
    page_end(page);
}

static void add_layer(struct page *page, const struct model_layer *layer, unsigned tone, const char *mark, int columns)
{
    page_printf(page, tone | PAINT_BOLD, "   %s %c %s", mark, layer->letter, _(layer->name));
    page_printf(page, TONE_NONE, "  (%s; %s)", _(layer->unit), layer->source);
    page_end(page);
    page_paragraph(page, TONE_PLAIN, columns - 2, 7, span_of(_(layer->does)));
}

static void add_layers(struct page *page, const struct layer_row *row, int columns)
{
    heading(page, _("Lives at"));
    add_layer(page, layers_osi(row->osi), layer_tone(row->osi), "\u25cf", columns);
    add_layer(page, layers_tcpip(row->tcpip), layer_tone(row->osi), "\u25a0", columns);
    heading(page, _("Works for"));
    for (int layer = OSI_LAYERS; layer >= 1; layer--)
        if (row->serves & 1u << layer)
            add_layer(page, layers_osi(layer), layer_tone(layer), "\u25cb", columns);
    heading(page, _("Why"));
    page_paragraph(page, TONE_PLAIN, columns - 2, 3, span_of(_(row->why)));
    if (row->dispute != NULL) {
        heading(page, _("What is disputed"));
        page_paragraph(page, TONE_PLAIN, columns - 2, 3, span_of(_(row->dispute)));
    }
    heading(page, _("Sources"));
    page_paragraph(page, TONE_PLAIN, columns - 2, 3, span_of(row->source));
}

static void add_states(struct page *page, const struct exchange *exchange)
{
    bool any = false;
    for (size_t i = 0; i < exchange->step_count; i++) {
        const struct exchange_step *step = &exchange->steps[i];
        if (step->state_before == NULL || step->state_after == NULL ||
            strcmp(step->state_before, step->state_after) == 0)
            continue;
        if (!any)
            heading(page, _("States"));
        any = true;
        page_printf(page, TONE_PLAIN, "   %s \u2500\u2500%s\u2500\u2500\u25b8 ", step->state_before,
                    step->verb != NULL ? step->verb : "");
        page_add(page, TONE_PLAIN | PAINT_BOLD, step->state_after);
        page_printf(page, TONE_NONE, "  %s, %s %u", step->rfc != NULL ? step->rfc : "", _("packet"), step->packet);
        page_end(page);
    }
}

static void head(void *context, struct buf *left, struct buf *right)
{
    const struct exchange *exchange = tui_exchange(context);
    (void)right;
    if (exchange != NULL)
        buf_printf(left, "%s %u: %s \u2014 %s", _("Exchange"), exchange->number, _(exchange->name),
                   _("which layer, and why"));
}

static void build(void *context, struct page *page, int columns)
{
    const struct exchange *exchange = tui_exchange(context);
    if (exchange == NULL)
        return;
    add_layers(page, exchange->row, columns);
    add_states(page, exchange);
    if (exchange->rfc != NULL) {
        heading(page, _("The protocol's own rule"));
        page_paragraph(page, TONE_PLAIN, columns - 2, 3, span_of(exchange->rfc));
    }
    if (exchange->remark_count > 0)
        heading(page, _("Remarks"));
    for (size_t i = 0; i < exchange->remark_count; i++) {
        page_add(page, TONE_PLAIN, "  ");
        add_remark(page, &exchange->remarks[i], columns);
    }
}

void why_push(struct tui *tui, struct views *views)
{
    static const struct reader_source source = { .head = head, .build = build };
    if (tui_exchange(tui) != NULL)
        reader_push(views, &source, tui);
}
