/*
 * filter_operand.c - what can be compared: fields, protocols and their layers,
 * slices, functions, arithmetic, and literals.
 *
 *     operand    = sum *( ("&" / "bitwise_and") sum )
 *     sum        = product *( ("+" / "-") product )
 *     product    = factor *( ("*" / "/" / "%") factor )
 *     factor     = ("-" / "+") factor / "{" operand "}" / entity
 *     entity     = literal / function "(" operand *( "," operand ) ")" /
 *                  ["."] name [ "#" layer ] [ "[" ranges "]" ]
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "io/i18n.h"
#include "visualizer/filter_parts.h"

static const char *const functions[] = {
    [FUNCTION_LEN] = "len", [FUNCTION_COUNT] = "count", [FUNCTION_UPPER] = "upper", [FUNCTION_LOWER] = "lower",
    [FUNCTION_STRING] = "string", [FUNCTION_MAX] = "max", [FUNCTION_MIN] = "min", [FUNCTION_ABS] = "abs",
};

static int find_function(const char *name)
{
    for (int i = 0; i < (int)(sizeof functions / sizeof functions[0]); i++)
        if (strcmp(functions[i], name) == 0)
            return i;
    return -1;
}

/* Several protocols of ours may share a name: what nobody decodes is data. */
static bool find_protocol(struct node *node, const char *name)
{
    for (unsigned i = 0; i < PROTOCOL_COUNT; i++)
        if (strcmp(protocols[i]->filter, name) == 0 && node->place_count < MOST_FIELD_PLACES)
            node->places[node->place_count++] = (struct field_place){ i, 0 };
    node->kind = NODE_PROTOCOL;
    node->type = VALUE_PROTOCOL;
    return node->place_count > 0;
}

static bool find_field(struct node *node, const char *name)
{
    size_t count = fields_find(name, node->places, MOST_FIELD_PLACES);
    if (count == 0)
        return false;
    node->kind = NODE_FIELD;
    node->place_count = count < MOST_FIELD_PLACES ? count : MOST_FIELD_PLACES;
    node->row = &protocols[node->places[0].protocol]->rows[node->places[0].row];
    node->type = kind_of_row(node->row);
    return true;
}

static bool find_own(struct filter_parser *parser, struct node *node, const char *name)
{
    node->which = own_find(name);
    if (node->which < 0)
        return false;
    node->kind = NODE_OWN;
    node->row = own_row((size_t)node->which);
    node->type = kind_of_row(node->row);
    parser->filter->asks_exchanges |= own_asks_exchanges(node->which);
    return true;
}

static struct node *parse_call(struct filter_parser *parser, struct node *node)
{
    struct node **last = &node->left;
    size_t count = 0;
    node->kind = NODE_FUNCTION;
    if (parser_deeper(parser)) {
        do {
            *last = parse_operand(parser);
            last = &(*last)->next;
            count++;
        } while (parser_accept(parser, SIGN_COMMA));
    }
    parser->depth--;
    node->end = parser->token.end;
    if (parser_expect(parser, SIGN_CLOSE, N_("The arguments of a function are not closed here.")))
        type_function(parser, node, count);
    return node;
}

/* The layers behind "#": a number, or ranges in brackets. */
static void parse_layers(struct filter_parser *parser, struct node *node)
{
    node->layered = true;
    if (parser->token.kind == TOKEN_SIGN && parser->token.sign == SIGN_BRACKET) {
        parse_ranges(parser, node);
        return;
    }
    char *end = NULL;
    long layer = parser->token.kind == TOKEN_WORD ? strtol(parser->token.text, &end, 10) : 0;
    if (end == NULL || *end != '\0' || layer < 1 || layer > 1000) {
        parser_fail(parser, parser->token.start, parser->token.end,
                    N_("Behind # comes the number of a layer, counted from 1."));
        return;
    }
    node->ranges[node->range_count++] = (struct range){ RANGE_TO, (int)layer, (int)layer };
    parser_next(parser);
}

static struct node *parse_slice(struct filter_parser *parser, struct node *operand)
{
    if (operand->type != VALUE_NONE && !kind_is_bytes(operand->type)) {
        parser_fail(parser, operand->start, operand->end, N_("Only bytes, texts and addresses can be sliced."));
        return operand;
    }
    struct node *node = node_new(parser, NODE_SLICE, operand->start);
    node->left = operand;
    node->type = VALUE_BYTES;
    parse_ranges(parser, node);
    return node;
}

