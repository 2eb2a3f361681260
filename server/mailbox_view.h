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

/* letter.c: the header, perhaps with more of the letter. */
enum store_result mailbox_read_header(struct mailbox *mailbox, size_t i, struct letter *letter);

#endif
