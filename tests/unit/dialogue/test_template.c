#include <stdio.h>
#include <string.h>

#include "../unit.h"
#include "labs/dialogue/pattern.h"
#include "labs/dialogue/template.h"

/* Texts to be sent. */
static const struct {
    const char *text, *bytes;
    size_t size;
} texts[] = {
    { "NOOP", "NOOP", 4 },
    { "a\\r\\n\\t\\0b\\x00\\xff", "a\r\n\t\0b\0\xff", 8 },
    { "\\Seen \\Deleted", "\\Seen \\Deleted", 14 },
    { "\\\\seen \\s\\#\\$\\*\\\"", "\\seen  #$*\"", 11 },
    { "* {12} $5", "* {12} $5", 9 },
    { "<${user}@x>", "<rachida@x>", 11 },
    { "${base64 rachida}", "cmFjaGlkYQ==", 12 },
    { "${unbase64 cmFjaGlkYQ==}", "rachida", 7 },
    { "${plain ${user} secret}", "AHJhY2hpZGEAc2VjcmV0", 20 },
    { "${base64 \"\\0${user}\\0secret\"}", "AHJhY2hpZGEAc2VjcmV0", 20 },
    { "{${length \"a b\\r\\n\"}}", "{5}", 3 },
    { "${repeat 3 ab}${repeat 0 x}", "ababab", 6 },
    { "${add 40 -1 3}", "42", 2 },
    { "${upper ${user}}${lower AB}", "RACHIDAab", 9 },
    { "a\\|b", "ab", 2 },
};

START_TEST(text_expands)
{
    struct template template;
    struct fault fault;
    struct buf out;
    struct values *values = values_new();
    size_t length = strlen(texts[_i].text);
    values_set_text(values, "user", "rachida");
    buf_init(&out, 1000);
    ck_assert_int_eq(template_parse((struct span){ unit_at_edge(texts[_i].text, length), length }, &template, &fault),
                     0);
    ck_assert_int_eq(template_expand(&template, values, &out, NULL, &fault), 0);
    ck_assert_uint_eq(out.len, texts[_i].size);
    ck_assert_mem_eq(out.data, texts[_i].bytes, out.len);
    template_free(&template);
    values_free(values);
    buf_free(&out);
}
END_TEST

/* What is wrong in a text, and at which byte it is said. */
static const struct {
    const char *text;
    size_t offset;
} wrong[] = {
    { "ab\\q", 2 }, { "\\x4", 0 }, { "a\\", 1 }, { "a${", 1 }, { "a${user", 1 }, { "a${base64 \"x}", 10 },
    { "a${user=*}", 1 },
};

START_TEST(wrong_text_is_told)
{
    struct template template;
    struct fault fault;
    size_t length = strlen(wrong[_i].text);
    ck_assert_int_eq(template_parse((struct span){ unit_at_edge(wrong[_i].text, length), length }, &template, &fault),
                     -1);
    ck_assert_uint_eq(fault.offset, wrong[_i].offset);
    ck_assert_uint_gt(strlen(fault.text), 0);
    template_free(&template);
}
END_TEST

/* Texts that are well written and cannot be made. */
static const char *const impossible[] = {
    "${nobody}", "${nothing a}", "${base64}", "${unbase64 !}", "${add x 1}", "${repeat 99999999 abc}",
    "${scram-next AAAA}", "${file /nonexistent}", "${file /dev}",
};

START_TEST(impossible_text_is_told)
{
    struct template template;
    struct fault fault;
    struct buf out;
    struct values *values = values_new();
    buf_init(&out, 1000);
    ck_assert_int_eq(template_parse(span_of(impossible[_i]), &template, &fault), 0);
    ck_assert_int_eq(template_expand(&template, values, &out, NULL, &fault), -1);
    ck_assert_uint_gt(strlen(fault.text), 0);
    template_free(&template);
    values_free(values);
    buf_free(&out);
}
END_TEST

START_TEST(cuts_are_told)
{
    struct template template;
    struct template_cuts cuts = { .count = 0 };
    struct fault fault;
    struct buf out;
    struct values *values = values_new();
    buf_init(&out, 1000);
    ck_assert_int_eq(template_parse(span_of("ab\\|c\\|"), &template, &fault), 0);
    ck_assert_int_eq(template_expand(&template, values, &out, &cuts, &fault), 0);
    ck_assert_uint_eq(cuts.count, 2);
    ck_assert_uint_eq(cuts.at[0], 2);
    ck_assert_uint_eq(cuts.at[1], 3);
    template_free(&template);
    values_free(values);
    buf_free(&out);
}
END_TEST

