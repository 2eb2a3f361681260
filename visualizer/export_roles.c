/*
 * export_roles.c - who hands the letter to whom, as a drawing: the first letter
 * of a capture over its hops, each machine a box with the roles that it plays,
 * each hop an arrow with its protocol. From the last machine's mailbox the
 * letter is read, once or several times.
 */
#include "visualizer/export.h"

#include <stdio.h>
#include <string.h>

#include "io/i18n.h"
#include "visualizer/exchange_letter.h"
#include "visualizer/print_exchange.h"
#include "visualizer/svg.h"

enum { WIDTH = 1180, HOPS_MAX = 6, READS_MAX = 6, BOX = 190, TOP = 70, READ_STEP = 132, BOX_HEIGHT = 112, CHIP = 74,
       LABEL = 92, NAME_COLUMNS = 20 };

/* What happened to the letter: the hops of SMTP, then how it was read. */
struct journey {
    const struct letter_passage *hops[HOPS_MAX], *reads[READS_MAX];
    int hop_count, read_count;
};

static void find_journey(const struct exchange_list *list, size_t which, struct journey *journey)
{
    const struct letter_passage *first = letter_at(list, which);
    for (size_t i = 0; i < letter_count(list); i++) {
        const struct letter_passage *letter = letter_at(list, i);
        if (letter != first && !letter_same(first, letter))
            continue;
        if (strcmp(letter->exchange->protocol, "SMTP") == 0) {
            if (journey->hop_count < HOPS_MAX)
                journey->hops[journey->hop_count++] = letter;
        } else if (journey->read_count < READS_MAX) {
            journey->reads[journey->read_count++] = letter;
        }
    }
}

static void role(struct svg *svg, int x, int y, const char *name, int osi)
{
    char classes[32];
    snprintf(classes, sizeof classes, "f%d", osi);
    svg_box(svg, x, y, CHIP, 38, classes);
    svg_text(svg, x + CHIP / 2, y + 26, "big bold middle light", name, 0);
}

/* A machine, with one or two roles. */
static void machine(struct svg *svg, int x, int y, const char *host, const char *first, const char *second)
{
    svg_box(svg, x, y, BOX, BOX_HEIGHT, "l0");
    svg_text(svg, x + BOX / 2, y + 30, "bold middle", host, NAME_COLUMNS);
    if (second == NULL) {
        role(svg, x + (BOX - CHIP) / 2, y + 52, first, 7);
        return;
    }
    role(svg, x + 12, y + 52, first, 7);
    role(svg, x + BOX - CHIP - 12, y + 52, second, 7);
    char d[64];
    snprintf(d, sizeof d, "M%d %dH%d", x + 12 + CHIP + 2, y + 71, x + BOX - CHIP - 14);
    svg_arrow(svg, 0, "", d);
}

/* An arrow from box to box, with the protocol above and the port below. */
static void hop(struct svg *svg, const struct letter_passage *letter, int x, int y, int to, int to_y)
{
    char d[96], text[64];
    const struct exchange *exchange = letter->exchange;
    snprintf(d, sizeof d, "M%d %dL%d %d", x + 4, y, to - 4, to_y);
    svg_arrow(svg, 7, exchange->enciphered ? "thin" : "", d);
    svg_box(svg, (x + to) / 2 - LABEL / 2, (y + to_y) / 2 - 24, LABEL, 48, "ground");
    snprintf(text, sizeof text, "%s%s", exchange->protocol, exchange->enciphered ? ", TLS" : "");
    svg_text(svg, (x + to) / 2, (y + to_y) / 2 - 3, "bold middle", text, 0);
    snprintf(text, sizeof text, _("port %u"), exchange->server_port);
    svg_text(svg, (x + to) / 2, (y + to_y) / 2 + 17, "small middle faint", text, 0);
}

static int draw(struct svg *svg, const struct journey *journey)
{
    const int boxes = journey->hop_count + 1 + (journey->read_count > 0);
    const int step = boxes > 1 ? (WIDTH - BOX - 4) / (boxes - 1) : 0;
    const int reads = journey->read_count > 1 ? journey->read_count : 1;
    const int middle = TOP + (reads - 1) * READ_STEP / 2;
    for (int i = 0; i < journey->hop_count; i++) {
        const struct letter_roles roles = letter_roles(journey->hops[i]);
        const bool last = i + 1 == journey->hop_count;
        const char *next = last ? "MDA" : letter_roles(journey->hops[i + 1]).giver;
        if (i == 0)
            machine(svg, 2, middle, roles.from, roles.giver, NULL);
        machine(svg, 2 + (i + 1) * step, middle, roles.to, roles.taker, strcmp(roles.taker, next) != 0 ? next : NULL);
        hop(svg, journey->hops[i], 2 + i * step + BOX, middle + BOX_HEIGHT / 2, 2 + (i + 1) * step,
            middle + BOX_HEIGHT / 2);
    }
    for (int i = 0; i < journey->read_count; i++) {
        const struct letter_roles roles = letter_roles(journey->reads[i]);
        const int y = TOP + i * READ_STEP + (journey->read_count == 1 ? middle - TOP : 0);
        if (i == 0 && journey->hop_count == 0)
            machine(svg, 2, middle, roles.from, roles.giver, NULL);
        machine(svg, 2 + (boxes - 1) * step, y, roles.to, roles.taker, NULL);
        hop(svg, journey->reads[i], 2 + (boxes - 2) * step + BOX, middle + BOX_HEIGHT / 2, 2 + (boxes - 1) * step,
            y + BOX_HEIGHT / 2);
    }
    return TOP + reads * READ_STEP + 30;
}

static void legend(struct svg *svg, int y)
{
    static const struct { const char *name, *meaning; } roles[] = {
        { "MUA", N_("the user's agent: writes and reads") }, { "MSA", N_("submission: takes it from its author") },
        { "MTA", N_("transfer: from server to server") }, { "MDA", N_("delivery: puts it into the mailbox") },
    };
    for (int i = 0; i < 4; i++) {
        svg_text(svg, i % 2 * 590, y + i / 2 * 28, "bold", roles[i].name, 0);
        svg_text(svg, i % 2 * 590 + 56, y + i / 2 * 28, "", _(roles[i].meaning), 0);
    }
}

int export_roles(struct trace *trace, const struct export_options *options, const char *path, struct buf *error)
{
    const struct print_options print = { .reveal = options->reveal, .selection = options->selection };
    struct exchange_list *list = print_collect(trace, &print);
    struct journey journey = { .hop_count = 0 };
    struct svg svg;
    int status = -1;
    size_t which = 0;
    while (which < letter_count(list) && !letter_selected(list, options->selection, which))
        which++;
    if (which < letter_count(list)) {
        const struct letter_passage *letter = letter_at(list, which);
        char title[512];
        snprintf(title, sizeof title, "\"%s\"  %s → %s", letter->subject ? letter->subject : "",
                 letter->from ? letter->from : "?", letter->to ? letter->to : "?");
        find_journey(list, which, &journey);
        svg_begin(&svg, WIDTH);
        svg_text(&svg, 2, 28, "m", title, 110);
        const int height = draw(&svg, &journey);
        legend(&svg, height);
        status = svg_write(&svg, height + 44, path, error);
    } else {
        buf_add_text(error, _("No letter goes over in this capture, or only inside TLS whose keys are not known."));
    }
    exchange_list_free(list);
    return status;
}
