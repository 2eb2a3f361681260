/*
 * mailbox_share.c - the views of sessions that see the same.
 *
 * A view of ten thousand letters takes 400 KB, and a mail program keeps several connections to a mailbox open that
 * only wait. Whoever is up to date and sees no letter as recent sees exactly what the folder holds; such sessions
 * share one array, which nobody changes any more. Who has something to change copies it first (mailbox_own). The
 * folder remembers the latest array for those who come next; the last session that leaves one frees it. All of this
 * happens with the folder's lock held; the messages themselves are read without it.
 */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "server/mailbox_view.h"

struct shared_view {
    size_t users;
    uint64_t version;          /* of the folder */
    size_t count;
    struct message *messages;
};

static bool is_current(const struct folder *folder)
{
    return folder->view != NULL && folder->view->version == folder->version && folder->view->count == folder->count;
}

static void join(struct mailbox *mailbox)
{
    struct shared_view *view = mailbox->folder->view;
    view->users++;
    mailbox->view = view;
    mailbox->messages = view->messages;
    mailbox->count = view->count;
    mailbox->room = 0;
}

void mailbox_share(struct mailbox *mailbox)
{
    struct folder *folder = mailbox->folder;
    if (mailbox->view != NULL || mailbox->recent > 0 || mailbox->kept_gone || mailbox->count == 0 ||
        mailbox->count != folder->count)
        return;
    if (is_current(folder)) {
        free(mailbox->messages);
    } else {
        struct shared_view *view = mem_alloc(sizeof *view);
        view->version = folder->version;
        view->count = mailbox->count;
        view->messages = mem_grow(mailbox->messages, mailbox->count, sizeof *mailbox->messages);
        for (size_t i = 0; i < view->count; i++) /* sizes that others asked for meanwhile */
            if (folder->entries[i]->wire >= 0)
                view->messages[i].size = (uint64_t)folder->entries[i]->wire;
        folder->view = view;
    }
    join(mailbox);
}

bool mailbox_take_shared(struct mailbox *mailbox)
{
    if (mailbox->count > 0 || mailbox->last_uid > 0 || !is_current(mailbox->folder))
        return false;
    free(mailbox->messages);
    join(mailbox);
    mailbox->last_uid = mailbox->messages[mailbox->count - 1].uid;
    return true;
}

void mailbox_leave(struct mailbox *mailbox)
{
    struct shared_view *view = mailbox->view;
    mailbox->view = NULL;
    if (view == NULL || --view->users > 0)
        return;
    if (mailbox->folder->view == view)
        mailbox->folder->view = NULL;
    free(view->messages);
    free(view);
}

void mailbox_own(struct mailbox *mailbox)
{
    if (mailbox->view == NULL)
        return;
    const struct message *messages = mailbox->messages;
    mailbox->room = mailbox->count;
    mailbox->messages = mem_grow(NULL, mailbox->room, sizeof *messages);
    memcpy(mailbox->messages, messages, mailbox->count * sizeof *messages);
    mailbox_leave(mailbox);
}
