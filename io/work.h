/*
 * work.h - what takes its time, the network for example, in a thread of its
 * own, while the screen lives on: time passes on the last line, Esc gives up,
 * keys that are typed meanwhile are kept.
 *
 * While work goes on the view that is on top is not drawn, so its data is
 * the thread's. Only what `meanwhile` draws is seen to move; it looks at
 * nothing that the thread changes without a lock.
 */
#ifndef PLI_IO_WORK_H
#define PLI_IO_WORK_H

#include "io/view.h"

struct work {
    const char *label;                     /* what is done: "Fetching the letter" */
    int (*run)(void *context);             /* in the thread */
    void *context;
    int cancel_fd;                         /* the writing end of a pipe: a byte tells run to give up; -1 */
    void (*meanwhile)(void *context, struct screen *screen);   /* NULL: nothing */
    void *meanwhile_context;
};

/* Until run is over: answers what it answered. Not from within run. */
int work_do(struct views *views, const struct work *work);

/*
 * From the thread: has something done where the screen is (a question, for example), and waits for it. It may draw
 * everything. Outside of work_do it is done at once.
 */
void work_ask(struct views *views, void (*ask)(void *context, struct views *views), void *context);

#endif
