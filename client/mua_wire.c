#include "client/mua_wire.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/imap_state.h"
#include "client/link.h"
#include "core/imap_words.h"
#include "core/mem.h"
#include "core/pop3_state.h"
#include "core/pop3_words.h"
#include "core/smtp_state.h"
#include "core/smtp_words.h"
#include "io/i18n.h"
#include "io/text.h"

#define RUN_MAX 6

struct wire {
    pthread_mutex_t lock;
    struct wire_line lines[WIRE_LINES];   /* a ring */
    size_t count;                         /* lines that ever were in it */
    size_t run;                           /* lines that the server has said in a row */
    const struct word_table *words;
    struct wire_account now, last;
    bool client_spoke;
    const char *state;
};

static const struct { const struct word_table *words; const struct machine_table *machine; } protocols[] = {
    { &imap_words, &imap_machine }, { &pop3_words, &pop3_machine }, { &smtp_words, &smtp_machine },
};

enum { PROTOCOLS = sizeof protocols / sizeof protocols[0] };

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

struct wire *wire_new(void)
{
    struct wire *wire = mem_alloc(sizeof *wire);
    pthread_mutex_init(&wire->lock, NULL);
    return wire;
}

void wire_line_free(struct wire_line *line)
{
    free(line->text);
    line->text = NULL;
}

void wire_free(struct wire *wire)
{
    if (wire == NULL)
        return;
    for (size_t i = 0; i < WIRE_LINES; i++)
        wire_line_free(&wire->lines[i]);
    pthread_mutex_destroy(&wire->lock);
    free(wire);
}

/* --- taking down ------------------------------------------------------------------------ */

/* The vocabulary that a word is of. */
static const struct word_table *table_of(const struct word *word)
{
    for (size_t i = 0; word != NULL && i < PROTOCOLS; i++)
        if (word >= protocols[i].words->rows && word < protocols[i].words->rows + protocols[i].words->count)
            return protocols[i].words;
    return NULL;
}

/* Of a long answer, a letter for example, the first lines and the last one are kept: the commands stay in view. */
static struct wire_line *place_for(struct wire *wire, bool from_client, bool content)
{
    wire->run = from_client && !content ? 0 : wire->run + 1;
    if (wire->run > RUN_MAX) {
        struct wire_line *middle = &wire->lines[(wire->count - 2) % WIRE_LINES];
        wire_line_free(middle);
        middle->left_out++;
        return &wire->lines[(wire->count - 1) % WIRE_LINES];
    }
    return &wire->lines[wire->count++ % WIRE_LINES];
}

/* A literal is one event and comes in many lines. */
static void count_event(struct wire *wire, const struct watch_event *event, struct span text)
{
    bool piece = event->kind == WATCH_CONTENT && text.len < event->text.len;
    wire->now.bytes += piece ? text.len + 2 : event->length;
    wire->now.ended = now();
    if (event->kind == WATCH_COMMAND) {
        wire->now.commands++;
        wire->now.word = event->word;
    }
    if (!event->from_client && wire->client_spoke)
        wire->now.round_trips++;
    wire->client_spoke = event->from_client;
    wire->state = event->state_after != NULL ? event->state_after : wire->state;
}

void wire_see(struct wire *wire, const struct watch_event *event, struct span text)
{
    pthread_mutex_lock(&wire->lock);
    const struct word_table *words = table_of(event->word != NULL ? event->word : event->command);
    wire->words = words != NULL ? words : wire->words;
    count_event(wire, event, text);
    struct wire_line *line = place_for(wire, event->from_client, event->kind == WATCH_CONTENT);
    wire_line_free(line);
    *line = (struct wire_line){
        .from_client = event->from_client, .text = span_copy(text), .kind = event->kind, .words = wire->words,
        .word = event->word, .detail = event->detail, .command = event->command, .state_before = event->state_before,
        .state_after = event->state_after, .error = event->error, .move = event->move, .number = event->number,
        .tag_length = event->tag.len > 0 && event->tag.at == event->text.at ? event->tag.len : 0,
    };
    pthread_mutex_unlock(&wire->lock);
}

