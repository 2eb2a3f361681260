#include "core/mime.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../unit.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof(table)[0]))

/* Parts as "number type [header][body] lines flags" lines. */
static const struct { const char *message; const char *parts; } rows[] = {
    { "", " text/plain [][] 0 0\n" },
    { "\r\n", " text/plain [\r\n][] 0 0\n" },
    { "Subject: test\r\n\r\nrachida bonjour\r\n", " text/plain [Subject: test\r\n\r\n][rachida bonjour\r\n] 1 0\n" },
    { "Subject: test", " text/plain [Subject: test][] 0 0\n" },
    { "Subject: test\r\n", " text/plain [Subject: test\r\n][] 0 0\n" },
    { "A: b\n\none\ntwo", " text/plain [A: b\n\n][one\ntwo] 1 0\n" },
    /* RFC 2046 §5.1.1 */
    { "Content-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n--b\r\n\r\nimplicit\r\n--b\r\n"
      "Content-type: text/html\r\n\r\nexplicit\r\n\r\n--b--\r\nepilogue\r\n",
      " multipart/mixed [Content-Type: multipart/mixed; boundary=b\r\n\r\n][preamble\r\n--b\r\n\r\nimplicit\r\n--b\r\n"
      "Content-type: text/html\r\n\r\nexplicit\r\n\r\n--b--\r\nepilogue\r\n] 11 0\n"
      "1 text/plain [\r\n][implicit] 0 0\n"
      "2 text/html [Content-type: text/html\r\n\r\n][explicit\r\n] 1 0\n" },
    { "Content-Type: multipart/mixed; boundary=\"b c\"\n\n--b c  \n\nx\n--b cd\ny\n--b c-- \t\n",
      " multipart/mixed [Content-Type: multipart/mixed; boundary=\"b c\"\n\n]"
      "[--b c  \n\nx\n--b cd\ny\n--b c-- \t\n] 6 0\n1 text/plain [\n][x\n--b cd\ny] 2 0\n" },
    { "Content-Type: multipart/mixed; boundary=b\n\n--b\nA: c\n--b\n\n--b\nD: e\n\n--b--",
      " multipart/mixed [Content-Type: multipart/mixed; boundary=b\n\n][--b\nA: c\n--b\n\n--b\nD: e\n\n--b--] 7 0\n"
      "1 text/plain [A: c][] 0 0\n2 text/plain [\n][] 0 0\n3 text/plain [D: e\n\n][] 0 0\n" },
    { "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nnot closed\n",
      " multipart/mixed [Content-Type: multipart/mixed; boundary=b\n\n][--b\n\nnot closed\n] 3 8\n"
      "1 text/plain [\n][not closed\n] 1 0\n" },
    { "Content-Type: multipart/mixed; boundary=b\n\n--b--\nempty\n",
      " multipart/mixed [Content-Type: multipart/mixed; boundary=b\n\n][--b--\nempty\n] 2 0\n" },
    { "Content-Type: multipart/mixed\n\n--b\n\nx\n",
      " multipart/mixed [Content-Type: multipart/mixed\n\n][--b\n\nx\n] 3 4\n" },
    { "Content-Type: multipart/mixed; boundary=b\n\n--b",
      " multipart/mixed [Content-Type: multipart/mixed; boundary=b\n\n][--b] 0 8\n1 text/plain [][] 0 0\n" },
    /* a multipart in a multipart; the inner one is not closed */
    { "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\nx\n"
      "--c\n\ny\n--b\n\nz\n--b--\n",
      " multipart/mixed [Content-Type: multipart/mixed; boundary=b\n\n][--b\nContent-Type: multipart/alternative; "
      "boundary=c\n\n--c\n\nx\n--c\n\ny\n--b\n\nz\n--b--\n] 13 0\n"
      "1 multipart/alternative [Content-Type: multipart/alternative; boundary=c\n\n][--c\n\nx\n--c\n\ny] 5 8\n"
      "1.1 text/plain [\n][x] 0 0\n1.2 text/plain [\n][y] 0 0\n2 text/plain [\n][z] 0 0\n" },
    /* messages within: one with a single part, one with several */
    { "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nSubject: in\n\nbody\n--b\n"
      "Content-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nx\n--c--\n--b--\n",
      " multipart/mixed [Content-Type: multipart/mixed; boundary=b\n\n][--b\nContent-Type: message/rfc822\n\n"
      "Subject: in\n\nbody\n--b\nContent-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\n"
      "x\n--c--\n--b--\n] 16 0\n"
      "1 message/rfc822 [Content-Type: message/rfc822\n\n][Subject: in\n\nbody] 2 0\n"
      "1.1 text/plain [Subject: in\n\n][body] 0 0\n"
      "2 message/rfc822 [Content-Type: message/rfc822\n\n][Content-Type: multipart/mixed; boundary=c\n\n--c\n\nx\n--c--]"
      " 5 0\n2 multipart/mixed [Content-Type: multipart/mixed; boundary=c\n\n][--c\n\nx\n--c--] 3 0\n"
      "2.1 text/plain [\n][x] 0 0\n" },
    /* RFC 2046 §5.1.5 */
    { "Content-Type: multipart/digest; boundary=b\n\n--b\n\nA: b\n\nx\n--b--\n",
      " multipart/digest [Content-Type: multipart/digest; boundary=b\n\n][--b\n\nA: b\n\nx\n--b--\n] 6 0\n"
      "1 message/rfc822 [\n][A: b\n\nx] 2 0\n1.1 text/plain [A: b\n\n][x] 0 0\n" },
    { "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nQTogYgo=\n",
      " message/rfc822 [Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n][QTogYgo=\n] 1 0\n" },
    { "Content-Type: message/rfc822\n\n", " message/rfc822 [Content-Type: message/rfc822\n\n][] 0 0\n"
      "1.1 text/plain [][] 0 0\n" },
};

