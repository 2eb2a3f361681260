/*
 * account.h - an account, as a URL says it: imap://user@host:port/folder,
 * imaps:, pop3:, pop3s:, smtp:, smtps:, submission:, or a Maildir's path.
 *
 * RFC 3986 gives the syntax, RFC 5092 and 2384 what mail makes of it. User,
 * password and folder are %-decoded; what decodes to a control character is
 * refused, since it would become a command of its own on the wire.
 */
#ifndef PLI_CLIENT_ACCOUNT_H
#define PLI_CLIENT_ACCOUNT_H

#include <stdbool.h>

#include "core/buf.h"

enum account_protocol { ACCOUNT_IMAP, ACCOUNT_POP3, ACCOUNT_MAILDIR, ACCOUNT_SMTP };

enum account_tls {
    ACCOUNT_TLS_OFFERED,   /* STARTTLS (STLS) when the server offers it */
    ACCOUNT_TLS_REQUIRED,  /* the same, and nothing without */
    ACCOUNT_TLS_IMPLICIT,  /* from the first byte: imaps, pop3s, smtps */
    ACCOUNT_TLS_NEVER,
};

struct account {
    enum account_protocol protocol;
    enum account_tls tls;
    char *host;            /* without brackets; NULL for a Maildir */
    char *port;            /* a number; the protocol's own when the URL names none */
    bool port_given;
    char *user;            /* NULL: none */
    char *password;        /* NULL: none */
    char *login;           /* how to log in: "PLAIN", "USER" ...; NULL: the best way there is */
    char *folder;          /* "INBOX" when the URL names none; the path of a Maildir */
    char *ca_file;         /* trust these instead of the system's; NULL */
    bool accept_any;       /* the user said: take any certificate */
    bool clear_password;   /* the user said: send the password in the clear, also to a stranger */
    char *cache;           /* the folder of client/cache.h; NULL: none is used */
    char *fingerprint;     /* SHA-256 of a certificate that the user trusts although it does not hold; NULL */
    int timeout;           /* seconds that a wait may last; 0: the default */
};

/* 0, or -1 with a sentence added to error. Free it in both cases. */
int account_parse(const char *text, struct account *account, struct buf *error);
void account_free(struct account *account);    /* passwords are wiped */

/* A password that was asked for: a copy is kept, an older one wiped. */
void account_set_password(struct account *account, const char *password);

/* "imap://user@host:143/INBOX", without the password. */
int account_write(const struct account *account, struct buf *out);

#endif
