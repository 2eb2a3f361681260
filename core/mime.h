/*
 * mime.h - the tree of a message's parts (RFC 2046 §5).
 *
 * mime_parse reads a whole message once, line by line, and makes an array of
 * parts in the order in which they stand; parent and depth make it a tree.
 * Nothing is copied: offsets point into the message, so IMAP can cut BODY[1.2]
 * straight from the file. Nothing recurses, depth and number of parts are
 * capped (flags say so): what lies beyond becomes the body of the last part.
 *
 * Part 0 is the message itself. A multipart's children are its parts; the
 * child of a message/rfc822 part is the message within. Numbers as IMAP
 * counts them (RFC 9051 §6.4.5) come from mime_number.
 */
#ifndef PLI_CORE_MIME_H
#define PLI_CORE_MIME_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "content.h"

enum { MIME_MAX_DEPTH = 100, MIME_MAX_PARTS = 10000 };

enum mime_flag {
    MIME_TOO_DEEP = 1,
    MIME_TOO_MANY = 2,
    MIME_NO_BOUNDARY = 4,   /* a multipart without one: treated as a single part */
    MIME_UNCLOSED = 8,      /* the last boundary is missing */
};

struct mime_part {
    size_t parent;          /* index; part 0 is its own */
    unsigned depth;
    unsigned index;         /* among its parent's children, from 1 */
    unsigned children;
    size_t header_offset;
    size_t header_length;   /* with the empty line */
    size_t body_offset;
    size_t body_length;
    size_t body_lines;      /* as BODYSTRUCTURE counts them */
    struct content_field type;
    struct content_field disposition;   /* CONTENT_MISSING when there is none */
    enum content_encoding encoding;
    bool is_message;        /* message/rfc822 or message/global: its one child is that message */
    bool is_multipart;
    unsigned flags;
};

struct mime_tree {
    struct mime_part *parts;
    size_t count;           /* at least 1 */
    unsigned flags;         /* of all parts together */
};

/* Free the tree with mime_free. message must outlive its use. */
void mime_parse(struct span message, struct mime_tree *tree);
void mime_free(struct mime_tree *tree);

/* "1.2", as IMAP numbers parts; "" for part 0. 0, or -1 when out is full. */
int mime_number(const struct mime_tree *tree, size_t part, struct buf *out);

/* The part with that IMAP number: index, or -1. "" is part 0. */
long mime_find(const struct mime_tree *tree, struct span number);

struct span mime_header(const struct mime_tree *tree, size_t part, struct span message);
struct span mime_body(const struct mime_tree *tree, size_t part, struct span message);

/* The first text/plain (else text/html) that is no attachment: what a reader shows first. Index, or -1. */
long mime_readable(const struct mime_tree *tree);

/* The file name the sender proposes: filename of the disposition, else name of the type; NULL. */
const struct content_parameter *mime_filename(const struct mime_part *part);

#endif
