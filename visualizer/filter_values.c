/*
 * filter_values.c - the values that an operand has in a packet: as many as the
 * field occurs, and what slices, functions and arithmetic make of them.
 */
#include <ctype.h>
#include <string.h>

#include "visualizer/filter_parts.h"

/* --- fields and layers ------------------------------------------------------------------------ */

/* From and to of a range over size places, the first being 0; false when it leaves them. */
static bool range_of(const struct range *range, int64_t size, int64_t *from, int64_t *to)
{
    *from = range->from < 0 ? size + range->from : range->from;
    *to = range->kind == RANGE_REST     ? size - 1
          : range->kind == RANGE_LENGTH ? *from + range->to - 1
          : range->to < 0               ? size + range->to
                                        : range->to;
    return *from >= 0 && *from <= *to && *to < size;
}

/* Is it one of the layers that were asked for, counted from 1 within its protocol? */
static bool layer_wanted(const struct packet *packet, const struct node *node, size_t layer)
{
    int64_t place = 0, size = 1;
    for (size_t i = 0; i < packet->layer_count; i++)
        if (packet->layers[i].protocol == packet->layers[layer].protocol) {
            place += i <= layer;
            size++;
        }
    for (size_t i = 0; i < node->range_count; i++) {
        struct range range = node->ranges[i];
        int64_t from, to;
        range_of(&range, size, &from, &to);
        if (place >= from && place <= to)
            return true;
    }
    return false;
}

static void push_fields(struct evaluation *evaluation, const struct node *node)
{
    const struct packet *packet = evaluation->packet;
    for (size_t i = 0; i < packet->field_count; i++) {
        const struct field *field = &packet->fields[i];
        for (size_t k = 0; k < node->place_count; k++)
            if (field->protocol == node->places[k].protocol && field->row == node->places[k].row &&
                (!node->layered || layer_wanted(packet, node, field->layer)))
                evaluation_push(evaluation, value_of_field(field));
    }
}

/* The bytes of these are their headers, as in Wireshark; those of the others are all that they carry. */
static bool header_only(unsigned protocol)
{
    switch (protocol) {
    case PROTOCOL_ETHERNET: case PROTOCOL_VLAN: case PROTOCOL_COOKED: case PROTOCOL_LOOPBACK: case PROTOCOL_LLC:
    case PROTOCOL_IPV4: case PROTOCOL_IPV6: case PROTOCOL_IPV6_HOP_BY_HOP: case PROTOCOL_IPV6_ROUTING:
    case PROTOCOL_IPV6_FRAGMENT: case PROTOCOL_IPV6_DESTINATION: case PROTOCOL_UDP:
        return true;
    default:
        return false;
    }
}

static void push_layer(struct evaluation *evaluation, const struct layer *layer)
{
    const struct buffer *buffer = &evaluation->packet->buffers[layer->buffer];
    size_t size = header_only(layer->protocol) ? layer->header : layer->length;
    const size_t offset = layer->offset < buffer->len ? layer->offset : buffer->len;
    if (size > buffer->len - offset)
        size = buffer->len - offset;
    evaluation_push(evaluation, (struct value){ .kind = VALUE_PROTOCOL, .bytes = buffer->data + offset, .size = size });
}

static void push_protocol(struct evaluation *evaluation, const struct node *node)
{
    const struct packet *packet = evaluation->packet;
    for (size_t i = 0; i < packet->layer_count; i++)
        for (size_t k = 0; k < node->place_count; k++)
            if (packet->layers[i].protocol == node->places[k].protocol &&
                (!node->layered || layer_wanted(packet, node, i)))
                push_layer(evaluation, &packet->layers[i]);
}

/* --- slices ------------------------------------------------------------------------------------- */

