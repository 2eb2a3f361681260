/*
 * filter_type.c - what can be done with what: found out while the filter is
 * read, so that a mistake has a column and no packet is ever compared with
 * something it cannot be equal to.
 */
#include "io/i18n.h"
#include "visualizer/filter_parts.h"

static bool fail(struct filter_parser *parser, const struct node *node, const char *reason)
{
    return parser_fail(parser, node->start, node->end, reason);
}

static bool untyped(const struct node *node)
{
    return node->kind == NODE_LITERAL && node->type == VALUE_NONE;
}

static bool has_field(const struct node *node)
{
    switch (node->kind) {
    case NODE_FIELD: case NODE_PROTOCOL: case NODE_OWN:
        return true;
    case NODE_SLICE: case NODE_NEGATIVE:
        return has_field(node->left);
    case NODE_ARITHMETIC:
        return has_field(node->left) || has_field(node->right);
    case NODE_FUNCTION:
        for (const struct node *argument = node->left; argument != NULL; argument = argument->next)
            if (has_field(argument))
                return true;
        return false;
    default:
        return false;
    }
}

/* The left side decides what is compared. */
static bool is_subject(struct filter_parser *parser, const struct node *left)
{
    if (untyped(left) && !left->quoted)
        return fail(parser, left, N_("There is no field of this name."));
    if (!has_field(left))
        return fail(parser, left, N_("A field stands on the left of a comparison."));
    if (left->type == VALUE_NONE)
        return fail(parser, left, N_("This field has no value: it is there, or it is not."));
    return true;
}

static bool be_comparable(struct filter_parser *parser, const struct node *left, struct node *right)
{
    if (untyped(right))
        return literal_become(parser, right, left->type, left->row, false);
    return kinds_fit(left->type, right->type) ||
           fail(parser, right, N_("These two cannot be compared: their values are of different kinds."));
}

static bool searchable(enum value_kind kind)
{
    return kind == VALUE_TEXT || kind == VALUE_BYTES || kind == VALUE_ETHER || kind == VALUE_PROTOCOL;
}

bool type_comparison(struct filter_parser *parser, struct node *comparison)
{
    struct node *left = comparison->left, *right = comparison->right;
    if (!is_subject(parser, left))
        return false;
    const bool search = comparison->sign == SIGN_CONTAINS || comparison->sign == SIGN_MATCHES;
    if (search && !searchable(left->type))
        return fail(parser, left, N_("One can search only in texts, bytes and protocols; string() makes a text."));
    if (comparison->sign == SIGN_MATCHES) {
        if (!untyped(right) || !right->quoted || right->character)
            return fail(parser, right, N_("A regular expression stands in quotation marks."));
        return filter_pattern_compile(parser, right);
    }
    if (comparison->sign == SIGN_CONTAINS && untyped(right))
        return literal_become(parser, right, left->type, left->row, true);
    return be_comparable(parser, left, right);
}

bool type_set(struct filter_parser *parser, struct node *comparison)
{
    if (!is_subject(parser, comparison->left))
        return false;
    for (struct node *element = comparison->right; element != NULL; element = element->next)
        if (!be_comparable(parser, comparison->left, element) ||
            (element->until != NULL && !be_comparable(parser, comparison->left, element->until)))
            return false;
    return true;
}

bool type_exists(struct filter_parser *parser, const struct node *operand)
{
    if (untyped(operand) && !operand->quoted)
        return fail(parser, operand, N_("There is no field of this name."));
    if (!has_field(operand))
        return fail(parser, operand, N_("A value alone is no condition."));
    if (operand->kind == NODE_FUNCTION)
        return fail(parser, operand, N_("What a function gives has to be compared with something."));
    return true;
}

/* Bits are of numbers, or of bytes one by one. */
static bool type_bits(struct filter_parser *parser, struct node *node, enum value_kind kind)
{
    if (kind == VALUE_ETHER)
        kind = VALUE_BYTES;
    if (!kind_is_number(kind) && kind != VALUE_BYTES)
        return fail(parser, node, N_("Only numbers and bytes have bits to look at."));
    node->type = kind == VALUE_BYTES ? VALUE_BYTES : VALUE_NUMBER;
    return true;
}

