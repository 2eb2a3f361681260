/*
 * keywords.h - the words that begin a line of a dialogue: a table, from which
 * the reader, the runner and the list of --help-language come.
 */
#ifndef PLI_LABS_DIALOGUE_KEYWORDS_H
#define PLI_LABS_DIALOGUE_KEYWORDS_H

#include "script.h"

struct run;

enum keyword_value {
    VALUE_NONE,      /* nothing follows */
    VALUE_HEADER,    /* take() reads it */
    VALUE_WORDS,     /* words, separated by blanks */
    VALUE_MAYBE,     /* words, or nothing */
    VALUE_TEXT,      /* a text to the end of the line */
    VALUE_PATTERN,   /* words, and then a text or pattern to the end of the line */
    VALUE_SPEECH,    /* C: and S: */
};

struct keyword {
    const char *name;
    enum keyword_value value;
    const char *arguments;    /* for people */
    const char *meaning;      /* N_() */
    size_t least, most;       /* of words; most 0: any number */
    int (*take)(struct script *script, struct span value, struct fault *fault);
    int (*run)(struct run *run, const struct step *step);    /* see steps.h */
};

const struct keyword *keyword_find(struct span name);      /* NULL: there is none */
const struct keyword *keyword_row(size_t row);             /* NULL behind the last */

extern const struct keyword keyword_client, keyword_server;

/* The words that may follow C and S. */
struct speech_word {
    const char *name;
    unsigned flag;            /* enum speech_flag */
    const char *meaning;      /* N_() */
};
const struct speech_word *speech_word_row(size_t row);

#endif
