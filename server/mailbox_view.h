/*
 * mailbox_view.h - the inside of struct mailbox, for the files that implement
 * mailbox.h.
 */
#ifndef PLI_SERVER_MAILBOX_VIEW_H
#define PLI_SERVER_MAILBOX_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "server/folder.h"
#include "server/mailbox.h"

struct mailbox {
    struct folder *folder;
    struct store *store;
    char *name;
    unsigned mode;
    int lock_fd;              /* of POP3's lock; -1 */
    bool dead;

    struct message *messages; /* the view */
    struct shared_view *view; /* whose messages they are, not to be changed; NULL: this session's own */
    bool stored;              /* this session changed flags since the last sync */
    size_t count, room;
    uint32_t last_uid;        /* the highest that was ever in the view */
    bool kept_gone;           /* messages are in the view whose letters are gone */
    uint64_t version;         /* of the folder, when the view was compared with it */
    uint64_t keywords_version;
    char *keywords[MAILDIR_KEYWORDS];
    uint32_t uidvalidity;
    uint32_t uidnext;
    uint64_t modseq;
    size_t recent;

    struct mailbox_gone *gone; /* of the last sync */
    size_t gone_count;
    uint32_t *changed;
    size_t changed_count;
    uint32_t *vanished;
    struct mailbox_headers *headers; /* while a command asks for them: mailbox_header.c */
};

/* mailbox_share.c, with the folder's lock held. After a sync: share what others see, too. */
void mailbox_share(struct mailbox *mailbox);
/* A view that was just opened becomes the one that others have, if that is up to date. */
bool mailbox_take_shared(struct mailbox *mailbox);
/* Before a message is changed: the view becomes this session's own. */
void mailbox_own(struct mailbox *mailbox);
/* The session needs its shared view no more. */
void mailbox_leave(struct mailbox *mailbox);

/* letter.c: the header, perhaps with more of the letter. */
enum store_result mailbox_read_header(struct mailbox *mailbox, size_t i, struct letter *letter);

#endif
