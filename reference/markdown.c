/* markdown.c - headings and tables of the reference pages. */
#include "reference/reference.h"

#include <string.h>

#include "io/i18n.h"

static void escaped(FILE *out, const char *text, const char *marks)
{
    for (; *text != '\0'; text++) {
        if (strchr(marks, *text) != NULL)
            putc('\\', out);
        putc(*text == '\n' ? ' ' : *text, out);
    }
}

void heading(FILE *out, int level, const char *title)
{
    fprintf(out, level > 1 ? "\n%.*s " : "%.*s ", level, "######");
    escaped(out, _(title), "\\*<");
    fputs("\n\n", out);
}

void table_head(FILE *out, size_t count, const char *const *titles)
{
    for (size_t i = 0; i < count; i++)
        cell(out, _(titles[i]));
    row_end(out);
    for (size_t i = 0; i < count; i++)
        fputs("|---", out);
    row_end(out);
}

void cell(FILE *out, const char *text)
{
    fputs("| ", out);
    escaped(out, text, "\\|*<[]");
    putc(' ', out);
}

void cell_code(FILE *out, const char *text)
{
    fputs("| ", out);
    if (*text != '\0') {
        putc('`', out);
        escaped(out, text, "|");
        putc('`', out);
    }
    putc(' ', out);
}

void row_end(FILE *out)
{
    fputs("|\n", out);
}
