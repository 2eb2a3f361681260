/*
 * headers.h - the lines of a dialogue that say what it is about. Each takes
 * its value into the script: 0, or -1 and a fault.
 */
#ifndef PLI_LABS_DIALOGUE_HEADERS_H
#define PLI_LABS_DIALOGUE_HEADERS_H

#include "script.h"

int header_title(struct script *script, struct span value, struct fault *fault);
int header_title_fr(struct script *script, struct span value, struct fault *fault);
int header_hint(struct script *script, struct span value, struct fault *fault);
int header_hint_fr(struct script *script, struct span value, struct fault *fault);
int header_rfc(struct script *script, struct span value, struct fault *fault);
int header_points(struct script *script, struct span value, struct fault *fault);
int header_time(struct script *script, struct span value, struct fault *fault);
int header_accounts(struct script *script, struct span value, struct fault *fault);
int header_needs(struct script *script, struct span value, struct fault *fault);
int header_columns(struct script *script, struct span value, struct fault *fault);
int header_row(struct script *script, struct span value, struct fault *fault);

/* Seconds, with or without a fraction: from 0 to an hour. */
int header_seconds(struct span value, double *seconds, struct fault *fault);

#endif
