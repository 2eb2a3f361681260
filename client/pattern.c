/*
 * A pattern is an array of nodes in the order of reading, operators before
 * what they work on, so that it is walked by one function that answers where
 * it stopped. Depth is bounded.
 */
#include "pattern.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/pattern_parts.h"
#include "core/mem.h"
#include "io/i18n.h"

enum { MAX_NODES = 200, MAX_DEPTH = 30, DAY = 24 * 3600 };

static const struct row {
    char letter;
    enum pattern_kind kind;
    const char *search;      /* NULL: SEARCH cannot say it */
    unsigned flag;
    const char *field;
    const char *meaning;
} rows[] = {
    { 'A', PATTERN_ALL, "ALL", 0, NULL, N_("every letter") },
    { 'b', PATTERN_BODY, "BODY", 0, NULL, N_("the text holds …") },
    { 'B', PATTERN_WHOLE, "TEXT", 0, NULL, N_("the letter holds … anywhere") },
    { 'c', PATTERN_FIELD, "CC", 0, "Cc", N_("who gets a copy") },
    { 'C', PATTERN_PEOPLE, NULL, 0, "To Cc", N_("who it is to, or who gets a copy") },
    { 'd', PATTERN_DATE, NULL, 0, NULL, N_("the date: 24/11/2026, 1/11/2026-24/11/2026, <3d, >2w (d w m y)") },
    { 'D', PATTERN_FLAG, "DELETED", MAIL_DELETED, NULL, N_("deleted") },
    { 'f', PATTERN_FROM, "FROM", 0, NULL, N_("who it is from") },
    { 'F', PATTERN_FLAG, "FLAGGED", MAIL_FLAGGED, NULL, N_("flagged") },
    { 'h', PATTERN_HEADER, NULL, 0, NULL, N_("the header holds …") },
    { 'i', PATTERN_FIELD, "HEADER Message-ID", 0, "Message-ID", N_("the Message-ID") },
    { 'L', PATTERN_PEOPLE, NULL, 0, "From To Cc", N_("anybody: from, to, or copy") },
    { 'N', PATTERN_NEW, "NEW", 0, NULL, N_("new: arrived just now, not read") },
    { 'O', PATTERN_OLD, NULL, 0, NULL, N_("old: not read, but not new either") },
    { 'Q', PATTERN_FLAG, "ANSWERED", MAIL_ANSWERED, NULL, N_("answered") },
    { 'R', PATTERN_FLAG, "SEEN", MAIL_SEEN, NULL, N_("read") },
    { 's', PATTERN_SUBJECT, "SUBJECT", 0, NULL, N_("the subject") },
    { 't', PATTERN_FIELD, "TO", 0, "To", N_("who it is to") },
    { 'U', PATTERN_UNREAD, "UNSEEN", 0, NULL, N_("not read") },
    { 'X', PATTERN_FLAG, NULL, MAIL_ATTACHED, NULL, N_("something is attached") },
    { 'z', PATTERN_SIZE, NULL, 0, NULL, N_("the size: <10K, >1M, 1K-2K") },
};

enum { ROWS = sizeof rows / sizeof rows[0] };

bool pattern_letter(size_t row, char *letter, bool *argument, const char **meaning)
{
    if (row >= ROWS)
        return false;
    *letter = rows[row].letter;
    *meaning = rows[row].meaning;
    *argument = rows[row].kind >= PATTERN_FIRST_ARGUMENT;
    return true;
}

/* ---- reading ---- */

struct reading {
    const char *at;
    int64_t now;
    struct pattern *pattern;
    struct buf *error;
};

static int wrong(struct reading *reading, const char *sentence, const char *where)
{
    buf_printf(reading->error, _(sentence), where);
    return -1;
}

static struct pattern_node *add(struct reading *reading, enum pattern_kind kind)
{
    struct pattern *pattern = reading->pattern;
    if (pattern->count == MAX_NODES) {
        buf_add_text(reading->error, _("the pattern is too long"));
        return NULL;
    }
    pattern->nodes = mem_grow(pattern->nodes, pattern->count + 1, sizeof *pattern->nodes);
    pattern->nodes[pattern->count] = (struct pattern_node){ .kind = kind, .most = INT64_MAX, .least = INT64_MIN };
    return &pattern->nodes[pattern->count++];
}

static void skip(struct reading *reading)
{
    reading->at += strspn(reading->at, " \t");
}

/* A word, or what stands between quotes. free() it. */
static char *read_text(struct reading *reading)
{
    skip(reading);
    if (*reading->at == '"' || *reading->at == '\'') {
        char quote[2] = { *reading->at++, '\0' };
        size_t length = strcspn(reading->at, quote);
        char *text = mem_copy(reading->at, length);
        reading->at += length + (reading->at[length] != '\0');
        return text;
    }
    size_t length = strcspn(reading->at, " \t()|");
    char *text = mem_copy(reading->at, length);
    reading->at += length;
    return text;
}

