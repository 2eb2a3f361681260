/*
 * mua_pager.c - one letter: its header decoded, its text wrapped to the
 * screen, its parts; or all of it raw. Below it, the wire.
 */
#include <stdlib.h>
#include <string.h>

#include "client/letter.h"
#include "client/mua_call.h"
#include "client/mua_keys.h"
#include "client/mua_state.h"
#include "core/header.h"
#include "core/mem.h"
#include "core/mime.h"
#include "io/i18n.h"
#include "io/prompt.h"
#include "io/reader.h"

#define TEXT_COLUMNS_MAX 100   /* longer lines are hard to read */
#define FIELD_MAX 65536

struct pager {
    struct mua *mua;
    struct buf raw;
    struct page page;
    int columns;               /* that the page was built for; 0: not built */
    bool all_headers, source;
    char search[256];
};

static const struct key_row rows[] = {
    { MUA_DELETE, "d", "delete", N_("Delete"), N_("Mark this letter as deleted, and go to the next.") },
    { MUA_NEXT, "j Right", "next-letter", N_("Next"), N_("The next letter.") },
    { MUA_BACK, "k Left", "letter-back", N_("One back"), N_("The letter before.") },
    { MUA_HEADERS, "h", "headers", N_("Headers"), N_("All header fields as they came, or only the usual ones.") },
    { MUA_RAW, "e", "source", N_("Source"), N_("The letter byte for byte, or decoded again.") },
    { MUA_PARTS, "v", "parts", N_("Parts"), N_("The tree of its parts: raw and decoded, to be saved and opened.") },
    { MUA_HOPS, "H", "hops", N_("Way"),
      N_("Which servers it came through and how long each took; envelope and header.") },
    { MUA_LINKS, "l", "links", NULL, N_("The links in its text, to open one.") },
    { ACTION_CLOSE, "q x", "close", N_("Index"), N_("Back to the list.") },
};

static const struct key_table common = { N_("Looking at the protocol"), mua_common_rows, MUA_COMMON_ROWS,
        &reader_keys };
static const struct key_table letters = { N_("Letters"), mua_letter_rows, MUA_LETTER_ROWS, &common };
const struct key_table mua_pager_keys = { N_("Letter"), rows, sizeof rows / sizeof rows[0], &letters };

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

/* The parts besides the text, with the numbers that IMAP gives them. */
static void add_others(struct page *page, struct span raw)
{
    struct mime_tree tree;
    char size[32];
    mime_parse(raw, &tree);
    long readable = mime_readable(&tree);
    for (size_t i = 1; i < tree.count; i++) {
        const struct mime_part *part = &tree.parts[i];
        if (part->is_multipart || (long)i == readable)
            continue;
        struct buf number;
        const struct content_parameter *name = mime_filename(part);
        buf_init(&number, 1000);
        mime_number(&tree, i, &number);
        page_printf(page, (TONE_LAYER + 6) | PAINT_BOLD, " \u25a0 %s ", name != NULL ? name->value : _("(no name)"));
        page_printf(page, TONE_NONE, " %s/%s, %s   BODY[%s]", part->type.type,
                    part->type.subtype != NULL ? part->type.subtype : "", mua_size(part->body_length,
                            size) + strspn(size, " "),
                    buf_text(&number));
        page_end(page);
        buf_free(&number);
    }
    mime_free(&tree);
}

static void add_source(struct page *page, struct span raw)
{
    while (raw.len > 0) {
        const char *end = memchr(raw.at, '\n', raw.len);
        size_t taken = end != NULL ? (size_t)(end - raw.at) + 1 : raw.len;
        page_add(page, TONE_PLAIN, " ");
        page_add_span(page, TONE_PLAIN, (struct span){ raw.at, taken });
        page_end(page);
        raw = (struct span){ raw.at + taken, raw.len - taken };
    }
}

static void build(struct pager *pager, int columns)
{
    struct span raw = buf_span(&pager->raw);
    struct page *page = &pager->page;
    struct buf text;
    int width = columns < TEXT_COLUMNS_MAX ? columns - 1 : TEXT_COLUMNS_MAX;
    page_clear(page);
    pager->columns = columns;
    if (pager->source) {
        add_source(page, raw);
        return;
    }
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
    add_others(page, raw);
    buf_free(&text);
}

/* --- the screen ---------------------------------------------------------------------------- */

static void head(void *context, struct buf *left, struct buf *right)
{
    struct pager *pager = context;
    const struct mail_envelope *letter = mua_selected(pager->mua);
    char date[32];
    if (letter == NULL)
        return;
    buf_printf(left, "%s", letter->subject != NULL && letter->subject[0] != '\0' ? letter->subject : _("(no subject)"));
    buf_printf(right, _("%s%s  %u of %zu"), letter->flags & MAIL_DELETED ? _("deleted  ") : "",
               mua_date(letter->date, date), letter->number, pager->mua->source->count);
}

static void draw(void *context, struct screen *screen, struct area area)
{
    struct pager *pager = context;
    mua_draw_wire(pager->mua, screen, &area);
    if (pager->columns != area.columns)
        build(pager, area.columns);
    page_draw(&pager->page, screen, area);
    if (pager->page.line_count - pager->page.top > (size_t)(area.rows > 0 ? area.rows : 0))
        screen_put_right(screen, area_bottom(&area, 1), 0, TONE_NONE | PAINT_REVERSE, _(" more below "));
}

