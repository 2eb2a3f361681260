/*
 * summary.h - what a list shows of a letter, out of its header: names and
 * subject decoded to UTF-8, the date in seconds, the threads (RFC 5322 §3.6).
 */
#ifndef PLI_CLIENT_SUMMARY_H
#define PLI_CLIENT_SUMMARY_H

#include "client/mail_source.h"
#include "core/buf.h"

/* The fields that summary_fill reads, as IMAP and people name them. */
#define SUMMARY_FIELDS "DATE FROM TO SUBJECT MESSAGE-ID IN-REPLY-TO REFERENCES"

/* Sets the texts; a date only if the header has one. Texts that were there before are freed. */
void summary_fill(struct mail_envelope *envelope, struct span header);

/* Frees the texts, uid included. */
void summary_clear(struct mail_envelope *envelope);

/* Adds a row to a source's messages, numbered, with empty texts. */
struct mail_envelope *summary_add(struct mail_source *source);

/* Takes the rows out that have any of these flags; those behind move up and are numbered anew. */
void summary_remove(struct mail_source *source, unsigned flags);

/* Frees all rows. */
void summary_reset(struct mail_source *source);

#endif
