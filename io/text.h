/*
 * text.h - text that is safe to show, and how many columns it takes.
 *
 * Bytes from a network, a letter or a file may hold escape sequences that
 * move the cursor, rename the window, type commands or reverse the reading
 * direction. Everything that came from outside goes through text_safe()
 * before it reaches a terminal, and what a terminal would have obeyed
 * becomes visible instead:
 *
 *     control (C0, DEL)                       its picture: ␍ ␊ ␛ ␡ (in ASCII ^M ^J ^[ ^?)
 *     byte that is not UTF-8                  \xE9
 *     C1 control, bidi control, invisible or
 *     unassigned character                    <U+202E>
 *     combining mark with nothing to sit on   on a dotted circle
 *
 * Printing faces (visualizer, client, server --narrate) use it as well as the
 * screens. Where the locale has no UTF-8, text_ascii() finds plain letters
 * for ours: arrows, dots, frames and accents.
 *
 * Widths are those of wcwidth(), so i18n_start() must have set the locale.
 * The functions below text_safe take text that is already safe; a byte that
 * is not UTF-8 counts one column there.
 */
#ifndef PLI_IO_TEXT_H
#define PLI_IO_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"

/* Does the locale write UTF-8? Otherwise text_safe answers ASCII. */
bool text_unicode(void);

/* Adds the bytes as one line: 0, or -1 when out is full (what fitted is in it). A byte grows to 5 at most. */
int text_safe(struct buf *out, const void *data, size_t size);

/* The same for text of several lines: LF and CR LF stay ends of line (LF), tabs become spaces. */
int text_safe_lines(struct buf *out, const void *data, size_t size);

/* text_safe as a string of its own, to free(). */
char *text_safe_copy(struct span bytes);

/* Our own UTF-8 text (tables, translations, drawings) in ASCII, one character for one where possible. */
int text_ascii(struct buf *out, const char *text);

/* Columns that a line takes. */
size_t text_width(const char *text);

/* How many bytes of text fit into columns; marks stay with their letter. *used (may be NULL): columns they take. */
size_t text_cut(const char *text, size_t columns, size_t *used);

/* Adds exactly columns columns: text, spaces after it; or text cut, with "…" as its last column. */
int text_pad(struct buf *out, const char *text, size_t columns);
int text_pad_left(struct buf *out, const char *text, size_t columns); /* the spaces come first */

/*
 * One line of a paragraph: how many bytes of text to show in columns, broken
 * at a space or an LF if there is one; *next: bytes to the beginning of the
 * next line. Always moves on, also when a word is wider than the line.
 */
size_t text_wrap(const char *text, size_t columns, size_t *next);

#endif