static bool type_sum(struct filter_parser *parser, struct node *node, enum value_kind kind)
{
    const bool sum = node->kind == NODE_NEGATIVE || node->sign == SIGN_PLUS || node->sign == SIGN_MINUS;
    if (kind_is_number(kind))
        node->type = VALUE_SIGNED;
    else if (sum && (kind == VALUE_DURATION || kind == VALUE_MILLISECONDS))
        node->type = kind;
    else
        return fail(parser, node, N_("One can calculate only with numbers, and add times."));
    return true;
}

bool type_arithmetic(struct filter_parser *parser, struct node *arithmetic)
{
    struct node *left = arithmetic->left, *right = arithmetic->right;
    const bool negative = arithmetic->kind == NODE_NEGATIVE;
    const enum value_kind kind = !untyped(left)                ? left->type
                                 : !negative && !untyped(right) ? right->type
                                                                : VALUE_SIGNED;
    if (!(arithmetic->sign == SIGN_BITS ? type_bits(parser, arithmetic, kind) : type_sum(parser, arithmetic, kind)))
        return false;
    if (untyped(left) && !literal_become(parser, left, kind, NULL, false))
        return false;
    if (negative)
        return true;
    if (untyped(right))
        return literal_become(parser, right, kind, NULL, false);
    return kinds_fit(left->type, right->type) ||
           fail(parser, right, N_("One cannot calculate with values of different kinds."));
}

static const struct node *first_typed(const struct node *arguments)
{
    while (arguments != NULL && untyped(arguments))
        arguments = arguments->next;
    return arguments;
}

static bool type_largest(struct filter_parser *parser, struct node *function)
{
    const struct node *typed = first_typed(function->left);
    if (typed == NULL || typed->type == VALUE_NONE)
        return fail(parser, function, N_("This function needs a field that has values."));
    function->type = typed->type;
    function->row = typed->row;
    for (struct node *argument = function->left; argument != NULL; argument = argument->next)
        if (!be_comparable(parser, typed, argument))
            return false;
    return true;
}

bool type_function(struct filter_parser *parser, struct node *function, size_t arguments)
{
    struct node *argument = function->left;
    if (parser->failed)
        return false;
    if (function->which == FUNCTION_MAX || function->which == FUNCTION_MIN)
        return type_largest(parser, function);
    if (arguments != 1)
        return fail(parser, function, N_("This function has one argument."));
    if (untyped(argument) && !argument->quoted)
        return fail(parser, argument, N_("There is no field of this name."));
    if (untyped(argument) && !literal_become(parser, argument, VALUE_TEXT, NULL, false))
        return false;
    const enum value_kind kind = argument->type;
    switch ((enum function)function->which) {
    case FUNCTION_COUNT:
        function->type = VALUE_NUMBER;
        return true;
    case FUNCTION_LEN:
        function->type = VALUE_NUMBER;
        return kind != VALUE_NONE || fail(parser, argument, N_("This field has no value: it is there, or it is not."));
    case FUNCTION_UPPER: case FUNCTION_LOWER:
        function->type = VALUE_TEXT;
        return kind == VALUE_TEXT || fail(parser, argument, N_("Only texts have capital and small letters."));
    case FUNCTION_STRING:
        function->type = VALUE_TEXT;
        return (argument->kind == NODE_FIELD && kind != VALUE_NONE && kind != VALUE_TEXT) ||
               fail(parser, argument, N_("string() makes a text of a field that is none."));
    default:
        function->type = kind_is_number(kind) ? VALUE_SIGNED : kind;
        return kind_is_number(kind) || kind == VALUE_DURATION || kind == VALUE_MILLISECONDS ||
               fail(parser, argument, N_("Only numbers have an absolute value."));
    }
}
