#include "core/content.h"

#include <string.h>

#include "../unit.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof(table)[0]))

/* As "type/subtype name=value(charset,language) ..." and the flags. */
static const struct { const char *value; const char *parsed; unsigned flags; } types[] = {
    { "text/plain", "text/plain", 0 },
    { "Text/HTML; Charset=UTF-8", "text/html charset=UTF-8", 0 },
    /* RFC 2045 §5.1 */
    { "text/plain; charset=us-ascii (Plain text)", "text/plain charset=us-ascii", 0 },
    { "text/plain; charset=\"us-ascii\"", "text/plain charset=us-ascii", 0 },
    { "multipart/mixed;\r\n\tboundary=\"gc0pJq0M:08jU534c0p\"", "multipart/mixed boundary=gc0pJq0M:08jU534c0p", 0 },
    { "a (x) / (y) b (z) ; (q) c (w) = (e) d (r) ;", "a/b c=d", 0 },
    { "text/plain; name=\"a\\\"b\\\\c\"; x=\"\"", "text/plain name=a\"b\\c x=", 0 },
    { "text/plain; name=\"two\r\n lines\"", "text/plain name=two lines", 0 },
    /* RFC 2231 §3, §4, §4.1 */
    { "message/external-body; access-type=URL;\r\n URL*0=\"ftp://\";\r\n"
      " URL*1=\"cs.utk.edu/pub/moore/bulk-mailer.tar\"",
      "message/external-body access-type=URL url=ftp://cs.utk.edu/pub/moore/bulk-mailer.tar", 0 },
    { "application/x-stuff; title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A",
      "application/x-stuff title=This is ***fun***(us-ascii,en-us)", 0 },
    { "application/x-stuff;\r\n title*0*=us-ascii'en'This%20is%20even%20more%20;\r\n"
      " title*1*=%2A%2A%2Afun%2A%2A%2A%20;\r\n"
      " title*2=\"isn't it!\"", "application/x-stuff title=This is even more ***fun*** isn't it!(us-ascii,en)", 0 },
    { "a/b; n*1=two; n*0=one; n*3=four", "a/b n=onetwo", 0 },
    { "a/b; n=plain; n*=utf-8''caf%C3%A9", "a/b n=caf\xc3\xa9(utf-8,)", 0 },
    { "a/b; n*=no-quotes%41", "a/b n=no-quotesA", 0 },
    { "a/b; n*=utf-8''%zz%4", "a/b n=%zz%4(utf-8,)", 0 },
    { "a/b; n*=utf-8''a%00b", "a/b n=ab(utf-8,)", 0 },
    { "a/b; n*0*=utf-8''%C3; n*1*=%A9", "a/b n=\xc3\xa9(utf-8,)", 0 },
    { "a/b; *=x; *0=y", "a/b *=x *0=y", 0 },
    /* not so right */
    { "", "text/plain", CONTENT_BAD },
    { "text", "text/plain", CONTENT_BAD },
    { "text/", "text/plain", CONTENT_BAD },
    { "/plain; a=b", "text/plain a=b", CONTENT_BAD },
    { "text; charset=utf-8", "text/plain charset=utf-8", CONTENT_BAD },
    { "text/plain; name=my file.txt; x=y", "text/plain name=my file.txt x=y", CONTENT_BAD },
    { "multipart/mixed; boundary=----=_Part/1", "multipart/mixed boundary=----=_Part/1", CONTENT_BAD },
    { "text/plain; name=\"no end; x=y", "text/plain name=no end; x=y", CONTENT_BAD },
    { "text/plain; charset; x=y", "text/plain x=y", CONTENT_BAD },
    { "text/plain; =x; y=z", "text/plain y=z", CONTENT_BAD },
    { "text/plain; a=; b=c", "text/plain a= b=c", CONTENT_BAD },
    { "text/plain charset=utf-8; a=b", "text/plain a=b", CONTENT_BAD },
    { "text/plain; a=1; A=2", "text/plain a=1", CONTENT_DUPLICATE },
    { "text/plain;;;", "text/plain", 0 },
    { "text/plain; caf\xc3\xa9=\xc3\xa9", "text/plain caf\xc3\xa9=\xc3\xa9", 0 },
    { "text/plain; (", "text/plain", 0 },
    { "text/plain; a=\"\\", "text/plain a=\\", CONTENT_BAD },
};

static void note(struct buf *out, const struct content_field *field)
{
    buf_printf(out, "%s", field->type);
    if (field->subtype != NULL)
        buf_printf(out, "/%s", field->subtype);
    for (size_t i = 0; i < field->count; i++) {
        const struct content_parameter *parameter = &field->parameters[i];
        ck_assert_uint_eq(parameter->length, strlen(parameter->value));
        buf_printf(out, " %s=%s", parameter->name, parameter->value);
        if (parameter->charset != NULL)
            buf_printf(out, "(%s,%s)", parameter->charset, parameter->language);
    }
}

