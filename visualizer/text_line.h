/*
 * text_line.h - lines and words in the bytes of old text protocols (FTP, HTTP).
 * Positions are offsets into the slice; nothing reads past its end.
 */
#ifndef PLI_VISUALIZER_TEXT_LINE_H
#define PLI_VISUALIZER_TEXT_LINE_H

#include "visualizer/packet.h"

/* The line that begins at a place, without its end (CRLF, or LF alone). */
struct slice text_line(struct slice bytes, size_t at);
/* Where the next line begins; the end of the bytes when there is none. */
size_t text_next_line(struct slice bytes, size_t at);

size_t text_word(struct slice line, size_t at);     /* the end of the word that begins at a place */
size_t text_blanks(struct slice line, size_t at);   /* behind the blanks at a place */
bool text_is(struct slice line, size_t at, size_t end, const char *word); /* in either case */
unsigned text_code(struct slice line);              /* three digits and no fourth at its beginning; 0 */

#endif
