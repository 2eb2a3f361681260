/* The attribution table is complete: every row in its place, with every text that it owes. */
#include "visualizer/layers.h"

#include <string.h>

#include "tests/unit/unit.h"

static bool is_sentence(const char *text)
{
    return text != NULL && strlen(text) > 20 && text[strlen(text) - 1] == '.';
}

START_TEST(every_row_is_complete)
{
    const struct layer_row *row = layers_row((enum layer_id)_i);
    ck_assert_int_eq(row->id, _i);
    ck_assert_ptr_nonnull(row->key);
    ck_assert_ptr_nonnull(row->title);
    ck_assert_ptr_eq(layers_row_by_key(span_of(row->key)), row);
    ck_assert_int_ge(row->osi, 1);
    ck_assert_int_le(row->osi, OSI_LAYERS);
    ck_assert_int_ne(row->osi, 5); /* nobody lives at layer 5 in the Internet's stack */
    ck_assert_int_eq(row->tcpip, layers_tcpip_of_osi(row->osi));
    ck_assert_uint_ne(row->serves, 0);
    ck_assert_uint_eq(row->serves & ~0xfeu, 0);
    ck_assert(is_sentence(row->why));
    ck_assert(row->dispute == NULL || is_sentence(row->dispute));
    ck_assert(strstr(row->source, "RFC ") || strstr(row->source, "X.2"));
}
END_TEST

START_TEST(both_models_are_complete)
{
    for (int i = 1; i <= OSI_LAYERS; i++) {
        ck_assert_int_eq(layers_osi(i)->number, i);
        ck_assert(is_sentence(layers_osi(i)->does));
    }
    for (int i = 1; i <= TCPIP_LAYERS; i++) {
        ck_assert_int_eq(layers_tcpip(i)->number, i);
        ck_assert(is_sentence(layers_tcpip(i)->does));
    }
    ck_assert_ptr_null(layers_osi(0));
    ck_assert_ptr_null(layers_osi(8));
    ck_assert_ptr_null(layers_tcpip(5));
    ck_assert_int_eq(layers_tcpip_of_osi(6), TCPIP_APPLICATION);
}
END_TEST

START_TEST(masks_are_written_highest_first)
{
    char out[LAYERS_SERVES_SIZE];
    ck_assert_str_eq(layers_serves(SERVES_5 | SERVES_6, out), "6,5");
    ck_assert_str_eq(layers_serves(SERVES_3, out), "3");
    ck_assert_str_eq(layers_serves(0, out), "");
    ck_assert_str_eq(layers_serves(0xfe, out), "7,6,5,4,3,2,1");
}
END_TEST

UNIT_SUITE(layers, { every_row_is_complete, LAYER_ID_COUNT }, { both_models_are_complete, 0 },
           { masks_are_written_highest_first, 0 })
