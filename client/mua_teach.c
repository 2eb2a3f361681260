/*
 * mua_teach.c - what only a teaching client shows: the wire line by line with
 * explanations, the states of the protocol, what TLS came to, POP3 beside
 * IMAP, the way that a letter came.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/hops.h"
#include "client/mua_keys.h"
#include "client/mua_state.h"
#include "core/mem.h"
#include "core/tls.h"
#include "io/diagram.h"
#include "io/i18n.h"
#include "io/prompt.h"
#include "io/reader.h"
#include "io/text.h"

/* --- a page that is built from something ----------------------------------------------------- */

struct sheet {
    struct mua *mua;
    const char *title;
    void (*build)(struct sheet *sheet, struct page *page, int columns);
    struct buf raw;                /* of a letter, or empty */
    struct wire_line line;         /* or text NULL */
};

static void sheet_head(void *context, struct buf *left, struct buf *right)
{
    (void)right;
    buf_add_text(left, _(((struct sheet *)context)->title));
}

static void sheet_build(void *context, struct page *page, int columns)
{
    ((struct sheet *)context)->build(context, page, columns);
}

static void sheet_close(void *context)
{
    struct sheet *sheet = context;
    buf_free(&sheet->raw);
    wire_line_free(&sheet->line);
    free(sheet);
}

static struct sheet *sheet_push(struct mua *mua, const char *title,
                                void (*build)(struct sheet *sheet, struct page *page, int columns))
{
    static const struct reader_source source = { .head = sheet_head, .build = sheet_build, .close = sheet_close };
    struct sheet *sheet = mem_alloc(sizeof *sheet);
    *sheet = (struct sheet){ .mua = mua, .title = title, .build = build };
    buf_init(&sheet->raw, MUA_LETTER_MAX);
    reader_push(mua->views, &source, sheet);
    return sheet;
}

/* --- the wire ------------------------------------------------------------------------------------ */

struct wire_view {
    struct mua *mua;
    struct list list;
    size_t first;      /* the line of the wire that the list begins with */
};

static const struct key_row rows[] = {
    { ACTION_OPEN, "Enter Right", "explain", N_("Explain"), N_("What this line means, and where that is written.") },
    { MUA_EXPORT, "e", "export", N_("Export"), N_("Write all of it to a .dialogue file, which bin/dialogue plays.") },
    { MUA_MACHINE, "M", "states", N_("States"), N_("The states of the protocol, the present one lit.") },
    { MUA_TLS, "i", "tls", N_("TLS"),
      N_("Version, cipher and certificates of the connection; what the server can do.") },
    { MUA_STEP, "S", "step", N_("Step mode"), N_("Stop before commands leave: look, change, drop or delay them.") },
    { ACTION_CLOSE, "q w", "close", N_("Back"), N_("Back to where you came from.") },
};

const struct key_table mua_wire_keys = { N_("The wire"), rows, sizeof rows / sizeof rows[0], &list_keys };

static void wire_head(void *context, struct buf *left, struct buf *right)
{
    struct wire_view *view = context;
    buf_add_text(left, _("The wire: C: is this program, S: the server"));
    buf_printf(right, ngettext("%zu line", "%zu lines", view->list.count), view->list.count);
}

static void wire_row(void *context, struct screen *screen, struct area area, size_t index, unsigned selected)
{
    struct wire_view *view = context;
    struct wire_line line;
    if (!wire_get(view->mua->wire, view->first + index, &line))
        return;
    wire_draw_line(&line, screen, area, selected);
    wire_line_free(&line);
}

static void count_lines(struct wire_view *view)
{
    size_t count = wire_count(view->mua->wire);
    view->first = count > WIRE_LINES ? count - WIRE_LINES : 0;
    view->list.count = count - view->first;
}

static void wire_view_draw(void *context, struct screen *screen, struct area area)
{
    struct wire_view *view = context;
    count_lines(view);
    struct wire_account last = wire_last(view->mua->wire);
    struct buf text;
    buf_init(&text, 1000);
    wire_say(&last, &text);
    screen_put(screen, area_top(&area, 1), 0, 1, TONE_NONE, buf_text(&text));
    list_draw(&view->list, screen, area, wire_row, view);
    buf_free(&text);
}

static void build_line(struct sheet *sheet, struct page *page, int columns)
{
    wire_explain(&sheet->line, page, columns < 100 ? columns : 100);
}

static void export(struct mua *mua)
{
    char path[MUA_PATH_MAX] = "mail.dialogue";
    if (prompt_line(mua->views, _("Write the dialogue to:"), path, sizeof path) != 0 || path[0] == '\0')
        return;
    if (wire_export(mua->wire, path) == 0)
        views_say(mua->views, TONE_GOOD, _("Written to %s."), path);
    else
        views_say(mua->views, TONE_BAD, _("%s could not be written: %s"), path, strerror(errno));
}

