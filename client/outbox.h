/*
 * outbox.h - drafts, and letters on their way: files in one folder, so that
 * nothing that was written is lost, whatever ends the program.
 *
 *     ID.draft     what is written at (client/draft.h)
 *     ID.eml       a copy of it, which an editor is working on
 *     ID.queued    a whole letter with its envelope, to be sent
 *     ID.sending   the same, from just before the last byte of it leaves
 *     ID.sent      the same, when a server has taken it: until it is filed
 *
 * Each is written under another name, brought to the disk and renamed; every
 * step is on the disk before the next is made. The draft stays beside its
 * letter until a server has taken that. So after a crash a draft is there, or
 * a letter that is to be sent, or one that is "sending" though nobody holds its
 * lock: that one may have been sent, and only a person can decide (RFC 1047);
 * sent again as it is, it has the same Message-ID. What an editor had saved
 * when everything ended becomes a draft of its own.
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

/* How far a letter has come; of several files of an ID the furthest counts. */
enum outbox_state {
    OUTBOX_DRAFT,
    OUTBOX_QUEUED,      /* not sent yet: was refused, or there was no connection */
    OUTBOX_SENDING,     /* another program of ours is at it */
    OUTBOX_UNCERTAIN,   /* it may have been sent */
    OUTBOX_SENT,        /* a server took it; it is not filed yet */
};

struct outbox_item {
    char *id;
    enum outbox_state state;
    int64_t changed;    /* seconds since 1970 */
    char *sender;       /* the envelope's; "" of a draft */
    char *to, *subject; /* UTF-8, "" */
};

struct outbox_list {
    struct outbox_item *rows;   /* the oldest first */
    size_t count;
};

/* "~/.local/share/pli/outbox". free() it. */
char *outbox_folder(void);

/* "may have been sent", in the user's language. */
const char *outbox_state_name(enum outbox_state state);

/* A folder that is not there is empty. 0, or -1 with a sentence in error. Free in both cases. */
int outbox_list(const char *folder, struct outbox_list *list, struct buf *error);
void outbox_list_free(struct outbox_list *list);

/* Saves a draft; *id NULL: a new one, whose id is put there (free() it). 0: it is on the disk; -1 with a sentence. */
int outbox_save_draft(const char *folder, char **id, struct span draft, struct buf *error);

bool outbox_has_draft(const char *folder, const char *id);

/* The draft; the letter of what has none. 0, or -1 with a sentence. */
int outbox_read(const char *folder, const char *id, struct buf *out, struct buf *error);

/* The letter as it was, or is to be, sent. 0, or -1 with a sentence. */
int outbox_read_letter(const char *folder, const char *id, struct buf *out, struct buf *error);

/* Whatever state it is in, unless it is being sent. 0, or -1 with a sentence. */
int outbox_remove(const char *folder, const char *id, struct buf *error);

/*
 * Gives the draft to an editor: the path of a copy (free() it), or NULL with a sentence. *lock is for outbox_edited,
 * which saves what the editor made of it and puts it in draft (when keep is set) and takes the copy away. Programs
 * that are started meanwhile inherit the lock: as long as an editor runs, its copy is nobody else's. 0, or -1 with a
 * sentence: the copy stays.
 */
char *outbox_edit(const char *folder, const char *id, int *lock, struct buf *error);
int outbox_edited(const char *folder, const char *id, int lock, bool keep, struct buf *draft, struct buf *error);

/* A letter that is composed already, to be sent; *id as above. 0: it is on the disk; -1 with a sentence. */
int outbox_queue(const char *folder, char **id, const struct envelope *envelope, struct span message,
                 struct buf *error);

/*
 * Sends it: a draft is composed and queued first, unless a letter is there that is younger. The answer is that of
 * send_letter, with sentences in error; SEND_FAILED also when the draft itself is wrong. What was taken by a server
 * (SEND_DONE, SEND_PARTLY) is OUTBOX_SENT afterwards: file it and remove it. What nobody took is a draft as before, or
 * queued; what may have been taken is OUTBOX_UNCERTAIN.
 */
enum send_result outbox_send(const char *folder, const char *id, const struct account *via,
                             const struct mail_watcher *watcher, int cancel_fd, struct buf *error);

#endif
