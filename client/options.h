/*
 * options.h - the command line of mailclient, and of sendmail when it is
 * called by that name. One table gives the options and the help.
 */
#ifndef PLI_CLIENT_OPTIONS_H
#define PLI_CLIENT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "client/account.h"
#include "client/raw.h"
#include "core/buf.h"

enum { OPTIONS_MAX_FILES = 100 };

struct options {
    bool help, version;
    bool no_tls, require_tls, accept_any, clear_password;
    const char *ca_file;
    const char *password_file;
    const char *login;         /* --auth */
    const char *transcript;    /* "-": standard error */
    int timeout;
    const char *via;
    const char *sort, *limit;  /* of list; NULL: as they stand, all */
    bool delete_fetched;       /* of fetch */
    bool cache;                /* of list and search: use client/cache.h */
    const char *from, *subject, *cc, *bcc;
    const char *files[OPTIONS_MAX_FILES];
    size_t file_count;
    struct raw_options raw;    /* sendmail's */
    char **words;              /* what is no option: the command and what follows it */
    size_t count;
};

/* 0, or -1 with a sentence in error. The options point into argv. */
int options_parse(int argc, char **argv, struct options *options, struct buf *error);
int options_parse_sendmail(int argc, char **argv, struct options *options, struct buf *error);
void options_help(FILE *out);

/*
 * The account that text (NULL: fallback) names, with what the options say
 * about TLS, and with a password from its file or from the person at the
 * terminal if it needs one. 0, or -1 with a sentence in error; free it in both
 * cases.
 */
int options_account(const struct options *options, const char *text, const char *fallback, struct account *account,
                    struct buf *error);

#endif