/* value: what ${v} is afterwards, or NULL. */
static const struct {
    const char *pattern, *subject;
    int matches;
    const char *value;
} patterns[] = {
    { "220 *", "220 here ESMTP", 1, NULL },
    { "220 *", "2200 here", 0, NULL },
    { "220 *", "x220 here", 0, NULL },
    { "250*", "250-a\n250 b", 1, NULL },
    { "5xx *", "554 no", 1, NULL },
    { "5xx *", "450 no", 0, NULL },
    { "5xx*", "5xx no", 0, NULL },
    { "* OK *", "* OK ready", 1, NULL },
    { "* OK *", "x OK ready", 0, NULL },
    { "\\*", "*", 1, NULL },
    { "* 1 FETCH (FLAGS (\\Seen))", "* 1 FETCH (FLAGS (\\Seen))", 1, NULL },
    { "a (b) [c] {3} .+^", "a (b) [c] {3} .+^", 1, NULL },
    { "a.c", "abc", 0, NULL },
    { "UIDNEXT ${v=*}] *", "UIDNEXT 17] next", 1, "17" },
    { "<${known}>", "<a.b>", 1, NULL },
    { "<${known}>", "<axb>", 0, NULL },
    { "/^\\+OK (?<v>\\d+)/", "+OK 12 34", 1, "12" },
    { "/^ok$/i", "OK", 1, NULL },
    { "/^ok$/", "OK", 0, NULL },
    { "/^ok$/", "ok\n", 0, NULL },
    { "/a${known}c/", "aa.bc", 1, NULL },
    { "/a${known}c/", "aaxbc", 0, NULL },
    { "/^b/m", "a\nb", 1, NULL },
    { "", "", 1, NULL },
    { "", "x", 0, NULL },
};

START_TEST(pattern_matches)
{
    struct template template;
    struct fault fault;
    struct values *values = values_new();
    const char *subject = patterns[_i].subject;
    values_set_text(values, "known", "a.b");
    ck_assert_int_eq(template_parse_pattern(span_of(patterns[_i].pattern), &template, &fault), 0);
    ck_assert_int_eq(pattern_check(&template, &fault), 0);
    ck_assert_int_eq(pattern_match(&template, values, (struct span){ unit_at_edge(subject, strlen(subject)),
                                                                     strlen(subject) }, &fault),
                     patterns[_i].matches);
    const struct span *value = values_get(values, "v");
    if (patterns[_i].value == NULL)
        ck_assert_ptr_null(value);
    else
        ck_assert(value != NULL && span_is(*value, patterns[_i].value));
    template_free(&template);
    values_free(values);
}
END_TEST

static const struct {
    const char *pattern;
    size_t offset;
} bad_patterns[] = {
    { "/(/", 2 }, { "/a", 0 }, { "/", 0 }, { "/a/q", 3 }, { "a\\q*", 1 }, { "${v=*", 0 },
};

START_TEST(bad_pattern_is_told)
{
    struct template template;
    struct fault fault;
    int status = template_parse_pattern(span_of(bad_patterns[_i].pattern), &template, &fault);
    if (status == 0)
        status = pattern_check(&template, &fault);
    ck_assert_int_eq(status, -1);
    ck_assert_uint_eq(fault.offset, bad_patterns[_i].offset);
    template_free(&template);
}
END_TEST

/* A peer that knows the pattern must not keep us busy for hours. */
START_TEST(matching_is_bounded)
{
    struct template template;
    struct fault fault;
    struct values *values = values_new();
    char subject[41];
    memset(subject, 'a', 40);
    subject[40] = 'b';
    ck_assert_int_eq(template_parse_pattern(span_of("/^(a|aa|a*)*(a|aa|a*)*\\1{2}c$/"), &template, &fault), 0);
    ck_assert_int_le(pattern_match(&template, values, (struct span){ subject, sizeof subject }, &fault), 0);
    template_free(&template);
    values_free(values);
}
END_TEST

START_TEST(values_are_bounded)
{
    struct values *values = values_new();
    char name[20];
    int status = 0;
    for (int i = 0; i < VALUES_MAX; i++) {
        snprintf(name, sizeof name, "v%d", i);
        status |= values_set_text(values, name, "x");
    }
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(values_set_text(values, "one-more", "x"), -1);
    ck_assert_int_eq(values_set_text(values, "v0", "again"), 0);
    values_free(values);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof(table)[0])

UNIT_SUITE(template, { text_expands, COUNT(texts) }, { wrong_text_is_told, COUNT(wrong) },
           { impossible_text_is_told, COUNT(impossible) }, { cuts_are_told, 0 }, { pattern_matches, COUNT(patterns) },
           { bad_pattern_is_told, COUNT(bad_patterns) }, { matching_is_bounded, 0 }, { values_are_bounded, 0 })
