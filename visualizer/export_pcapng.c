/*
 * export_pcapng.c - the capture again, with all that was learnt about it: TLS
 * keys and names inside the file, and on the first packet of each exchange a
 * comment that says what it is and where it lives, which Wireshark shows too; and the
 * user's bookmarks and notes, likewise.
 *
 * The capture is read a second time by itself: the trace's own reading has
 * consumed secrets and names.
 */
#include "visualizer/export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/i18n.h"
#include "visualizer/notes.h"
#include "visualizer/pcapng_write.h"
#include "visualizer/print_exchange.h"

enum { COMMENT_MAX = 8192, KEYLOG_MAX = 1 << 24 };

static void take_secrets(void *context, uint32_t type, struct span data)
{
    if (type == CAPTURE_SECRETS_TLS)
        pcapng_write_tls_keys(context, data);
}

static void take_name(void *context, const uint8_t *address, size_t size, struct span name)
{
    char text[256];
    snprintf(text, sizeof text, "%.*s", (int)name.len, name.at);
    pcapng_write_name(context, address, size, text);
}

static int write_keylog(struct pcapng_writer *writer, const char *path, struct buf *error)
{
    struct buf keys;
    buf_init(&keys, KEYLOG_MAX);
    FILE *file = fopen(path, "r");
    char part[4096];
    size_t size;
    while (file != NULL && (size = fread(part, 1, sizeof part, file)) > 0)
        buf_add(&keys, part, size);
    const bool well = file != NULL && !ferror(file);
    if (well && keys.len > 0)
        pcapng_write_tls_keys(writer, buf_span(&keys));
    else if (!well)
        buf_printf(error, _("The file of TLS keys %s cannot be read."), path);
    if (file != NULL)
        fclose(file);
    buf_free(&keys);
    return well ? 0 : -1;
}

static void add_exchange(struct buf *comment, const struct exchange *exchange)
{
    char serves[LAYERS_SERVES_SIZE];
    const struct layer_row *row = exchange->row;
    buf_printf(comment, _("exchange %u: %s; lives at OSI layer %d"), exchange->number, _(exchange->name), row->osi);
    if (row->serves != 0)
        buf_printf(comment, _(", works for %s"), layers_serves(row->serves, serves));
    for (size_t i = 0; i < exchange->remark_count; i++)
        buf_printf(comment, "\n%s", _(exchange->remarks[i].text));
}

/* What the comment says already is not said again. */
static void add_news(struct buf *comment, struct buf *news)
{
    if (news->len > 0 && memmem(comment->data, comment->len, news->data, news->len) == NULL)
        buf_printf(comment, "%s%s", comment->len > 0 ? "\n" : "", buf_text(news));
    buf_clear(news);
}

static void add_notes(struct buf *comment, const struct note *note, struct buf *news)
{
    if (note != NULL && note->bookmark)
        buf_add_text(news, _("bookmark"));
    add_news(comment, news);
    if (note != NULL && note->text != NULL)
        buf_printf(news, _("note: %s"), note->text);
    add_news(comment, news);
}

struct sources {
    const struct exchange_list *list;
    const struct notes *notes;
};

/* What the packet said already comes first; what an earlier export added is not added again. */
static void comment_of(const struct sources *from, uint32_t number, struct span before, struct buf *comment)
{
    const struct exchange *found[16];
    struct buf news;
    size_t count = exchange_of_packet(from->list, number, found, sizeof found / sizeof found[0]);
    buf_init(&news, COMMENT_MAX);
    buf_clear(comment);
    buf_add_span(comment, before);
    for (size_t i = 0; i < count && i < sizeof found / sizeof found[0]; i++) {
        if (found[i]->first != number)
            continue;
        add_exchange(&news, found[i]);
        add_news(comment, &news);
        add_notes(comment, notes_find(from->notes, NOTE_ON_EXCHANGE, found[i]->number), &news);
    }
    add_notes(comment, notes_find(from->notes, NOTE_ON_PACKET, number), &news);
    buf_free(&news);
}

static void copy_packets(struct capture *capture, const struct sources *from, const struct selection *selection,
                         struct pcapng_writer *writer)
{
    struct buf comment;
    struct record record;
    uint32_t interfaces = 0;
    buf_init(&comment, COMMENT_MAX);
    for (uint32_t number = 1; capture_record(capture, number, &record); number++) {
        for (; interfaces <= record.interface; interfaces++) {
            const struct interface *interface = capture_interface(capture, interfaces);
            pcapng_write_interface(writer, interface != NULL ? interface->link : record.link,
                                   interface != NULL ? interface->name : NULL,
                                   interface != NULL ? interface->description : NULL);
        }
        if (!selection_has(selection, number))
            continue;
        comment_of(from, number, record.comment, &comment);
        const struct pcapng_packet packet = { .interface = record.interface, .time = record.time,
                                              .data = { (const char *)record.data, record.captured },
                                              .length = record.length,
                                              .comment = comment.len > 0 ? buf_text(&comment) : NULL };
        pcapng_write_packet(writer, &packet);
    }
    buf_free(&comment);
}

int export_pcapng(struct trace *trace, const struct export_options *options, const char *path, struct buf *error)
{
    const struct print_options print = { .reveal = options->reveal, .selection = options->selection };
    struct capture *capture = capture_open(options->file, error);
    struct pcapng_writer *writer = capture != NULL ? pcapng_write_open(path, "Pli " PLI_VERSION, error) : NULL;
    if (writer == NULL) {
        capture_free(capture);
        return -1;
    }
    struct exchange_list *list = print_collect(trace, &print);
    struct notes *notes = notes_open(options->file, exchange_start_time(list), error);
    int status = options->keylog != NULL ? write_keylog(writer, options->keylog, error) : 0;
    const struct capture_hooks hooks = { .context = writer, .secrets = take_secrets, .name = take_name };
    capture_set_hooks(capture, &hooks);
    capture_index(capture, 0);
    pcapng_write_names_end(writer);
    copy_packets(capture, &(struct sources){ list, notes }, options->selection, writer);
    if (pcapng_write_close(writer, error) != 0)
        status = -1;
    notes_free(notes);
    exchange_list_free(list);
    capture_free(capture);
    return status;
}
