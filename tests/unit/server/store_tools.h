/*
 * store_tools.h - a store to try things with.
 */
#ifndef PLI_TESTS_STORE_TOOLS_H
#define PLI_TESTS_STORE_TOOLS_H

#include "server/mailbox.h"

struct store *open_store(void);                       /* in the scratch folder's M/ */
struct mailbox *open_box(struct store *store, const char *name, unsigned mode);
struct mailbox_changes sync_box(struct mailbox *mailbox);
uint32_t add_letter(struct store *store, const char *folder, const char *text, unsigned flags);
void restart(void);                                   /* forget what is in memory, as a new start does */

#endif
