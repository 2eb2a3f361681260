/*
 * filter_eval.c - a filter is asked about a packet: conditions and comparisons.
 */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "visualizer/exchange.h"
#include "visualizer/filter_parts.h"

enum { MOST_WORK = 4 << 20, MOST_VALUES = 1 << 16, MOST_MEMORY = 1 << 22 };

struct memory {
    struct memory *older;
    max_align_t bytes[];
};

void evaluation_push(struct evaluation *evaluation, struct value value)
{
    if (evaluation->count == evaluation->room) {
        if (evaluation->room >= MOST_VALUES)
            return;
        struct value *before = evaluation->values;
        evaluation->room *= 2;
        evaluation->values = mem_grow(before == evaluation->local ? NULL : before, evaluation->room, sizeof *before);
        if (before == evaluation->local)
            memcpy(evaluation->values, before, evaluation->count * sizeof *before);
    }
    evaluation->values[evaluation->count++] = value;
}

void *evaluation_memory(struct evaluation *evaluation, size_t size)
{
    if (size > MOST_MEMORY || !evaluation_pay(evaluation, size))
        return NULL;
    struct memory *memory = mem_grow(NULL, 1, sizeof *memory + size);
    memory->older = evaluation->memory;
    evaluation->memory = memory;
    return memory->bytes;
}

bool evaluation_pay(struct evaluation *evaluation, uint64_t work)
{
    if (evaluation->work < work) {
        evaluation->work = 0;
        return false;
    }
    evaluation->work -= work;
    return true;
}

static bool contains(const struct value *value, const struct value *part)
{
    return part->size > 0 && value->size >= part->size &&
           memmem(value->bytes, value->size, part->bytes, part->size) != NULL;
}

static bool fits(struct evaluation *evaluation, const struct node *node, const struct value *a, const struct value *b)
{
    switch (node->sign) {
    case SIGN_EQUAL: case SIGN_ALL_EQUAL:       return value_compare(a, b) == 0;
    case SIGN_UNEQUAL: case SIGN_ANY_UNEQUAL:   return value_compare(a, b) != 0;
    case SIGN_LESS:                             return value_compare(a, b) < 0;
    case SIGN_LESS_EQUAL:                       return value_compare(a, b) <= 0;
    case SIGN_GREATER:                          return value_compare(a, b) > 0;
    case SIGN_GREATER_EQUAL:                    return value_compare(a, b) >= 0;
    case SIGN_CONTAINS:                         return contains(a, b);
    case SIGN_MATCHES:                          return filter_pattern_matches(evaluation, node->right, a);
    default:                                    return false;
    }
}

static uint64_t cost(const struct value *value)
{
    return kind_is_bytes(value->kind) ? 1 + value->size / 64 : 1;
}

static bool compare(struct evaluation *evaluation, const struct node *node)
{
    const size_t start = evaluation->count;
    evaluate_operand(evaluation, node->left);
    const size_t middle = evaluation->count;
    if (middle > start)
        evaluate_operand(evaluation, node->right);
    const size_t end = evaluation->count;
    bool result = node->all && end > middle;
    for (size_t a = start; a < middle; a++)
        for (size_t b = middle; b < end; b++) {
            if (!evaluation_pay(evaluation, cost(&evaluation->values[a])))
                return false;
            if (fits(evaluation, node, &evaluation->values[a], &evaluation->values[b]) != node->all)
                return !node->all;
        }
    return result;
}

/* Is the value one of the element's, or in its range? */
static bool in_element(struct evaluation *evaluation, const struct node *element, const struct value *value)
{
    const size_t start = evaluation->count;
    const bool range = element->until != NULL;
    bool found = false;
    evaluate_operand(evaluation, element);
    const size_t middle = evaluation->count;
    if (range)
        evaluate_operand(evaluation, element->until);
    for (size_t i = start; i < middle && !found && evaluation_pay(evaluation, cost(value)); i++) {
        const int order = value_compare(value, &evaluation->values[i]);
        found = range ? order >= 0 && evaluation->count > middle &&
                            value_compare(value, &evaluation->values[middle]) <= 0
                      : order == 0;
    }
    evaluation->count = start;
    return found;
}

static bool in_set(struct evaluation *evaluation, const struct node *node)
{
    const size_t start = evaluation->count;
    evaluate_operand(evaluation, node->left);
    const size_t end = evaluation->count;
    for (size_t i = start; i < end; i++) {
        const struct value value = evaluation->values[i];
        bool found = false;
        for (const struct node *element = node->right; element != NULL && !found; element = element->next)
            found = in_element(evaluation, element, &value);
        if (found != node->all)
            return !node->all;
    }
    return node->all && end > start;
}

/* A field is there; what was calculated is not zero. */
static bool exists(struct evaluation *evaluation, const struct node *operand)
{
    const size_t start = evaluation->count;
    const bool calculated = operand->kind == NODE_ARITHMETIC || operand->kind == NODE_NEGATIVE;
    evaluate_operand(evaluation, operand);
    for (size_t i = start; i < evaluation->count; i++) {
        const struct value *value = &evaluation->values[i];
        bool zero = calculated;
        for (size_t k = 0; zero && kind_is_bytes(value->kind) && k < value->size; k++)
            zero = value->bytes[k] == 0;
        if (!zero || (!kind_is_bytes(value->kind) && value_signed(value) != 0))
            return true;
    }
    return false;
}

static bool holds(struct evaluation *evaluation, const struct node *node)
{
    const size_t before = evaluation->count;
    bool result = true;
    switch (node->kind) {
    case NODE_OR:
        result = holds(evaluation, node->left) || holds(evaluation, node->right);
        break;
    case NODE_AND:
        result = holds(evaluation, node->left) && holds(evaluation, node->right);
        break;
    case NODE_NOT:
        result = !holds(evaluation, node->left);
        break;
    case NODE_EXISTS:
        result = exists(evaluation, node->left);
        break;
    case NODE_COMPARE:
        result = compare(evaluation, node);
        break;
    case NODE_IN:
        result = in_set(evaluation, node);
        break;
    default:
        break;
    }
    evaluation->count = before;
    return result;
}

bool filter_matches(const struct filter *filter, const struct packet *packet, const struct exchange *const *exchanges,
                    size_t count)
{
    struct evaluation evaluation = { .packet = packet, .exchanges = exchanges, .exchange_count = count,
                                     .room = VALUES_LOCAL, .work = MOST_WORK };
    evaluation.values = evaluation.local;
    const bool result = holds(&evaluation, filter->root);
    if (evaluation.values != evaluation.local)
        free(evaluation.values);
    for (struct memory *memory = evaluation.memory, *older; memory != NULL; memory = older) {
        older = memory->older;
        free(memory);
    }
    return result;
}

bool filter_matches_in(const struct filter *filter, const struct packet *packet, const struct exchange_list *list)
{
    enum { MOST_EXCHANGES = 64 };
    const struct exchange *exchanges[MOST_EXCHANGES];
    size_t count = 0;
    if (filter->asks_exchanges && list != NULL)
        count = exchange_of_packet(list, packet->number, exchanges, MOST_EXCHANGES);
    return filter_matches(filter, packet, exchanges, count < MOST_EXCHANGES ? count : MOST_EXCHANGES);
}
