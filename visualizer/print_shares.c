/*
 * print_shares.c - the share of each layer in the bytes on the wire, as text
 * and as a drawing.
 */
#include "visualizer/shares.h"

#include "io/i18n.h"
#include "io/text.h"
#include "visualizer/export.h"
#include "visualizer/svg.h"

enum { BAR_COLUMNS = 40, WIDTH = 1180, TOP = 52, ROW = 58, BAR_LEFT = 330, BAR_WIDTH = 640, BAR = 40 };

static double percent(const struct shares *shares, int osi)
{
    return shares->total > 0 ? 100.0 * (double)shares->bytes[osi] / (double)shares->total : 0;
}

int print_shares(struct trace *trace, const struct print_options *options, FILE *out, struct buf *error)
{
    (void)error;
    struct shares shares;
    shares_count(trace, &options->exchanges, options->selection, &shares);
    fprintf(out, _("%zu packets, %llu bytes"), shares.packets, (unsigned long long)shares.total);
    fputs("\n", out);
    for (int osi = OSI_LAYERS; osi >= 1; osi--) {
        struct buf name;
        buf_init(&name, 256);
        text_pad(&name, _(layers_osi(osi)->name), 14);
        fprintf(out, "%d %s %10llu %3.0f %% ", osi, buf_text(&name), (unsigned long long)shares.bytes[osi],
                percent(&shares, osi));
        for (int i = 0; i < (int)(percent(&shares, osi) * BAR_COLUMNS / 100 + 0.5); i++)
            fputs("█", out);
        fputs("\n", out);
        buf_free(&name);
    }
    return 0;
}

static void draw_row(struct svg *svg, const struct shares *shares, int osi)
{
    const int y = TOP + (OSI_LAYERS - osi) * ROW, width = (int)(percent(shares, osi) * BAR_WIDTH / 100);
    char text[96], classes[32];
    snprintf(text, sizeof text, "%d %s", osi, _(layers_osi(osi)->name));
    snprintf(classes, sizeof classes, "big bold t%d", osi);
    svg_text(svg, 0, y + 27, classes, text, 0);
    svg_text(svg, BAR_LEFT - 14, y + 27, "faint end", _(layers_tcpip(layers_tcpip_of_osi(osi))->name), 0);
    snprintf(classes, sizeof classes, "f%d", osi);
    svg_box(svg, BAR_LEFT, y, width > 1 ? width : 1, BAR, classes);
    snprintf(text, sizeof text, _("%llu bytes (%.0f %%)"), (unsigned long long)shares->bytes[osi],
             percent(shares, osi));
    svg_text(svg, BAR_LEFT + width + 14, y + 27, "bold", text, 0);
}

int export_shares(struct trace *trace, const struct export_options *options, const char *path, struct buf *error)
{
    struct shares shares;
    struct svg svg;
    char text[160];
    shares_count(trace, &options->exchanges, options->selection, &shares);
    svg_begin(&svg, WIDTH);
    snprintf(text, sizeof text, _("%zu packets, %llu bytes"), shares.packets, (unsigned long long)shares.total);
    svg_text(&svg, 0, 26, "big faint", text, 0);
    for (int osi = OSI_LAYERS; osi >= 1; osi--)
        draw_row(&svg, &shares, osi);
    return svg_write(&svg, TOP + OSI_LAYERS * ROW, path, error);
}
