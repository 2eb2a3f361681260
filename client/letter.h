/*
 * letter.h - a letter made readable: the header fields that matter, decoded,
 * and the text of its body in UTF-8, whatever charset and encoding it came in.
 */
#ifndef PLI_CLIENT_LETTER_H
#define PLI_CLIENT_LETTER_H

#include <stdbool.h>

#include "core/buf.h"

/* The value of a field, decoded to UTF-8 on one line. Adds to out; false when the letter has no such field. */
bool letter_field(struct span raw, const char *name, struct buf *out);

/* The text that a reader shows first; of an HTML part, its words. Adds to out; false when there is no text. */
bool letter_text(struct span raw, struct buf *out);

/* Calls back for every part that is not shown: attachments, pictures. */
void letter_others(struct span raw, void (*each)(void *context, const char *name, const char *type, size_t size),
                   void *context);

/* The words of an HTML text. */
void letter_html_words(struct span html, struct buf *out);

#endif
