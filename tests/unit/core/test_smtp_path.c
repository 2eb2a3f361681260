#include "core/smtp_path.h"

#include <stdio.h>
#include <string.h>

#include "../unit.h"

static const struct {
    const char *argument;
    const char *local;   /* without quotes */
    const char *domain;
    bool utf8;
} good[] = {
    { "FROM:<>", "", "", false },                                       /* §4.5.5: null path */
    { "FROM:<rachida@localhost>", "rachida", "localhost", false },
    { "from:<rachida@example.org>", "rachida", "example.org", false },  /* §2.4: case does not matter */
    { "FROM:<a.b+c=d@x-y.example>", "a.b+c=d", "x-y.example", false },
    { "FROM:<\"rachida b\"@example.org>", "rachida b", "example.org", false },
    { "FROM:<\"a\\\"b\\\\c@d>\"@example.org>", "a\"b\\c@d>", "example.org", false },
    { "FROM:<\"\"@example.org>", "", "example.org", false },
    { "FROM:<@a.example,@b.example:c@d.example>", "c", "d.example", false }, /* appendix C: source route */
    { "FROM:<a@[192.0.2.1]>", "a", "[192.0.2.1]", false },              /* §4.1.3 */
    { "FROM:<a@[IPv6:2001:db8::1]>", "a", "[IPv6:2001:db8::1]", false },
    { "FROM:<Postmaster>", "Postmaster", "", false },                   /* §4.5.1 */
    { "FROM:<r\xc3\xa9mi@caf\xc3\xa9.example>", "r\xc3\xa9mi", "caf\xc3\xa9.example", true }, /* RFC 6531 §3.3 */
};

START_TEST(paths_are_read)
{
    struct smtp_envelope envelope;
    const char *error;
    struct buf local;
    size_t size = strlen(good[_i].argument);
    struct span argument = { unit_at_edge(good[_i].argument, size), size };
    ck_assert_int_eq(smtp_parse_mail(argument, &envelope, &error), 0);
    ck_assert_ptr_null(error);
    buf_init(&local, 100);
    ck_assert_int_eq(smtp_local_part(&envelope.path, &local), 0);
    ck_assert_str_eq(buf_text(&local), good[_i].local);
    ck_assert(span_is(envelope.path.domain, good[_i].domain));
    ck_assert(envelope.path.utf8 == good[_i].utf8);
    ck_assert(!envelope.has_parameters);
    buf_free(&local);
}
END_TEST

#define LOCAL_64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const char *const bad[] = {
    "", "FROM", "FROM:", "FROM:rachida@localhost", "FROM: <a@b>", "TO:<a@b>", "FROM:<a@b", "FROM:<a@b>SIZE=1",
    "FROM:<a>", "FROM:<@b>", "FROM:<a@>", "FROM:<a@b@c>", "FROM:<a b@c>", "FROM:<.a@b>", "FROM:<a.@b>",
    "FROM:<a..b@c>", "FROM:<a@b..c>", "FROM:<a@.b>", "FROM:<a@b.>", "FROM:<a@-b>", "FROM:<a@b->", "FROM:<a@b_c>",
    "FROM:<\"a@b>", "FROM:<\"a\"b@c>", "FROM:<\"a\x01\"@b>", "FROM:<a\x7f@b>", "FROM:<a@[1.2.3]>", "FROM:<a@[]>",
    "FROM:<a@[IPv6:1]>", "FROM:<a@[192.0.2.1>", "FROM:<a@[x:y]>", "FROM:<@a:>", "FROM:<@a,b:c@d>", "FROM:<@a,:c@d>",
    "FROM:<@a c@d>", "FROM:<" LOCAL_64 "a@b>", "FROM:<\xff@b>", "FROM:<a@\xff>",
    "FROM:<a@b> SIZE", "FROM:<a@b> SIZE=", "FROM:<a@b> SIZE=-1", "FROM:<a@b> SIZE=1x", "FROM:<a@b> SIZE=1 SIZE=1",
    "FROM:<a@b> SIZE=123456789012345678901", "FROM:<a@b> BODY=BINARYMIME", "FROM:<a@b> BODY", "FROM:<a@b> SMTPUTF8=1",
    "FROM:<a@b> AUTH=", "FROM:<a@b> AUTH=+4", "FROM:<a@b> AUTH=+4g", "FROM:<a@b> RET=HALF", "FROM:<a@b> ENVID=a=b",
};

