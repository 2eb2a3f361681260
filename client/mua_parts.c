/*
 * mua_parts.c - the tree of a letter's parts, with the numbers by which IMAP
 * asks for them; beside it the selected part as it travelled, and decoded.
 * And what can be done with one: save, open, pipe, follow links.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "client/letter.h"
#include "client/mua_keys.h"
#include "client/mua_state.h"
#include "core/html_text.h"
#include "core/mem.h"
#include "core/mime.h"
#include "io/charset.h"
#include "io/dialog.h"
#include "io/durable.h"
#include "io/i18n.h"
#include "io/program.h"
#include "io/prompt.h"
#include "io/text.h"

enum { SHOWN_MAX = 64 << 10, LINKS_MAX = 200, TREE_COLUMNS = 38 };

struct parts {
    struct mua *mua;
    struct buf raw;
    char *uid;
    struct mime_tree tree;
    struct list list;
    struct page encoded, decoded;
    size_t shown;                  /* the part that the pages are of, SIZE_MAX: none */
    int columns;
};

static const struct key_row rows[] = {
    { MUA_OPEN_PART, "Enter o", "open", N_("Open"), N_("Open this part with the program that is meant for it.") },
    { MUA_SAVE, "s", "save-part", N_("Save"), N_("Write this part, decoded, to a file.") },
    { MUA_PIPE, "|", "pipe", N_("Pipe"), N_("Give this part, decoded, to another program.") },
    { MUA_LINKS, "l", "links", N_("Links"), N_("The links in its text, to open one.") },
    { ACTION_PAGE_DOWN, "Space PageDown", "page-down", N_("Page down"), N_("One page down, in what is decoded.") },
    { ACTION_PAGE_UP, "- PageUp", "page-up", NULL, N_("One page up, in what is decoded.") },
    { ACTION_CLOSE, "q v", "close", N_("Letter"), N_("Back to the letter.") },
};

static const struct key_table common = { N_("Looking at the protocol"), mua_common_rows, MUA_COMMON_ROWS, &list_keys };
const struct key_table mua_parts_keys = { N_("Parts"), rows, sizeof rows / sizeof rows[0], &common };

/* --- another program ------------------------------------------------------------------------ */

/* A name that a sender proposes is only a name: no folder, no dot before it, nothing that a terminal obeys. */
static void safe_name(const char *proposed, char *out, size_t size)
{
    const char *slash = strrchr(proposed, '/');
    char *safe = text_safe_copy(span_of(slash != NULL ? slash + 1 : proposed));
    const char *at = safe + strspn(safe, ".- ");
    snprintf(out, size, "%s", *at != '\0' ? at : "part");
    for (char *c = out; *c != '\0'; c++)
        if (strchr("/\\:*?\"<>|", *c) != NULL)
            *c = '_';
    free(safe);
}

void parts_save(struct mua *mua, struct span bytes, const char *name)
{
    char path[MUA_PATH_MAX], *safe = path;
    safe_name(name, safe, sizeof path);
    if (prompt_line(mua->views, _("Write to the file:"), path, sizeof path) != 0 || path[0] == '\0')
        return;
    if (access(path, F_OK) == 0) {
        char *question = mem_printf(_("%s is there already. Replace it? (y)es, (n)o"), path);
        bool agreed = prompt_yes(mua->views, question);
        free(question);
        if (!agreed)
            return;
    }
    if (durable_replace(path, bytes.at, bytes.len, 0600) == 0)
        views_say(mua->views, TONE_GOOD, _("Written to %s."), path);
    else
        views_say(mua->views, TONE_BAD, _("%s could not be written: %s"), path, strerror(errno));
}

void parts_pipe(struct mua *mua, struct span bytes)
{
    char command[MUA_PATH_MAX] = "";
    if (prompt_line(mua->views, _("Pipe to the command:"), command, sizeof command) != 0 || command[0] == '\0')
        return;
    screen_leave(views_screen(mua->views));
    int status = program_feed(command, bytes);
    fputs(_("Enter goes back to the mail program."), stdout);
    fflush(stdout);
    for (char c = ' '; c != '\n' && c != '\r' && read(STDIN_FILENO, &c, 1) == 1;)
        ;
    screen_return(views_screen(mua->views));
    views_say(mua->views, status == 0 ? TONE_PLAIN : TONE_BAD, _("\"%s\" ended with %d."), command, status);
}

