#include "words.h"

const struct word *word_by_name(const struct word_table *table, enum word_kind kind, struct span name)
{
    /* Most rows differ in the first letter, and setting bit 5 makes letters small. */
    const int first = (name.len > 0 ? name.at[0] : '\0') | 0x20;
    for (size_t i = 0; i < table->count; i++)
        if (table->rows[i].kind == kind && (table->rows[i].name[0] | 0x20) == first &&
            span_is_nocase(name, table->rows[i].name))
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
