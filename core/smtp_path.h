/*
 * smtp_path.h - the addresses and parameters of MAIL and RCPT (RFC 5321 §4.1.2).
 *
 *     FROM:<@relay.example:"rachida b"@example.org> SIZE=312 BODY=8BITMIME
 *
 * Strict, with errors that say what is wrong: addresses decide where letters
 * go, and two programs that read one address in two ways send it to two
 * places. Letters beyond ASCII are UTF-8 or refused (RFC 6531 §3.3); whether
 * they are allowed in this transaction the session knows. Source routes are
 * read and ignored, as Appendix C asks. All spans point into the argument.
 */
#ifndef PLI_CORE_SMTP_PATH_H
#define PLI_CORE_SMTP_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

/* RFC 5321 §4.5.3.1.1-3, in octets. */
enum { SMTP_LOCAL_MAX = 64, SMTP_DOMAIN_MAX = 255, SMTP_PATH_MAX = 256 };

struct smtp_path {
    struct span mailbox;   /* as written, without <> and source route; empty: the null path <> */
    struct span local;     /* as written: smtp_local_part() takes the quotes away */
    struct span domain;    /* a name or an address literal [...]; empty for <Postmaster> and <> */
    struct span route;     /* "@a,@b" */
    bool utf8;             /* has letters beyond ASCII */
};

enum smtp_body { SMTP_BODY_7BIT, SMTP_BODY_8BITMIME };
enum smtp_return { SMTP_RETURN_ANY, SMTP_RETURN_FULL, SMTP_RETURN_HEADERS };
enum smtp_notify { SMTP_NOTIFY_NEVER = 1, SMTP_NOTIFY_SUCCESS = 2, SMTP_NOTIFY_FAILURE = 4, SMTP_NOTIFY_DELAY = 8 };

/* What MAIL or RCPT says. Parameters that were not given are zero. */
struct smtp_envelope {
    struct smtp_path path;
    bool has_parameters;
    uint64_t size;             /* SIZE (RFC 1870) */
    enum smtp_body body;       /* BODY (RFC 6152) */
    bool smtputf8;             /* SMTPUTF8 (RFC 6531) */
    struct span auth;          /* AUTH (RFC 4954 §5), xtext */
    enum smtp_return ret;      /* RET (RFC 3461 §4.3) */
    struct span envid;         /* ENVID (RFC 3461 §4.4), xtext */
    unsigned notify;           /* NOTIFY (RFC 3461 §4.1): of enum smtp_notify */
    struct span orcpt;         /* ORCPT (RFC 3461 §4.2): type;xtext */
};

/*
 * What follows MAIL or RCPT. 0, or the reply code that fits the fault: 501 for the syntax, 555 for a parameter that
 * is not known, with its text in *error (N_()).
 */
int smtp_parse_mail(struct span argument, struct smtp_envelope *envelope, const char **error);
int smtp_parse_rcpt(struct span argument, struct smtp_envelope *envelope, const char **error);

/* A mailbox alone, without <>: of VRFY and of configuration. NULL, or the error (N_()). */
const char *smtp_parse_mailbox(struct span text, struct smtp_path *path);

/* A domain or an address literal, as EHLO has it. */
bool smtp_domain_is_good(struct span domain);

/* The local part without quotes and backslashes: all quoted forms mean the same (RFC 5321 §4.1.2). 0, or -1 full. */
int smtp_local_part(const struct smtp_path *path, struct buf *out);

/* xtext (RFC 3461 §4): "+" and two capital hexadecimal digits stand for a byte. 0, or -1 when it is not xtext. */
int smtp_xtext_decode(struct span text, struct buf *out);

#endif