void wire_observe(struct wire *wire, const char *name, bool begins)
{
    pthread_mutex_lock(&wire->lock);
    if (begins) {
        wire->now = (struct wire_account){ .began = now() };
        snprintf(wire->now.name, sizeof wire->now.name, "%s", name);
    } else if (wire->now.commands > 0 || wire->now.bytes > 0) {
        wire->last = wire->now;
    }
    pthread_mutex_unlock(&wire->lock);
}

/* --- looking at it ---------------------------------------------------------------------- */

size_t wire_count(struct wire *wire)
{
    pthread_mutex_lock(&wire->lock);
    size_t count = wire->count;
    pthread_mutex_unlock(&wire->lock);
    return count;
}

bool wire_get(struct wire *wire, size_t index, struct wire_line *line)
{
    pthread_mutex_lock(&wire->lock);
    bool there = index < wire->count && index + WIRE_LINES >= wire->count;
    if (there) {
        *line = wire->lines[index % WIRE_LINES];
        line->text = mem_text(line->text != NULL ? line->text : "");
    }
    pthread_mutex_unlock(&wire->lock);
    return there;
}

struct wire_account wire_last(struct wire *wire)
{
    pthread_mutex_lock(&wire->lock);
    struct wire_account last = wire->last;
    pthread_mutex_unlock(&wire->lock);
    return last;
}

const struct machine_table *wire_machine(struct wire *wire, const char **state)
{
    const struct machine_table *machine = NULL;
    pthread_mutex_lock(&wire->lock);
    *state = wire->state != NULL ? wire->state : "";
    for (size_t i = 0; i < PROTOCOLS; i++)
        if (protocols[i].words == wire->words)
            machine = protocols[i].machine;
    pthread_mutex_unlock(&wire->lock);
    return machine;
}

void wire_say(const struct wire_account *last, struct buf *out)
{
    if (last->name[0] == '\0')
        return;
    buf_printf(out, ngettext("%u command", "%u commands", last->commands), last->commands);
    buf_printf(out, ngettext(" \u00b7 %llu byte", " \u00b7 %llu bytes", (unsigned long)last->bytes),
               (unsigned long long)last->bytes);
    buf_printf(out, ngettext(" \u00b7 %u round trip", " \u00b7 %u round trips", last->round_trips), last->round_trips);
    buf_printf(out, " \u00b7 %.1f ms", (double)(last->ended - last->began) / 1000.0);
}

/* A command and its answers have one colour: four that neighbours do not share. */
static unsigned pair_tone(uint64_t number)
{
    static const unsigned tones[] = { 3, 4, 5, 6 };
    return number == 0 ? TONE_NONE : TONE_LAYER + tones[number % 4];
}

void wire_draw_line(const struct wire_line *line, struct screen *screen, struct area area, unsigned selected)
{
    bool moved = line->state_before != NULL && line->state_after != NULL &&
                 strcmp(line->state_before, line->state_after) != 0;
    if (moved) {
        char *states = mem_printf(" %s \u25b8 %s ", line->state_before, line->state_after);
        int width = (int)text_width(states);
        if (width < area.columns / 2)
            screen_put(screen, area_right(&area, width), 0, 0, (TONE_LAYER + 5) | PAINT_BOLD | selected, states);
        free(states);
    }
    unsigned tone = pair_tone(line->number) | selected;
    unsigned paint = (line->error != NULL ? TONE_BAD : TONE_PLAIN) | (line->from_client ? PAINT_BOLD : 0u) | selected;
    int column = screen_put(screen, area, 0, 1, tone | PAINT_BOLD, line->from_client ? "C: " : "S: ");
    if (line->left_out > 0) {
        screen_printf(screen, area, 0, column, TONE_NONE | selected,
                      ngettext("(%u line)", "(%u lines)", line->left_out), line->left_out);
        return;
    }
    struct span text = span_of(line->text), tag = { text.at, line->tag_length };
    if (tag.len > 0)
        column = screen_put_span(screen, area, 0, column, tone | PAINT_BOLD, tag);
    screen_put_span(screen, area, 0, column, paint, (struct span){ text.at + tag.len, text.len - tag.len });
}

