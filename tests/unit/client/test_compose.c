#include "client/compose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../unit.h"
#include "client/body.h"
#include "client/raw.h"
#include "core/header.h"
#include "core/mime.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof(table)[0]))

struct result {
    struct buf message, error;
    struct envelope envelope;
    int status;
};

static void result_init(struct result *result)
{
    buf_init(&result->message, COMPOSE_MAX);
    buf_init(&result->error, 1000);
    result->envelope = (struct envelope){ .count = 0 };
}

static void result_free(struct result *result)
{
    buf_free(&result->message);
    buf_free(&result->error);
    envelope_free(&result->envelope);
}

static struct result run(const struct composition *composition)
{
    struct result result;
    result_init(&result);
    result.status = compose(composition, &result.message, &result.envelope, &result.error);
    return result;
}

static void expect_field(struct result *result, const char *name, const char *value)
{
    struct header_field field;
    bool found = header_find(buf_span(&result->message), name, &field);
    ck_assert_msg(found == (value != NULL), "%s: %s", name, buf_text(&result->message));
    if (found)
        ck_assert_msg(span_is(field.value, value), "%s: expected \"%s\", found \"%.*s\"", name, value,
                      (int)field.value.len, field.value.at);
}

/* Every line ends with CR LF, and no header line is longer than 998. */
static void expect_lines(struct result *result)
{
    for (size_t i = 0; i < result->message.len; i++) {
        char c = result->message.data[i];
        ck_assert(c != '\n' || (i > 0 && result->message.data[i - 1] == '\r'));
        ck_assert(c != '\r' || result->message.data[i + 1] == '\n');
    }
}

START_TEST(the_decks_letter_needs_no_mime)
{
    struct composition composition = { .from = "alice@example.org", .to = "rachida@localhost", .subject = "test",
                                       .body = span_of("rachida bonjour\n") };
    struct result result = run(&composition);
    ck_assert_int_eq(result.status, 0);
    expect_field(&result, "From", "alice@example.org");
    expect_field(&result, "To", "rachida@localhost");
    expect_field(&result, "Subject", "test");
    expect_field(&result, "MIME-Version", NULL);
    expect_field(&result, "Bcc", NULL);
    expect_lines(&result);
    const char *body = strstr(buf_text(&result.message), "\r\n\r\n");
    ck_assert_str_eq(body, "\r\n\r\nrachida bonjour\r\n");
    ck_assert_str_eq(result.envelope.sender, "alice@example.org");
    ck_assert_uint_eq(result.envelope.count, 1);
    ck_assert(!result.envelope.eight_bit && !result.envelope.utf8);
    result_free(&result);
}
END_TEST

START_TEST(names_and_subjects_beyond_ascii)
{
    struct composition composition = { .from = "Rachida \xc3\x89. <rachida@localhost>",
                                       .to = "\"Joe Q. Public\" <joe@x.test>, bob", .cc = "B\xc3\xa9 <b@x.test>",
                                       .bcc = "secret@x.test, joe@x.test", .subject = "\xc3\x89t\xc3\xa9",
                                       .body = span_of("\xc3\xa9t\xc3\xa9 et hiver, tout le temps et partout\n") };
    struct result result = run(&composition);
    ck_assert_int_eq(result.status, 0);
    expect_field(&result, "From", "=?UTF-8?Q?Rachida_=C3=89=2E?= <rachida@localhost>");
    expect_field(&result, "To", "\"Joe Q. Public\" <joe@x.test>, bob@localhost");
    expect_field(&result, "Cc", "=?UTF-8?B?QsOp?= <b@x.test>");
    expect_field(&result, "Subject", "=?UTF-8?B?w4l0w6k=?=");
    expect_field(&result, "Content-Type", "text/plain; charset=UTF-8");
    expect_field(&result, "Content-Transfer-Encoding", "quoted-printable");
    expect_lines(&result);
    ck_assert_uint_eq(result.envelope.count, 4); /* joe once */
    ck_assert_str_eq(result.envelope.recipients[3], "secret@x.test");
    ck_assert_ptr_null(strstr(buf_text(&result.message), "secret"));
    ck_assert(!result.envelope.eight_bit && !result.envelope.utf8);
    result_free(&result);
}
END_TEST

