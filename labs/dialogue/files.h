/*
 * files.h - letters and other files that a dialogue needs.
 */
#ifndef PLI_LABS_DIALOGUE_FILES_H
#define PLI_LABS_DIALOGUE_FILES_H

#include "core/buf.h"

/* Adds the bytes of a regular file. 0, or -1 with errno; EFBIG when it does not fit. */
int files_read(const char *path, struct buf *out);

/* Adds the text with CR LF where it has LF. 0, or -1 when it does not fit. */
int files_to_wire(struct span text, struct buf *out);

/* Likewise, and as RFC 5321 §4.5.2 wants it between DATA and the dot, which is added. */
int files_to_smtp(struct span text, struct buf *out);

#endif
