/*
 * address.h - lists of mail addresses in header fields (RFC 5322 §3.4), with
 * everything that RFC 5322 §4.4 still asks to be understood: comments between
 * any two words, quoted strings, routes, empty entries, dots in names.
 *
 * address_next hands out one item at a time: a mailbox, the beginning of a
 * group ("Friends:"), its end (";"), or a piece that is no address, with the
 * reason; the walk goes on after the next comma. The spans are decoded:
 * quotes and comments are gone. What is between a name's quotes is no place
 * for encoded words (RFC 2047 §5), so a flag tells that a name was quoted.
 * Linear in the bytes, no recursion, whatever the nesting of comments.
 */
#ifndef PLI_CORE_ADDRESS_H
#define PLI_CORE_ADDRESS_H

#include <stdbool.h>

#include "buf.h"

enum address_kind { ADDRESS_MAILBOX, ADDRESS_GROUP, ADDRESS_GROUP_END, ADDRESS_BAD };

enum address_flag {
    ADDRESS_NAME_QUOTED = 1,   /* some of the name was a quoted string */
    ADDRESS_NAME_COMMENT = 2,  /* no name; the comment after the address was taken for it */
    ADDRESS_LOCAL_QUOTED = 4,  /* the local part was a quoted string */
    ADDRESS_OBSOLETE = 8,      /* syntax of RFC 5322 §4 */
    ADDRESS_NO_DOMAIN = 16,    /* a local part alone: not RFC 5322, but seen: "root" */
    ADDRESS_LITERAL = 32,      /* the domain is an address in brackets; they are kept */
    ADDRESS_8BIT = 64,
};

struct address {
    enum address_kind kind;
    struct span name;     /* of the person, or of the group */
    struct span local;    /* before the @, unquoted */
    struct span domain;   /* after it */
    struct span route;    /* obsolete "@a,@b", mostly empty */
    size_t offset;        /* of the item in the text */
    size_t length;
    unsigned flags;
    const char *error;    /* of a BAD one: N_() */
};

struct address_walk {
    struct span text;
    size_t at;
    bool in_group;
    bool comma;           /* the next item must be preceded by one, and was */
    struct buf scratch;   /* holds the decoded spans of the present item */
};

void address_start(struct address_walk *walk, struct span text);
void address_finish(struct address_walk *walk);     /* frees what the walk holds */

/* 1: an item, its spans valid until the next call; 0: the end. */
int address_next(struct address_walk *walk, struct address *address);

/* The only item of text is a mailbox with a local part (and perhaps a domain): 0; else -1. Copies go to out. */
int address_one(struct span text, struct buf *out_local, struct buf *out_domain);

/* Writes a local part, in quotes if it needs them (RFC 5322 §3.4.1). */
int address_write_local(struct span local, struct buf *out);

/* Writes `name <local@domain>` with name quoted where needed; name must be ASCII (see encoded_word.h). */
int address_write_mailbox(struct span name, struct span local, struct span domain, struct buf *out);

#endif