static const char *opener(void)
{
    const char *own = getenv("PLI_OPEN");
    return own != NULL && *own != '\0' ? own : "xdg-open";
}

static void open_with_program(struct mua *mua, const char *what)
{
    screen_leave(views_screen(mua->views));
    int status = program_shell(opener(), what);
    screen_return(views_screen(mua->views));
    if (status != 0)
        views_say(mua->views, TONE_BAD, _("\"%s\" ended with %d: set PLI_OPEN to a program that opens files."),
                opener(),
                  status);
}

/* Into a file of its own, in a folder that only the user can enter; it goes when the program ended. */
void parts_open(struct mua *mua, struct span bytes, const char *name)
{
    char safe[200];
    const char *top = getenv("TMPDIR");
    char *folder = mem_printf("%s/pli-part-XXXXXX", top != NULL && *top != '\0' ? top : "/tmp");
    safe_name(name, safe, sizeof safe);
    if (mkdtemp(folder) == NULL) {
        views_say(mua->views, TONE_BAD, _("%s could not be written: %s"), folder, strerror(errno));
        free(folder);
        return;
    }
    char *path = mem_printf("%s/%s", folder, safe);
    if (durable_replace(path, bytes.at, bytes.len, 0600) == 0)
        open_with_program(mua, path);
    unlink(path);
    rmdir(folder);
    free(path);
    free(folder);
}

/* Up to what cannot stand in a URL, without the point that ends a sentence. */
static size_t link_length(struct span text)
{
    static const char *const schemes[] = { "https://", "http://", "mailto:", "ftp://" };
    size_t length = 0;
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0] && length == 0; i++)
        if (text.len > strlen(schemes[i]) && strncasecmp(text.at, schemes[i], strlen(schemes[i])) == 0)
            length = strlen(schemes[i]);
    if (length == 0)
        return 0;
    while (length < text.len && text.at[length] > ' ' && text.at[length] < 0x7f &&
           strchr("<>\"{}|\\^`", text.at[length]) == NULL)
        length++;
    while (length > 0 && strchr(".,;:!?)'", text.at[length - 1]) != NULL)
        length--;
    return length;
}

void links_choose(struct mua *mua, struct span text)
{
    char *links[LINKS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < text.len && count < LINKS_MAX; i++) {
        size_t length = link_length((struct span){ text.at + i, text.len - i });
        if (length == 0)
            continue;
        links[count++] = mem_copy(text.at + i, length);
        i += length - 1;
    }
    if (count == 0)
        views_say(mua->views, TONE_PLAIN, _("There is no link in this text."));
    long chosen = dialog_choose(mua->views, _("Links: Enter opens one"), links, count, 0);
    if (chosen >= 0 && strncasecmp(links[chosen], "mailto:", 7) == 0)
        compose_mailto(mua, links[chosen]);
    else if (chosen >= 0)
        open_with_program(mua, links[chosen]);
    while (count > 0)
        free(links[--count]);
}

/* --- the screen ------------------------------------------------------------------------------- */

static void decode(const struct parts *parts, size_t index, struct buf *out)
{
    content_decode(parts->tree.parts[index].encoding, mime_body(&parts->tree, index, buf_span(&parts->raw)), out);
}

static void add_lines(struct page *page, struct span text, int columns, bool wrapped)
{
    text.len = text.len < SHOWN_MAX ? text.len : SHOWN_MAX;
    while (text.len > 0) {
        const char *end = memchr(text.at, '\n', text.len);
        size_t taken = end != NULL ? (size_t)(end - text.at) + 1 : text.len;
        struct span line = { text.at, taken };
        if (wrapped)
            while (line.len > 0 && (line.at[line.len - 1] == '\n' || line.at[line.len - 1] == '\r'))
                line.len--;
        if (wrapped && line.len > 0) {
            page_paragraph(page, TONE_PLAIN, columns, 1, line);
        } else {
            page_add(page, TONE_PLAIN, " ");
            page_add_span(page, TONE_PLAIN, line);
            page_end(page);
        }
        text = (struct span){ text.at + taken, text.len - taken };
    }
}

