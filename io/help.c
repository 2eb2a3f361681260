#include "help.h"

#include <string.h>

#include "io/i18n.h"
#include "io/reader.h"
#include "io/text.h"

#define KEYS_COLUMNS 20
#define NAME_COLUMNS 16
#define KEYS_SHOWN 8

/* "n Right": the keys that reach the row, as people read them. */
static void reached_keys(const struct key_table *keys, const struct key_row *row, struct buf *out)
{
    char name[16];
    int found[KEYS_SHOWN];
    size_t count = keys_of_row(keys, row, found, KEYS_SHOWN);
    for (size_t i = 0; i < count; i++)
        buf_printf(out, "%s%s", out->len > 0 ? "  " : "", keys_name(found[i], name));
}

static void build_row(struct page *page, const struct key_table *keys, const struct key_row *row, int columns)
{
    struct buf names, padded;
    int indent = columns >= 100 ? KEYS_COLUMNS + NAME_COLUMNS + 3 : KEYS_COLUMNS + 2;
    buf_init(&names, 256);
    buf_init(&padded, 1024);
    reached_keys(keys, row, &names);
    if (names.len > 0) {
        text_pad(&padded, buf_text(&names), KEYS_COLUMNS);
        page_add(page, TONE_PLAIN, " ");
        page_add(page, TONE_PLAIN | PAINT_BOLD, buf_text(&padded));
        if (columns >= 100) {
            buf_clear(&padded);
            text_pad(&padded, row->name, NAME_COLUMNS);
            page_add(page, TONE_NONE, " ");
            page_add(page, TONE_NONE, buf_text(&padded));
        }
        page_add(page, TONE_PLAIN, " ");
        page_paragraph(page, TONE_PLAIN, columns, indent, span_of(_(row->help)));
    }
    buf_free(&names);
    buf_free(&padded);
}

void help_build(struct page *page, const struct key_table *keys, int columns)
{
    for (const struct key_table *table = keys; table != NULL; table = table->next) {
        page_end(page);
        page_add(page, TONE_PLAIN, " ");
        page_add(page, TONE_PLAIN | PAINT_BOLD | PAINT_UNDERLINE, _(table->title));
        page_end(page);
        for (size_t i = 0; i < table->count; i++)
            build_row(page, keys, &table->rows[i], columns);
    }
}

static void head(void *context, struct buf *left, struct buf *right)
{
    (void)context;
    (void)right;
    buf_add_text(left, _("Help: the keys of this screen"));
}

static void build(void *context, struct page *page, int columns)
{
    help_build(page, context, columns);
}

void help_push(struct views *views, const struct key_table *keys)
{
    static const struct reader_source source = { .head = head, .build = build };
    reader_push(views, &source, (void *)(uintptr_t)keys);
}
