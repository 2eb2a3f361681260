/*
 * print_exchange.h - what the faces that print exchanges share.
 */
#ifndef PLI_VISUALIZER_PRINT_EXCHANGE_H
#define PLI_VISUALIZER_PRINT_EXCHANGE_H

#include "visualizer/exchange.h"
#include "visualizer/face.h"

/* Goes over the whole trace and groups it (all of it: the selection tells what to show); to be freed with
 * exchange_list_free(). */
struct exchange_list *print_collect(struct trace *trace, const struct print_options *options);

/* One line of a ladder: a thing said, or several segments in a row that only carry data or acknowledge. */
struct ladder_step {
    const struct exchange_step *step;   /* the first of them */
    bool first;                         /* of its exchange */
    bool thin;                          /* nothing is said */
    char *text;                         /* to free(); never NULL */
};
/* Takes the line that begins at step *at, and moves *at behind it; false after the last. */
bool ladder_next(const struct exchange *exchange, size_t *at, struct ladder_step *line);

/* Who plays which role in a passage of a letter (print_letter.c says how it is known). */
struct letter_passage;
struct letter_roles {
    const char *giver, *taker;  /* "MUA" */
    const char *from, *to;      /* hosts */
};
struct letter_roles letter_roles(const struct letter_passage *letter);
bool letter_same(const struct letter_passage *a, const struct letter_passage *b);   /* by Message-ID */
/* Does the selection let through one of the passages of this letter, from index on? */
bool letter_selected(const struct exchange_list *list, const struct selection *selection, size_t index);

/* The letters of a list that a selection (or NULL) lets through, as --print letter shows them; answers whether there
 * were any. */
bool print_letters(const struct exchange_list *list, const struct selection *selection, FILE *out);

#endif
