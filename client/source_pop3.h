/*
 * source_pop3.h - mail in a POP3 account (RFC 1939): one folder. Letters are
 * known by their UIDL, so that the cache can keep what POP3 has no place for:
 * texts and flags. What is DELETED goes with expunge.
 */
#ifndef PLI_CLIENT_SOURCE_POP3_H
#define PLI_CLIENT_SOURCE_POP3_H

#include "client/mail_source.h"

/* Opens source->account. 0, or -1 with a sentence in source->error. */
int source_pop3_open(struct mail_source *source);

#endif
