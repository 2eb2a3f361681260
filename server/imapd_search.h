/*
 * imapd_search.h - search keys: read into a tree, asked message by message.
 *
 *     imapd_search.c       the command and its answers
 *     imapd_search_keys.c  reads the keys (RFC 9051 §6.4.4), and asks them
 *     imapd_search_text.c  looks for texts in headers and bodies
 */
#ifndef PLI_SERVER_IMAPD_SEARCH_H
#define PLI_SERVER_IMAPD_SEARCH_H


#include "core/date.h"
#include "server/imapd_fetch.h"

/* From cheap to dear: of several keys that must all match, the cheap ones are asked first. */
enum search_kind {
    SEARCH_ALL,
    SEARCH_SET,         /* of sequence numbers */
    SEARCH_UID,
    SEARCH_HAS,         /* one of the flags */
    SEARCH_LACKS,
    SEARCH_KEYWORD,
    SEARCH_UNKEYWORD,
    SEARCH_NEW,         /* recent and unread */
    SEARCH_MODSEQ,
    SEARCH_BEFORE, SEARCH_ON, SEARCH_SINCE,
    SEARCH_OLDER, SEARCH_YOUNGER,
    SEARCH_LARGER, SEARCH_SMALLER,
    SEARCH_NOT, SEARCH_OR, SEARCH_AND,
    SEARCH_SENTBEFORE, SEARCH_SENTON, SEARCH_SENTSINCE,
    SEARCH_HEADER,      /* name: the field */
    SEARCH_BODY,
    SEARCH_TEXT,
};

struct search_key {
    enum search_kind kind;
    unsigned flags;
    uint32_t keywords;
    int64_t number;            /* days since 1970, seconds, bytes, modseq */
    struct imap_set set;
    char *name;
    char *needle;              /* as casemap() has it */
    struct search_key *child;  /* of NOT, OR, AND */
    struct search_key *next;
};

void search_free(struct search_key *key);

/* Keys from node to the end of its list, all of which must match. NULL with *result the answer. */
struct search_key *search_read(struct imapd *imapd, const struct imap_node *node, struct span charset,
                               enum imapd_result *result);

bool search_uses(const struct search_key *key, enum search_kind kind);

/* One message being asked. */
struct search_message {
    struct imapd *imapd;
    size_t place;
    time_t now;
    struct fetch_letter letter;
    bool opened;
    struct span fields;        /* of its header, those that the mailbox keeps */
    bool has_fields;
};

/*
 * Walks over the messages that match: begin with place SIZE_MAX. The one it stops at is open until the next call; after
 * false nothing is.
 */
bool search_next(struct search_message *message, const struct search_key *key);
bool search_matches(struct search_message *message, const struct search_key *key);

/* Is this the name of a charset that texts can be given in? IMAPD_OK, or the answer. */
enum imapd_result search_read_charset(struct imapd *imapd, const struct imap_node *node, struct span *charset);

/* The letter's text; empty when it is gone. */
struct fetch_letter *search_letter(struct search_message *message);
struct span search_letter_header(struct search_message *message);

/* The header, or what the mailbox keeps of it if that tells all about the field. */
struct span search_fields(struct search_message *message, struct span name);

/* The Date field; false when it has none that can be read. */
bool search_sent(struct search_message *message, struct date *date);

/* ---- texts ---- */

/* Bytes in that charset as casemap() has them: free() it. */
char *search_fold(struct span charset, struct span bytes);
bool search_header(struct span header, const char *name, const char *needle);
bool search_body(struct fetch_letter *letter, const char *needle);
bool search_everything(struct fetch_letter *letter, const char *needle);

#endif
