/*
 * print_models.c - the two models and the kit's attribution, row by row, as
 * text: what LAYERS.md says, from the table that every face reads.
 */
#include "visualizer/print_exchange.h"

#include "io/i18n.h"
#include "io/text.h"

enum { WIDTH = 96, INDENT = 4 };

static void paragraph(FILE *out, const char *text)
{
    while (*text) {
        size_t next;
        const size_t size = text_wrap(text, WIDTH - INDENT, &next);
        fprintf(out, "%*s%.*s\n", INDENT, "", (int)size, text);
        text += next;
    }
}

static void print_layer(FILE *out, const struct model_layer *layer)
{
    fprintf(out, "%c %s (%s)\n", layer->letter, _(layer->name), _(layer->unit));
    paragraph(out, _(layer->does));
    fprintf(out, "%*s[%s]\n", INDENT, "", layer->source);
}

static void print_row(FILE *out, const struct layer_row *row)
{
    char serves[LAYERS_SERVES_SIZE];
    fprintf(out, "%s\n", _(row->title));
    fprintf(out, "%*s%s %d · %s; %s %s\n", INDENT, "", _("lives at"), row->osi, _(layers_tcpip(row->tcpip)->name),
            _("works for"), layers_serves(row->serves, serves));
    paragraph(out, _(row->why));
    if (row->dispute)
        paragraph(out, _(row->dispute));
    fprintf(out, "%*s[%s]\n\n", INDENT, "", row->source);
}

int print_models(struct trace *trace, const struct print_options *options, FILE *out, struct buf *error)
{
    (void)trace;
    (void)options;
    (void)error;
    fprintf(out, "%s\n\n", _("The OSI model, seven layers"));
    for (int i = OSI_LAYERS; i >= 1; i--)
        print_layer(out, layers_osi(i));
    fprintf(out, "\n%s\n\n", _("The TCP/IP model, four layers"));
    for (int i = TCPIP_LAYERS; i >= 1; i--)
        print_layer(out, layers_tcpip(i));
    fprintf(out, "\n%s\n\n", _("Which layer?"));
    for (int i = 0; i < LAYER_ID_COUNT; i++)
        print_row(out, layers_row((enum layer_id)i));
    return 0;
}
