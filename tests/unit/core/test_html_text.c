/*
 * HTML as plain text: what is kept, what is left out, and that any bytes will do.
 */
#include "core/html_text.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/mem.h"
#include "tests/unit/unit.h"

static const struct {
    const char *html, *text;
} rows[] = {
    { "<p>one</p><p>two  three</p>", "one\n\ntwo three\n" },
    { "<head><title>x</title></head>a<br>b&amp;&lt;&#233;&#xE9;&unknown;&", "a\nb&<\u00e9\u00e9&unknown;&\n" },
    { "<style>p { }</style>a<script>b</scr", "a\n" },
    { "a < b <", "a < b <\n" },
    { "a<!-- <b> --c -->d", "ad\n" },
    { "&#x110000;&#0;&#27;", "\ufffd\ufffd\033\n" },
    { "<ul><li>a<li>b<ol><li>c</li><li>d</li></ol></ul>e", "* a\n* b\n  1. c\n  2. d\n\ne\n" },
    { "<a href=\"http://x/?a&amp;b\">here</a> and <a href='y z'>there</a><a href=#z>no</a>",
      "here[1] and there[2]no\n\n[1] http://x/?a&b\n[2] yz\n" },
    { "<table><tr><td>a</td><td>b</td></tr><tr><th>c</th><th>d</th></tr></table>", "a  b\nc  d\n" },
    { "x<blockquote>a<p>b</blockquote>c", "x\n\n> a\n\n> b\n\nc\n" },
    { "<pre>a  b\n  c</pre>d", "a  b\n  c\n\nd\n" },
    { "<img src=http://evil/x.png><img alt='a\nb' src=y>", "[a b]\n" },
    { "<p title='>'>a<p title='b", "a\n" },
    { "<h1>T</h1>x<hr>y", "T\n\nx\n----\ny\n" },
    { "a&shy;b &nbsp; c", "ab   c\n" },
    { "<a href=x>a<a href=y>b", "a[1]b[2]\n\n[1] x\n[2] y\n" },
    { "", "" },
};

START_TEST(texts)
{
    struct buf out;
    buf_init(&out, 65536);
    size_t size = strlen(rows[_i].html);
    ck_assert_int_eq(html_text((struct span){ unit_at_edge(rows[_i].html, size), size }, &out), 0);
    ck_assert_str_eq(buf_text(&out), rows[_i].text);
    buf_free(&out);
}
END_TEST

/* Much of what is never closed: read once, not again and again. */
START_TEST(much_is_quick)
{
    static const char *const pieces[] = { "<", "<a href=\"", "<!--", "<script>", "&", "<blockquote>", "<ul><li>",
                                          "<td>" };
    size_t length = strlen(pieces[_i]), size = 2 << 20;
    struct buf out;
    char *html = mem_alloc(size);
    for (size_t i = 0; i + length <= size; i += length)
        memcpy(html + i, pieces[_i], length);
    buf_init(&out, 256 << 20);
    clock_t begun = clock();
    html_text((struct span){ html, size }, &out);
    ck_assert_int_lt((clock() - begun) / CLOCKS_PER_SEC, 3);
    buf_free(&out);
    free(html);
}
END_TEST

UNIT_SUITE(html_text, { texts, sizeof rows / sizeof rows[0] }, { much_is_quick, 8 })
