/*
 * imap_set.h - sets of message numbers: "2,4:7,9:*" (RFC 9051 §9 sequence-set).
 *
 * As read, a set may name "*", the greatest number in use, and run backwards.
 * imap_set_resolve() turns it into ranges that ascend and do not touch, so
 * walking and asking are simple and a set like 1:4294967295 costs nothing.
 */
#ifndef PLI_CORE_IMAP_SET_H
#define PLI_CORE_IMAP_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

enum { IMAP_SET_STAR = 0 }; /* "*", until resolved */

struct imap_range {
    uint32_t first, last; /* both included */
};

struct imap_set {
    struct imap_range *ranges; /* owned */
    size_t count, room;
    bool saved;                /* "$": the result of the last search (§6.4.4.1) */
};

void imap_set_free(struct imap_set *set); /* a zeroed set is empty, and so is a freed one */

/* 0, or -1 when the text is no set; set must be empty before. */
int imap_set_parse(struct span text, struct imap_set *set);

/* "*" becomes greatest. Sorts and joins. */
void imap_set_resolve(struct imap_set *set, uint32_t greatest);

/* Of a resolved set. */
bool imap_set_has(const struct imap_set *set, uint32_t number);

/* Adds a number greater than all in it, or any before imap_set_resolve(). */
void imap_set_add(struct imap_set *set, uint32_t number);
void imap_set_add_range(struct imap_set *set, uint32_t first, uint32_t last);

/* "1:3,7"; nothing for an empty set. 0, or -1 when out is full. */
int imap_set_write(const struct imap_set *set, struct buf *out);

#endif
