/*
 * profile.h - what a server lawfully lacks, or says in its own way.
 *
 *     name: Postfix 3.7
 *     lacks: CHUNKING  -- chunking is off in this configuration
 *     set: unknown-user 550
 *     except: smtp/vrfy*  -- VRFY is disabled, which RFC 5321 §3.5.3 allows
 *
 * A dialogue whose needs are lacking, or that a pattern of except names (by the
 * end of its path, with * and ?), is not run, and the reason is told.
 */
#ifndef PLI_LABS_DIALOGUE_PROFILE_H
#define PLI_LABS_DIALOGUE_PROFILE_H

#include <stddef.h>

#include "core/buf.h"
#include "values.h"

struct profile_row {
    char *what;      /* a need, or a pattern of paths */
    char *why;
};

struct profile {
    char *name;
    struct profile_row *lacks, *except;
    size_t lacks_count, except_count;
};

/* Values go to values. 0, or -1 and lines "FILE:LINE:COLUMN: sentence". */
int profile_read(struct profile *profile, const char *path, struct values *values, struct buf *errors);
void profile_free(struct profile *profile);

/* Why the server need not have it, or NULL. */
const char *profile_lacks(const struct profile *profile, const char *need);
/* Why the dialogue is not for this server, or NULL. name: its path; test: its number among the rows, from 1. */
const char *profile_excepts(const struct profile *profile, const char *path, size_t test);

#endif
