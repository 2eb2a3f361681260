/*
 * draft.h - the text that an editor is given: header fields and a body, lines
 * ended with LF, UTF-8.
 */
#ifndef PLI_CLIENT_DRAFT_H
#define PLI_CLIENT_DRAFT_H

#include <stdbool.h>

#include "core/buf.h"

/* A new letter from that address; to and subject may be NULL. */
void draft_new(const char *from, const char *to, const char *subject, struct buf *out);

/* An answer (RFC 5322 §3.6.4): to the Reply-To or From of the letter, "Re: " before its subject, In-Reply-To and
 * References, and its text quoted. all: the others who got it, in Cc, but for who answers. */
void draft_reply(const char *from, struct span letter, bool all, struct buf *out);

/* The letter's text, with what matters of its header, for somebody else; "Fwd: " before its subject. */
void draft_forward(const char *from, struct span letter, struct buf *out);

/* What a mailto: link asks for (RFC 6068). 0, or -1: it is none. */
int draft_mailto(const char *from, const char *link, struct buf *out);

/* Adds a field to a draft: "Attach", a path; "Cc", ... The value is on one line. */
void draft_add_field(struct buf *draft, const char *name, const char *value);

/* A field's value on one line, "" when there is none. free() it. */
char *draft_field(struct span draft, const char *name);

/* A field in its place, or behind the others; "" takes it away. also: what is there of that name stays. */
void draft_set_field(struct buf *draft, const char *name, const char *value, bool also);

/* The last field of that name goes. */
void draft_drop_last(struct buf *draft, const char *name);

/* "-- " and what stands in the signature's file; NULL: nothing. */
void draft_sign(struct buf *draft, const char *signature);

/* Is there anybody to send it to, and anything besides the fields? */
bool draft_has_recipient(struct span draft);
bool draft_has_text(struct span draft);

#endif
