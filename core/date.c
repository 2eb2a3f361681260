#include "date.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };

/* RFC 5322 §4.3; hours east. Military letters are taken as unknown, since they were defined the wrong way round. */
static const struct { const char *name; int hours; } zones[] = {
    { "UT", 0 },   { "GMT", 0 },  { "Z", 0 },    { "UTC", 0 },  { "EST", -5 }, { "EDT", -4 },
    { "CST", -6 }, { "CDT", -5 }, { "MST", -7 }, { "MDT", -6 }, { "PST", -8 }, { "PDT", -7 },
};

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_days(int year, int month)
{
    static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return month == 2 && is_leap(year) ? 29 : lengths[month - 1];
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void advance(struct span *text, size_t count)
{
    *text = (struct span){ text->at + count, text->len - count };
}

/* White space and comments, however deep; an unfinished comment takes everything. */
static void skip_blanks(struct span *text)
{
    size_t depth = 0;
    while (text->len > 0) {
        char c = *text->at;
        if (c == '(')
            depth++;
        else if (c == ')' && depth > 0)
            depth--;
        else if (c == '\\' && depth > 0 && text->len > 1)
            advance(text, 1);
        else if (depth == 0 && !is_blank(c))
            return;
        advance(text, 1);
    }
}

/* A number of least to most digits, no digit after it. 0, or -1. */
static int take_number(struct span *text, size_t least, size_t most, int *value)
{
    size_t count = 0;
    *value = 0;
    while (count < text->len && count < most && is_digit(text->at[count]))
        *value = *value * 10 + (text->at[count++] - '0');
    if (count < least || (count < text->len && is_digit(text->at[count])))
        return -1;
    advance(text, count);
    return 0;
}

static int take_char(struct span *text, char c)
{
    if (text->len == 0 || *text->at != c)
        return -1;
    advance(text, 1);
    return 0;
}

static struct span take_word(struct span *text)
{
    size_t count = 0;
    while (count < text->len && is_letter(text->at[count]))
        count++;
    struct span word = { text->at, count };
    advance(text, count);
    return word;
}

/* 1 to 12, or -1. */
static int take_month(struct span *text)
{
    struct span word = take_word(text);
    for (int i = 0; i < 12; i++)
        if (span_is_nocase(word, months[i]))
            return i + 1;
    return -1;
}

/* "+0100": four digits with a sign (§3.3). */
static int take_offset(struct span *text, struct date *date)
{
    int number;
    bool west = *text->at == '-';
    advance(text, 1);
    if (take_number(text, 4, 4, &number) != 0 || number % 100 > 59 || number / 100 > 23)
        return -1;
    date->zone = (number / 100 * 60 + number % 100) * (west ? -1 : 1);
    date->zone_unknown = west && number == 0; /* "-0000": the time is UTC, the place is not told */
    return 0;
}

static int take_zone(struct span *text, struct date *date)
{
    if (text->len > 0 && (*text->at == '+' || *text->at == '-'))
        return take_offset(text, date);
    struct span word = take_word(text);
    date->zone_unknown = true;
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++)
        if (span_is_nocase(word, zones[i].name)) {
            date->zone = zones[i].hours * 60;
            date->zone_unknown = false;
        }
    return 0; /* §4.3: other names, or none, are to be taken as "-0000" */
}

static bool is_valid(const struct date *date)
{
    return date->year >= 1 && date->year <= 9999 && date->month >= 1 && date->month <= 12 && date->day >= 1 &&
           date->day <= month_days(date->year, date->month) && date->hour <= 23 && date->minute <= 59 &&
           date->second <= 60;
}

/* "10:02" or "10:02:00", with blanks around the colons as §4.3 still allows. */
static int take_time(struct span *text, struct date *date)
{
    if (take_number(text, 1, 2, &date->hour) != 0)
        return -1;
    skip_blanks(text);
    if (take_char(text, ':') != 0)
        return -1;
    skip_blanks(text);
    if (take_number(text, 2, 2, &date->minute) != 0)
        return -1;
    skip_blanks(text);
    if (take_char(text, ':') != 0)
        return 0;
    skip_blanks(text);
    return take_number(text, 2, 2, &date->second);
}

static int take_year(struct span *text, struct date *date)
{
    const char *begin = text->at;
    if (take_number(text, 2, 4, &date->year) != 0)
        return -1;
    size_t digits = (size_t)(text->at - begin);
    if (digits == 2) /* §4.3: 00 to 49 are of this century, 50 to 99 and three digits count from 1900 */
        date->year += date->year < 50 ? 2000 : 1900;
    else if (digits == 3)
        date->year += 1900;
    return 0;
}

