/*
 * Patterns: what they say to a server, which rows they fit, and what is wrong with them.
 */
#include "client/pattern.h"

#include <locale.h>
#include <stdlib.h>
#include <time.h>

#include "tests/unit/unit.h"

enum { NOON = 1795514400 };   /* 2026-11-24 10:00 UTC */

static void say_word(void *context, const char *word)
{
    buf_printf(context, *word == ')' ? "%s" : " %s", word);
}

static void say_string(void *context, struct span string)
{
    buf_printf(context, " \"%.*s\"", (int)string.len, string.at);
}

/* What SEARCH is asked (NULL: it cannot), and whether it fits the letter below. */
static const struct row {
    const char *pattern, *search;
    bool fits;
} rows[] = {
    { "", " ALL", true },
    { "rachida", " OR SUBJECT \"rachida\" FROM \"rachida\"", false },
    { "ELISE", " OR SUBJECT \"ELISE\" FROM \"ELISE\"", true },
    { "~f élève", " FROM \"élève\"", true },
    { "~f ÉLÈVE ~s 'cours 3'", " (ALL FROM \"ÉLÈVE\" SUBJECT \"cours 3\")", true },
    { "~F | ~R", " OR FLAGGED SEEN", true },
    { "!~R", " NOT SEEN", false },
    { "!(~F ~R)", " NOT (ALL FLAGGED SEEN)", true },
    { "~N|~U|~D|~Q", " OR OR OR NEW UNSEEN DELETED ANSWERED", false },
    { "~O", " (ALL OLD UNSEEN)", false },
    { "~z >1K", " (ALL LARGER 1024)", true },
    { "~z <1K", " (ALL SMALLER 1024)", false },
    { "~z 1K-2K", " (ALL LARGER 1023 SMALLER 2049)", true },
    { "~d 24/11/2026", " (ALL SENTSINCE 24-Nov-2026 SENTBEFORE 25-Nov-2026)", true },
    { "~d 2026-11-25-", " (ALL SENTSINCE 25-Nov-2026)", false },
    { "~d 20261101-20261124", " (ALL SENTSINCE 1-Nov-2026 SENTBEFORE 25-Nov-2026)", true },
    { "~d -23/11", " (ALL SENTBEFORE 24-Nov-2026)", false },
    { "~d <3H", NULL, true },
    { "~d >2w", NULL, false },
    { "~X", NULL, false },
    { "~t rachida", " TO \"rachida\"", true },
    { "~C bob", " OR TO \"bob\" CC \"bob\"", true },
    { "~L bob", " OR FROM \"bob\" OR TO \"bob\" CC \"bob\"", true },
    { "~b couches", " BODY \"couches\"", true },
    { "~b Subject", " BODY \"Subject\"", false },
    { "~B SUBJECT", " TEXT \"SUBJECT\"", true },
    { "~h x-spam", NULL, false },
    { "~i 1@example", " HEADER Message-ID \"1@example\"", true },
    { "~A ~s \"x y\" | ~F", " OR (ALL ALL SUBJECT \"x y\") FLAGGED", false },
};

static const char letter[] =
    "From: =?utf-8?q?=C3=89l=C3=A8ve?= Elise <eleve@example.org>\r\nTo: rachida@localhost\r\nCc: Bob <bob@x.org>\r\n"
    "Subject: Cours 3: les couches\r\nMessage-ID: <1@example.org>\r\n\r\nles sept couches\r\n";

START_TEST(patterns)
{
    const struct row *row = &rows[_i];
    struct mail_envelope envelope = { .flags = MAIL_SEEN, .size = 1500, .date = NOON, .uid = "1", .from = "Élève Elise",
                                      .from_address = "eleve@example.org", .to = "rachida@localhost",
                                      .subject = "Cours 3: les couches" };
    struct buf error, search;
    ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
    setenv("TZ", "UTC", 1);
    buf_init(&error, 1000);
    buf_init(&search, 1000);
    struct pattern *pattern = pattern_parse(row->pattern, NOON + 3600, &error);
    ck_assert_msg(pattern != NULL, "%s: %s", row->pattern, buf_text(&error));
    ck_assert_msg(pattern_matches(pattern, &envelope, span_of(letter)) == row->fits, "%s", row->pattern);
    ck_assert_int_eq(pattern_for_server(pattern), row->search != NULL);
    if (row->search != NULL) {
        pattern_write(pattern, &(struct pattern_writer){ say_word, say_string, &search });
        ck_assert_str_eq(buf_text(&search), row->search);
    }
    pattern_free(pattern);
    buf_free(&error);
    buf_free(&search);
}
END_TEST

static const char *const wrong[] = { "~", "~k x", "~s", "(~F", "~F)", "~F |", "| ~F", "!", "~d yesterday",
                                     "~d 40/11/2026", "~z big", "~z <", "~d <3",
                                     "((((((((((((((((((((((((((((((((((((((~F", "~F & ) ~R" };

START_TEST(mistakes_are_told)
{
    struct buf error;
    buf_init(&error, 1000);
    ck_assert_msg(pattern_parse(wrong[_i], NOON, &error) == NULL, "%s", wrong[_i]);
    ck_assert_uint_gt(error.len, 10);
    buf_free(&error);
}
END_TEST

UNIT_SUITE(pattern, { patterns, sizeof rows / sizeof rows[0] }, { mistakes_are_told, sizeof wrong / sizeof wrong[0] })
