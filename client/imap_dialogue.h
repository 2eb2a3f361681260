/*
 * imap_dialogue.h - an IMAP connection as a client leads it (RFC 9051, and
 * RFC 3501 with older servers): opened, under TLS where it can be, logged in,
 * and then one command after the other.
 *
 *     imap_begin(imap, IMAP_VERB_SELECT);
 *     imap_mailbox(imap, "INBOX");
 *     status = imap_end(imap, take, context);
 *
 * Strings go in quotes where they can, else as literals, for which the server
 * is waited for. The table of core/imap_state is asked before a command is
 * said, and makes its move with the answer.
 */
#ifndef PLI_CLIENT_IMAP_DIALOGUE_H
#define PLI_CLIENT_IMAP_DIALOGUE_H

#include <stdbool.h>

#include "client/link.h"
#include "core/imap_command.h"
#include "core/imap_parse.h"
#include "core/imap_set.h"
#include "core/machine.h"

struct imap_dialogue {
    struct link link;
    struct imap_parse parse;
    struct machine machine;
    struct buf *error;
    struct buf out;            /* the command as far as it is not sent */
    unsigned tag;
    enum imap_verb verb;
    bool uid;
    bool failed;               /* the present command could not be said */
    bool broken;               /* nothing more can be said */
    char capabilities[1024];   /* with spaces between; "" when not known */
    char capabilities_clear[1024]; /* those before STARTTLS */
    bool idling;
    struct buf *literal;       /* where a large literal goes; NULL: nowhere */
    bool literal_full;
};

/* What a caller does with untagged data while its command runs. */
typedef void imap_take(void *context, const struct imap_response *response);

/* Until AUTHENTICATED. 0, or -1 with a sentence in error (which the dialogue keeps using). Close in both cases. */
int imap_dialogue_open(struct imap_dialogue *imap, const struct account *account, const struct mail_watcher *watcher,
                       int cancel_fd, struct buf *error);
void imap_dialogue_close(struct imap_dialogue *imap);   /* says LOGOUT when it can */

/* What the server said it can, and nobody wants us to overlook. */
bool imap_can(const struct imap_dialogue *imap, const char *capability);

/* A command in pieces. A failure of a piece is remembered and answered by imap_end. */
void imap_begin(struct imap_dialogue *imap, enum imap_verb verb);
void imap_begin_uid(struct imap_dialogue *imap, enum imap_verb verb);
void imap_text(struct imap_dialogue *imap, const char *format, ...) __attribute__((format(printf, 2, 3)));
void imap_string(struct imap_dialogue *imap, struct span string);
void imap_mailbox(struct imap_dialogue *imap, const char *name);         /* UTF-8 */
void imap_literal(struct imap_dialogue *imap, struct span bytes);
void imap_set(struct imap_dialogue *imap, const struct imap_set *set);   /* " 1:3,7" */

/* Sends it and reads up to the tagged answer. 0 OK; -1 with a sentence in error: NO, BAD, or a broken dialogue. */
int imap_end(struct imap_dialogue *imap, imap_take *take, void *context);

/* IDLE (RFC 2177): the server tells what is new until imap_idle_end. 0, or -1 with a sentence in error. */
int imap_idle(struct imap_dialogue *imap, imap_take *take, void *context);
int imap_idle_end(struct imap_dialogue *imap, imap_take *take, void *context);

#endif
