#include "core/address.h"

#include <string.h>

#include "../unit.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof(table)[0]))

/* Items as "kind name|local|domain|route flags" lines: M mailbox, G group, E its end, B bad. */
static const struct { const char *text; const char *items; } rows[] = {
    { "", "" },
    { " \r\n ,, (nobody) , ", "" },
    { "rachida@localhost", "M |rachida|localhost| 0\n" },
    /* RFC 5322 appendix A.1 */
    { "John Doe <jdoe@machine.example>", "M John Doe|jdoe|machine.example| 0\n" },
    { "\"Joe Q. Public\" <john.q.public@example.com>", "M Joe Q. Public|john.q.public|example.com| 1\n" },
    { "Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>",
      "M Mary Smith|mary|x.test| 0\nM |jdoe|example.org| 0\nM Who?|one|y.test| 0\n" },
    { "<boss@nil.test>, \"Giant; \\\"Big\\\" Box\" <sysservices@example.net>",
      "M |boss|nil.test| 0\nM Giant; \"Big\" Box|sysservices|example.net| 1\n" },
    { "A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;",
      "G A Group||| 0\nM Ed Jones|c|a.test| 0\nM |joe|where.test| 0\nM John|jdoe|one.test| 0\nE ||| 0\n" },
    { "Undisclosed recipients:;", "G Undisclosed recipients||| 0\nE ||| 0\n" },
    /* A.5 and A.6 */
    { "Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", "M Pete|pete|silly.test| 0\n" },
    { "A Group(Some people)\r\n     :Chris Jones <c@(Chris's host.)public.example>,\r\n         joe@example.org,\r\n"
      "  John <jdoe@one.test> (my dear friend); (the end of the group)",
      "G A Group||| 0\nM Chris Jones|c|public.example| 0\nM |joe|example.org| 0\nM John|jdoe|one.test| 0\nE ||| 0\n" },
    { "(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;", "G Hidden recipients||| 0\nE ||| 0\n" },
    { "Joe Q. Public <john.q.public@example.com>", "M Joe Q. Public|john.q.public|example.com| 8\n" },
    { "Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example",
      "M Mary Smith|mary|example.net|@node.test 8\nM |jdoe|test.example| 8\n" },
    { "<@a.test,@b.test:c@d.test>", "M |c|d.test|@a.test,@b.test 8\n" },
    { "john . doe @ example.org", "M |john.doe|example.org| 8\n" },
    { "\"john\".doe@example.org", "M |john.doe|example.org| 4\n" },
    { "john.\"d e\"@example.org", "M |john.d e|example.org| 12\n" },
    { "\"a@b\"@c.test", "M |a@b|c.test| 4\n" },
    { "x@[192.0.2.1], y@[IPv6:2001:db8::1]", "M |x|[192.0.2.1]| 32\nM |y|[IPv6:2001:db8::1]| 32\n" },
    { "mouse@example.org (Minnie \\(the\\) Mouse)", "M Minnie (the) Mouse|mouse|example.org| 2\n" },
    { "root", "M |root|| 16\n" },
    { "root, www.data; x@y", "M |root|| 16\nM |www.data|| 16\nM |x|y| 0\n" },
    { "Root <root>", "M Root|root|| 16\n" },
    { "j\xc3\xb6rg@b\xc3\xbc" "cher.test", "M |j\xc3\xb6rg|b\xc3\xbc" "cher.test| 64\n" },
    { "=?utf-8?q?=C3=89?= <e@x.test>", "M =?utf-8?q?=C3=89?=|e|x.test| 0\n" },
    { "joe@x.test <joe@x.test>", "M joe@x.test|joe|x.test| 8\n" },
    { "a..b@x.test, .a@x.test, a.@x.test", "M |a..b|x.test| 8\nM |.a|x.test| 8\nM |a.|x.test| 0\n" },
    { "\"two\r\n lines\" <a@b>", "M two lines|a|b| 1\n" },
    { "\"\" <a@b>", "M |a|b| 1\n" },
    /* what is no address, and what follows it */
    { "John Doe, a@b", "B |John|| 16\nM |a|b| 0\n" },
    { "@b, c@d", "B ||| 0\nM |c|d| 0\n" },
    { "a@, c@d", "B |a|| 0\nM |c|d| 0\n" },
    { "<>, c@d", "B ||| 0\nM |c|d| 0\n" },
    { "X <a@b, c@d", "B X|a|b| 0\nM |c|d| 0\n" },
    { "a@b c@d, e@f", "B |a|b| 0\nM |e|f| 0\n" },
    { "a@b@c, e@f", "B |a|b| 0\nM |e|f| 0\n" },
    { "X [y] <a@b>, e@f", "B X ||| 0\nM |e|f| 0\n" },
    { "G: a@b", "G G||| 0\nM |a|b| 0\nE ||| 0\n" },
    { "G: H: a@b; c@d", "G G||| 0\nB |H|| 16\nE ||| 0\nM |c|d| 0\n" },
    { "\"no end <a@b>, c@d", "M |no end <a@b>, c@d|| 20\n" },
    { "(no end <a@b>, c@d", "" },
    { "a@[1.2.3.4", "B |a|[1.2.3.4| 32\n" },
    { "<@a:>", "B |||@a 8\n" },
    { "<@a", "B ||| 0\n" },
    { "\\", "B ||| 0\n" },
    { "a@b (", "M |a|b| 0\n" },
    { "a\\", "B |a|| 16\n" },
    { "\"a\\", "M |a\\|| 20\n" },
    { ">", "B ||| 0\n" },
};

