/*
 * svg.h - what the drawings share: a page of a size, text that is safe in XML,
 * arrow heads, and one hue per OSI layer.
 *
 * A drawing is built up in memory and written by svg_write(). It needs nothing
 * from outside, and looks the same each time. Classes of its style: l1 to l7
 * strokes and f1 to f7 fills in a layer's hue, m for letters of one width,
 * small, mid, big, bold, middle, end, faint, bad, light (on a filled ground), halo
 * (white around the letters), line, thin (dashed).
 */
#ifndef PLI_VISUALIZER_SVG_H
#define PLI_VISUALIZER_SVG_H

#include "core/buf.h"

struct svg {
    struct buf body;
    int width;          /* in pixels, like all measures here */
};

/* Width of so many letters of class m, and of class "m small". */
enum { SVG_LETTER = 10, SVG_SMALL_LETTER = 8 };

void svg_begin(struct svg *svg, int width);
/* Classes separated by spaces. What is wider than columns ends with an ellipsis; 0: nothing is cut. */
void svg_text(struct svg *svg, int x, int y, const char *classes, const char *text, int columns);
void svg_box(struct svg *svg, int x, int y, int width, int height, const char *classes);
/* A line with a head at its end, in the hue of an OSI layer (0: grey). d: the path's commands. */
void svg_arrow(struct svg *svg, int osi, const char *classes, const char *d);
/* How many lines of that many columns the text takes, written from y downwards. */
int svg_paragraph(struct svg *svg, int x, int y, const char *classes, const char *text, int columns);

/* Puts its head before it, writes it, and frees it. 0, or -1 and one full sentence in error. */
int svg_write(struct svg *svg, int height, const char *path, struct buf *error);

/* Adds text to a document: XML wants its own characters written otherwise. */
void svg_escape(struct buf *out, const char *text, size_t size);

#endif
