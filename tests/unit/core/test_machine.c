#include "core/machine.h"

#include <string.h>

#include "../unit.h"

enum { CLOSED, OPEN };
enum { KNOCK, LEAVE };

static const char *const states[] = { "CLOSED", "OPEN" };
static const char *const verbs[] = { "KNOCK", "LEAVE" };
static const struct move moves[] = {
    { CLOSED, KNOCK, OUTCOME_OK, OPEN, 0, 0, "door §1" },
    { CLOSED, KNOCK, OUTCOME_NO, CLOSED, 0, 0, "door §1" },
    { OPEN, LEAVE, OUTCOME_OK, CLOSED, 0, 0, "door §2" },
};
static const struct machine_table door = { "door", states, 2, verbs, 2, moves, 3 };

static void count_moves(void *context, const struct machine *before, const struct move *move)
{
    ck_assert_int_eq(before->state, move->state);
    ++*(int *)context;
}

START_TEST(a_missing_row_is_an_error_and_no_move)
{
    struct machine machine;
    machine_init(&machine, &door);
    ck_assert_ptr_null(machine_allows(&machine, LEAVE));
    ck_assert_ptr_null(machine_step(&machine, LEAVE, OUTCOME_OK));
    ck_assert_str_eq(machine_state_name(&machine), "CLOSED");
}
END_TEST

START_TEST(moves_are_narrated)
{
    struct machine machine;
    int count = 0;
    machine_init(&machine, &door);
    machine.narrate = count_moves;
    machine.context = &count;
    ck_assert_ptr_nonnull(machine_step(&machine, KNOCK, OUTCOME_NO));
    ck_assert_ptr_nonnull(machine_step(&machine, KNOCK, OUTCOME_OK));
    ck_assert_str_eq(machine_state_name(&machine), "OPEN");
    ck_assert_int_eq(count, 2);
}
END_TEST

START_TEST(the_drawing_names_every_state_and_lights_one)
{
    struct buf out;
    buf_init(&out, 10000);
    ck_assert_int_eq(machine_dot(&door, OPEN, &out), 0);
    ck_assert_ptr_nonnull(strstr(buf_text(&out), "s0 -> s1 [label=\"KNOCK\"]"));
    ck_assert_ptr_nonnull(strstr(buf_text(&out), "s1 [label=\"OPEN\", style=\"rounded,filled\""));
    buf_free(&out);
}
END_TEST

UNIT_SUITE(machine, { a_missing_row_is_an_error_and_no_move, 0 }, { moves_are_narrated, 0 },
           { the_drawing_names_every_state_and_lights_one, 0 })