static void add_decoded(struct parts *parts, size_t index, int columns)
{
    const struct mime_part *part = &parts->tree.parts[index];
    const struct content_parameter *charset = content_parameter(&part->type, "charset");
    struct buf bytes, text, words;
    buf_init(&bytes, MUA_LETTER_MAX);
    buf_init(&text, MUA_LETTER_MAX);
    buf_init(&words, MUA_LETTER_MAX);
    decode(parts, index, &bytes);
    bool readable = content_is(&part->type, "text", NULL) || content_is(&part->type, "message", NULL);
    if (readable)
        charset_to_utf8(span_of(charset != NULL ? charset->value : NULL), buf_span(&bytes), &text);
    if (content_is(&part->type, "text", "html"))
        html_text(buf_span(&text), &words);
    else
        buf_add_span(&words, buf_span(&text));
    if (part->is_multipart) {
        page_paragraph(&parts->decoded, TONE_NONE, columns, 1, span_of(_("A part that holds other parts.")));
    } else if (readable) {
        add_lines(&parts->decoded, buf_span(&words), columns, true);
    } else {
        page_printf(&parts->decoded, TONE_NONE, _(" %zu bytes that are no text: o opens, s saves them."), bytes.len);
        page_end(&parts->decoded);
    }
    buf_free(&bytes);
    buf_free(&text);
    buf_free(&words);
}

static void build(struct parts *parts, int columns)
{
    size_t index = parts->list.selected;
    if (parts->shown == index && parts->columns == columns)
        return;
    parts->decoded.top = parts->shown == index ? parts->decoded.top : 0;
    parts->shown = index;
    parts->columns = columns;
    page_clear(&parts->encoded);
    page_clear(&parts->decoded);
    add_lines(&parts->encoded, mime_header(&parts->tree, index, buf_span(&parts->raw)), columns, false);
    add_lines(&parts->encoded, mime_body(&parts->tree, index, buf_span(&parts->raw)), columns, false);
    add_decoded(parts, index, columns);
}

static void draw_part(void *context, struct screen *screen, struct area line, size_t index, unsigned selected)
{
    struct parts *parts = context;
    const struct mime_part *part = &parts->tree.parts[index];
    const struct content_parameter *name = mime_filename(part);
    struct buf number;
    char size[32];
    buf_init(&number, 1000);
    mime_number(&parts->tree, index, &number);
    screen_put(screen, line, 0, 0, TONE_PLAIN | PAINT_BOLD | selected, selected ? "\u25b8" : " ");
    area_left(&line, 1);
    screen_put_right(screen, area_right(&line, 6), 0, TONE_NONE | selected, mua_size(part->body_length, size));
    area_left(&line, part->depth < 8 ? (int)part->depth * 2 : 16);
    int column = screen_printf(screen, line, 0, 0, (TONE_LAYER + 6) | PAINT_BOLD | selected, "[%s]",
                               index == 0 ? "" : buf_text(&number));
    column = screen_printf(screen, line, 0, column + 1, TONE_PLAIN | selected, "%s/%s", part->type.type,
                           part->type.subtype != NULL ? part->type.subtype : "");
    if (name != NULL)
        screen_put(screen, line, 0, column + 1, TONE_PLAIN | PAINT_BOLD | selected, name->value);
    buf_free(&number);
}

/* A heading of a pane: what it is, and how IMAP asks for it. */
static void draw_title(struct screen *screen, struct area line, const char *text, const char *command)
{
    screen_rule(screen, line, 0, TONE_NONE);
    int column = screen_printf(screen, line, 0, 1, TONE_PLAIN | PAINT_BOLD, " %s ", text);
    if (command != NULL)
        screen_printf(screen, line, 0, column, TONE_LAYER + 7, "%s ", command);
}

