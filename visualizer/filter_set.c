/*
 * filter_set.c - the bytes of a value that a field is to be given: the same
 * words mean the same as in a comparison.
 */
#include <string.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "visualizer/filter_parts.h"

#include <stdlib.h>

static int add_value(const struct value *value, struct buf *bytes)
{
    uint8_t number[8];
    if (kind_is_bytes(value->kind) && value->ignored == 0)
        return buf_add(bytes, value->bytes, value->size);
    if (value->kind != VALUE_NUMBER && value->kind != VALUE_BOOLEAN)
        return -1;
    for (int i = 0; i < 8; i++)
        number[i] = (uint8_t)(value->number >> (56 - 8 * i));
    return buf_add(bytes, number, sizeof number);
}

int filter_literal_bytes(const char *field, const char *literal, size_t before, struct buf *bytes,
                         struct buf *message)
{
    /* Blanks bring the literal to its column. */
    const size_t own = strlen(field) + strlen(" == ");
    char *text = mem_printf("%*s%s == %s", before > own ? (int)(before - own) : 0, "", field, literal);
    struct filter *filter = filter_compile(text, NULL, message);
    free(text);
    int result = -1;
    if (filter != NULL && filter->root->kind == NODE_COMPARE && filter->root->right->kind == NODE_LITERAL)
        result = add_value(&filter->root->right->value, bytes);
    if (filter != NULL && result != 0)
        buf_add_text(message, _("A field can be set to one number, address or text."));
    filter_free(filter);
    return result;
}
