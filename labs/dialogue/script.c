#include "script.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "files.h"
#include "io/i18n.h"
#include "io/text.h"
#include "keywords.h"
#include "pattern.h"

enum { MAX_FILE = 1 << 20, MAX_INCLUDES = 8, MAX_WORDS = 16 };

struct reader {
    struct script *script;
    struct buf *errors;
    int error_count;
    int depth;                 /* of files that include files */
    struct place place;        /* the line that is read */
    size_t session;
    size_t block;              /* index of an open any-order, plus 1; 0: none */
};

/* Takes down what is wrong at a column of the current line, counted from 0. */
static void complain(struct reader *reader, size_t column, const char *text)
{
    if (reader->error_count++ >= SCRIPT_MAX_ERRORS)
        return;
    text_safe(reader->errors, reader->place.file, strlen(reader->place.file));
    buf_printf(reader->errors, ":%d:%zu: ", reader->place.line, column + 1);
    text_safe(reader->errors, text, strlen(text));
    buf_add_text(reader->errors, "\n");
}

static struct span trim(struct span text)
{
    while (text.len > 0 && (text.at[text.len - 1] == ' ' || text.at[text.len - 1] == '\t' ||
                            text.at[text.len - 1] == '\r'))
        text.len--;
    return text;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* A comment begins with # at the beginning of a line, or behind two blanks. */
static struct span without_comment(struct span line)
{
    size_t start = 0;
    while (start < line.len && is_blank(line.at[start]))
        start++;
    for (size_t i = start; i < line.len; i++)
        if (line.at[i] == '#' && (i == start || (i >= 2 && is_blank(line.at[i - 1]) && is_blank(line.at[i - 2])) ||
                                  (i >= 1 && line.at[i - 1] == '\t'))) {
            line.len = i;
            break;
        }
    return trim(line);
}

static struct step *add_step(struct reader *reader, const struct keyword *keyword, struct span line, size_t column)
{
    struct script *script = reader->script;
    if (script->step_count == SCRIPT_MAX_STEPS) {
        complain(reader, 0, _("the dialogue has too many steps"));
        return NULL;
    }
    script->steps = mem_grow(script->steps, script->step_count + 1, sizeof *script->steps);
    struct step *step = &script->steps[script->step_count++];
    *step = (struct step){ .keyword = keyword, .place = reader->place, .source = span_copy(line),
                           .session = reader->session };
    step->place.column = (int)column + 1;
    return step;
}

/* The flags of "S? until not": 0, or -1 after complaining. */
static int speech_flags(struct reader *reader, struct span head, size_t column, unsigned *flags)
{
    size_t at = 1;
    *flags = 0;
    if (at < head.len && (head.at[at] == '?' || head.at[at] == '*'))
        *flags |= head.at[at++] == '?' ? SPEECH_OPTIONAL : SPEECH_MANY;
    while (at < head.len) {
        size_t end = at;
        const struct speech_word *word = NULL;
        while (end < head.len && head.at[end] != ' ')
            end++;
        for (size_t i = 0; end > at && (word = speech_word_row(i)) != NULL; i++)
            if (span_is((struct span){ head.at + at, end - at }, word->name))
                break;
        if (end > at && word == NULL) {
            complain(reader, column + at, _("after C or S come only ?, * and the words reply, until, not, raw, "
                                            "bytewise and data"));
            return -1;
        }
        *flags |= word != NULL ? word->flag : 0;
        at = end + 1;
    }
    return 0;
}

/* A pattern like "250*" stands for the whole reply. */
static bool is_reply_pattern(struct span value)
{
    return value.len >= 4 && value.at[3] == '*' && strchr("2345", value.at[0]) != NULL &&
           strspn(value.at, "0123456789x") >= 3;
}

/* Both meanings are kept: which of them counts depends on the side that is played. */
static void read_speech(struct reader *reader, struct span head, size_t head_column, struct span value, size_t column)
{
    unsigned flags;
    if (speech_flags(reader, head, head_column, &flags) != 0)
        return;
    bool from_client = head.at[0] == 'C';
    struct span line = { head.at, (size_t)(value.at + value.len - head.at) };
    struct step *step = add_step(reader, from_client ? &keyword_client : &keyword_server, line, column);
    if (step == NULL)
        return;
    step->from_client = from_client;
    step->flags = flags | (is_reply_pattern(value) ? SPEECH_REPLY : 0);
    bool sent_only = (flags & (SPEECH_RAW | SPEECH_BYTEWISE | SPEECH_DATA)) != 0;
    if (template_parse(value, &step->sent, &step->unsendable) != 0) {
        if (sent_only)
            complain(reader, column + step->unsendable.offset, step->unsendable.text);
    } else {
        step->unsendable.text[0] = '\0';
    }
    if (sent_only)
        return;
    struct fault *fault = &step->unmeetable;
    if (template_parse_pattern(value, &step->met, fault) == 0 && pattern_check(&step->met, fault) == 0)
        fault->text[0] = '\0';
    else if (step->unsendable.text[0] != '\0' || step->met.form == TEMPLATE_REGEX)
        complain(reader, column + fault->offset, fault->text);
    if (reader->block > 0 && reader->script->steps[reader->block - 1].session != step->session)
        complain(reader, head_column, _("lines in any order belong to one session"));
}

/* What follows the words of VALUE_PATTERN: a text, and a pattern that may be met anywhere. */
static void read_tail(struct reader *reader, struct step *step, struct span value, size_t column)
{
    struct fault fault;
    bool regex = value.len > 0 && value.at[0] == '/';
    if (value.len == 0)
        complain(reader, column, _("a value is missing at the end of this line"));
    else if ((!regex && template_parse(value, &step->sent, &fault) != 0) ||
             template_parse_pattern(value, &step->met, &fault) != 0 || pattern_check(&step->met, &fault) != 0)
        complain(reader, column + fault.offset, fault.text);
    step->met.anywhere = true;
}

static void read_words(struct reader *reader, const struct keyword *keyword, struct span line, struct span value,
                       size_t column)
{
    struct template words[MAX_WORDS];
    struct fault fault;
    size_t count = 0, at = 0;
    int more = 1;
    struct step *step = add_step(reader, keyword, line, column);
    if (step == NULL)
        return;
    const bool tail = keyword->value == VALUE_PATTERN;
    while (count < MAX_WORDS && !(tail && count == keyword->least) &&
           (more = template_word(value, &at, &words[count], &fault)) != 0) {
        count++;
        if (more < 0) {
            complain(reader, column + fault.offset, fault.text);
            break;
        }
    }
    if (more >= 0 && (count < keyword->least || (keyword->most > 0 && count > keyword->most) || count == MAX_WORDS)) {
        char text[300];
        snprintf(text, sizeof text, _("this line is written so: %s: %s"), keyword->name, keyword->arguments);
        complain(reader, column, text);
    }
    while (at < value.len && is_blank(value.at[at]))
        at++;
    if (more >= 0 && tail)
        read_tail(reader, step, (struct span){ value.at + at, value.len - at }, column + at);
    step->words = mem_grow(NULL, count + 1, sizeof *words);
    memcpy(step->words, words, count * sizeof *words);
    step->word_count = count;
}

static void read_file(struct reader *reader, const char *path);

static void include(struct reader *reader, struct span value, size_t column)
{
    char path[PATH_MAX];
    const char *slash = strrchr(reader->place.file, '/');
    size_t folder = slash != NULL && (value.len == 0 || value.at[0] != '/') ? (size_t)(slash + 1 - reader->place.file)
                                                                           : 0;
    if (value.len == 0 || folder + value.len >= sizeof path) {
        complain(reader, column, _("the name of a file belongs here"));
        return;
    }
    if (reader->depth == MAX_INCLUDES || reader->script->file_count == SCRIPT_MAX_FILES) {
        complain(reader, column, _("files that include files, too many of them: does one include itself?"));
        return;
    }
    memcpy(path, reader->place.file, folder);
    memcpy(path + folder, value.at, value.len);
    path[folder + value.len] = '\0';
    struct place place = reader->place;
    read_file(reader, path);
    reader->place = place;
}

static void open_block(struct reader *reader, struct span line)
{
    if (reader->block > 0)
        complain(reader, 0, _("any-order cannot stand inside another"));
    else if (add_step(reader, keyword_find(span_of("any-order")), line, 0) != NULL)
        reader->block = reader->script->step_count;
}

static void close_block(struct reader *reader)
{
    struct script *script = reader->script;
    if (reader->block == 0) {
        complain(reader, 0, _("there is no any-order before this end"));
        return;
    }
    script->steps[reader->block - 1].members = script->step_count - reader->block;
    if (script->step_count == reader->block)
        complain(reader, 0, _("there is no line between any-order and end"));
    reader->block = 0;
}

static void read_keyword(struct reader *reader, struct span line, struct span head, size_t head_column,
                         struct span value, size_t column, bool colon)
{
    const struct keyword *keyword = keyword_find(head);
    struct fault fault;
    if (keyword == NULL) {
        complain(reader, head_column, _("no line begins with this; dialogue --help-language lists the words that may"));
        return;
    }
    if (reader->block > 0 && !span_is(head, "end")) {
        complain(reader, head_column, _("between any-order and end stand only lines that the other side says"));
        return;
    }
    if (colon != (keyword->value != VALUE_NONE) && keyword->value != VALUE_MAYBE) {
        complain(reader, head_column + head.len, colon ? _("nothing follows this word")
                                                       : _("a colon and a value follow this word"));
        return;
    }
    if (span_is(head, "include"))
        include(reader, value, column);
    else if (span_is(head, "any-order"))
        open_block(reader, line);
    else if (span_is(head, "end"))
        close_block(reader);
    else if (keyword->value == VALUE_HEADER) {
        if (keyword->take(reader->script, value, &fault) != 0)
            complain(reader, column + fault.offset, fault.text);
    } else if (keyword->value == VALUE_TEXT) {
        struct step *step = add_step(reader, keyword, line, column);
        if (step != NULL && template_parse(value, &step->sent, &fault) != 0)
            complain(reader, column + fault.offset, fault.text);
    } else {
        read_words(reader, keyword, line, value, column);
    }
}

/* "[phone]" at the beginning of a line: whose line it is, and those behind it. Answers how much was read. */
static size_t read_session(struct reader *reader, struct span line, size_t at)
{
    struct script *script = reader->script;
    const char *end = memchr(line.at + at, ']', line.len - at);
    size_t length = end != NULL ? (size_t)(end - line.at) - at - 1 : 0, i = 0;
    if (length == 0 || length > 20) {
        complain(reader, at, _("a session is named so: [phone], with 20 letters at most"));
        return line.len;
    }
    for (; i < script->session_count; i++)
        if (span_is((struct span){ line.at + at + 1, length }, script->sessions[i]))
            break;
    if (i == SCRIPT_MAX_SESSIONS) {
        complain(reader, at, _("too many sessions"));
        return line.len;
    }
    if (i == script->session_count)
        script->sessions[script->session_count++] = mem_copy(line.at + at + 1, length);
    reader->session = i;
    return at + length + 2;
}

static void read_line(struct reader *reader, struct span line)
{
    size_t at = 0;
    line = without_comment(line);
    while (at < line.len && is_blank(line.at[at]))
        at++;
    if (at < line.len && line.at[at] == '[') {
        at = read_session(reader, line, at);
        while (at < line.len && is_blank(line.at[at]))
            at++;
    }
    if (at == line.len)
        return;
    const char *colon = memchr(line.at + at, ':', line.len - at);
    struct span head = trim((struct span){ line.at + at, (colon != NULL ? (size_t)(colon - line.at) : line.len) - at });
    size_t column = colon != NULL ? (size_t)(colon - line.at) + 1 : line.len;
    column += column < line.len && line.at[column] == ' ';
    struct span value = { line.at + column, line.len - column };
    bool speech = head.len > 0 && (head.at[0] == 'C' || head.at[0] == 'S') &&
                  (head.len == 1 || strchr(" ?*", head.at[1]) != NULL);
    if (speech && colon == NULL)
        complain(reader, at, _("a colon and a value follow this word"));
    else if (speech)
        read_speech(reader, head, at, value, column);
    else
        read_keyword(reader, (struct span){ line.at + at, line.len - at }, head, at, value, column, colon != NULL);
}

static void read_file(struct reader *reader, const char *path)
{
    struct script *script = reader->script;
    struct buf text;
    buf_init(&text, MAX_FILE);
    if (files_read(path, &text) != 0) {
        char reason[PATH_MAX + 200];
        snprintf(reason, sizeof reason, _("cannot read %s: %s"), path, strerror(errno));
        if (reader->depth > 0)
            complain(reader, 0, reason);
        else {
            reader->error_count++;
            text_safe(reader->errors, reason, strlen(reason));
            buf_add_text(reader->errors, "\n");
        }
        buf_free(&text);
        return;
    }
    reader->depth++;
    reader->place = (struct place){ .file = script->files[script->file_count++] = mem_text(path) };
    for (size_t at = 0; at < text.len; ) {
        const char *lf = memchr(text.data + at, '\n', text.len - at);
        size_t length = lf != NULL ? (size_t)(lf - text.data) - at : text.len - at;
        reader->place.line++;
        read_line(reader, (struct span){ text.data + at, length });
        at += length + 1;
    }
    reader->depth--;
    buf_free(&text);
}

static void judge(struct reader *reader)
{
    struct script *script = reader->script;
    if (reader->block > 0)
        complain(reader, 0, _("any-order is never closed by end"));
    if (reader->error_count > 0)
        return;
    if (script->title.count == 0)
        complain(reader, 0, _("the dialogue has no title:"));
    else if (script->step_count == 0)
        complain(reader, 0, _("the dialogue has no step"));
    else if (script->column_count > 0 && script->row_count == 0)
        complain(reader, 0, _("columns: without row:"));
}

struct script *script_read(const char *path, struct buf *errors)
{
    struct script *script = mem_alloc(sizeof *script);
    struct reader reader = { .script = script, .errors = errors };
    const char *slash = strrchr(path, '/');
    script->path = mem_text(path);
    script->folder = slash == path ? mem_text("/") : slash != NULL ? mem_copy(path, (size_t)(slash - path))
                                                                   : mem_text(".");
    script->points = 1;
    script->accounts = 1;
    script->sessions[script->session_count++] = mem_text("");
    read_file(&reader, path);
    judge(&reader);
    if (reader.error_count == 0)
        return script;
    script_free(script);
    return NULL;
}

static void free_step(struct step *step)
{
    template_free(&step->sent);
    template_free(&step->met);
    for (size_t i = 0; i < step->word_count; i++)
        template_free(&step->words[i]);
    free(step->words);
    free(step->source);
}

static void free_texts(char **texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
}

void script_free(struct script *script)
{
    if (script == NULL)
        return;
    for (size_t i = 0; i < script->step_count; i++)
        free_step(&script->steps[i]);
    for (size_t i = 0; i < script->row_count; i++)
        for (size_t j = 0; j < SCRIPT_MAX_COLUMNS; j++)
            template_free(&script->rows[i].values[j]);
    template_free(&script->title);
    template_free(&script->title_fr);
    template_free(&script->hint);
    template_free(&script->hint_fr);
    free_texts(script->files, script->file_count);
    free_texts(script->needs, script->need_count);
    free_texts(script->columns, script->column_count);
    free_texts(script->sessions, script->session_count);
    free(script->steps);
    free(script->rows);
    free(script->path);
    free(script->folder);
    free(script);
}

size_t script_tests(const struct script *script)
{
    return script->row_count > 0 ? script->row_count : 1;
}
