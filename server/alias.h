/*
 * alias.h - whom a local name means: the aliases file, plus addressing, and
 * the postmaster.
 *
 * The file is like /etc/aliases: `name: address, address`, lines that begin
 * with white space continue, # begins a comment. An alias may name other
 * aliases; one that leads back to itself is a loop, except for the user of
 * that very name. Programs and files as recipients are not known here.
 */
#ifndef PLI_SERVER_ALIAS_H
#define PLI_SERVER_ALIAS_H

#include <stddef.h>

#include "core/buf.h"
#include "server/delivery.h"

/* Names of users; distant addresses keep their domain. */
struct alias_targets {
    char **names;
    size_t count;
};

/*
 * Adds whom the local name means to targets, none twice. DELIVERY_OK, UNKNOWN,
 * or LOOP.
 */
enum delivery_result alias_resolve(const struct session *session, struct span local, struct alias_targets *targets);
void alias_targets_free(struct alias_targets *targets);

#endif
