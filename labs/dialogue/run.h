/*
 * run.h - one test under way.
 *
 * Steps are functions (steps.h) that get the run; each answers STEP_ON, or
 * ends the test. All waits end when their own time is up or that of the whole
 * test, and nothing of a test outlives it.
 */
#ifndef PLI_LABS_DIALOGUE_RUN_H
#define PLI_LABS_DIALOGUE_RUN_H

#include <stdint.h>

#include "result.h"
#include "script.h"
#include "session.h"
#include "settings.h"

enum step_outcome { STEP_ON, STEP_FAILED, STEP_NOT_RUN };

struct run {
    const struct script *script;
    struct settings *settings;
    struct values *values;
    struct session sessions[SCRIPT_MAX_SESSIONS];
    struct result *result;
    int64_t until;         /* end of all waits */
    double within;         /* seconds for one answer */
    int last_port;         /* our own, of the connection made last: its packets are looked for */
    size_t next;           /* the step that comes next; a step that did several moves it */
};

/* Runs it to its end; fills result, which result_init made. */
void run_test(const struct script *script, size_t test, struct settings *settings, struct result *result);

struct session *run_session(struct run *run, const struct step *step);
int64_t run_until(const struct run *run);       /* when the wait that begins now has to end */

/* The dialogue fails here, for this reason. STEP_FAILED. */
int run_fail(struct run *run, const struct step *step, const char *format, ...) __attribute__((format(printf, 3, 4)));
int run_fail_fault(struct run *run, const struct step *step, const struct fault *fault);
/* It cannot be run here. STEP_NOT_RUN. */
int run_skip(struct run *run, const struct step *step, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* For the report: what was expected and what came. */
void run_compare(struct run *run, struct span expected, struct span received);

/* Word i of a step as a string to free(); NULL, having failed, when it cannot be made. */
char *run_word(struct run *run, const struct step *step, size_t i);

#endif
