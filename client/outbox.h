/*
 * outbox.h - drafts, and letters on their way: files in one folder, so that
 * nothing that was written is lost, whatever ends the program.
 *
 *     ID.draft     what an editor is given (client/draft.h)
 *     ID.queued    a whole letter with its envelope, to be sent
 *     ID.sending   the same, while a server is told
 *
 * Each is written under another name, brought to the disk and renamed. The
 * queued letter is on the disk before its draft goes; it is "sending" on the
 * disk before the first word to a server, and goes when the server has taken
 * it. So after a crash a draft is there, or a queued letter, or one that is
 * "sending" though nobody holds its lock: that one may have been sent, and
 * only a person can decide (RFC 1047).
 */
#ifndef PLI_CLIENT_OUTBOX_H
#define PLI_CLIENT_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "client/account.h"
#include "client/compose.h"
#include "client/mail_source.h"
#include "client/send.h"
#include "core/buf.h"

enum outbox_state {
    OUTBOX_DRAFT,
    OUTBOX_QUEUED,      /* not sent yet: was refused, or there was no connection */
    OUTBOX_SENDING,     /* another program of ours is at it */
    OUTBOX_UNCERTAIN,   /* it may have been sent */
};

struct outbox_item {
    char *id;
    enum outbox_state state;
    int64_t changed;    /* seconds since 1970 */
    char *to, *subject; /* UTF-8, "" */
};

struct outbox_list {
    struct outbox_item *rows;   /* the oldest first */
    size_t count;
};

/* "~/.local/share/pli/outbox". free() it. */
char *outbox_folder(void);

/* A folder that is not there is empty. 0, or -1 with a sentence in error. Free in both cases. */
int outbox_list(const char *folder, struct outbox_list *list, struct buf *error);
void outbox_list_free(struct outbox_list *list);

/* Saves a draft; *id NULL: a new one, whose id is put there (free() it). 0: it is on the disk; -1 with a sentence. */
int outbox_save_draft(const char *folder, char **id, struct span draft, struct buf *error);

/* The draft, or the letter of a queued one. 0, or -1 with a sentence. */
int outbox_read(const char *folder, const char *id, struct buf *out, struct buf *error);

/* Whatever state it is in, unless it is being sent. 0, or -1 with a sentence. */
int outbox_remove(const char *folder, const char *id, struct buf *error);

/*
 * Composes the draft of that id, queues it, and sends it. What is left is as the head of this file says. message
 * gets the letter as it was sent, for a folder of sent letters. The answer is that of send_letter, with sentences in
 * error; SEND_FAILED also when the draft itself is wrong: then it is still a draft.
 */
enum send_result outbox_send_draft(const char *folder, const char *id, const struct account *via,
                                   const struct mail_watcher *watcher, int cancel_fd, struct buf *message,
                                   struct buf *error);

/* The same for a letter that is composed already: it is queued first. *id (free() it) is set while it is there. */
enum send_result outbox_send_letter(const char *folder, char **id, const struct envelope *envelope,
                                    struct span message, const struct account *via,
                                    const struct mail_watcher *watcher, int cancel_fd, struct buf *error);

/* One that is queued or uncertain, again. */
enum send_result outbox_send_again(const char *folder, const char *id, const struct account *via,
                                   const struct mail_watcher *watcher, int cancel_fd, struct buf *message,
                                   struct buf *error);

#endif
