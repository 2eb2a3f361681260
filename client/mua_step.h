/*
 * mua_step.h - step mode: commands stop before they leave. What the screens
 * set is read in the network's thread, which waits there for the answer.
 */
#ifndef PLI_CLIENT_MUA_STEP_H
#define PLI_CLIENT_MUA_STEP_H

#include <pthread.h>

#include "client/mail_source.h"

enum { STEP_VERBS_MAX = 256 };

struct mua;

struct step {
    pthread_mutex_t lock;
    bool on;
    char verbs[STEP_VERBS_MAX];   /* "STORE EXPUNGE": stop at these; "": at each */
    const char *said;             /* by the user: leaves in the place of the next command; NULL */
};

/* For a mail_watcher; context is the mua. */
enum mail_step step_before(struct mua *mua, const char *verb, struct buf *text);

#endif
