/*
 * print_fields.c - the fields that were asked for, a line for each packet,
 * separated by tabs: what tshark -T fields -e NAME ... prints. A field that
 * occurs several times in a packet has its values joined by commas.
 *
 * Only these fields are made, and a line is put together without searching:
 * every (protocol, row) knows its columns.
 */
#include "visualizer/face.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/i18n.h"

enum { MOST_PLACES = 64, FLUSH_AT = 1 << 16 };

/* One occurrence of a field in the packet: its column, and the next one of the same column. */
struct occurrence {
    const struct field *field;
    uint32_t next;          /* index + 1; 0 at the end */
};

struct column {
    uint32_t first, last;   /* occurrence index + 1; 0 for none */
};

struct work {
    const struct print_options *options;
    FILE *out;
    struct buf text;
    uint16_t *columns[PROTOCOL_COUNT]; /* for each row: column + 1, 0 for none */
    uint16_t *repeats;      /* for each column: an earlier column with the same name + 1 */
    struct column *line;
    struct occurrence *occurrences;
    size_t occurrence_room;
};

static void flush(struct work *work)
{
    if (work->text.len > 0)
        fwrite(work->text.data, 1, work->text.len, work->out);
    buf_clear(&work->text);
}

static void write_column(struct work *work, const struct column *column)
{
    for (uint32_t at = column->first; at != 0; at = work->occurrences[at - 1].next) {
        if (at != column->first)
            write_byte(&work->text, ',');
        field_write(work->occurrences[at - 1].field, &work->text);
    }
}

static void collect(struct work *work, const struct packet *packet)
{
    if (packet->field_count > work->occurrence_room) {
        work->occurrence_room = packet->field_count * 2;
        work->occurrences = mem_grow(work->occurrences, work->occurrence_room, sizeof *work->occurrences);
    }
    uint32_t used = 0;
    for (size_t i = 0; i < packet->field_count; i++) {
        const struct field *field = &packet->fields[i];
        uint16_t number = work->columns[field->protocol][field->row];
        if (number == 0)
            continue;
        struct column *column = &work->line[number - 1];
        work->occurrences[used++] = (struct occurrence){ field, 0 };
        if (column->first == 0)
            column->first = used;
        else
            work->occurrences[column->last - 1].next = used;
        column->last = used;
    }
}

static void print_packet(void *context, const struct packet *packet)
{
    struct work *work = context;
    size_t count = work->options->field_count;
    memset(work->line, 0, count * sizeof *work->line);
    collect(work, packet);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            write_byte(&work->text, '\t');
        write_column(work, &work->line[work->repeats[i] > 0 ? work->repeats[i] - 1U : i]);
    }
    write_byte(&work->text, '\n');
    if (work->text.len >= FLUSH_AT)
        flush(work);
}

static int place_columns(struct work *work, struct wants *wants, struct buf *error)
{
    for (size_t i = 0; i < work->options->field_count; i++) {
        struct field_place places[MOST_PLACES];
        size_t count = fields_find(work->options->fields[i], places, MOST_PLACES);
        if (count == 0) {
            buf_printf(error, _("There is no field called %s. Names are those of Wireshark's display filters; "
                                "--print json shows which ones a capture has."), work->options->fields[i]);
            return -1;
        }
        for (size_t k = 0; k < count && k < MOST_PLACES; k++) {
            uint16_t *column = &work->columns[places[k].protocol][places[k].row];
            if (*column > 0)
                work->repeats[i] = *column;
            else
                *column = (uint16_t)(i + 1);
        }
        wants_add(wants, work->options->fields[i]);
    }
    return 0;
}

static void write_header(struct work *work)
{
    for (size_t i = 0; i < work->options->field_count; i++)
        buf_printf(&work->text, "%s%s", i > 0 ? "\t" : "", work->options->fields[i]);
    buf_add(&work->text, "\n", 1);
}

int print_fields(struct trace *trace, const struct print_options *options, FILE *out, struct buf *error)
{
    if (options->field_count == 0) {
        buf_add_text(error, _("--print fields needs at least one -e FIELD, for example -e frame.number -e ip.src."));
        return -1;
    }
    struct work work = { .options = options, .out = out };
    struct wants *wants = wants_new();
    wants->values_only = true;
    buf_init(&work.text, SIZE_MAX / 4);
    for (size_t i = 0; i < PROTOCOL_COUNT; i++)
        work.columns[i] = mem_alloc((protocols[i]->row_count + 1) * sizeof **work.columns);
    work.repeats = mem_alloc(options->field_count * sizeof *work.repeats);
    work.line = mem_alloc(options->field_count * sizeof *work.line);
    int result = place_columns(&work, wants, error);
    if (result == 0) {
        if (options->header)
            write_header(&work);
        face_pass(trace, options->selection, print_packet, &work, wants);
        flush(&work);
    }
    for (size_t i = 0; i < PROTOCOL_COUNT; i++)
        free(work.columns[i]);
    free(work.repeats);
    free(work.line);
    free(work.occurrences);
    buf_free(&work.text);
    wants_free(wants);
    return result;
}
