/*
 * filter_parse.c - conditions: or, and, not, parentheses, comparisons, sets.
 *
 *     condition  = both *( ("or" / "||") both )
 *     both       = one *( ("and" / "&&") one )
 *     one        = ("not" / "!") one / "(" condition ")" / test
 *     test       = ["any" / "all"] operand [ comparison operand / ["not"] "in" set ]
 *     set        = "{" element *( "," element ) "}"
 *     element    = operand [ ".." operand ]
 *
 * A parenthesis holds a condition; { } are for arithmetic (wireshark-filter(4)).
 */
#include "visualizer/filter_parse.h"

#include "io/i18n.h"

enum { DEEPEST = 64 };

void parser_next(struct filter_parser *parser)
{
    parser->lexer.problem = NULL;
    lexer_next(&parser->lexer, &parser->token);
    if (parser->lexer.problem != NULL)
        parser_fail(parser, parser->token.start, parser->token.end, parser->lexer.problem);
}

bool parser_accept(struct filter_parser *parser, enum sign sign)
{
    if (parser->failed || parser->token.kind != TOKEN_SIGN || parser->token.sign != sign)
        return false;
    parser_next(parser);
    return true;
}

bool parser_expect(struct filter_parser *parser, enum sign sign, const char *reason)
{
    return parser_accept(parser, sign) || parser_fail(parser, parser->token.start, parser->token.end, reason);
}

bool parser_deeper(struct filter_parser *parser)
{
    return ++parser->depth <= DEEPEST ||
           parser_fail(parser, parser->token.start, parser->token.end, N_("This is nested too deep."));
}

static enum sign present(const struct filter_parser *parser)
{
    return parser->token.kind == TOKEN_SIGN ? parser->token.sign : SIGN_NONE;
}

static bool compares(enum sign sign)
{
    return sign >= SIGN_EQUAL && sign <= SIGN_IN;
}

static struct node *parse_element(struct filter_parser *parser)
{
    struct node *element = parse_operand(parser);
    if (parser_accept(parser, SIGN_RANGE)) {
        element->until = parse_operand(parser);
    }
    return element;
}

static struct node *parse_set(struct filter_parser *parser)
{
    struct node *first = NULL, **last = &first;
    if (!parser_expect(parser, SIGN_BRACE, N_("Behind \"in\" comes a set, such as {25, 110, 143..146}.")))
        return NULL;
    do {
        *last = parse_element(parser);
        last = &(*last)->next;
    } while (parser_accept(parser, SIGN_COMMA));
    parser_expect(parser, SIGN_END_BRACE, N_("The elements of a set are separated by commas, and } ends it."));
    return first;
}

static struct node *compare(struct filter_parser *parser, struct node *left, enum sign quantity)
{
    const enum sign sign = present(parser);
    struct node *node = node_new(parser, sign == SIGN_IN ? NODE_IN : NODE_COMPARE, left->start);
    node->sign = sign;
    node->all = quantity == SIGN_ALL ||
                (quantity == SIGN_NONE && (sign == SIGN_UNEQUAL || sign == SIGN_ALL_EQUAL));
    node->left = left;
    parser_next(parser);
    node->right = sign == SIGN_IN ? parse_set(parser) : parse_operand(parser);
    node->end = parser->token.start;
    if (parser->failed)
        return node;
    if (sign == SIGN_IN)
        type_set(parser, node);
    else
        type_comparison(parser, node);
    if (compares(present(parser)))
        parser_fail(parser, parser->token.start, parser->token.end,
                    N_("A comparison has two sides only; join two comparisons with \"and\"."));
    return node;
}

static struct node *parse_test(struct filter_parser *parser)
{
    const enum sign quantity = parser_accept(parser, SIGN_ANY) ? SIGN_ANY :
                               parser_accept(parser, SIGN_ALL) ? SIGN_ALL : SIGN_NONE;
    struct node *left = parse_operand(parser);
    if (parser->failed)
        return left;
    if (parser_accept(parser, SIGN_NOT)) {
        struct node *node = node_new(parser, NODE_NOT, left->start);
        if (present(parser) == SIGN_IN)
            node->left = compare(parser, left, quantity);
        else
            parser_fail(parser, parser->token.start, parser->token.end,
                        N_("Here \"not\" can only be followed by \"in\"; otherwise it stands before the condition."));
        return node;
    }
    if (compares(present(parser)))
        return compare(parser, left, quantity);
    if (quantity != SIGN_NONE)
        parser_fail(parser, parser->token.start, parser->token.end,
                    N_("\"any\" and \"all\" stand before a comparison."));
    struct node *node = node_new(parser, NODE_EXISTS, left->start);
    node->left = left;
    type_exists(parser, left);
    return node;
}

static struct node *parse_condition(struct filter_parser *parser);

static struct node *parse_one(struct filter_parser *parser)
{
    const size_t start = parser->token.start;
    if (parser_accept(parser, SIGN_NOT)) {
        struct node *node = node_new(parser, NODE_NOT, start);
        if (parser_deeper(parser))
            node->left = parse_one(parser);
        parser->depth--;
        return node;
    }
    if (!parser_accept(parser, SIGN_OPEN))
        return parse_test(parser);
    struct node *node = node_new(parser, NODE_EVERYTHING, start);
    if (parser_deeper(parser))
        node = parse_condition(parser);
    parser->depth--;
    parser_expect(parser, SIGN_CLOSE, N_("A parenthesis is not closed here."));
    if (compares(present(parser)))
        parser_fail(parser, start, parser->token.start,
                    N_("A parenthesis holds a condition and cannot be compared; use { } for arithmetic."));
    return node;
}

static struct node *parse_both(struct filter_parser *parser)
{
    struct node *node = parse_one(parser);
    while (parser_accept(parser, SIGN_AND)) {
        struct node *both = node_new(parser, NODE_AND, node->start);
        both->left = node;
        both->right = parse_one(parser);
        node = both;
    }
    return node;
}

static struct node *parse_condition(struct filter_parser *parser)
{
    struct node *node = parse_both(parser);
    while (parser_accept(parser, SIGN_OR)) {
        struct node *either = node_new(parser, NODE_OR, node->start);
        either->left = node;
        either->right = parse_both(parser);
        node = either;
    }
    return node;
}

struct node *parse_filter(struct filter_parser *parser)
{
    parser_next(parser);
    if (parser->token.kind == TOKEN_END && !parser->failed)
        return node_new(parser, NODE_EVERYTHING, 0);
    struct node *root = parse_condition(parser);
    if (parser->token.kind != TOKEN_END)
        parser_fail(parser, parser->token.start, parser->token.end,
                    N_("Here a comparison, \"and\", \"or\" or the end is expected."));
    return root;
}
