#include "text.h"

#include <langinfo.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "core/mem.h"
#include "core/utf8.h"

/* More marks on one letter than any script needs are an attack on the lines above ("zalgo"), and ncurses takes 5. */
#define MARKS_MAX 4
#define TAB_COLUMNS 8

bool text_unicode(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* Characters that change how others are shown, or show nothing, while wcwidth calls them harmless. */
static bool is_hidden(uint32_t code)
{
    static const struct { uint32_t first, last; } ranges[] = {
        { 0x00ad, 0x00ad },   /* soft hyphen: terminals disagree about its width */
        { 0x034f, 0x034f },   /* grapheme joiner */
        { 0x061c, 0x061c },   /* Arabic letter mark */
        { 0x115f, 0x1160 },   /* Hangul fillers */
        { 0x17b4, 0x17b5 },
        { 0x180b, 0x180f },
        { 0x200b, 0x200b },   /* zero width space; 200C and 200D, the joiners, are needed by scripts and emoji */
        { 0x200e, 0x200f },   /* direction marks */
        { 0x2028, 0x202e },   /* line and paragraph separators, direction embeddings and overrides */
        { 0x2060, 0x206f },   /* invisible operators, direction isolates */
        { 0x3164, 0x3164 },
        { 0xfeff, 0xfeff },   /* byte order mark */
        { 0xfff9, 0xfffb },   /* interlinear annotation */
        { 0xe0000, 0xe0fff }, /* tags: invisible text */
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    return false;
}

/* Columns of a character that may be shown as it is; -1 for one that may not. */
static int columns_of(uint32_t code)
{
    if (code < 0x20 || (code >= 0x7f && code < 0xa0) || is_hidden(code))
        return -1;
    return wcwidth((wchar_t)code);
}

/* ASCII for a character, chosen to keep drawings in shape; NULL when there is none. */
static const char *ascii_for(uint32_t code)
{
    static const char letters[] = "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTsaaaaaaaceeeeiiiidnooooo/ouuuuyty";
    static _Thread_local char one[2];
    static const struct { uint32_t code; const char *ascii; } rows[] = {
        { 0x00a0, " " }, { 0x00a7, "S." }, { 0x00ab, "<<" }, { 0x00b0, "o" }, { 0x00b5, "u" }, { 0x00b7, "." },
        { 0x00bb, ">>" }, { 0x0152, "OE" }, { 0x0153, "oe" }, { 0x2010, "-" }, { 0x2011, "-" }, { 0x2013, "-" },
        { 0x2014, "-" }, { 0x2018, "'" }, { 0x2019, "'" }, { 0x201c, "\"" }, { 0x201d, "\"" }, { 0x2022, "*" },
        { 0x2026, "~" }, { 0x202f, " " }, { 0x20ac, "EUR" }, { 0x2190, "<" }, { 0x2191, "^" }, { 0x2192, ">" },
        { 0x2193, "v" }, { 0x2194, "=" }, { 0x2260, "!=" }, { 0x2264, "<=" }, { 0x2265, ">=" }, { 0x25a0, "#" },
        { 0x25a1, "o" }, { 0x25ae, "#" }, { 0x25af, "o" }, { 0x25b4, "^" }, { 0x25b8, ">" }, { 0x25be, "v" },
        { 0x25c2, "<" }, { 0x25cb, "o" }, { 0x25cc, "o" }, { 0x25cf, "@" }, { 0x2713, "v" }, { 0x2714, "v" },
        { 0x2717, "x" }, { 0x2718, "x" }, { 0x26a0, "!" }, { 0x25c6, "*" }, { 0x00b6, "\"" },
    };
    if (code >= 0xc0 && code <= 0xff) {
        one[0] = letters[code - 0xc0];
        return one;
    }
    if (code >= 0x2500 && code <= 0x257f) /* frames */
        return code == 0x2500 || code == 0x2501 || code == 0x2550 ? "-"
             : code == 0x2502 || code == 0x2503 || code == 0x2551 ? "|" : "+";
    if (code >= 0x2580 && code <= 0x259f) /* blocks */
        return "#";
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].code == code)
            return rows[i].ascii;
    return NULL;
}

/* The state of one pass over untrusted bytes. */
struct pass {
    struct buf *out;
    bool unicode;
    bool lines;
    size_t column;
    int marks;      /* combining marks on the last letter */
};

static int put(struct pass *pass, const char *text, size_t columns)
{
    pass->column += columns;
    pass->marks = 0;
    return buf_add_text(pass->out, text);
}

static int put_control(struct pass *pass, uint32_t code)
{
    char picture[4] = "^@";
    if (!pass->unicode) {
        picture[1] = (char)(code ^ 0x40);
        return put(pass, picture, 2);
    }
    picture[utf8_write(code == 0x7f ? 0x2421 : 0x2400 + code, picture)] = '\0';
    return put(pass, picture, 1);
}

static int put_number(struct pass *pass, uint32_t code)
{
    char number[16];
    int length = snprintf(number, sizeof number, "<U+%04X>", (unsigned)code);
    return put(pass, number, (size_t)length);
}

static int put_tab(struct pass *pass)
{
    static const char spaces[TAB_COLUMNS + 1] = "        ";
    size_t before = pass->column % TAB_COLUMNS;
    return put(pass, &spaces[before], TAB_COLUMNS - before);
}