int date_parse(struct span text, struct date *date)
{
    *date = (struct date){ .year = 0 };
    skip_blanks(&text);
    if (text.len > 0 && is_letter(*text.at)) {
        take_word(&text); /* the name of the day adds nothing, and is often wrong */
        skip_blanks(&text);
        take_char(&text, ',');
        skip_blanks(&text);
    }
    if (take_number(&text, 1, 2, &date->day) != 0)
        return -1;
    skip_blanks(&text);
    if ((date->month = take_month(&text)) < 0)
        return -1;
    skip_blanks(&text);
    if (take_year(&text, date) != 0)
        return -1;
    skip_blanks(&text);
    if (take_time(&text, date) != 0)
        return -1;
    skip_blanks(&text);
    if (take_zone(&text, date) != 0)
        return -1;
    return is_valid(date) ? 0 : -1;
}

/* "24-Nov-2026", a day below 10 also as " 1" when fixed says that there are two places (date-day-fixed). */
static int take_imap_day(struct span *text, bool fixed, struct date *date)
{
    bool space = fixed && text->len > 0 && *text->at == ' ';
    if (space)
        advance(text, 1);
    if (take_number(text, 1, space ? 1 : 2, &date->day) != 0 || take_char(text, '-') != 0)
        return -1;
    if ((date->month = take_month(text)) < 0 || take_char(text, '-') != 0)
        return -1;
    return take_number(text, 4, 4, &date->year);
}

int date_parse_imap(struct span text, struct date *date)
{
    *date = (struct date){ .year = 0 };
    if (take_imap_day(&text, true, date) != 0 || take_char(&text, ' ') != 0 ||
        take_number(&text, 2, 2, &date->hour) != 0 || take_char(&text, ':') != 0 ||
        take_number(&text, 2, 2, &date->minute) != 0 || take_char(&text, ':') != 0 ||
        take_number(&text, 2, 2, &date->second) != 0 || take_char(&text, ' ') != 0)
        return -1;
    if (text.len != 5 || (*text.at != '+' && *text.at != '-') || take_offset(&text, date) != 0)
        return -1;
    return is_valid(date) ? 0 : -1;
}

int date_parse_imap_day(struct span text, struct date *date)
{
    *date = (struct date){ .year = 0 };
    if (take_imap_day(&text, false, date) != 0 || text.len != 0)
        return -1;
    return is_valid(date) ? 0 : -1;
}

/* Days since 1970-01-01; years begin in March here, so that the leap day is a year's last (Gregorian throughout). */
int64_t date_to_days(const struct date *date)
{
    int64_t year = date->month > 2 ? date->year : date->year - 1;
    int64_t month = (date->month + 9) % 12;
    int64_t day_of_year = (153 * month + 2) / 5 + date->day - 1;
    return 365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719468;
}

int64_t date_to_unix(const struct date *date)
{
    return date_to_days(date) * 86400 + date->hour * 3600 + date->minute * 60 + date->second - date->zone * 60;
}

void date_from_unix(int64_t seconds, int zone, struct date *date)
{
    const int64_t first = -62135596800, last = 253402300799; /* the years 1 to 9999 */
    seconds = seconds < first ? first : seconds > last ? last : seconds;
    seconds += zone * 60;
    int64_t day = (seconds >= 0 ? seconds : seconds - 86399) / 86400;
    int64_t rest = seconds - day * 86400;
    int64_t shifted = day + 719468;     /* since 0000-03-01 */
    int64_t era = shifted / 146097;     /* of 400 years */
    int64_t of_era = shifted - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;
    *date = (struct date){ .zone = zone };
    date->day = (int)(of_year - (153 * month + 2) / 5 + 1);
    date->month = (int)(month < 10 ? month + 3 : month - 9);
    date->year = (int)(year + era * 400 + (date->month <= 2));
    date->hour = (int)(rest / 3600);
    date->minute = (int)(rest / 60 % 60);
    date->second = (int)(rest % 60);
}

int date_weekday(const struct date *date)
{
    int64_t day = (date_to_days(date) + 4) % 7; /* 1970-01-01 was a Thursday */
    return (int)(day < 0 ? day + 7 : day);
}

static int write_zone(const struct date *date, struct buf *out)
{
    int minutes = abs(date->zone);
    bool west = date->zone < 0 || date->zone_unknown;
    return buf_printf(out, "%c%02d%02d", west ? '-' : '+', minutes / 60 % 100, minutes % 60);
}

int date_write(const struct date *date, struct buf *out)
{
    int status = buf_printf(out, "%s, %d %s %04d %02d:%02d:%02d ", days[date_weekday(date)], date->day,
                            months[date->month - 1], date->year, date->hour, date->minute, date->second);
    return status | write_zone(date, out);
}

int date_write_imap(const struct date *date, struct buf *out)
{
    int status = buf_printf(out, "%2d-%s-%04d %02d:%02d:%02d ", date->day, months[date->month - 1], date->year,
                            date->hour, date->minute, date->second);
    return status | write_zone(date, out);
}
