/*
 * prompt.h - questions on the last line, above whatever view is there.
 */
#ifndef PLI_IO_PROMPT_H
#define PLI_IO_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "io/view.h"

/*
 * When the question comes of a command that was given with words behind its name,
 * these are the answer, and nobody is asked: ":limit photos".
 *
 * Edits text (what is in it to begin with is offered). 0 when Enter was
 * pressed, -1 when given up with Esc or Ctrl-C; text is UTF-8 without
 * control characters. Ctrl-A, E, U, K, W, D work as in a shell.
 */
int prompt_line(struct views *views, const char *label, char *text, size_t size);

/*
 * The same with more to help: complete is asked at the Tab key how the text
 * could go on at its byte cursor. It fills more with what is to be inserted
 * and choices with what is possible (in so many columns), and answers how many
 * there are.
 */
typedef size_t prompt_complete(const void *context, const char *text, size_t cursor, size_t columns, struct buf *more,
                               struct buf *choices);

struct prompt {
    const char *label;
    char *text;
    size_t size;                /* of text */
    size_t cursor;              /* to begin with, a byte of text; SIZE_MAX: behind it */
    prompt_complete *complete;  /* NULL: Tab does nothing */
    const void *context;        /* for complete */
    bool hidden;                /* a password: shown as stars */
    const char *hint;           /* on the line above until a key is pressed; NULL: none */
    enum tone tone;             /* of the hint */
};

int prompt_ask(struct views *views, const struct prompt *prompt);

/* For a prompt_complete: goes on with the word that ends at the cursor as the texts have in common that begin so. */
size_t prompt_complete_word(const char *const *texts, size_t count, struct span word, size_t columns, struct buf *more,
                            struct buf *choices);

/* One key of those in answers ("yn"); 0 when given up. */
int prompt_key(struct views *views, const char *question, const char *answers);

/* "... (y)es, (n)o", in the user's language: (o)ui as well. false when given up. */
bool prompt_yes(struct views *views, const char *question);

#endif