START_TEST(an_address_beyond_ascii_needs_utf8)
{
    struct composition composition = { .from = "a@x.test", .to = "\xc3\xa9@x.test", .body = span_of("x") };
    struct result result = run(&composition);
    ck_assert_int_eq(result.status, 0);
    ck_assert(result.envelope.utf8 && result.envelope.eight_bit);
    result_free(&result);
}
END_TEST

START_TEST(no_text_begins_a_field)
{
    struct composition composition = { .from = "a@x.test", .to = "\"x\r\nBcc: evil@y\" <b@x.test>",
                                       .subject = "a\r\nBcc: evil@y\r\n\r\nbody",
                                       .in_reply_to = "<a>\r\nX-Evil: 1", .body = span_of("x") };
    struct result result = run(&composition);
    ck_assert_int_eq(result.status, 0);
    expect_field(&result, "Bcc", NULL);
    expect_field(&result, "X-Evil", NULL);
    ck_assert_uint_eq(result.envelope.count, 1);
    expect_lines(&result);
    result_free(&result);
}
END_TEST

static const struct { struct composition composition; const char *error; } refused[] = {
    { { .from = "a@x.test" }, "nobody is named" },
    { { .from = "a@x.test", .to = "b@" }, "\"b@\" is no mail address" },
    { { .from = "a@x.test", .to = "b c" }, "is no mail address" },
    { { .from = "a@x.test", .to = "b@x_y" }, "is no mail address" },
    { { .from = "a@x, b@y", .to = "c@z" }, "exactly one" },
    { { .from = "", .to = "c@z" }, "exactly one" },
};

START_TEST(what_is_refused)
{
    struct result result = run(&refused[_i].composition);
    ck_assert_int_eq(result.status, -1);
    ck_assert_msg(strstr(buf_text(&result.error), refused[_i].error) != NULL, "%s", buf_text(&result.error));
    result_free(&result);
}
END_TEST

static const struct { const char *text; size_t size; const char *encoding; const char *decoded; } bodies[] = {
    { "", 0, NULL, "" },
    { "one\ntwo", 7, NULL, "one\r\ntwo\r\n" },
    { "one\r\ntwo\rthree\n", 15, NULL, "one\r\ntwo\r\nthree\r\n" },
    { "caf\xc3\xa9, and a good deal of plain text", 36, "quoted-printable",
      "caf\xc3\xa9, and a good deal of plain text\r\n" },
    { "caf\xe9, and a good deal of plain text", 35, "quoted-printable",
      "caf\xc3\xa9, and a good deal of plain text\r\n" },
    { "\xd0\x9f\xd1\x80\xd0\xb8", 6, "base64", "\xd0\x9f\xd1\x80\xd0\xb8\r\n" },
    { "a\0b and text enough", 19, "quoted-printable", NULL },
};

START_TEST(bodies_come_back)
{
    struct composition composition = { .from = "a@x.test", .to = "b@x.test",
                                       .body = { bodies[_i].text, bodies[_i].size } };
    struct result result = run(&composition);
    struct mime_tree tree;
    struct buf out;
    buf_init(&out, 1000);
    ck_assert_int_eq(result.status, 0);
    expect_field(&result, "Content-Transfer-Encoding", bodies[_i].encoding);
    mime_parse(buf_span(&result.message), &tree);
    content_decode(tree.parts[0].encoding, mime_body(&tree, 0, buf_span(&result.message)), &out);
    if (bodies[_i].decoded != NULL)
        ck_assert_str_eq(buf_text(&out), bodies[_i].decoded);
    else
        ck_assert_uint_eq(out.len, bodies[_i].size + 2);
    mime_free(&tree);
    buf_free(&out);
    result_free(&result);
}
END_TEST

