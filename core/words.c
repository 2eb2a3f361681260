#include "words.h"

const struct word *word_by_name(const struct word_table *table, enum word_kind kind, struct span name)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->rows[i].kind == kind && span_is_nocase(name, table->rows[i].name))
            return &table->rows[i];
    return NULL;
}

const struct word *word_by_id(const struct word_table *table, enum word_kind kind, int id)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->rows[i].kind == kind && table->rows[i].id == id)
            return &table->rows[i];
    return NULL;
}
