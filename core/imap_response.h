/*
 * imap_response.h - the server's lines: continuation requests ("+ ..."),
 * untagged data and status ("* ..."), and the tagged completion of a command.
 *
 * Data responses are a tree (imap_tree.h). Status responses end in human
 * text, which is not syntax: they are read by hand, up to the text.
 *
 *     * 3 FETCH (UID 17 FLAGS ())  UNTAGGED, IMAP_REPLY_FETCH, number 3, one LIST
 *     * OK [UIDNEXT 18] go on      UNTAGGED, IMAP_REPLY_OK, code "UIDNEXT", code_arguments WORD 18, text
 *     a1 NO [TRYCREATE] no such    TAGGED,   IMAP_REPLY_NO, ...
 */
#ifndef PLI_CORE_IMAP_RESPONSE_H
#define PLI_CORE_IMAP_RESPONSE_H

#include <stdbool.h>
#include <stdint.h>

#include "imap_tree.h"

enum imap_response_kind { IMAP_UNTAGGED, IMAP_TAGGED, IMAP_CONTINUE };

enum imap_reply {
    IMAP_REPLY_UNKNOWN,   /* name says what stands there */
    IMAP_REPLY_OK,        /* RFC 9051 §7.1, status */
    IMAP_REPLY_NO,
    IMAP_REPLY_BAD,
    IMAP_REPLY_PREAUTH,
    IMAP_REPLY_BYE,
    IMAP_REPLY_CAPABILITY,/* §7.2 and §7.3, data */
    IMAP_REPLY_ENABLED,
    IMAP_REPLY_ID,
    IMAP_REPLY_LIST,
    IMAP_REPLY_LSUB,
    IMAP_REPLY_NAMESPACE,
    IMAP_REPLY_STATUS,
    IMAP_REPLY_SEARCH,
    IMAP_REPLY_ESEARCH,
    IMAP_REPLY_SORT,
    IMAP_REPLY_THREAD,
    IMAP_REPLY_FLAGS,
    IMAP_REPLY_QUOTA,
    IMAP_REPLY_QUOTAROOT,
    IMAP_REPLY_VANISHED,
    IMAP_REPLY_EXISTS,    /* "* 3 EXISTS": these have a number */
    IMAP_REPLY_RECENT,
    IMAP_REPLY_EXPUNGE,
    IMAP_REPLY_FETCH,
    IMAP_REPLY_COUNT
};

struct imap_response {
    enum imap_response_kind kind;
    struct span tag;      /* of a tagged one */
    enum imap_reply reply;
    struct span name;     /* "FETCH", "OK", as it was written */
    uint32_t number;      /* the 3 of "* 3 FETCH", else 0 */
    struct span code;     /* "UIDNEXT" of "[UIDNEXT 18]"; empty without one */
    const struct imap_node *code_arguments; /* the first one; NULL when none, or when not readable as a tree */
    struct span text;     /* status and continuation: the human text, or the base64 challenge */
    unsigned count;       /* of arguments */
    const struct imap_node *arguments; /* of data: what follows the name */
};

/*
 * Is this the beginning of a status or continuation response, that is a line
 * without literals? Then it is read whole into response, words into tree.
 * 1 yes, 0 no: lex it as data, -1 it is one and *error says what is wrong.
 */
int imap_response_status(struct span line, struct imap_tree *tree, struct imap_response *response, const char **error);

/* What the tree of a data response says, as far as it goes. NULL, or what is wrong. */
const char *imap_response_read(const struct imap_tree *tree, struct imap_response *response);

enum imap_reply imap_reply_of(struct span name);

#endif
