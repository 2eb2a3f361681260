/*
 * mua_call.h - what the screens ask of a mailbox, each in a thread (io/work.h)
 * and with its failure said on the last line. All answer 0 or -1.
 */
#ifndef PLI_CLIENT_MUA_CALL_H
#define PLI_CLIENT_MUA_CALL_H

#include "client/mua_state.h"

/* Anything else, with label on the last line; run works on context alone. Says nothing. */
int mua_work(struct mua *mua, const char *label, int (*run)(void *context), void *context);

int mua_open(struct mua *mua, size_t account);            /* closes the one before */
void mua_close(struct mua *mua);
int mua_select(struct mua *mua, const char *folder);      /* and lists it */
int mua_check(struct mua *mua, bool *changed);            /* lists anew when something is */
void mua_watch(struct mua *mua);                          /* sets watch_fd, if the server can */
void mua_hide(struct mua *mua, const char *words);        /* capabilities; NULL: none */
int mua_fill(struct mua *mua, size_t most);
int mua_fetch(struct mua *mua, unsigned number, struct buf *raw);
int mua_flag(struct mua *mua, const unsigned *numbers, size_t count, unsigned set, unsigned clear);
int mua_copy(struct mua *mua, const unsigned *numbers, size_t count, const char *folder, bool move);
int mua_expunge(struct mua *mua);
int mua_append(struct mua *mua, const char *folder, struct span message, unsigned flags);
int mua_bounce(struct mua *mua, struct span letter, const char *to);
/*
 * Sends what has this id in the outbox; what a server took is filed in the folder for that, where the account has
 * folders. What is to be said of it is said.
 */
enum send_result mua_send(struct mua *mua, const char *id);
int mua_folders(struct mua *mua, struct mua_folder **rows, size_t *count);
int mua_folder_change(struct mua *mua, enum mail_folder_action action, const char *name, const char *to);
/* hits: a byte for each letter. */
int mua_find(struct mua *mua, const char *pattern, unsigned char *hits);

#endif
