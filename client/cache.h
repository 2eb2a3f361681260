/*
 * cache.h - what is known of a folder, kept for the next time: one file with
 * its rows, and one for each letter that was read. All of it can be deleted at
 * any time; a file that is damaged, or of another UIDVALIDITY, counts as none.
 *
 * The rows' file: a head, rows of fixed size, references (64 bits each), and
 * texts, those of people once; these are used where they stand, and rows are
 * read a few at a time.
 */
#ifndef PLI_CLIENT_CACHE_H
#define PLI_CLIENT_CACHE_H

#include "client/mail_source.h"

/* Rows of the source's folder as they were; the source must have none. validity 0: any. 0, or -1: there are none. */
int cache_load(struct mail_source *source, uint32_t validity);

/* Writes them, if they differ from what is there. Failing is no error: it is a cache. */
void cache_save(struct mail_source *source);

/* A letter's bytes, added to raw: 0, or -1: they are not there. */
int cache_read_letter(const struct mail_source *source, const char *uid, struct buf *raw);
void cache_write_letter(const struct mail_source *source, const char *uid, struct span raw);

/* Makes room: of the letters of this folder those that were written first go, until `most` bytes are left. */
void cache_trim(const struct mail_source *source, uint64_t most);

#endif
