/*
 * One pass over the bytes: a tag changes how what follows is written, an
 * entity becomes a character, white space collapses. Line breaks are owed
 * until the next word, so that none stand at the end and never two blank
 * lines together.
 */
#include "html_text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mem.h"
#include "utf8.h"

enum { MAX_LINKS = 1000, MAX_LISTS = 20, MAX_QUOTES = 20, MAX_NAME = 16, MAX_ATTRIBUTE = 2000 };

struct list {
    unsigned number;        /* 0: not counted */
};

struct writer {
    struct buf *out;
    int status;
    unsigned breaks;        /* line ends that are owed: 1 a new line, 2 a blank one before it */
    bool space;             /* so is a space */
    bool begun;             /* something was written */
    bool in_line;           /* something stands in this line */
    unsigned preformatted, quotes;
    struct list lists[MAX_LISTS];
    unsigned depth;
    struct span links[MAX_LINKS];
    unsigned link_count, open_link;   /* number of the link that is open, from 1; 0: none */
    bool in_row;
};

static void put(struct writer *writer, const char *bytes, size_t size)
{
    writer->status |= buf_add(writer->out, bytes, size);
}

/* What begins a line: marks of quotation, and room before the text of a list. */
static void begin_line(struct writer *writer)
{
    for (unsigned i = 0; i < writer->quotes && i < MAX_QUOTES; i++)
        put(writer, "> ", 2);
    for (unsigned i = 0; i < writer->depth; i++)
        put(writer, "  ", 2);
    writer->in_line = true;
    writer->space = false;
}

static void pay_breaks(struct writer *writer)
{
    if (writer->begun)
        for (unsigned i = 0; i < writer->breaks; i++)
            put(writer, "\n", 1);
    if (writer->breaks > 0 || !writer->begun)
        writer->in_line = false;
    writer->breaks = 0;
    writer->begun = true;
}

static void write_text(struct writer *writer, const char *bytes, size_t size)
{
    if (writer->breaks > 0 || !writer->begun)
        pay_breaks(writer);
    if (!writer->in_line)
        begin_line(writer);
    else if (writer->space)
        put(writer, " ", 1);
    writer->space = false;
    put(writer, bytes, size);
}

static void owe(struct writer *writer, unsigned breaks)
{
    writer->breaks = writer->breaks > breaks ? writer->breaks : breaks;
    writer->space = false;
}

/* ---- entities ---- */

static const struct { const char *name; uint32_t code; } entities[] = {
    { "amp", '&' }, { "lt", '<' }, { "gt", '>' }, { "quot", '"' }, { "apos", '\'' }, { "nbsp", 0xa0 },
    { "iexcl", 0xa1 }, { "cent", 0xa2 }, { "pound", 0xa3 }, { "yen", 0xa5 }, { "sect", 0xa7 }, { "uml", 0xa8 },
    { "copy", 0xa9 }, { "ordf", 0xaa }, { "laquo", 0xab }, { "not", 0xac }, { "shy", 0xad }, { "reg", 0xae },
    { "deg", 0xb0 }, { "plusmn", 0xb1 }, { "sup2", 0xb2 }, { "sup3", 0xb3 }, { "acute", 0xb4 }, { "micro", 0xb5 },
    { "para", 0xb6 }, { "middot", 0xb7 }, { "cedil", 0xb8 }, { "sup1", 0xb9 }, { "ordm", 0xba }, { "raquo", 0xbb },
    { "frac14", 0xbc }, { "frac12", 0xbd }, { "frac34", 0xbe }, { "iquest", 0xbf }, { "Agrave", 0xc0 },
    { "Aacute", 0xc1 }, { "Acirc", 0xc2 }, { "Atilde", 0xc3 }, { "Auml", 0xc4 }, { "Aring", 0xc5 }, { "AElig", 0xc6 },
    { "Ccedil", 0xc7 }, { "Egrave", 0xc8 }, { "Eacute", 0xc9 }, { "Ecirc", 0xca }, { "Euml", 0xcb },
    { "Igrave", 0xcc }, { "Iacute", 0xcd }, { "Icirc", 0xce }, { "Iuml", 0xcf }, { "Ntilde", 0xd1 },
    { "Ograve", 0xd2 }, { "Oacute", 0xd3 }, { "Ocirc", 0xd4 }, { "Otilde", 0xd5 }, { "Ouml", 0xd6 },
    { "times", 0xd7 }, { "Oslash", 0xd8 }, { "Ugrave", 0xd9 }, { "Uacute", 0xda }, { "Ucirc", 0xdb }, { "Uuml", 0xdc },
    { "szlig", 0xdf }, { "agrave", 0xe0 }, { "aacute", 0xe1 }, { "acirc", 0xe2 }, { "atilde", 0xe3 }, { "auml", 0xe4 },
    { "aring", 0xe5 }, { "aelig", 0xe6 }, { "ccedil", 0xe7 }, { "egrave", 0xe8 }, { "eacute", 0xe9 },
    { "ecirc", 0xea }, { "euml", 0xeb }, { "igrave", 0xec }, { "iacute", 0xed }, { "icirc", 0xee }, { "iuml", 0xef },
    { "ntilde", 0xf1 }, { "ograve", 0xf2 }, { "oacute", 0xf3 }, { "ocirc", 0xf4 }, { "otilde", 0xf5 }, { "ouml", 0xf6 },
    { "divide", 0xf7 }, { "oslash", 0xf8 }, { "ugrave", 0xf9 }, { "uacute", 0xfa }, { "ucirc", 0xfb }, { "uuml", 0xfc },
    { "yuml", 0xff }, { "OElig", 0x152 }, { "oelig", 0x153 }, { "Yuml", 0x178 }, { "euro", 0x20ac },
    { "ndash", 0x2013 }, { "mdash", 0x2014 }, { "lsquo", 0x2018 }, { "rsquo", 0x2019 }, { "sbquo", 0x201a },
    { "ldquo", 0x201c }, { "rdquo", 0x201d }, { "bdquo", 0x201e }, { "bull", 0x2022 }, { "hellip", 0x2026 },
    { "lsaquo", 0x2039 }, { "rsaquo", 0x203a }, { "trade", 0x2122 }, { "larr", 0x2190 }, { "uarr", 0x2191 },
    { "rarr", 0x2192 }, { "darr", 0x2193 }, { "ne", 0x2260 }, { "le", 0x2264 }, { "ge", 0x2265 }, { "infin", 0x221e },
};

