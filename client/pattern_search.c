/*
 * A pattern as SEARCH says it (RFC 9051 §6.4.4). Days are those of the
 * server; a date to the hour ("<3H") is tried here instead.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "client/pattern.h"
#include "client/pattern_parts.h"

enum { DAY = 24 * 3600 };

static bool is_midnight(int64_t seconds)
{
    struct tm tm;
    time_t then = (time_t)seconds;
    return localtime_r(&then, &tm) != NULL && tm.tm_hour == 0 && tm.tm_min == 0 && tm.tm_sec == 0;
}

static bool can_say(const struct pattern_node *node)
{
    if (node->kind == PATTERN_DATE) /* SEARCH knows whole days only */
        return (node->least == INT64_MIN || is_midnight(node->least)) &&
               (node->most == INT64_MAX || is_midnight(node->most + 1));
    return node->kind != PATTERN_HEADER && (node->kind != PATTERN_FLAG || node->search != NULL);
}

bool pattern_for_server(const struct pattern *pattern)
{
    for (size_t i = 0; i < pattern->count; i++)
        if (!can_say(&pattern->nodes[i]))
            return false;
    return true;
}

static void write_day(const struct pattern_writer *writer, const char *word, int64_t seconds)
{
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
                                          "Dec" };
    char text[40];
    struct tm tm;
    time_t then = (time_t)seconds;
    localtime_r(&then, &tm);
    snprintf(text, sizeof text, "%d-%s-%04d", tm.tm_mday, months[tm.tm_mon % 12], tm.tm_year + 1900);
    writer->word(writer->context, word);
    writer->word(writer->context, text);
}

static void write_date(const struct pattern_writer *writer, const struct pattern_node *node)
{
    if (node->least != INT64_MIN)
        write_day(writer, "SENTSINCE", node->least);
    if (node->most != INT64_MAX)
        write_day(writer, "SENTBEFORE", node->most + 1);
}

/* LARGER and SMALLER leave out the number itself. */
static void write_size(const struct pattern_writer *writer, const struct pattern_node *node)
{
    char text[40];
    if (node->least > 0) {
        snprintf(text, sizeof text, "LARGER %" PRId64, node->least - 1);
        writer->word(writer->context, text);
    }
    if (node->most != INT64_MAX) {
        snprintf(text, sizeof text, "SMALLER %" PRId64, node->most + 1);
        writer->word(writer->context, text);
    }
    if (node->least <= 0 && node->most == INT64_MAX)
        writer->word(writer->context, "ALL");
}

/* "To Cc": OR TO x CC x */
static void write_people(const struct pattern_writer *writer, const struct pattern_node *node)
{
    const char *names = node->field;
    char word[20];
    for (size_t length; *names != '\0'; names += length + (names[length] == ' ')) {
        length = strcspn(names, " ");
        if (names[length] == ' ')
            writer->word(writer->context, "OR");
        snprintf(word, sizeof word, "%.*s", (int)length, names);
        for (char *at = word; *at != '\0'; at++)
            *at = *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at;
        writer->word(writer->context, word);
        writer->string(writer->context, span_of(node->text));
    }
}

static void write_leaf(const struct pattern_writer *writer, const struct pattern_node *node)
{
    switch (node->kind) {
    case PATTERN_DATE: write_date(writer, node); break;
    case PATTERN_SIZE: write_size(writer, node); break;
    case PATTERN_PEOPLE: write_people(writer, node); break;
    case PATTERN_OLD: writer->word(writer->context, "OLD UNSEEN"); break;
    default:
        writer->word(writer->context, node->search);
        if (node->kind >= PATTERN_FIRST_ARGUMENT)
            writer->string(writer->context, span_of(node->text));
    }
}

/* What follows OR or NOT is one key: several are put into parentheses. */
static void write_node(const struct pattern *pattern, size_t *at, const struct pattern_writer *writer)
{
    const struct pattern_node *node = &pattern->nodes[(*at)++];
    if (node->kind == PATTERN_OR || node->kind == PATTERN_NOT) {
        writer->word(writer->context, node->kind == PATTERN_OR ? "OR" : "NOT");
        write_node(pattern, at, writer);
        if (node->kind == PATTERN_OR)
            write_node(pattern, at, writer);
        return;
    }
    bool group = node->kind == PATTERN_AND || node->kind == PATTERN_DATE || node->kind == PATTERN_SIZE ||
                 node->kind == PATTERN_OLD;
    if (group)
        writer->word(writer->context, "(ALL");
    if (node->kind == PATTERN_AND) {
        write_node(pattern, at, writer);
        write_node(pattern, at, writer);
    } else {
        write_leaf(writer, node);
    }
    if (group)
        writer->word(writer->context, ")");
}

void pattern_write(const struct pattern *pattern, const struct pattern_writer *writer)
{
    size_t at = 0;
    write_node(pattern, &at, writer);
}
