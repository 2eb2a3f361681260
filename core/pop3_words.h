/*
 * pop3_words.h - the vocabulary of POP3: verbs, replies, response codes and
 * capabilities, each with one sentence that explains it and its RFC section.
 *
 * Replies ("+OK") and response codes ("IN-USE") are WORD_REPLY rows. A code
 * that is not listed may be a listed one with more detail after "/": RFC 2449
 * §8 has the reader ignore what it does not know, as pop3_word_of_code() does.
 */
#ifndef PLI_CORE_POP3_WORDS_H
#define PLI_CORE_POP3_WORDS_H

#include "words.h"

extern const struct word_table pop3_words;

/* The row of "SYS/TEMP", else of "SYS"; NULL when neither is known. */
const struct word *pop3_word_of_code(struct span code);

#endif