static void note(struct buf *out, const struct mime_tree *tree, size_t i, struct span message)
{
    const struct mime_part *part = &tree->parts[i];
    ck_assert_int_eq(mime_number(tree, i, out), 0);
    buf_printf(out, " %s/%s [", part->type.type, part->type.subtype);
    buf_add_span(out, mime_header(tree, i, message));
    buf_add_text(out, "][");
    buf_add_span(out, mime_body(tree, i, message));
    buf_printf(out, "] %zu %u\n", part->body_lines, part->flags);
}

START_TEST(parts_of_messages)
{
    struct mime_tree tree;
    struct buf out;
    size_t length = strlen(rows[_i].message);
    struct span message = { unit_at_edge(rows[_i].message, length), length };
    buf_init(&out, 10000);
    mime_parse(message, &tree);
    for (size_t i = 0; i < tree.count; i++)
        note(&out, &tree, i, message);
    ck_assert_str_eq(buf_text(&out), rows[_i].parts);
    mime_free(&tree);
    buf_free(&out);
}
END_TEST

/* The structure of RFC 3501 §6.4.5's example. */
static const char example[] =
    "Content-Type: multipart/mixed; boundary=A\n\n"
    "--A\nContent-Type: text/plain\n\n1\n"
    "--A\nContent-Type: application/octet-stream\n\n2\n"
    "--A\nContent-Type: message/rfc822\n\n"
    "Content-Type: multipart/mixed; boundary=B\n\n--B\n\n3.1\n--B\nContent-Type: application/octet-stream\n\n3.2\n--B--\n"
    "--A\nContent-Type: multipart/mixed; boundary=C\n\n"
    "--C\nContent-Type: image/gif\n\n4.1\n"
    "--C\nContent-Type: message/rfc822\n\n"
    "Content-Type: multipart/mixed; boundary=D\n\n--D\n\n4.2.1\n"
    "--D\nContent-Type: multipart/alternative; boundary=E\n\n--E\n\n4.2.2.1\n--E\n\n4.2.2.2\n--E--\n--D--\n"
    "--C--\n--A--\n";

START_TEST(parts_are_found_by_their_number)
{
    static const char *const leaves[] = { "1", "2", "3.1", "3.2", "4.1", "4.2.1", "4.2.2.1", "4.2.2.2" };
    static const char *const others[] = { "3", "4", "4.2", "4.2.2" };
    static const char *const missing[] = { "5", "1.1", "3.3", "4.2.3", "0", "01", "1.", ".1", "1..1", "x", "1x",
                                           "99999999", "4.2.2.2.1", "3.1.1" };
    struct mime_tree tree;
    struct buf number;
    buf_init(&number, 100);
    mime_parse(span_of(example), &tree);
    ck_assert_uint_eq(tree.flags, 0);
    for (int i = 0; i < ROWS(leaves); i++) {
        long part = mime_find(&tree, span_of(leaves[i]));
        ck_assert_int_ge(part, 0);
        ck_assert(span_is(mime_body(&tree, (size_t)part, span_of(example)), leaves[i]));
    }
    for (int i = 0; i < ROWS(others); i++) {
        long part = mime_find(&tree, span_of(others[i]));
        ck_assert_int_ge(part, 0);
        buf_clear(&number);
        mime_number(&tree, (size_t)part, &number);
        ck_assert_str_eq(buf_text(&number), others[i]);
    }
    for (int i = 0; i < ROWS(missing); i++)
        ck_assert_int_eq(mime_find(&tree, span_of(missing[i])), -1);
    ck_assert_int_eq(mime_find(&tree, span_of("")), 0);
    ck_assert_int_eq(mime_readable(&tree), 1);
    mime_free(&tree);
    mime_parse(span_of("Subject: x\n\ny"), &tree);
    ck_assert_int_eq(mime_find(&tree, span_of("1")), 0);
    ck_assert_int_eq(mime_find(&tree, span_of("2")), -1);
    ck_assert_int_eq(mime_find(&tree, span_of("1.1")), -1);
    mime_free(&tree);
    buf_free(&number);
}
END_TEST

