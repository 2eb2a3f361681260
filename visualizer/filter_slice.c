/*
 * filter_slice.c - the ranges in brackets: [4], [0:2], [:2], [4:], [-2:],
 * [0-2] (both ends count), and several of them with commas. They are read from
 * the text itself: "0-2" would be one word to the lexer.
 */
#include <ctype.h>

#include "io/i18n.h"
#include "visualizer/filter_parts.h"

enum { LARGEST = 1 << 30 };

static void skip_spaces(struct lexer *lexer)
{
    while (lexer->text[lexer->at] == ' ' || lexer->text[lexer->at] == '\t')
        lexer->at++;
}

static bool read_number(struct lexer *lexer, int *number)
{
    skip_spaces(lexer);
    size_t at = lexer->at;
    const bool negative = lexer->text[at] == '-';
    at += negative;
    if (!isdigit((unsigned char)lexer->text[at]))
        return false;
    int value = 0;
    for (; isdigit((unsigned char)lexer->text[at]); at++)
        value = value < LARGEST / 10 ? value * 10 + (lexer->text[at] - '0') : LARGEST;
    *number = negative ? -value : value;
    lexer->at = at;
    skip_spaces(lexer);
    return true;
}

static bool read_range(struct lexer *lexer, struct range *range)
{
    *range = (struct range){ RANGE_LENGTH, 0, 1 };
    const bool begins = read_number(lexer, &range->from);
    const char c = lexer->text[lexer->at];
    if (c == ':') {
        lexer->at++;
        if (!read_number(lexer, &range->to)) {
            range->kind = RANGE_REST;
            return begins;
        }
        return range->to > 0;
    }
    if (c == '-' && begins) {
        lexer->at++;
        range->kind = RANGE_TO;
        return read_number(lexer, &range->to) && (range->to >= range->from || (range->to < 0) != (range->from < 0));
    }
    return begins;
}

bool parse_ranges(struct filter_parser *parser, struct node *node)
{
    struct lexer *lexer = &parser->lexer;
    const size_t start = parser->token.start;
    lexer->at = parser->token.end;
    do {
        if (node->range_count == MOST_RANGES)
            return parser_fail(parser, start, lexer->at, N_("These are too many ranges."));
        if (!read_range(lexer, &node->ranges[node->range_count++]))
            return parser_fail(parser, start, lexer->at,
                               N_("In brackets stand ranges: [4], [0:2] (from, length), [0-2] (from, to), [4:]."));
    } while (lexer->text[lexer->at] == ',' && lexer->at++ > 0);
    parser_next(parser);
    node->end = parser->token.end;
    return parser_expect(parser, SIGN_END_BRACKET, N_("The bracket is not closed here."));
}
