/*
 * store.h - names and paths of a user's folders, for the files that implement
 * mailbox.h.
 */
#ifndef PLI_SERVER_STORE_H
#define PLI_SERVER_STORE_H

#include "server/mailbox.h"

struct store {
    char *path; /* of the Maildir */
};

/* The directory of a folder, existing or not; NULL: not a name for a folder. free() it. */
char *store_path(const struct store *store, const char *name);

/* The name with INBOX in capitals; free() it. */
char *store_canonical(const char *name);

#endif
