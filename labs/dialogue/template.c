#include "template.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/i18n.h"

enum { MAX_DEPTH = 8, MAX_ARGUMENTS = 8, MAX_TEXT = 1 << 20 };

struct scanner {
    const char *text;
    size_t size, at;
    enum template_form form;
    int depth;
    struct fault *fault;
};

static struct template_part *add_part(struct template *template, enum part_kind kind, size_t offset)
{
    template->parts = mem_grow(template->parts, template->count + 1, sizeof *template->parts);
    struct template_part *part = &template->parts[template->count++];
    *part = (struct template_part){ .kind = kind, .offset = offset };
    return part;
}

static void add_bytes(struct template *template, const char *bytes, size_t size, size_t offset)
{
    struct template_part *last = template->count > 0 ? &template->parts[template->count - 1] : NULL;
    if (last == NULL || last->kind != PART_BYTES)
        last = add_part(template, PART_BYTES, offset);
    last->bytes = mem_grow(last->bytes, last->size + size + 1, 1);
    memcpy(last->bytes + last->size, bytes, size);
    last->size += size;
    last->bytes[last->size] = '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* "\x4f", the backslash already read. */
static int scan_hex(struct scanner *scanner, struct template *template, size_t start)
{
    int high = scanner->at < scanner->size ? hex_digit(scanner->text[scanner->at]) : -1;
    int low = scanner->at + 1 < scanner->size ? hex_digit(scanner->text[scanner->at + 1]) : -1;
    if (high < 0 || low < 0)
        return fault_at(scanner->fault, start, _("\\x wants two hexadecimal digits"));
    char byte = (char)(high * 16 + low);
    scanner->at += 2;
    add_bytes(template, &byte, 1, start);
    return 0;
}

static int scan_escape(struct scanner *scanner, struct template *template)
{
    static const struct { char letter, byte; } rows[] = {
        { 'r', '\r' }, { 'n', '\n' }, { 't', '\t' }, { '0', '\0' }, { 's', ' ' }, { 'e', '\033' }, { '\\', '\\' },
        { '"', '"' }, { '#', '#' }, { '$', '$' }, { '*', '*' }, { '[', '[' }, { '/', '/' }, { '}', '}' }, { '{', '{' },
    };
    size_t start = scanner->at++;
    char letter = scanner->at < scanner->size ? scanner->text[scanner->at] : '\0';
    if (letter >= 'A' && letter <= 'Z') {
        add_bytes(template, "\\", 1, start);
        return 0;
    }
    scanner->at++;
    if (letter == 'x')
        return scan_hex(scanner, template, start);
    if (letter == '|' && scanner->form == TEMPLATE_TEXT) {
        add_part(template, PART_CUT, start);
        return 0;
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].letter == letter) {
            add_bytes(template, &rows[i].byte, 1, start);
            return 0;
        }
    return fault_at(scanner->fault, start, _("the escape \\%c is not known; a backslash itself is written \\\\"),
                    letter != '\0' ? letter : ' ');
}

static int scan(struct scanner *scanner, const char *stops, struct template *template);

static void skip_blanks(struct scanner *scanner)
{
    while (scanner->at < scanner->size && (scanner->text[scanner->at] == ' ' || scanner->text[scanner->at] == '\t'))
        scanner->at++;
}

/* One argument, bare or in quotation marks. Its form is a text, whatever is around it. */
static int scan_word(struct scanner *scanner, const char *stops, struct template *template)
{
    enum template_form form = scanner->form;
    size_t start = scanner->at;
    bool quoted = scanner->text[scanner->at] == '"';
    scanner->form = TEMPLATE_TEXT;
    scanner->at += quoted;
    int status = scan(scanner, quoted ? "\"" : stops, template);
    scanner->form = form;
    if (status != 0 || !quoted)
        return status;
    if (scanner->at == scanner->size)
        return fault_at(scanner->fault, start, _("this quotation mark is never closed"));
    scanner->at++;
    return 0;
}

static int scan_arguments(struct scanner *scanner, size_t part_index, struct template *template)
{
    struct template arguments[MAX_ARGUMENTS] = { { .count = 0 } };
    size_t count = 0;
    int status = 0;
    for (skip_blanks(scanner); status == 0 && scanner->at < scanner->size && scanner->text[scanner->at] != '}';
         skip_blanks(scanner)) {
        if (count == MAX_ARGUMENTS) {
            status = fault_at(scanner->fault, scanner->at, _("a function takes %d arguments at most"), MAX_ARGUMENTS);
            break;
        }
        status = scan_word(scanner, " \t}", &arguments[count++]);
    }
    struct template_part *part = &template->parts[part_index];
    part->arguments = mem_grow(NULL, count + 1, sizeof *arguments);
    memcpy(part->arguments, arguments, count * sizeof *arguments);
    part->count = count;
    return status;
}

