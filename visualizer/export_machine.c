/*
 * export_machine.c - the state machine of a protocol as a drawing, from the
 * table that the server runs on.
 *
 * The states stand in a row, in the order of the table; in each box the
 * commands that leave it as it is. Moves to the right are arcs above, moves
 * back arcs below. An arc's height is the first at which it and its label
 * touch no other; where arcs leave and enter a box they are ordered so that
 * nested arcs do not cross. What leads from most states to the same one (QUIT,
 * a broken connection) is said in that state's box instead of drawn each time.
 */
#include "visualizer/export.h"

#include <stdio.h>
#include <string.h>

#include "core/machine.h"
#include "core/watch.h"
#include "io/i18n.h"
#include "io/text.h"
#include "visualizer/svg.h"

enum { WIDTH = 1180, STATES_MAX = 32, ARCS_MAX = 128, LEVEL = 28, GAP = 14, LABEL_MAX = 1024, LINE = 17,
       NAME_LINE = 19, PORT = 10, BIG_LETTER = 12, MID_LETTER = 11, PAD = 6 };

struct arc {
    int from, to;
    bool above;
    int begin, end;             /* x of its ends */
    int left, right;            /* what it covers, with its label */
    int level;
    bool refused;               /* only ever moved by a refusal */
    char label[LABEL_MAX];
};

struct drawing {
    const struct machine_table *table;
    struct svg svg;
    struct arc arcs[ARCS_MAX];
    size_t arc_count;
    int width;                  /* of a box */
    int height;
    int top;                    /* of the boxes */
};

/* --- what is to be drawn -------------------------------------------------------------- */

static bool well(enum outcome outcome)
{
    return outcome == OUTCOME_OK || outcome == OUTCOME_MORE || outcome == OUTCOME_BYE;
}

/* Does the verb lead there from at least half of the other states? */
static bool universal(const struct machine_table *table, int verb, int to)
{
    size_t count = 0;
    for (int state = 0; state < (int)table->state_count; state++) {
        bool leads = false;
        for (size_t i = 0; state != to && i < table->move_count; i++)
            leads = leads || (table->moves[i].state == state && table->moves[i].verb == verb &&
                              table->moves[i].next == to);
        count += leads;
    }
    return count * 2 >= table->state_count;
}

/* How a verb may move from one state to another: 0 not at all, 1 only when it is refused, 2 when it works. */
static int moves_so(const struct machine_table *table, int from, int to, int verb)
{
    int how = 0;
    for (size_t i = 0; i < table->move_count; i++) {
        const struct move *move = &table->moves[i];
        if (move->state == from && move->next == to && move->verb == verb)
            how = well(move->outcome) ? 2 : how > 0 ? how : 1;
    }
    return how;
}

/* The verbs from one state to another, with a cross behind those that are refused; a verb that is
 * accepted and refused alike stands once. Answers whether all are refused. */
static bool join_verbs(const struct machine_table *table, int from, int to, struct buf *out)
{
    bool refused = true;
    for (int verb = 0; verb < (int)table->verb_count; verb++) {
        const int how = moves_so(table, from, to, verb);
        if (how == 0 || (from == to && how == 1) || (from != to && universal(table, verb, to)))
            continue;
        buf_printf(out, "%s%s%s", out->len > 0 ? " " : "", table->verb_names[verb], how == 1 ? "✗" : "");
        refused = refused && how == 1;
    }
    return refused;
}

static void universal_verbs(const struct machine_table *table, int to, struct buf *out)
{
    for (int verb = 0; verb < (int)table->verb_count; verb++)
        if (universal(table, verb, to)) {
            const char *name = table->verb_names[verb];     /* what is no command has brackets around it */
            const bool bracket = name[0] == '(';
            buf_printf(out, "%s%.*s", out->len > 0 ? " " : "", (int)strlen(name) - 2 * bracket, name + bracket);
        }
}

static void find_arcs(struct drawing *drawing)
{
    const struct machine_table *table = drawing->table;
    for (int from = 0; from < (int)table->state_count; from++)
        for (int to = 0; to < (int)table->state_count; to++) {
            struct buf verbs;
            buf_init(&verbs, LABEL_MAX - 1);
            const bool refused = from != to && join_verbs(table, from, to, &verbs);
            if (verbs.len > 0 && drawing->arc_count < ARCS_MAX) {
                struct arc *arc = &drawing->arcs[drawing->arc_count++];
                *arc = (struct arc){ .from = from, .to = to, .above = to > from, .refused = refused };
                snprintf(arc->label, sizeof arc->label, "%s", buf_text(&verbs));
            }
            buf_free(&verbs);
        }
}

/* --- where ------------------------------------------------------------------------------ */

static int left_of(const struct drawing *drawing, int state)
{
    return state * (drawing->width + GAP);
}

