#include "diagram.h"

#include <stdint.h>
#include <string.h>

#include "io/i18n.h"

static bool same(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* The verbs that lead from one state to another, each once, joined with commas. */
static bool join_verbs(const struct machine_table *table, int from, int to, struct buf *verbs)
{
    for (size_t i = 0; i < table->move_count; i++) {
        const struct move *move = &table->moves[i];
        if (move->state != from || move->next != to)
            continue;
        bool there = false;
        for (size_t j = 0; j < i; j++)
            there = there || (table->moves[j].state == from && table->moves[j].next == to &&
                              table->moves[j].verb == move->verb);
        if (!there)
            buf_printf(verbs, "%s%s", verbs->len > 0 ? ", " : "", table->verb_names[move->verb]);
    }
    return verbs->len > 0;
}

static void add_arrow(const struct diagram *diagram, struct page *page, int from, int to, int columns)
{
    const struct machine_table *table = diagram->table;
    bool taken = !same(diagram->from, diagram->to) && same(diagram->from, table->state_names[from]) &&
                 same(diagram->to, table->state_names[to]);
    struct buf verbs;
    buf_init(&verbs, 4096);
    if (join_verbs(table, from, to, &verbs)) {
        unsigned paint = taken ? (TONE_LAYER + 7) | PAINT_BOLD : TONE_PLAIN;
        page_add(page, paint, from == to ? "       \u21ba " : "      \u2514\u2500\u25b8");
        if (from != to)
            page_printf(page, paint | PAINT_BOLD, " %-15s ", table->state_names[to]);
        else
            page_printf(page, TONE_NONE, " %-15s ", _("stays, with"));
        page_paragraph(page, taken ? paint : TONE_NONE, columns - 2, 26, buf_span(&verbs));
    }
    buf_free(&verbs);
}

static void add_state(const struct diagram *diagram, struct page *page, int state, int columns)
{
    const char *name = diagram->table->state_names[state];
    bool here = same(name, diagram->lit);
    page_add(page, here ? (TONE_LAYER + 7) | PAINT_BOLD : TONE_NONE, here ? "  \u25b8 " : "    ");
    page_printf(page, here ? (TONE_LAYER + 7) | PAINT_CHIP | PAINT_BOLD : TONE_PLAIN | PAINT_BOLD, " %s ", name);
    page_end(page);
    for (int pass = 0; pass < 2; pass++) /* moves to other states first */
        for (size_t to = 0; to < diagram->table->state_count; to++)
            if (((int)to == state) == (pass == 1))
                add_arrow(diagram, page, state, (int)to, columns);
    page_end(page);
}

size_t diagram_build(const struct diagram *diagram, struct page *page, int columns)
{
    size_t lit = SIZE_MAX;
    for (size_t state = 0; state < diagram->table->state_count; state++) {
        if (same(diagram->table->state_names[state], diagram->lit))
            lit = page->line_count;
        add_state(diagram, page, (int)state, columns);
    }
    return lit;
}