/* "&amp;", "&#233;", "&#xE9;": its character, and the bytes taken; 0: it is none. */
static size_t read_entity(struct span at, uint32_t *code)
{
    char name[12];
    size_t length = 0;
    while (length + 1 < at.len && length < sizeof name - 1 && at.at[length + 1] != ';')
        length++;
    if (length == 0 || length + 1 >= at.len || at.at[length + 1] != ';')
        return 0;
    memcpy(name, at.at + 1, length);
    name[length] = '\0';
    if (name[0] == '#') {
        bool hex = name[1] == 'x' || name[1] == 'X';
        char *end;
        unsigned long number = strtoul(name + 1 + hex, &end, hex ? 16 : 10);
        *code = number > 0x10ffff || number == 0 ? 0xfffd : (uint32_t)number;
        return *end == '\0' && end > name + 1 + hex ? length + 2 : 0;
    }
    for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++)
        if (strcmp(name, entities[i].name) == 0) {
            *code = entities[i].code;
            return length + 2;
        }
    return 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f';
}

/* ---- tags ---- */

struct tag {
    char name[MAX_NAME];    /* lower case */
    bool end;
    struct span attributes;
    size_t length;          /* with < and > */
};

/* A tag begins with a letter, "/" or "!"; quotes may hold ">". false: a < that is only itself. */
static bool read_tag(struct span at, struct tag *tag)
{
    size_t i = 1, used = 0;
    char quote = '\0';
    *tag = (struct tag){ .end = at.len > 1 && at.at[1] == '/' };
    i += tag->end;
    if (i >= at.len || !((at.at[i] | 32) >= 'a' && (at.at[i] | 32) <= 'z') ) {
        if (i >= at.len || strchr("!?/", at.at[i]) == NULL)
            return false;
    }
    for (; i < at.len && !is_blank(at.at[i]) && at.at[i] != '>' && at.at[i] != '/'; i++)
        if (used < MAX_NAME - 1)
            tag->name[used++] = (char)(at.at[i] >= 'A' && at.at[i] <= 'Z' ? at.at[i] + 32 : at.at[i]);
    size_t begin = i;
    for (; i < at.len && (quote != '\0' || at.at[i] != '>'); i++) {
        if (quote != '\0')
            quote = at.at[i] == quote ? '\0' : quote;
        else if ((at.at[i] == '"' || at.at[i] == '\'') && i > begin && at.at[i - 1] == '=')
            quote = at.at[i];
    }
    if (i >= at.len && quote != '\0') { /* the quote was never closed: the tag ends at the first > */
        const char *close = memchr(at.at + begin, '>', at.len - begin);
        i = close != NULL ? (size_t)(close - at.at) : at.len;
    }
    tag->attributes = (struct span){ at.at + begin, i - begin };
    tag->length = i < at.len ? i + 1 : i;
    return true;
}

