/*
 * filter_value.c - the values that filters compare, and which of them can be
 * compared with which.
 */
#include <string.h>

#include "visualizer/filter_parts.h"

bool kind_is_number(enum value_kind kind)
{
    return kind == VALUE_NUMBER || kind == VALUE_SIGNED;
}

bool kind_is_time(enum value_kind kind)
{
    return kind == VALUE_TIME || kind == VALUE_DURATION || kind == VALUE_MILLISECONDS;
}

bool kind_is_bytes(enum value_kind kind)
{
    return kind >= VALUE_ETHER;
}

bool kinds_fit(enum value_kind a, enum value_kind b)
{
    if (a == VALUE_NONE || b == VALUE_NONE)
        return false;
    return a == b || (kind_is_number(a) && kind_is_number(b)) || (kind_is_time(a) && kind_is_time(b)) ||
           ((a == VALUE_ETHER || a == VALUE_BYTES) && (b == VALUE_ETHER || b == VALUE_BYTES));
}

enum value_kind kind_of_row(const struct field_row *row)
{
    static const enum value_kind kinds[] = {
        [FIELD_LABEL] = VALUE_NONE, [FIELD_DECIMAL] = VALUE_NUMBER, [FIELD_HEX] = VALUE_NUMBER,
        [FIELD_SIGNED] = VALUE_SIGNED, [FIELD_BOOLEAN] = VALUE_BOOLEAN, [FIELD_FRAME] = VALUE_NUMBER,
        [FIELD_TIME] = VALUE_TIME, [FIELD_DURATION] = VALUE_DURATION, [FIELD_MILLISECONDS] = VALUE_MILLISECONDS,
        [FIELD_ETHER] = VALUE_ETHER, [FIELD_IPV4] = VALUE_ADDRESS4, [FIELD_IPV6] = VALUE_ADDRESS6,
        [FIELD_BYTES] = VALUE_BYTES, [FIELD_TEXT] = VALUE_TEXT,
    };
    return kinds[row->type];
}

/* The size of a number is that of its field, for len(). */
struct value value_of_field(const struct field *field)
{
    const struct field_row *row = field_row(field);
    struct value value = { .kind = kind_of_row(row), .size = row->width };
    if (kind_is_bytes(value.kind)) {
        value.bytes = field->value.bytes;
        value.size = field->size;
    } else if (kind_is_time(value.kind) || value.kind == VALUE_SIGNED) {
        value.time = field->value.time;
    } else if (value.kind == VALUE_BOOLEAN) {
        value.number = field->value.number != 0;
    } else {
        value.number = field->value.number;
    }
    return value;
}

int64_t value_signed(const struct value *value)
{
    if (value->kind != VALUE_NUMBER && value->kind != VALUE_BOOLEAN)
        return value->time;
    return value->number > INT64_MAX ? INT64_MAX : (int64_t)value->number;
}

static int order_unsigned(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int order_numbers(const struct value *a, const struct value *b)
{
    const bool below_a = a->kind == VALUE_SIGNED && a->time < 0, below_b = b->kind == VALUE_SIGNED && b->time < 0;
    if (below_a || below_b)
        return below_a && below_b ? (a->time < b->time ? -1 : a->time > b->time) : below_a ? -1 : 1;
    return order_unsigned(a->kind == VALUE_SIGNED ? (uint64_t)a->time : a->number,
                          b->kind == VALUE_SIGNED ? (uint64_t)b->time : b->number);
}

/* Of an address with a prefix only the prefix counts. */
static int order_addresses(const struct value *a, const struct value *b)
{
    const unsigned ignored = a->ignored > b->ignored ? a->ignored : b->ignored;
    for (size_t i = 0; i < a->size; i++) {
        const size_t behind = (a->size - 1 - i) * 8; /* bits of the bytes that follow */
        const unsigned skip = ignored <= behind ? 0 : ignored - behind >= 8 ? 8 : (unsigned)(ignored - behind);
        const unsigned left = a->bytes[i] >> skip, right = b->bytes[i] >> skip;
        if (left != right)
            return left < right ? -1 : 1;
    }
    return 0;
}

int value_compare(const struct value *a, const struct value *b)
{
    if (kind_is_time(a->kind))
        return a->time < b->time ? -1 : a->time > b->time;
    if (!kind_is_bytes(a->kind))
        return order_numbers(a, b);
    if ((a->ignored > 0 || b->ignored > 0) && a->size == b->size)
        return order_addresses(a, b);
    const size_t common = a->size < b->size ? a->size : b->size;
    const int order = common > 0 ? memcmp(a->bytes, b->bytes, common) : 0;
    return order != 0 ? (order < 0 ? -1 : 1) : order_unsigned(a->size, b->size);
}
