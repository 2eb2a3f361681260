/*
 * mua.h - the mail program on the screen: folders, an index with threads, a
 * pager, the parts of a letter, writing - with mutt's keys; and what passes
 * on the wire, explained.
 *
 * It knows mailboxes only through mail_source.h, and opens accounts and sends
 * through functions that main gives it, which run in a thread of their own.
 */
#ifndef PLI_CLIENT_MUA_H
#define PLI_CLIENT_MUA_H

#include <stddef.h>

#include "client/mail_source.h"
#include "client/send.h"
#include "core/buf.h"

struct mua;
struct views;

struct mua_account {
    char *name;              /* what the title line calls it: "rachida@localhost" */
    char *address;           /* the user's own, for the From of what is written: "rachida@localhost" */
    const char *sent;        /* the folder for letters that were sent; NULL: the one that serves for that */
    char *signature;         /* below what is written; NULL: none */
};

struct mua_options {
    const struct mua_account *accounts;
    size_t account_count;    /* the first is opened at the start */
    const char *keys_file;   /* of io/bind.h; NULL: none */
    const char *link;        /* mailto:, to be written to at once; NULL: none */
    const char *recording;   /* a pcapng that grows while we run, for the visualizer; NULL: none */
    /* Opens an account. NULL, or with a sentence added to error. mua_watcher(mua) is whom to give the wire to. */
    struct mail_source *(*open)(void *context, size_t account, int cancel_fd, struct buf *error);
    /*
     * Sends what has this id in the outbox (client/outbox.h), with a sentence added to error unless all of them got
     * it. NULL: there is no way to send.
     */
    enum send_result (*send)(void *context, const char *id, int cancel_fd, struct buf *error);
    /* The user trusts this certificate from now on: to be kept. NULL: nobody keeps it. */
    void (*trust)(void *context, const char *fingerprint);
    /* Called when there are no accounts: asks for one, and mua_set_accounts. 0, or -1: there is none. */
    int (*first)(void *context, struct views *views);
    /* Hands a letter as it is to other recipients (resent). 0, or -1 with a sentence added to error. */
    int (*bounce)(void *context, struct span letter, const char *to, int cancel_fd, struct buf *error);
    void *context;
};

struct mua *mua_new(const struct mua_options *options);
void mua_free(struct mua *mua);
struct mail_watcher mua_watcher(struct mua *mua);
void mua_set_accounts(struct mua *mua, const struct mua_account *accounts, size_t count);

/* From the thread that opens or sends: asks for the password of who. NULL: the user gives none. free() it, wiped. */
char *mua_ask_password(struct mua *mua, const char *who);

/* Until the user leaves. 0, or -1 and one full sentence in error when there is no usable terminal. */
int mua_run(struct mua *mua, struct buf *error);

#endif
