#include "client/draft.h"

#include <locale.h>
#include <string.h>

#include "../unit.h"
#include "client/letter.h"

static const struct {
    const char *letter;
    const char *draft;
} reply_rows[] = {
    { "From: Alice <alice@example.org>\r\nSubject: test\r\nMessage-ID: <1@a>\r\n\r\nrachida bonjour\r\n> before\r\n",
      "From: me@example.org\nTo: Alice <alice@example.org>\nSubject: Re: test\nIn-Reply-To: <1@a>\nReferences: <1@a>\n\n"
      "Alice <alice@example.org> wrote:\n> rachida bonjour\n>> before\n" },
    { "From: a@example.org\nReply-To: list@example.org, =?UTF-8?Q?Doe=2C_J=C3=A9r=C3=B4me?= <j@example.org>\n"
      "Subject: Re: x\nMessage-ID: <2@a>\nReferences: <0@a>\n <1@a>\n\ntext\n-- \nsignature\n",
      "From: me@example.org\nTo: list@example.org, \"Doe, J\u00e9r\u00f4me\" <j@example.org>\nSubject: Re: x\n"
      "In-Reply-To: <2@a>\nReferences: <0@a> <1@a> <2@a>\n\na@example.org wrote:\n> text\n" },
    { "Subject: =?UTF-8?Q?a=0ABcc:_x@example.org?=\n\n\033[2J\n",
      "From: me@example.org\nTo: \nSubject: Re: a\u240aBcc: x@example.org\n\n> \u241b[2J\n" },
    { "", "From: me@example.org\nTo: \nSubject: Re: \n\n" },
};

START_TEST(answers)
{
    struct buf out;
    ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
    buf_init(&out, 65536);
    draft_reply("me@example.org", span_of(reply_rows[_i].letter), false, &out);
    ck_assert_str_eq(buf_text(&out), reply_rows[_i].draft);
    buf_free(&out);
}
END_TEST

START_TEST(what_a_draft_has)
{
    struct buf out;
    buf_init(&out, 65536);
    draft_new("me@example.org", NULL, "x", &out);
    ck_assert(!draft_has_recipient(buf_span(&out)));
    ck_assert(!draft_has_text(buf_span(&out)));
    buf_clear(&out);
    draft_new("me@example.org", "a@example.org", NULL, &out);
    buf_add_text(&out, " \n\nword\n");
    ck_assert(draft_has_recipient(buf_span(&out)));
    ck_assert(draft_has_text(buf_span(&out)));
    ck_assert(draft_has_recipient(span_of("From: a\nBcc: b@example.org\n\n")));
    buf_free(&out);
}
END_TEST

START_TEST(links_files_and_signatures)
{
    struct buf out;
    ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
    buf_init(&out, 65536);
    ck_assert_int_eq(draft_mailto("me@example.org",
                                  "MAILTO:a@x.org,b%40c@x.org?subject=a%0ABcc:z@x.org&bcc=z@x.org&body=1%0D%0A2&cc=c@x",
                                  &out), 0);
    ck_assert_str_eq(buf_text(&out), "From: me@example.org\nTo: a@x.org,b@c@x.org\nSubject: a Bcc:z@x.org\nCc: c@x\n\n"
                                     "1\n2\n");
    draft_add_field(&out, "Attach", "/tmp/x\nTo: z");
    draft_sign(&out, "me");
    ck_assert_str_eq(buf_text(&out), "From: me@example.org\nTo: a@x.org,b@c@x.org\nSubject: a Bcc:z@x.org\nCc: c@x\n"
                                     "Attach: /tmp/x\u240aTo: z\n\n1\n2\n\n-- \nme\n");
    ck_assert_int_eq(draft_mailto("me@example.org", "http://x", &out), -1);
    buf_free(&out);
}
END_TEST

#define ROWS(table) (int)(sizeof table / sizeof table[0])

UNIT_SUITE(draft, { answers, ROWS(reply_rows) }, { what_a_draft_has, 0 }, { links_files_and_signatures, 0 })