static enum view_answer wire_act(void *context, struct views *views, int action, const struct screen_event *event)
{
    struct wire_view *view = context;
    (void)views;
    if (action == MUA_EXPORT) {
        export(view->mua);
    } else if (action == ACTION_OPEN && view->list.count > 0) {
        struct wire_line line;
        if (wire_get(view->mua->wire, view->first + view->list.selected, &line))
            sheet_push(view->mua, N_("What this line means"), build_line)->line = line;
    } else if (!mua_common_act(view->mua, action)) {
        list_act(&view->list, action, event);
    }
    return VIEW_STAYS;
}

static void wire_close(void *context)
{
    free(context);
}

void wire_push(struct mua *mua)
{
    static const struct view_ops ops = { .keys = &mua_wire_keys, .rows = 8, .columns = 40, .head = wire_head,
                                         .draw = wire_view_draw, .act = wire_act, .close = wire_close };
    struct wire_view *view = mem_alloc(sizeof *view);
    view->mua = mua;
    count_lines(view);
    list_select(&view->list, view->list.count);
    views_push(mua->views, &ops, view);
}

/* --- states -------------------------------------------------------------------------------------- */

static void build_machine(struct sheet *sheet, struct page *page, int columns)
{
    const char *state;
    const struct machine_table *table = wire_machine(sheet->mua->wire, &state);
    if (table == NULL) {
        page_paragraph(page, TONE_PLAIN, columns - 1, 1, span_of(
            _("Nothing passed on a wire: a Maildir on this machine needs no protocol.")));
        return;
    }
    const struct diagram diagram = { .table = table, .lit = state };
    page_end(page);
    diagram_build(&diagram, page, columns);
}

void states_push(struct mua *mua)
{
    sheet_push(mua, N_("The states of the protocol"), build_machine);
}

/* --- TLS and capabilities ---------------------------------------------------------------------------- */

static void add_fact(struct page *page, const char *name, const char *value, unsigned paint, int columns)
{
    if (value == NULL || value[0] == '\0')
        return;
    page_add(page, TONE_PLAIN, "   ");
    struct buf padded;
    buf_init(&padded, 200);
    text_pad(&padded, name, 18);
    page_add(page, TONE_NONE, buf_text(&padded));
    buf_free(&padded);
    page_paragraph(page, paint, columns - 1, 21, span_of(value));
}

static void add_title(struct page *page, const char *text)
{
    page_end(page);
    page_printf(page, TONE_PLAIN | PAINT_BOLD | PAINT_UNDERLINE, " %s", text);
    page_end(page);
}

/* What the server said it can do, before TLS and after: the lines of its answers, as the wire has them. */
static void add_capabilities(struct sheet *sheet, struct page *page, int columns)
{
    struct wire_line line;
    size_t count = wire_count(sheet->mua->wire);
    bool tls = false, titled = false;
    for (size_t i = count > WIRE_LINES ? count - WIRE_LINES : 0; i < count; i++) {
        if (!wire_get(sheet->mua->wire, i, &line))
            continue;
        bool asked = line.command != NULL && (strcmp(line.command->name, "CAPABILITY") == 0 ||
                                              strcmp(line.command->name, "CAPA") == 0 ||
                                              strcmp(line.command->name, "EHLO") == 0);
        if (line.kind == WATCH_TLS || line.kind == WATCH_GREETING) {
            tls = line.kind == WATCH_TLS;
            titled = false;
        }
        if (!line.from_client && line.kind != WATCH_TLS && (asked || strstr(line.text, "[CAPABILITY") != NULL ||
                                                           strncmp(line.text, "* CAPABILITY", 12) == 0)) {
            if (!titled)
                add_title(page, tls ? _("What the server can do, after TLS began") : _("What the server can do"));
            titled = true;
            page_paragraph(page, TONE_PLAIN, columns - 1, 3, span_of(line.text));
        }
        wire_line_free(&line);
    }
}

static void build_security(struct sheet *sheet, struct page *page, int columns)
{
    struct mail_status status = { .protocol = "" };
    struct mua *mua = sheet->mua;
    int width = columns < 110 ? columns : 110;
    if (mua->source != NULL)
        source_status(mua->source, &status);
    add_title(page, _("The connection"));
    add_fact(page, _("protocol"), status.protocol, TONE_PLAIN, width);
    add_fact(page, _("security"), status.security, TONE_PLAIN | PAINT_BOLD, width);
    if (status.tls != NULL) {
        struct tls_info info;
        char bits[32];
        const char *problem = tls_verified(status.tls);
        tls_describe(status.tls, &info);
        snprintf(bits, sizeof bits, ngettext("%d bit", "%d bits", (unsigned long)info.bits), info.bits);
        add_fact(page, _("version"), info.version, TONE_PLAIN, width);
        add_fact(page, _("cipher"), info.cipher, TONE_PLAIN, width);
        add_fact(page, _("key"), bits, TONE_PLAIN, width);
        add_fact(page, _("asked for"), info.server_name, TONE_PLAIN, width);
        add_fact(page, _("taken up again"), info.resumed ? _("yes: the keys come of an earlier session") : _("no"),
                 TONE_PLAIN, width);
        add_title(page, _("The server's certificate"));
        add_fact(page, _("verdict"), problem == NULL ? _("it holds: names, dates and chain") : problem,
                 (problem == NULL ? TONE_GOOD : TONE_BAD) | PAINT_BOLD, width);
        add_fact(page, _("it is of"), info.subject, TONE_PLAIN, width);
        add_fact(page, _("for the names"), info.names, TONE_PLAIN, width);
        add_fact(page, _("issued by"), info.issuer, TONE_PLAIN, width);
        add_fact(page, _("valid until"), info.expires, TONE_PLAIN, width);
        char *halves = mem_printf("%.47s %s", info.fingerprint, info.fingerprint + strnlen(info.fingerprint, 48));
        add_fact(page, "SHA-256", halves, TONE_PLAIN, width);
        free(halves);
        struct buf chain;
        buf_init(&chain, 16000);
        tls_chain(status.tls, &chain);
        add_title(page, _("The chain, as the server sent it"));
        page_paragraph(page, TONE_PLAIN, width - 1, 3, buf_span(&chain));
        buf_free(&chain);
    }
    add_capabilities(sheet, page, width);
}

