#include "visualizer/tui_letter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/i18n.h"
#include "io/reader.h"
#include "visualizer/exchange_letter.h"
#include "visualizer/print_exchange.h"
#include "visualizer/tui_keys.h"

static const struct key_row rows[] = {
    { ACTION_CLOSE, "l", "close-letter", NULL, N_("Back to the list.") },
};

const struct key_table tui_letter_keys = { N_("Letter"), rows, sizeof rows / sizeof rows[0], &reader_keys };

static void head(void *context, struct buf *left, struct buf *right)
{
    const struct tui *tui = context;
    (void)right;
    buf_printf(left, "%s \u00b7 %s", _("Letter"), tui->options.title);
}

/* A hop begins with its number, what belongs to it is indented further; a letter begins with neither. */
static unsigned paint_of(const char *line, bool first)
{
    if (first)
        return TONE_PLAIN | PAINT_BOLD;
    return line[0] == ' ' && line[1] >= '0' && line[1] <= '9' ? (TONE_LAYER + 7) | PAINT_BOLD : TONE_PLAIN;
}

static void build(void *context, struct page *page, int columns)
{
    const struct tui *tui = context;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return;
    print_letters(tui->list, NULL, out);
    fclose(out);
    bool first = true;
    for (const char *at = text; *at != '\0';) {
        size_t length = strcspn(at, "\n");
        if (length > 0) /* the first line goes on after nothing, what is too long is indented */
            page_add(page, TONE_PLAIN, "");
        page_paragraph(page, paint_of(at, first), columns - 1, 11, (struct span){ at, length });
        first = length == 0;
        at += length + (at[length] == '\n');
    }
    free(text);
}

void letter_push(struct tui *tui, struct views *views)
{
    static const struct reader_source source = { .head = head, .build = build, .keys = &tui_letter_keys };
    if (letter_count(tui->list) == 0)
        views_say(views, TONE_PLAIN, "%s",
                  _("No letter goes over in this capture, or only inside TLS whose keys are not known."));
    else
        reader_push(views, &source, tui);
}
