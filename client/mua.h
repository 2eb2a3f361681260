/*
 * mua.h - the mail program on the screen: an index of letters, a pager, and
 * writing with the user's own editor, with mutt's keys.
 *
 * It knows mailboxes only through mail_source.h, and sends through a function
 * that main gives it. What passes on the wire is seen in a pane of its own:
 * give mua_watcher() to source_open().
 *
 *     struct mua *mua = mua_new(&options);
 *     struct mail_watcher watcher = mua_watcher(mua);
 *     source = source_open(account, &watcher, -1, error);
 *     mua_run(mua, source, error);
 *     mua_free(mua);          before source_close(), which may still call the watcher: after it
 */
#ifndef PLI_CLIENT_MUA_H
#define PLI_CLIENT_MUA_H

#include "client/mail_source.h"
#include "core/buf.h"

struct mua_options {
    const char *account;     /* what the title line calls it: "rachida@localhost" */
    const char *address;     /* the user's own, for the From of what is written: "rachida@localhost" */
    /*
     * Sends a draft: header fields (From, To, Cc, Bcc, Subject, In-Reply-To, References) and a body, lines ended
     * with LF, UTF-8 as an editor wrote it. Adds what is missing (Date, Message-ID, MIME), takes recipients from
     * the fields. 0, or -1 with a sentence added to error. NULL: there is no way to send.
     */
    int (*send)(void *context, struct span draft, struct buf *error);
    void *context;
};

struct mua;

struct mua *mua_new(const struct mua_options *options);
void mua_free(struct mua *mua);
struct mail_watcher mua_watcher(struct mua *mua);

/* Until the user leaves. 0, or -1 and one full sentence in error when there is no usable terminal. */
int mua_run(struct mua *mua, struct mail_source *source, struct buf *error);

#endif
