/*
 * filter_time.c - times as people write them in filters: a date with or
 * without the time of day, as ISO 8601 or as Wireshark shows it, by the local
 * clock unless Z follows; and seconds with a fraction.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "visualizer/filter_parts.h"

enum { MOST_SECONDS_DIGITS = 10, NANOSECOND_DIGITS = 9 };

/* Digits and a fraction; what follows is left in *text. */
static bool read_decimal(const char **text, uint64_t *whole, uint64_t *nanoseconds)
{
    const char *at = *text;
    size_t digits = 0;
    for (*whole = 0; isdigit((unsigned char)*at); at++, digits++)
        *whole = digits < MOST_SECONDS_DIGITS ? *whole * 10 + (uint64_t)(*at - '0') : *whole;
    if (digits == 0 || digits > MOST_SECONDS_DIGITS)
        return false;
    *nanoseconds = 0;
    if (*at == '.') {
        size_t places = 0;
        for (at++; isdigit((unsigned char)*at); at++, places++)
            *nanoseconds = *nanoseconds * 10 + (places < NANOSECOND_DIGITS ? (uint64_t)(*at - '0') : 0);
        if (places == 0 || places > NANOSECOND_DIGITS)
            return false;
        for (; places < NANOSECOND_DIGITS; places++)
            *nanoseconds *= 10;
    }
    *text = at;
    return true;
}

bool literal_duration(const char *text, int64_t scale, int64_t *time)
{
    uint64_t whole, fraction;
    if (!read_decimal(&text, &whole, &fraction) || *text != '\0' || whole > 4000000000u)
        return false;
    *time = (int64_t)whole * scale + (int64_t)fraction / (1000000000 / scale);
    return true;
}

static bool read_month(const char *name, int *month)
{
    static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    char small[4] = "";
    for (size_t i = 0; i < 3 && name[i] != '\0'; i++)
        small[i] = (char)tolower((unsigned char)name[i]);
    const char *found = strlen(small) == 3 ? strstr(months, small) : NULL;
    if (found == NULL || (found - months) % 3 != 0)
        return false;
    *month = (int)(found - months) / 3 + 1;
    return true;
}

/* "2026-11-24" or "Nov 24, 2026"; answers how long that is, 0 for neither. */
static size_t read_date(const char *text, struct tm *parts)
{
    int size = 0;
    if (sscanf(text, "%4d-%2d-%2d%n", &parts->tm_year, &parts->tm_mon, &parts->tm_mday, &size) == 3 && size > 0)
        return (size_t)size;
    size = 0;
    if (read_month(text, &parts->tm_mon) &&
        sscanf(text + 3, " %2d, %4d%n", &parts->tm_mday, &parts->tm_year, &size) == 2 && size > 0)
        return (size_t)size + 3;
    return 0;
}

/* "10:00", "10:00:00.5"; nothing is midnight. */
static bool read_clock(const char **text, struct tm *parts, uint64_t *nanoseconds)
{
    int size = 0;
    uint64_t seconds = 0;
    const char *at = *text;
    if (*at != ' ' && *at != 'T')
        return true;
    if (sscanf(at + 1, "%2d:%2d%n", &parts->tm_hour, &parts->tm_min, &size) != 2 || size == 0)
        return false;
    at += 1 + size;
    if (*at == ':') {
        at++;
        if (!read_decimal(&at, &seconds, nanoseconds))
            return false;
    }
    parts->tm_sec = (int)(seconds < 100 ? seconds : 100);
    *text = at;
    return true;
}

bool literal_time(const char *text, int64_t *time)
{
    struct tm parts = { .tm_isdst = -1 };
    uint64_t nanoseconds = 0;
    const size_t size = read_date(text, &parts);
    text += size;
    if (size == 0 || !read_clock(&text, &parts, &nanoseconds))
        return false;
    const bool greenwich = strcmp(text, "Z") == 0 || strcmp(text, " UTC") == 0;
    if ((!greenwich && *text != '\0') || parts.tm_year < 1700 || parts.tm_year > 2260 || parts.tm_mon < 1 ||
        parts.tm_mon > 12 || parts.tm_mday < 1 || parts.tm_mday > 31 || parts.tm_hour > 23 || parts.tm_min > 59 ||
        parts.tm_sec > 60 || parts.tm_hour < 0 || parts.tm_min < 0)
        return false;
    parts.tm_year -= 1900;
    parts.tm_mon -= 1;
    const time_t seconds = greenwich ? timegm(&parts) : mktime(&parts);
    *time = (int64_t)seconds * 1000000000 + (int64_t)nanoseconds;
    return true;
}
