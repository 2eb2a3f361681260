#include "pattern.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "core/mem.h"
#include "io/i18n.h"

enum { MAX_EXPRESSION = 1 << 18, MAX_CAPTURES = 32, MATCH_LIMIT = 2000000, HEAP_LIMIT = 20000 /* KiB */ };

struct pattern {
    struct buf text;
    const char *names[MAX_CAPTURES];   /* of a wildcard pattern's groups */
    size_t count;
    pcre2_code *code;
};

/* Bytes that mean themselves: those that are no letters or digits are written as \xHH. */
static int add_quoted(struct buf *out, const char *bytes, size_t size)
{
    int status = 0;
    for (size_t i = 0; status == 0 && i < size; i++)
        status = isalnum((unsigned char)bytes[i]) ? buf_add(out, &bytes[i], 1)
                                                  : buf_printf(out, "\\x%02x", (unsigned char)bytes[i]);
    return status;
}

static int add_value(struct pattern *pattern, const struct template_part *part, struct values *values,
                     struct fault *fault)
{
    struct template single = { .parts = (struct template_part *)part, .count = 1 };
    struct buf value;
    if (values == NULL)
        return 0;
    buf_init(&value, MAX_EXPRESSION);
    int status = template_expand(&single, values, &value, NULL, fault);
    if (status == 0 && add_quoted(&pattern->text, value.data, value.len) != 0)
        status = fault_at(fault, part->offset, _("the pattern becomes too long"));
    buf_free(&value);
    return status;
}

static int add_parts(struct pattern *pattern, const struct template *template, struct values *values,
                     struct fault *fault);

static int add_capture(struct pattern *pattern, const struct template_part *part, struct values *values,
                       struct fault *fault)
{
    if (pattern->count == MAX_CAPTURES)
        return fault_at(fault, part->offset, _("a pattern captures %d values at most"), MAX_CAPTURES);
    pattern->names[pattern->count++] = part->name;
    buf_add_text(&pattern->text, "(");
    if (add_parts(pattern, &part->arguments[0], values, fault) != 0)
        return -1;
    return buf_add_text(&pattern->text, ")");
}

static int add_parts(struct pattern *pattern, const struct template *template, struct values *values,
                     struct fault *fault)
{
    int status = 0;
    for (size_t i = 0; status == 0 && i < template->count; i++) {
        const struct template_part *part = &template->parts[i];
        if (part->kind == PART_BYTES)
            status = template->form == TEMPLATE_REGEX ? buf_add(&pattern->text, part->bytes, part->size)
                                                      : add_quoted(&pattern->text, part->bytes, part->size);
        else if (part->kind == PART_ANY)
            status = buf_add_text(&pattern->text, ".*");
        else if (part->kind == PART_DIGIT)
            status = buf_add_text(&pattern->text, "[0-9]");
        else if (part->kind == PART_VALUE)
            status = add_value(pattern, part, values, fault);
        else if (part->kind == PART_CAPTURE)
            status = add_capture(pattern, part, values, fault);
        if (status != 0 && fault->text[0] == '\0')
            fault_at(fault, part->offset, _("the pattern becomes too long"));
    }
    return status;
}

static uint32_t options_of(const struct template *template)
{
    static const struct { char letter; uint32_t option; } rows[] = {
        { 'i', PCRE2_CASELESS }, { 's', PCRE2_DOTALL }, { 'm', PCRE2_MULTILINE }, { 'x', PCRE2_EXTENDED },
    };
    if (template->form != TEMPLATE_REGEX)
        return PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY;
    uint32_t options = PCRE2_DOLLAR_ENDONLY;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strchr(template->options, rows[i].letter) != NULL)
            options |= rows[i].option;
    return options;
}

static int compile(struct pattern *pattern, const struct template *template, struct values *values,
                   struct fault *fault)
{
    int number = 0;
    PCRE2_SIZE offset = 0;
    fault->text[0] = '\0';
    *pattern = (struct pattern){ .code = NULL };
    buf_init(&pattern->text, MAX_EXPRESSION);
    const bool whole = template->form != TEMPLATE_REGEX && !template->anywhere;
    if (whole)
        buf_add_text(&pattern->text, "\\A");
    if (add_parts(pattern, template, values, fault) != 0)
        return -1;
    if (whole)
        buf_add_text(&pattern->text, "\\z");
    pattern->code = pcre2_compile((PCRE2_SPTR)buf_text(&pattern->text), pattern->text.len, options_of(template),
                                  &number, &offset, NULL);
    if (pattern->code != NULL)
        return 0;
    PCRE2_UCHAR reason[200] = "";
    pcre2_get_error_message(number, reason, sizeof reason);
    /* + 1: the slash before it. */
    return fault_at(fault, offset + 1, _("the regular expression is wrong: %s"), (const char *)reason);
}

static void pattern_end(struct pattern *pattern)
{
    pcre2_code_free(pattern->code);
    buf_free(&pattern->text);
}

int pattern_check(const struct template *template, struct fault *fault)
{
    struct pattern pattern;
    int status = compile(&pattern, template, NULL, fault);
    pattern_end(&pattern);
    return status;
}

static void keep(struct values *values, const char *name, struct span subject, const PCRE2_SIZE *vector, size_t group)
{
    PCRE2_SIZE start = vector[2 * group], end = vector[2 * group + 1];
    if (start != PCRE2_UNSET && end >= start && end <= subject.len)
        values_set(values, name, (struct span){ subject.at + start, end - start });
}

static void keep_all(const struct pattern *pattern, const struct template *template, struct values *values,
                     struct span subject, pcre2_match_data *data)
{
    const PCRE2_SIZE *vector = pcre2_get_ovector_pointer(data);
    uint32_t count = 0, size = 0;
    const unsigned char *names = NULL;
    if (template->form != TEMPLATE_REGEX) {
        for (size_t i = 0; i < pattern->count; i++)
            keep(values, pattern->names[i], subject, vector, i + 1);
        return;
    }
    pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMECOUNT, &count);
    pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
    pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMETABLE, &names);
    for (uint32_t i = 0; i < count; i++, names += size)
        keep(values, (const char *)names + 2, subject, vector, (size_t)names[0] << 8 | names[1]);
}

int pattern_match(const struct template *template, struct values *values, struct span subject, struct fault *fault)
{
    struct pattern pattern;
    if (compile(&pattern, template, values, fault) != 0) {
        pattern_end(&pattern);
        return -1;
    }
    pcre2_match_context *limits = pcre2_match_context_create(NULL);
    pcre2_match_data *data = pcre2_match_data_create_from_pattern(pattern.code, NULL);
    pcre2_set_match_limit(limits, MATCH_LIMIT);
    pcre2_set_heap_limit(limits, HEAP_LIMIT);
    int found = pcre2_match(pattern.code, (PCRE2_SPTR)(subject.at != NULL ? subject.at : ""), subject.len, 0, 0, data,
                            limits);
    int status = found >= 0 ? 1 : 0;
    if (found < 0 && found != PCRE2_ERROR_NOMATCH)
        status = fault_at(fault, 0, _("matching takes too much work: make the pattern simpler"));
    else if (status == 1)
        keep_all(&pattern, template, values, subject, data);
    pcre2_match_data_free(data);
    pcre2_match_context_free(limits);
    pattern_end(&pattern);
    return status;
}
