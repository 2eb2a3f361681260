/*
 * imap_lexer.h - reads IMAP's words, strings and lists into a tree, a line at
 * a time: when a line ends with a literal's announcement, the lists that are
 * open stay open and the next line goes on where this one stopped.
 *
 * It is strict where the grammar is (RFC 9051 §9): exactly one space between
 * two things, none inside the parentheses' edges, no control characters.
 * Only from a server may "(" follow ")" without a space, as in envelopes and
 * body structures.
 */
#ifndef PLI_CORE_IMAP_LEXER_H
#define PLI_CORE_IMAP_LEXER_H

#include <stdbool.h>
#include <stdint.h>

#include "imap_tree.h"

enum { IMAP_DEPTH_MAX = 128 };

struct imap_lexer {
    unsigned depth;                  /* of lists open */
    unsigned max_depth;              /* at most IMAP_DEPTH_MAX */
    bool from_server;
    bool sections;                   /* "BODY[" opens a section here: FETCH, in both directions */
    bool after_literal;              /* the line begins right behind a literal's bytes */
    struct {
        struct imap_node *list;
        struct imap_node *last;      /* its last child so far, or NULL */
    } open[IMAP_DEPTH_MAX + 1];
};

struct imap_announced {              /* a literal, at the end of the line */
    bool found;
    bool synchronizing, binary;
    uint64_t size;
    struct imap_node *node;
};

void imap_lexer_init(struct imap_lexer *lexer, struct imap_tree *tree, bool from_server, unsigned max_depth);

/* Reads one line (or what follows a literal). NULL; or what is wrong with it. */
const char *imap_lexer_line(struct imap_lexer *lexer, struct imap_tree *tree, struct span line,
                            struct imap_announced *literal);

/*
 * Reads words up to the "]" that ends a response code; *used says how far it
 * went. text is the tree's own (imap_tree_text). NULL; or what is wrong.
 */
const char *imap_lexer_code(struct imap_tree *tree, struct span text, size_t *used);

/* Does a line end like an announced literal, whatever stands before it? */
bool imap_lexer_announced(struct span line, struct imap_announced *literal);

#endif
