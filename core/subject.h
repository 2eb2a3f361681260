/*
 * subject.h - the base subject of a letter: what is left of "Re: [list] Fwd:
 * news (fwd)" when mail programs' additions are taken off (RFC 5256 §2.1).
 * Sorting and threading compare these. Linear in the bytes.
 */
#ifndef PLI_CORE_SUBJECT_H
#define PLI_CORE_SUBJECT_H

#include <stdbool.h>

#include "buf.h"

/*
 * subject: unfolded, encoded words already decoded. White space in it becomes single spaces in out. is_reply: something
 * that says reply or forward was taken off (§3, REFERENCES). Answers the base, which points into out.
 */
struct span subject_base(struct span subject, struct buf *out, bool *is_reply);

#endif