/* "10K" */
static bool read_bytes(const char **at, int64_t *bytes)
{
    char *end;
    double number = strtod(*at, &end);
    if (end == *at || number < 0 || number > 1e15)
        return false;
    int shift = *end == 'K' || *end == 'k' ? 10 : *end == 'M' || *end == 'm' ? 20 : *end == 'G' ? 30 : 0;
    *bytes = (int64_t)(number * (double)(1LL << shift));
    *at = end + (shift > 0);
    return true;
}

/* "24/11/2026", "24/11" (this year), "20261124", "2026-11-24": the day's first second, in this zone. */
static bool read_day(const char **at, int64_t now, int64_t *seconds)
{
    int day, month, year, used = 0;
    struct tm tm;
    time_t then = (time_t)now;
    localtime_r(&then, &tm);
    if (sscanf(*at, "%4d-%2d-%2d%n", &year, &month, &day, &used) != 3 || used == 0) {
        used = 0;
        if (sscanf(*at, "%4d%2d%2d%n", &year, &month, &day, &used) != 3 || used != 8) {
            used = 0;
            if (sscanf(*at, "%2d/%2d/%4d%n", &day, &month, &year, &used) != 3 || used == 0) {
                year = tm.tm_year + 1900;
                used = 0;
                if (sscanf(*at, "%2d/%2d%n", &day, &month, &used) != 2 || used == 0)
                    return false;
            }
        }
    }
    if (day < 1 || day > 31 || month < 1 || month > 12 || year < 1900 || year > 9999)
        return false;
    tm = (struct tm){ .tm_mday = day, .tm_mon = month - 1, .tm_year = year - 1900, .tm_isdst = -1 };
    *seconds = (int64_t)mktime(&tm);
    *at += used;
    return true;
}

/* "<3d": younger than three days; ">2w": older. */
static bool read_age(const char **at, int64_t *seconds)
{
    char *end;
    long number = strtol(*at, &end, 10);
    const char *unit = strchr("dwmyH", *end != '\0' ? *end : '?');
    static const int64_t lengths[] = { DAY, 7 * DAY, 30 * DAY, 365 * DAY, 3600 };
    if (end == *at || number < 0 || number > 100000 || unit == NULL)
        return false;
    *seconds = number * lengths[unit - "dwmyH" >= 0 && unit - "dwmyH" < 5 ? unit - "dwmyH" : 0];
    *at = end + 1;
    return true;
}

static bool read_number(struct reading *reading, enum pattern_kind kind, const char **at, int64_t *number)
{
    return kind == PATTERN_SIZE ? read_bytes(at, number) : read_day(at, reading->now, number);
}

/* "<x", ">x", "x-y", "x-", "x" */
static bool read_range(struct reading *reading, struct pattern_node *node, const char *at)
{
    int64_t number;
    char sign = *at;
    if (sign == '<' || sign == '>') {
        at++;
        if (node->kind == PATTERN_DATE && read_age(&at, &number))
            *(sign == '<' ? &node->least : &node->most) = reading->now - number;
        else if (read_number(reading, node->kind, &at, &number))
            *(sign == '<' ? &node->most : &node->least) = number + (sign == '<' ? -1 : 1);
        else
            return false;
        return *at == '\0';
    }
    int64_t length = node->kind == PATTERN_DATE ? DAY - 1 : 0;
    if (*at != '-') {
        if (!read_number(reading, node->kind, &at, &node->least))
            return false;
        node->most = *at == '-' ? INT64_MAX : node->least + length;
    }
    if (*at == '-' && at[1] != '\0') {
        at++;
        if (!read_number(reading, node->kind, &at, &node->most))
            return false;
        node->most += length;
    } else if (*at == '-') {
        at++;
    }
    return *at == '\0';
}

static const struct row *row_of(char letter)
{
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].letter == letter)
            return &rows[i];
    return NULL;
}

static int read_letter(struct reading *reading)
{
    char name[3] = { '~', reading->at[1], '\0' };
    const struct row *row = reading->at[1] != '\0' ? row_of(reading->at[1]) : NULL;
    if (row == NULL)
        return wrong(reading, N_("a pattern knows no %s; ~A is every letter, ~f from, ~s subject, ~d date"),
                     name);
    reading->at += 2;
    struct pattern_node *node = add(reading, row->kind);
    if (node == NULL)
        return -1;
    node->flag = row->flag;
    node->search = row->search;
    node->field = row->field;
    if (row->kind < PATTERN_FIRST_ARGUMENT)
        return 0;
    node->text = read_text(reading);
    if (*node->text == '\0')
        return wrong(reading, N_("%s wants something behind it"), name);
    bool range = row->kind == PATTERN_DATE || row->kind == PATTERN_SIZE;
    if (range && !read_range(reading, node, node->text))
        return wrong(reading, row->kind == PATTERN_DATE ? N_("\"%s\" is no date: 24/11/2026, <3d or >2w is one")
                                                        : N_("\"%s\" is no size: <10K or >1M is one"), node->text);
    return 0;
}