static void note(struct buf *out, const struct address *address)
{
    static const char kinds[] = { 'M', 'G', 'E', 'B' };
    buf_printf(out, "%c ", kinds[address->kind]);
    buf_add_span(out, address->name);
    buf_add_text(out, "|");
    buf_add_span(out, address->local);
    buf_add_text(out, "|");
    buf_add_span(out, address->domain);
    buf_add_text(out, "|");
    buf_add_span(out, address->route);
    buf_printf(out, " %u\n", address->flags);
    ck_assert((address->error != NULL) == (address->kind == ADDRESS_BAD));
}

START_TEST(items_of_a_list)
{
    struct address_walk walk;
    struct address address;
    struct buf out;
    size_t length = strlen(rows[_i].text), end = 0;
    buf_init(&out, 2000);
    address_start(&walk, (struct span){ unit_at_edge(rows[_i].text, length), length });
    while (address_next(&walk, &address)) {
        note(&out, &address);
        ck_assert_uint_ge(address.offset, end);
        end = address.offset + address.length;
        ck_assert_uint_le(end, length);
    }
    ck_assert_str_eq(buf_text(&out), rows[_i].items);
    address_finish(&walk);
    buf_free(&out);
}
END_TEST

START_TEST(half_a_million_entries_in_linear_time)
{
    static const char *const patterns[] = { "a@b,", "\"x\" <a@b>,", ",", "(", "()", "((a))a@b(c),", "\"", "a:", "a.",
                                            "<", ";", "@", "a@b ", "[", "\\", "a:b@c;", "<@a:" };
    struct buf text;
    buf_init(&text, 10000000);
    while (text.len < strlen(patterns[_i]) * 500000)
        buf_add_text(&text, patterns[_i]);
    struct address_walk walk;
    struct address address;
    size_t count = 0;
    address_start(&walk, buf_span(&text));
    while (address_next(&walk, &address))
        count++;
    if (_i < 2)
        ck_assert_uint_eq(count, 500000);
    address_finish(&walk);
    buf_free(&text);
}
END_TEST

static const struct { const char *name; const char *local; const char *domain; const char *text; } written[] = {
    { "", "rachida", "localhost", "rachida@localhost" },
    { "Rachida", "rachida", "localhost", "Rachida <rachida@localhost>" },
    { "Joe Q. Public", "joe", "x.test", "\"Joe Q. Public\" <joe@x.test>" },
    { "a \"b\" \\c", "joe", "x.test", "\"a \\\"b\\\" \\\\c\" <joe@x.test>" },
    { "x\r\nBcc: y", "a b", "x.test", "\"x  Bcc: y\" <\"a b\"@x.test>" },
    { "", "a..b", "x.test", "\"a..b\"@x.test" },
    { "", ".a", "x.test", "\".a\"@x.test" },
    { "", "", "x.test", "\"\"@x.test" },
    { "", "root", "", "root" },
};

START_TEST(addresses_are_written_and_read)
{
    struct buf out, local, domain;
    buf_init(&out, 200);
    buf_init(&local, 200);
    buf_init(&domain, 200);
    ck_assert_int_eq(address_write_mailbox(span_of(written[_i].name), span_of(written[_i].local),
                                   span_of(written[_i].domain), &out), 0);
    ck_assert_str_eq(buf_text(&out), written[_i].text);
    if (*written[_i].local != '\0') {
        ck_assert_int_eq(address_one(buf_span(&out), &local, &domain), 0);
        ck_assert_str_eq(buf_text(&local), written[_i].local);
        ck_assert_str_eq(buf_text(&domain), written[_i].domain);
    }
    buf_free(&out);
    buf_free(&local);
    buf_free(&domain);
}
END_TEST

START_TEST(one_means_one)
{
    static const char *const bad[] = { "", "a@b, c@d", "G: a@b;", "a b", "<>", "a@b,x y" };
    struct buf local, domain;
    buf_init(&local, 200);
    buf_init(&domain, 200);
    for (int i = 0; i < ROWS(bad); i++)
        ck_assert_int_eq(address_one(span_of(bad[i]), &local, &domain), -1);
    buf_free(&local);
    buf_free(&domain);
}
END_TEST

UNIT_SUITE(address, { items_of_a_list, ROWS(rows) }, { half_a_million_entries_in_linear_time, 17 },
           { addresses_are_written_and_read, ROWS(written) }, { one_means_one, 0 })
