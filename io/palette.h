/*
 * palette.h - one hue per OSI layer, the same on every screen, page and slide.
 *
 * The hues are those of Okabe and Ito ("Color Universal Design", 2008), which
 * stay apart for colour-blind eyes. A hue is never the only carrier of
 * meaning: the layer's digit or its lane stands beside it.
 */
#ifndef PLI_IO_PALETTE_H
#define PLI_IO_PALETTE_H

#include <stdint.h>

struct palette_hue {
    uint32_t rgb;        /* 0xD55E00, for HTML, SVG and terminals with direct colour */
    uint32_t rgb_light;  /* a darker one for text on white */
    short xterm;         /* the nearest of the 256 colours, on a dark ground */
    short xterm_light;   /* and for a light ground */
    short ansi;          /* of the 8 colours */
};

/* layer: 1 to 7; anything else gives the hue of no layer, grey. */
const struct palette_hue *palette_layer(int layer);

#endif
