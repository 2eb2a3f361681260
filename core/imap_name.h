/*
 * imap_name.h - mailbox names beyond ASCII.
 *
 * IMAP4rev1 writes them in modified UTF-7 (RFC 3501 §5.1.3): "Entw&APw-rfe".
 * IMAP4rev2, and rev1 after ENABLE UTF8=ACCEPT, write UTF-8. A Maildir++ on
 * disk holds modified UTF-7. One name has one spelling in each: what could
 * be spelt otherwise is refused, so that nobody makes two mailboxes that
 * look the same.
 */
#ifndef PLI_CORE_IMAP_NAME_H
#define PLI_CORE_IMAP_NAME_H

#include <stdbool.h>

#include "buf.h"

/* Adds the other spelling to out. 0, or -1 when name is not correct (or out is full). */
int imap_name_to_utf8(struct span name, struct buf *out);
int imap_name_from_utf8(struct span name, struct buf *out);

/*
 * Does the name match a LIST pattern? "*" stands for anything, "%" for
 * anything without the separator (RFC 9051 §6.3.9). Time is the product of
 * the two lengths; longer ones than IMAP_NAME_MAX match nothing.
 */
enum { IMAP_NAME_MAX = 1024 };
bool imap_name_matches(struct span pattern, struct span name, char separator);

#endif