START_TEST(faults_are_501)
{
    struct smtp_envelope envelope;
    const char *error;
    size_t size = strlen(bad[_i]);
    struct span argument = { unit_at_edge(bad[_i], size), size };
    ck_assert_int_eq(smtp_parse_mail(argument, &envelope, &error), 501);
    ck_assert_ptr_nonnull(error);
}
END_TEST

/* RFC 5321 §4.5.3.1.1, §4.5.3.1.2, §4.5.3.1.3 */
START_TEST(paths_may_be_64_and_255_and_256_octets)
{
    struct smtp_envelope envelope;
    const char *error;
    char text[400];
    size_t at = (size_t)sprintf(text, "FROM:<" LOCAL_64 "@");
    while (at < 5 + 255)
        text[at] = (at % 50 == 0) ? '.' : 'd', at++;
    text[at++] = '>';
    ck_assert_int_eq(smtp_parse_mail((struct span){ text, at }, &envelope, &error), 0);
    text[at - 1] = 'd';
    text[at++] = '>';
    ck_assert_int_eq(smtp_parse_mail((struct span){ text, at }, &envelope, &error), 501);
}
END_TEST

START_TEST(parameters_of_mail)
{
    struct smtp_envelope envelope;
    const char *error;
    struct span all = span_of("FROM:<a@b> SIZE=312 body=8bitmime SMTPUTF8 AUTH=e+3Df@x RET=hdrs ENVID=Q1");
    ck_assert_int_eq(smtp_parse_mail(all, &envelope, &error), 0);
    ck_assert_uint_eq(envelope.size, 312);
    ck_assert_int_eq(envelope.body, SMTP_BODY_8BITMIME);
    ck_assert(envelope.smtputf8);
    ck_assert(span_is(envelope.auth, "e+3Df@x"));
    ck_assert_int_eq(envelope.ret, SMTP_RETURN_HEADERS);
    ck_assert(span_is(envelope.envid, "Q1"));
    ck_assert_int_eq(smtp_parse_mail(span_of("FROM:<> SIZE=99999999999999999999"), &envelope, &error), 0);
    ck_assert_uint_eq(envelope.size, UINT64_MAX);
    ck_assert_int_eq(smtp_parse_mail(span_of("FROM:<> NOTIFY=NEVER"), &envelope, &error), 555);
    ck_assert_int_eq(smtp_parse_mail(span_of("FROM:<> XYZ"), &envelope, &error), 555);
}
END_TEST

START_TEST(parameters_of_rcpt)
{
    struct smtp_envelope envelope;
    const char *error;
    struct span both = span_of("TO:<a@b> NOTIFY=success,DELAY ORCPT=rfc822;a+2Bx@b");
    ck_assert_int_eq(smtp_parse_rcpt(both, &envelope, &error), 0);
    ck_assert_uint_eq(envelope.notify, SMTP_NOTIFY_SUCCESS | SMTP_NOTIFY_DELAY);
    ck_assert(span_is(envelope.orcpt, "rfc822;a+2Bx@b"));
    ck_assert_int_eq(smtp_parse_rcpt(span_of("TO:<>"), &envelope, &error), 501);
    ck_assert_int_eq(smtp_parse_rcpt(span_of("TO:<a@b> NOTIFY=NEVER,DELAY"), &envelope, &error), 501);
    ck_assert_int_eq(smtp_parse_rcpt(span_of("TO:<a@b> NOTIFY=DELAY,"), &envelope, &error), 501);
    ck_assert_int_eq(smtp_parse_rcpt(span_of("TO:<a@b> NOTIFY="), &envelope, &error), 501);
    ck_assert_int_eq(smtp_parse_rcpt(span_of("TO:<a@b> ORCPT=a"), &envelope, &error), 501);
    ck_assert_int_eq(smtp_parse_rcpt(span_of("TO:<a@b> ORCPT=rfc822;"), &envelope, &error), 501);
    ck_assert_int_eq(smtp_parse_rcpt(span_of("TO:<a@b> ORCPT=rfc822;+0A"), &envelope, &error), 501);
    ck_assert_int_eq(smtp_parse_rcpt(span_of("TO:<a@b> SIZE=1"), &envelope, &error), 555);
}
END_TEST

#define COUNT(rows) ((int)(sizeof rows / sizeof rows[0]))
UNIT_SUITE(smtp_path, { paths_are_read, COUNT(good) }, { faults_are_501, COUNT(bad) },
           { paths_may_be_64_and_255_and_256_octets, 0 }, { parameters_of_mail, 0 }, { parameters_of_rcpt, 0 })