static int put_character(struct pass *pass, uint32_t code, const char *at, size_t length)
{
    if (pass->lines && code == '\n') {
        pass->column = 0;
        pass->marks = 0;
        return buf_add(pass->out, "\n", 1);
    }
    if (pass->lines && code == '\t')
        return put_tab(pass);
    if (code < 0x20 || code == 0x7f)
        return put_control(pass, code);
    if (!pass->unicode && code > 0x7f) {
        const char *ascii = ascii_for(code);
        return ascii != NULL ? put(pass, ascii, strlen(ascii)) : put_number(pass, code);
    }
    int columns = columns_of(code);
    if (columns < 0 || (columns == 0 && pass->marks >= MARKS_MAX && pass->column > 0))
        return put_number(pass, code);
    if (columns == 0 && pass->column == 0 && put(pass, "\u25cc", 1) != 0)
        return -1;
    pass->column += (size_t)columns;
    pass->marks = columns == 0 ? pass->marks + 1 : 0;
    return buf_add(pass->out, at, length);
}

static int safe(struct buf *out, const char *at, size_t size, bool lines)
{
    struct pass pass = { .out = out, .unicode = text_unicode(), .lines = lines };
    while (size > 0) {
        uint32_t code;
        size_t length = utf8_read(at, size, &code);
        int answer = 0;
        if (length == 0) {
            char byte[8];
            snprintf(byte, sizeof byte, "\\x%02X", (unsigned char)*at);
            answer = put(&pass, byte, 4);
            length = 1;
        } else if (!(lines && code == '\r' && size > 1 && at[1] == '\n')) {
            answer = put_character(&pass, code, at, length);
        }
        if (answer != 0)
            return -1;
        at += length;
        size -= length;
    }
    return 0;
}

int text_safe(struct buf *out, const void *data, size_t size)
{
    return safe(out, data, size, false);
}

int text_safe_lines(struct buf *out, const void *data, size_t size)
{
    return safe(out, data, size, true);
}

char *text_safe_copy(struct span bytes)
{
    struct buf out;
    buf_init(&out, SIZE_MAX / 2);
    text_safe(&out, bytes.at, bytes.len);
    char *copy = mem_copy(buf_text(&out), out.len);
    buf_free(&out);
    return copy;
}

int text_ascii(struct buf *out, const char *text)
{
    size_t size = strlen(text);
    while (size > 0) {
        uint32_t code = 0;
        size_t length = utf8_read(text, size, &code);
        const char *ascii = length > 1 ? ascii_for(code) : NULL;
        int answer = length == 1 ? buf_add(out, text, 1)
                   : buf_add_text(out, ascii != NULL ? ascii : length > 1 && wcwidth((wchar_t)code) == 0 ? "" : "?");
        if (answer != 0)
            return -1;
        length = length > 0 ? length : 1;
        text += length;
        size -= length;
    }
    return 0;
}

size_t text_cut(const char *text, size_t columns, size_t *used)
{
    size_t size = strlen(text), at = 0, width = 0;
    while (at < size) {
        uint32_t code;
        size_t length = utf8_read(text + at, size - at, &code);
        int wide = length > 0 ? columns_of(code) : 1;
        size_t step = wide < 0 ? 1 : (size_t)wide;
        if (width + step > columns)
            break;
        width += step;
        at += length > 0 ? length : 1;
    }
    if (used != NULL)
        *used = width;
    return at;
}

size_t text_width(const char *text)
{
    size_t width;
    text_cut(text, SIZE_MAX / 2, &width);
    return width;
}

static int add_spaces(struct buf *out, size_t count)
{
    int answer = 0;
    while (count-- > 0 && answer == 0)
        answer = buf_add(out, " ", 1);
    return answer;
}

/* Too wide: all but one column of it, and the sign of omission. */
static int add_cut(struct buf *out, const char *text, size_t columns)
{
    size_t used;
    if (columns == 0)
        return 0;
    size_t bytes = text_cut(text, columns - 1, &used);
    if (buf_add(out, text, bytes) != 0 || add_spaces(out, columns - 1 - used) != 0)
        return -1;
    return buf_add_text(out, text_unicode() ? "\u2026" : "~");
}

int text_pad(struct buf *out, const char *text, size_t columns)
{
    size_t used, bytes = text_cut(text, columns, &used);
    if (text[bytes] != '\0')
        return add_cut(out, text, columns);
    return buf_add(out, text, bytes) != 0 ? -1 : add_spaces(out, columns - used);
}

int text_pad_left(struct buf *out, const char *text, size_t columns)
{
    size_t used, bytes = text_cut(text, columns, &used);
    if (text[bytes] != '\0')
        return add_cut(out, text, columns);
    return add_spaces(out, columns - used) != 0 ? -1 : buf_add(out, text, bytes);
}

size_t text_wrap(const char *text, size_t columns, size_t *next)
{
    size_t paragraph = strcspn(text, "\n");
    size_t fits = text_cut(text, columns > 0 ? columns : 1, NULL);
    if (fits >= paragraph) {
        *next = text[paragraph] == '\n' ? paragraph + 1 : paragraph;
        return paragraph;
    }
    if (fits == 0) { /* a character of two columns in a line of one */
        uint32_t code;
        size_t length = utf8_read(text, strlen(text), &code);
        fits = length > 0 ? length : 1;
    }
    size_t end = fits;
    while (end > 0 && text[end] != ' ')
        end--;
    if (end == 0)
        end = fits;
    *next = end + strspn(text + end, " ");
    return end;
}
