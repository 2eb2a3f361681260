/*
 * quota.h - how much a user's mailboxes may hold together.
 *
 * The limit is Dovecot's quota_rule: `*:storage=100M:messages=1000`. What
 * is used is counted from the folders' indexes each time, so it is right also
 * after other programs changed the Maildir, and there is no figure on the disk
 * that could go wrong. A letter is counted by the size of its file.
 *
 * At the limit, letters from outside get 452 4.2.2 and wait at their sender's
 * (RFC 3463 §3.3: "the recipient mailbox is full ... mail may be deleted"),
 * APPEND and COPY get [OVERQUOTA] (RFC 9208 §4.3.1). MOVE adds nothing and
 * always works, so do all ways to delete.
 */
#ifndef PLI_SERVER_QUOTA_H
#define PLI_SERVER_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

#include "server/maildir.h"

struct config;
struct store;

struct quota {
    uint64_t octets;    /* as a limit: 0 for none */
    uint64_t messages;  /* likewise */
};

/* Reads a quota_rule; "" sets no limit. NULL, or what is wrong, N_(). */
const char *quota_parse(const char *rule, struct quota *limit);

/* The limit that the configuration sets for every user. */
struct quota quota_limit(const struct config *config);
/* The name of the quota root, as `quota = count:NAME` gives it. */
const char *quota_root(const struct config *config);
bool quota_is_set(const struct quota *limit);

/* What all folders of the store hold. */
enum store_result quota_used(struct store *store, struct quota *used);

/* May this much more be put into the store? STORE_OK, STORE_OVER_QUOTA, or why it cannot be known. */
enum store_result quota_allows(struct store *store, const struct quota *limit, const struct quota *more);

#endif
