/*
 * body.h - the text and the files of a message, in the form in which they
 * survive the way (RFC 2045 §6, RFC 2049 §3).
 */
#ifndef PLI_CLIENT_BODY_H
#define PLI_CLIENT_BODY_H

#include <stdbool.h>

#include "core/buf.h"

/* Adds MIME fields as needed, an empty line and the text. plain_ok: ASCII needs no fields at all. 0, or -1: full. */
int body_write_text(struct span text, bool plain_ok, struct buf *out);

/* Adds the fields and the bytes of a file as an attachment. 0, or -1 with a sentence in error. */
int body_write_file(const char *path, struct buf *out, struct buf *error);

/* Bytes of the locale's charset, or of an older one, become UTF-8. 0, or -1: full. */
int body_utf8(struct span text, struct buf *out);

/* "image/png" by the end of the name; "application/octet-stream" for the others. */
const char *body_type_of(const char *name);

#endif