static int scan_capture(struct scanner *scanner, size_t part_index, struct template *template)
{
    struct template inner = { .form = TEMPLATE_WILD };
    scanner->at++;
    int status = scan(scanner, "}", &inner);
    struct template_part *part = &template->parts[part_index];
    part->kind = PART_CAPTURE;
    part->arguments = mem_grow(NULL, 1, sizeof inner);
    part->arguments[0] = inner;
    part->count = 1;
    return status;
}

/* "${...}", where the dollar is next. */
static int scan_value(struct scanner *scanner, struct template *template)
{
    size_t start = scanner->at, index = template->count;
    scanner->at += 2;
    size_t name = scanner->at;
    while (scanner->at < scanner->size && (isalnum((unsigned char)scanner->text[scanner->at]) ||
                                           strchr("-_", scanner->text[scanner->at]) != NULL))
        scanner->at++;
    add_part(template, PART_VALUE, start);
    bool ends = scanner->at == scanner->size || strchr(" \t}", scanner->text[scanner->at]) != NULL ||
                (scanner->text[scanner->at] == '=' && scanner->form == TEMPLATE_WILD);
    if (scanner->at == name || !ends)
        return fault_at(scanner->fault, start, _("after ${ comes the name of a value or of a function"));
    if (scanner->depth == MAX_DEPTH)
        return fault_at(scanner->fault, start, _("values inside values, more than %d deep"), MAX_DEPTH);
    template->parts[index].name = mem_copy(scanner->text + name, scanner->at - name);
    scanner->depth++;
    int status;
    if (scanner->form == TEMPLATE_WILD && scanner->at < scanner->size && scanner->text[scanner->at] == '=')
        status = scan_capture(scanner, index, template);
    else
        status = scan_arguments(scanner, index, template);
    scanner->depth--;
    if (status != 0)
        return status;
    if (scanner->at == scanner->size || scanner->text[scanner->at] != '}')
        return fault_at(scanner->fault, start, _("this ${ is never closed by }"));
    scanner->at++;
    return 0;
}

/* Up to one of the stops, or to the end. */
static int scan(struct scanner *scanner, const char *stops, struct template *template)
{
    int status = 0;
    template->form = scanner->form;
    while (status == 0 && scanner->at < scanner->size) {
        char c = scanner->text[scanner->at];
        if (c != '\0' && strchr(stops, c) != NULL)
            break;
        if (c == '$' && scanner->at + 1 < scanner->size && scanner->text[scanner->at + 1] == '{')
            status = scan_value(scanner, template);
        else if (c == '\\' && scanner->form != TEMPLATE_REGEX)
            status = scan_escape(scanner, template);
        else if (c == '*' && scanner->form == TEMPLATE_WILD)
            add_part(template, PART_ANY, scanner->at++);
        else
            add_bytes(template, &c, 1, scanner->at++);
    }
    return status;
}

int template_parse(struct span text, struct template *template, struct fault *fault)
{
    struct scanner scanner = { .text = text.at, .size = text.len, .form = TEMPLATE_TEXT, .fault = fault };
    *template = (struct template){ .count = 0 };
    return scan(&scanner, "", template);
}

int template_word(struct span text, size_t *at, struct template *template, struct fault *fault)
{
    struct scanner scanner = { .text = text.at, .size = text.len, .at = *at, .form = TEMPLATE_TEXT, .fault = fault };
    *template = (struct template){ .count = 0 };
    skip_blanks(&scanner);
    if (scanner.at == scanner.size)
        return 0;
    int status = scan_word(&scanner, " \t", template);
    *at = scanner.at;
    return status == 0 ? 1 : -1;
}

/* "/.../" with letters behind it: a regular expression. */
static int parse_regex(struct span text, struct template *template, struct fault *fault)
{
    size_t end = text.len;
    while (end > 1 && text.at[end - 1] != '/')
        end--;
    if (end <= 1)
        return fault_at(fault, 0, _("the regular expression that begins with / has no / at its end (a slash itself "
                                    "is written \\/)"));
    size_t letters = text.len - end;
    for (size_t i = 0; i < letters; i++)
        if (i >= sizeof template->options - 1 || strchr("ismx", text.at[end + i]) == NULL)
            return fault_at(fault, end + i, _("after a regular expression come only the letters i, s, m and x"));
    memcpy(template->options, text.at + end, letters);
    struct scanner scanner = { .text = text.at, .size = end - 1, .at = 1, .form = TEMPLATE_REGEX, .fault = fault };
    return scan(&scanner, "", template);
}

