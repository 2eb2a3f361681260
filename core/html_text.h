/*
 * html_text.h - an HTML text as plain text, for a terminal: paragraphs, lists,
 * quotations, tables line by line, links as footnotes.
 *
 * Nothing is ever loaded: no picture, no style, no script; what is in those is
 * left out. Any bytes are accepted, and read once. The result is as long as
 * the input makes it and not wrapped; it may hold control characters: show it
 * through io/text only.
 */
#ifndef PLI_CORE_HTML_TEXT_H
#define PLI_CORE_HTML_TEXT_H

#include "buf.h"

/* Adds the text of html (UTF-8) to out. 0, or -1 when out is full. */
int html_text(struct span html, struct buf *out);

#endif