static int fetch(struct pager *pager)
{
    struct mail_envelope *letter = mua_selected(pager->mua);
    buf_clear(&pager->raw);
    pager->columns = 0;
    pager->page.top = 0;
    pager->source = false;
    if (letter == NULL || mua_fetch(pager->mua, letter->number, &pager->raw) != 0)
        return -1;
    if ((letter->flags & MAIL_SEEN) == 0 && (pager->mua->source->abilities & MAIL_CAN_FLAG))
        mua_flag(pager->mua, &letter->number, 1, MAIL_SEEN, 0);
    return 0;
}

static enum view_answer go(struct pager *pager, bool forward)
{
    struct list *list = &pager->mua->list;
    if (forward ? list->selected + 1 >= list->count : list->selected == 0) {
        views_say(pager->mua->views, TONE_PLAIN,
                  forward ? _("This is the last letter.") : _("This is the first letter."));
        return VIEW_STAYS;
    }
    list_select(list, forward ? list->selected + 1 : list->selected - 1);
    return fetch(pager) == 0 ? VIEW_STAYS : VIEW_CLOSES;
}

static void find_links(struct pager *pager)
{
    struct buf text;
    buf_init(&text, MUA_LETTER_MAX);
    letter_text(buf_span(&pager->raw), &text);
    links_choose(pager->mua, buf_span(&text));
    buf_free(&text);
}

static void search(struct pager *pager, bool again)
{
    if ((!again && prompt_line(pager->mua->views, _("Search:"), pager->search, sizeof pager->search) != 0) ||
        pager->search[0] == '\0')
        return;
    size_t line = page_find(&pager->page, pager->search, pager->page.top + 1);
    if (line < pager->page.line_count)
        pager->page.top = line;
    else
        views_say(pager->mua->views, TONE_PLAIN, _("\"%s\" does not occur below."), pager->search);
}

/* The letter is here: nothing has to be fetched for these. */
static bool act_on_text(struct pager *pager, int action, const struct mail_envelope *letter)
{
    struct span raw = buf_span(&pager->raw);
    switch (action) {
    case MUA_REPLY: case MUA_REPLY_ALL: case MUA_FORWARD: compose_from(pager->mua, action, letter, raw); return true;
    case MUA_BOUNCE: compose_bounce(pager->mua, raw); return true;
    case MUA_PARTS: parts_push(pager->mua, raw, letter->uid); return true;
    case MUA_HOPS: hops_push(pager->mua, raw); return true;
    case MUA_LINKS: find_links(pager); return true;
    case MUA_SAVE: parts_save(pager->mua, raw, "letter.eml"); return true;
    case MUA_PIPE: parts_pipe(pager->mua, raw); return true;
    case MUA_HEADERS: case MUA_RAW:
        pager->all_headers = action == MUA_HEADERS && !pager->all_headers;
        pager->source = action == MUA_RAW && !pager->source;
        pager->columns = 0;
        pager->page.top = 0;
        return true;
    case ACTION_SEARCH: case ACTION_SEARCH_AGAIN: search(pager, action == ACTION_SEARCH_AGAIN); return true;
    default: return page_act(&pager->page, action) || mua_common_act(pager->mua, action);
    }
}

static enum view_answer act(void *context, struct views *views, int action, const struct screen_event *event)
{
    struct pager *pager = context;
    struct mua *mua = pager->mua;
    const struct mail_envelope *letter = mua_selected(mua);
    (void)views, (void)event;
    if (letter == NULL)
        return VIEW_CLOSES;
    if (action == MUA_NEXT || action == MUA_BACK)
        return go(pager, action == MUA_NEXT);
    mua->tagged_next = false;
    size_t count = mua->source->count;
    if (act_on_text(pager, action, letter) || !mua_letters_act(mua, action))
        return VIEW_STAYS;
    if (mua->source->count != count) /* it was moved away: the next one stands in its place */
        return mua->list.count > 0 && fetch(pager) == 0 ? VIEW_STAYS : VIEW_CLOSES;
    if (action != MUA_DELETE || (mua_selected(mua)->flags & MAIL_DELETED) == 0)
        return VIEW_STAYS;
    return mua->list.selected + 1 >= mua->list.count ? VIEW_CLOSES : go(pager, true);
}

static void close_pager(void *context)
{
    struct pager *pager = context;
    page_free(&pager->page);
    buf_free(&pager->raw);
    free(pager);
}

void pager_push(struct mua *mua)
{
    static const struct view_ops ops = { .keys = &mua_pager_keys, .rows = 8, .columns = 40, .head = head,
                                         .draw = draw, .act = act, .close = close_pager };
    struct pager *pager = mem_alloc(sizeof *pager);
    pager->mua = mua;
    page_init(&pager->page);
    buf_init(&pager->raw, MUA_LETTER_MAX);
    if (fetch(pager) != 0)
        close_pager(pager);
    else
        views_push(mua->views, &ops, pager);
}