void wire_draw(struct wire *wire, struct screen *screen, struct area area, size_t end)
{
    size_t count = wire_count(wire), lines = (size_t)(area.rows > 0 ? area.rows : 0);
    end = end < count ? end : count;
    screen_fill(screen, area, TONE_PLAIN);
    for (size_t i = end > lines ? end - lines : 0; i < end; i++) {
        struct wire_line line;
        struct area row = area_top(&area, 1);
        if (!wire_get(wire, i, &line))
            continue;
        wire_draw_line(&line, screen, row, 0);
        wire_line_free(&line);
    }
}

/* --- explaining ------------------------------------------------------------------------- */

static void add_word(struct page *page, const struct word *word, int columns)
{
    if (word == NULL)
        return;
    page_printf(page, TONE_PLAIN | PAINT_BOLD, "   %-18s ", word->name);
    page_paragraph(page, TONE_PLAIN, columns - 1, 22, span_of(_(word->meaning)));
    page_printf(page, (TONE_LAYER + 3), "%22s\u00a7 %s", "", word->rfc);
    page_end(page);
}

/*
 * Where words of the protocol end: behind a state ("A1 OK [UIDNEXT 4] ") stands a text for people (RFC 9051 §7.1), in
 * which "all" is no keyword; so it is in POP3 and SMTP.
 */
static const char *end_of_words(const struct wire_line *line)
{
    const char *name = line->from_client || line->word == NULL ? "" : line->word->name;
    bool lists = line->command != NULL && strcmp(line->command->name, "EHLO") == 0;
    const char *at = name[0] != '\0' ? strstr(line->text, name) : NULL;
    bool state = at != NULL && (link_lists("OK NO BAD BYE PREAUTH +OK -ERR", name) ||
                                (name[0] >= '2' && name[0] <= '5' && !lists));
    if (!state)
        return line->text + strlen(line->text);
    at += strlen(name);
    at += strspn(at, " ");
    const char *close = *at == '[' ? strchr(at, ']') : NULL;
    return close != NULL ? close : at;
}

/* The words that stand in the line besides: items, flags, capabilities, response codes, search keys. */
static void add_others(const struct wire_line *line, struct page *page, int columns)
{
    static const enum word_kind kinds[] = { WORD_VERB, WORD_CODE, WORD_CAPABILITY, WORD_FLAG, WORD_ITEM, WORD_KEY };
    const struct word *seen[24] = { line->word, line->detail, line->command };
    size_t count = 3;
    const char *end = end_of_words(line);
    for (const char *at = line->text; line->words != NULL && at < end && count < 24;) {
        size_t length = strcspn(at, " ()[]<>{}\r\n\"=");
        struct span text = { at, length };
        const struct word *word = NULL;
        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && word == NULL && length > 0; i++)
            word = word_by_name(line->words, kinds[i], text);
        for (size_t i = 0; i < count && word != NULL; i++)
            word = seen[i] == word ? NULL : word;
        if (word != NULL)
            add_word(page, seen[count++] = word, columns);
        at += length > 0 ? length : 1;
    }
}

