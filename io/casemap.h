/*
 * casemap.h - texts without the difference of upper and lower case, for
 * SEARCH and SORT: i;unicode-casemap (RFC 5051 §2; RFC 5256 §7 wants it).
 *
 * Every character becomes its titlecase form, and that is decomposed: "é" and
 * "É" become "E" and a combining acute accent. Compare, and look for one in
 * the other, octet by octet.
 */
#ifndef PLI_IO_CASEMAP_H
#define PLI_IO_CASEMAP_H

#include "core/buf.h"

/* In place. Bytes that are no UTF-8 stay as they are; a text that would become too large for its buf stays as well. */
void casemap(struct buf *text);

#endif
