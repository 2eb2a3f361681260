/*
 * accounts.h - the accounts of a person, in one file that a person can write:
 *
 *     [work]
 *     from = Rachida <rachida@example.net>
 *     in = imaps://rachida@mail.example.net
 *     out = submission://rachida@mail.example.net
 *     password-command = pass show mail
 *
 * Lines that begin with # are comments. A missing password is asked for; one
 * in the file is the user's wish, and only taken when nobody else can read it.
 */
#ifndef PLI_CLIENT_ACCOUNTS_H
#define PLI_CLIENT_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>

#include "client/account.h"
#include "core/buf.h"

/* Texts are UTF-8; NULL: not given. */
struct mail_account {
    char *name;             /* what stands between the brackets */
    char *from;             /* "Rachida <rachida@example.net>" */
    char *in, *out;         /* URLs as client/account.h reads them, or the path of a Maildir */
    char *signature;        /* a file */
    char *sent, *drafts, *trash, *archive;   /* folders; NULL: those with a use, or usual names */
    char *password, *password_command;       /* for both servers */
    char *auth;             /* how to log in */
    char *ca_file;
    char *fingerprint_in, *fingerprint_out;  /* of certificates that the user trusts although they do not hold */
    bool clear_password;    /* the user said: send the password in the clear */
    bool require_tls;
};

struct accounts {
    struct mail_account *rows;
    size_t count;
};

/* "~/.config/pli/accounts", and where the cache is and what must not be lost. free() them. */
char *accounts_path(void);
char *accounts_cache_folder(void);   /* "~/.cache/pli" */
char *accounts_data_folder(void);    /* "~/.local/share/pli" */

/* A file that is not there holds no accounts. 0, or -1 with a sentence that names the line. Free in both cases. */
int accounts_read(const char *path, struct accounts *accounts, struct buf *error);

/* Atomically, readable by its owner only; comments are not kept. 0, or -1 with a sentence. */
int accounts_write(const char *path, const struct accounts *accounts, struct buf *error);
void accounts_free(struct accounts *accounts);

/* The one of that name; NULL. */
struct mail_account *accounts_find(const struct accounts *accounts, const char *name);

/* A new one, with what can be guessed from the address: servers at mail.DOMAIN, at localhost for this machine. */
struct mail_account *accounts_add(struct accounts *accounts, const char *name, const char *address);

/* Sets what a line of the file sets: "from", ... value NULL: takes it away. -1: there is no such setting. */
int mail_account_set(struct mail_account *account, const char *setting, const char *value);

/*
 * The server of an account, ready for source_open (out: for send_letter), with its password if the account knows it;
 * else account->password stays NULL while account->user is set: ask. 0, or -1 with a sentence. account_free in both
 * cases.
 */
int mail_account_server(const struct mail_account *account, bool out, struct account *server, struct buf *error);

/* The first text of a signature file, or NULL. free() it. */
char *mail_account_signature(const struct mail_account *account);

#endif
