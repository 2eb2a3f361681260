/* tables.c - the pages about layers, fields, keys and the server's settings. */
#include "reference/reference.h"

#include <string.h>

#include "client/mua_keys.h"
#include "io/i18n.h"
#include "io/list.h"
#include "io/reader.h"
#include "io/view.h"
#include "server/config.h"
#include "server/listener.h"
#include "visualizer/fields.h"
#include "visualizer/filter.h"
#include "visualizer/layers.h"
#include "visualizer/packet.h"
#include "visualizer/tui_keys.h"
#include "visualizer/tui_state.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void number(FILE *out, unsigned value)
{
    fprintf(out, "| %u ", value);
}

/* --- layers --------------------------------------------------------------------------- */

static void model(const char *title, const struct model_layer *(*layer)(int), int count, FILE *out)
{
    static const char *const head[] = { N_("Layer"), N_("Name"), N_("Unit"), N_("What it does"), N_("Source") };
    heading(out, 2, title);
    table_head(out, COUNT(head), head);
    for (int i = count; i >= 1; i--) {
        const struct model_layer *row = layer(i);
        fprintf(out, "| %c ", row->letter);
        cell(out, _(row->name));
        cell(out, _(row->unit));
        cell(out, _(row->does));
        cell(out, row->source);
        row_end(out);
    }
}

void page_layers(const struct reference_page *page, FILE *out)
{
    static const char *const head[] = { N_("Exchange"), N_("Key"), N_("lives at"), N_("TCP/IP"), N_("works for"),
                                        N_("Why"), N_("Disputed"), N_("Source") };
    (void)page;
    model(N_("The OSI model, seven layers"), layers_osi, OSI_LAYERS, out);
    model(N_("The TCP/IP model, four layers"), layers_tcpip, TCPIP_LAYERS, out);
    heading(out, 2, N_("Which layer?"));
    table_head(out, COUNT(head), head);
    for (int i = 0; i < LAYER_ID_COUNT; i++) {
        const struct layer_row *row = layers_row((enum layer_id)i);
        char serves[LAYERS_SERVES_SIZE];
        cell(out, _(row->title));
        cell_code(out, row->key);
        number(out, (unsigned)row->osi);
        cell(out, _(layers_tcpip(row->tcpip)->name));
        cell(out, layers_serves(row->serves, serves));
        cell(out, _(row->why));
        cell(out, row->dispute != NULL ? _(row->dispute) : "");
        cell(out, row->source);
        row_end(out);
    }
}

/* --- fields --------------------------------------------------------------------------- */

static void labels(const struct field_row *row, FILE *out)
{
    struct buf text;
    buf_init(&text, 1 << 20);
    for (const struct field_label *label = row->labels; label != NULL && label->text != NULL; label++) {
        const char *comma = text.len > 0 ? ", " : "";
        if (row->type == FIELD_HEX)
            buf_printf(&text, "%s0x%0*x %s", comma, 2 * row->width, label->value, _(label->text));
        else
            buf_printf(&text, "%s%u %s", comma, label->value, _(label->text));
    }
    buf_add(&text, "", 1);
    cell(out, text.data);
    buf_free(&text);
}

static void field_line(const struct field_row *row, FILE *out)
{
    cell_code(out, row->name);
    cell(out, row->title != NULL ? _(row->title) : "");
    cell(out, row->meaning != NULL ? _(row->meaning) : "");
    labels(row, out);
    row_end(out);
}

void page_fields(const struct reference_page *page, FILE *out)
{
    static const char *const head[] = { N_("Field"), N_("Name"), N_("Meaning"), N_("Values") };
    (void)page;
    fprintf(out, "%s\n", _("The names are those of Wireshark's display filters; visualizer --print fields -e NAME "
                           "prints them."));
    for (size_t i = 0; i < PROTOCOL_COUNT; i++) {
        const struct protocol *protocol = protocols[i];
        fprintf(out, "\n## %s: %s\n\n", protocol->name, _(protocol->title));
        fprintf(out, "`%s`, OSI %d, TCP/IP: %s\n\n", protocol->filter, protocol->osi,
                _(layers_tcpip((int)protocol->tcpip)->name));
        if (protocol->row_count > 0)
            table_head(out, COUNT(head), head);
        for (size_t j = 0; j < protocol->row_count; j++) {
            field_line(&protocol->rows[j], out);
        }
    }
    const struct field_row *row;
    heading(out, 2, N_("Fields of the kit's own, in display filters"));
    table_head(out, COUNT(head), head);
    for (size_t i = 0; (row = filter_own_field(i)) != NULL; i++)
        field_line(row, out);
}

