/*
 * words.h - the vocabulary: one row for each verb, reply code, capability,
 * flag and field, with one sentence that explains it and the RFC section it
 * comes from. Server, client console, visualizer, grader and reference pages
 * read the same row.
 *
 * core/ only marks texts for translation, with N_(); io/ translates them when
 * they are shown.
 */
#ifndef PLI_CORE_WORDS_H
#define PLI_CORE_WORDS_H

#include <stddef.h>

#include "buf.h"

#ifndef N_
#define N_(text) text
#endif

/* CODE and KEY are IMAP's: its response codes and search keys. */
enum word_kind { WORD_VERB, WORD_REPLY, WORD_CAPABILITY, WORD_FLAG, WORD_ITEM, WORD_CODE, WORD_KEY };

struct word {
    enum word_kind kind;
    int id;              /* the enum constant of a verb (enum smtp_verb ...); the number of a reply code */
    const char *name;    /* as on the wire: "EHLO", "250", "\\Seen" */
    const char *meaning; /* one sentence, N_() */
    const char *rfc;     /* "RFC 5321 §4.1.1.1" */
};

struct word_table {
    const char *protocol;     /* "SMTP" */
    const struct word *rows;
    size_t count;
};

/* The row, or NULL. Names are compared without regard to ASCII case. */
const struct word *word_by_name(const struct word_table *table, enum word_kind kind, struct span name);
const struct word *word_by_id(const struct word_table *table, enum word_kind kind, int id);

#endif
