/*
 * imap_tree.h - what a line of IMAP says, as a tree.
 *
 * IMAP has one syntax for both directions (RFC 9051 §4): words, quoted
 * strings, literals and parenthesized lists, one space between them. So one
 * small lexer reads commands and responses alike into nodes, and whoever
 * wants a number, a mailbox name or a set of messages asks for it with the
 * functions below, which check the RFC's grammar for that very thing.
 *
 *     FETCH 1:3 (FLAGS BODY[HEADER.FIELDS (DATE)]<0.9>)
 *
 * is WORD "FETCH", WORD "1:3", LIST { WORD "FLAGS", SECTION "BODY" {
 * WORD "HEADER.FIELDS", LIST { WORD "DATE" }, PARTIAL "0.9" } }.
 *
 * Nodes and their texts live in the tree's blocks, never move, and are freed
 * all together. Their number, their depth and their bytes are bounded.
 */
#ifndef PLI_CORE_IMAP_TREE_H
#define PLI_CORE_IMAP_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

enum imap_type {
    IMAP_WORD,    /* an atom, number, flag, set, pattern, NIL: bytes as they stand on the wire */
    IMAP_QUOTED,  /* text without its quotes and backslashes */
    IMAP_LITERAL, /* {n} */
    IMAP_LIST,    /* ( ... ) */
    IMAP_SECTION, /* BODY[ ... ]: text is what stands before the bracket */
    IMAP_PARTIAL, /* <0.9> or <0>: last child of a SECTION */
};

struct imap_node {
    enum imap_type type;
    bool binary;       /* a literal8, ~{n} (RFC 9051 §4.3.1) */
    bool streamed;     /* a literal whose bytes were handed out as events and are not in text */
    unsigned count;    /* of children */
    struct span text;
    uint64_t size;     /* of a literal, as announced */
    const struct imap_node *child; /* the first one, or NULL */
    const struct imap_node *next;  /* the sibling, or NULL */
};

struct imap_block; /* private */

struct imap_tree {
    struct imap_node root;       /* a LIST of what the line says */
    struct imap_block *blocks;
    unsigned nodes, max_nodes;
    size_t bytes, max_bytes;     /* of text */
};

void imap_tree_init(struct imap_tree *tree, unsigned max_nodes, size_t max_bytes);
void imap_tree_free(struct imap_tree *tree); /* usable again afterwards, with the same limits */
struct imap_node *imap_tree_node(struct imap_tree *tree); /* NULL: too many */
char *imap_tree_text(struct imap_tree *tree, size_t size); /* room for size bytes; NULL: too many */

/* What a node is taken for. NULL nodes are allowed everywhere and are nothing. */

bool imap_is(const struct imap_node *node, const char *word);   /* a WORD, in either case */
bool imap_is_nil(const struct imap_node *node);                 /* the word NIL (§9 nil) */
bool imap_is_string(const struct imap_node *node);              /* quoted or literal, kept (§9 string) */
bool imap_is_nstring(const struct imap_node *node);             /* string or NIL */
bool imap_is_atom(const struct imap_node *node);                /* §9 atom: for names, keywords, options */
bool imap_is_astring(const struct imap_node *node);             /* §9 astring: user names, mailboxes */
bool imap_is_pattern(const struct imap_node *node);             /* §9 list-mailbox: an astring that may hold * and % */
bool imap_is_flag(const struct imap_node *node); /* §9 flag: \Seen, $Forwarded, word; not \Recent or \* */
bool imap_is_list(const struct imap_node *node);

/* The whole node is digits, and no more than max. */
bool imap_number(const struct imap_node *node, uint64_t max, uint64_t *number);
bool imap_span_number(struct span span, uint64_t max, uint64_t *number);

#endif
