/*
 * reply_text.h - sentences for the wire: one line, printable.
 *
 * Replies may repeat what a client said, and our sentences cite RFC sections
 * with "§", which is not ASCII. Here both become what SMTP and POP3 allow in a
 * reply line: "§" is written "section ", other bytes outside printable ASCII
 * become "?", UTF-8 excepted where the client asked for it.
 */
#ifndef PLI_SERVER_REPLY_TEXT_H
#define PLI_SERVER_REPLY_TEXT_H

#include <stdbool.h>

#include "core/buf.h"

int reply_text(struct buf *out, struct span text, bool utf8);

#endif
