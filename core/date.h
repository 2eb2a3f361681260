/*
 * date.h - the dates of messages (RFC 5322 §3.3 and §4.3) and of IMAP
 * (RFC 9051 §9, date-time).
 *
 * No clock and no time zone database here: a date is read into its numbers
 * and computed into seconds since 1970 by arithmetic alone.
 */
#ifndef PLI_CORE_DATE_H
#define PLI_CORE_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

struct date {
    int year, month, day;       /* 2026, 1 to 12, 1 to 31 */
    int hour, minute, second;   /* second 60 for a leap second */
    int zone;                   /* minutes east of Greenwich */
    bool zone_unknown;          /* "-0000", or a zone name nobody defined (RFC 5322 §3.3, §4.3) */
};

/* "Tue, 24 Nov 2026 10:02:00 +0100", with comments, obsolete years and zones. 0, or -1. */
int date_parse(struct span text, struct date *date);

/* "24-Nov-2026 10:02:00 +0100", a day below 10 with a space or a zero before it. 0, or -1. */
int date_parse_imap(struct span text, struct date *date);

/* "24-Nov-2026" alone, as SEARCH uses it. 0, or -1. */
int date_parse_imap_day(struct span text, struct date *date);

int64_t date_to_unix(const struct date *date);
int64_t date_to_days(const struct date *date);  /* since 1970-01-01, of the day as written: zone and time ignored */
void date_from_unix(int64_t seconds, int zone, struct date *date);
int date_weekday(const struct date *date);      /* 0 Sunday to 6 Saturday */

int date_write(const struct date *date, struct buf *out);       /* RFC 5322 */
int date_write_imap(const struct date *date, struct buf *out);  /* without the quotes */

#endif
