/*
 * functions.h - what stands in ${function argument...}: a table.
 */
#ifndef PLI_LABS_DIALOGUE_FUNCTIONS_H
#define PLI_LABS_DIALOGUE_FUNCTIONS_H

#include <stddef.h>

#include "values.h"

struct function {
    const char *name;
    const char *arguments;    /* for people: "USER PASSWORD" */
    size_t least, most;       /* how many */
    const char *meaning;      /* N_() */
    int (*make)(struct values *values, const struct span *arguments, size_t count, struct buf *out,
                struct fault *fault);
};

const struct function *function_find(const char *name);    /* NULL: there is none */
const struct function *function_row(size_t row);           /* NULL behind the last */

#endif
