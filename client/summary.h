/*
 * summary.h - what a list shows of a letter, out of its header: names and
 * subject decoded to UTF-8, the date in seconds, the threads (RFC 5322 §3.6).
 * And the rows of a source, whose texts all live in source->texts.
 */
#ifndef PLI_CLIENT_SUMMARY_H
#define PLI_CLIENT_SUMMARY_H

#include "client/mail_source.h"
#include "core/buf.h"

/* The fields that summary_fill reads, as IMAP and people name them. */
#define SUMMARY_FIELDS "DATE FROM TO SUBJECT MESSAGE-ID IN-REPLY-TO REFERENCES CONTENT-TYPE"

enum { SUMMARY_MAX_REFERENCES = 20, SUMMARY_MAX_LETTERS = 1000000 };

/* Sets the texts; a date only if the header has one. The row is blank no more. */
void summary_fill(struct mail_source *source, struct mail_envelope *envelope, struct span header);

/* Adds a row to a source's messages, numbered, blank, with empty texts. */
struct mail_envelope *summary_add(struct mail_source *source, struct span uid);

/* Takes a row's texts and what it says over from another one. */
void summary_take(struct mail_source *source, struct mail_envelope *to, const struct mail_envelope *from);

/* Takes the rows out that have any of these flags; those behind move up. */
void summary_remove(struct mail_source *source, unsigned flags);

/* Numbers, and how many are blank, anew. */
void summary_count(struct mail_source *source);

/* Frees all rows and their texts. */
void summary_reset(struct mail_source *source);

#endif
