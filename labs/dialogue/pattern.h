/*
 * pattern.h - does what came meet what was expected?
 *
 * Wildcards and regular expressions both become one PCRE, in which values are
 * quoted; matching costs a bounded amount of work whatever the peer sends.
 */
#ifndef PLI_LABS_DIALOGUE_PATTERN_H
#define PLI_LABS_DIALOGUE_PATTERN_H

#include "template.h"
#include "values.h"

/* Is it a pattern at all? Values count as empty. 0, or -1 and a fault. */
int pattern_check(const struct template *template, struct fault *fault);

/* 1 it matches, and what it captures is set in values; 0 it does not; -1 and a fault. */
int pattern_match(const struct template *template, struct values *values, struct span subject, struct fault *fault);

#endif
