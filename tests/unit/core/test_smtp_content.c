#include "core/smtp_content.h"

#include <string.h>

#include "../unit.h"
#include "core/smtp_offer.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof(table)[0]))
#define TEXT(text) text, sizeof text - 1

static const struct { const char *in; size_t size; const char *out; } rows[] = {
    { TEXT(""), ".\r\n" },
    { TEXT("a"), "a\r\n.\r\n" },
    { TEXT("a\r\n"), "a\r\n.\r\n" },
    { TEXT("a\n"), "a\r\n.\r\n" },
    { TEXT("."), "..\r\n.\r\n" },
    { TEXT(".\r\n.\r\n"), "..\r\n..\r\n.\r\n" },
    { TEXT("a.b\r\n..c\r\n"), "a.b\r\n...c\r\n.\r\n" },
    { TEXT("a\n.\nb"), "a\r\n..\r\nb\r\n.\r\n" },
    { TEXT("a\r.\rb"), "a\r\n..\r\nb\r\n.\r\n" },
    { TEXT("a\r\r\nb"), "a\r\n\r\nb\r\n.\r\n" },
    { TEXT("a\n\n\nb"), "a\r\n\r\n\r\nb\r\n.\r\n" },
    { TEXT("a\r\0\n.b"), "a\r\n..b\r\n.\r\n" },
    { TEXT("a\0b"), "ab\r\n.\r\n" },
    { TEXT("\0."), "..\r\n.\r\n" },
    { TEXT("\xe9\r\n"), "\xe9\r\n.\r\n" },
};

START_TEST(content_for_the_wire)
{
    for (size_t piece = 1; piece < 12; piece++) {
        struct smtp_content content;
        struct buf out;
        buf_init(&out, 200);
        smtp_content_start(&content);
        for (size_t at = 0; at < rows[_i].size; at += piece) {
            size_t size = rows[_i].size - at < piece ? rows[_i].size - at : piece;
            struct span in = { unit_at_edge(rows[_i].in + at, size), size };
            ck_assert_int_eq(smtp_content_feed(&content, in, &out), 0);
        }
        ck_assert_int_eq(smtp_content_finish(&content, &out), 0);
        ck_assert_str_eq(buf_text(&out), rows[_i].out);
        buf_free(&out);
    }
}
END_TEST

START_TEST(offers_of_a_server)
{
    static const char *const lines[] = { "PIPELINING", "size 10485760", "8BITMIME", "SMTPUTF8", "STARTTLS", "X-OTHER 1",
                                         "AUTH PLAIN LOGIN", "AUTH=SCRAM-SHA-256", "" };
    struct smtp_offer offer = { .size = false };
    for (int i = 0; i < ROWS(lines); i++)
        smtp_offer_read(&offer, span_of(lines[i]));
    ck_assert(offer.pipelining && offer.size && offer.eight_bit && offer.utf8 && offer.starttls);
    ck_assert_uint_eq(offer.size_limit, 10485760);
    ck_assert_str_eq(offer.auth, "PLAIN LOGIN SCRAM-SHA-256");
    smtp_offer_read(&offer, span_of("SIZE 99999999999999999999999"));
    ck_assert_uint_eq(offer.size_limit, 0);
    for (int i = 0; i < 1000; i++)
        smtp_offer_read(&offer, span_of("AUTH X-A-VERY-LONG-NAME-OF-A-MECHANISM-THAT-NOBODY-KNOWS"));
    ck_assert_uint_eq(strlen(offer.auth), sizeof offer.auth - 1);
}
END_TEST

UNIT_SUITE(smtp_content, { content_for_the_wire, ROWS(rows) }, { offers_of_a_server, 0 })
