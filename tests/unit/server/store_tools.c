#include "store_tools.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "scratch.h"
#include "server/folder.h"
#include "tests/unit/unit.h"

struct store *open_store(void)
{
    char *path = mem_printf("%s/M", scratch_folder());
    struct store *store = store_open_path(path);
    ck_assert_ptr_nonnull(store);
    free(path);
    return store;
}

struct mailbox *open_box(struct store *store, const char *name, unsigned mode)
{
    struct mailbox *mailbox = NULL;
    ck_assert_int_eq(mailbox_open(store, name, mode, &mailbox), STORE_OK);
    return mailbox;
}

struct mailbox_changes sync_box(struct mailbox *mailbox)
{
    struct mailbox_changes changes;
    ck_assert_int_eq(mailbox_sync(mailbox, true, &changes), STORE_OK);
    return changes;
}

uint32_t add_letter(struct store *store, const char *folder, const char *text, unsigned flags)
{
    struct append *append;
    uint32_t validity;
    const uint32_t *uids;
    size_t count;
    ck_assert_int_eq(append_new(store, folder, &append), STORE_OK);
    ck_assert_int_eq(append_message(append, flags, NULL, 0, 0), STORE_OK);
    ck_assert_int_eq(append_write(append, text, strlen(text)), STORE_OK);
    ck_assert_int_eq(append_commit(append, &validity, &uids, &count), STORE_OK);
    ck_assert_uint_eq(count, 1);
    uint32_t uid = uids[0];
    append_free(append);
    return uid;
}

void restart(void)
{
    folder_forget_idle();
}
