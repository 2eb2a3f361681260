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

static const struct {
    const char *html;
    const char *words;
} html_rows[] = {
    { "<p>one</p><p>two  three</p>", "one\ntwo three\n" },
    { "<head><title>x</title></head>a<br>b&amp;&lt;&#233;&#xE9;&unknown;&", "a\nb&<\u00e9\u00e9&unknown;&" },
    { "<style>p { }</style>a<script>b</scr", "a" },
    { "a < b <", "a " },
    { "&#x110000;&#27;", "&#x110000;\033" },
    { "", "" },
};

START_TEST(words_of_html)
{
    struct buf out;
    buf_init(&out, 65536);
    size_t size = strlen(html_rows[_i].html);
    letter_html_words((struct span){ unit_at_edge(html_rows[_i].html, size), size }, &out);
    ck_assert_str_eq(buf_text(&out), html_rows[_i].words);
    buf_free(&out);
}
END_TEST

#define ROWS(table) (int)(sizeof table / sizeof table[0])

UNIT_SUITE(draft, { answers, ROWS(reply_rows) }, { what_a_draft_has, 0 }, { words_of_html, ROWS(html_rows) })