static struct node *parse_name(struct filter_parser *parser, struct node *node)
{
    if (parser_accept(parser, SIGN_LAYER))
        parse_layers(parser, node);
    if (!parser->failed && parser->token.kind == TOKEN_SIGN && parser->token.sign == SIGN_BRACKET)
        return parse_slice(parser, node);
    return node;
}

static struct node *parse_word(struct filter_parser *parser)
{
    struct node *node = node_new(parser, NODE_LITERAL, parser->token.start);
    const char *word = parser->token.text, *name = word + (word[0] == '.');
    node->text = word;
    node->len = parser->token.len;
    const int function = find_function(word);
    parser_next(parser);
    if (function >= 0 && parser_accept(parser, SIGN_OPEN)) {
        node->which = function;
        return parse_call(parser, node);
    }
    if (find_field(node, name) || find_own(parser, node, name) || find_protocol(node, name))
        return parse_name(parser, node);
    node->kind = NODE_LITERAL;
    node->type = VALUE_NONE;
    if (word[0] == '.')
        parser_fail(parser, node->start, node->end, N_("There is no field of this name."));
    return node;
}

static struct node *parse_entity(struct filter_parser *parser)
{
    switch (parser->token.kind) {
    case TOKEN_WORD:
        return parse_word(parser);
    case TOKEN_STRING: case TOKEN_CHARACTER: {
        struct node *node = node_new(parser, NODE_LITERAL, parser->token.start);
        node->quoted = true;
        node->character = parser->token.kind == TOKEN_CHARACTER;
        node->text = parser->token.text;
        node->len = parser->token.len;
        parser_next(parser);
        return node;
    }
    default:
        parser_fail(parser, parser->token.start, parser->token.end, N_("Here a field or a value is expected."));
        return node_new(parser, NODE_EVERYTHING, parser->token.start);
    }
}

static struct node *parse_factor(struct filter_parser *parser)
{
    const size_t start = parser->token.start;
    struct node *node = NULL;
    if (parser_accept(parser, SIGN_BRACE)) {
        if (parser_deeper(parser))
            node = parse_operand(parser);
        parser->depth--;
        parser_expect(parser, SIGN_END_BRACE, N_("A brace is not closed here."));
        return node != NULL ? node : node_new(parser, NODE_EVERYTHING, start);
    }
    const bool minus = parser_accept(parser, SIGN_MINUS);
    if (!minus && !parser_accept(parser, SIGN_PLUS))
        return parse_entity(parser);
    if (parser_deeper(parser))
        node = parse_factor(parser);
    parser->depth--;
    if (node == NULL || parser->failed)
        return node_new(parser, NODE_EVERYTHING, start);
    if (node->kind == NODE_LITERAL && node->type == VALUE_NONE && !node->quoted &&
        isdigit((unsigned char)node->text[0])) {
        node->minus ^= minus;
        return node;
    }
    struct node *negative = node_new(parser, NODE_NEGATIVE, start);
    negative->left = node;
    negative->sign = minus ? SIGN_MINUS : SIGN_PLUS;
    type_arithmetic(parser, negative);
    return negative;
}

static struct node *join(struct filter_parser *parser, struct node *left, enum sign sign, struct node *right)
{
    struct node *node = node_new(parser, NODE_ARITHMETIC, left->start);
    node->sign = sign;
    node->left = left;
    node->right = right;
    node->end = right->end;
    if (!parser->failed)
        type_arithmetic(parser, node);
    return node;
}

static struct node *parse_product(struct filter_parser *parser)
{
    struct node *node = parse_factor(parser);
    for (;;) {
        const enum sign sign = parser_accept(parser, SIGN_TIMES) ? SIGN_TIMES :
                               parser_accept(parser, SIGN_DIVIDE) ? SIGN_DIVIDE :
                               parser_accept(parser, SIGN_MODULO) ? SIGN_MODULO : SIGN_NONE;
        if (sign == SIGN_NONE)
            return node;
        node = join(parser, node, sign, parse_factor(parser));
    }
}

static struct node *parse_sum(struct filter_parser *parser)
{
    struct node *node = parse_product(parser);
    for (;;) {
        const enum sign sign = parser_accept(parser, SIGN_PLUS) ? SIGN_PLUS :
                               parser_accept(parser, SIGN_MINUS) ? SIGN_MINUS : SIGN_NONE;
        if (sign == SIGN_NONE)
            return node;
        node = join(parser, node, sign, parse_product(parser));
    }
}

struct node *parse_operand(struct filter_parser *parser)
{
    struct node *node = parse_sum(parser);
    while (parser_accept(parser, SIGN_BITS))
        node = join(parser, node, SIGN_BITS, parse_sum(parser));
    return node;
}
