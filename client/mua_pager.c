/*
 * The pager: one letter, its header decoded, its text wrapped to the screen.
 */
#include <stdlib.h>
#include <string.h>

#include "client/letter.h"
#include "client/mua_keys.h"
#include "client/mua_state.h"
#include "core/header.h"
#include "core/mem.h"
#include "io/i18n.h"
#include "io/reader.h"

#define TEXT_COLUMNS_MAX 100   /* longer lines are hard to read */
#define FIELD_MAX 65536

enum { PAGER_REPLY = ACTION_OWN, PAGER_DELETE, PAGER_HEADERS, PAGER_NEXT, PAGER_BACK };

struct pager {
    struct mua *mua;
    struct buf raw;
    bool all_headers;
};

static const struct key_row rows[] = {
    { PAGER_REPLY, "r", "reply", N_("Reply"), N_("Answer this letter.") },
    { PAGER_DELETE, "d", "delete", N_("Delete"), N_("Mark this letter as deleted, and go to the next.") },
    { PAGER_NEXT, "j Right", "next-letter", N_("Next"), N_("The next letter.") },
    { PAGER_BACK, "k Left", "letter-back", N_("One back"), N_("The letter before.") },
    { PAGER_HEADERS, "h", "headers", N_("All headers"), N_("All header fields as they came, or only the usual ones.") },
};

const struct key_table mua_pager_keys = { N_("Letter"), rows, sizeof rows / sizeof rows[0], &reader_keys };

/* --- building -------------------------------------------------------------------------- */

static void add_usual(struct page *page, struct span raw, int columns)
{
    static const struct { const char *name; const char *label; } fields[] = {
        { "Date", N_("Date") }, { "From", N_("From") }, { "To", N_("To") }, { "Cc", N_("Cc") },
        { "Reply-To", N_("Reply to") }, { "Subject", N_("Subject") },
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        struct buf value;
        buf_init(&value, FIELD_MAX);
        if (letter_field(raw, fields[i].name, &value)) {
            page_printf(page, (TONE_LAYER + 7) | PAINT_BOLD, " %s: ", _(fields[i].label));
            page_paragraph(page, i == 5 ? TONE_PLAIN | PAINT_BOLD : TONE_PLAIN, columns, 4, buf_span(&value));
        }
        buf_free(&value);
    }
}

static void add_all(struct page *page, struct span raw, int columns)
{
    struct header_walk walk;
    struct header_field field;
    header_start(&walk, raw);
    while (header_next(&walk, &field) == 1) {
        struct buf value;
        buf_init(&value, FIELD_MAX);
        page_add(page, TONE_PLAIN, " ");
        page_add_span(page, (TONE_LAYER + 7) | PAINT_BOLD, field.name);
        page_add(page, TONE_PLAIN, ": ");
        header_unfold(field.value, &value);
        page_paragraph(page, TONE_PLAIN, columns, 4, buf_span(&value));
        buf_free(&value);
    }
}

/* Quoted lines are fainter, signatures too. */
static void add_text(struct page *page, struct span text, int columns)
{
    bool signature = false;
    while (text.len > 0) {
        const char *end = memchr(text.at, '\n', text.len);
        size_t length = end != NULL ? (size_t)(end - text.at) : text.len, taken = length + (end != NULL);
        if (length > 0 && text.at[length - 1] == '\r')
            length--;
        struct span line = { text.at, length };
        signature = signature || span_is(line, "-- ");
        unsigned paint = signature || (length > 0 && text.at[0] == '>') ? TONE_NONE : TONE_PLAIN;
        if (length > 0)
            page_paragraph(page, paint, columns, 1, line);
        else
            page_end(page);
        text = (struct span){ text.at + taken, text.len - taken };
    }
}

static void add_other(void *context, const char *name, const char *type, size_t size)
{
    struct page *page = context;
    char text[32];
    page_printf(page, (TONE_LAYER + 6) | PAINT_BOLD, " \u25a0 %s ", name[0] != '\0' ? name : _("(no name)"));
    page_printf(page, TONE_NONE, " %s, %s", type, mua_size(size, text));
    page_end(page);
}

