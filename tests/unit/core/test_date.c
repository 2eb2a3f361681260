#include "core/date.h"

#include <string.h>
#include <time.h>

#include "../unit.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof(table)[0]))

static const struct { const char *text; int64_t seconds; int zone; bool unknown; } valid[] = {
    /* RFC 5322 appendix A */
    { "Fri, 21 Nov 1997 09:55:06 -0600", 880127706, -360, false },
    { "Tue, 1 Jul 2003 10:52:37 +0200", 1057049557, 120, false },
    { "Thu, 13 Feb 1969 23:32:54 -0330", -27723426, -210, false },
    { "21 Nov 97 09:55:06 GMT", 880106106, 0, false },
    { "Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", 880127706, -360, false },
    { "Thu,\r\n      13\r\n        Feb\r\n          1969\r\n      23:32\r\n               -0330 (Newfoundland Time)",
      -27723480, -210, false },
    { "Tue, 24 Nov 2026 10:02 +0100", 1795510920, 60, false },
    { "24 nov 2026 10:02:00 -0000", 1795514520, 0, true },
    { "24 Nov 2026 10:02:00", 1795514520, 0, true },
    { "24 Nov 2026 10:02:00 EST", 1795532520, -300, false },
    { "24 Nov 2026 10:02:00 CEST", 1795514520, 0, true },
    { "24 Nov 2026 10:02:00 K", 1795514520, 0, true },
    { "1 Jan 49 00:00:00 +0000", 2493072000, 0, false },
    { "1 Jan 50 00:00:00 +0000", -631152000, 0, false },
    { "1 Jan 103 00:00:00 +0000", 1041379200, 0, false },
    { "(a (nested) comment) Wed, 29 Feb 2000 23:59:60 +0000 (\\))", 951868800, 0, false },
    { "Wed 29 Feb 2012 00:00:00 +0000", 1330473600, 0, false },
};

START_TEST(dates_of_messages)
{
    struct date date, again;
    size_t length = strlen(valid[_i].text);
    ck_assert_int_eq(date_parse((struct span){ unit_at_edge(valid[_i].text, length), length }, &date), 0);
    ck_assert_int_eq(date_to_unix(&date), valid[_i].seconds);
    ck_assert_int_eq(date.zone, valid[_i].zone);
    ck_assert_int_eq(date.zone_unknown, valid[_i].unknown);
    struct buf out;
    buf_init(&out, 100);
    ck_assert_int_eq(date_write(&date, &out), 0);
    ck_assert_int_eq(date_parse(buf_span(&out), &again), 0);
    ck_assert_mem_eq(&date, &again, sizeof date);
    buf_free(&out);
}
END_TEST

static const char *const invalid[] = {
    "", "Tue", "Tue,", "24", "24 Nov", "24 Nov 2026", "24 Nov 2026 10", "24 Nov 2026 10:", "24 Nov 2026 10:2",
    "32 Nov 2026 10:02:00 +0000", "0 Nov 2026 10:02:00 +0000", "29 Feb 2026 10:02:00 +0000",
    "29 Feb 1900 10:02:00 +0000", "24 Nox 2026 10:02:00 +0000", "24 Nov 0000 10:02:00 +0000",
    "24 Nov 20266 10:02:00 +0000", "24 Nov 2026 24:02:00 +0000", "24 Nov 2026 10:60:00 +0000",
    "24 Nov 2026 10:02:61 +0000", "24 Nov 2026 10:02:00 +0160", "24 Nov 2026 10:02:00 +100",
    "24 Nov 2026 10:02:00 +2400", "24 Nov 6 10:02:00 +0000", "(((((((", "111111111111 Nov 2026 10:02:00 +0000",
};

START_TEST(no_dates)
{
    struct date date;
    size_t length = strlen(invalid[_i]);
    ck_assert_int_eq(date_parse((struct span){ unit_at_edge(invalid[_i], length), length }, &date), -1);
}
END_TEST

static const struct { const char *text; int64_t seconds; } imap[] = {
    { "24-Nov-2026 10:02:00 +0100", 1795510920 }, { " 1-Jul-2003 10:52:37 +0200", 1057049557 },
    { "01-Jul-2003 10:52:37 +0200", 1057049557 }, { "1-jul-2003 10:52:37 +0200", 1057049557 },
    { "24-Nov-2026", -1 },                        { "24-Nov-2026 10:02:00", -1 },
    { "24-Nov-26 10:02:00 +0100", -1 },           { "  1-Jul-2003 10:52:37 +0200", -1 },
    { "24-Nov-2026 10:02:00 +0100 ", -1 },        { "24-Nov-2026 10:02:00 GMT", -1 },
    { "24-Nov-2026 10:02 +0100", -1 },            { "24 Nov 2026 10:02:00 +0100", -1 },
    { " 24-Nov-2026 10:02:00 +0100", -1 },        { "", -1 },
};

START_TEST(dates_of_imap)
{
    struct date date;
    size_t length = strlen(imap[_i].text);
    int status = date_parse_imap((struct span){ unit_at_edge(imap[_i].text, length), length }, &date);
    ck_assert_int_eq(status, imap[_i].seconds < 0 ? -1 : 0);
    if (status != 0)
        return;
    ck_assert_int_eq(date_to_unix(&date), imap[_i].seconds);
    struct buf out;
    buf_init(&out, 100);
    ck_assert_int_eq(date_write_imap(&date, &out), 0);
    ck_assert_uint_eq(out.len, 26);
    ck_assert_int_eq(date_parse_imap(buf_span(&out), &date), 0);
    ck_assert_int_eq(date_to_unix(&date), imap[_i].seconds);
    buf_free(&out);
}
END_TEST

START_TEST(days_of_imap)
{
    struct date date;
    ck_assert_int_eq(date_parse_imap_day(span_of("1-Feb-1994"), &date), 0);
    ck_assert_int_eq(date_to_days(&date), 8797);
    ck_assert_int_eq(date_parse_imap_day(span_of(" 1-Feb-1994"), &date), -1);
    ck_assert_int_eq(date_parse_imap_day(span_of("1-Feb-94"), &date), -1);
    ck_assert_int_eq(date_parse_imap_day(span_of("1-Feb-1994 "), &date), -1);
    ck_assert_int_eq(date_parse_imap_day(span_of("31-Apr-1994"), &date), -1);
}
END_TEST

START_TEST(arithmetic_agrees_with_the_library)
{
    for (int64_t seconds = -62135596800; seconds < 253402300799; seconds += 86400LL * 137 + 12345) {
        struct date date;
        time_t time = (time_t)seconds;
        struct tm tm;
        gmtime_r(&time, &tm);
        date_from_unix(seconds, 0, &date);
        ck_assert_int_eq(date.year, tm.tm_year + 1900);
        ck_assert_int_eq(date.month, tm.tm_mon + 1);
        ck_assert_int_eq(date.day, tm.tm_mday);
        ck_assert_int_eq(date.hour * 3600 + date.minute * 60 + date.second,
                         tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec);
        ck_assert_int_eq(date_weekday(&date), tm.tm_wday);
        ck_assert_int_eq(date_to_unix(&date), seconds);
    }
    struct date date;
    date_from_unix(880127706, -360, &date);
    ck_assert_int_eq(date.hour, 9);
    ck_assert_int_eq(date_to_unix(&date), 880127706);
}
END_TEST

UNIT_SUITE(date, { dates_of_messages, ROWS(valid) }, { no_dates, ROWS(invalid) }, { dates_of_imap, ROWS(imap) },
           { days_of_imap, 0 }, { arithmetic_agrees_with_the_library, 0 })
