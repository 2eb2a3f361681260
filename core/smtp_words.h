/*
 * smtp_words.h - the vocabulary of SMTP: verbs, reply codes, enhanced status
 * codes, the keywords of EHLO and the parameters of MAIL and RCPT, each with
 * one sentence that explains it and its RFC section.
 *
 * Enhanced status codes are WORD_ITEM rows named "X.1.1": the class before the
 * first dot only repeats whether it is a success (2), a failure that may pass
 * (4) or one that will not (5). Parameters are WORD_ITEM rows named "SIZE=".
 * The WORD_ITEM "250" is the most important reply of all: the one after the
 * final dot, which hands the responsibility over.
 */
#ifndef PLI_CORE_SMTP_WORDS_H
#define PLI_CORE_SMTP_WORDS_H

#include "words.h"

extern const struct word_table smtp_words;

/* The row of a reply code; of 2xx, 3xx, 4xx, 5xx for codes that are not listed (RFC 5321 §4.3.2 has clients do so). */
const struct word *smtp_word_of_reply(int code);

/* The row of "5.1.1"; of X.1.0, its subject, for codes that are not listed; NULL when the subject is unknown too. */
const struct word *smtp_word_of_enhanced(struct span code);

/* The row of the keyword that begins a line of the reply to EHLO; NULL when unknown. */
const struct word *smtp_word_of_keyword(struct span line);

#endif
