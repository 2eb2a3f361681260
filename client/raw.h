/*
 * raw.h - a message that another program wrote, as sendmail takes it: kept
 * as it is, but for Bcc, which goes, and for the fields that every message
 * must have and this one lacks (RFC 6409 §8): From, Date, Message-ID.
 */
#ifndef PLI_CLIENT_RAW_H
#define PLI_CLIENT_RAW_H

#include <stdbool.h>

#include "client/compose.h"
#include "core/buf.h"

struct raw_options {
    bool from_header;    /* -t: recipients stand in To, Cc and Bcc */
    bool ignore_dots;    /* -i: a dot alone does not end the message */
    const char *sender;  /* -f, or NULL */
    const char *name;    /* -F, or NULL */
    const char *const *recipients;
    size_t count;
};

/* 0, or -1 with a sentence in error. The envelope is to be freed in both cases. */
int raw_compose(struct span raw, const struct raw_options *options, struct buf *message, struct envelope *envelope,
                struct buf *error);

#endif