/* The value's ranges, one behind the other. What leaves the value is nothing. */
static bool slice(struct evaluation *evaluation, const struct node *node, struct value *value)
{
    int64_t from, to, total = 0;
    for (size_t i = 0; i < node->range_count; i++) {
        if (!range_of(&node->ranges[i], (int64_t)value->size, &from, &to))
            return false;
        total += to - from + 1;
    }
    struct value part = { .kind = VALUE_BYTES, .size = (size_t)total };
    if (node->range_count == 1) {
        part.bytes = value->bytes + from;
    } else {
        uint8_t *out = evaluation_memory(evaluation, (size_t)total);
        part.bytes = out;
        if (out == NULL)
            return false;
        for (size_t i = 0; i < node->range_count; i++) {
            range_of(&node->ranges[i], (int64_t)value->size, &from, &to);
            memcpy(out, value->bytes + from, (size_t)(to - from + 1));
            out += to - from + 1;
        }
    }
    *value = part;
    return true;
}

/* --- functions ---------------------------------------------------------------------------------- */

static bool change_case(struct evaluation *evaluation, struct value *value, bool upper)
{
    uint8_t *copy = evaluation_memory(evaluation, value->size + 1);
    if (copy == NULL)
        return false;
    for (size_t i = 0; i < value->size; i++)
        copy[i] = value->bytes[i] >= 0x80 ? value->bytes[i]
                                          : (uint8_t)(upper ? toupper(value->bytes[i]) : tolower(value->bytes[i]));
    value->bytes = copy;
    return true;
}

static struct value number_of(uint64_t number)
{
    return (struct value){ .kind = VALUE_NUMBER, .number = number, .size = 8 };
}

static bool apply(struct evaluation *evaluation, enum function function, struct value *value)
{
    switch (function) {
    case FUNCTION_LEN:
        *value = number_of(value->size);
        return true;
    case FUNCTION_UPPER: case FUNCTION_LOWER:
        return change_case(evaluation, value, function == FUNCTION_UPPER);
    case FUNCTION_ABS:
        if (value->kind == VALUE_NUMBER)
            return true;
        if (value->time < 0)
            value->time = value->time == INT64_MIN ? INT64_MAX : -value->time;
        return true;
    default:
        return true;
    }
}

/* The texts of a field's occurrences, as --print fields writes them. */
static void push_strings(struct evaluation *evaluation, const struct node *node)
{
    enum { LONGEST = 1 << 16 };
    const struct packet *packet = evaluation->packet;
    struct buf text;
    buf_init(&text, LONGEST);
    for (size_t i = 0; i < packet->field_count; i++)
        for (size_t k = 0; k < node->place_count; k++) {
            const struct field *field = &packet->fields[i];
            if (field->protocol != node->places[k].protocol || field->row != node->places[k].row)
                continue;
            buf_clear(&text);
            field_write(field, &text);
            uint8_t *copy = evaluation_memory(evaluation, text.len + 1);
            if (copy == NULL)
                continue;
            if (text.len > 0)
                memcpy(copy, text.data, text.len);
            evaluation_push(evaluation, (struct value){ .kind = VALUE_TEXT, .bytes = copy, .size = text.len });
        }
    buf_free(&text);
}

/* The largest or smallest of the values from start on; none of none. */
static void keep_extreme(struct evaluation *evaluation, size_t start, bool largest)
{
    if (evaluation->count == start)
        return;
    struct value best = evaluation->values[start];
    for (size_t i = start + 1; i < evaluation->count; i++) {
        const int order = value_compare(&evaluation->values[i], &best);
        if (largest ? order > 0 : order < 0)
            best = evaluation->values[i];
    }
    evaluation->values[start] = best;
    evaluation->count = start + 1;
}

static void push_function(struct evaluation *evaluation, const struct node *node)
{
    const size_t start = evaluation->count;
    const enum function function = (enum function)node->which;
    if (function == FUNCTION_STRING) {
        push_strings(evaluation, node->left);
        return;
    }
    for (const struct node *argument = node->left; argument != NULL; argument = argument->next)
        evaluate_operand(evaluation, argument);
    if (function == FUNCTION_MAX || function == FUNCTION_MIN) {
        keep_extreme(evaluation, start, function == FUNCTION_MAX);
    } else if (function == FUNCTION_COUNT) {
        const size_t count = evaluation->count - start;
        evaluation->count = start;
        if (count > 0)
            evaluation_push(evaluation, number_of(count));
    } else {
        size_t kept = start;
        for (size_t i = start; i < evaluation->count; i++)
            if (apply(evaluation, function, &evaluation->values[i]))
                evaluation->values[kept++] = evaluation->values[i];
        evaluation->count = kept;
    }
}