/* A word alone is in the subject or in who it is from: OR SUBJECT x FROM x. */
static int read_word(struct reading *reading)
{
    char *text = read_text(reading);
    struct pattern_node *either = add(reading, PATTERN_OR);
    struct pattern_node *subject = either != NULL ? add(reading, PATTERN_SUBJECT) : NULL;
    if (subject != NULL) {
        subject->search = "SUBJECT";
        subject->text = text;
        struct pattern_node *from = add(reading, PATTERN_FROM);
        if (from != NULL) {
            from->search = "FROM";
            from->text = mem_text(text);
            return 0;
        }
        return -1;
    }
    free(text);
    return -1;
}

static int read_either(struct reading *reading, int depth);

static int read_one(struct reading *reading, int depth)
{
    skip(reading);
    if (depth > MAX_DEPTH)
        return wrong(reading, N_("the pattern is too deep at %s"), reading->at);
    if (*reading->at == '!') {
        reading->at++;
        return add(reading, PATTERN_NOT) != NULL ? read_one(reading, depth + 1) : -1;
    }
    if (*reading->at == '(') {
        reading->at++;
        if (read_either(reading, depth + 1) != 0)
            return -1;
        skip(reading);
        if (*reading->at != ')')
            return wrong(reading, N_("a parenthesis is not closed%s"), "");
        reading->at++;
        return 0;
    }
    if (*reading->at == '\0' || *reading->at == ')' || *reading->at == '|')
        return wrong(reading, N_("something is missing before \"%s\""), reading->at);
    return *reading->at == '~' ? read_letter(reading) : read_word(reading);
}

/* An operator in front of what was read from node `first` on. */
static int put_before(struct reading *reading, size_t first, enum pattern_kind kind)
{
    if (add(reading, kind) == NULL)
        return -1;
    struct pattern *pattern = reading->pattern;
    struct pattern_node node = pattern->nodes[pattern->count - 1];
    memmove(&pattern->nodes[first + 1], &pattern->nodes[first], (pattern->count - 1 - first) * sizeof node);
    pattern->nodes[first] = node;
    return 0;
}

static int read_all(struct reading *reading, int depth)
{
    size_t first = reading->pattern->count;
    if (read_one(reading, depth) != 0)
        return -1;
    for (skip(reading); strchr("|)", *reading->at) == NULL; skip(reading)) /* the end of the text is in it */
        if (put_before(reading, first, PATTERN_AND) != 0 || read_one(reading, depth) != 0)
            return -1;
    return 0;
}

static int read_either(struct reading *reading, int depth)
{
    size_t first = reading->pattern->count;
    if (read_all(reading, depth) != 0)
        return -1;
    for (skip(reading); *reading->at == '|'; skip(reading)) {
        reading->at++;
        if (put_before(reading, first, PATTERN_OR) != 0 || read_all(reading, depth) != 0)
            return -1;
    }
    return 0;
}

struct pattern *pattern_parse(const char *text, int64_t now, struct buf *error)
{
    struct reading reading = { text, now, mem_alloc(sizeof *reading.pattern), error };
    skip(&reading);
    int status = *reading.at == '\0' ? (add(&reading, PATTERN_ALL)->search = "ALL", 0) : read_either(&reading, 0);
    if (status == 0 && *reading.at != '\0')
        status = wrong(&reading, N_("something is too much at \"%s\""), reading.at);
    if (status == 0)
        return reading.pattern;
    pattern_free(reading.pattern);
    return NULL;
}

void pattern_free(struct pattern *pattern)
{
    if (pattern == NULL)
        return;
    for (size_t i = 0; i < pattern->count; i++)
        free(pattern->nodes[i].text);
    free(pattern->nodes);
    free(pattern);
}

bool pattern_needs_letters(const struct pattern *pattern)
{
    for (size_t i = 0; i < pattern->count; i++)
        if (pattern->nodes[i].kind >= PATTERN_FIRST_LETTER)
            return true;
    return false;
}

bool pattern_is_ascii(const struct pattern *pattern)
{
    for (size_t i = 0; i < pattern->count; i++)
        for (const char *at = pattern->nodes[i].text; at != NULL && *at != '\0'; at++)
            if ((unsigned char)*at > 126)
                return false;
    return true;
}
