/*
 * dialog.h - a box in the middle of the screen: a question of weight, whose
 * answer must be meant, or one thing to choose out of several.
 */
#ifndef PLI_IO_DIALOG_H
#define PLI_IO_DIALOG_H

#include "io/view.h"

/* text (several lines; made safe) and below it a question, answered by one key of answers; 0 when given up. */
int dialog_ask(struct views *views, const char *title, const char *text, const char *question, const char *answers);

/* Which of the texts; selected: the one to begin with. -1 when given up, or when there are none. */
long dialog_choose(struct views *views, const char *title, char *const *texts, size_t count, size_t selected);

#endif