START_TEST(types_and_parameters)
{
    struct content_field field;
    struct buf out;
    size_t length = strlen(types[_i].value);
    buf_init(&out, 1000);
    content_type_parse((struct span){ unit_at_edge(types[_i].value, length), length }, &field);
    note(&out, &field);
    ck_assert_str_eq(buf_text(&out), types[_i].parsed);
    ck_assert_uint_eq(field.flags, types[_i].flags);
    content_free(&field);
    buf_free(&out);
}
END_TEST

START_TEST(dispositions)
{
    static const struct { const char *value; const char *parsed; } rows[] = {
        { "attachment; filename=genome.jpeg;\r\n modification-date=\"Wed, 12 Feb 1997 16:29:51 -0500\"",
          "attachment filename=genome.jpeg modification-date=Wed, 12 Feb 1997 16:29:51 -0500" },
        { "INLINE", "inline" },
        { "", "attachment" },
        { "; filename=x", "attachment filename=x" },
    };
    for (int i = 0; i < ROWS(rows); i++) {
        struct content_field field;
        struct buf out;
        buf_init(&out, 1000);
        content_disposition_parse(span_of(rows[i].value), &field);
        note(&out, &field);
        ck_assert_str_eq(buf_text(&out), rows[i].parsed);
        content_free(&field);
        buf_free(&out);
    }
}
END_TEST

START_TEST(too_much_is_bounded)
{
    struct content_field field;
    struct buf text;
    buf_init(&text, 4000000);
    buf_add_text(&text, "text/plain");
    for (int i = 0; i < 100000; i++)
        buf_printf(&text, "; n*%d=0123456789", i % 10000);
    content_type_parse(buf_span(&text), &field);
    ck_assert_uint_eq(field.count, 1);
    ck_assert_uint_eq(field.parameters[0].length, 640);
    ck_assert(field.flags & CONTENT_TOO_MANY);
    content_free(&field);
    buf_clear(&text);
    buf_add_text(&text, "text/plain; x=");
    while (text.len < 3000000)
        buf_add_text(&text, "xxxxxxxxxx");
    content_type_parse(buf_span(&text), &field);
    ck_assert_uint_eq(field.parameters[0].length, CONTENT_MAX_VALUE);
    content_free(&field);
    buf_free(&text);
}
END_TEST

START_TEST(encodings)
{
    static const struct {
        const char *name;
        enum content_encoding encoding;
        const char *in;
        const char *out;
    } rows[] = {
        { "base64", CONTENT_BASE64, "Zm9v\r\n", "foo" },
        { " Quoted-Printable (x)", CONTENT_QP, "=C3=A9=\r\n", "\xc3\xa9" },
        { "7BIT", CONTENT_7BIT, "a=41", "a=41" },
        { "8bit", CONTENT_8BIT, "\xe9", "\xe9" },
        { "binary", CONTENT_BINARY, "x", "x" },
        { "x-uuencode", CONTENT_UNKNOWN, "x", "x" },
        { "", CONTENT_UNKNOWN, "x", "x" },
    };
    for (int i = 0; i < ROWS(rows); i++) {
        struct buf out;
        buf_init(&out, 100);
        ck_assert_int_eq(content_encoding_parse(span_of(rows[i].name)), rows[i].encoding);
        ck_assert_int_eq(content_decode(rows[i].encoding, span_of(rows[i].in), &out), 0);
        ck_assert_str_eq(buf_text(&out), rows[i].out);
        buf_free(&out);
    }
}
END_TEST

START_TEST(parameters_are_written_and_read)
{
    static const char *const values[] = {
        "letter.txt", "my letter.txt", "a\"b\\c", "", "caf\xc3\xa9.txt", "x\r\ny",
        "a very long name, longer than one line of a header is allowed to be, with (specials); and = signs.pdf",
        "\xf0\x9f\x93\xac\xf0\x9f\x93\xac\xf0\x9f\x93\xac\xf0\x9f\x93\xac\xf0\x9f\x93\xac\xf0\x9f\x93\xac\xf0\x9f\x93\xac",
    };
    for (int i = 0; i < ROWS(values); i++) {
        struct content_field field;
        struct buf out;
        buf_init(&out, 1000);
        buf_add_text(&out, "attachment");
        ck_assert_int_eq(content_write_parameter("filename", span_of(values[i]), &out), 0);
        size_t width = 0;
        for (const char *at = buf_text(&out); *at != '\0'; at++) {
            width = *at == '\n' ? 0 : width + 1;
            ck_assert_uint_le(width, 79);
        }
        content_disposition_parse(buf_span(&out), &field);
        ck_assert_uint_eq(field.count, 1);
        ck_assert_uint_eq(field.flags, 0);
        ck_assert_str_eq(field.parameters[0].value, values[i]);
        content_free(&field);
        buf_free(&out);
    }
}
END_TEST

UNIT_SUITE(content, { types_and_parameters, ROWS(types) }, { dispositions, 0 }, { too_much_is_bounded, 0 },
           { encodings, 0 }, { parameters_are_written_and_read, 0 })
