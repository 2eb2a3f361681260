/*
 * filter.c - a filter's life: compiled, asked for the fields it needs, freed.
 */
#include "visualizer/filter.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "io/text.h"
#include "visualizer/filter_parse.h"

/* Bytes of the text that are no continuation of a character. */
static size_t column_of(const char *text, size_t at)
{
    size_t column = 1;
    for (size_t i = 0; i < at && text[i] != '\0'; i++)
        column += ((unsigned char)text[i] & 0xc0) != 0x80;
    return column;
}

bool parser_fail(struct filter_parser *parser, size_t start, size_t end, const char *reason)
{
    enum { SHOWN = 40 };
    if (parser->failed)
        return false;
    parser->failed = true;
    parser->column = column_of(parser->lexer.text, start);
    struct buf what;
    buf_init(&what, 8 * SHOWN);
    text_safe(&what, parser->lexer.text + start, end - start > SHOWN ? SHOWN : end - start);
    if (end > start)
        buf_printf(parser->message, _("The filter is wrong at column %zu (%s): %s"), parser->column, buf_text(&what),
                   _(reason));
    else
        buf_printf(parser->message, _("The filter is wrong at column %zu: %s"), parser->column, _(reason));
    buf_free(&what);
    return false;
}

struct node *node_new(struct filter_parser *parser, enum node_kind kind, size_t start)
{
    struct node *node = mem_alloc(sizeof *node);
    node->kind = kind;
    node->start = start;
    node->end = parser->token.end;
    node->older = parser->filter->all;
    parser->filter->all = node;
    return node;
}

struct filter *filter_compile(const char *text, size_t *column, struct buf *message)
{
    struct filter *filter = mem_alloc(sizeof *filter);
    const size_t length = strlen(text);
    struct filter_parser parser = { .filter = filter, .lexer = { .text = text }, .message = message };
    if (length > FILTER_LONGEST) {
        parser.failed = true;
        parser.column = FILTER_LONGEST;
        buf_printf(message, _("A filter has at most %d characters."), FILTER_LONGEST);
    } else {
        filter->room = parser.lexer.room = mem_alloc(2 * length + 16);
        filter->root = parse_filter(&parser);
    }
    if (column != NULL)
        *column = parser.failed ? parser.column : 0;
    if (!parser.failed)
        return filter;
    filter_free(filter);
    return NULL;
}

void filter_free(struct filter *filter)
{
    if (filter == NULL)
        return;
    for (struct node *node = filter->all, *older; node != NULL; node = older) {
        older = node->older;
        filter_pattern_free(node);
        free(node);
    }
    free(filter->room);
    free(filter);
}

void filter_wants(const struct filter *filter, struct wants *wants)
{
    wants->stack = true; /* a protocol's name asks whether there is such a layer */
    for (const struct node *node = filter->all; node != NULL; node = node->older)
        for (size_t i = 0; node->kind == NODE_FIELD && i < node->place_count; i++) {
            wants->rows[node->places[i].protocol][node->places[i].row] = 1;
            wants->layers_only = false;
        }
}

bool filter_asks_exchanges(const struct filter *filter)
{
    return filter->asks_exchanges;
}
