/*
 * report.h - results for people (in their language), as TAP and as JSON.
 */
#ifndef PLI_LABS_DIALOGUE_REPORT_H
#define PLI_LABS_DIALOGUE_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "result.h"

struct totals {
    size_t passed, failed, not_run;
    int points, possible;
};

void totals_add(struct totals *totals, const struct result *result);

/* "smtp/rcpt.dialogue: RCPT before MAIL is refused", safe to show; with "#2" behind the path for the second row. */
void report_name(const struct result *result, struct buf *out);

/* "RFC 5321 §4.1.1.3, RFC 2920 §3.1"; nothing when the dialogue names none. */
void report_rfcs(const struct script *script, struct buf *out);

/* Why, and after which steps; each line begins with margin. Safe to show. */
void report_explain(const struct result *result, const char *margin, struct buf *out);

void report_text(const struct result *result, bool verbose, FILE *out);
void report_text_end(const struct totals *totals, FILE *out);
void report_tap(const struct result *result, size_t number, FILE *out);

json_t *report_json(const struct result *result);
/* 0, or -1 with errno. */
int report_json_write(json_t *dialogues, const struct totals *totals, const char *path);

#endif
