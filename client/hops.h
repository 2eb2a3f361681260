/*
 * hops.h - the way of a letter, as its header tells it: the Received fields
 * that each server put above the others (RFC 5321 §4.4), with the time each
 * took; and the envelope, as far as delivery wrote it down, beside the header
 * that people see.
 */
#ifndef PLI_CLIENT_HOPS_H
#define PLI_CLIENT_HOPS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "io/page.h"

struct hop {
    struct span from, by, with, id, to;   /* in text; empty when it is not said */
    bool dated;
    int64_t date;
    struct buf text;                      /* the field, unfolded */
};

/* Reads a Received field: free the hop's text. */
void hop_read(struct span value, struct hop *hop);

void hops_build(struct span letter, struct page *page, int columns);

#endif