/* Are the first bytes a reply code, with x for any digit? */
static bool is_code(struct span text)
{
    if (text.len < 4 || text.at[0] < '2' || text.at[0] > '5' || strchr(" -*", text.at[3]) == NULL)
        return false;
    for (size_t i = 1; i < 3; i++)
        if (!isdigit((unsigned char)text.at[i]) && text.at[i] != 'x')
            return false;
    return true;
}

int template_parse_pattern(struct span text, struct template *template, struct fault *fault)
{
    struct scanner scanner = { .text = text.at, .size = text.len, .form = TEMPLATE_WILD, .fault = fault };
    *template = (struct template){ .form = TEMPLATE_WILD };
    if (text.len > 0 && text.at[0] == '/')
        return parse_regex(text, template, fault);
    if (is_code(text))
        for (; scanner.at < 3; scanner.at++) {
            if (text.at[scanner.at] == 'x')
                add_part(template, PART_DIGIT, scanner.at);
            else
                add_bytes(template, text.at + scanner.at, 1, scanner.at);
        }
    else if (text.len > 1 && text.at[0] == '*' && text.at[1] == ' ')
        add_bytes(template, text.at, scanner.at = 2, 0);
    return scan(&scanner, "", template);
}

void template_free(struct template *template)
{
    for (size_t i = 0; i < template->count; i++) {
        struct template_part *part = &template->parts[i];
        for (size_t j = 0; j < part->count; j++)
            template_free(&part->arguments[j]);
        free(part->arguments);
        free(part->bytes);
        free(part->name);
    }
    free(template->parts);
    *template = (struct template){ .count = 0 };
}

static int expand_value(const struct template_part *part, struct values *values, struct buf *out, struct fault *fault)
{
    struct buf bytes[MAX_ARGUMENTS];
    struct span arguments[MAX_ARGUMENTS];
    int status = 0;
    for (size_t i = 0; i < part->count; i++) {
        buf_init(&bytes[i], MAX_TEXT);
        if (status == 0)
            status = template_expand(&part->arguments[i], values, &bytes[i], NULL, fault);
        arguments[i] = buf_span(&bytes[i]);
    }
    if (status == 0) {
        status = values_call(values, part->name, arguments, part->count, out, fault);
        fault->offset = part->offset;
    }
    for (size_t i = 0; i < part->count; i++)
        buf_free(&bytes[i]);
    return status;
}

int template_expand(const struct template *template, struct values *values, struct buf *out,
                    struct template_cuts *cuts, struct fault *fault)
{
    int status = 0;
    for (size_t i = 0; status == 0 && i < template->count; i++) {
        const struct template_part *part = &template->parts[i];
        if (part->kind == PART_BYTES && buf_add(out, part->bytes, part->size) != 0)
            status = fault_at(fault, part->offset, _("the text becomes too long"));
        else if (part->kind == PART_VALUE)
            status = expand_value(part, values, out, fault);
        else if (part->kind == PART_CUT && cuts != NULL && cuts->count < TEMPLATE_MAX_CUTS)
            cuts->at[cuts->count++] = out->len;
    }
    return status;
}

static void describe_part(const struct template_part *part, struct values *values, struct buf *out)
{
    struct fault ignored;
    switch (part->kind) {
    case PART_BYTES:
        buf_add(out, part->bytes, part->size);
        break;
    case PART_ANY:
        buf_add_text(out, "*");
        break;
    case PART_DIGIT:
        buf_add_text(out, "x");
        break;
    case PART_CAPTURE:
        template_describe(&part->arguments[0], values, out);
        break;
    case PART_VALUE:
        if (expand_value(part, values, out, &ignored) != 0)
            buf_printf(out, "${%s}", part->name);
        break;
    case PART_CUT:
        break;
    }
}

void template_describe(const struct template *template, struct values *values, struct buf *out)
{
    if (template->form == TEMPLATE_REGEX)
        buf_add_text(out, "/");
    for (size_t i = 0; i < template->count; i++)
        describe_part(&template->parts[i], values, out);
    if (template->form == TEMPLATE_REGEX)
        buf_printf(out, "/%s", template->options);
}
