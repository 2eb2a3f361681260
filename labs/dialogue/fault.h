/*
 * fault.h - what is wrong with a text somebody wrote, and where in it.
 */
#ifndef PLI_LABS_DIALOGUE_FAULT_H
#define PLI_LABS_DIALOGUE_FAULT_H

#include <stddef.h>

struct fault {
    size_t offset;     /* bytes from the beginning of the text that was looked at */
    char text[400];    /* a sentence, translated; may hold bytes from outside: text_safe() before it is shown */
};

/* Fills the fault and answers -1. */
int fault_at(struct fault *fault, size_t offset, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