/* The value of an attribute; empty when there is none. */
static struct span attribute(const struct tag *tag, const char *name)
{
    size_t length = strlen(name);
    struct span rest = tag->attributes;
    if (rest.len > MAX_ATTRIBUTE)
        rest.len = MAX_ATTRIBUTE;
    for (size_t i = 0; i + length + 1 < rest.len; i++) {
        if (!is_blank(rest.at[i]) || strncasecmp(rest.at + i + 1, name, length) != 0 || rest.at[i + length + 1] != '=')
            continue;
        size_t begin = i + length + 2;
        char quote = begin < rest.len && (rest.at[begin] == '"' || rest.at[begin] == '\'') ? rest.at[begin] : '\0';
        begin += quote != '\0';
        size_t end = begin;
        while (end < rest.len && (quote != '\0' ? rest.at[end] != quote : !is_blank(rest.at[end])))
            end++;
        return (struct span){ rest.at + begin, end - begin };
    }
    return (struct span){ "", 0 };
}

/* What lies between these and their end is not for reading. Answers where it goes on. */
static size_t skip_silent(struct span rest, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i + length + 2 <= rest.len; i++)
        if (rest.at[i] == '<' && rest.at[i + 1] == '/' && strncasecmp(rest.at + i + 2, name, length) == 0)
            return i;
    return rest.len;
}

static void write_decoded(struct writer *writer, struct span text)
{
    for (size_t i = 0; i < text.len;) {
        uint32_t code = 0;
        char bytes[4];
        size_t taken = text.at[i] == '&' ? read_entity((struct span){ text.at + i, text.len - i }, &code) : 0;
        if (taken > 0)
            put(writer, bytes, utf8_write(code, bytes));
        else if (!is_blank(text.at[i]))
            put(writer, text.at + i, 1);
        i += taken > 0 ? taken : 1;
    }
}

static void open_link(struct writer *writer, const struct tag *tag)
{
    struct span target = attribute(tag, "href");
    writer->open_link = 0;
    if (target.len == 0 || *target.at == '#' || writer->link_count == MAX_LINKS)
        return;
    writer->links[writer->link_count++] = target;
    writer->open_link = writer->link_count;
}

static void close_link(struct writer *writer)
{
    char mark[16];
    if (writer->open_link == 0)
        return;
    int length = snprintf(mark, sizeof mark, "[%u]", writer->open_link);
    writer->space = false;
    write_text(writer, mark, (size_t)length);
    writer->open_link = 0;
}

static void open_list(struct writer *writer, bool counted)
{
    owe(writer, writer->depth > 0 ? 1 : 2);
    if (writer->depth < MAX_LISTS)
        writer->lists[writer->depth++] = (struct list){ counted };
}

static void item(struct writer *writer)
{
    char mark[16] = "* ";
    owe(writer, 1);
    struct list *list = writer->depth > 0 ? &writer->lists[writer->depth - 1] : NULL;
    if (list != NULL && list->number > 0)
        snprintf(mark, sizeof mark, "%u. ", list->number++);
    unsigned depth = writer->depth;
    writer->depth -= depth > 0;
    write_text(writer, mark, strlen(mark));
    writer->depth = depth;
}

static void picture(struct writer *writer, const struct tag *tag)
{
    struct span words = attribute(tag, "alt");
    if (words.len == 0)
        return;
    write_text(writer, "[", 1);
    for (size_t i = 0; i < words.len; i++)
        put(writer, is_blank(words.at[i]) ? " " : words.at + i, 1);
    put(writer, "]", 1);
}

enum action { BLOCK, PARAGRAPH, BREAK, RULE, BULLETS, NUMBERS, ITEM, LINK, QUOTE, PRE, ROW, CELL, PICTURE };

static const struct { const char *name; enum action action; } tags[] = {
    { "p", PARAGRAPH }, { "div", BLOCK }, { "br", BREAK }, { "hr", RULE }, { "h1", PARAGRAPH }, { "h2", PARAGRAPH },
    { "h3", PARAGRAPH }, { "h4", PARAGRAPH }, { "h5", PARAGRAPH }, { "h6", PARAGRAPH }, { "ul", BULLETS },
    { "ol", NUMBERS }, { "li", ITEM }, { "a", LINK }, { "blockquote", QUOTE }, { "pre", PRE }, { "table", PARAGRAPH },
    { "tr", ROW }, { "td", CELL }, { "th", CELL }, { "img", PICTURE }, { "dl", PARAGRAPH }, { "dt", BLOCK },
    { "dd", BLOCK }, { "section", BLOCK }, { "article", BLOCK }, { "header", BLOCK }, { "footer", BLOCK },
    { "address", BLOCK }, { "form", BLOCK }, { "center", BLOCK }, { "caption", BLOCK }, { "figure", PARAGRAPH },
};