/* --- arithmetic ---------------------------------------------------------------------------------- */

static bool calculate(enum sign sign, int64_t a, int64_t b, int64_t *result)
{
    switch (sign) {
    case SIGN_PLUS:   return !__builtin_add_overflow(a, b, result);
    case SIGN_MINUS:  return !__builtin_sub_overflow(a, b, result);
    case SIGN_TIMES:  return !__builtin_mul_overflow(a, b, result);
    case SIGN_DIVIDE: case SIGN_MODULO:
        if (b == 0 || (a == INT64_MIN && b == -1))
            return false;
        *result = sign == SIGN_DIVIDE ? a / b : a % b;
        return true;
    default:
        return false;
    }
}

static bool bits_of_bytes(struct evaluation *evaluation, const struct value *a, const struct value *b,
                          struct value *result)
{
    const size_t size = a->size < b->size ? a->size : b->size;
    uint8_t *out = evaluation_memory(evaluation, size + 1);
    if (out == NULL)
        return false;
    for (size_t i = 0; i < size; i++)
        out[i] = a->bytes[i] & b->bytes[i];
    *result = (struct value){ .kind = VALUE_BYTES, .bytes = out, .size = size };
    return true;
}

static bool combine(struct evaluation *evaluation, const struct node *node, const struct value *a,
                    const struct value *b, struct value *result)
{
    *result = (struct value){ .kind = node->type, .size = 8 };
    if (node->sign != SIGN_BITS)
        return calculate(node->sign, value_signed(a), value_signed(b), &result->time);
    if (node->type == VALUE_BYTES)
        return bits_of_bytes(evaluation, a, b, result);
    result->number = (a->kind == VALUE_SIGNED ? (uint64_t)a->time : a->number) &
                     (b->kind == VALUE_SIGNED ? (uint64_t)b->time : b->number);
    return true;
}

static void push_arithmetic(struct evaluation *evaluation, const struct node *node)
{
    const size_t start = evaluation->count;
    evaluate_operand(evaluation, node->left);
    const size_t middle = evaluation->count;
    evaluate_operand(evaluation, node->right);
    const size_t end = evaluation->count;
    for (size_t a = start; a < middle; a++)
        for (size_t b = middle; b < end && evaluation_pay(evaluation, 1); b++) {
            struct value result;
            if (combine(evaluation, node, &evaluation->values[a], &evaluation->values[b], &result))
                evaluation_push(evaluation, result);
        }
    const size_t results = evaluation->count - end;
    memmove(&evaluation->values[start], &evaluation->values[end], results * sizeof evaluation->values[0]);
    evaluation->count = start + results;
}

static void push_negative(struct evaluation *evaluation, const struct node *node)
{
    const size_t start = evaluation->count;
    evaluate_operand(evaluation, node->left);
    for (size_t i = start; i < evaluation->count; i++) {
        struct value *value = &evaluation->values[i];
        const int64_t number = value_signed(value);
        *value = (struct value){ .kind = node->type, .size = 8, .time = number };
        if (node->sign == SIGN_MINUS)
            value->time = number == INT64_MIN ? INT64_MAX : -number;
    }
}

void evaluate_operand(struct evaluation *evaluation, const struct node *node)
{
    const size_t start = evaluation->count;
    size_t kept = start;
    switch (node->kind) {
    case NODE_FIELD:      push_fields(evaluation, node); break;
    case NODE_PROTOCOL:   push_protocol(evaluation, node); break;
    case NODE_OWN:        own_values(evaluation, node->which); break;
    case NODE_LITERAL:    evaluation_push(evaluation, node->value); break;
    case NODE_FUNCTION:   push_function(evaluation, node); break;
    case NODE_ARITHMETIC: push_arithmetic(evaluation, node); break;
    case NODE_NEGATIVE:   push_negative(evaluation, node); break;
    case NODE_SLICE:
        evaluate_operand(evaluation, node->left);
        for (size_t i = start; i < evaluation->count; i++)
            if (slice(evaluation, node, &evaluation->values[i]))
                evaluation->values[kept++] = evaluation->values[i];
        evaluation->count = kept;
        break;
    default:
        break;
    }
}
