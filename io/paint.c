#include "paint.h"

#include <stdlib.h>
#include <string.h>

#include "io/palette.h"
#include "io/screen.h"
#include "io/terminfo.h"

enum ground { GROUND_TERMINAL, GROUND_SELECTED, GROUND_CHIP, GROUND_COUNT };

#define TONE_MASK 0xffu

/* A colour in the notations that terminals differ by. */
struct colour {
    int rgb, xterm, ansi;
};

static const struct colour terminal_default = { -1, -1, -1 };
static const struct colour black = { 0x000000, 16, COLOR_BLACK };
static const struct colour white = { 0xffffff, 231, COLOR_WHITE };

static int pair_of(unsigned tone, enum ground ground)
{
    return 1 + (int)tone * GROUND_COUNT + (int)ground;
}

static int number(const struct painter *painter, struct colour colour)
{
    return painter->depth == PAINTER_DIRECT ? colour.rgb : painter->depth == PAINTER_256 ? colour.xterm : colour.ansi;
}

static struct colour tone_colour(const struct painter *painter, unsigned tone)
{
    static const struct colour good = { 0x2FBF71, 42, COLOR_GREEN }, bad = { 0xFF4050, 203, COLOR_RED };
    static const struct colour good_light = { 0x00703C, 22, COLOR_GREEN }, bad_light = { 0xC00020, 124, COLOR_RED };
    if (tone == TONE_PLAIN)
        return terminal_default;
    if (tone == TONE_GOOD)
        return painter->light ? good_light : good;
    if (tone == TONE_BAD)
        return painter->light ? bad_light : bad;
    const struct palette_hue *hue = palette_layer(tone <= 7 ? (int)tone : 0);
    return painter->light ? (struct colour){ (int)hue->rgb_light, hue->xterm_light, hue->ansi }
                          : (struct colour){ (int)hue->rgb, hue->xterm, hue->ansi };
}

static void make_pair(const struct painter *painter, unsigned tone, enum ground ground)
{
    static const struct colour selected = { 0x3A3A3A, 237, COLOR_BLACK };
    static const struct colour selected_light = { 0xDADADA, 253, COLOR_WHITE };
    static const struct colour bar = { 0x303030, 236, COLOR_WHITE }, bar_light = { 0xC6C6C6, 251, COLOR_WHITE };
    struct colour text = tone_colour(painter, tone), behind = terminal_default;
    if (tone == TONE_BAR) {
        text = painter->light || painter->depth == PAINTER_8 ? black : white;
        behind = painter->light ? bar_light : bar;
    } else if (ground == GROUND_SELECTED) {
        behind = painter->light ? selected_light : selected;
        if (tone == TONE_PLAIN) /* the terminal's own colour might vanish on our ground */
            text = painter->light ? black : white;
    } else if (ground == GROUND_CHIP && tone != TONE_PLAIN) {
        behind = text;
        text = painter->light && painter->depth != PAINTER_8 ? white : black;
    }
    init_extended_pair(pair_of(tone, ground), number(painter, text), number(painter, behind));
}

/* "15;0" (text; ground), as rxvt, konsole and others tell. */
static bool light_ground(void)
{
    const char *told = getenv("COLORFGBG");
    const char *ground = told != NULL ? strrchr(told, ';') : NULL;
    if (ground == NULL)
        return false;
    long colour = strtol(ground + 1, NULL, 10);
    return colour == 7 || colour == 15;
}

void painter_start(struct painter *painter)
{
    const char *no_color = getenv("NO_COLOR"); /* no-color.org: when present and not empty */
    *painter = (struct painter){ .depth = PAINTER_MONO, .light = light_ground() };
    if ((no_color != NULL && *no_color != '\0') || !has_colors() || start_color() != OK)
        return;
    use_default_colors();
    if (COLORS < 8 || COLOR_PAIRS < TONE_COUNT * GROUND_COUNT + 1)
        return;
    painter->depth = terminfo_direct_colour() ? PAINTER_DIRECT : COLORS >= 256 ? PAINTER_256 : PAINTER_8;
    for (unsigned tone = 0; tone < TONE_COUNT; tone++)
        for (int ground = 0; ground < GROUND_COUNT; ground++)
            make_pair(painter, tone, (enum ground)ground);
}

/* Where colours are few or none, a ground is shown by reversing. */
static attr_t attributes(const struct painter *painter, unsigned paint)
{
    unsigned tone = paint & TONE_MASK;
    bool mono = painter->depth == PAINTER_MONO;
    attr_t attributes = A_NORMAL;
    if (paint & PAINT_BOLD || (tone == TONE_BAD && mono))
        attributes |= A_BOLD;
    if (paint & PAINT_FAINT || (tone == TONE_NONE && mono))
        attributes |= A_DIM;
    if (paint & PAINT_UNDERLINE)
        attributes |= A_UNDERLINE;
    bool reverse = (paint & PAINT_REVERSE) != 0;
    if (painter->depth <= PAINTER_8 && (paint & PAINT_SELECTED))
        reverse = true;
    if ((mono || tone == TONE_PLAIN) && (paint & PAINT_CHIP))
        reverse = true;
    if (mono && tone == TONE_BAR)
        reverse = true;
    return reverse ? attributes | A_REVERSE : attributes;
}

static int pair_for(const struct painter *painter, unsigned paint)
{
    unsigned tone = paint & TONE_MASK;
    if (painter->depth == PAINTER_MONO || tone >= TONE_COUNT)
        return 0;
    if (paint & PAINT_CHIP)
        return pair_of(tone, GROUND_CHIP);
    if (paint & PAINT_SELECTED) /* eight colours: the plain pair, reversed, so that the line is of one piece */
        return painter->depth == PAINTER_8 ? 0 : pair_of(tone, GROUND_SELECTED);
    return tone == TONE_PLAIN ? 0 : pair_of(tone, GROUND_TERMINAL);
}

void painter_set(const struct painter *painter, unsigned paint)
{
    int pair = pair_for(painter, paint);
    attr_set(attributes(painter, paint), (short)pair, NULL);
}

chtype painter_chtype(const struct painter *painter, unsigned paint)
{
    return (chtype)(attributes(painter, paint) | (chtype)COLOR_PAIR(pair_for(painter, paint)));
}
