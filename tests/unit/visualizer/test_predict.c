/* What an answer is worth, for each kind of question; and that the table of questions is complete. */
#include "visualizer/predict.h"

#include <stdio.h>
#include <string.h>

#include "visualizer/fields.h"
#include "tests/unit/unit.h"

static const struct field_label messages[] = {
    { 0, "Echo (ping) reply" }, { 3, "Destination unreachable" }, { 8, "Echo (ping) request" }, { 0, NULL },
};

static const struct {
    enum predict_kind kind;
    const char *answer, *guess;
    enum predict_verdict verdict;
} judged[] = {
    { PREDICT_CODE, "250", "250", PREDICT_RIGHT },
    { PREDICT_CODE, "250", "  250 ", PREDICT_RIGHT },
    { PREDICT_CODE, "250", "220", PREDICT_PARTLY },
    { PREDICT_CODE, "250", "2", PREDICT_PARTLY },
    { PREDICT_CODE, "250", "550", PREDICT_WRONG },
    { PREDICT_CODE, "250", "", PREDICT_WRONG },
    { PREDICT_CODE, "250", "  ", PREDICT_WRONG },
    { PREDICT_WORD, "EHLO", "ehlo", PREDICT_RIGHT },
    { PREDICT_WORD, "EHLO", "HELO", PREDICT_WRONG },
    { PREDICT_WORD, "+OK", "ok", PREDICT_RIGHT },
    { PREDICT_WORD, "-ERR", "+OK", PREDICT_WRONG },
    { PREDICT_FLAGS, "SYN ACK", "ack,syn", PREDICT_RIGHT },
    { PREDICT_FLAGS, "FIN ACK", "[FIN, PSH, ACK]", PREDICT_RIGHT },
    { PREDICT_FLAGS, "SYN ACK", "SYN", PREDICT_PARTLY },
    { PREDICT_FLAGS, "SYN ACK", "SYN ACK FIN", PREDICT_PARTLY },
    { PREDICT_FLAGS, "SYN", "ACK", PREDICT_WRONG },
    { PREDICT_FLAGS, "SYN", "SYN XYZ", PREDICT_PARTLY },
    { PREDICT_FLAGS, "SYN", "S", PREDICT_WRONG },
    { PREDICT_NUMBER, "8", "8", PREDICT_RIGHT },
    { PREDICT_NUMBER, "8", "0x8", PREDICT_RIGHT },
    { PREDICT_NUMBER, "8", "request", PREDICT_RIGHT },
    { PREDICT_NUMBER, "8", "echo", PREDICT_PARTLY },
    { PREDICT_NUMBER, "8", "ec", PREDICT_WRONG },
    { PREDICT_NUMBER, "8", "unreachable", PREDICT_WRONG },
    { PREDICT_NUMBER, "8", "80", PREDICT_WRONG },
    { PREDICT_OSI, "7", "7", PREDICT_RIGHT },
    { PREDICT_OSI, "7", "6", PREDICT_WRONG },
    { PREDICT_TCPIP, "A", "a", PREDICT_RIGHT },
    { PREDICT_TCPIP, "A", "T", PREDICT_WRONG },
    { PREDICT_SERVES, "6,5", "5 6", PREDICT_RIGHT },
    { PREDICT_SERVES, "6,5", "5", PREDICT_PARTLY },
    { PREDICT_SERVES, "6,5", "6,5,4", PREDICT_PARTLY },
    { PREDICT_SERVES, "6,5", "7", PREDICT_WRONG },
};

static size_t row_of(enum predict_kind kind)
{
    size_t row = 0;
    while (predict_rows[row].kind != kind)
        row++;
    return row;
}

START_TEST(answers_are_worth_what_they_are)
{
    struct predict_question question = { .row = row_of(judged[_i].kind) };
    snprintf(question.answer, sizeof question.answer, "%s", judged[_i].answer);
    if (judged[_i].kind == PREDICT_NUMBER) {
        question.labels = messages;
        question.label = messages[2].text;
    }
    ck_assert_msg(predict_judge(&question, judged[_i].guess) == judged[_i].verdict, "%s for %s", judged[_i].guess,
                  judged[_i].answer);
}
END_TEST

START_TEST(a_long_guess_is_cut)
{
    char guess[1000];
    struct predict_question question = { .row = row_of(PREDICT_CODE), .answer = "250" };
    memset(guess, '2', sizeof guess - 1);
    guess[sizeof guess - 1] = '\0';
    ck_assert_int_eq(predict_judge(&question, guess), PREDICT_PARTLY);
}
END_TEST

/* A field that no decoder has would never be asked about. */
START_TEST(fields_exist)
{
    struct field_place place;
    ck_assert_uint_le(predict_row_count, PREDICT_ROWS_MAX);
    for (size_t i = 0; i < predict_row_count; i++) {
        if (predict_rows[i].field != NULL)
            ck_assert_msg(fields_find(predict_rows[i].field, &place, 1) > 0, "%s", predict_rows[i].field);
        ck_assert_ptr_nonnull(predict_rows[i].question);
        ck_assert_ptr_nonnull(predict_rows[i].form);
        ck_assert_ptr_nonnull(predict_rows[i].about);
    }
}
END_TEST

START_TEST(scores_and_turns)
{
    struct predict_score score = { .streak = 0 };
    struct predict_question questions[2] = { { .row = 0 }, { .row = 1 } };
    unsigned asked, right, partly;
    ck_assert_ptr_eq(predict_choose(&score, questions, 2), &questions[0]);
    predict_note(&score, &questions[0], PREDICT_RIGHT);
    ck_assert_ptr_eq(predict_choose(&score, questions, 2), &questions[1]);
    predict_note(&score, &questions[1], PREDICT_RIGHT);
    predict_note(&score, &questions[1], PREDICT_PARTLY);
    predict_note(&score, &questions[0], PREDICT_WRONG);
    predict_total(&score, &asked, &right, &partly);
    ck_assert_uint_eq(asked, 4);
    ck_assert_uint_eq(right, 2);
    ck_assert_uint_eq(partly, 1);
    ck_assert_uint_eq(score.longest, 2);
    ck_assert_uint_eq(score.streak, 0);
    ck_assert_ptr_null(predict_choose(&score, questions, 0));
}
END_TEST

UNIT_SUITE(predict, { answers_are_worth_what_they_are, (int)(sizeof judged / sizeof judged[0]) },
           { a_long_guess_is_cut, 0 }, { fields_exist, 0 }, { scores_and_turns, 0 })
