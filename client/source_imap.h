/*
 * source_imap.h - mail in an IMAP account (RFC 9051, RFC 3501).
 *
 * The list of a small folder is one FETCH. Of a large one that the cache
 * knows, SEARCH tells in a few sets which letters are there and what flags
 * they have (ESEARCH, RFC 4731); only what is new is fetched. Letters are
 * named by their UIDs wherever the list is known.
 */
#ifndef PLI_CLIENT_SOURCE_IMAP_H
#define PLI_CLIENT_SOURCE_IMAP_H

#include "client/mail_source.h"

/* Opens source->account and selects source->folder. 0, or -1 with a sentence in source->error. */
int source_imap_open(struct mail_source *source);

#endif