START_TEST(long_lines_are_coded)
{
    char text[3000];
    memset(text, 'x', sizeof text);
    struct composition composition = { .from = "a@x.test", .to = "b@x.test", .body = { text, sizeof text } };
    struct result result = run(&composition);
    expect_field(&result, "Content-Transfer-Encoding", "quoted-printable");
    expect_field(&result, "Content-Type", "text/plain; charset=us-ascii");
    result_free(&result);
}
END_TEST

START_TEST(files_are_attached)
{
    char path[] = "/tmp/\xc3\xa9t\xc3\xa9.XXXXXX";
    const char *files[2] = { path, "/nowhere/at/all" };
    int fd = mkstemp(path);
    ck_assert_int_eq(write(fd, "\0\1binary\r", 9), 9);
    close(fd);
    struct composition composition = { .from = "a@x.test", .to = "b@x.test", .body = span_of("see there\n"),
                                       .files = files, .file_count = 1 };
    struct result result = run(&composition);
    ck_assert_int_eq(result.status, 0);
    struct mime_tree tree;
    struct buf out;
    buf_init(&out, 1000);
    mime_parse(buf_span(&result.message), &tree);
    ck_assert_uint_eq(tree.count, 3);
    ck_assert_uint_eq(tree.flags, 0);
    ck_assert(span_is(mime_body(&tree, 1, buf_span(&result.message)), "see there\r\n"));
    ck_assert_str_eq(mime_filename(&tree.parts[2])->value, path + 5);
    content_decode(tree.parts[2].encoding, mime_body(&tree, 2, buf_span(&result.message)), &out);
    ck_assert_uint_eq(out.len, 9);
    ck_assert_mem_eq(out.data, "\0\1binary\r", 9);
    expect_lines(&result);
    mime_free(&tree);
    result_free(&result);
    composition.file_count = 2;
    result = run(&composition);
    ck_assert_int_eq(result.status, -1);
    ck_assert_ptr_nonnull(strstr(buf_text(&result.error), "/nowhere/at/all"));
    result_free(&result);
    buf_free(&out);
    unlink(path);
}
END_TEST

START_TEST(types_by_name)
{
    ck_assert_str_eq(body_type_of("a.PNG"), "image/png");
    ck_assert_str_eq(body_type_of("a.b.tar.gz"), "application/gzip");
    ck_assert_str_eq(body_type_of("Makefile"), "application/octet-stream");
    ck_assert_str_eq(body_type_of("."), "application/octet-stream");
}
END_TEST

START_TEST(a_draft_becomes_a_letter)
{
    struct result result;
    result_init(&result);
    result.status = compose_draft(span_of("From: a@x.test\nTo: b@x.test,\n c@x.test\nTo: d@x.test\n"
                                          "Subject: Re: caf\xc3\xa9\nIn-Reply-To: <1@x>\nReferences: <0@x> <1@x>\n\nhello\n"),
                                  &result.message, &result.envelope, &result.error);
    ck_assert_int_eq(result.status, 0);
    ck_assert_uint_eq(result.envelope.count, 3);
    expect_field(&result, "In-Reply-To", "<1@x>");
    expect_field(&result, "References", "<0@x> <1@x>");
    expect_field(&result, "Subject", "=?UTF-8?Q?Re=3A_caf=C3=A9?=");
    result_free(&result);
}
END_TEST

static const char *const rachida[] = { "rachida@localhost" };