/* Partners at the left come first, the nearest before; then those at the right, the farthest before. */
static int port_order(const struct arc *arc, int state)
{
    const int partner = arc->from == state ? arc->to : arc->from;
    return partner < state ? state - partner : 2 * STATES_MAX - (partner - state);
}

static bool touches(const struct arc *arc, int state, bool above)
{
    return arc->above == above && (arc->from == state || arc->to == state);
}

static void place_ports(struct drawing *drawing, int state, bool above)
{
    size_t count = 0;
    for (size_t i = 0; i < drawing->arc_count; i++)
        count += touches(&drawing->arcs[i], state, above);
    for (size_t i = 0; i < drawing->arc_count; i++) {
        struct arc *arc = &drawing->arcs[i];
        size_t rank = 0;
        if (!touches(arc, state, above))
            continue;
        for (size_t j = 0; j < drawing->arc_count; j++) {
            const struct arc *other = &drawing->arcs[j];
            const int difference = touches(other, state, above) ? port_order(other, state) - port_order(arc, state) : 1;
            rank += difference < 0 || (difference == 0 && j < i);
        }
        const int room = drawing->width - 2 * PORT;
        const int x = left_of(drawing, state) + PORT + (int)((2 * rank + 1) * (size_t)room / (2 * count));
        *(arc->from == state ? &arc->begin : &arc->end) = x;
    }
}

static int length(const struct arc *arc)
{
    return arc->right - arc->left;
}

/* The first level at which it touches no arc that has one already; shorter ones are placed before. */
static void place_level(struct drawing *drawing, struct arc *arc)
{
    bool free_level = false;
    for (arc->level = 0; !free_level;) {
        arc->level++;
        free_level = true;
        for (size_t i = 0; i < drawing->arc_count; i++) {
            const struct arc *other = &drawing->arcs[i];
            if (other != arc && other->above == arc->above && other->level >= arc->level &&
                other->left < arc->right + 8 && arc->left < other->right + 8)
                free_level = false;
        }
    }
}

static void place(struct drawing *drawing)
{
    for (int state = 0; state < (int)drawing->table->state_count; state++) {
        place_ports(drawing, state, true);
        place_ports(drawing, state, false);
    }
    for (size_t i = 0; i < drawing->arc_count; i++) {
        struct arc *arc = &drawing->arcs[i];
        const int half = (int)text_width(arc->label) * SVG_SMALL_LETTER / 2, middle = (arc->begin + arc->end) / 2;
        const int low = arc->begin < arc->end ? arc->begin : arc->end, high = arc->begin + arc->end - low;
        arc->left = low < middle - half ? low : middle - half;
        arc->right = high > middle + half ? high : middle + half;
    }
    for (size_t placed = 0; placed < drawing->arc_count; placed++) {
        struct arc *next = NULL;
        for (size_t i = 0; i < drawing->arc_count; i++)
            if (drawing->arcs[i].level == 0 && (next == NULL || length(&drawing->arcs[i]) < length(next)))
                next = &drawing->arcs[i];
        place_level(drawing, next);
    }
}

static int levels(const struct drawing *drawing, bool above)
{
    int most = 0;
    for (size_t i = 0; i < drawing->arc_count; i++)
        if (drawing->arcs[i].above == above && drawing->arcs[i].level > most)
            most = drawing->arcs[i].level;
    return most;
}

/* --- the drawing ------------------------------------------------------------------------ */

static void draw_arc(struct drawing *drawing, const struct arc *arc)
{
    const int edge = arc->above ? drawing->top : drawing->top + drawing->height;
    const int y = arc->above ? edge - arc->level * LEVEL : edge + arc->level * LEVEL;
    char d[96];
    snprintf(d, sizeof d, "M%d %dV%dH%dV%d", arc->begin, edge, y, arc->end, arc->above ? edge - 2 : edge + 2);
    svg_arrow(&drawing->svg, arc->above ? 3 : 2, arc->refused ? "thin" : "", d);
}

/* Labels come last, so that no line runs through them. */
static void draw_label(struct drawing *drawing, const struct arc *arc)
{
    const int edge = arc->above ? drawing->top : drawing->top + drawing->height;
    const int y = arc->above ? edge - arc->level * LEVEL : edge + arc->level * LEVEL;
    const int width = (int)text_width(arc->label) * SVG_SMALL_LETTER + 6, middle = (arc->begin + arc->end) / 2;
    svg_box(&drawing->svg, middle - width / 2, y - 9, width, 19, "ground");
    svg_text(&drawing->svg, middle, y + 5, "m small middle", arc->label, 0);
}