START_TEST(what_a_reader_shows_first)
{
    static const struct { const char *message; const char *body; } messages[] = {
        { "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>\n--b\n\n"
          "plain\n--b--", "plain" },
        { "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Disposition: attachment; filename=a\n\nfile\n"
          "--b\nContent-Type: text/html\n\n<p>\n--b--", "<p>" },
        { "Content-Type: text/calendar\n\nBEGIN", "BEGIN" },
        { "Content-Type: image/png\n\nx", NULL },
    };
    for (int i = 0; i < ROWS(messages); i++) {
        struct mime_tree tree;
        mime_parse(span_of(messages[i].message), &tree);
        long part = mime_readable(&tree);
        if (messages[i].body == NULL)
            ck_assert_int_eq(part, -1);
        else
            ck_assert(span_is(mime_body(&tree, (size_t)part, span_of(messages[i].message)), messages[i].body));
        mime_free(&tree);
    }
}
END_TEST

START_TEST(nesting_is_bounded)
{
    struct mime_tree tree;
    struct buf message;
    buf_init(&message, 10000000);
    for (int i = 0; i < 10000; i++)
        buf_printf(&message, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i);
    mime_parse(buf_span(&message), &tree);
    ck_assert_uint_eq(tree.count, MIME_MAX_DEPTH + 1);
    ck_assert(tree.flags & MIME_TOO_DEEP);
    mime_free(&tree);
    buf_clear(&message);
    for (int i = 0; i < 10000; i++)
        buf_add_text(&message, "Content-Type: message/rfc822\n\n");
    mime_parse(buf_span(&message), &tree);
    ck_assert_uint_eq(tree.count, MIME_MAX_DEPTH + 1);
    struct buf number;
    buf_init(&number, 1000);
    ck_assert_int_eq(mime_number(&tree, MIME_MAX_DEPTH, &number), 0);
    ck_assert_int_eq(mime_find(&tree, buf_span(&number)), MIME_MAX_DEPTH);
    buf_free(&number);
    mime_free(&tree);
    buf_clear(&message);
    buf_add_text(&message, "Content-Type: multipart/mixed; boundary=b\n\n");
    for (int i = 0; i < 200000; i++)
        buf_add_text(&message, "--b\n\nx\n");
    buf_add_text(&message, "--b--\n");
    mime_parse(buf_span(&message), &tree);
    ck_assert_uint_eq(tree.count, MIME_MAX_PARTS);
    ck_assert(tree.flags & MIME_TOO_MANY);
    mime_free(&tree);
    buf_free(&message);
}
END_TEST

START_TEST(many_boundaries_and_many_lines_take_linear_time)
{
    struct mime_tree tree;
    struct buf message;
    buf_init(&message, 20000000);
    for (int i = 0; i < MIME_MAX_DEPTH; i++)
        buf_printf(&message, "Content-Type: multipart/mixed; boundary=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx%d\n\n"
                   "--xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx%d\n", i, i);
    while (message.len < 4000000)
        buf_add_text(&message, "--xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n");
    mime_parse(buf_span(&message), &tree);
    ck_assert_uint_eq(tree.count, MIME_MAX_DEPTH + 1);
    mime_free(&tree);
    buf_free(&message);
}
END_TEST

/* Whatever the bytes, every part lies within the message and within its parent. */
START_TEST(any_bytes_give_parts_within_bounds)
{
    static const char *const words[] = { "Content-Type: multipart/mixed; boundary=b\n",
                                         "Content-Type: message/rfc822\n", "Content-Type: multipart/digest; boundary=\"c\"\n", "\n", "\r\n",
                                         "--b\n", "--b--\n", "--c\r\n", "--c--", "x\n", "--", "\r", "A: b\n" };
    srand(7);
    for (int round = 0; round < 3000; round++) {
        struct buf message;
        struct mime_tree tree;
        buf_init(&message, 5000);
        for (int i = rand() % 30; i >= 0; i--)
            buf_add_text(&message, words[rand() % ROWS(words)]);
        struct span span = buf_span(&message);
        mime_parse(span, &tree);
        for (size_t i = 0; i < tree.count; i++) {
            const struct mime_part *part = &tree.parts[i], *parent = &tree.parts[part->parent];
            ck_assert_uint_eq(part->header_offset + part->header_length, part->body_offset);
            ck_assert_uint_le(part->body_offset + part->body_length, span.len);
            if (i == 0)
                continue;
            ck_assert_uint_lt(part->parent, i);
            ck_assert_uint_ge(part->header_offset, parent->body_offset);
            if (part->body_length > 0)
                ck_assert_uint_le(part->body_offset + part->body_length, parent->body_offset + parent->body_length);
        }
        mime_free(&tree);
        buf_free(&message);
    }
}
END_TEST

UNIT_SUITE(mime, { parts_of_messages, ROWS(rows) }, { parts_are_found_by_their_number, 0 },
           { what_a_reader_shows_first, 0 }, { nesting_is_bounded, 0 },
           { many_boundaries_and_many_lines_take_linear_time, 0 }, { any_bytes_give_parts_within_bounds, 0 })
