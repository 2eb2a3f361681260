/*
 * run.h - one run of mailclient: what the commands share. A command answers
 * the exit status; when that is RUN_BAD, its sentences are in run->error.
 */
#ifndef PLI_CLIENT_RUN_H
#define PLI_CLIENT_RUN_H

#include <stdio.h>

#include "client/account.h"
#include "client/mail_source.h"
#include "client/options.h"
#include "core/buf.h"

enum { RUN_GOOD = 0, RUN_BAD = 1, RUN_WRONG = 2 };

struct run {
    const struct options *options;
    struct account account;
    struct buf error;
    FILE *transcript;            /* NULL: none wanted */
    struct mail_watcher watcher;
    struct mail_source *source;  /* of those that read */
};

/* 0, or -1 with a sentence in run->error; end it in both cases. */
int run_start(struct run *run, const struct options *options);

/* Closes everything, says on standard error what went wrong, and answers the exit status. */
int run_end(struct run *run, int status);

/* The watcher for the transcript; NULL when none is wanted. */
const struct mail_watcher *run_watcher(const struct run *run);

/* The URL of the account when none is named: $MAILCLIENT_ACCOUNT, else this machine's port 2143. */
const char *run_usual_account(void);

/* The account that word number word of the command line names, else the usual one. */
int run_account(struct run *run, size_t word);

/* The same, opened and listed (source_refresh, source_survey, or NULL). 0, or -1 with a sentence in run->error. */
int run_open(struct run *run, size_t word, int (*list)(struct mail_source *source));

/* Takes a failure of the source down; answers RUN_BAD. */
int run_failed(struct run *run);

/* The program was called wrongly: says so, and answers RUN_WRONG. */
int run_wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
