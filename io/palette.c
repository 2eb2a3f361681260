#include "palette.h"

enum { RED = 1, GREEN, YELLOW, BLUE, MAGENTA, CYAN, WHITE };

static const struct palette_hue hues[] = {
    { 0x9A9A9A, 0x6C6C6C, 247, 242, WHITE },   /* none */
    { 0xB8B8B8, 0x585858, 250, 240, WHITE },   /* 1 the wire: grey */
    { 0xE69F00, 0x875F00, 214, 94, BLUE },     /* 2 orange; of eight colours the one that is left */
    { 0x56B4E9, 0x0067B3, 75, 25, CYAN },      /* 3 sky blue */
    { 0x00B085, 0x00775A, 36, 29, GREEN },     /* 4 bluish green */
    { 0xF0E442, 0x777000, 227, 100, YELLOW },  /* 5 yellow */
    { 0xCC79A7, 0x9C3F72, 175, 132, MAGENTA }, /* 6 reddish purple */
    { 0xD55E00, 0xB34700, 166, 130, RED },     /* 7 vermilion */
};

const struct palette_hue *palette_layer(int layer)
{
    return &hues[layer >= 1 && layer <= 7 ? layer : 0];
}
