/*
 * link.h - the connection to an account's server: found, connected, under TLS
 * as the account asks, and with the policy about certificates and passwords
 * in one place.
 *
 * A certificate is verified. When it does not hold, the connection is given
 * up with a sentence that says why and what to do, unless the user said to
 * take any, or TLS was only taken because it was offered and nothing is lost:
 * no password is to be sent, or it would have been sent in the clear as well
 * (an unverified cipher is no worse than none, RFC 7435). A certificate that
 * the user trusted once is known by its fingerprint; another one in its place
 * is refused even then.
 *
 * A password crosses an unciphered connection only to this machine, into a
 * lab network (private addresses), or when the user said so.
 */
#ifndef PLI_CLIENT_LINK_H
#define PLI_CLIENT_LINK_H

#include <stdbool.h>

#include "client/account.h"
#include "client/mail_source.h"
#include "client/transcript.h"
#include "core/buf.h"
#include "io/channel.h"

struct link {
    const struct account *account;
    struct channel *channel;
    struct tls_context *context;
    struct transcript *transcript;   /* NULL: nobody wants to see it */
    const struct mail_watcher *watcher;   /* NULL: nobody looks on */
    bool asked, agreed;              /* about a password in the clear */
    char security[160];              /* "TLSv1.3, certificate verified", "in the clear" */
};

/*
 * Connects; TLS at once when the account says so. An smtp: URL without a port
 * is a mail domain: its mail servers are looked up (RFC 5321 §5.1). watcher
 * may be NULL, else it must outlive the link; cancel_fd: -1 for none. 0, or -1 with a sentence in error; to
 * be closed in both cases.
 */
int link_open(struct link *link, const struct account *account, enum watch_protocol protocol,
              const struct mail_watcher *watcher, int cancel_fd, struct buf *error);
int link_start_tls(struct link *link, struct buf *error);
void link_close(struct link *link);

bool link_in_tls(const struct link *link);

/* May a mechanism that shows the password be used here? */
bool link_password_allowed(struct link *link);

/* Why not: a sentence for the user. */
void link_explain_clear(const struct link *link, struct buf *error);

/* Is word one of the words in list (any case)? */
bool link_lists(const char *list, const char *word);

/* Are we to act as if the server had not named that capability? */
bool link_hides(const struct link *link, const char *capability);

/* Like link_write, for a command: whoever steps through the dialogue may change it. 1: it was dropped. */
int link_say(struct link *link, const char *verb, struct buf *text, struct buf *error);
int link_write(struct link *link, const void *data, size_t size, struct buf *error);
/* Bytes read; 0: the server closed the connection, which is said in error as well; -1. */
long link_read(struct link *link, void *data, size_t size, struct buf *error);

#endif