static void build(void *context, struct page *page, int columns)
{
    struct pager *pager = context;
    struct span raw = buf_span(&pager->raw);
    struct buf text;
    int width = columns < TEXT_COLUMNS_MAX ? columns - 1 : TEXT_COLUMNS_MAX;
    if (pager->all_headers)
        add_all(page, raw, columns - 1);
    else
        add_usual(page, raw, columns - 1);
    page_end(page);
    buf_init(&text, MUA_LETTER_MAX);
    if (letter_text(raw, &text))
        add_text(page, buf_span(&text), width);
    else
        page_paragraph(page, TONE_NONE, width, 1, span_of(_("This letter has no text to read.")));
    page_end(page);
    letter_others(raw, add_other, page);
    buf_free(&text);
}

static void head(void *context, struct buf *left, struct buf *right)
{
    struct pager *pager = context;
    const struct mail_envelope *letter = mua_selected(pager->mua);
    char date[32];
    if (letter == NULL)
        return;
    buf_printf(left, "%s", letter->subject != NULL && letter->subject[0] != '\0' ? letter->subject : _("(no subject)"));
    buf_printf(right, _("%s  %u of %zu"), mua_date(letter->date, date), letter->number, pager->mua->source->count);
}

/* --- acting ---------------------------------------------------------------------------- */

static int fetch(struct pager *pager, struct views *views)
{
    struct mail_envelope *letter = mua_selected(pager->mua);
    buf_clear(&pager->raw);
    if (letter == NULL || source_fetch(pager->mua->source, letter->number, &pager->raw) != 0) {
        mua_complain(pager->mua, views);
        return -1;
    }
    if (pager->mua->source->abilities & MAIL_CAN_FLAG)
        mua_flag(pager->mua, views, letter, MAIL_SEEN, 0);
    return 0;
}

static enum view_answer go(struct pager *pager, struct views *views, bool forward, enum reader_change *change)
{
    struct list *list = &pager->mua->list;
    if (forward ? list->selected + 1 >= list->count : list->selected == 0) {
        views_say(views, TONE_PLAIN, forward ? _("This is the last letter.") : _("This is the first letter."));
        return VIEW_STAYS;
    }
    list_select(list, forward ? list->selected + 1 : list->selected - 1);
    *change = READER_NEW;
    return fetch(pager, views) == 0 ? VIEW_STAYS : VIEW_CLOSES;
}

static enum view_answer act(void *context, struct views *views, int action, enum reader_change *change)
{
    struct pager *pager = context;
    struct mail_envelope *letter = mua_selected(pager->mua);
    if (letter == NULL)
        return VIEW_CLOSES;
    switch (action) {
    case PAGER_REPLY:
        compose_reply(pager->mua, views, letter, buf_span(&pager->raw));
        return VIEW_STAYS;
    case PAGER_DELETE:
        if (mua_flag(pager->mua, views, letter, MAIL_DELETED, 0) != 0)
            return VIEW_STAYS;
        if (pager->mua->list.selected + 1 >= pager->mua->list.count)
            return VIEW_CLOSES;
        return go(pager, views, true, change);
    case PAGER_NEXT: case PAGER_BACK:
        return go(pager, views, action == PAGER_NEXT, change);
    case PAGER_HEADERS:
        pager->all_headers = !pager->all_headers;
        *change = READER_NEW;
        return VIEW_STAYS;
    default:
        return VIEW_STAYS;
    }
}

static void close_pager(void *context)
{
    struct pager *pager = context;
    buf_free(&pager->raw);
    free(pager);
}

void pager_push(struct mua *mua, struct views *views)
{
    static const struct reader_source source = {
        .head = head, .build = build, .act = act, .close = close_pager, .keys = &mua_pager_keys,
    };
    struct pager *pager = mem_alloc(sizeof *pager);
    pager->mua = mua;
    buf_init(&pager->raw, MUA_LETTER_MAX);
    if (fetch(pager, views) != 0) {
        close_pager(pager);
        return;
    }
    reader_push(views, &source, pager);
}
