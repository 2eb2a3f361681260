/*
 * charset.h - any charset to UTF-8. Never fails: what cannot be converted
 * becomes U+FFFD, an unknown charset is taken for UTF-8 where it is valid
 * UTF-8 and for Windows-1252 where not. The result is valid UTF-8; it may
 * hold control characters: show it through io/text only.
 */
#ifndef PLI_IO_CHARSET_H
#define PLI_IO_CHARSET_H

#include <stdbool.h>

#include "core/buf.h"

/* name: as MIME writes it; empty means US-ASCII. 0, or -1 when out is full. */
int charset_to_utf8(struct span name, struct span bytes, struct buf *out);

/* Does the system know it? */
bool charset_known(struct span name);

bool charset_is_utf8(struct span bytes);

/* A header field's value (folded, with encoded words) as UTF-8. */
int charset_header(struct span value, struct buf *out);

#endif