static void draw(void *context, struct screen *screen, struct area area)
{
    struct parts *parts = context;
    struct buf number;
    buf_init(&number, 1000);
    mime_number(&parts->tree, parts->list.selected, &number);
    char *command = mem_printf("UID FETCH %s (BODY.PEEK[%s])", parts->uid, buf_text(&number));
    struct area tree = area.columns >= 90 ? area_left(&area, TREE_COLUMNS) : area_top(&area, area.rows / 4 + 1);
    if (area.columns < area.columns + tree.columns && tree.rows == area.rows)
        screen_column(screen, area_left(&area, 1), 0, TONE_NONE);
    list_draw(&parts->list, screen, tree, draw_part, parts);
    struct area encoded = area_top(&area, area.rows / 2);
    build(parts, area.columns - 1);
    draw_title(screen, area_top(&encoded, 1), _("as it travelled"), command);
    page_draw(&parts->encoded, screen, encoded);
    draw_title(screen, area_top(&area, 1), _("decoded"),
               content_encoding_name(parts->tree.parts[parts->list.selected].encoding));
    page_draw(&parts->decoded, screen, area);
    free(command);
    buf_free(&number);
}

static void head(void *context, struct buf *left, struct buf *right)
{
    struct parts *parts = context;
    buf_add_text(left, _("The parts of the letter"));
    buf_printf(right, ngettext("%zu part", "%zu parts", parts->tree.count), parts->tree.count);
}

static enum view_answer act(void *context, struct views *views, int action, const struct screen_event *event)
{
    struct parts *parts = context;
    struct buf bytes;
    (void)views;
    if (action == ACTION_PAGE_DOWN || action == ACTION_PAGE_UP || action == ACTION_WHEEL_DOWN ||
        action == ACTION_WHEEL_UP) {
        page_act(&parts->decoded, action);
        return VIEW_STAYS;
    }
    if (list_act(&parts->list, action, event) || mua_common_act(parts->mua, action))
        return VIEW_STAYS;
    const struct content_parameter *name = mime_filename(&parts->tree.parts[parts->list.selected]);
    const char *proposed = name != NULL ? name->value : "part";
    buf_init(&bytes, MUA_LETTER_MAX);
    decode(parts, parts->list.selected, &bytes);
    if (action == MUA_SAVE)
        parts_save(parts->mua, buf_span(&bytes), proposed);
    else if (action == MUA_PIPE)
        parts_pipe(parts->mua, buf_span(&bytes));
    else if (action == MUA_LINKS)
        links_choose(parts->mua, buf_span(&bytes));
    else if (action == MUA_OPEN_PART || action == ACTION_OPEN)
        parts_open(parts->mua, buf_span(&bytes), proposed);
    buf_free(&bytes);
    return VIEW_STAYS;
}

static void close_parts(void *context)
{
    struct parts *parts = context;
    mime_free(&parts->tree);
    page_free(&parts->encoded);
    page_free(&parts->decoded);
    buf_free(&parts->raw);
    free(parts->uid);
    free(parts);
}

void parts_push(struct mua *mua, struct span raw, const char *uid)
{
    static const struct view_ops ops = { .keys = &mua_parts_keys, .rows = 12, .columns = 40, .head = head,
                                         .draw = draw, .act = act, .close = close_parts };
    struct parts *parts = mem_alloc(sizeof *parts);
    parts->mua = mua;
    parts->uid = mem_text(uid);
    parts->shown = SIZE_MAX;
    buf_init(&parts->raw, MUA_LETTER_MAX);
    buf_add_span(&parts->raw, raw);
    page_init(&parts->encoded);
    page_init(&parts->decoded);
    mime_parse(buf_span(&parts->raw), &parts->tree);
    parts->list.count = parts->tree.count;
    long readable = mime_readable(&parts->tree);
    parts->list.selected = readable > 0 ? (size_t)readable : 0;
    views_push(mua->views, &ops, parts);
}
