/*
 * jobs.h - all tests of all files, several at a time, told in the order in
 * which they were asked for.
 */
#ifndef PLI_LABS_DIALOGUE_JOBS_H
#define PLI_LABS_DIALOGUE_JOBS_H

#include "report.h"
#include "settings.h"

/* Runs them and tells each result. */
void jobs_run(struct script *const *scripts, size_t count, struct settings *settings,
              void (*tell)(void *context, const struct result *result), void *context);

#endif