/* --- keys ----------------------------------------------------------------------------- */

static void key_table(const struct key_table *table, FILE *out)
{
    static const char *const head[] = { N_("Key"), N_("Name"), N_("What it does") };
    heading(out, 3, table->title);
    table_head(out, COUNT(head), head);
    for (size_t i = 0; i < table->count; i++) {
        const struct key_row *row = &table->rows[i];
        if (row->help == NULL)
            continue;
        cell_code(out, row->keys);
        cell_code(out, row->name != NULL ? row->name : "");
        cell(out, _(row->help));
        row_end(out);
    }
}

void page_keys(const struct reference_page *page, FILE *out)
{
    static const struct key_table *const visualizer[] = { &tui_main_keys, &tui_envelope_keys, &tui_fields_keys,
        &tui_dialogue_keys, &tui_letter_keys, &tui_ladder_keys, &tui_machine_keys, &tui_tls_keys,
        &tui_predict_keys, &tui_statistics_keys, &tui_notes_keys,
        &tui_step_keys, &tui_wire_keys, &tui_bits_keys };
    static const struct key_table *const client[] = { &mua_index_keys, &mua_pager_keys, &mua_parts_keys,
        &mua_folders_keys, &mua_compose_keys, &mua_wire_keys };
    static const struct key_table *const both[] = { &list_keys, &reader_keys, &views_keys };
    static const struct { const char *title; const struct key_table *const *tables; size_t count; } programs[] = {
        { N_("The visualizer"), visualizer, COUNT(visualizer) },
        { N_("The mail program"), client, COUNT(client) },
        { N_("Both"), both, COUNT(both) },
    };
    (void)page;
    for (size_t i = 0; i < COUNT(programs); i++) {
        heading(out, 2, programs[i].title);
        for (size_t j = 0; j < programs[i].count; j++)
            key_table(programs[i].tables[j], out);
    }
}

/* --- settings ------------------------------------------------------------------------- */

static void ports(FILE *out)
{
    static const char *const head[] = { N_("Service"), N_("Port"), N_("Standard port"), N_("What it does") };
    heading(out, 2, N_("Ports"));
    table_head(out, COUNT(head), head);
    for (size_t i = 0; i < listener_count; i++) {
        cell_code(out, listener_table[i].name);
        number(out, listener_table[i].port);
        number(out, listener_table[i].standard_port);
        cell(out, _(listener_table[i].meaning));
        row_end(out);
    }
}

void page_configuration(const struct reference_page *page, FILE *out)
{
    static const char *const head[] = { N_("Setting"), N_("Default"), N_("Allowed"), N_("Meaning") };
    static const struct { enum config_origin origin; const char *title; } origins[] = {
        { CONFIG_POSTFIX, N_("Settings of Postfix") },
        { CONFIG_DOVECOT, N_("Settings of Dovecot") },
        { CONFIG_PLI, N_("Settings of Pli") },
    };
    (void)page;
    for (size_t i = 0; i < COUNT(origins); i++) {
        heading(out, 2, origins[i].title);
        table_head(out, COUNT(head), head);
        for (size_t j = 0; j < CONFIG_COUNT; j++) {
            const struct config_row *row = &config_table[j];
            if (row->origin != origins[i].origin)
                continue;
            cell_code(out, row->name);
            cell_code(out, row->initial);
            cell(out, row->choices != NULL ? row->choices : "");
            cell(out, _(row->meaning));
            row_end(out);
        }
    }
    ports(out);
}