void wire_explain(const struct wire_line *line, struct page *page, int columns)
{
    page_end(page);
    page_printf(page, pair_tone(line->number) | PAINT_BOLD, " %s", line->from_client ? "C: " : "S: ");
    page_paragraph(page, TONE_PLAIN | PAINT_BOLD, columns - 1, 4, span_of(line->text));
    page_end(page);
    page_paragraph(page, TONE_NONE, columns - 1, 1, span_of(
        line->left_out > 0 ? _("A long answer: its middle is not kept here.")
        : line->kind == WATCH_CONTENT ? _("A line of a letter, on its way.")
        : line->from_client ? _("We say this to the server.") : _("The server says this to us.")));
    if (strstr(line->text, "********") != NULL)
        page_paragraph(page, TONE_BAD, columns - 1, 1, span_of(
            _("The stars stand for a secret: it did cross the wire, but it is not kept.")));
    if (line->error != NULL)
        page_paragraph(page, TONE_BAD | PAINT_BOLD, columns - 1, 1, span_of(_(line->error)));
    page_end(page);
    add_word(page, line->word, columns);
    add_word(page, line->detail, columns);
    if (!line->from_client && line->command != NULL) {
        page_paragraph(page, TONE_NONE, columns - 1, 1, span_of(_("It answers:")));
        add_word(page, line->command, columns);
    }
    add_others(line, page, columns);
    page_end(page);
    if (line->move == NULL || line->state_before == NULL)
        return;
    bool stays = strcmp(line->state_before, line->state_after) == 0;
    page_add(page, TONE_NONE, _(" state "));
    page_printf(page, (TONE_LAYER + 5) | PAINT_BOLD, "%s%s%s", line->state_before, stays ? "" : " \u2500\u25b8 ",
                stays ? "" : line->state_after);
    page_printf(page, TONE_LAYER + 3, "   \u00a7 %s", line->move->rfc);
    page_end(page);
}

/* --- a dialogue of it ------------------------------------------------------------------- */

/* What bin/dialogue would read as something else is coded (docs/dialogue.en.md, "Texts"). */
static void write_text(FILE *file, const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < ' ' || c == 0x7f)
            fprintf(file, "\\x%02X", c);
        else if (strchr("\\#$*\"[{|/", c) != NULL)
            fprintf(file, "\\%c", c);
        else
            fputc(c, file);
    }
    fputc('\n', file);
}

/* A secret that whoever plays the dialogue gives anew: dialogue --set user=NAME --set password=SECRET. */
static bool write_secret(FILE *file, const struct wire_line *line, const char *stars)
{
    bool login = strcmp(line->word->name, "LOGIN") == 0;
    if (!login && strcmp(line->word->name, "PASS") != 0)
        return false;
    fprintf(file, "%.*s%s${password}\n", (int)(stars - line->text), line->text, login ? "${user} " : "");
    return true;
}

static void write_line(FILE *file, const struct wire_line *line, bool *left_out)
{
    if (line->left_out > 0) {
        fprintf(file, "S*: *\n");
        *left_out = true;
        return;
    }
    fputs(line->from_client ? "C: " : *left_out ? "S until: " : "S: ", file);
    *left_out = false;
    const char *stars = strstr(line->text, "********");
    if (stars != NULL && line->word != NULL && write_secret(file, line, stars))
        return;
    write_text(file, line->text);
    if (line->kind == WATCH_TLS)
        fputs("tls\n", file);
}

int wire_export(struct wire *wire, const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    size_t count = wire_count(wire);
    bool left_out = false;
    if (file == NULL)
        return -1;
    struct wire_line line;
    fprintf(file, "title: %s\n", _("What the mail program and its server said"));
    size_t first = count > WIRE_LINES ? count - WIRE_LINES : 0;
    for (size_t i = first; i < count; i++) {
        if (!wire_get(wire, i, &line))
            continue;
        if (line.kind == WATCH_GREETING) /* a connection of its own */
            fprintf(file, "%sconnect: %s\n", i > first ? "close\n" : "",
                    line.words == &pop3_words ? "pop3" : line.words == &smtp_words ? "smtp" : "imap");
        write_line(file, &line, &left_out);
        wire_line_free(&line);
    }
    return fclose(file);
}
