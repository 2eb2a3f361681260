/*
 * result.h - what became of one test: the steps that were taken, and when it
 * failed the line that was not as it should be, with what explains it.
 *
 * Texts from the other side are kept as they came, cut to a bounded length;
 * who shows them sends them through io/text.
 */
#ifndef PLI_LABS_DIALOGUE_RESULT_H
#define PLI_LABS_DIALOGUE_RESULT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/words.h"
#include "script.h"

enum { RESULT_MAX_EVENTS = 3000, RESULT_MAX_TEXT = 600, RESULT_MAX_WORDS = 4 };

enum verdict { VERDICT_PASSED, VERDICT_FAILED, VERDICT_NOT_RUN };

struct event {
    struct place place;        /* the line of the dialogue that asked for it */
    const char *session;       /* "" for the only one; the script's */
    char speaker;              /* 'C', 'S', or ' ' for what nobody said */
    bool illegal;              /* the first line that is not as it should be */
    struct buf text;           /* bytes, without the end of line */
    size_t size;               /* how long it really was */
    const char *state;         /* before it; "" unknown */
    const char *note;          /* N_(): what the protocol forbids here, or NULL */
};

struct result {
    enum verdict verdict;
    const struct script *script;
    size_t test;               /* from 1 */
    char *title;               /* in the user's language */
    char *hint;                /* or NULL */
    double seconds;
    struct event *events;
    size_t event_count;
    struct buf reason;         /* a sentence: why it failed or was not run */
    /* When it failed: */
    struct place place;
    char *source;              /* the line of the dialogue */
    struct buf expected, received;
    bool discreet;             /* reports keep the dialogue to themselves */
    bool compares;             /* expected and received are filled */
    char state[40];
    const char *state_rfc;     /* of the row of the state table that this is about, or NULL */
    const struct word *words[RESULT_MAX_WORDS];
    size_t word_count;
};

void result_init(struct result *result, const struct script *script, size_t test);
void result_free(struct result *result);

/* NULL when there are too many. */
struct event *result_event(struct result *result, const struct step *step, char speaker, struct span text);
void result_word(struct result *result, const struct word *word);   /* NULL is fine; none is kept twice */

#endif
