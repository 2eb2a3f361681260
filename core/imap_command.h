/*
 * imap_command.h - the commands of IMAP, and what the first words of a
 * client's line say: its tag, its verb, its arguments.
 *
 * UID FETCH, UID STORE and the like are the same verbs with `uid` set, as
 * they differ only in how messages are named (RFC 9051 §6.4.9).
 */
#ifndef PLI_CORE_IMAP_COMMAND_H
#define PLI_CORE_IMAP_COMMAND_H

#include <stdbool.h>

#include "imap_tree.h"

enum imap_verb {
    IMAP_VERB_UNKNOWN,
    IMAP_VERB_GREETING,   /* not a command: the server's first line, OK */
    IMAP_VERB_PREAUTH,    /* the same, PREAUTH */
    IMAP_VERB_BYE,        /* the server ends the dialogue */
    IMAP_VERB_TLS_STARTED,/* a TLS handshake is finished */
    IMAP_VERB_DISCONNECT, /* the connection is gone */
    IMAP_VERB_DONE,       /* ends IDLE */
    IMAP_VERB_CAPABILITY, /* RFC 9051 §6.1, any state */
    IMAP_VERB_NOOP,
    IMAP_VERB_LOGOUT,
    IMAP_VERB_ID,         /* RFC 2971 */
    IMAP_VERB_STARTTLS,   /* §6.2, not authenticated */
    IMAP_VERB_AUTHENTICATE,
    IMAP_VERB_LOGIN,
    IMAP_VERB_ENABLE,     /* §6.3, authenticated */
    IMAP_VERB_SELECT,
    IMAP_VERB_EXAMINE,
    IMAP_VERB_CREATE,
    IMAP_VERB_DELETE,
    IMAP_VERB_RENAME,
    IMAP_VERB_SUBSCRIBE,
    IMAP_VERB_UNSUBSCRIBE,
    IMAP_VERB_LIST,
    IMAP_VERB_LSUB,       /* RFC 3501 §6.3.9 */
    IMAP_VERB_NAMESPACE,
    IMAP_VERB_STATUS,
    IMAP_VERB_APPEND,
    IMAP_VERB_IDLE,
    IMAP_VERB_GETQUOTA,   /* RFC 9208 */
    IMAP_VERB_GETQUOTAROOT,
    IMAP_VERB_SETQUOTA,
    IMAP_VERB_CHECK,      /* RFC 3501 §6.4.1, selected */
    IMAP_VERB_CLOSE,      /* §6.4, selected */
    IMAP_VERB_UNSELECT,
    IMAP_VERB_EXPUNGE,
    IMAP_VERB_SEARCH,
    IMAP_VERB_SORT,       /* RFC 5256 */
    IMAP_VERB_THREAD,
    IMAP_VERB_FETCH,
    IMAP_VERB_STORE,
    IMAP_VERB_COPY,
    IMAP_VERB_MOVE,
    IMAP_VERB_COUNT
};

struct imap_command {
    struct span tag;
    enum imap_verb verb;  /* IMAP_VERB_UNKNOWN: name says what stands there */
    struct span name;     /* the verb as it was written, without UID */
    bool uid;
    unsigned count;       /* of arguments */
    const struct imap_node *arguments; /* the first one, or NULL */
};

/* Reads tag and verb of a line; NULL, or what is wrong (then the tag may still be known). */
const char *imap_command_read(const struct imap_tree *tree, struct imap_command *command);

enum imap_verb imap_verb_of(struct span name);

#endif
