#include "headers.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/i18n.h"

static int take_text(struct template *template, struct span value, struct fault *fault)
{
    if (template->count > 0)
        return fault_at(fault, 0, _("this was said before"));
    if (value.len == 0)
        return fault_at(fault, 0, _("a text is missing here"));
    template_free(template);
    return template_parse(value, template, fault);
}

int header_title(struct script *script, struct span value, struct fault *fault)
{
    return take_text(&script->title, value, fault);
}

int header_title_fr(struct script *script, struct span value, struct fault *fault)
{
    return take_text(&script->title_fr, value, fault);
}

int header_hint(struct script *script, struct span value, struct fault *fault)
{
    return take_text(&script->hint, value, fault);
}

int header_hint_fr(struct script *script, struct span value, struct fault *fault)
{
    return take_text(&script->hint_fr, value, fault);
}

static size_t skip_blanks(struct span value, size_t at)
{
    while (at < value.len && (value.at[at] == ' ' || value.at[at] == '\t'))
        at++;
    return at;
}

/* "5321 §4.1.1.3", or "5321" alone, with commas between several. */
int header_rfc(struct script *script, struct span value, struct fault *fault)
{
    static const char sign[] = "§";
    size_t at = 0;
    do {
        struct script_rfc rfc = { .number = 0 };
        size_t used = 0, start = at = skip_blanks(value, at);
        for (; at < value.len && isdigit((unsigned char)value.at[at]) && rfc.number < 100000; at++)
            rfc.number = rfc.number * 10 + (value.at[at] - '0');
        if (at == start || rfc.number == 0)
            return fault_at(fault, at, _("an RFC is written like this: 5321 §4.1.1.3"));
        at = skip_blanks(value, at);
        if (value.len - at >= strlen(sign) && memcmp(value.at + at, sign, strlen(sign)) == 0) {
            at += strlen(sign);
            while (at < value.len && used + 1 < sizeof rfc.section &&
                   (isalnum((unsigned char)value.at[at]) || value.at[at] == '.'))
                rfc.section[used++] = value.at[at++];
            if (used == 0)
                return fault_at(fault, at, _("an RFC is written like this: 5321 §4.1.1.3"));
        }
        if (script->rfc_count == SCRIPT_MAX_RFCS)
            return fault_at(fault, start, _("a dialogue names %d RFCs at most"), SCRIPT_MAX_RFCS);
        script->rfcs[script->rfc_count++] = rfc;
        at = skip_blanks(value, at);
        if (at < value.len && value.at[at] != ',')
            return fault_at(fault, at, _("an RFC is written like this: 5321 §4.1.1.3"));
    } while (at++ < value.len);
    return 0;
}

static int take_number(struct span value, int most, int *number, struct fault *fault)
{
    long result = 0;
    for (size_t i = 0; i < value.len; i++) {
        if (!isdigit((unsigned char)value.at[i]) || result > most)
            return fault_at(fault, i, _("a number from 0 to %d belongs here"), most);
        result = result * 10 + (value.at[i] - '0');
    }
    if (value.len == 0 || result > most)
        return fault_at(fault, 0, _("a number from 0 to %d belongs here"), most);
    *number = (int)result;
    return 0;
}

int header_points(struct script *script, struct span value, struct fault *fault)
{
    return take_number(value, 1000, &script->points, fault);
}

int header_accounts(struct script *script, struct span value, struct fault *fault)
{
    return take_number(value, 4, &script->accounts, fault);
}

int header_seconds(struct span value, double *seconds, struct fault *fault)
{
    char text[24], *end = text;
    snprintf(text, sizeof text, "%.*s", (int)(value.len < sizeof text ? value.len : sizeof text - 1), value.at);
    double result = strtod(text, &end);
    bool plain = strspn(text, "0123456789.") == strlen(text);
    if (!plain || end == text || *end != '\0' || result < 0 || result > 3600)
        return fault_at(fault, 0, _("a number of seconds, 3600 at most, belongs here"));
    *seconds = result;
    return 0;
}

int header_time(struct script *script, struct span value, struct fault *fault)
{
    return header_seconds(value, &script->time, fault);
}

/* Bare words; each is given to take. */
static int each_word(struct script *script, struct span value, struct fault *fault,
                     int (*take)(struct script *script, struct span word, struct fault *fault))
{
    size_t at = skip_blanks(value, 0);
    if (at == value.len)
        return fault_at(fault, 0, _("a word is missing here"));
    while (at < value.len) {
        size_t end = at;
        while (end < value.len && value.at[end] != ' ' && value.at[end] != '\t')
            end++;
        if (take(script, (struct span){ value.at + at, end - at }, fault) != 0) {
            fault->offset = at;
            return -1;
        }
        at = skip_blanks(value, end);
    }
    return 0;
}

static int add_need(struct script *script, struct span word, struct fault *fault)
{
    if (script->need_count == SCRIPT_MAX_NEEDS)
        return fault_at(fault, 0, _("a dialogue has %d needs at most"), SCRIPT_MAX_NEEDS);
    script->needs[script->need_count++] = span_copy(word);
    return 0;
}

int header_needs(struct script *script, struct span value, struct fault *fault)
{
    return each_word(script, value, fault, add_need);
}

static int add_column(struct script *script, struct span word, struct fault *fault)
{
    if (script->column_count == SCRIPT_MAX_COLUMNS)
        return fault_at(fault, 0, _("rows have %d columns at most"), SCRIPT_MAX_COLUMNS);
    for (size_t i = 0; i < word.len; i++)
        if (!isalnum((unsigned char)word.at[i]) && strchr("-_", word.at[i]) == NULL)
            return fault_at(fault, 0, _("the name of a value is made of letters, digits, - and _"));
    script->columns[script->column_count++] = span_copy(word);
    return 0;
}

int header_columns(struct script *script, struct span value, struct fault *fault)
{
    if (script->column_count > 0)
        return fault_at(fault, 0, _("this was said before"));
    return each_word(script, value, fault, add_column);
}

int header_row(struct script *script, struct span value, struct fault *fault)
{
    struct script_row row = { .values = { { .count = 0 } } };
    size_t at = 0, count = 0;
    int more = 1;
    if (script->row_count == SCRIPT_MAX_ROWS)
        return fault_at(fault, 0, _("a dialogue has %d rows at most"), SCRIPT_MAX_ROWS);
    while (count < SCRIPT_MAX_COLUMNS && (more = template_word(value, &at, &row.values[count], fault)) == 1)
        count++;
    if (more >= 0 && (count != script->column_count || skip_blanks(value, at) < value.len))
        more = fault_at(fault, 0, _("a row has as many words as \"columns:\" before it: %zu"), script->column_count);
    if (more < 0) {
        for (size_t i = 0; i < SCRIPT_MAX_COLUMNS; i++)
            template_free(&row.values[i]);
        return -1;
    }
    script->rows = mem_grow(script->rows, script->row_count + 1, sizeof row);
    script->rows[script->row_count++] = row;
    return 0;
}