static const struct {
    const char *raw;
    struct raw_options options;
    const char *message;    /* with Date and Message-ID as they were; NULL: an error */
    const char *sender;
    size_t count;
} raws[] = {
    { "From: a@x\nDate: d\nMessage-ID: m\nTo: b@y\n\nhi\n.\nnot this\n", { .recipients = rachida, .count = 1 },
      "From: a@x\nDate: d\nMessage-ID: m\nTo: b@y\n\r\nhi\n", "a@x", 1 },
    { "From: a@x\nDate: d\nMessage-ID: m\n\nhi\n.\nand this\n",
      { .recipients = rachida, .count = 1, .ignore_dots = true },
      "From: a@x\nDate: d\nMessage-ID: m\n\r\nhi\n.\nand this\n", "a@x", 1 },
    { "From: a@x\nDate: d\nMessage-ID: m\nTo: b@y, c@z\nBcc: d@w,\n e@w\nCc: b@y\n\nhi\n",
      { .from_header = true, .recipients = rachida, .count = 1 },
      "From: a@x\nDate: d\nMessage-ID: m\nTo: b@y, c@z\nCc: b@y\n\r\nhi\n", "a@x", 5 },
    { "Date: d\nMessage-ID: m\n\nhi\n", { .sender = "me@x", .name = "Me", .recipients = rachida, .count = 1 },
      "From: Me <me@x>\r\nDate: d\nMessage-ID: m\n\r\nhi\n", "me@x", 1 },
    { "From: a@x\nDate: d\nMessage-ID: m\n\nhi\n", { .sender = "<>", .recipients = rachida, .count = 1 },
      "From: a@x\nDate: d\nMessage-ID: m\n\r\nhi\n", "", 1 },
    { "From me Mon\nFrom: a@x\nDate: d\nMessage-ID: m\nno field\nhi\n", { .recipients = rachida, .count = 1 },
      "From: a@x\nDate: d\nMessage-ID: m\n\r\nno field\nhi\n", "a@x", 1 },
    { "From: a@x\nDate: d\nMessage-ID: m", { .recipients = rachida, .count = 1 },
      "From: a@x\nDate: d\nMessage-ID: m\r\n\r\n", "a@x", 1 },
    { "From: a@x\n\nhi\n", { .from_header = true }, NULL, NULL, 0 },
    { "From: a@x\nTo: b@@\n\nhi\n", { .from_header = true }, NULL, NULL, 0 },
    { "From: a@x\n\nhi\n", { .sender = "a b c", .recipients = rachida, .count = 1 }, NULL, NULL, 0 },
};

START_TEST(what_programs_wrote)
{
    struct result result;
    result_init(&result);
    result.status = raw_compose(span_of(raws[_i].raw), &raws[_i].options, &result.message, &result.envelope,
                                &result.error);
    ck_assert_int_eq(result.status, raws[_i].message != NULL ? 0 : -1);
    if (raws[_i].message != NULL) {
        ck_assert_str_eq(buf_text(&result.message), raws[_i].message);
        ck_assert_str_eq(result.envelope.sender, raws[_i].sender);
        ck_assert_uint_eq(result.envelope.count, raws[_i].count);
    } else {
        ck_assert_uint_gt(result.error.len, 10);
    }
    result_free(&result);
}
END_TEST

START_TEST(missing_fields_are_added)
{
    struct result result;
    struct raw_options options = { .recipients = rachida, .count = 1, .sender = "a@x.test" };
    result_init(&result);
    result.status = raw_compose(span_of("just a text"), &options, &result.message, &result.envelope, &result.error);
    ck_assert_int_eq(result.status, 0);
    expect_field(&result, "From", "a@x.test");
    struct header_field field;
    ck_assert(header_find(buf_span(&result.message), "Date", &field));
    ck_assert(header_find(buf_span(&result.message), "Message-ID", &field));
    ck_assert_ptr_nonnull(strstr(buf_text(&result.message), "\r\n\r\njust a text"));
    result_free(&result);
}
END_TEST

UNIT_SUITE(compose, { the_decks_letter_needs_no_mime, 0 }, { names_and_subjects_beyond_ascii, 0 },
           { an_address_beyond_ascii_needs_utf8, 0 }, { no_text_begins_a_field, 0 }, { what_is_refused, ROWS(refused) },
           { bodies_come_back, ROWS(bodies) }, { long_lines_are_coded, 0 }, { files_are_attached, 0 },
           { types_by_name, 0 }, { a_draft_becomes_a_letter, 0 }, { what_programs_wrote, ROWS(raws) },
           { missing_fields_are_added, 0 })