static void obey(struct writer *writer, const struct tag *tag, enum action action)
{
    switch (action) {
    case BLOCK: owe(writer, 1); break;
    case PARAGRAPH: owe(writer, 2); break;
    case BREAK: writer->breaks = writer->breaks < 2 ? writer->breaks + 1 : 2; writer->space = false; break;
    case RULE: owe(writer, 1); write_text(writer, "----", 4); owe(writer, 1); break;
    case BULLETS:
    case NUMBERS:
        if (!tag->end) {
            open_list(writer, action == NUMBERS);
        } else {
            writer->depth -= writer->depth > 0;
            owe(writer, writer->depth > 0 ? 1 : 2);
        }
        break;
    case ITEM:
        if (!tag->end)
            item(writer);
        break;
    case LINK: close_link(writer); if (!tag->end) open_link(writer, tag); break;
    case QUOTE:
        owe(writer, 2);
        if (!tag->end)
            writer->quotes += writer->quotes < MAX_QUOTES;
        else
            writer->quotes -= writer->quotes > 0;
        break;
    case PRE: owe(writer, 2); writer->preformatted = !tag->end; break;
    case ROW: owe(writer, 1); writer->in_row = false; break;
    case CELL:
        if (!tag->end && writer->in_row && writer->breaks == 0)
            write_text(writer, "  ", 2);
        writer->in_row |= tag->end;
        break;
    case PICTURE: picture(writer, tag); break;
    }
}

/* Answers how much was taken. */
static size_t take_tag(struct writer *writer, struct span rest)
{
    static const char *const silent[] = { "style", "script", "head", "title", "template", "noscript", "svg" };
    struct tag tag;
    if (rest.len >= 4 && memcmp(rest.at, "<!--", 4) == 0) {
        const char *end = memmem(rest.at, rest.len, "-->", 3);
        return end != NULL ? (size_t)(end - rest.at) + 3 : rest.len;
    }
    if (!read_tag(rest, &tag))
        return 0;
    for (size_t i = 0; i < sizeof silent / sizeof silent[0]; i++)
        if (!tag.end && strcmp(tag.name, silent[i]) == 0)
            return tag.length + skip_silent((struct span){ rest.at + tag.length, rest.len - tag.length }, silent[i]);
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++)
        if (strcmp(tag.name, tags[i].name) == 0) {
            obey(writer, &tag, tags[i].action);
            break;
        }
    return tag.length;
}

/* One character, or an entity, outside of tags. */
static size_t take_character(struct writer *writer, struct span rest)
{
    char bytes[4], c = *rest.at;
    uint32_t code = 0;
    size_t taken = c == '&' ? read_entity(rest, &code) : 0;
    if (taken > 0 && code == 0xad) { /* a hyphen that is only shown at the end of a line */
        return taken;
    } else if (taken > 0) {
        bool blank = code == 0xa0 || code == ' ' || code == '\n';
        write_text(writer, bytes, blank ? (size_t)(bytes[0] = ' ', 1) : utf8_write(code, bytes));
    } else if (!is_blank(c)) {
        write_text(writer, &c, 1);
    } else if (writer->preformatted > 0 && c == '\n') {
        writer->breaks++;
    } else if (writer->preformatted > 0 && c != '\r') {
        write_text(writer, &c, 1);
    } else {
        writer->space = writer->in_line && writer->breaks == 0;
    }
    return taken > 0 ? taken : 1;
}

static void write_links(struct writer *writer)
{
    close_link(writer);
    writer->depth = writer->quotes = 0;
    for (unsigned i = 0; i < writer->link_count; i++) {
        char mark[16];
        owe(writer, i == 0 ? 2 : 1);
        int length = snprintf(mark, sizeof mark, "[%u] ", i + 1);
        write_text(writer, mark, (size_t)length);
        write_decoded(writer, writer->links[i]);
    }
}

int html_text(struct span html, struct buf *out)
{
    struct writer *writer = mem_alloc(sizeof *writer);
    writer->out = out;
    while (html.len > 0) {
        size_t taken = *html.at == '<' ? take_tag(writer, html) : 0;
        if (taken == 0)
            taken = take_character(writer, html);
        html = (struct span){ html.at + taken, html.len - taken };
    }
    write_links(writer);
    if (writer->begun)
        put(writer, "\n", 1);
    int status = writer->status;
    free(writer);
    return status;
}