void security_push(struct mua *mua)
{
    sheet_push(mua, N_("TLS, and what the server can do"), build_security);
}

/* --- POP3 beside IMAP --------------------------------------------------------------------------------- */

/* One wish, two dialogues, and where the result is kept. */
static const struct { const char *wish, *pop3, *imap, *keeps; } comparison[] = {
    { N_("Say who I am"), "USER rachida\nPASS ********", "A1 LOGIN rachida ********",
      N_("Neither keeps anything: it ends with the connection.") },
    { N_("What is there?"), "STAT\nLIST\nUIDL", "A2 SELECT INBOX\nA3 FETCH 1:* (UID FLAGS ENVELOPE)",
      N_("POP3: the client remembers by UIDL what it has. IMAP: the server knows all, and tells what is new.") },
    { N_("Show me letter 3"), "RETR 3", "A4 UID FETCH 42 (BODY.PEEK[1])",
      N_("POP3 hands over the whole letter. IMAP hands over the part that is wanted, and it stays there.") },
    { N_("I have read it"), N_("(there is no word for that)"), "A5 UID STORE 42 +FLAGS.SILENT (\\Seen)",
      N_("POP3: this machine alone remembers. IMAP: the server does, and all my machines see it.") },
    { N_("Remove it"), "DELE 3\nQUIT", "A6 UID STORE 42 +FLAGS.SILENT (\\Deleted)\nA7 EXPUNGE",
      N_("POP3: gone after QUIT, when the server enters the UPDATE state; a lost connection removes nothing. "
         "IMAP: marked first, removed when I say so; until then it can be taken back.") },
    { N_("File it"), N_("(there are no folders)"), "A8 UID MOVE 42 Archive",
      N_("POP3: a copy on this machine. IMAP: in a folder of the server.") },
    { N_("Tell me when something comes"), N_("(a new connection now and then)"), "A9 IDLE\nDONE",
      N_("POP3: the maildrop is locked while I am in it, and shows what was there at login. "
         "IMAP: the server tells by itself.") },
    { N_("Goodbye"), "QUIT", "A10 LOGOUT",
            N_("POP3: QUIT is what makes deletions true. IMAP: nothing depends on it.") },
};

static void add_dialogue(struct page *page, const char *name, const char *lines, int columns)
{
    while (*lines != '\0') {
        size_t length = strcspn(lines, "\n");
        page_printf(page, TONE_NONE, "   %-5s ", name);
        page_add(page, (TONE_LAYER + 7), *lines == '(' ? "   " : "C: ");
        page_paragraph(page, *lines == '(' ? TONE_NONE : TONE_PLAIN | PAINT_BOLD, columns - 1, 12,
                       (struct span){ lines, length });
        lines += length + (lines[length] == '\n');
        name = "";
    }
}

static void build_comparison(struct sheet *sheet, struct page *page, int columns)
{
    int width = columns < 100 ? columns : 100;
    (void)sheet;
    for (size_t i = 0; i < sizeof comparison / sizeof comparison[0]; i++) {
        add_title(page, _(comparison[i].wish));
        add_dialogue(page, "POP3", comparison[i].pop3[0] == '(' ? _(comparison[i].pop3) : comparison[i].pop3, width);
        add_dialogue(page, "IMAP", comparison[i].imap, width);
        page_paragraph(page, TONE_LAYER + 5, width - 1, 9, span_of(_(comparison[i].keeps)));
    }
}

void compare_push(struct mua *mua)
{
    sheet_push(mua, N_("One wish, two dialogues: POP3 beside IMAP"), build_comparison);
}

/* --- the way of a letter -------------------------------------------------------------------------------- */

static void build_hops(struct sheet *sheet, struct page *page, int columns)
{
    hops_build(buf_span(&sheet->raw), page, columns < 110 ? columns : 110);
}

void hops_push(struct mua *mua, struct span raw)
{
    struct sheet *sheet = sheet_push(mua, N_("The way of this letter: envelope, header, servers"), build_hops);
    buf_add_span(&sheet->raw, raw);
}
