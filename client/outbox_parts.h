/*
 * outbox_parts.h - what the files of outbox.h share: outbox.c keeps and lists
 * the files, outbox_send.c moves letters from one to the next.
 */
#ifndef PLI_CLIENT_OUTBOX_PARTS_H
#define PLI_CLIENT_OUTBOX_PARTS_H

#include "client/outbox.h"

/* The files of an id, from the first state to the last; the copy of an editor is none of them. */
enum outbox_file { OUTBOX_FILE_DRAFT, OUTBOX_FILE_QUEUED, OUTBOX_FILE_SENDING, OUTBOX_FILE_SENT, OUTBOX_FILES,
                   OUTBOX_FILE_EDITED = OUTBOX_FILES };

enum { OUTBOX_FILE_MAX = COMPOSE_MAX + (1 << 20) };

/* free() it. */
char *outbox_path(const char *folder, const char *id, enum outbox_file file);

/* The furthest file of an id; OUTBOX_FILES: there is none. */
enum outbox_file outbox_furthest(const char *folder, const char *id);
enum outbox_state outbox_file_state(const char *folder, const char *id, enum outbox_file file);

/* The letter begins behind the empty line that ends the envelope; a draft has none. */
struct span outbox_letter_in(struct span bytes, enum outbox_file file);

/* A whole new file; *id NULL: of a new id. 0, or -1 with a sentence. */
int outbox_put(const char *folder, char **id, enum outbox_file file, struct span bytes, struct buf *error);

/* The bytes of a file without the envelope; OUTBOX_FILES: there is no such letter. 0, or -1 with a sentence. */
int outbox_read_one(const char *folder, const char *id, enum outbox_file file, struct buf *out, struct buf *error);

/* errno about a path, and that somebody else sends it; both answer -1. */
int outbox_failed(const char *path, struct buf *error);
int outbox_is_going(struct buf *error);

#endif
