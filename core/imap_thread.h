/*
 * imap_thread.h - letters put together into conversations (RFC 5256 §3,
 * THREAD): by subject alone, or by what refers to what.
 *
 * Messages are given in the order of the mailbox, which decides between equal
 * dates. The trees are written as the THREAD response wants them. Time is that
 * of sorting, whatever the references say; nothing recurses, as threads may be
 * as deep as the mailbox is long.
 */
#ifndef PLI_CORE_IMAP_THREAD_H
#define PLI_CORE_IMAP_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

struct thread_message {
    uint32_t number;        /* how the answer names it */
    int64_t sent;           /* seconds since 1970 */
    const char *subject;    /* the base, in one case of letters */
    bool is_reply;
    const char *id;         /* normalized; NULL or "" for none */
    char *const *references;/* of normalized ids, oldest first */
    size_t reference_count;
};

/* "(2)(3 6 (4 23)(44 7 96))" to out. */
void thread_by_subject(const struct thread_message *messages, size_t count, struct buf *out);
void thread_by_references(const struct thread_message *messages, size_t count, struct buf *out);

/*
 * The message ids of a field's value, without brackets, quotes and white space. Adds copies to *ids, at most `most` of
 * them in all, the first or the last ones; the caller frees them and the array.
 */
void thread_read_ids(struct span value, char ***ids, size_t *count, size_t most);
void thread_read_last_ids(struct span value, char ***ids, size_t *count, size_t most);

#endif