/* Text within a box, line below line; with no drawing only counted. Answers the lines. */
static int box_lines(struct svg *svg, int x, int y, const char *classes, const char *text, int columns, int step)
{
    int lines = 0;
    while (*text) {
        size_t next;
        const size_t size = text_wrap(text, (size_t)columns, &next);
        if (svg != NULL) {
            char line[256];
            snprintf(line, sizeof line, "%.*s", (int)size, text);
            svg_text(svg, x, y + lines * step, classes, line, columns + 1);
        }
        text += next;
        lines++;
    }
    return lines;
}

/* The largest letters in which the longest word of a name fits into the box; answers the columns they leave. */
static int name_look(const struct drawing *drawing, const char *name, const char **classes)
{
    int longest = 0, here = 0;
    for (const char *at = name; *at; at++) {
        here = *at == ' ' ? 0 : here + 1;
        longest = here > longest ? here : longest;
    }
    const int room = drawing->width - 2 * PAD;
    *classes = longest * BIG_LETTER <= room ? "bold" : longest * MID_LETTER <= room ? "bold mid" : "m small bold";
    return room / (longest * BIG_LETTER <= room ? BIG_LETTER : longest * MID_LETTER <= room ? MID_LETTER
                                                                                            : SVG_SMALL_LETTER);
}

/* A state's box: its name, what leads here from most states, what leaves it as it is. Answers its height. */
static int state_box(struct drawing *drawing, int state, struct svg *svg)
{
    const int x = left_of(drawing, state) + PAD, columns = (drawing->width - 2 * PAD) / SVG_SMALL_LETTER;
    const char *classes;
    const int name_columns = name_look(drawing, drawing->table->state_names[state], &classes);
    int y = drawing->top + 24;
    struct buf verbs;
    buf_init(&verbs, LABEL_MAX * 4);
    y += NAME_LINE * box_lines(svg, x, y, classes, drawing->table->state_names[state], name_columns, NAME_LINE);
    universal_verbs(drawing->table, state, &verbs);
    if (verbs.len > 0) {
        y += LINE * box_lines(svg, x, y, "small faint", _("from most states:"), columns, LINE);
        y += LINE * box_lines(svg, x, y, "m small", buf_text(&verbs), columns, LINE);
    }
    buf_clear(&verbs);
    join_verbs(drawing->table, state, state, &verbs);
    if (verbs.len > 0) {
        y += LINE * box_lines(svg, x, y, "small faint", _("stays, with"), columns, LINE);
        y += LINE * box_lines(svg, x, y, "m small", buf_text(&verbs), columns, LINE);
    }
    buf_free(&verbs);
    return y - drawing->top - 4;
}

static int draw(struct drawing *drawing)
{
    const int count = (int)drawing->table->state_count;
    drawing->width = (WIDTH - (count - 1) * GAP) / count;
    find_arcs(drawing);
    place(drawing);
    for (int state = 0; state < count; state++) {
        const int height = state_box(drawing, state, NULL);
        drawing->height = height > drawing->height ? height : drawing->height;
    }
    drawing->top = levels(drawing, true) * LEVEL + 24;
    for (size_t i = 0; i < drawing->arc_count; i++)
        draw_arc(drawing, &drawing->arcs[i]);
    for (int state = 0; state < count; state++) {
        svg_box(&drawing->svg, left_of(drawing, state), drawing->top, drawing->width, drawing->height, "box l0");
        state_box(drawing, state, &drawing->svg);
    }
    for (size_t i = 0; i < drawing->arc_count; i++)
        draw_label(drawing, &drawing->arcs[i]);
    const int bottom = drawing->top + drawing->height + levels(drawing, false) * LEVEL + 36;
    svg_text(&drawing->svg, 0, bottom, "faint",
             _("Arcs above lead on, arcs below lead back; ✗ and dashes: if the server refuses."), 0);
    return bottom + 12;
}

static const struct machine_table *table_of(const char *protocol)
{
    static const struct { const char *name; enum watch_protocol watch; } known[] = {
        { "smtp", WATCH_SMTP }, { "pop3", WATCH_POP3 }, { "imap", WATCH_IMAP },
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(protocol, known[i].name) == 0) {
            struct watch *watch = watch_new(known[i].watch);
            const struct machine_table *table = watch_machine(watch);
            watch_free(watch);
            return table;
        }
    return NULL;
}

int export_machine(struct trace *trace, const struct export_options *options, const char *path, struct buf *error)
{
    (void)trace;
    static struct drawing drawing;
    drawing = (struct drawing){ .table = table_of(options->file) };
    if (drawing.table == NULL || drawing.table->state_count > STATES_MAX) {
        buf_printf(error, _("%s has no state machine here; smtp, pop3 and imap have one."), options->file);
        return -1;
    }
    svg_begin(&drawing.svg, WIDTH);
    const int height = draw(&drawing);
    return svg_write(&drawing.svg, height, path, error);
}
